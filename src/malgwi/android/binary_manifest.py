"""The compiled `AndroidManifest.xml` of an APK, given another label and application id.

The format is that of `ResourceTypes.h` in Android's `frameworks/base`: little-endian chunks, each
with its type, the size of its header and its size; a pool of UTF-16 strings, a table of resource
ids for the first of them, then one chunk for every start and end of an element. Nothing is moved
but the pool, which gets new strings at its end.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from malgwi.errors import MalgwiError

NAME = "AndroidManifest.xml"

_XML, _POOL, _RESOURCE_IDS, _START_ELEMENT = 0x0003, 0x0001, 0x0180, 0x0102
_CHUNK = struct.Struct("<HHI")
_POOL_HEADER = struct.Struct("<HHIIIIII")
_ELEMENT = struct.Struct("<IIHHHHHH")
_ATTRIBUTE = struct.Struct("<IIIHBBI")
_UTF8_POOL = 0x100
_STRING = 0x03
_NONE = 0xFFFFFFFF

# Resource ids of android.R.attr: the names in the pool are for people, and may be missing.
_LABEL, _CLASS_NAME, _AUTHORITIES = 0x01010001, 0x01010003, 0x01010018
_PERMISSION, _READ_PERMISSION, _WRITE_PERMISSION = 0x01010006, 0x01010007, 0x01010008
_PROCESS, _TASK_AFFINITY = 0x01010011, 0x01010012
_MAY_HOLD_ID = {
    _AUTHORITIES,
    _PERMISSION,
    _READ_PERMISSION,
    _WRITE_PERMISSION,
    _PROCESS,
    _TASK_AFFINITY,
}
_PERMISSION_ELEMENTS = {"permission", "permission-group", "permission-tree", "uses-permission"}
_COMPONENTS = {"application", "activity", "activity-alias", "service", "receiver", "provider"}


@dataclass(frozen=True)
class _Attribute:
    at: int
    """Where it stands in the chunks after the pool, in bytes."""
    element: str
    name: str
    resource: int
    """The id of `android:NAME`; 0 for a name without a namespace, such as `package`."""
    kind: int
    data: int


class _DamagedError(Exception):
    pass


def application_id(manifest: bytes) -> str:
    """Return the id that the app is installed under, such as `org.malgwi.app`.

    Raises:
        MalgwiError: it is no compiled manifest, or a damaged one.
    """
    return _reading(manifest).application_id()


def rewrite(
    manifest: bytes, *, label: str | None = None, application_id: str | None = None
) -> bytes:
    """Return the manifest with another label, another application id, or both.

    Every `android:label` that is the application's own becomes `label`. The id is changed in
    `package` and wherever a value begins with it and isn't the name of a class: authorities,
    permissions, processes, task affinities. Classes keep their names, so they must be whole.

    Raises:
        MalgwiError: it is no compiled manifest, a damaged one, or one with shortened class names.
    """
    found = _reading(manifest)
    try:
        if label is not None:
            found.set_label(label)
        if application_id is not None:
            found.set_application_id(application_id)
        return found.to_bytes()
    except (struct.error, IndexError) as error:
        raise _refused(str(error)) from error


def _reading(manifest: bytes) -> "_Manifest":
    try:
        return _Manifest(manifest)
    except (_DamagedError, struct.error, IndexError, UnicodeDecodeError) as error:
        raise _refused(str(error)) from error


def _refused(why: str) -> MalgwiError:
    return MalgwiError(
        f"{NAME}: not a compiled manifest that can be changed ({why}). Take an app that "
        "`make apk` built"
    )


class _Manifest:
    """Strings, resource ids, and the chunks that follow them."""

    def __init__(self, data: bytes) -> None:
        kind, header, size = _CHUNK.unpack_from(data)
        if kind != _XML or size != len(data):
            raise _DamagedError(f"type {kind:#x}, {size} bytes stated in a file of {len(data)}")
        pool_kind, _, pool_size = _CHUNK.unpack_from(data, header)
        if pool_kind != _POOL:
            raise _DamagedError(f"a chunk of type {pool_kind:#x} where the strings should be")
        self._strings = _read_pool(data[header : header + pool_size])
        self._chunks = bytearray(data[header + pool_size :])
        self._resources: tuple[int, ...] = ()
        self._attributes = list(self._read_attributes())

    def to_bytes(self) -> bytes:
        pool = _write_pool(self._strings)
        size = _CHUNK.size + len(pool) + len(self._chunks)
        return _CHUNK.pack(_XML, _CHUNK.size, size) + pool + bytes(self._chunks)

    def application_id(self) -> str:
        for attribute in self._attributes:
            if attribute.element == "manifest" and self._is_package(attribute):
                return self._strings[attribute.data]
        raise _refused("it names no package")

    def set_label(self, label: str) -> None:
        labels = [a for a in self._attributes if a.resource == _LABEL]
        ours = {(a.kind, a.data) for a in labels if a.element == "application"}
        if not ours:
            raise _refused("the application has no label")
        for attribute in labels:
            if (attribute.kind, attribute.data) in ours:
                self._set_string(attribute, label)

    def set_application_id(self, new: str) -> None:
        old = self.application_id()
        starts_with_old = re.compile(rf"(^|;){re.escape(old)}(?=$|[.:;])")
        for attribute in self._attributes:
            if attribute.kind != _STRING:
                continue
            value = self._strings[attribute.data]
            if attribute.resource == _CLASS_NAME and attribute.element in _COMPONENTS:
                if value.startswith(".") or "." not in value:
                    raise _refused(f"the class name {value!r} depends on the application id")
            elif self._may_hold_id(attribute):
                changed = starts_with_old.sub(rf"\g<1>{new}", value)
                if changed != value:
                    self._set_string(attribute, changed)

    def _is_package(self, attribute: _Attribute) -> bool:
        return (
            attribute.name == "package"
            and attribute.resource == 0
            and (attribute.kind == _STRING and attribute.data < len(self._strings))
        )

    def _may_hold_id(self, attribute: _Attribute) -> bool:
        if attribute.element == "manifest":
            return self._is_package(attribute)
        if attribute.resource == _CLASS_NAME:
            return attribute.element in _PERMISSION_ELEMENTS
        return attribute.resource in _MAY_HOLD_ID

    def _set_string(self, attribute: _Attribute, value: str) -> None:
        self._strings.append(value)
        index = len(self._strings) - 1
        namespace, name, _, size, zero, _, _ = _ATTRIBUTE.unpack_from(self._chunks, attribute.at)
        _ATTRIBUTE.pack_into(
            self._chunks, attribute.at, namespace, name, index, size, zero, _STRING, index
        )

    def _read_attributes(self) -> Iterator[_Attribute]:
        at = 0
        while at < len(self._chunks):
            kind, header, size = _CHUNK.unpack_from(self._chunks, at)
            if header < _CHUNK.size or size < header or at + size > len(self._chunks):
                raise _DamagedError(f"a chunk of {size} bytes at {at} of {len(self._chunks)}")
            if kind == _RESOURCE_IDS:
                count = (size - header) // 4
                self._resources = struct.unpack_from(f"<{count}I", self._chunks, at + header)
            elif kind == _START_ELEMENT:
                yield from self._read_element(at + header, at + size)
            at += size

    def _read_element(self, at: int, end: int) -> Iterator[_Attribute]:
        _, element, start, size, count, *_ = _ELEMENT.unpack_from(self._chunks, at)
        if size < _ATTRIBUTE.size or at + start + size * count > end:
            raise _DamagedError(
                f"{count} attributes of {size} bytes in an element that ends before"
            )
        for place in range(at + start, at + start + size * count, size):
            namespace, name, _, _, _, kind, data = _ATTRIBUTE.unpack_from(self._chunks, place)
            if kind == _STRING and data >= len(self._strings):
                raise _DamagedError(f"string {data} of {len(self._strings)}")
            known = namespace != _NONE and name < len(self._resources)
            resource = self._resources[name] if known else 0
            yield _Attribute(
                place, self._strings[element], self._strings[name], resource, kind, data
            )


def _read_pool(chunk: bytes) -> list[str]:
    _, header, _, count, styles, flags, start, _ = _POOL_HEADER.unpack_from(chunk)
    if flags & _UTF8_POOL or styles:
        raise _DamagedError("its strings are UTF-8 or styled; expected plain UTF-16")
    offsets = struct.unpack_from(f"<{count}I", chunk, header)
    strings, room = [], 4 * len(chunk)
    for offset in offsets:
        strings.append(_read_string(chunk, start + offset))
        room -= 2 * len(strings[-1])
        if room < 0:  # strings that overlap: a small file could fill the memory
            raise _DamagedError(f"its {count} strings are more than it has room for")
    return strings


def _read_string(chunk: bytes, at: int) -> str:
    (length,) = struct.unpack_from("<H", chunk, at)
    at += 2
    if length & 0x8000:  # 32,768 units or more: the length takes two words
        (low,) = struct.unpack_from("<H", chunk, at)
        length = (length & 0x7FFF) << 16 | low
        at += 2
    if at + 2 * length > len(chunk):
        raise _DamagedError(f"a string of {length} characters at {at} of {len(chunk)} bytes")
    return chunk[at : at + 2 * length].decode("utf-16-le")


def _write_pool(strings: list[str]) -> bytes:
    offsets, data = [], bytearray()
    for string in strings:
        units = string.encode("utf-16-le")
        length = len(units) // 2
        offsets.append(len(data))
        long = length >= 0x8000
        data += struct.pack("<HH", length >> 16 | 0x8000, length & 0xFFFF) if long else b""
        data += b"" if long else struct.pack("<H", length)
        data += units + b"\0\0"
    data += bytes(-len(data) % 4)
    start = _POOL_HEADER.size + 4 * len(offsets)
    header = _POOL_HEADER.pack(
        _POOL, _POOL_HEADER.size, start + len(data), len(offsets), 0, 0, start, 0
    )
    return header + struct.pack(f"<{len(offsets)}I", *offsets) + bytes(data)
