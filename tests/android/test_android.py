"""`malgwi android`: what Android's own tools read of the APK, and everything that can be wrong."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from loguru import logger

from apks import PASSWORD, badging, manifest_tree, small_app, verify
from bundles import level_bundle
from malgwi.android.android import PASSWORD as PASSWORD_VARIABLE
from malgwi.android.android import android
from malgwi.android.apk import BUNDLE, open_apk
from malgwi.android.signing_key import create_key, load_key
from malgwi.cli.main import main
from malgwi.errors import MalgwiError

logger.disable("androguard")
from androguard.core.apk import APK  # noqa: E402 - it says a lot while it is imported


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return level_bundle(tmp_path_factory.mktemp("bundle") / "levels.malgwi")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key.p12"
    create_key(path, PASSWORD)
    return path


@pytest.fixture
def app(tmp_path: Path, built_app: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small app; the password is in the environment."""
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    return small_app(tmp_path / "app.apk", built_app)


@pytest.fixture
def command(tmp_path: Path, app: Path, bundle: Path, key: Path) -> list[str]:
    """A command line that is right, and writes a.apk."""
    return [
        "android", str(bundle), "--output", str(tmp_path / "a.apk"), "--app", str(app),
        "--key", str(key),
    ]  # fmt: skip


def test_the_built_app_with_a_bundle_name_and_id_of_ones_own(
    tmp_path: Path, built_app: Path, bundle: Path, key: Path
) -> None:
    apk = tmp_path / "mine.apk"
    made = android(
        bundle,
        apk,
        app=built_app,
        app_name="내 귀",
        application_id="org.example.my_ear",
        key=key,
        password=lambda _: PASSWORD,
    )
    assert made.application_id == "org.example.my_ear"
    assert made.bundle == "levels"
    assert not made.key_is_new
    assert made.bytes == apk.stat().st_size

    checked = verify(apk)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    aligned = subprocess.run(["zipalign", "-c", "-p", "4", apk], check=False, capture_output=True)
    assert aligned.returncode == 0, aligned.stdout

    said = badging(apk)
    assert "package: name='org.example.my_ear' versionCode='100' versionName='0.1.0'" in said
    assert "application-label:'내 귀'" in said
    assert "application-label-ko:'내 귀'" in said
    tree = manifest_tree(apk)
    assert '(Raw: "org.example.my_ear.files")' in tree
    assert "org.malgwi.app.files" not in tree.replace("org.malgwi.app.files.", "")  # but classes

    read = APK(str(apk))
    assert read.get_package() == "org.example.my_ear"
    assert read.get_app_name() == "내 귀"
    assert read.get_main_activity() == "org.malgwi.app.MainActivity"
    assert read.is_signed_v2()
    assert read.is_signed_v3()
    assert read.get_file(BUNDLE) == bundle.read_bytes()
    assert [c.sha256.hex() for c in read.get_certificates()] == [made.signer]
    assert made.signer == load_key(key, PASSWORD).fingerprint
    with open_apk(built_app) as before, open_apk(apk) as after:
        assert set(after) - set(before) == {BUNDLE}
        changed = {n for n in before if before[n]().read() != after[n]().read()}
    assert changed == {"AndroidManifest.xml"}


def test_without_options_the_app_keeps_its_name_and_id(
    tmp_path: Path, app: Path, bundle: Path, key: Path
) -> None:
    apk = tmp_path / "a.apk"
    assert android(bundle, apk, app=app, key=key).application_id == "org.malgwi.app"
    read = APK(str(apk))
    assert read.get_app_name() == "Malgwi"
    assert read.get_app_name(locale="ko") == "말귀"


def test_an_apk_is_replaced_only_when_asked(
    tmp_path: Path, app: Path, bundle: Path, key: Path
) -> None:
    apk = tmp_path / "a.apk"
    apk.write_bytes(b"mine")
    with pytest.raises(MalgwiError, match=r"a\.apk: exists; give a new name, or --replace"):
        android(bundle, apk, app=app, key=key)
    assert apk.read_bytes() == b"mine"
    assert android(bundle, apk, app=app, key=key, replace=True).bytes == apk.stat().st_size


def test_an_app_takes_another_bundle(tmp_path: Path, app: Path, bundle: Path, key: Path) -> None:
    first, second = tmp_path / "1.apk", tmp_path / "2.apk"
    other = level_bundle(tmp_path / "other.malgwi", name="other")
    android(other, first, app=app, key=key)
    assert android(bundle, second, app=first, key=key).bundle == "levels"
    assert APK(str(second)).get_file(BUNDLE) == bundle.read_bytes()
    assert verify(second).returncode == 0


def test_the_command_line_makes_a_key_and_says_to_keep_it(
    tmp_path: Path,
    app: Path,
    bundle: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    words = ["android", str(bundle), "--output", str(tmp_path / "a.apk"), "--app", str(app)]
    assert main(words) == 0
    said = capsys.readouterr().out
    key = tmp_path / "home" / ".malgwi" / "android.p12"
    assert f"A new key was made: {key}. Keep it and its password" in said
    assert load_key(key, PASSWORD).fingerprint[:16] in said
    first = (tmp_path / "a.apk").read_bytes()

    assert main([*words, "--replace", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["key_is_new"] is False
    assert result["application_id"] == "org.malgwi.app"
    assert (tmp_path / "a.apk").read_bytes() == first


def _damaged(bundle: Path, path: Path) -> Path:
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def test_what_is_wrong_is_one_line_and_leaves_nothing(
    tmp_path: Path, command: list[str], bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    text = tmp_path / "text"
    text.write_text("not an APK")
    cases = [
        (
            ["android", str(_damaged(bundle, tmp_path / "d.malgwi")), *command[2:]],
            "d.malgwi: damaged",
        ),
        (["android", str(tmp_path / "none.malgwi"), *command[2:]], "none.malgwi"),
        (["android", str(text), *command[2:]], "text: "),
        ([*command, "--app", str(text)], "text: not a whole APK"),
        ([*command, "--app", str(tmp_path / "none.apk")], "none.apk: not found"),
        ([*command, "--key", str(text)], "text: no key can be read"),
        ([*command, "--key", str(folder)], "folder"),
        ([*command, "--app-name", ""], "--app-name '': expected 1 to 50"),
        ([*command, "--app-name", "two\nlines"], "--app-name 'two\\nlines'"),
        ([*command, "--app-name", "x" * 51], "expected 1 to 50"),
        ([*command, "--application-id", "single"], "--application-id 'single': expected words"),
        ([*command, "--application-id", "org.9ear"], "--application-id 'org.9ear'"),
        ([*command, "--application-id", "org.귀"], "such as org.example.ear"),
        ([*command, "--application-id", "a." + "b" * 200], "--application-id"),
        ([*command, "--output", str(folder)], "folder: is a folder"),
        (
            [*command, "--output", str(bundle)],
            "the app is made from it; give",
        ),
        ([*command, "--output", str(text / "a.apk")], "not written"),
    ]
    before = sorted(tmp_path.rglob("*"))
    for words, expected in cases:
        assert main(words) == 2, words
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("malgwi: error: ")
        assert said.err.count("\n") == 1
        assert expected in said.err
        assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_is_not_called_a_damaged_app(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("malgwi.android.apk.shutil.copyfileobj", _no_space)
        assert main(command) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / 'a.apk'}: not written (No space left on device)" in said
    assert sorted(tmp_path.iterdir()) == before


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_unpacked_bundle_is_refused(tmp_path: Path, app: Path, bundle: Path, key: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", bundle, tmp_path / "unpacked"], check=True
    )
    with pytest.raises(MalgwiError, match=r"unpacked: is a folder; expected the \.malgwi file"):
        android(tmp_path / "unpacked", tmp_path / "a.apk", app=app, key=key)


def test_a_password_nobody_can_type_is_asked_for_by_name(
    tmp_path: Path, command: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "malgwi", *command],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if k != PASSWORD_VARIABLE},
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "set MALGWI_KEY_PASSWORD" in done.stderr
    assert not (tmp_path / "a.apk").exists()


def test_a_new_password_is_asked_for_twice(
    tmp_path: Path, app: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip would lock the key up for ever."""
    monkeypatch.delenv(PASSWORD_VARIABLE)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    key, apk = tmp_path / "new.p12", tmp_path / "a.apk"
    typed = iter(["correct horse", "correct hores", "correct horse", "correct horse"])
    asked = []

    def type_next(question: str) -> str:
        asked.append(question)
        return next(typed)

    monkeypatch.setattr("malgwi.android.android.getpass", type_next)
    with pytest.raises(MalgwiError, match="the two passwords differ; no key was made"):
        android(bundle, apk, app=app, key=key)
    assert not key.exists()
    assert not apk.exists()
    assert android(bundle, apk, app=app, key=key).key_is_new
    assert asked == 2 * [f"A password for the new key {key}: ", "The same password again: "]

    def leave(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("malgwi.android.android.getpass", leave)
    with pytest.raises(MalgwiError, match="no password was given"):
        android(bundle, apk, app=app, key=key, replace=True)


def _adb(folder: Path, script: str) -> None:
    folder.mkdir()
    adb = folder / "adb"
    adb.write_text(f"#!/bin/sh\n{script}\n")
    adb.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "status", "words"),
    [
        ('echo "$@" > "$(dirname "$0")/asked"; echo Success', 0, "Installed"),
        ("echo 'adb: no devices/emulators found' >&2; exit 1", 1, "no devices/emulators found"),
        ("exit 1", 1, "no reason given"),
    ],
)
def test_install_runs_adb(
    tmp_path: Path, command: list[str], script: str, status: int, words: str
) -> None:
    _adb(tmp_path / "bin", script)
    done = subprocess.run(
        [sys.executable, "-m", "malgwi", *command, "--install"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
    )
    assert done.returncode == status
    assert words in done.stdout + done.stderr
    apk = tmp_path / "a.apk"
    assert verify(apk).returncode == 0  # written even where adb fails
    if status == 0:
        assert (tmp_path / "bin" / "asked").read_text() == f"install -r {apk}\n"


def test_without_adb_it_says_what_to_type(
    tmp_path: Path,
    command: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([*command, "--install"]) == 0
    assert f"adb install -r {tmp_path / 'a.apk'}" in capsys.readouterr().out


@pytest.mark.parametrize("missing", ["cryptography", "malgwi_app"])
def test_a_missing_part_names_the_remedy(command: list[str], missing: str) -> None:
    """As in an installed malgwi without its android extra, far from any checkout."""
    words = command if missing == "cryptography" else [*command[:4], *command[6:]]
    assert ("--app" in words) == (missing == "cryptography")
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import malgwi.android.android, malgwi.cli.main\n"
        "malgwi.android.android.__file__ = '/nowhere/site-packages/malgwi/android.py'\n"
        f"sys.exit(malgwi.cli.main.main({words!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    signs = missing == "cryptography"
    assert ("pip install -e '.[android]'" if signs else "`make apk`") in done.stderr
    assert done.stderr.count("\n") == 1
