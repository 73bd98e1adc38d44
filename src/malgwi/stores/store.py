"""What is asked of an object store, by fsspec: list, fetch whole, put whole, read, remove.

What may pass, such as 429, 500 or a cut connection, is tried again a few times; what then still
fails, or can't pass, is one sentence with the remedy. Nothing is kept of what a store said before,
since others write there too.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from malgwi.errors import MalgwiError
from malgwi.extras import install
from malgwi.progress import say
from malgwi.stores.address import Address, without_secrets

_T = TypeVar("_T")

WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Before each further try."""
_SAID_FROM_S = 4.0
"""Shorter waits aren't worth a line."""
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_PASSING_TYPES = {
    "_CutError",
    "ClientConnectionError",  # aiohttp
    "ClientPayloadError",
    "ConnectionError",  # Python, botocore, requests
    "HTTPClientError",  # botocore
    "ResponseParserError",
    "IncompleteReadError",
    "TimeoutError",
    "TransportError",  # google.auth, httpx
}
"""Errors that aren't a server's answer, by their names, since none of these need be installed."""
_DENIED = {401, 403}
_BY_HAND = "fetch it with a tool that may, and give the file"
_CONNECT_S, _SILENCE_S = 30, 60

_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "hf": "huggingface_hub", "https": "aiohttp"}
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for what is open to all "
    "FSSPEC_S3_ANON=true",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, the name of a key's file; for what is open to all "
    "FSSPEC_GS_TOKEN=anon",
    "hf": "HF_TOKEN",
}
"""The variables that are looked at, by the libraries that are asked."""


class CredentialsError(MalgwiError):
    """There are none for a kind of store."""


class _CutError(OSError):
    """Less came than there is, or more."""


def check(protocol: str) -> None:
    """Find out whether a kind of store can be asked at all.

    Raises:
        MalgwiError: what is needed isn't installed.
    """
    _store(protocol)


def found(address: Address) -> list[Address]:
    """Return the object of an address, or all below it as the store has them, with their sizes.

    Raises:
        MalgwiError: nothing is there, or the store can't be asked.
    """
    store = _store(address.protocol)
    info = _tried(address, lambda: store.info(address.text))
    if info["type"] == "file":
        return [Address(address.text, info["size"])]
    return [Address(f"{address}/{name}", size) for name, size in below(address).items()]


def size(address: Address) -> int | None:
    """Return the bytes of an object; None where the store doesn't say.

    Raises:
        MalgwiError: it isn't there, or the store can't be asked.
    """
    if address.size is not None:
        return address.size
    store = _store(address.protocol)
    bytes_: int | None = _tried(address, lambda: store.info(address.text))["size"]
    return bytes_


def below(address: Address) -> dict[str, int]:
    """Return the objects below an address, at any depth: what follows it, and their sizes.

    Raises:
        MalgwiError: the store can't be asked.
    """
    store = _store(address.protocol)
    # Not by `maxdepth`, with which fsspec takes a listing that fails for an empty one.
    listed = _tried(address, lambda: _find(store, address.text))
    start = store._strip_protocol(address.text).rstrip("/") + "/"
    return {
        name.removeprefix(start): info["size"]
        for name, info in sorted(listed.items())
        if name.startswith(start) and info["type"] == "file" and not name.endswith("/")
    }


def fetch(address: Address, path: Path, expected: int | None) -> None:
    """Fetch a whole object into a file.

    Raises:
        MalgwiError: it can't be had, or isn't of the expected bytes.
    """
    store = _store(address.protocol)

    def once() -> None:
        store.get_file(address.text, str(path))
        got = path.stat().st_size
        if expected is not None and got != expected:
            raise _CutError(f"{got:,} bytes came, expected {expected:,} as the store says")

    _tried(address, once)


def read(address: Address) -> bytes | None:
    """Return what an object holds; None where there is none.

    Raises:
        MalgwiError: the store can't be asked.
    """
    store = _store(address.protocol)

    def once() -> bytes | None:
        with suppress(FileNotFoundError):
            content: bytes = store.cat_file(address.text)
            return content
        return None

    return _tried(address, once)


def put(address: Address, content: bytes) -> None:
    """Put an object there, whole or not at all, in the place of one that is there.

    Raises:
        MalgwiError: it can't be written.
    """
    store = _store(address.protocol)
    _tried(address, lambda: store.pipe_file(address.text, content))


def remove(address: Address) -> None:
    """Remove an object, if it is there.

    Raises:
        MalgwiError: it can't be removed.
    """
    store = _store(address.protocol)

    def once() -> None:
        with suppress(FileNotFoundError):
            store.rm_file(address.text)

    _tried(address, once)


def _find(store: Any, text: str) -> dict[str, Any]:
    try:
        listed: dict[str, Any] = store.find(text, detail=True)
    except FileNotFoundError:
        return {}
    return listed


@lru_cache
def _store(protocol: str) -> Any:
    """Open a kind of store, with the credentials that its library finds in the environment.

    Raises:
        MalgwiError: what is needed isn't installed.
    """
    web = protocol in {"http", "https"}
    # Else a fetch that was under way when Ctrl-C came is complained about at the end.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        import fsspec

        options: dict[str, Any] = {}
        if web:
            import aiohttp

            # Else what takes over five minutes is given up, and texts are packed on the way.
            patience = aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S
            )
            headers = {"Accept-Encoding": "identity"}
            options = {"client_kwargs": {"timeout": patience, "headers": headers}}
        elif protocol == "s3":
            # Tries of its own below ours would be many; those of s3fs go on where it was cut.
            options = {"config_kwargs": {"retries": {"total_max_attempts": 1}}}
        return fsspec.filesystem(
            protocol, skip_instance_cache=True, use_listings_cache=False, **options
        )
    except ImportError as error:
        needed = _PACKAGES.get("https" if web else protocol, "fsspec")
        raise MalgwiError(
            f"{protocol}:// needs {needed}, which can't be loaded ({error}); {install('stores')}"
        ) from error


def _tried(address: Address, do: Callable[[], _T]) -> _T:
    """Do what asks a store, again where that may help.

    Raises:
        MalgwiError: it failed each time, or once in a way that stays.
    """
    for wait in (*WAITS_S, None):
        try:
            return do()
        except Exception as error:  # each store's library has errors of its own
            if wait is None or not _may_pass(error):
                raise _told(address, error) from error
            if wait >= _SAID_FROM_S:
                say(f"{address}: {_said(error)}; tried again in {wait:g} s")
        time.sleep(wait)
    raise AssertionError


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and what it came from: `FileNotFoundError` may be a server's 500."""
    whole = [error]
    while (cause := whole[-1].__cause__) is not None:
        whole.append(cause)
    return whole


def _status(error: BaseException) -> int | None:
    """Return the status of HTTP that an error is about, where it is one."""
    for one in _chain(error):
        response = getattr(one, "response", None)
        if isinstance(response, dict):  # botocore
            said: Any = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        elif response is not None:
            said = getattr(response, "status_code", None)
        else:
            said = getattr(one, "status", None) or getattr(one, "code", None)
        if str(said).isdecimal() and 400 <= int(said) < 600:
            return int(said)
    return None


def _types(error: BaseException) -> set[str]:
    """Return the names of all classes that an error and what it came from are of."""
    return {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}


def _lacks_credentials(error: BaseException) -> bool:
    return any("Credentials" in name or "TokenNotFound" in name for name in _types(error))


def _may_pass(error: BaseException) -> bool:
    if _lacks_credentials(error):
        return False
    # First, since aiohttp gives a connection that was cut a status of its own, 400.
    return bool(_types(error) & _PASSING_TYPES) or _status(error) in _PASSING


def _told(address: Address, error: BaseException) -> MalgwiError:
    """Return what went wrong in one sentence, with the remedy."""
    status, types, said = _status(error), _types(error), _said(error)
    given = _CREDENTIALS.get(address.protocol, "")
    if _lacks_credentials(error):
        return CredentialsError(f"{address}: no credentials for {address.protocol}://; set {given}")
    if _may_pass(error):
        return MalgwiError(
            f"{address}: failed {len(WAITS_S) + 1} times ({said}); run this again when the store "
            "answers"
        )
    if status in _DENIED or (status is None and "PermissionError" in types):
        rights = f"its credentials are those of {given}" if given else _BY_HAND
        return MalgwiError(f"{address}: access denied, or it isn't there ({said}); {rights}")
    if status == 404 or (status is None and "FileNotFoundError" in types):
        return MalgwiError(f"{address}: isn't there; check bucket, folder and name")
    if status is None and isinstance(error, OSError) and error.errno is not None:
        return MalgwiError(
            f"{address}: can't be kept ({said}); make room, or set TMPDIR to a folder that has it"
        )
    return MalgwiError(f"{address}: the store refused it ({said})")


def _said(error: BaseException) -> str:
    """Return what a library said, on one line, without what mustn't be shown."""
    first = _chain(error)[-1]
    words = " ".join(str(first).split()) or type(first).__name__
    return without_secrets(words)[:300]
