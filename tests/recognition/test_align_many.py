"""A folder of recordings and texts aligned, each to files of its own."""

import io
from pathlib import Path

import pytest

from level_model import level_clip, level_recogniser
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.recognition import align
from malgwi.recognition import align_many as module
from malgwi.recognition.align import align_file
from malgwi.recognition.align_many import align_many
from malgwi.recognition.pairs import Pair, pairs_in

FORMATS = ("text", "json", "srt", "ctm")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that fit, one whose text has odd letters, one that is too short for its own."""
    for place in (align, module):
        monkeypatch.setattr(place, "open_recogniser", lambda model, **_: level_recogniser())
    monkeypatch.chdir(tmp_path)
    rows = [("one", "_ab|ba_", "Ab ba."), ("two", "_b|a_", "b a"), ("odd", "_a_", "xyz")]
    for name, spelling, text in [*rows, ("short", "_a_", "ab " * 30)]:
        level_clip(Path("in") / f"{name}.wav", spelling)
        Path(f"in/{name}.txt").write_text(text, encoding="utf-8")


def _pairs(*names: str) -> list[Pair]:
    return [Pair(Path(f"in/{name}.wav"), Path(f"in/{name}.txt")) for name in names]


def test_files_are_those_of_each_alone() -> None:
    align_many("levels", _pairs("one", "two"), formats=FORMATS, output=Path("out"))
    endings = {"text": ".txt", "json": ".json", "srt": ".srt", "ctm": ".ctm"}
    assert len(list(Path("out").iterdir())) == 8
    for name, text in (("one", "Ab ba."), ("two", "b a")):
        for form, ending in endings.items():
            alone = align_file("levels", Path(f"in/{name}.wav"), text, form=form)
            assert Path(f"out/{name}{ending}").read_text(encoding="utf-8") == alone
    assert Path("out/one.txt").read_text() == "0.06\t0.18\t0.98\tAb\n0.24\t0.36\t0.98\tba.\n"


def test_what_cannot_be_aligned_is_named_and_the_others_are_done() -> None:
    Path("in/two.txt").write_bytes(b"a\xe9\n")
    said = io.StringIO()
    pairs = pairs_in(Path("in"), pytest.fail)
    expected = "3 of 4 recordings could not be aligned, the first in/odd"
    with pytest.raises(MalgwiError, match=expected):
        align_many("levels", pairs, formats=("srt",), output=Path("out"), stderr=said)
    lines = [line for line in said.getvalue().splitlines() if "error" in line]
    assert lines[0].startswith("malgwi: error: in/odd.txt: the model has no token for 'xyz'")
    assert lines[-2].startswith("malgwi: error: in/short.wav: the text needs 89 frames")
    assert lines[-1].startswith("malgwi: error: in/two.txt: not UTF-8 (byte 1)")
    assert [path.name for path in Path("out").glob("*")] == ["one.srt"]


def test_what_is_read_and_what_people_correct_is_not_written_over() -> None:
    pairs = _pairs("one")
    with pytest.raises(MalgwiError, match=r"in/one\.txt: would be written over, and is read"):
        align_many("levels", pairs, formats=("srt", "text"), output=Path("in"))
    Path("in/one.TextGrid").write_text("mine")
    with pytest.raises(MalgwiError, match=r"one\.TextGrid: is there already"):
        align_many("levels", pairs, formats=("textgrid",), output=Path("in"))
    align_many("levels", pairs, formats=("srt",), output=Path("in"))
    assert Path("in/one.txt").read_text() == "Ab ba."
    Path("in/deep").mkdir()
    for ending in ("wav", "txt"):
        Path(f"in/deep/one.{ending}").write_bytes(Path(f"in/one.{ending}").read_bytes())
    with pytest.raises(MalgwiError, match="would both be written to out/one"):
        align_many("levels", pairs_in(Path("in"), print), formats=("srt",), output=Path("out"))


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("odd", "short"):
        Path(f"in/{name}.txt").unlink()
    words = ["align", "levels", "in", "--format", "srt,json", "--output"]
    assert main([*words, "out"]) == 0
    assert "in/odd.wav and 1 more: no partner of the same name" in capsys.readouterr().err
    assert len(list(Path("out").iterdir())) == 4
    assert main(["align", "levels", "in/one.wav", "in/one.txt", "--output", "alone"]) == 0
    assert [path.name for path in Path("alone").iterdir()] == ["one.txt"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("in", "in: is a folder; give --output FOLDER"),
        ("in in/one.txt --output out", "is a folder, whose texts have the names"),
        ("in --text a --output out", "--text: is for one recording without --output"),
        ("in/one.wav --output out", "align needs the text of the recording"),
        ("inn --output out", "inn: no such file or folder; check the path"),
        ("- in/one.txt --output out", "-: comes through a pipe"),
        ("in --output out --format doc", "--format 'doc': expected one or more of"),
        ("in/one.wav in/one.txt --format srt,json", "--format 'srt,json': expected one of"),
        ("in --cluster local", "--cluster local: give --output FOLDER"),
        ("in --cluster local --output out --threads 1", "doesn't go with --threads"),
        ("in --output out --worker-cpus 2", "--worker-cpus: is for a cluster"),
    ],
)
def test_what_a_user_gets_wrong(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["align", "levels", *line.split()]) == 2
    assert message in capsys.readouterr().err
    assert not Path("out").exists()
