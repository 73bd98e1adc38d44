"""A round's bundle inside the Android app: `malgwi android`, where the prebuilt app is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from malgwi.android.android import android, default_key, prebuilt_app
from malgwi.errors import MalgwiError

ENDING = ".apk"


def app_of(folder: Path) -> Path | None:
    """Return the app that was made of a round, if there is one."""
    return next(iter(sorted(folder.glob(f"[!.]*{ENDING}"))), None)


def facts(folder: Path) -> Mapping[str, Any]:
    """Return whether an app can be made, why not, by which key, and the one that is there."""
    try:
        prebuilt_app()
        reason = None
    except MalgwiError as error:
        reason = str(error)
    made, key = app_of(folder), default_key()
    return {
        "reason": reason,
        "key": str(key),
        "key_is_new": not key.exists(),
        "file": str(made) if made else None,
        "bytes": made.stat().st_size if made else None,
    }


def make(
    folder: Path, bundle: Path, name: str, password: str, app: str | None
) -> Mapping[str, Any]:
    """Put the bundle into the app, sign it with the person's key, and return `facts`.

    Args:
        folder: of the round.
        bundle: of the round.
        name: what the phone calls the app.
        password: of the key.
        app: another prebuilt app than the installed one.

    Raises:
        MalgwiError: the app isn't here, the name or the password is wrong, or the disk is full.
    """
    target = bundle.with_suffix(ENDING)
    prebuilt = Path(app) if app else None
    if prebuilt and not prebuilt.is_absolute():
        raise MalgwiError(f"{app}: expected the whole path of an APK; choose it again")
    android(
        bundle,
        target,
        app=prebuilt,
        app_name=name,
        password=lambda _: password,
        replace=True,
    )
    return facts(folder)
