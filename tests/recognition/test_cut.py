"""`malgwi cut`: a recording and its untimed text to a corpus; locate.py, cut.py."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from level_model import VOCAB, level_clip, level_logits, level_recogniser, level_samples
from malgwi.cli.main import main
from malgwi.corpus.table import read_table
from malgwi.decoding.decode import Logits
from malgwi.decoding.long_form import certain
from malgwi.errors import MalgwiError
from malgwi.recognition import align
from malgwi.recognition import cut as module
from malgwi.recognition.cut import cut
from malgwi.recognition.locate import locate
from malgwi.recognition.pairs import Pair, pairs_in
from malgwi.speech.audio import Samples
from malgwi.text_file import TextFiles

ONE, TWO, THREE = "abba|" * 8 + "ab", "baab|" * 8 + "ba", "aabb|bb|" * 5 + "a"
"""42, 42 and 41 characters of 3 frames each, at 20 ms: 2.5 s."""
UNSAID = "bbb " * 9
PAUSE = "_" * 10


def _said(*parts: str) -> str:
    return PAUSE + PAUSE.join(_spaced(part) for part in parts) + PAUSE


def _spaced(text: str) -> str:
    """Return what is said of a text: a blank between equal letters."""
    return "".join(c + "_" * (text[at + 1 : at + 2] == c) for at, c in enumerate(text))


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    sure = replace(level_recogniser(), logits=_sure)
    for place in (module, align):
        monkeypatch.setattr(place, "open_recogniser", lambda model, **_: sure)


def _sure(samples: Samples) -> Logits:
    """Return logits of which a wrong letter costs 20 rather than 5: there are but two letters."""
    return 4 * level_logits(samples)


def _pair(folder: Path, said: str, text: str) -> Pair:
    (folder / "talk.txt").write_text(text, encoding="utf-8")
    return Pair(level_clip(folder / "talk.wav", said), folder / "talk.txt")


def _written(text: str) -> str:
    return text.replace("|", " ")


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_said_is_kept_and_the_rest_is_listed(tmp_path: Path) -> None:
    pair = _pair(
        tmp_path, _said(ONE, TWO, THREE), f"{_written(ONE)}.\n{UNSAID}\n{_written(THREE)}!\n"
    )
    found = cut("levels", [pair], tmp_path / "corpus")
    one, three = _rows(tmp_path / "corpus" / "manifest.jsonl")
    assert one == {
        "audio_filepath": "../talk.wav",
        # Ten blanks before it, of which a quarter of a second, 12 frames, belongs to it.
        "offset": (30 - 12) * 0.02,
        "duration": round((3 * len(_spaced(ONE)) + 24) * 0.02, 6),
        "text": _written(ONE) + ".",
        "score": 0.0,
        "line": 1,
        "recording": "talk.wav",
    }
    assert (three["text"], three["line"]) == (_written(THREE) + "!", 3)
    text, sound = sorted(_rows(tmp_path / "corpus" / "left-out.jsonl"), key=lambda r: r["reason"])
    start = 60 + 3 * len(_spaced(ONE))
    end = start + 3 * len(_spaced(TWO))
    assert (text["reason"], text["line"]) == ("not found", 2)
    assert (sound["reason"], sound["start"], sound["end"]) == (
        "not in the text",
        start / 50,
        end / 50,
    )
    assert (found.sentences, found.kept_sentences, found.stretches, found.sounds) == (3, 2, 2, 1)


def test_prepare_reads_the_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = _pair(tmp_path, _said(ONE, TWO), f"{_written(ONE)}. {_written(TWO)}.")
    command = ["cut", "levels", str(pair.audio), str(pair.text), "--output"]
    assert main([*command, str(tmp_path / "places"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stretches"] == 2
    assert main([*command, str(tmp_path / "clips"), "--clips"]) == 0
    heard = soundfile.read(tmp_path / "clips" / "clips" / "000-00001.wav")[0]
    row = _rows(tmp_path / "places" / "manifest.jsonl")[1]
    first = round(row["offset"] * 16_000)
    samples = level_samples(_said(ONE, TWO))[first : first + round(row["duration"] * 16_000)]
    np.testing.assert_allclose(heard, samples, atol=1e-4)
    for name, outside in (("places", True), ("clips", False)):
        table = tmp_path / name / "manifest.jsonl"
        rows = list(read_table(table, "jsonl", tmp_path / name, TextFiles(), allow_outside=outside))
        assert [row.fault for row in rows] == [None, None]
        assert [row.text for row in rows] == [_written(ONE) + ".", _written(TWO) + "."]
        assert all(row.audio.is_file() for row in rows)
        assert (rows[0].start is None) == (name == "clips")
        place = rows[1].columns.get("recording_offset")
        assert place == (json.dumps(row["offset"]) if name == "clips" else None)


def test_recordings_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """By as many folders as it takes; a name that one recording alone has stays as it is."""
    pairs = []
    for name in ("a/ch1/talk", "a/ch2/talk", "b/ch1/talk", "talk", "b/ch1/other"):
        audio = level_clip(tmp_path / f"{name}.wav", _said(ONE))
        audio.with_suffix(".txt").write_text(_written(ONE), encoding="utf-8")
        pairs.append(Pair(audio, audio.with_suffix(".txt")))
    cut("levels", [*pairs, pairs[0]], tmp_path / "corpus", clips=True)
    assert [row["recording"] for row in _rows(tmp_path / "corpus" / "manifest.jsonl")] == [
        "a/ch1/talk.wav",
        "a/ch2/talk.wav",
        "b/ch1/talk.wav",
        f"{tmp_path.parent.name}/{tmp_path.name}/talk.wav",
        "other.wav",
        "a/ch1/talk.wav",
    ]


@pytest.mark.parametrize("clips", [False, True])
def test_names_need_not_be_utf8(tmp_path: Path, *, clips: bool) -> None:
    (tmp_path / "talk.txt").write_text(f"{_written(ONE)}.\n{UNSAID}", encoding="utf-8")
    audio = tmp_path / os.fsdecode(b"gr\xfcn.wav")
    level_clip(tmp_path / "talk.wav", _said(ONE)).rename(audio)
    folder = tmp_path / "corpus"
    told: list[str] = []
    pair = Pair(audio, tmp_path / "talk.txt")
    cut("levels", [pair], folder, clips=clips, warn=told.append)
    [row] = read_table(folder / "manifest.jsonl", "jsonl", folder, TextFiles(), allow_outside=True)
    assert (row.fault is None) == clips == (not told)
    [stretch] = _rows(folder / "manifest.jsonl")
    assert (folder / stretch["audio_filepath"]).is_file()
    assert [Path(left["audio"]) for left in _rows(folder / "left-out.jsonl")] == [audio]


def test_a_folder_of_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        level_clip(tmp_path / f"{name}.wav", _said(ONE))
        (tmp_path / f"{name}.txt").write_text(_written(ONE), encoding="utf-8")
    level_clip(tmp_path / "c.wav", "ab")
    level_clip(tmp_path / "d.wav", _said(ONE))
    (tmp_path / "d.txt").write_text("ööö", encoding="utf-8")
    told: list[str] = []
    pairs = pairs_in(tmp_path, told.append)
    assert [pair.audio.name for pair in pairs] == ["a.wav", "b.wav", "d.wav"]
    assert told == [f"{tmp_path / 'c.wav'}: no partner of the same name, left out"]
    for name in ("e", "f"):
        shutil.copy(tmp_path / "a.wav", tmp_path / f"{name}.wav")
        (tmp_path / f"{name}.txt").write_bytes(b"ab")
    (tmp_path / "e.wav").write_bytes(b"RIFF and nothing else")
    (tmp_path / "f.txt").write_bytes(bytes(range(128, 256)))
    told.clear()
    pairs = pairs_in(tmp_path, told.append)
    found = cut("levels", pairs, tmp_path / "corpus", warn=told.append)
    assert (found.recordings, found.failed, found.stretches) == (2, 3, 2)
    assert "d.txt: the model has no token for 'ö'" in told[1]
    assert ["e.wav" in told[2], "f.txt: not UTF-8" in told[3]] == [True, True]
    assert main(["cut", "levels", str(tmp_path), "--output", str(tmp_path / "again")]) == 2
    said = capsys.readouterr()
    assert "2 stretches with 2 of 2 sentences" in " ".join(said.out.split())
    assert "error: 3 of 5 recordings could not be cut; each is named above and in" in said.err
    assert (tmp_path / "again/manifest.jsonl").read_bytes() == (
        tmp_path / "corpus/manifest.jsonl"
    ).read_bytes()


@pytest.mark.parametrize(
    ("said", "text", "expected"),
    [
        (_said(ONE), " \n", "the text has no word in it"),
        (_said(ONE), "größe 20", "the model has no token for"),
        (PAUSE, _written(ONE), "hardly a sentence of it is said"),
        ("", _written(ONE), "hardly a sentence of it is said"),
        (_said(ONE), "aaaaaa bbbbbb aaaaaa", "hardly a sentence of it is said"),
        (_said("ab"), "ab", "nothing was found that could be kept"),
    ],
)
def test_texts_that_cannot_be_used(tmp_path: Path, said: str, text: str, expected: str) -> None:
    with pytest.raises(MalgwiError, match=expected):
        cut("levels", [_pair(tmp_path, said, text)], tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_a_text_far_too_long_and_numbers(tmp_path: Path) -> None:
    text = "\n".join(["bbb bbb bbb", "20 b"] * 30 + [_written(ONE)] + ["aaaa aaaa"] * 60)
    found = cut("levels", [_pair(tmp_path, _said(ONE), text)], tmp_path / "corpus")
    assert (found.sentences, found.kept_sentences) == (121, 1)
    reasons = {row["reason"] for row in _rows(tmp_path / "corpus" / "left-out.jsonl")}
    assert reasons == {"not found", "the model has no token for 02"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["{wav}", "--output", "{out}"], "cut needs the text of the recording"),
        (["{folder}", "{txt}", "--output", "{out}"], "is a folder, whose texts have the names"),
        (["{empty}", "--output", "{out}"], "no recording with a text of its name in it"),
        (["{wav}", "{txt}", "--output", "{folder}"], "is a folder that holds other things"),
    ],
)
def test_command_lines_that_are_refused(
    tmp_path: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = _pair(tmp_path, _said(ONE), _written(ONE))
    (tmp_path / "empty").mkdir()
    places = {
        "wav": pair.audio,
        "txt": pair.text,
        "folder": tmp_path,
        "out": tmp_path / "out",
        "empty": tmp_path / "empty",
    }
    assert main(["cut", "levels", *(word.format(**places) for word in words)]) == 2
    assert expected in capsys.readouterr().err


def test_wrong_anchors_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from malgwi.decoding.anchors import Anchor
    from malgwi.recognition import locate as place

    logits = _sure(level_samples(_said(ONE, TWO)))
    right = locate(logits, VOCAB, _written(TWO)).places
    assert right[0] is not None
    monkeypatch.setattr(place, "anchors", lambda *_: [Anchor(2, 90)])  # in what ONE says
    assert locate(logits, VOCAB, _written(TWO)).places == right


def test_align_warns_of_both(tmp_path: Path) -> None:
    pair = _pair(tmp_path, _said(ONE, TWO, THREE), "")
    told: list[str] = []
    text = f"{_written(ONE)}.\n{UNSAID}\n{_written(THREE)}!"
    align.align_file("levels", pair.audio, text, warn=told.append)
    assert "1 of 3 sentences don't seem to be said, the first in line 2 ('bbb bbb" in told[-2]
    assert "1 stretches of speech don't seem to be in the text, the first from" in told[-1]
    told.clear()
    align.align_file("levels", pair.audio, _written(f"{ONE}.\n{TWO}.\n{THREE}."), warn=told.append)
    assert told == []


def test_a_sentence_with_two_pauses_within_is_found() -> None:
    pause = certain(1, VOCAB, 2), certain(1, VOCAB, VOCAB.blank)
    ab = level_logits(level_samples("ab"))
    said = np.concatenate([ab, *pause, *pause, ab, *pause])
    [place] = locate(said, VOCAB, "ab ab").places
    assert place is not None
    # One delimiter is the space, the other may as well be blank.
    assert (place.start_frame, place.end_frame, place.score) == (0, 2 * len(ab) + 4, 0.0)


def test_a_letter_is_not_taken_from_behind_the_pause() -> None:
    """The b is hardly heard, 3 below an a; behind a segment's end something sounds like a b.

    By then 41 frames are still, of which 26 cost 0.3 each: 7.8. The b here costs 1, and what sounds
    like it 1.5 a frame.
    """
    a, b = (level_logits(level_samples(letter)) for letter in "ab")
    weak = b.copy()
    weak[:, VOCAB.encode("a")[0]] = b.max(axis=1) + 3.0 / len(b)
    pause = np.concatenate([certain(1, VOCAB, 2), certain(40, VOCAB, VOCAB.blank)])
    [place] = locate(np.concatenate([a, weak, pause, b, pause]), VOCAB, "ab").places
    assert place is not None
    assert (place.start_frame, place.end_frame) == (0, len(a) + len(b))
