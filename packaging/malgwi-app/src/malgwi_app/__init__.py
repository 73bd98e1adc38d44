"""The prebuilt Malgwi app, `app.apk` in this folder, for `malgwi android`."""
