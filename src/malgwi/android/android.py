"""A bundle put into the prebuilt Android app: `malgwi android`. No Java and no Android SDK.

prebuilt app ──▶ manifest rewritten ──▶ bundle put in ──▶ packed ──▶ signed ──▶ NAME.apk
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from getpass import getpass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.android import binary_manifest
from malgwi.android.apk import BUNDLE, Content, of_bytes, of_file, open_apk, pack
from malgwi.bundle.bundle import open_bundle
from malgwi.errors import GateError, MalgwiError
from malgwi.extras import install as install_extra
from malgwi.publish import claim_file, publish_file

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.android.signing_key import SigningKey

PASSWORD = "MALGWI_KEY_PASSWORD"  # noqa: S105 - the name of the variable
"""The environment variable that holds the key's password, where nobody is there to type it."""

APP_PACKAGE = "malgwi_app"
"""The package with the prebuilt app, which `make app-wheel` builds."""
APP_FILE = "app.apk"
BUILT_APP = Path("build") / "app-arm64.apk"
"""Where `make apk` puts the app without a bundle, from the top of a checkout."""

_APPLICATION_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_LONGEST_ID, _LONGEST_NAME = 200, 50
_LARGEST_MANIFEST = 1 << 22
_INSTALL_SECONDS = 600


def default_key() -> Path:
    """Return where a user's key is made and looked for."""
    return Path.home() / ".malgwi" / "android.p12"


@dataclass(frozen=True)
class App:
    """An APK that was written."""

    path: Path
    bytes: int
    application_id: str
    bundle: str
    """The name of the model inside."""
    key: Path
    key_is_new: bool
    signer: str
    """SHA-256 of the certificate, hexadecimal."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "apk": str(self.path),
            "bytes": self.bytes,
            "application_id": self.application_id,
            "bundle": self.bundle,
            "key": str(self.key),
            "key_is_new": self.key_is_new,
            "signer_sha256": self.signer,
        }


def android(
    bundle: Path,
    output: Path,
    *,
    app: Path | None = None,
    app_name: str | None = None,
    application_id: str | None = None,
    key: Path | None = None,
    password: Callable[[str], str] | None = None,
    replace: bool = False,
) -> App:
    """Write a signed APK with `bundle` inside, whole or not at all.

    Args:
        bundle: a `.malgwi` file; every hash in it is checked first.
        output: the APK to write.
        app: another prebuilt app than the installed one.
        app_name: what the phone calls the app, 1 to 50 characters.
        application_id: what the phone tells apps apart by, such as `org.example.ear`.
        key: a PKCS #12 file; made when it isn't there.
        password: asks for the key's password with the question given; by default the
            environment variable `MALGWI_KEY_PASSWORD`, then the terminal.
        replace: whether `output` may exist.

    Raises:
        MalgwiError: `output` exists or can't be written, or bundle, app, key or an option is wrong.
    """
    _check_names(app_name, application_id)
    opened = open_bundle(bundle)
    if bundle.is_dir():
        raise MalgwiError(f"{bundle}: is a folder; expected the .malgwi file it was unpacked from")
    opened.verify()
    key = key or default_key()
    app = app or prebuilt_app()
    _check_output(output, bundle, key, app)
    place = claim_file(output, replace=replace)
    with open_apk(app) as entries:
        try:
            manifest = binary_manifest.rewrite(
                _read_manifest(entries[binary_manifest.NAME]),
                label=app_name,
                application_id=application_id,
            )
        except MalgwiError as error:
            raise MalgwiError(f"{app}: {error}") from error
        key_is_new = not key.exists()
        signer = _key(key, password or _ask)
        entries[binary_manifest.NAME] = of_bytes(manifest)
        entries[BUNDLE] = of_file(bundle)
        with publish_file(place) as part:
            from malgwi.android.apk_sign import sign

            pack(part, entries)
            sign(part, signer)
    return App(
        path=output,
        bytes=output.stat().st_size,
        application_id=binary_manifest.application_id(manifest),
        bundle=opened.name,
        key=key,
        key_is_new=key_is_new,
        signer=signer.fingerprint,
    )


def print_app(app: App, console: "Console") -> None:
    """Say what was written, and what to keep."""
    console.print(
        f"{app.path}: {app.bytes / 1e6:.1f} MB, {app.application_id} with the model "
        f"{app.bundle!r}, signed by {app.signer[:16]}…",
        markup=False,
        soft_wrap=True,
    )
    if app.key_is_new:
        console.print(
            f"A new key was made: {app.key}. Keep it and its password: a phone takes an update of "
            "this app only from the same key.",
            markup=False,
            soft_wrap=True,
        )


def install_line(apk: Path) -> str:
    """Return what to type to install an APK on the phone at the USB cable."""
    return f"adb install -r {apk}"


def install(apk: Path, console: "Console") -> None:
    """Install an APK with adb, or say what to type where there is none.

    Raises:
        GateError: adb refused it, with adb's own words.
    """
    adb = shutil.which("adb")
    if adb is None:
        console.print(
            f"adb isn't here. Install it (Debian: adb), plug the phone in and type: "
            f"{install_line(apk)}; or copy the file to the phone and open it there.",
            markup=False,
            soft_wrap=True,
        )
        return
    try:
        done = subprocess.run(  # noqa: S603 - the user's own adb, no shell
            [adb, "install", "-r", str(apk)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GateError(
            f"adb: no answer in {_INSTALL_SECONDS} s; unlock the phone, allow USB debugging, and "
            f"type: {install_line(apk)}"
        ) from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise GateError(
            f"adb: {words}. The APK is whole: {apk}. Look for the phone with `adb devices`; an app "
            "of the same id from another key must be removed first"
        )
    console.print(f"Installed {apk} on the phone.", markup=False, soft_wrap=True)


def _check_output(output: Path, *inputs: Path) -> None:
    for read in inputs:
        if output.resolve() == read.resolve():
            raise MalgwiError(f"{output}: the app is made from it; give --output another name")


def _check_names(app_name: str | None, application_id: str | None) -> None:
    if app_name is not None and not (
        1 <= len(app_name.strip()) <= _LONGEST_NAME and app_name.isprintable()
    ):
        raise MalgwiError(
            f"--app-name {app_name[:80]!r}: expected 1 to {_LONGEST_NAME} printable characters"
        )
    if application_id is not None and not (
        _APPLICATION_ID.fullmatch(application_id) and len(application_id) <= _LONGEST_ID
    ):
        raise MalgwiError(
            f"--application-id {application_id[:80]!r}: expected words of ASCII letters, digits "
            "and _ that begin with a letter, two or more with dots between, such as org.example.ear"
        )


def prebuilt_app() -> Path:
    """Return the installed app, or the one that this checkout built.

    Raises:
        MalgwiError: there is neither.
    """
    built = Path(__file__).resolve().parents[3] / BUILT_APP
    if built.is_file():
        return built
    try:
        packaged = resources.files(APP_PACKAGE) / APP_FILE
    except ModuleNotFoundError:
        packaged = None
    if isinstance(packaged, Path) and packaged.is_file():
        return packaged
    raise MalgwiError(
        "the prebuilt app isn't here: build it with `make apk` in the checkout of Malgwi, or name "
        "one with --app FILE.apk"
    )


def _read_manifest(content: Content) -> bytes:
    with content() as stream:
        manifest = stream.read(_LARGEST_MANIFEST + 1)
    if len(manifest) > _LARGEST_MANIFEST:
        raise MalgwiError(
            f"{binary_manifest.NAME}: over {_LARGEST_MANIFEST} bytes; take an app that `make apk` "
            "built"
        )
    return manifest


def _key(path: Path, password: Callable[[str], str]) -> "SigningKey":
    try:
        from malgwi.android.signing_key import create_key, load_key
    except ModuleNotFoundError as error:
        raise MalgwiError(
            f"signing needs {error.name}, which isn't installed; {install_extra('android')}"
        ) from error
    if path.exists():
        return load_key(path, password(f"Password of {path}: "))
    chosen = password(f"A password for the new key {path}: ")
    if password("The same password again: ") != chosen:
        raise MalgwiError(f"{path}: the two passwords differ; no key was made. Try again")
    return create_key(path, chosen)


def _ask(question: str) -> str:
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise MalgwiError(
            f"the password of the signing key is wanted and nobody can be asked: set {PASSWORD}"
        )
    try:
        return getpass(question)
    except EOFError as error:
        raise MalgwiError(f"no password was given; type one, or set {PASSWORD}") from error
