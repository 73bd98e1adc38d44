"""The compiled manifest of the built app, rewritten; what aapt2 reads of it is in test_android."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apks import manifest_tree, small_app
from malgwi.android.apk import of_bytes, open_apk
from malgwi.android.binary_manifest import NAME, application_id, rewrite
from malgwi.errors import MalgwiError


@pytest.fixture(scope="module")
def manifest(built_app: Path) -> bytes:
    with open_apk(built_app) as entries, entries[NAME]() as stream:
        return stream.read()


# A manifest made by hand, so that every kind of value is in it:
#   <manifest package="org.old.app">
#     <uses-permission name="org.old.app.PERMISSION"/>
#     <application label=@0x7f010001 name="org.old.app.App">
#       <activity label=@0x7f010001 name="org.old.app.Main" taskAffinity="org.old.app"/>
#       <activity label=@0x7f010002 name="org.old.app.Other" process="org.old.apple"/>
#       <provider authorities="org.old.app.one;org.old.app.two" name="org.old.app.Files"/>
#       <meta-data name="org.old.app.KEY" value="org.old.app.Class"/>
ATTRIBUTES = {
    "label": 0x01010001,
    "name": 0x01010003,
    "process": 0x01010011,
    "taskAffinity": 0x01010012,
    "authorities": 0x01010018,
    "value": 0x01010024,
}
Element = tuple[str, dict[str, str | int]]

ELEMENTS: list[Element] = [
    ("manifest", {"package": "org.old.app"}),
    ("uses-permission", {"name": "org.old.app.PERMISSION"}),
    ("application", {"label": 0x7F010001, "name": "org.old.app.App"}),
    (
        "activity",
        {"label": 0x7F010001, "name": "org.old.app.Main", "taskAffinity": "org.old.app"},
    ),
    ("activity", {"label": 0x7F010002, "name": "org.old.app.Other", "process": "org.old.apple"}),
    ("provider", {"authorities": "org.old.app.one;org.old.app.two", "name": "org.old.app.Files"}),
    ("meta-data", {"name": "org.old.app.KEY", "value": "org.old.app.Class"}),
]


def compiled(elements: list[Element]) -> bytes:
    """Compile elements, all of them siblings, as aapt2 does."""
    strings = [*ATTRIBUTES]

    def index(string: str) -> int:
        if string not in strings:
            strings.append(string)
        return strings.index(string)

    chunks = b""
    for element, attributes in elements:
        body = struct.pack(
            "<IIHHHHHH", 0xFFFFFFFF, index(element), 20, 20, len(attributes), 0, 0, 0
        )
        for name, value in attributes.items():
            namespace = index("android") if name in ATTRIBUTES else 0xFFFFFFFF
            kind, number = (3, index(value)) if isinstance(value, str) else (1, value)
            raw = number if kind == 3 else 0xFFFFFFFF
            body += struct.pack("<IIIHBBI", namespace, index(name), raw, 8, 0, kind, number)
        chunks += struct.pack("<HHIII", 0x0102, 16, 16 + len(body), 1, 0xFFFFFFFF) + body
    ids = struct.pack("<HHI6I", 0x0180, 8, 8 + 4 * len(ATTRIBUTES), *ATTRIBUTES.values())
    data, offsets = b"", []
    for string in strings:
        offsets.append(len(data))
        data += struct.pack("<H", len(string)) + string.encode("utf-16-le") + b"\0\0"
    data += bytes(-len(data) % 4)
    start = 28 + 4 * len(strings)
    pool = struct.pack("<HHIIIIII", 1, 28, start + len(data), len(strings), 0, 0, start, 0)
    pool += struct.pack(f"<{len(offsets)}I", *offsets) + data
    inside = pool + ids + chunks
    return struct.pack("<HHI", 3, 8, 8 + len(inside)) + inside


def read(manifest: bytes) -> list[Element]:
    """Read what `compiled` wrote, by other code than the product's."""
    pool_size = struct.unpack_from("<I", manifest, 12)[0]
    count, start = struct.unpack_from("<I8xI", manifest, 16)
    strings = []
    for offset in struct.unpack_from(f"<{count}I", manifest, 36):
        at = 8 + start + offset
        length = struct.unpack_from("<H", manifest, at)[0]
        strings.append(manifest[at + 2 : at + 2 + 2 * length].decode("utf-16-le"))
    at, elements = 8 + pool_size, []
    while at < len(manifest):
        kind, _, size = struct.unpack_from("<HHI", manifest, at)
        if kind == 0x0102:
            element, attributes = struct.unpack_from("<I4xH", manifest, at + 20)
            found: dict[str, str | int] = {}
            for i in range(attributes):
                name, raw, kind_of_value, data = struct.unpack_from(
                    "<II3xBI", manifest, at + 40 + 20 * i
                )
                assert raw == (data if kind_of_value == 3 else 0xFFFFFFFF)
                found[strings[name]] = strings[data] if kind_of_value == 3 else data
            elements.append((strings[element], found))
        at += size
    return elements


def test_nothing_asked_for_changes_nothing(manifest: bytes) -> None:
    assert read(rewrite(compiled(ELEMENTS))) == ELEMENTS
    assert rewrite(rewrite(manifest)) == rewrite(manifest)


def test_the_label_of_the_application_is_replaced_wherever_it_is_used() -> None:
    changed = read(rewrite(compiled(ELEMENTS), label="내 앱 🦻"))
    assert [a["label"] for _, a in changed if "label" in a] == ["내 앱 🦻", "내 앱 🦻", 0x7F010002]
    unchanged = [(e, {n: v for n, v in a.items() if n != "label"}) for e, a in ELEMENTS]
    assert [(e, {n: v for n, v in a.items() if n != "label"}) for e, a in changed] == unchanged


def test_the_id_changes_in_all_but_classes_and_other_apps() -> None:
    changed = dict(enumerate(read(rewrite(compiled(ELEMENTS), application_id="com.mine"))))
    assert changed[0][1]["package"] == "com.mine"
    assert changed[1][1]["name"] == "com.mine.PERMISSION"
    assert changed[2][1]["name"] == "org.old.app.App"
    assert changed[3][1] == ELEMENTS[3][1] | {"taskAffinity": "com.mine"}
    assert changed[4] == ELEMENTS[4]  # org.old.apple is another name
    assert changed[5][1]["authorities"] == "com.mine.one;com.mine.two"
    assert changed[6] == ELEMENTS[6]
    assert application_id(rewrite(compiled(ELEMENTS), application_id="com.mine")) == "com.mine"


@pytest.mark.parametrize("name", [".Main", "Main"])
def test_a_class_name_that_depends_on_the_id_is_refused(name: str) -> None:
    short: list[Element] = [*ELEMENTS, ("activity", {"name": name})]
    assert application_id(compiled(short)) == "org.old.app"
    with pytest.raises(MalgwiError, match=f"'{name}' depends on the application id"):
        rewrite(compiled(short), application_id="com.mine")


def test_long_strings() -> None:
    for length in (0x7FFF, 0x8000, 0x12345):
        changed = rewrite(compiled(ELEMENTS), label="x" * length)
        assert rewrite(changed) == changed
        assert len(changed) > 2 * length
        assert application_id(changed) == "org.old.app"


def test_the_app_as_built(manifest: bytes, built_app: Path, tmp_path: Path) -> None:
    assert application_id(manifest) == "org.malgwi.app"
    changed = rewrite(manifest, label="Mine", application_id="com.mine")
    path = small_app(tmp_path / "a.apk", built_app, **{NAME: of_bytes(changed)})
    assert 'package="com.mine"' in manifest_tree(path)


def test_strings_that_lie_over_each_other_are_refused() -> None:
    """A megabyte could stand for terabytes."""
    strings = 20_000
    data = struct.pack("<H", strings) + b"x\0" * strings + b"\0\0"
    start = 28 + 4 * strings
    pool = struct.pack("<HHIIIIII", 1, 28, start + len(data), strings, 0, 0, start, 0)
    pool += bytes(4 * strings) + data
    with pytest.raises(MalgwiError, match="more than it has room for"):
        rewrite(struct.pack("<HHI", 3, 8, 8 + len(pool)) + pool)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "unpack"),
        (b"<?xml version='1.0'?><manifest/>", "not a compiled manifest"),
        (struct.pack("<HHI", 3, 8, 8), "unpack"),
        (struct.pack("<HHIHHI", 3, 8, 16, 2, 8, 8), "a chunk of type 0x2 where the strings"),
        (compiled(ELEMENTS) + b"\0", "bytes stated in a file of"),
        (compiled(ELEMENTS[1:]), "it names no package"),
        (compiled(ELEMENTS).replace(struct.pack("<I", 0x01010001), bytes(4)), "has no label"),
    ],
)
def test_what_is_no_compiled_manifest_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalgwiError, match=words) as caught:
        rewrite(data, label="Mine", application_id="com.mine")
    assert str(caught.value).startswith("AndroidManifest.xml: not a compiled manifest")
    assert "make apk" in str(caught.value)


@settings(max_examples=300)
@given(st.data())
def test_damage_ends_in_a_manifest_or_in_an_error(data: st.DataObject) -> None:
    damaged = bytearray(compiled(ELEMENTS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    for case in (bytes(damaged), bytes(damaged[:cut])):
        try:
            rewrite(case, label="Mine", application_id="com.mine")
        except MalgwiError as error:
            assert "\n" not in str(error)  # noqa: PT017
