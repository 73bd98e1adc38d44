"""A bundle and the prebuilt app to a signed APK."""
