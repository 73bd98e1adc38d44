"""The wheel carries all that `malgwi demo` needs, and runs from where it is installed."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bundles import level_bundle
from places import TOP


def _build(project: Path, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, project],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(TOP, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_has_the_starter_the_speech_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "malgwi/data/starter/model.safetensors" in names
    assert "malgwi/data/starter/README.md" in names
    assert "malgwi/data/commands/metadata.csv" in names
    assert sum(n.startswith("malgwi/data/commands/") and n.endswith(".ogg") for n in names) == 500
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert not [n for n in names if "__pycache__" in n or n.startswith(("tests/", "benchmarks/"))]


def test_the_installed_package_finds_its_data(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import malgwi, malgwi.cli.main; from malgwi.model.checkpoint import load_checkpoint; "
        "print(malgwi.__file__, len(load_checkpoint('starter').vocab))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path / "site" / "malgwi" / "__init__.py"), "30"]


def test_the_installed_app_takes_a_bundle(wheel: Path, built_app: Path, tmp_path: Path) -> None:
    """The prebuilt app is a wheel of its own."""
    app_wheel = _build(TOP / "packaging" / "malgwi-app", tmp_path / "dist")
    for part in (wheel, app_wheel):
        with zipfile.ZipFile(part) as archive:
            archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "malgwi", "android", level_bundle(tmp_path / "a.malgwi"),
         "--output", "a.apk"],
        cwd=tmp_path,
        env=os.environ | {
            "PYTHONPATH": str(tmp_path / "site"),
            "HOME": str(tmp_path),
            "MALGWI_KEY_PASSWORD": "correct horse",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "a.apk") as made, zipfile.ZipFile(built_app) as app:
        assert made.read("classes.dex") == app.read("classes.dex")
        assert made.read("assets/bundle.malgwi") == (tmp_path / "a.malgwi").read_bytes()
    assert (tmp_path / ".malgwi" / "android.p12").is_file()
