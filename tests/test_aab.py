"""The App Bundle that `make aab` makes of an APK, read as a phone's store would: by bundletool."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from androguard.core.apk import APK

from apks import PASSWORD, data_offset, verify
from malgwi.android.android import android
from places import TOP
from test_app import PERMISSIONS

JARS = TOP / "build" / "jars"
PAGE = 16_384
TURNED = ("META-INF/", "res/", "AndroidManifest.xml", "resources.arsc")
"""What another format of resources, and another signature, may change."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, built_app: Path, demo_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("aab")
    android(
        demo_folder / "demo.malgwi",
        folder / "ear.apk",
        app=built_app,
        app_name="내 말귀",
        application_id="org.example.ear",
        key=folder / "key.p12",
        password=lambda _: PASSWORD,
    )
    return folder


def make(folder: Path, *words: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    tool: list[str | Path] = [
        sys.executable,
        TOP / "tools/apk/aab.py",
        folder / "ear.apk",
        "--jars",
        JARS,
    ]
    places: list[str | Path] = [
        "--output",
        folder / "ear.aab",
        "--key",
        folder / "key.p12",
        "--work",
        folder / "work",
    ]
    return subprocess.run(
        [*tool, *places, "--work", folder / "work", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MALGWI_KEY_PASSWORD": password},
    )


def test_the_apk_that_a_store_makes_of_it_is_the_app(folder: Path) -> None:
    assert make(folder, password="wrong").returncode == 2  # noqa: S106
    assert not (folder / "ear.aab").exists()
    made = make(folder)
    assert made.returncode == 0, made.stderr
    again = make(folder)
    assert again.returncode == 2
    assert "--replace" in again.stderr
    signed = subprocess.run(
        ["jarsigner", "-verify", folder / "ear.aab"], capture_output=True, text=True, check=True
    )
    assert "jar verified" in signed.stdout

    main_class = "com.android.tools.build.bundletool.BundleToolMain"
    subprocess.run(
        ["java", "-cp", f"{JARS}/bundletool/*", main_class, "build-apks", "--mode=universal",
         f"--bundle={folder / 'ear.aab'}", f"--output={folder / 'all.apks'}",
         f"--ks={folder / 'key.p12'}", "--ks-key-alias=malgwi", f"--ks-pass=pass:{PASSWORD}",
         f"--aapt2={shutil.which('aapt2')}"],
        check=True,
    )  # fmt: skip
    with zipfile.ZipFile(folder / "all.apks") as archive:
        archive.extract("universal.apk", folder)
    universal = folder / "universal.apk"
    assert verify(universal).returncode == 0
    app = APK(str(universal))
    assert app.get_package() == "org.example.ear"
    assert app.get_app_name() == "내 말귀"
    assert app.get_target_sdk_version() == "36"
    assert set(app.get_permissions()) == PERMISSIONS

    with zipfile.ZipFile(folder / "ear.apk") as ours, zipfile.ZipFile(universal) as theirs:
        names = [n for n in ours.namelist() if not n.startswith(TURNED)]
        assert {"classes.dex", "assets/bundle.malgwi"} <= set(names)
        assert [n for n in names if ours.read(n) != theirs.read(n)] == []
        assert theirs.getinfo("assets/bundle.malgwi").compress_type == zipfile.ZIP_STORED
        for entry in theirs.infolist():
            if entry.filename.endswith(".so"):
                assert entry.compress_type == zipfile.ZIP_STORED
                assert data_offset(universal, entry) % PAGE == 0
