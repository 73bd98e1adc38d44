#!/bin/sh
# Usage: resources.sh TARGET FRAMEWORK.jar VERSION
# Compiles res/ and the manifest: R.java in TARGET/gen, TARGET/resources.apk for `make apk`, and what
# Robolectric reads, TARGET/tested.apk, named in TARGET/test-classes. VERSION, such as 0.1.0, is the app's.
set -eu
target=$1
framework=$2
version=$3
# A later version has a larger code: 0.1.0 is 100, 1.2.3 is 10203.
code=$(echo "$version" | awk -F. '{print $1 * 10000 + $2 * 100 + $3}')
cd "$(dirname "$0")"
mkdir -p "$target/gen" "$target/assets" "$target/test-classes/com/android/tools"
# What the Android Gradle plugin would put in.
sed -e 's#<manifest #<manifest package="org.malgwi.app" #' -e 's#${applicationId}#org.malgwi.app#g' \
  src/main/AndroidManifest.xml > "$target/AndroidManifest.xml"
aapt2 compile --dir src/main/res -o "$target/res.zip"
link() {
  aapt2 link --warn-manifest-validation -I "$framework" --manifest "$target/AndroidManifest.xml" \
    --min-sdk-version 26 --target-sdk-version 36 --version-name "$version" --version-code "$code" \
    --compile-sdk-version-code 36 --compile-sdk-version-name 16 "$@" "$target/res.zip" \
    2> "$target/aapt2.log" || { cat "$target/aapt2.log" >&2; exit 1; }
}
link --java "$target/gen" -o "$target/resources.apk"
# Tests have the assets in it too; `make apk` adds them, and the licences of what else is inside.
cp -R src/main/assets/. "$target/assets"
for name in LICENSE NOTICE; do
  printf '=== Malgwi, %s ===\n\n' "$name"
  cat "../../$name"
  echo
done > "$target/assets/licences.txt"
link -A "$target/assets" -o "$target/tested.apk"
# Robolectric reads the SDK versions from the manifest.
sed -i 's#<application#<uses-sdk android:minSdkVersion="26" android:targetSdkVersion="36"/><application#' \
  "$target/AndroidManifest.xml"
cat > "$target/test-classes/com/android/tools/test_config.properties" <<EOF
android_resource_apk=$target/tested.apk
android_merged_manifest=$target/AndroidManifest.xml
android_merged_assets=$target/assets
android_custom_package=org.malgwi.app
EOF
