"""What people name → a path of this machine, or the address of something in an object store."""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from malgwi.errors import MalgwiError

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_WEB = {"https", "http"}
PROTOCOLS = {"s3", "gs", "hf", *_WEB}
WRITTEN = {"s3", "gs"}
"""Those to which results go: an object there is put in one step, and costs nothing but that."""
_FETCH = "fetch it with the store's own tool, and give the file"


@dataclass(frozen=True)
class Address:
    """The address of an object, or of a prefix that objects have in common, as of a folder."""

    text: str
    """Without a slash at its end, and without anything secret."""
    size: int | None = field(default=None, compare=False)
    """Bytes of the object, as far as the store said."""

    def __str__(self) -> str:
        """Return it as it was given."""
        return self.text

    def __truediv__(self, name: str) -> "Address":
        """Return the address of what is called `name` below this one."""
        return Address(f"{self.text}/{name}")

    @property
    def protocol(self) -> str:
        """What stands before `://`."""
        return self.text.partition("://")[0]

    @property
    def parent(self) -> "Address":
        """What stands before the last slash."""
        return Address(self.text.rpartition("/")[0])

    @property
    def name(self) -> str:
        """What follows the last slash; of the web's names the characters that are meant."""
        name = self.text.rpartition("/")[2]
        meant = unquote(name)
        harmless = meant.isprintable() and not {"/", "\\"} & set(meant)
        return meant if self.protocol in _WEB and harmless else name

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The ending, with its dot."""
        return PurePosixPath(self.name).suffix


Location = Path | Address


def location(text: str) -> Location:
    """Return what a text names.

    Raises:
        MalgwiError: an address of no store that is known, or that holds what mustn't be written
            into results: credentials, or a query, which may be a signature.
    """
    found = _ADDRESS.fullmatch(text)
    if not found:
        return Path(text)
    protocol, rest = found[1].lower(), found[2]
    shown = without_secrets(text)
    if protocol == "file":
        raise MalgwiError(f"{shown}: a file of this machine; give its path, without file://")
    if protocol not in PROTOCOLS:
        known = ", ".join(f"{name}://" for name in sorted(PROTOCOLS))
        raise MalgwiError(f"{shown}: a store of no kind that is known ({known}); {_FETCH}")
    host, _, path = rest.partition("/")
    if "@" in host and protocol != "hf":  # there it is a revision
        raise MalgwiError(
            f"{shown}: has credentials in it, which results would name; leave them out, and give "
            "them as docs/cluster.md says"
        )
    if protocol in _WEB and {"?", "#"} & set(rest):
        raise MalgwiError(
            f"{shown}: has a query, which may be a signature that results would name; {_FETCH}"
        )
    if not host or (protocol in _WEB and (not path or path.endswith("/"))):
        expected = "of a recording, since folders can't be listed there"
        raise MalgwiError(
            f"{shown}: no whole address; expected one "
            + (expected if protocol in _WEB else f"such as {protocol}://bucket/folder")
        )
    return Address(f"{protocol}://{rest}".rstrip("/"))


def destination(text: str) -> Location:
    """Return the folder or prefix that a text names for results.

    Raises:
        MalgwiError: as `location`; or nothing can be written there.
    """
    found = location(text)
    if isinstance(found, Address):
        if found.protocol not in WRITTEN:
            raise MalgwiError(
                f"--output {found}: results go to {', '.join(sorted(WRITTEN))} or a folder; give "
                "a folder, and copy it there afterwards"
            )
        if "/" not in found.text.partition("://")[2]:
            raise MalgwiError(
                f"--output {found}: a whole bucket; give a place in it, such as {found}/transcripts"
            )
    return found


def resolved(place: Location) -> Location:
    """Return a path without links and dots, and an address as it is."""
    return place.resolve() if isinstance(place, Path) else place


def without_secrets(text: str) -> str:
    """Return a text about addresses with `…` for what may be credentials or a signature."""
    return re.sub(r"\?[^\s'\",)]*", "?…", re.sub(r"://[^/\s]*@", "://…@", text))
