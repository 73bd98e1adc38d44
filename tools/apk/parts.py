"""What goes into the app from outside: versions, jars, and onnxruntime's library for Android."""

import hashlib
import json
import os
import re
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from malgwi.errors import MalgwiError
from malgwi.publish import publish_file
from steps import attempt, failed, run

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
ANDROID = TOP / "android"
CORE, LIBRARY, APP = ANDROID / "core", ANDROID / "library", ANDROID / "app"
POM = "{http://maven.apache.org/POM/4.0.0}"


@dataclass(frozen=True)
class Versions:
    """The versions of what goes in, each from the one file that states it."""

    app: str
    onnxruntime: str
    nanojson: str
    jspecify: str
    android14: str
    android15: str
    r8: str

    @classmethod
    def read(cls) -> "Versions":
        """Read them from the POMs."""
        core, android = (
            ElementTree.parse(pom).getroot()  # noqa: S314 - our own files
            for pom in (CORE / "pom.xml", ANDROID / "pom.xml")
        )

        def found(pom: ElementTree.Element, name: str) -> str:
            value = pom.findtext(f"{POM}properties/{POM}{name}")
            if value is None:
                raise MalgwiError(f"a POM has no property {name}; it must state the version")
            return value

        return cls(
            app=core.findtext(f"{POM}version") or "",
            onnxruntime=found(android, "onnxruntime.version"),
            nanojson=found(core, "nanojson.version"),
            jspecify=found(core, "jspecify.version"),
            android14=found(android, "android14"),
            android15=found(android, "android15"),
            r8=found(android, "r8.version"),
        )


@dataclass(frozen=True)
class Parts:
    """What is fetched: the folder it lies in, and where in it each jar is."""

    versions: Versions
    folder: Path

    def jar(self, artifact: str, version: str) -> Path:
        """Return where Maven puts a jar."""
        return self.folder / f"{artifact}-{version}.jar"

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
    def jspecify(self) -> Path:
        """The marks of what may be null, which only the compiler reads."""
        return self.jar("jspecify", self.versions.jspecify)

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
                f"-Djars={self.folder}",
                f"-Dandroid14={self.versions.android14}",
                f"-Dandroid15={self.versions.android15}",
                f"-Donnxruntime.version={self.versions.onnxruntime}",
                f"-Dnanojson.version={self.versions.nanojson}",
                f"-Djspecify.version={self.versions.jspecify}",
                f"-Dr8.version={self.versions.r8}",
            ],
            self.folder / f"maven-{execution}.log",
        )  # fmt: skip


def fetch_jars(parts: Parts) -> None:
    """Let Maven copy the jars that aren't there yet."""
    frameworks = (parts.android14, parts.android15)
    wanted = (*frameworks, parts.onnxruntime, parts.nanojson, parts.jspecify, parts.r8)
    if not all(jar.is_file() for jar in wanted) and not parts.maven("jars"):
        failed(parts.folder / "maven-jars.log", "Maven couldn't fetch the jars")


def fetch_aar(parts: Parts) -> tuple[Path, str]:
    """Return onnxruntime's library for Android and where it came from, its hash checked.

    The order: ORT_AAR, what an earlier build fetched, Maven, npm (where a package for another
    engine carries the same file).
    """
    version = parts.versions.onnxruntime
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
    aar = parts.folder / f"onnxruntime-android-{version}.aar"
    note = aar.with_suffix(".source")
    if not (aar.is_file() and note.is_file()):
        if parts.maven("aar"):
            source = f"Maven: com.microsoft.onnxruntime:onnxruntime-android:{version}"
        else:
            source = f"npm: {pin['npm']} (Maven doesn't serve onnxruntime-android {version} here)"
            fetch_from_npm(parts, pin["npm"], pin["member"], aar)
        check_hash(aar, pin["sha256"])
        note.write_text(source, encoding="utf-8")
    return check_hash(aar, pin["sha256"]), note.read_text(encoding="utf-8")


def fetch_from_npm(parts: Parts, package: str, member: str, target: Path) -> None:
    """Take one file out of an npm package."""
    run([str(TOP / "tools" / "require"), "npm:npm"], parts.folder / "require.log")
    folder = parts.folder / "npm"
    folder.mkdir(exist_ok=True)
    run(["npm", "pack", "--silent", "--pack-destination", str(folder), package],
        parts.folder / "npm.log", cwd=folder)  # fmt: skip
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


def check_commit(parts: Parts, aar: Path, abis: list[str]) -> None:
    """Compare the source that the libraries were built from with the jar's."""
    with zipfile.ZipFile(parts.onnxruntime) as jar:
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
