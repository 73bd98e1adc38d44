"""Text files in every encoding that people's programs write: text_file.py."""

from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles, lines_of

KOREAN = "안녕하세요, 반갑습니다\n오늘 날씨가 참 좋네요!\n"
GERMAN = "Grüße aus Köln\nüber die Straße, „schön“\nnur Buchstaben\n"
RUSSIAN = "Привет, мир\nкак дела\n"
CHINESE = "今天天气很好\n我们去公园走走\n"
JAPANESE = "こんにちは、世界\n今日はいい天気です\n"
TURKISH = "Işık yandı\nİyi günler, çok güzel\n"


@pytest.mark.parametrize(
    ("text", "codec", "language", "named"),
    [
        (KOREAN, "utf-8", None, None),
        (KOREAN, "utf-8-sig", "de", None),
        (KOREAN, "utf-16", None, "utf-16"),
        (KOREAN, "utf-16-le", None, "utf-16-le"),
        (KOREAN, "utf-16-be", None, "utf-16-be"),
        (KOREAN, "utf-32", None, "utf-32"),
        (KOREAN, "cp949", None, "cp949"),
        (KOREAN, "cp949", "ko", "cp949"),
        (KOREAN, "cp949", "de", "cp949"),  # Latin garbage would pass as cp1252
        (KOREAN, "cp949", "ru", "cp949"),
        (GERMAN, "cp1252", "de-AT", "cp1252"),
        (GERMAN, "utf-16", "de", "utf-16"),
        (RUSSIAN, "cp1251", "ru", "cp1251"),
        (CHINESE, "gb18030", "zh", "gb18030"),
        ("今天天氣很好\n我們去公園走走\n", "big5", "zh-TW", "big5hkscs"),
        (JAPANESE, "cp932", "ja", "cp932"),
        (JAPANESE, "euc_jp", "ja", "euc_jp"),
        (TURKISH, "cp1254", "tr", "cp1254"),
        ("hello\nthere\n", "utf-16-le", None, "utf-16-le"),
        ("hello\nthere\n", "ascii", "ko", None),
    ],
)
def test_the_encoding_is_found_and_named(
    tmp_path: Path, text: str, codec: str, language: str | None, named: str | None
) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(text.encode(codec))
    files = TextFiles(language)
    assert files.read(file) == text
    assert files.notes() == ([f"words.txt: read as {named}, since not UTF-8"] if named else [])


@pytest.mark.parametrize(
    ("text", "codec", "language"),
    [
        (GERMAN, "cp1252", None),
        (GERMAN, "cp1252", "ko"),
        (CHINESE, "gb18030", None),  # half of its bytes are Korean syllables too
        (JAPANESE, "cp932", None),
        (JAPANESE, "euc_jp", None),
        (RUSSIAN, "cp1251", "de"),
    ],
)
def test_what_fits_no_likely_encoding_is_refused(
    tmp_path: Path, text: str, codec: str, language: str | None
) -> None:
    (tmp_path / "words.txt").write_bytes(text.encode(codec))
    with pytest.raises(MalgwiError, match=r"words\.txt: not UTF-8 \(byte \d+\), nor another"):
        TextFiles(language).read(tmp_path / "words.txt")


def test_damaged_lines_do_not_change_the_encoding(tmp_path: Path) -> None:
    lines = [*GERMAN.splitlines()[:2], "ä" * 9]
    raw = [line.encode() for line in lines] + ["grün".encode("cp1252")]
    (tmp_path / "a.txt").write_bytes(b"\n".join(raw))
    with TextFiles("de").open(tmp_path / "a.txt") as file:
        assert file.read().splitlines() == [*lines, "gr\udcfcn"]
    raw = [f"문장 {n}번".encode("cp949") for n in range(20)] + [b"\xb9\n"]
    (tmp_path / "b.txt").write_bytes(b"\n".join(raw))
    with TextFiles().open(tmp_path / "b.txt") as file:
        assert file.read().splitlines() == [*(f"문장 {n}번" for n in range(20)), "\udcb9"]


def test_many_files_are_told_in_one_line(tmp_path: Path) -> None:
    files = TextFiles()
    for name in "abc":
        (tmp_path / name).write_bytes(KOREAN.encode("cp949"))
        files.read(tmp_path / name)
    assert files.notes() == ["a and 2 more: read as cp949, since not UTF-8"]


def test_line_ends_of_all_systems(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("가\r\n나\r다\n".encode("utf-16"))
    assert TextFiles().read(tmp_path / "a") == "가\n나\n다\n"


def test_lines_end_at_line_feeds_alone() -> None:
    assert lines_of("a\u2028b\x85c\x0bd\x0ce\r\n\nf\n") == ["a\u2028b\x85c\x0bd\x0ce", "", "f"]
    assert lines_of("a\nb") == ["a", "b"]
    assert lines_of("") == []


def test_a_stray_zero_is_named_and_makes_no_chinese(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"gara\0ge\n")
    with pytest.raises(MalgwiError, match=r"words\.txt: not UTF-8 text \(a zero in it\)"):
        TextFiles().read(path)


@pytest.mark.parametrize(
    ("damage", "read"),
    [
        (b"\n", "\udc0a"),
        (b"\x00\xd8A\x00\n\x00", "\udc00\udcd8A\n"),
        (b"\x00\xdc\n\x00", "\udc00\udcdc\n"),
    ],
)
def test_damaged_utf16_costs_its_line_too(tmp_path: Path, damage: bytes, read: str) -> None:
    (tmp_path / "a.txt").write_bytes("eins\n".encode("utf-16") + damage)
    with TextFiles().open(tmp_path / "a.txt") as file:
        assert file.read() == f"eins\n{read}"
