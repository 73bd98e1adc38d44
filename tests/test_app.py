"""The app that `make` built, looked at by what had no part in building it."""

import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from apks import badging, data_offset, manifest_tree
from places import TOP

logger.disable("androguard")
from androguard.core.analysis.analysis import Analysis  # noqa: E402 - loud while imported
from androguard.core.apk import APK  # noqa: E402
from androguard.core.dex import DEX  # noqa: E402

ANDROID = "{http://schemas.android.com/apk/res/android}"
AARCH64 = 183
PAGE = 16_384

PERMISSIONS = {
    "android.permission.RECORD_AUDIO",
    "android.permission.POST_NOTIFICATIONS",
    "android.permission.FOREGROUND_SERVICE",
    "android.permission.FOREGROUND_SERVICE_MICROPHONE",
    "android.permission.FOREGROUND_SERVICE_DATA_SYNC",
    "android.permission.WAKE_LOCK",
}

# What other apps may start, each for a reason that the manifest states.
EXPORTED = {
    "org.malgwi.app.MainActivity",
    "org.malgwi.app.files.OpenAudioActivity",
    "org.malgwi.app.models.ImportActivity",
    "org.malgwi.app.dictate.RecognizeSpeechActivity",
    "org.malgwi.app.settings.SettingsActivity",
    "org.malgwi.app.dictate.MalgwiRecognitionService",
    "org.malgwi.app.dictate.VoiceKeyboard",
    "org.malgwi.app.dictate.SpeakTile",
}
GUARDED = {
    "org.malgwi.app.dictate.MalgwiRecognitionService": "android.permission.RECORD_AUDIO",
    "org.malgwi.app.dictate.VoiceKeyboard": "android.permission.BIND_INPUT_METHOD",
    "org.malgwi.app.dictate.SpeakTile": "android.permission.BIND_QUICK_SETTINGS_TILE",
}


@pytest.fixture(scope="module")
def apk(built_app: Path) -> APK:
    return APK(str(built_app))


@pytest.fixture(scope="module")
def code(apk: APK) -> Analysis:
    analysis = Analysis()
    for dex in apk.get_all_dex():
        analysis.add(DEX(dex))
    analysis.create_xref()
    return analysis


def test_the_permissions_are_these_and_no_other(apk: APK, built_app: Path) -> None:
    assert set(apk.get_permissions()) == PERMISSIONS
    assert apk.get_declared_permissions() == []
    printed = subprocess.run(
        ["aapt2", "dump", "permissions", built_app], capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"name='([^']*)'", printed)) == PERMISSIONS
    assert "INTERNET" not in printed


def test_versions_and_what_the_phone_shows(built_app: Path) -> None:
    said = badging(built_app)
    assert "package: name='org.malgwi.app' versionCode='100' versionName='0.1.0'" in said
    assert "sdkVersion:'26'" in said
    assert "targetSdkVersion:'36'" in said
    assert "compileSdkVersion='36'" in said
    assert "application-label:'Malgwi'" in said
    assert "application-label-ko:'말귀'" in said
    assert "launchable-activity: name='org.malgwi.app.MainActivity'" in said
    assert "native-code: 'arm64-v8a'" in said
    assert "QUERY_ALL_PACKAGES" not in said


def test_back_by_callback_and_the_languages_are_asked_for(apk: APK, built_app: Path) -> None:
    assert apk.get_attribute_value("application", "enableOnBackInvokedCallback") == "true"
    dumped = subprocess.run(
        ["aapt2", "dump", "xmltree", "--file", "res/xml/locales.xml", built_app],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert re.findall(r'name\([^)]*\)="(\w+)"', dumped) == ["en", "ko"]
    assert apk.get_attribute_value("application", "localeConfig")


def _components(apk: APK) -> Iterator[tuple[str, dict[str, str]]]:
    for element in apk.get_android_manifest_xml().iter(
        "activity", "activity-alias", "service", "receiver", "provider"
    ):
        values = {k.removeprefix(ANDROID): v for k, v in element.attrib.items()}
        yield values["name"], values


def test_only_these_components_are_open_to_other_apps(apk: APK) -> None:
    components = dict(_components(apk))
    assert all(values.get("exported") in {"true", "false"} for values in components.values())
    assert {n for n, values in components.items() if values["exported"] == "true"} == EXPORTED
    guards = {n: components[n]["permission"] for n in EXPORTED if "permission" in components[n]}
    assert guards == GUARDED


def test_every_class_that_the_manifest_names_is_there(apk: APK, code: Analysis) -> None:
    named = {name for name, _ in _components(apk)}
    named.add(apk.get_attribute_value("application", "name"))
    inside = {c.name for c in code.get_internal_classes()}
    assert {n for n in named if f"L{n.replace('.', '/')};" not in inside} == set()


def test_the_code_calls_only_itself_and_android(code: Analysis) -> None:
    """A class that is neither in the dex nor in the framework would crash the app when reached."""
    framework = next((TOP / "build" / "jars").glob("android-all-15-*.jar"))
    with zipfile.ZipFile(framework) as jar:
        known = {f"L{n.removesuffix('.class')};" for n in jar.namelist() if n.endswith(".class")}
    outside = {c.name.lstrip("[") for c in code.get_external_classes()}
    # The jar is without the core library, which the API gate of Maven checks.
    core = ("Ljava/", "Ljavax/crypto/")
    unknown = {n for n in outside - known if n.startswith("L") and not n.startswith(core)}
    assert unknown == set()
    assert "Landroid/app/Activity;" in outside & known  # the check sees something


def test_nothing_in_the_code_reaches_for_the_network(code: Analysis) -> None:
    outside = {c.name for c in code.get_external_classes()}
    assert {
        n for n in outside if n.startswith(("Ljava/net/", "Ljavax/net/", "Landroid/net/http"))
    } <= {
        "Ljava/net/URI;",
        "Ljava/net/URL;",
        "Ljava/net/URISyntaxException;",
        "Ljava/net/MalformedURLException;",
    }


def test_libraries_can_be_mapped_on_phones_with_pages_of_16_kb(built_app: Path) -> None:
    with zipfile.ZipFile(built_app) as archive:
        libraries = [e for e in archive.infolist() if e.filename.startswith("lib/")]
        assert {e.filename for e in libraries} == {
            "lib/arm64-v8a/libonnxruntime.so",
            "lib/arm64-v8a/libonnxruntime4j_jni.so",
        }
        for entry in libraries:
            assert entry.compress_type == zipfile.ZIP_STORED
            assert data_offset(built_app, entry) % PAGE == 0
            machine, alignments = _elf(archive.read(entry))
            assert machine == AARCH64
            assert alignments
            assert all(a % PAGE == 0 for a in alignments)
    assert "extractNativeLibs(0x010104ea)=false" in manifest_tree(built_app)


def _elf(data: bytes) -> tuple[int, list[int]]:
    """Return the machine of a 64-bit library, and the alignment of its loaded segments."""
    assert data[:5] == b"\x7fELF\2"
    (machine,) = struct.unpack_from("<H", data, 18)
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    segments = [struct.unpack_from("<I44xQ", data, table + i * size) for i in range(count)]
    return machine, [alignment for kind, alignment in segments if kind == 1]


def test_zipalign_agrees(built_app: Path) -> None:
    done = subprocess.run(
        ["zipalign", "-c", "-p", "4", built_app], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_model_and_no_key_are_in_it_and_the_licences_are(built_app: Path) -> None:
    with zipfile.ZipFile(built_app) as archive:
        names = archive.namelist()
        licences = archive.read("assets/licences.txt").decode()
    assert "assets/bundle.malgwi" not in names
    assert not [n for n in names if n.endswith((".p12", ".keystore", ".jks"))]
    for words in ("Apache License", "Microsoft Corporation", "nanojson", "protobuf", "Malgwi"):
        assert words in licences


def test_the_same_sources_give_the_same_bytes(built_app: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.apk"
    subprocess.run(
        [sys.executable, TOP / "tools" / "apk" / "build.py", "--output", again,
         "--work", tmp_path / "work", "--jars", TOP / "build" / "jars"],
        check=True, capture_output=True,
    )  # fmt: skip
    with zipfile.ZipFile(built_app) as one, zipfile.ZipFile(again) as two:
        assert [(e.filename, e.CRC) for e in one.infolist()] == [
            (e.filename, e.CRC) for e in two.infolist()
        ]
    assert again.read_bytes() == built_app.read_bytes()


@pytest.mark.parametrize(
    ("given", "words"),
    [("nothing.aar", "not found; expected onnxruntime's AAR"), ("wrong.aar", "expected 09c0780ae")],
)
def test_another_library_than_the_pinned_is_refused(
    tmp_path: Path, given: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.aar").write_bytes(b"PK not onnxruntime")
    monkeypatch.setenv("ORT_AAR", str(tmp_path / given))
    done = subprocess.run(
        [sys.executable, TOP / "tools" / "apk" / "build.py", "--output", tmp_path / "a.apk",
         "--work", tmp_path / "work", "--jars", TOP / "build" / "jars"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert words in done.stderr
    assert given in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a.apk").exists()


def onnxruntime_of(pom: str) -> str:
    text = (TOP / pom).read_text()
    (used,) = re.findall(r"<artifactId>onnxruntime</artifactId>\s*<version>(.*?)<", text)
    assert used == "${onnxruntime.version}"
    (version,) = re.findall(r"<onnxruntime.version>(.*)</onnxruntime.version>", text)
    return str(version)


def test_the_app_is_built_of_a_version_whose_hash_is_pinned() -> None:
    """And tested with it: that POM is where `make apk` reads the version."""
    pins = json.loads((TOP / "tools" / "apk" / "onnxruntime_android.json").read_text())
    assert re.fullmatch("[0-9a-f]{64}", pins[onnxruntime_of("android/pom.xml")]["sha256"])


def test_python_and_java_run_the_same_onnxruntime() -> None:
    lock = (TOP / "requirements" / "dev.lock").read_text()
    jvm = onnxruntime_of("android/core/pom.xml")
    assert re.findall(r"^onnxruntime==(\S+)", lock, re.MULTILINE) == [jvm]


def test_one_version_everywhere() -> None:
    def stated(path: str, pattern: str) -> str:
        found = re.search(pattern, (TOP / path).read_text(encoding="utf-8"), re.MULTILINE)
        assert found, path
        return found[1]

    version = stated("pyproject.toml", r'^version = "(.*)"')
    assert stated("src/malgwi/__init__.py", r'__version__ = "(.*)"') == version
    assert stated("packaging/malgwi-app/pyproject.toml", r'^version = "(.*)"') == version
    for pom in (
        "android/pom.xml",
        "android/core/pom.xml",
        "android/library/pom.xml",
        "android/app/pom.xml",
    ):
        assert (
            stated(pom, r"<artifactId>malgwi-[\w-]+</artifactId>\s*<version>(.*)</version>")
            == version
        )
