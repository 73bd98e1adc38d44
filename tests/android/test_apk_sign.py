"""Signatures that apksigner, which had no part in making them, accepts; and no changed byte."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apks import small_app, verify
from malgwi.android.apk import of_bytes
from malgwi.android.apk_sign import sign
from malgwi.android.signing_key import PrivateKey, SigningKey, self_signed

RSA = rsa.generate_private_key(65_537, 2048)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, built_app: Path) -> Path:
    """A signed APK of several digest chunks."""
    path = tmp_path_factory.mktemp("signed") / "a.apk"
    bulk = bytes(range(256)) * 10_000  # 2.5 chunks of 1 MB
    small_app(path, built_app, **{"assets/bundle.malgwi": of_bytes(bulk)})
    sign(path, SigningKey(RSA, self_signed(RSA)))
    return path


@pytest.mark.parametrize("min_sdk", [26, 28, 33])
def test_apksigner_accepts_both_schemes(signed: Path, min_sdk: int) -> None:
    done = verify(signed, min_sdk)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(APK Signature Scheme v3): true" in done.stdout
    assert ("(APK Signature Scheme v2): true" in done.stdout) == (min_sdk < 28)
    assert "WARNING" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "private",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65_537, 4096),
    ],
)
def test_other_keys(tmp_path: Path, built_app: Path, private: PrivateKey) -> None:
    path = small_app(tmp_path / "a.apk", built_app)
    sign(path, SigningKey(private, self_signed(private)))
    done = verify(path)
    assert done.returncode == 0, done.stdout + done.stderr


def _flip(at: Callable[[bytes], int]) -> Callable[[bytes], bytes]:
    def flipped(data: bytes) -> bytes:
        place = at(data)
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

    return flipped


def _directory(data: bytes) -> int:
    (at,) = struct.unpack_from("<I", data, len(data) - 22 + 16)
    return int(at)


def _without_v3(data: bytes) -> bytes:
    """Rename the v3 signature, as one who wants an older scheme's rules would take it out."""
    return data.replace(struct.pack("<I", 0xF05368C0), struct.pack("<I", 0x12345678))


@pytest.mark.parametrize(
    "damage",
    [
        _flip(lambda data: data.index(b"resources.arsc") + 200),
        _flip(lambda data: data.index(bytes(range(256))) + 1_500_000),
        _flip(lambda data: _directory(data) - 1_500),  # the certificate or a signature
        _flip(lambda data: data.index(b"PK\1\2") + 38),  # attributes, which no reader looks at
        _flip(lambda data: len(data) - 12),  # the end record
        _without_v3,
        lambda data: data[:-1],
    ],
)
def test_a_changed_byte_is_rejected(
    signed: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    data = signed.read_bytes()
    changed = damage(data)
    assert changed != data
    path = tmp_path / "b.apk"
    path.write_bytes(changed)
    assert verify(path, 26).returncode != 0


def test_the_same_key_gives_the_same_bytes(signed: Path, tmp_path: Path, built_app: Path) -> None:
    key = SigningKey(RSA, self_signed(RSA))
    files = [small_app(tmp_path / name, built_app) for name in ("1.apk", "2.apk")]
    for file in files:
        sign(file, key)
    assert files[0].read_bytes() == files[1].read_bytes()
