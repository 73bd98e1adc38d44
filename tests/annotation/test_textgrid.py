"""Praat's TextGrids, long and short, in its encodings, whole and damaged."""

import codecs
from pathlib import Path

import pytest

from annotation_files import LONG_TEXTGRID as LONG
from annotation_files import SHORT_TEXTGRID as SHORT
from malgwi.annotation.annotation import Annotated, Annotation, Tier
from malgwi.annotation.textgrid import read_textgrid, textgrid
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


def read(path: Path, text: str | bytes) -> Annotated:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_textgrid(path, TextFiles())


@pytest.mark.parametrize("text", [LONG, SHORT], ids=["long", "short"])
@pytest.mark.parametrize(
    "mark", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE], ids=len
)
def test_both_formats_in_all_encodings(tmp_path: Path, text: str, mark: bytes) -> None:
    codec = {codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF16_LE: "utf-16-le"}.get(mark, "utf-8")
    found = read(tmp_path / "a.TextGrid", mark + text.replace("\n", "\r\n").encode(codec))
    words, points = found.tiers
    assert (words.name, words.type, points.name, points.type) == (
        "wörds ", "intervals", "points", "points",
    )  # fmt: skip
    assert [(a.start, a.end, " ".join(a.text.split())) for a in words.annotations] == [
        (0.7, 1.25, 'say "a" and 7 ! <b>'),
        (1.25, 2.3, "안녕"),
    ]
    assert [(a.start, a.end, a.text) for a in points.annotations] == [(0.15, 0.15, "here")]
    assert found.length == 2.3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SHORT.replace('"here"\n', ""), "expected a text, found the end of the file"),
        (SHORT[: SHORT.index("1.25")], "expected a number, found 'the end of the file'"),
        (SHORT.replace("\n3\n", "\n-3\n"), "expected how many follow, found -3"),
        (SHORT.replace("\n3\n", "\n1e99\n"), "expected a number, found .1e.99"),
        (SHORT.replace("\n3\n", "\n1.5\n"), "expected how many follow, found 1.5"),
        (SHORT.replace('"TextGrid"', '"Pitch"'), "expected a TextGrid, found 'Pitch'"),
        (SHORT.replace('"TextTier"', '"Tier"'), "expected IntervalTier or TextTier, found 'Tier'"),
        (SHORT.replace("2.3", '"2.3"', 1), "expected a number, found '2.3'"),
        ("ooBinaryFile\x08TextGrid", "a collection or binary file"),
        ("", "no TextGrid"),
        (b"PK\x03\x04", "ZIP archive"),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(MalgwiError, match=words):
        read(tmp_path / "a.TextGrid", text)


def test_no_tiers_and_a_late_begin(tmp_path: Path) -> None:
    absent = SHORT[: SHORT.index("<exists>")] + "<absent>\n"
    assert read(tmp_path / "a.TextGrid", absent).tiers == ()
    late = read(tmp_path / "a.TextGrid", SHORT.replace("0 ! begins", "0.5"))
    assert late.notes == ("its time begins at 0.5 s; the recording is taken to begin at 0",)
    assert late.length is None


def test_no_interval_has_no_length(tmp_path: Path) -> None:
    """Praat would drop the next one: of a gap that rounds to nothing, too."""
    said = (Annotation(0, 1.0001, "a"), Annotation(1.0003, 1.9996, "b"), Annotation(2.0, 2.0, "c"))
    path = tmp_path / "a.TextGrid"
    path.write_text(textgrid([Tier("Ana", said)], 2.0004), encoding="utf-8")
    assert "xmin = 1\n            xmax = 2\n" in path.read_text(encoding="utf-8")
    (tier,) = read_textgrid(path, TextFiles()).tiers
    assert [(a.start, a.end, a.text) for a in tier.annotations] == [(0, 1, "a"), (1, 2, "b c")]
    only = textgrid([Tier("Ana", (Annotation(0, 0, "a"),))], 0)
    assert 'xmin = 0\n            xmax = 0.001\n            text = "a"' in only
