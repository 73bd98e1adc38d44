"""The one way to onnxruntime refuses unfit versions, with the reason and the remedy."""

import ctypes
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from bundles import DECODING, level_bundle, level_onnx
from malgwi.bundle import ort
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.ort import check_version, load_onnxruntime, open_session
from malgwi.bundle.runtime import OnnxModel, load_bundle_model
from malgwi.errors import BundleError, MalgwiError
from malgwi.java import java_cli, transcribe_in_java
from places import TOP


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.26.0", "up to 1.26 it takes more and more memory on ARM processors with SME"),
        ("1.9.0", "up to 1.26 it takes more and more memory on ARM processors with SME"),
        ("1.27.0", "1.27 computes wrong results on some processors"),
        ("1.29.0", "from 1.29 on it reports to its maker over the network"),
        ("1.100.0", "from 1.29 on it reports to its maker over the network"),
        ("2.0.0", "nobody has tried Malgwi with it"),
    ],
)
def test_other_versions_are_refused_with_the_reason(version: str, reason: str) -> None:
    with pytest.raises(MalgwiError) as error:
        check_version(version)
    assert str(error.value) == (
        f"onnxruntime {version} is installed: {reason}. Type: pip install 'onnxruntime>=1.28,<1.29'"
    )


@pytest.mark.parametrize("version", ["1.28.0", "1.28.1"])
def test_the_release_that_we_use_is_taken(version: str) -> None:
    check_version(version)


def test_pip_is_told_the_same_range() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"onnxruntime>=1.{ort.RELEASE},<1.{ort.RELEASE + 1}" in project["dependencies"]


def test_no_memory_is_planned_for_one_length(tmp_path: Path) -> None:
    """With a plan the base size held half as much again after clips of two lengths."""
    session = open_session(level_onnx(tmp_path / "m.onnx"), threads=1)
    assert session.get_session_options().enable_mem_pattern is False


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_a_c_library_without_a_trim_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def none(_: object) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", none)
    assert open_session(level_onnx(tmp_path / "m.onnx"), threads=1).get_inputs()


def test_what_loading_freed_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    library = SimpleNamespace(malloc_trim=given.append)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    open_session(level_onnx(tmp_path / "m.onnx"), threads=1)
    assert given == [0]


def test_no_session_is_opened_with_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who imported it before us, and how it came here, makes no difference."""
    bundle = open_bundle(level_bundle(tmp_path / "x.malgwi"))
    monkeypatch.setattr(load_onnxruntime(), "__version__", "1.29.0")
    with pytest.raises(MalgwiError, match="it reports to its maker"):
        OnnxModel(level_onnx(tmp_path / "m.onnx"), DECODING)
    with pytest.raises(MalgwiError, match=r"^onnxruntime 1.29.0 .*<1.29'$") as error:
        load_bundle_model(bundle)
    assert not isinstance(error.value, BundleError)


def test_importing_malgwi_turns_reports_off_whatever_was_set() -> None:
    names = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")
    done = subprocess.run(
        [sys.executable, "-c", f"import os, malgwi; print([os.environ[n] for n in {names}])"],
        env={**os.environ, **dict.fromkeys(names, "0")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "['1', '1']"


def test_java_is_started_with_reports_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java"
    java.write_text('#!/bin/sh\necho "[$ORT_DISABLE_TELEMETRY, $ORT_TELEMETRY_DISABLED]"\n')
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (seen,) = transcribe_in_java(tmp_path / "a.jar", tmp_path / "a.malgwi", [tmp_path / "a.wav"])
    assert str(seen) == "[1, 1]"


def test_java_refuses_a_jar_that_reports_before_its_library_is_loaded(tmp_path: Path) -> None:
    """The classes of ours with another manifest, and no library to be found."""
    jar, other = java_cli(), tmp_path / "onnxruntime.jar"
    if jar is None:
        pytest.skip("no Java or no jar: run `make java-test` first")
    manifest = "Manifest-Version: 1.0\nImplementation-Title: onnxruntime\n"
    with zipfile.ZipFile(jar) as ours, zipfile.ZipFile(other, "w") as theirs:
        theirs.writestr("META-INF/MANIFEST.MF", f"{manifest}Implementation-Version: 1.29.0\n")
        for name in ours.namelist():
            if name.startswith("ai/onnxruntime/") and name.endswith(".class"):
                theirs.writestr(name, ours.read(name))
    done = subprocess.run(
        ["java", f"-Donnxruntime.native.path={tmp_path}", "-cp", f"{other}{os.pathsep}{jar}",
         "org.malgwi.core.Cli", level_bundle(tmp_path / "x.malgwi"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "malgwi: error: onnxruntime 1.29.0: from 1.29 on it reports to its maker over the network; "
        "take version 1.28 of it\n"
    )
