"""APK Signature Schemes v2 and v3, as Android's documentation of them states.

    [entries][signing block][table of contents][end record]

The signing block stands where no ZIP reader looks. What is signed is one SHA-256 over all chunks
of the other three parts, so that no byte of the file can change. v2 is what Android 8 reads, v3
what Android 9 and later read; v2 says that v3 must be there too, so that it can't be taken out.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from malgwi.android.signing_key import PrivateKey, SigningKey

_V2, _V3 = 0x7109871A, 0xF05368C0
_MAGIC = b"APK Sig Block 42"
_RSA_SHA256, _ECDSA_SHA256 = 0x0103, 0x0201
_ALSO_SIGNED_WITH = 0xBEEFF00D
_V3_SDKS = struct.pack("<II", 28, 0x7FFFFFFF)
_CHUNK = 1 << 20
_END_RECORD_SIZE, _DIRECTORY_FIELD = 22, 16


def sign(apk: Path, key: SigningKey) -> None:
    """Sign an APK in place; it is one that `apk.pack` wrote, so without a signature or comment.

    Nothing is held in memory but the table of contents. A failure leaves a file that is no APK:
    write beside the place that people look at.
    """
    with apk.open("r+b") as file:
        file.seek(-_END_RECORD_SIZE, 2)
        end = bytearray(file.read())
        (entries_end,) = struct.unpack_from("<I", end, _DIRECTORY_FIELD)
        file.seek(entries_end)
        directory = file.read()[:-_END_RECORD_SIZE]
        # The end record is signed with the place of the signing block as the directory's.
        file.seek(0)
        entries = iter(lambda: file.read(min(_CHUNK, entries_end - file.tell())), b"")
        chunks = chain(entries, _chunks(directory), _chunks(bytes(end)))
        block = _signing_block(_digest(chunks), key)
        struct.pack_into("<I", end, _DIRECTORY_FIELD, entries_end + len(block))
        file.seek(entries_end)
        file.write(block + directory + end)


def _chunks(part: bytes) -> Iterator[bytes]:
    return (part[at : at + _CHUNK] for at in range(0, len(part), _CHUNK))


def _digest(chunks: Iterable[bytes]) -> bytes:
    """Return the digest of the chunks' digests; no chunk reaches from one part into the next."""
    digests = [
        hashlib.sha256(b"\xa5" + struct.pack("<I", len(chunk)) + chunk).digest() for chunk in chunks
    ]
    head = b"\x5a" + struct.pack("<I", len(digests))
    return hashlib.sha256(head + b"".join(digests)).digest()


def _signing_block(digest: bytes, key: SigningKey) -> bytes:
    algorithm, signature = _signer(key.private)
    public = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    number = struct.pack("<I", algorithm)
    digests = _sequence(number + _sized(digest))
    certificates = _sequence(key.certificate.public_bytes(Encoding.DER))

    also_v3 = _sequence(struct.pack("<II", _ALSO_SIGNED_WITH, 3))
    signed = digests + certificates + also_v3
    signatures = _sequence(number + _sized(signature(signed)))
    v2 = _sequence(_sized(signed) + signatures + _sized(public))

    signed = digests + certificates + _V3_SDKS + _sequence()
    signatures = _sequence(number + _sized(signature(signed)))
    v3 = _sequence(_sized(signed) + _V3_SDKS + signatures + _sized(public))

    pairs = _pair(_V2, v2) + _pair(_V3, v3)
    size = struct.pack("<Q", len(pairs) + 8 + len(_MAGIC))
    return size + pairs + size + _MAGIC


def _signer(private: PrivateKey) -> tuple[int, Callable[[bytes], bytes]]:
    """Return the algorithm's number in both schemes, and what signs with it."""
    if isinstance(private, rsa.RSAPrivateKey):
        return _RSA_SHA256, lambda data: private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return _ECDSA_SHA256, lambda data: private.sign(data, ec.ECDSA(hashes.SHA256()))


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _sequence(*items: bytes) -> bytes:
    return _sized(b"".join(map(_sized, items)))


def _pair(number: int, value: bytes) -> bytes:
    return struct.pack("<QI", 4 + len(value), number) + value
