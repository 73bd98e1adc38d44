"""Build the Android app without Android Studio or its SDK: sources in, an unsigned APK out.

    resources ──aapt2──▶ resources.apk ─┐
    Java ──javac──▶ classes ──D8──▶ dex ─┼──▶ app.apk      (`malgwi android` puts a bundle in
    onnxruntime's libraries ─────────────┘                  and signs it)

Needs JDK 17, Maven, aapt2, and npm where Maven doesn't serve onnxruntime's library for Android.
Versions come from android/core/pom.xml (onnxruntime, nanojson, the app's own), android/app/pom.xml
(the two Android jars) and the pom.xml beside this file (D8).
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import onnxruntime

from malgwi.apk import Content, contents, of_bytes, of_file, pack
from malgwi.errors import MalgwiError
from malgwi.publish import publish_file

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CORE, APP = TOP / "android" / "core", TOP / "android" / "app"
MIN_SDK = 26
ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64", "x86")
LIBRARIES = ("libonnxruntime.so", "libonnxruntime4j_jni.so")
POM = "{http://maven.apache.org/POM/4.0.0}"


@dataclass(frozen=True)
class Versions:
    """The versions of what goes in, each from the one file that states it."""

    app: str
    onnxruntime: str
    nanojson: str
    android14: str
    android15: str
    r8: str

    @classmethod
    def read(cls) -> "Versions":
        """Read them from the POMs."""
        core, app, parts = (
            ElementTree.parse(pom).getroot()  # noqa: S314 - our own files
            for pom in (CORE / "pom.xml", APP / "pom.xml", HERE / "pom.xml")
        )

        def found(pom: ElementTree.Element, name: str) -> str:
            value = pom.findtext(f"{POM}properties/{POM}{name}")
            if value is None:
                raise MalgwiError(f"a POM has no property {name}; it must state the version")
            return value

        return cls(
            app=core.findtext(f"{POM}version") or "",
            onnxruntime=found(core, "onnxruntime.version"),
            nanojson=found(core, "nanojson.version"),
            android14=found(app, "android14"),
            android15=found(app, "android15"),
            r8=found(parts, "r8.version"),
        )


@dataclass(frozen=True)
class Build:
    """One build: where it works, and which jars it uses."""

    versions: Versions
    work: Path
    jars: Path

    def jar(self, artifact: str, version: str) -> Path:
        """Return where Maven puts a jar."""
        return self.jars / f"{artifact}-{version}.jar"

    @property
    def android14(self) -> Path:
        """The framework that aapt2 links against; the newest that Debian's can read."""
        return self.jar("android-all", self.versions.android14)

    @property
    def android15(self) -> Path:
        """The framework that the app is compiled against."""
        return self.jar("android-all", self.versions.android15)

    @property
    def onnxruntime(self) -> Path:
        """onnxruntime for the JVM, whose classes are those of Android's."""
        return self.jar("onnxruntime", self.versions.onnxruntime)

    @property
    def nanojson(self) -> Path:
        """The JSON reader of the core."""
        return self.jar("nanojson", self.versions.nanojson)

    @property
    def r8(self) -> Path:
        """D8's jar."""
        return self.jar("r8", self.versions.r8)

    def maven(self, execution: str) -> bool:
        """Run one execution of the POM beside this file; return whether it went well."""
        return attempt(
            [
                "mvn", "-B", "-q", "--no-transfer-progress", "-f", str(HERE / "pom.xml"),
                f"dependency:copy@{execution}",
                f"-Djars={self.jars}",
                f"-Dandroid14={self.versions.android14}",
                f"-Dandroid15={self.versions.android15}",
                f"-Donnxruntime.version={self.versions.onnxruntime}",
                f"-Dnanojson.version={self.versions.nanojson}",
            ],
            self.work / f"maven-{execution}.log",
        )  # fmt: skip


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
    build = Build(Versions.read(), work.resolve(), jars.resolve())
    with step("jars"):
        fetch_jars(build)
    with step("onnxruntime for Android"):
        aar, source = fetch_aar(build)
        check_commit(build, aar, abis)
    say(f"  {source}")
    with step("resources (aapt2)"):
        linked = link_resources(build)
    with step("classes (javac)"):
        classes = compile_java(build)
    with step("dex (D8)"):
        dex = make_dex(build, classes)
    with step("pack"), zipfile.ZipFile(linked) as base, zipfile.ZipFile(aar) as libraries:
        entries = contents(base)
        entries |= {path.name: of_file(path) for path in dex}
        entries |= assets()
        entries |= notices(build)
        for abi in abis:
            for name in LIBRARIES:
                entries[f"lib/{abi}/{name}"] = in_archive(libraries, f"jni/{abi}/{name}")
        with publish_file(output) as part:
            pack(part, entries)
    say(f"{output}: {output.stat().st_size / 1e6:.1f} MB without a bundle, {', '.join(abis)}")


# What is fetched.


def fetch_jars(build: Build) -> None:
    """Let Maven copy the jars that aren't there yet."""
    wanted = (build.android14, build.android15, build.onnxruntime, build.nanojson, build.r8)
    if not all(jar.is_file() for jar in wanted) and not build.maven("jars"):
        failed(build.work / "maven-jars.log", "Maven couldn't fetch the jars")


def fetch_aar(build: Build) -> tuple[Path, str]:
    """Return onnxruntime's library for Android and where it came from, its hash checked.

    The order: ORT_AAR, what an earlier build fetched, Maven, npm (where a package for another
    engine carries the same file).
    """
    version = build.versions.onnxruntime
    pins = json.loads((HERE / "onnxruntime_android.json").read_text(encoding="utf-8"))
    if version not in pins:
        raise MalgwiError(
            f"onnxruntime {version}: no hash is pinned in tools/apk/onnxruntime_android.json; "
            "add one that you have checked"
        )
    pin = pins[version]
    given = os.environ.get("ORT_AAR")
    if given:
        return check_hash(Path(given), pin["sha256"]), f"ORT_AAR: {given}"
    aar = build.jars / f"onnxruntime-android-{version}.aar"
    note = aar.with_suffix(".source")
    if not (aar.is_file() and note.is_file()):
        if build.maven("aar"):
            source = f"Maven: com.microsoft.onnxruntime:onnxruntime-android:{version}"
        else:
            source = f"npm: {pin['npm']} (Maven doesn't serve onnxruntime-android {version} here)"
            fetch_from_npm(build, pin["npm"], pin["member"], aar)
        check_hash(aar, pin["sha256"])
        note.write_text(source, encoding="utf-8")
    return check_hash(aar, pin["sha256"]), note.read_text(encoding="utf-8")


def fetch_from_npm(build: Build, package: str, member: str, target: Path) -> None:
    """Take one file out of an npm package."""
    run([str(TOP / "tools" / "require"), "npm:npm"], build.work / "require.log")
    folder = build.work / "npm"
    folder.mkdir(exist_ok=True)
    run(["npm", "pack", "--silent", "--pack-destination", str(folder), package],
        build.work / "npm.log", cwd=folder)  # fmt: skip
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as tar, publish_file(target) as part:
        stream = tar.extractfile(member)
        if stream is None:
            raise MalgwiError(f"{package}: {member} is no file in it")
        with stream, part.open("wb") as out:
            shutil.copyfileobj(stream, out)
    shutil.rmtree(folder)


def check_hash(path: Path, expected: str) -> Path:
    """Return the path of a file with the SHA-256 that is pinned."""
    if not path.is_file():
        raise MalgwiError(f"{path}: not found; expected onnxruntime's AAR for Android")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise MalgwiError(
            f"{path}: SHA-256 {found}; expected {expected}. Remove it, or take another ORT_AAR"
        )
    return path


def check_commit(build: Build, aar: Path, abis: list[str]) -> None:
    """Compare the source that the libraries were built from with the jar's."""
    with zipfile.ZipFile(build.onnxruntime) as jar:
        expected = jar.read("GIT_COMMIT_ID").decode().strip()
    with zipfile.ZipFile(aar) as archive:
        for abi in abis:
            library = archive.read(f"jni/{abi}/libonnxruntime.so")
            found = re.search(rb"git-commit-id=([0-9a-f]{10,40})", library)
            commit = found[1].decode() if found else "none"
            if not expected.startswith(commit):
                raise MalgwiError(
                    f"{aar}: {abi} was built from commit {commit}; the jar from {expected}"
                )


# What is made.


def link_resources(build: Build) -> Path:
    """Return the APK of resources and manifest; the ids are in `gen`."""
    run(
        [str(APP / "resources.sh"), str(build.work), str(build.android14), build.versions.app],
        build.work / "resources.log",
    )
    return build.work / "resources.apk"


def compile_java(build: Build) -> Path:
    """Return the folder of the classes of core and app; Maven is who lints and tests them."""
    classes = fresh(build.work / "classes")
    sources = [
        *(CORE / "src" / "main" / "java").rglob("*.java"),
        *(APP / "src" / "main" / "java").rglob("*.java"),
        *(build.work / "gen").rglob("*.java"),
    ]
    path = ":".join(map(str, (build.android15, build.onnxruntime, build.nanojson)))
    run(
        ["javac", "--release", "17", "-encoding", "UTF-8", "-proc:none", "-nowarn", "-g",
         "-cp", path, "-d", str(classes), *sorted(map(str, sources))],
        build.work / "javac.log",
    )  # fmt: skip
    return classes


def make_dex(build: Build, classes: Path) -> list[Path]:
    """Return the dex files of everything that is Java; a warning of D8 is a failure."""
    runtime = build.work / "onnxruntime.jar"
    with zipfile.ZipFile(build.onnxruntime) as jar, zipfile.ZipFile(runtime, "w") as only_classes:
        for name in jar.namelist():
            if name.startswith("ai/onnxruntime/") and name.endswith(".class"):
                only_classes.writestr(name, jar.read(name))
    dex = fresh(build.work / "dex")
    inputs = sorted(str(path) for path in classes.rglob("*.class"))
    (build.work / "dex.args").write_text("\n".join(inputs), encoding="utf-8")
    run(
        ["java", "-Xmx1500m", "-cp", str(build.r8), "com.android.tools.r8.D8", "--release",
         "--min-api", str(MIN_SDK), "--map-diagnostics", "warning", "error",
         "--lib", str(build.android15), "--lib", str(jdk()), "--output", str(dex),
         str(runtime), str(build.nanojson), f"@{build.work / 'dex.args'}"],
        build.work / "d8.log",
    )  # fmt: skip
    return sorted(dex.glob("*.dex"))


def assets() -> dict[str, Content]:
    """Return the app's own assets."""
    folder = APP / "src" / "main" / "assets"
    return {
        f"assets/{path.relative_to(folder).as_posix()}": of_file(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def notices(build: Build) -> dict[str, Content]:
    """Return the licences of what is inside; the Python package brings onnxruntime's."""
    if onnxruntime.__version__ != build.versions.onnxruntime:
        raise MalgwiError(
            f"onnxruntime {onnxruntime.__version__} is installed; expected "
            f"{build.versions.onnxruntime}, whose licences the app carries. Run `make setup`"
        )
    theirs = Path(onnxruntime.__file__).parent
    texts = {
        "Malgwi, LICENSE": TOP / "LICENSE",
        "Malgwi, NOTICE": TOP / "NOTICE",
        "nanojson, which is dual-licensed: Apache-2.0, as above": None,
        "onnxruntime, LICENSE": theirs / "LICENSE",
        "onnxruntime, third-party notices": theirs / "ThirdPartyNotices.txt",
    }
    parts = []
    for title, path in texts.items():
        text = "" if path is None else path.read_text(encoding="utf-8", errors="replace")
        parts.append(f"=== {title} ===\n\n{text.strip()}\n\n")
    return {"assets/licences.txt": of_bytes("".join(parts).encode())}


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


def run(command: list[str], log: Path, cwd: Path | None = None) -> None:
    """Run a tool; when it fails, show the end of its output and give up."""
    if not attempt(command, log, cwd):
        failed(log, f"{Path(command[0]).name} failed")


def attempt(command: list[str], log: Path, cwd: Path | None = None) -> bool:
    """Run a tool, its output in a log; return whether it went well."""
    with log.open("w", encoding="utf-8") as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own words, no shell
                command, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, check=False
            )
        except FileNotFoundError as error:
            raise MalgwiError(f"{command[0]} isn't installed; `make apk` installs it") from error
    return done.returncode == 0


def failed(log: Path, what: str) -> None:
    """Show the end of a log and give up."""
    print(log.read_text(encoding="utf-8", errors="replace")[-4_000:], file=sys.stderr)  # noqa: T201
    raise MalgwiError(f"{what}; all it said is in {log}")


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what was done and how long it took."""
    begun = time.monotonic()
    yield
    say(f"  {what}: {time.monotonic() - begun:.1f} s")


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
