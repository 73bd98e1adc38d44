"""Make an Android App Bundle, which is what Google Play takes, of a signed APK.

    app.apk ──aapt2 convert──▶ its resources as protocol buffers ──▶ base.zip
    base.zip ──bundletool build-bundle──▶ ──jarsigner──▶ app.aab

Whatever is in the APK is in the App Bundle: the model, and the name and the id that `malgwi
android` gave it. Needs a JDK, Maven and aapt2; Google's bundletool comes from Maven, its version is
in the pom.xml beside this file.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from malgwi.android.android import PASSWORD
from malgwi.errors import MalgwiError
from malgwi.publish import claim_file, publish_file
from parts import HERE
from steps import attempt, failed, run, say, step

CONFIG = {
    # A bundle is an archive: to compress it again takes time and saves nothing.
    "compression": {"uncompressedGlob": ["**.malgwi"]},
    "optimizations": {
        "uncompressNativeLibraries": {"enabled": True, "alignment": "PAGE_ALIGNMENT_16K"}
    },
}
_AS_THEY_ARE = ("res/", "lib/", "assets/", "resources.pb")
_DEX = re.compile(r"classes\d*\.dex")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Make an Android App Bundle of an APK.")
    parser.add_argument("apk", type=Path, help="a signed APK, by `malgwi android` or `make apk`")
    parser.add_argument("--output", type=Path, required=True, help="the App Bundle to write")
    parser.add_argument("--key", type=Path, required=True, help="the PKCS #12 file to sign with")
    parser.add_argument("--work", type=Path, required=True, help="folder for what lies between")
    parser.add_argument("--jars", type=Path, required=True, help="folder for what is fetched")
    parser.add_argument("--replace", action="store_true", help="the output may exist")
    args = parser.parse_args()
    try:
        place = claim_file(args.output, replace=args.replace)
        with publish_file(place) as part:
            build(args.apk, part, args.key, args.work, args.jars)
    except MalgwiError as error:
        print(f"tools/apk/aab.py: error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    say(f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB, for Google Play")
    return 0


def build(apk: Path, output: Path, key: Path, work: Path, jars: Path) -> None:
    """Write the App Bundle of an APK.

    Args:
        apk: what is in it is in the App Bundle.
        output: a file that isn't there.
        key: with what to sign; its password is in the environment.
        work: a folder that may be written to.
        jars: where bundletool lies or is put.

    Raises:
        MalgwiError: a tool failed.
    """
    if not os.environ.get(PASSWORD):
        raise MalgwiError(f"{PASSWORD}: not set; it holds the password of {key}")
    if not key.is_file():
        raise MalgwiError(f"{key}: no such key; `malgwi android --key` makes one")
    work.mkdir(parents=True, exist_ok=True)
    with step("bundletool"):
        fetch_bundletool(jars)
    with step("resources (aapt2)"):
        proto = work / "proto.apk"
        run(
            ["aapt2", "convert", "--output-format", "proto", "-o", str(proto), str(apk)],
            work / "convert.log",
        )
    with step("App Bundle (bundletool)"):
        module, config, unsigned = work / "base.zip", work / "config.json", work / "unsigned.aab"
        write_module(proto, module)
        config.write_text(json.dumps(CONFIG), encoding="utf-8")
        unsigned.unlink(missing_ok=True)
        run(
            bundletool(jars, "build-bundle", f"--modules={module}", f"--config={config}",
                       f"--output={unsigned}"),
            work / "bundletool.log",
        )  # fmt: skip
    with step("signature (jarsigner)"):
        store = ["-keystore", str(key), "-storetype", "PKCS12", "-storepass:env", PASSWORD]
        run(
            ["jarsigner", *store, "-signedjar", str(output), str(unsigned), alias(store, key)],
            work / "jarsigner.log",
        )


def fetch_bundletool(jars: Path) -> None:
    """Let Maven copy bundletool and what it needs, unless it is there."""
    place, ready = jars / "bundletool", jars / "bundletool" / "ready"
    if ready.is_file():
        return
    place.mkdir(parents=True, exist_ok=True)
    log = place / "maven.log"
    fetched = attempt(
        ["mvn", "-B", "-q", "--no-transfer-progress", "-f", str(HERE / "pom.xml"),
         "dependency:copy-dependencies", f"-DoutputDirectory={place.resolve()}"],
        log,
    )  # fmt: skip
    if not fetched:
        failed(log, "Maven couldn't fetch bundletool")
    ready.touch()


def bundletool(jars: Path, *words: str) -> list[str]:
    """Return the command line that runs bundletool."""
    main_class = "com.android.tools.build.bundletool.BundleToolMain"
    return ["java", "-cp", f"{jars / 'bundletool'}/*", main_class, *words]


def write_module(proto: Path, module: Path) -> None:
    """Write an App Bundle's base module: the entries of an APK, each in its own folder."""
    with zipfile.ZipFile(proto) as apk, zipfile.ZipFile(module, "w") as out:
        for entry in apk.infolist():
            if place := place_of(entry.filename):
                with apk.open(entry) as source, out.open(place, "w", force_zip64=True) as target:
                    while block := source.read(1 << 20):
                        target.write(block)


def place_of(name: str) -> str | None:
    """Return where an APK's entry lies in a module; signatures nowhere."""
    if name == "AndroidManifest.xml":
        return "manifest/AndroidManifest.xml"
    if _DEX.fullmatch(name):
        return f"dex/{name}"
    if name.startswith("META-INF/"):
        return None
    return name if name.startswith(_AS_THEY_ARE) else f"root/{name}"


def alias(store: list[str], key: Path) -> str:
    """Return what the one private key of a key file is called."""
    command = ["keytool", "-J-Duser.language=en", "-list", *store]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = re.findall(r"^(.+?), .*PrivateKeyEntry", done.stdout, re.MULTILINE)
    if done.returncode or len(found) != 1:
        raise MalgwiError(
            f"{key}: {len(found)} private keys could be read, expected one; look at the file "
            f"and at {PASSWORD}"
        )
    return str(found[0])


if __name__ == "__main__":
    sys.exit(main())
