"""Build the Android app without Android Studio or its SDK: sources in, an unsigned APK out.

    resources ──aapt2──▶ resources.apk ─┐
    Java ──javac──▶ classes ──D8──▶ dex ─┼──▶ app.apk      (`malgwi android` puts a bundle in
    onnxruntime's libraries ─────────────┘                  and signs it)

Needs JDK 17, Maven, aapt2, and npm where Maven doesn't serve onnxruntime's library for Android.
Versions come from android/core/pom.xml (nanojson, JSpecify, the app's own), android/pom.xml
(onnxruntime, the two Android jars, D8).
"""

import argparse
import os
import shutil
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from malgwi.android.apk import Content, contents, of_bytes, of_file, pack
from malgwi.errors import MalgwiError
from malgwi.publish import publish_file
from parts import APP, CORE, LIBRARY, TOP, Parts, Versions, check_commit, fetch_aar, fetch_jars
from steps import run, say, step

MIN_SDK = 26
ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64", "x86")
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For programs of seconds: less than half of the processor time, which goes into compiling them."""
LIBRARIES = ("libonnxruntime.so", "libonnxruntime4j_jni.so")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Build the Android app without a bundle.")
    parser.add_argument("--output", type=Path, required=True, help="the unsigned APK to write")
    parser.add_argument("--abis", nargs="+", default=["arm64-v8a"], choices=ABIS)
    parser.add_argument("--work", type=Path, required=True, help="folder for what lies between")
    parser.add_argument("--jars", type=Path, required=True, help="folder for what is fetched")
    args = parser.parse_args()
    try:
        build_app(args.output, args.abis, args.work, args.jars)
    except MalgwiError as error:
        print(f"tools/apk/build.py: error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    return 0


def build_app(output: Path, abis: list[str], work: Path, jars: Path) -> None:
    """Build the app for the processors `abis` and write it whole.

    Raises:
        MalgwiError: a tool failed, or what was fetched isn't what was expected.
    """
    work.mkdir(parents=True, exist_ok=True)
    jars.mkdir(parents=True, exist_ok=True)
    work, parts = work.resolve(), Parts(Versions.read(), jars.resolve())
    with step("jars"):
        fetch_jars(parts)
    with step("onnxruntime for Android"):
        aar, source = fetch_aar(parts)
        check_commit(parts, aar, abis)
    say(f"  {source}")
    with step("resources (aapt2)"):
        linked = link_resources(work, parts)
    with step("classes (javac)"):
        classes = compile_java(work, parts)
    with step("dex (D8)"):
        dex = make_dex(work, parts, classes)
    with step("pack"), zipfile.ZipFile(linked) as base, zipfile.ZipFile(aar) as libraries:
        entries = contents(base)
        entries |= {path.name: of_file(path) for path in dex}
        entries |= files_of(APP / "src/main/assets", "assets/")
        entries |= files_of(TOP / "src/malgwi/data/tables", "org/malgwi/core/")
        entries |= notices(parts)
        for abi in abis:
            for name in LIBRARIES:
                entries[f"lib/{abi}/{name}"] = in_archive(libraries, f"jni/{abi}/{name}")
        with publish_file(output) as part:
            pack(part, entries)
    say(f"{output}: {output.stat().st_size / 1e6:.1f} MB without a bundle, {', '.join(abis)}")


def link_resources(work: Path, parts: Parts) -> Path:
    """Return the APK of resources and manifest; the ids are in `gen`."""
    run(
        [str(APP / "resources.sh"), str(work), str(parts.android14), parts.versions.app],
        work / "resources.log",
    )
    return work / "resources.apk"


def compile_java(work: Path, parts: Parts) -> Path:
    """Return the folder of all classes of ours; Maven is who lints and tests them."""
    classes = fresh(work / "classes")
    sources = [
        *(CORE / "src" / "main" / "java").rglob("*.java"),
        *(LIBRARY / "src" / "main" / "java").rglob("*.java"),
        *(APP / "src" / "main" / "java").rglob("*.java"),
        *(work / "gen").rglob("*.java"),
    ]
    jars = (parts.android15, parts.onnxruntime, parts.nanojson, parts.jspecify)
    path = ":".join(map(str, jars))
    run(
        ["javac", *(f"-J{option}" for option in JVM), "--release", "17", "-encoding", "UTF-8",
         "-proc:none", "-nowarn", "-g",
         "-cp", path, "-d", str(classes), *sorted(map(str, sources))],
        work / "javac.log",
    )  # fmt: skip
    return classes


def make_dex(work: Path, parts: Parts, classes: Path) -> list[Path]:
    """Return the dex files of everything that is Java; a warning of D8 is a failure."""
    runtime = work / "onnxruntime.jar"
    with zipfile.ZipFile(parts.onnxruntime) as jar, zipfile.ZipFile(runtime, "w") as only_classes:
        for name in jar.namelist():
            if name.startswith("ai/onnxruntime/") and name.endswith(".class"):
                only_classes.writestr(name, jar.read(name))
    dex = fresh(work / "dex")
    inputs = sorted(str(path) for path in classes.rglob("*.class"))
    (work / "dex.args").write_text("\n".join(inputs), encoding="utf-8")
    run(
        ["java", *JVM, "-Xmx1500m", "-cp", str(parts.r8), "com.android.tools.r8.D8", "--release",
         "--min-api", str(MIN_SDK), "--map-diagnostics", "warning", "error",
         "--lib", str(parts.android15), "--lib", str(jdk()), "--output", str(dex),
         str(runtime), str(parts.nanojson), f"@{work / 'dex.args'}"],
        work / "d8.log",
    )  # fmt: skip
    return sorted(dex.glob("*.dex"))


def files_of(folder: Path, within: str = "") -> dict[str, Content]:
    """Return a folder's files: the app's own assets, the tables beside the core's classes."""
    return {
        f"{within}{path.relative_to(folder).as_posix()}": of_file(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def notices(parts: Parts) -> dict[str, Content]:
    """Return the licences of what is inside.

    onnxruntime's jar has the notices, but not the licence itself, which is the same in every
    version: that one comes from the Python package.
    """
    theirs = distribution("onnxruntime").locate_file("onnxruntime/LICENSE")
    with zipfile.ZipFile(parts.onnxruntime) as jar:
        third_parties = jar.read("ThirdPartyNotices.txt").decode(errors="replace")
    texts = {
        "Malgwi, LICENSE": read(TOP / "LICENSE"),
        "Malgwi, NOTICE": read(TOP / "NOTICE"),
        "nanojson, by the nanojson authors, under Apache-2.0 as above": "",
        "Silero VAD, LICENSE": read(TOP / "src/malgwi/data/detector/LICENSE"),
        "onnxruntime, LICENSE": read(Path(str(theirs))),
        "onnxruntime, third-party notices": third_parties.replace("\r\n", "\n"),
    }
    sections = [f"=== {title} ===\n\n{text.strip()}\n\n" for title, text in texts.items()]
    return {"assets/licences.txt": of_bytes("".join(sections).encode())}


def read(path: Path) -> str:
    """Return the text of a licence."""
    return path.read_text(encoding="utf-8", errors="replace")


def in_archive(archive: zipfile.ZipFile, name: str) -> Content:
    """Return the content of an entry of another archive."""
    return lambda: archive.open(name)


def jdk() -> Path:
    """Return the home of the JDK; the Android jars have no `java.lang`."""
    home = os.environ.get("JAVA_HOME")
    return Path(home) if home else Path(shutil.which("javac") or "javac").resolve().parents[1]


def fresh(folder: Path) -> Path:
    """Return the folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
