import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from apks import data_offset
from malgwi.android.apk import Content, alignment, of_bytes, of_file, open_apk, pack
from malgwi.errors import MalgwiError

PARTS = {
    "resources.arsc": b"r" * 1_001,
    "classes.dex": b"d" * 5_000,
    "AndroidManifest.xml": b"m" * 333,
    "lib/arm64-v8a/libone.so": b"1" * 20_001,
    "lib/arm64-v8a/libtwo.so": b"2" * 7,
    "assets/bundle.malgwi": b"b" * 4_099,
    "assets/sound.m4a": b"s" * 3,
    "res/layout/main.xml": b"x" * 500,
}


def _contents(parts: dict[str, bytes]) -> dict[str, Content]:
    return {name: of_bytes(data) for name, data in parts.items()}


def test_what_is_packed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.apk"
    pack(path, _contents(PARTS))
    with open_apk(path) as entries:
        assert {name: content().read() for name, content in entries.items()} == PARTS
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[0] == "AndroidManifest.xml"
        assert archive.namelist()[1:] == sorted(archive.namelist()[1:])


@pytest.mark.parametrize("shift", range(7))
def test_what_android_maps_is_stored_and_aligned(tmp_path: Path, shift: int) -> None:
    path = tmp_path / "a.apk"
    pack(path, _contents(PARTS | {"AndroidManifest.xml": bytes(shift)}))
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            multiple = alignment(entry.filename)
            stored = entry.compress_type == zipfile.ZIP_STORED
            assert stored == bool(multiple)
            assert not multiple or data_offset(path, entry) % multiple == 0


def test_alignments() -> None:
    assert alignment("lib/arm64-v8a/libonnxruntime.so") == 16_384
    assert alignment("resources.arsc") == alignment("assets/bundle.malgwi") == 4
    assert alignment("assets/clip.m4a") == alignment("res/raw/clip.ogg") == 4
    assert alignment("classes.dex") == alignment("assets/licences.txt") == 0
    assert alignment("assets/lib/x.so") == 4


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "1.apk", tmp_path / "2.apk"
    for name, data in PARTS.items():
        (tmp_path / name.replace("/", "_")).write_bytes(data)
    pack(one, _contents(PARTS))
    pack(two, {n: of_file(tmp_path / n.replace("/", "_")) for n in reversed(list(PARTS))})
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:  # nor do they depend on the day
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_old_signatures_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.apk"
    pack(path, _contents(PARTS | {"META-INF/CERT.RSA": b"old", "META-INF/MANIFEST.MF": b"old"}))
    with open_apk(path) as entries:
        assert set(entries) == set(PARTS)


def _archive(parts: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


NEEDED = [(name, PARTS[name]) for name in ("AndroidManifest.xml", "classes.dex", "resources.arsc")]
WHOLE = _archive(NEEDED)


def _stating_more(data: bytes) -> bytes:
    """Make the first entry of the table claim 4 GB."""
    at = data.index(b"PK\1\2") + 24
    return data[:at] + struct.pack("<I", 0xFFFFFFF0) + data[at + 4 :]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda: b"", "not a zip file"),
        (lambda: b"PK\3\4" + bytes(100), "not a zip file"),
        (lambda: WHOLE[: len(WHOLE) // 2], "not a zip file"),
        (lambda: WHOLE.replace(b"mmmm", b"mmmn", 1), "Bad CRC|is damaged"),
        (lambda: _archive(NEEDED[1:]), "it has no AndroidManifest.xml"),
        (lambda: _archive(NEEDED[:1]), "it has no classes.dex"),
        (lambda: _archive([*NEEDED, NEEDED[0]]), "'AndroidManifest.xml' can't be here"),
        (lambda: _archive([*NEEDED, ("../up", b"")]), "'../up' can't be here"),
        (lambda: _archive([*NEEDED, ("/etc/passwd", b"")]), "can't be here"),
        (lambda: _archive([*NEEDED, *((f"res/{i}", b"") for i in range(10_000))]), "over 10000"),
        (lambda: _stating_more(WHOLE), "over 10000 entries or 2147483648 bytes"),
    ],
)
def test_what_is_no_apk_is_refused_in_one_line(
    tmp_path: Path, damage: Callable[[], bytes], words: str
) -> None:
    path = tmp_path / "a.apk"
    path.write_bytes(damage())
    with pytest.raises(MalgwiError, match=words) as caught, open_apk(path):
        pass
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_apk_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"no\.apk: not found"), open_apk(tmp_path / "no.apk"):
        pass


def test_an_apk_over_4_gb_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 3_000)
    with pytest.raises(MalgwiError, match=r"more than 4 GB.*--precision int8"):
        pack(tmp_path / "a.apk", _contents(PARTS))
