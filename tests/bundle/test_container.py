"""The archive or folder of a bundle; hostile and damaged ones refused by name."""

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from bundles import Pack, level_bundle, pack, plain
from malgwi.bundle.container import (
    CARD,
    INFO,
    LM,
    MODEL,
    WEIGHTS,
    file_sizes,
    largest,
    open_entry,
)
from malgwi.errors import BundleError


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return level_bundle(tmp_path / "levels.malgwi")


@pytest.fixture
def folder(there: Path, tmp_path: Path) -> Path:
    """The same bundle, unpacked."""
    path = tmp_path / "unpacked"
    zipfile.ZipFile(there).extractall(path)  # our own archive
    return path


def test_an_archive_and_its_folder_hold_the_same(there: Path, folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"never opened")
    sizes = file_sizes(there)
    assert list(sizes) == ["bundle.json", "golden/1.wav", "README.md", "model.onnx"]
    assert sizes["README.md"] == len(b"# levels\n")
    assert file_sizes(folder) == sizes
    for name, size in sizes.items():
        with open_entry(there, name) as packed, open_entry(folder, name) as plain_file:
            content = packed.read()
            assert content == plain_file.read()
        assert len(content) == size


def test_the_largest_sizes_are_those_of_the_page() -> None:
    """`docs/bundle.md`, the table of the container."""
    names = [INFO, MODEL, WEIGHTS, LM, "golden/1.wav", CARD]
    assert [largest(name) for name in names] == [
        4_194_304,
        2_147_483_647,
        2_147_483_647,
        2_147_483_647,
        4_194_304,
        1_048_576,
    ]


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "golden/../../evil", "C:evil", "golden\\evil.wav", "a b", "golden/", "x/y",
     ".hidden", "", "é.wav", "a" * 101, "golden/1.wav/2.wav"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(there: Path, name: str) -> None:
    pack(there, lambda parts: parts.append((plain(name), b"")))
    with pytest.raises(BundleError, match="is not a name that a bundle may hold"):
        file_sizes(there)


def test_a_name_with_a_null_byte_is_refused(there: Path) -> None:
    content = pack(there, lambda parts: parts.append((plain("aXb"), b""))).read_bytes()
    there.write_bytes(content.replace(b"aXb", b"a\0b"))
    with pytest.raises(BundleError, match="not a name"):
        file_sizes(there)


@pytest.mark.parametrize("name", ["README.md", "readme.MD", "model.onnx"])
def test_two_entries_of_one_name_are_refused(there: Path, name: str) -> None:
    pack(there, lambda parts: parts.append((plain(name), b"other")))
    with pytest.raises(BundleError, match=f"two entries are named '{name}'"):
        file_sizes(there)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO])
def test_entries_that_are_no_files_are_refused(there: Path, kind: int) -> None:
    def link(parts: Pack) -> None:
        parts[2][0].external_attr = (kind | 0o777) << 16

    with pytest.raises(BundleError, match=r"README\.md isn't a plain file"):
        file_sizes(pack(there, link))


@pytest.mark.parametrize("what", ["file", "folder", "golden"])
def test_links_in_a_folder_are_refused(folder: Path, tmp_path: Path, what: str) -> None:
    secret = tmp_path / "secret"
    match what:
        case "file":
            (folder / "README.md").rename(secret)
            (folder / "README.md").symlink_to(secret)
            message = "README.md isn't a plain file"
        case "folder":
            (folder / "README.md").unlink()
            (folder / "README.md").mkdir()
            message = "README.md isn't a plain file"
        case _:
            (folder / "golden").rename(secret)
            (folder / "golden").symlink_to(secret)
            message = "golden is a symbolic link"
    with pytest.raises(BundleError, match=message):
        file_sizes(folder)


def test_a_deflated_model_is_refused(there: Path) -> None:
    def deflate(parts: Pack) -> None:
        parts[3][0].compress_type = zipfile.ZIP_DEFLATED

    with pytest.raises(BundleError, match=r"model\.onnx is deflated; expected stored"):
        file_sizes(pack(there, deflate))


def test_a_deflated_language_model_is_refused(there: Path) -> None:
    pack(there, lambda parts: parts.append((plain("lm.bin", zipfile.ZIP_DEFLATED), b"lm")))
    with pytest.raises(BundleError, match=r"lm\.bin is deflated; expected stored"):
        file_sizes(there)


def test_a_stored_entry_has_one_size(there: Path) -> None:
    """The model, the last in the table, says one byte more than it has."""
    content = bytearray(there.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    (size,) = struct.unpack_from("<L", content, entry + 24)
    struct.pack_into("<L", content, entry + 24, size + 1)
    there.write_bytes(content)
    message = rf"model\.onnx is stored, but in {size} of {size + 1} bytes"
    with pytest.raises(BundleError, match=message):
        file_sizes(there)


def test_other_methods_are_refused(there: Path) -> None:
    def squeeze(parts: Pack) -> None:
        parts[2][0].compress_type = zipfile.ZIP_BZIP2

    with pytest.raises(BundleError, match=r"README\.md is packed by method 12; expected 0 or 8"):
        file_sizes(pack(there, squeeze))


def test_an_encrypted_entry_is_refused(there: Path) -> None:
    content = bytearray(there.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    there.write_bytes(content)
    with pytest.raises(BundleError, match=r"bundle\.json is encrypted"):
        file_sizes(there)


def test_a_bomb_is_refused_by_its_stated_size(there: Path) -> None:
    bomb = (plain("golden/9.wav", zipfile.ZIP_DEFLATED), b"\0" * (5 << 20))
    pack(there, lambda parts: parts.append(bomb))
    assert there.stat().st_size < 50_000
    with pytest.raises(BundleError, match="5242880 bytes; a bundle may hold 4194304"):
        file_sizes(there)


def test_a_large_file_in_a_folder_is_refused(folder: Path) -> None:
    with (folder / "README.md").open("r+b") as file:
        file.truncate((1 << 20) + 1)
    with pytest.raises(
        BundleError, match=r"README\.md has 1048577 bytes; a bundle may hold 1048576"
    ):
        file_sizes(folder)


def test_an_archive_with_a_comment_is_refused(there: Path) -> None:
    with zipfile.ZipFile(there, "a") as archive:
        archive.comment = b"x"
    with pytest.raises(BundleError, match="doesn't end as a ZIP archive without comment does"):
        file_sizes(there)


def test_an_archive_that_announces_a_comment_is_refused(there: Path) -> None:
    there.write_bytes(there.read_bytes()[:-2] + b"\x01\x00")  # and none follows
    with pytest.raises(BundleError, match="doesn't end as a ZIP archive without comment does"):
        file_sizes(there)


def test_too_many_entries_are_refused(there: Path) -> None:
    pack(there, lambda parts: parts.extend((plain(f"n{i}"), b"") for i in range(61)))
    with pytest.raises(BundleError, match="65 entries; expected 1 to 64"):
        file_sizes(there)


def test_a_huge_table_of_contents_is_not_read(there: Path) -> None:
    def swell(parts: Pack) -> None:
        parts[2][0].comment = b" " * 65_535

    with pytest.raises(BundleError, match="table of contents"):
        file_sizes(pack(there, swell))


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive" * 100, b"\0" * 5000])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.malgwi"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"x\.malgwi: "):
        file_sizes(path)
