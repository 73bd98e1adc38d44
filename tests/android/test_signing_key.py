import os
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apks import PASSWORD, write_key
from malgwi.android.signing_key import PrivateKey, create_key, load_key, self_signed
from malgwi.errors import MalgwiError


def test_a_key_is_what_was_written_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "mine.p12"
    made = create_key(path, PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = load_key(path, PASSWORD)
    assert read.fingerprint == made.fingerprint
    assert read.private.private_numbers() == made.private.private_numbers()
    days = read.certificate.not_valid_after_utc - read.certificate.not_valid_before_utc
    assert days.days > 30 * 365  # what app shops ask for: beyond 2033
    assert [entry.name for entry in path.parent.iterdir()] == ["mine.p12"]


def test_keytool_opens_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.p12"
    key = create_key(path, PASSWORD)
    printed = subprocess.run(
        ["keytool", "-list", "-v", "-keystore", path, "-storepass", PASSWORD],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "PrivateKeyEntry" in printed
    assert key.fingerprint.upper() in printed.replace(":", "")


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.p12"
    path.write_bytes(b"what somebody needs")
    with pytest.raises(MalgwiError, match="never replaced"):
        create_key(path, PASSWORD)
    assert path.read_bytes() == b"what somebody needs"


def test_short_passwords_and_full_disks_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match="5 characters; expected 6"):
        create_key(tmp_path / "a.p12", "short")
    (tmp_path / "file").touch()
    with pytest.raises(MalgwiError, match="not written"):
        create_key(tmp_path / "file" / "a.p12", PASSWORD)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_password_that_is_not_utf_8_makes_and_opens_nothing(tmp_path: Path) -> None:
    latin1 = os.fsdecode(b"gr\xfcne Katze")
    with pytest.raises(MalgwiError, match=r"new\.p12: the password isn't UTF-8"):
        create_key(tmp_path / "new.p12", latin1)
    assert not any(tmp_path.iterdir())
    create_key(tmp_path / "key.p12", PASSWORD)
    with pytest.raises(MalgwiError, match=r"key\.p12: the password isn't UTF-8"):
        load_key(tmp_path / "key.p12", latin1)


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match="no file; expected a PKCS #12 key file"):
        load_key(tmp_path, PASSWORD)


def test_what_is_no_key_of_ours_is_refused_in_one_line(tmp_path: Path) -> None:
    path, elliptic = tmp_path / "k.p12", ec.generate_private_key(ec.SECP256R1())
    create_key(path, PASSWORD)
    cases = [
        (path, "another password", "no key can be read with this password"),
        (tmp_path / "text", PASSWORD, "no key can be read"),
        (tmp_path / "big", PASSWORD, "expected a PKCS #12"),
        (write_key(tmp_path / "bare.p12", elliptic, None), PASSWORD, "holds no private key with"),
    ]
    (tmp_path / "text").write_text("-----BEGIN PRIVATE KEY-----")
    (tmp_path / "big").write_bytes(bytes((1 << 20) + 1))
    for file, password, expected in cases:
        with pytest.raises(MalgwiError, match=expected) as caught:
            load_key(file, password)
        assert str(file) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("private", "accepted"),
    [
        (rsa.generate_private_key(65_537, 2048), True),
        (ec.generate_private_key(ec.SECP256R1()), True),
        (rsa.generate_private_key(65_537, 1024), False),  # noqa: S505 - what is to be refused
        (ec.generate_private_key(ec.SECP256K1()), False),
    ],
)
def test_only_keys_that_android_takes(tmp_path: Path, private: PrivateKey, accepted: bool) -> None:
    path = write_key(tmp_path / "k.p12", private, self_signed(private))
    if accepted:
        assert load_key(path, PASSWORD).private.private_numbers() == private.private_numbers()
    else:
        with pytest.raises(MalgwiError, match="expected RSA of 2048 bits"):
            load_key(path, PASSWORD)
