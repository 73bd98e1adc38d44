"""The key that an app is signed with: made once, kept by its owner in a PKCS #12 file.

Android takes an update only from the key that signed what is installed. The file is one that
keytool, apksigner and Android Studio open too.
"""

import datetime
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from malgwi.errors import MalgwiError
from malgwi.publish import claim_file, publish_file
from malgwi.text_file import is_utf8

SHORTEST_PASSWORD = 6
"""Characters; what keytool asks for."""
_LEAST_RSA_BITS = 2_048
_NEW_RSA_BITS = 3_072
_VALID_DAYS = 36_500  # app shops want a certificate to outlive the app; phones don't look
_OWNER = "Malgwi user"
_LARGEST_FILE = 1 << 20
_CURVES = ("secp256r1", "secp384r1", "secp521r1")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class SigningKey:
    """A private key and its certificate."""

    private: PrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hexadecimal: who signed, as apksigner prints it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def create_key(path: Path, password: str) -> SigningKey:
    """Make an RSA key with its certificate and write them, readable by their owner only.

    Raises:
        MalgwiError: there is a file at `path`, the password is too short, or writing fails.
    """
    if path.exists():
        raise MalgwiError(f"{path}: is there already; a key is never replaced")
    if len(password) < SHORTEST_PASSWORD:
        raise MalgwiError(
            f"{path}: a password of {len(password)} characters; expected {SHORTEST_PASSWORD} or "
            "more"
        )
    place = claim_file(path, replace=False)
    private = rsa.generate_private_key(public_exponent=65_537, key_size=_NEW_RSA_BITS)
    certificate = self_signed(private)
    data = pkcs12.serialize_key_and_certificates(
        b"malgwi", private, certificate, None, BestAvailableEncryption(_encoded(path, password))
    )
    with publish_file(place) as part:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    return SigningKey(private, certificate)


def self_signed(private: PrivateKey) -> x509.Certificate:
    """Return a certificate of a key by itself, valid for a hundred years."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _OWNER)])
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=_VALID_DAYS))
        .sign(private, hashes.SHA256())
    )


def _encoded(path: Path, password: str) -> bytes:
    if not is_utf8(password):  # the environment's may be any bytes
        raise MalgwiError(f"{path}: the password isn't UTF-8; give it in UTF-8")
    return password.encode()


def load_key(path: Path, password: str) -> SigningKey:
    """Read a key from a PKCS #12 file.

    Raises:
        MalgwiError: the file isn't one, the password is another, or Android wouldn't take the key.
    """
    if not path.is_file():
        raise MalgwiError(
            f"{path}: no file; expected a PKCS #12 key file (.p12). For a new key name a file that "
            "isn't there"
        )
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise MalgwiError(f"{path}: {size} bytes; expected a PKCS #12 key file (.p12)")
    try:
        private, certificate, _ = pkcs12.load_key_and_certificates(
            path.read_bytes(), _encoded(path, password)
        )
    except ValueError as error:
        why = re.sub(r"\s+", " ", str(error))
        raise MalgwiError(
            f"{path}: no key can be read with this password ({why}). Give its password, or the "
            "PKCS #12 file (.p12) of your key"
        ) from error
    if private is None or certificate is None:
        raise MalgwiError(f"{path}: holds no private key with its certificate; give the .p12 file")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _LEAST_RSA_BITS:
        return SigningKey(private, certificate)
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return SigningKey(private, certificate)
    raise MalgwiError(
        f"{path}: {_describe(private)}; expected RSA of {_LEAST_RSA_BITS} bits or more, or an "
        f"elliptic curve of {', '.join(_CURVES)}. Make a new key: name a file that isn't there"
    )


def _describe(private: object) -> str:
    if isinstance(private, rsa.RSAPrivateKey):
        return f"RSA of {private.key_size} bits"
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return f"elliptic curve {private.curve.name}"
    return type(private).__name__.removesuffix("PrivateKey")
