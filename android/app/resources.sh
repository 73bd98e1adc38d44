#!/bin/sh
# Usage: resources.sh TARGET FRAMEWORK.jar
# Compiles res/ and the manifest for the tests: R.java in TARGET/gen, and what Robolectric reads in
# TARGET/test-classes. `make apk` links them anew.
set -eu
target=$1
framework=$2
cd "$(dirname "$0")"
mkdir -p "$target/gen" "$target/test-classes/com/android/tools"
# What the Android Gradle plugin would put in.
sed -e 's#<manifest #<manifest package="org.malgwi.app" #' -e 's#${applicationId}#org.malgwi.app#g' \
  src/main/AndroidManifest.xml > "$target/AndroidManifest.xml"
aapt2 compile --dir src/main/res -o "$target/res.zip"
aapt2 link --warn-manifest-validation -I "$framework" --manifest "$target/AndroidManifest.xml" \
  --min-sdk-version 26 --target-sdk-version 35 --auto-add-overlay \
  --java "$target/gen" -o "$target/resources.apk" "$target/res.zip" 2> "$target/aapt2.log" \
  || { cat "$target/aapt2.log" >&2; exit 1; }
# Robolectric reads the SDK versions from the manifest.
sed -i 's#<application#<uses-sdk android:minSdkVersion="26" android:targetSdkVersion="35"/><application#' \
  "$target/AndroidManifest.xml"
cat > "$target/test-classes/com/android/tools/test_config.properties" <<EOF
android_resource_apk=$target/resources.apk
android_merged_manifest=$target/AndroidManifest.xml
android_merged_assets=$PWD/src/main/assets
android_custom_package=org.malgwi.app
EOF
