"""Small APKs for tests, and what the tools of Android say about an APK."""

import subprocess
import zipfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509 import Certificate

from malgwi.android.apk import Content, of_bytes, open_apk, pack
from malgwi.android.signing_key import PrivateKey

PASSWORD = "correct horse"  # noqa: S105 - of keys that tests make
_KEPT = ("AndroidManifest.xml", "resources.arsc")


def small_app(path: Path, built_app: Path, **more: Content) -> Path:
    """Write an APK with the manifest and resources of the built app, and hardly anything else."""
    with open_apk(built_app) as entries:
        kept = {name: entries[name] for name in _KEPT}
        pack(path, kept | {"classes.dex": of_bytes(b"dex\n035\0")} | more)
    return path


def write_key(path: Path, private: PrivateKey, certificate: Certificate | None) -> Path:
    """Write a key file of any kind, also one that Malgwi wouldn't make."""
    lock = BestAvailableEncryption(PASSWORD.encode())
    data = pkcs12.serialize_key_and_certificates(b"k", private, certificate, None, lock)
    path.write_bytes(data)
    return path


def verify(apk: Path, min_sdk: int = 26) -> subprocess.CompletedProcess[str]:
    """Return what apksigner, which had no part in signing, says of an APK."""
    return _tool("apksigner", "verify", "-v", "--min-sdk-version", str(min_sdk), str(apk))


def badging(apk: Path) -> str:
    """Return what aapt2 reads of manifest and resources."""
    done = _tool("aapt2", "dump", "badging", str(apk))
    assert done.returncode == 0, done.stderr
    return done.stdout


def manifest_tree(apk: Path) -> str:
    """Return the compiled manifest as aapt2 prints it."""
    done = _tool("aapt2", "dump", "xmltree", "--file", "AndroidManifest.xml", str(apk))
    assert done.returncode == 0, done.stderr
    return done.stdout


def data_offset(apk: Path, entry: zipfile.ZipInfo) -> int:
    """Return where the bytes of an entry begin, by its own header and not the table's."""
    with apk.open("rb") as file:
        file.seek(entry.header_offset + 26)
        name, extra = int.from_bytes(file.read(2), "little"), int.from_bytes(file.read(2), "little")
    return entry.header_offset + 30 + name + extra


def _tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)
