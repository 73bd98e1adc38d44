"""A long stretch and its text to pieces from pause to pause: cut_stretch.py."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from level_model import level_logits, level_recogniser, level_samples
from malgwi.cli.main import main
from malgwi.dataset.long_stretches import CutPiece, Division, NotCut
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import MalgwiError
from malgwi.recognition import recognise
from malgwi.recognition.cut_stretch import DOUBTED, NO_PAUSES, cut_stretch
from malgwi.recognition.recognise import Recogniser
from malgwi.speech.audio import Samples

HOP = 320
ONE, TWO, THREE = "abba|" * 8 + "ab", "baab|" * 8 + "ba", "aabb|bb|" * 5 + "a"
"""42, 42 and 41 characters of 3 frames each, at 20 ms: 2.5 s, and more where letters repeat."""
PAUSE = "_" * 10
"""30 frames. A segment ends 8 into it, and the next one begins 15 before its end."""


def _sure() -> Recogniser:
    """Return one for which a wrong letter costs 20 rather than 5: there are but two letters."""
    return replace(
        level_recogniser(SegmentPlan()), logits=lambda samples: 4 * level_logits(samples)
    )


def _spaced(text: str) -> str:
    """Return what is said of a text: a blank between equal letters."""
    return "".join(c + "_" * (text[at + 1 : at + 2] == c) for at, c in enumerate(text))


def _said(*parts: str) -> Samples:
    return level_samples(PAUSE + PAUSE.join(_spaced(part) for part in parts) + PAUSE)


def _written(*parts: str, end: str = ".") -> str:
    return " ".join(part.replace("|", " ") + end for part in parts)


def _frames(text: str) -> int:
    return 3 * len(_spaced(text))


def _cut(samples: Samples, text: str) -> Division:
    return cut_stretch(_sure(), samples, text)


def test_each_sentence_with_its_words_from_pause_to_pause() -> None:
    found = _cut(_said(ONE, TWO), _written(ONE, TWO))
    end = 30 + _frames(ONE)
    assert found == Division(
        (
            CutPiece(15 * HOP, (end + 8) * HOP, _written(ONE), 0.0),
            CutPiece((end + 15) * HOP, (end + 30 + _frames(TWO) + 8) * HOP, _written(TWO), 0.0),
        ),
        (),
    )


def test_words_without_a_sentence_in_sight_are_cut_at_pauses_too() -> None:
    said = (ONE, TWO, THREE) * 3  # some 30 s
    found = _cut(_said(*said), _written(*said, end=""))
    assert " ".join(piece.text for piece in found.pieces) == _written(*said, end="")
    assert found.not_cut == ()
    ends = [30]
    for part in said:
        ends.append(ends[-1] + _frames(part) + 30)
    borders = {(end - 30 + 8) * HOP for end in ends}
    assert {piece.end for piece in found.pieces} <= borders
    assert [2 <= (piece.end - piece.first) / 16_000 <= 15 for piece in found.pieces] == [True] * 3


def test_what_is_not_said_and_what_is_not_written_is_left_out_and_listed() -> None:
    unsaid = "bbb " * 9
    found = _cut(_said(ONE, TWO, THREE), f"{_written(ONE)} {unsaid.strip()}. {_written(THREE)}")
    assert [piece.text for piece in found.pieces] == [_written(ONE), _written(THREE)]
    start, end = 30 + _frames(ONE), 60 + _frames(ONE) + _frames(TWO)
    assert found.not_cut == (
        NotCut(start * HOP, (end + 30) * HOP, "not found", f"{unsaid.strip()}."),
        NotCut((start + 30) * HOP, end * HOP, "not in the text", ""),
    )


def test_a_sentence_is_not_joined_across_sound_that_it_lacks() -> None:
    """Its second half lasts long enough by itself, its first one doesn't."""
    first, second = "abba|abb", TWO
    found = _cut(
        level_samples(PAUSE + _spaced(first) + PAUSE + "ba" * 12 + PAUSE + _spaced(second) + PAUSE),
        _written(f"{first}|{second}"),
    )
    assert [piece.text for piece in found.pieces] == [_written(second)]
    assert sorted((part.reason, part.text) for part in found.not_cut) == [
        (NO_PAUSES, "abba abb"),
        ("not in the text", ""),
    ]


def test_a_word_with_a_pause_in_it_is_doubted() -> None:
    """What stands as one word was said as two: nobody knows where the text is wrong."""
    found = _cut(_said(ONE, TWO), _written(f"{ONE}{TWO}"))
    assert found.pieces == ()
    [left] = found.not_cut
    assert (left.reason, left.text) == (DOUBTED, _written(f"{ONE}{TWO}"))


def test_no_border_is_trusted_beside_words_of_a_sentence_that_are_not_found() -> None:
    """The comma divides one sentence, whose second half isn't said: how much of it is?"""
    unsaid = "bbb " * 9
    text = f"{_written(ONE)} {_written(TWO, end=',')} {unsaid * 3}. {_written(THREE)}"
    found = _cut(_said(ONE, TWO, THREE), text)
    assert [piece.text for piece in found.pieces] == [_written(ONE), _written(THREE)]
    assert [part.reason for part in found.not_cut] == [NO_PAUSES, "not found"]
    assert found.not_cut[0].text == _written(TWO, end=",")


def test_letters_that_the_model_lacks_are_named() -> None:
    found = _cut(_said(ONE, TWO), f"{_written(ONE)} Übel. {_written(TWO)}")
    assert [piece.text for piece in found.pieces] == [_written(ONE), _written(TWO)]
    [left] = found.not_cut
    assert (left.reason, left.text) == ("the model has no token for elü", "Übel.")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bbbb bbbbb bbbb " * 6, "hardly a sentence of its text is heard in it by levels; check"),
        ("c d.", "the model has no token for 'cd'"),
    ],
)
def test_another_text_is_refused(text: str, why: str) -> None:
    with pytest.raises(MalgwiError, match=why):
        _cut(_said("aaaa|a|aa|a" * 4), text)


def _corpus(folder: Path) -> Path:
    """Write a recording of over a minute, and a short one each for the other splits."""
    folder.mkdir()
    lines = ["file_name,transcription,split"]
    for name, parts in (("train", (ONE, TWO, THREE) * 6), ("valid", (ONE,)), ("test", (TWO,))):
        soundfile.write(folder / f"{name}.wav", _said(*parts), 16_000)
        lines.append(f"{name}.wav,{_written(*parts)},{name}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_prepare_cuts_and_all_that_follows_reads_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def open_recogniser(model: str, **_: object) -> Recogniser:
        opened.append(model)
        return _sure()

    monkeypatch.setattr(recognise, "open_recogniser", open_recogniser)
    source, out = _corpus(tmp_path / "in"), tmp_path / "out"
    command = ["prepare", str(source), "--output", str(out), "--check-with", "levels"]
    assert main([*command, "--cut-long", "levels", "--json"]) == 0
    assert opened == ["levels"]  # once for both
    said = json.loads(capsys.readouterr().out)
    rows = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    pieces = [row for row in rows if row.get("cut_from") == "train"]
    assert [row["text"] for row in pieces] == [
        part.replace("|", " ") for part in (ONE, TWO, THREE) * 6
    ]
    assert {row["split"] for row in pieces} == {"train"}
    ends = [row["first_sample"] + row["samples"] for row in pieces]
    assert [row["first_sample"] - end for row, end in zip(pieces[1:], ends, strict=False)] == [
        7 * HOP  # of 30 frames of quiet 8 belong to the one before, 15 to this one
    ] * 17
    assert {clip["id"] for clip in said["suspects"]["clips"]} == {row["id"] for row in rows}
    assert main(["show", str(out), "--count", "20"]) == 0
    shown = capsys.readouterr().out
    assert shown.count(f"{source}/train.wav") == 18


def test_without_a_model_the_command_that_would_cut_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _corpus(tmp_path / "my in")
    table = source / "metadata.csv"
    soundfile.write(source / "more.wav", _said(ONE, ONE), 16_000)
    table.write_text(f"{table.read_text()}more.wav,{_written(ONE, ONE)},train\n")
    command = ["prepare", str(source), "--output", str(tmp_path / "out")]
    for language, model in (([], "MODEL"), (["--language", "en_US"], "starter")):
        assert main([*command, *language, "--replace"]) == 0
        end = f"{' '.join(['', *language])} --replace --cut-long {model}\n"
        said = capsys.readouterr().out
        assert f"cut at pauses by: malgwi prepare '{source}' --output {tmp_path}/out{end}" in said
