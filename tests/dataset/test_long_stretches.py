"""Stretches that are too long, cut by what a function says of them: long_stretches.py."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from corpora import found, splits, write_clip, write_jsonl
from malgwi.dataset.long_stretches import CutPiece, Cutter, Division, Long, NotCut
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.dataset.sound import read_utterance
from malgwi.each import Advance
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples

SECOND = 16_000


def _halves(samples: Samples, text: str) -> Division:
    """Take 5 s and 6 s, 1 s apart, of the first two words, and leave out the rest."""
    first, second, *rest = text.split()
    return Division(
        (
            CutPiece(800, 800 + 5 * SECOND, first, -0.5),
            CutPiece(6 * SECOND, 12 * SECOND, second, -1.0),
        ),
        (
            NotCut(12 * SECOND, 13 * SECOND, "not found", " ".join(rest)),
            NotCut(12 * SECOND, 13 * SECOND, "not in the text", ""),
        ),
    )


def _corpus(folder: Path, *, longs: int = 1) -> Path:
    """Write one recording: stretches of a second, and then long ones of 61 s each."""
    folder.mkdir()
    length = 30 + 61 * longs
    noise = np.random.default_rng(0).normal(0, 0.1, length * SECOND)
    soundfile.write(folder / "talk.wav", noise, SECOND)
    rows: list[dict[str, object]] = [
        {"audio_filepath": "talk.wav", "start": i, "end": i + 0.9, "text": "one two"}
        for i in range(30)
    ]
    rows += [
        {
            "audio_filepath": "talk.wav",
            "start": 30.5 + 61 * i,
            "end": 91 + 61 * i,
            "text": "red green blue",
            "speaker": "",
            "mood": "glad",
        }
        for i in range(longs)
    ]
    return write_jsonl(folder / "manifest.jsonl", rows)


def _each(divide: Callable[[Samples, str], Division]) -> Cutter:
    """Return what divides one stretch after the other."""

    def cutter(long: Sequence[Long], advance: Advance) -> Iterator[Division | MalgwiError]:
        for one in long:
            try:
                yield divide(read_utterance(one.place), one.text)
            except MalgwiError as error:
                yield error
            advance(one.place.duration)

    return cutter


def _pieces(dataset: Path) -> list[Utterance]:
    return [u for u in load_dataset(dataset).utterances if "cut_from" in u.columns]


def test_pieces_are_stretches_of_the_recording_like_others(tmp_path: Path) -> None:
    heard: list[tuple[Samples, str]] = []

    def cutter(samples: Samples, text: str) -> Division:
        heard.append((samples, text))
        return _halves(samples, text)

    result = prepare(_corpus(tmp_path / "in"), tmp_path / "out", cutter=_each(cutter))
    [(sound, text)] = heard
    assert (len(sound), text) == (round(60.5 * SECOND), "red green blue")
    one, two = _pieces(tmp_path / "out")
    assert (one.id, two.id) == ("talk-30500-91000-30550-35550", "talk-30500-91000-36500-42500")
    assert (one.stretch.first, one.stretch.samples) == (round(30.55 * SECOND), 5 * SECOND)
    assert (two.stretch.first, two.stretch.samples) == (round(36.5 * SECOND), 6 * SECOND)
    assert one.columns == {
        "mood": "glad",
        "cut_from": "talk-30500-91000",
        "cut_score": "-0.500",
    }
    assert [(u.text, u.raw_text) for u in (one, two)] == [("red", "red"), ("green", "green")]
    # What the model heard is what a piece is, sample by sample.
    assert np.array_equal(read_utterance(one), sound[800 : 800 + 5 * SECOND])
    assert found(result, "cut") == {"talk-30500-91000": "60.5 s: 2 pieces with 11.0 s"}
    assert found(result, "not-cut") == {
        "talk-30500-91000-42500-43500": "not found: 'blue'; not in the text"
    }
    assert result.report.finding("too-long") is None
    assert result.report.totals["all"]["clips"] == 32
    assert result.report.set_aside == 1


def test_the_pieces_of_a_stretch_are_in_its_split_wherever_they_lie(tmp_path: Path) -> None:
    """Drawn by blocks of 30 s, pieces by themselves would be torn apart."""
    corpus = _corpus(tmp_path / "in", longs=20)

    def far(samples: Samples, text: str) -> Division:
        ends = (1, 20, 40, 59)
        words = text.split()
        return Division(
            tuple(CutPiece(s * SECOND, (s + 1) * SECOND, words[0], 0.0) for s in ends), ()
        )

    prepare(corpus, tmp_path / "far", cutter=_each(far))
    prepare(corpus, tmp_path / "near", cutter=_each(_halves))
    split_of: list[dict[str, str]] = []
    for name in ("far", "near"):
        by_stretch: dict[str, set[str]] = {}
        for piece in _pieces(tmp_path / name):
            by_stretch.setdefault(piece.columns["cut_from"], set()).add(piece.split)
        assert {len(drawn) for drawn in by_stretch.values()} == {1}
        split_of.append({stretch: drawn.pop() for stretch, drawn in by_stretch.items()})
    # Nor does it matter where they were cut.
    assert split_of[0] == split_of[1]
    assert set(split_of[0].values()) == {"train", "valid", "test"}


def test_a_split_of_the_corpus_is_that_of_the_pieces(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    for number, split in enumerate(("train", "dev", "test")):
        write_clip(tmp_path / f"in/{split}.wav", seconds=61, hz=300 + 50 * number)
        rows.append({"audio_filepath": f"{split}.wav", "text": "red green", "split": split})
    prepare(write_jsonl(tmp_path / "in/all.jsonl", rows), tmp_path / "out", cutter=_each(_halves))
    assert splits(tmp_path / "out") == {
        "train": ["train-50-5050", "train-6000-12000"],
        "valid": ["dev-50-5050", "dev-6000-12000"],
        "test": ["test-50-5050", "test-6000-12000"],
    }


def test_a_piece_that_another_utterance_shares_is_reported(tmp_path: Path) -> None:
    corpus = _corpus(tmp_path / "in")
    row = '{"audio_filepath": "talk.wav", "start": 35, "end": 36, "text": "x", "split": "test"}\n'
    corpus.write_text(corpus.read_text() + row, encoding="utf-8")
    result = prepare(corpus, tmp_path / "out", cutter=_each(_halves))
    leaks = found(result, "duplicate-across-splits")
    assert leaks == {"talk-30500-91000-30550-35550": "as talk-35000-36000 (test)"}


def test_what_cannot_be_cut_stays_too_long_and_says_why(tmp_path: Path) -> None:
    def refuses(samples: Samples, text: str) -> Division:
        raise MalgwiError("another text")

    corpus = _corpus(tmp_path / "in")
    result = prepare(corpus, tmp_path / "refused", cutter=_each(refuses))
    assert found(result, "too-long") == {"talk-30500-91000": "60.5 s; another text"}
    result = prepare(corpus, tmp_path / "empty", cutter=_each(lambda _, __: Division((), ())))
    assert found(result, "too-long") == {
        "talk-30500-91000": "60.5 s; no part of it has its own text between two pauses"
    }
    assert len(load_dataset(tmp_path / "empty").utterances) == 30


def test_without_a_model_nothing_is_guessed(tmp_path: Path) -> None:
    result = prepare(_corpus(tmp_path / "in"), tmp_path / "out")
    finding = result.report.finding("too-long")
    assert finding is not None
    assert finding.details == {"talk-30500-91000": "60.5 s"}
    assert "--cut-long MODEL" in finding.remedy


def test_a_piece_without_words_is_set_aside(tmp_path: Path) -> None:
    def cutter(samples: Samples, text: str) -> Division:
        return Division((CutPiece(0, SECOND, "?", 0.0), CutPiece(SECOND, SECOND * 3, "a", 0.0)), ())

    result = prepare(_corpus(tmp_path / "in"), tmp_path / "out", cutter=_each(cutter))
    assert found(result, "unspeakable") == {"talk-30500-91000-30500-31500": "'?'"}
    assert [piece.text for piece in _pieces(tmp_path / "out")] == ["a"]


@pytest.mark.parametrize("more", [0, 1])
def test_a_sample_over_a_minute_is_too_long(tmp_path: Path, more: int) -> None:
    corpus = _corpus(tmp_path / "in")
    end = 60 + more / SECOND
    row = f'{{"audio_filepath": "talk.wav", "start": 0, "end": {end}, "text": "x y"}}\n'
    corpus.write_text(row, encoding="utf-8")
    with pytest.raises(MalgwiError, match="1 usable utterances are too few"):
        prepare(corpus, tmp_path / "no", cutter=_each(_halves))
    for split in ("valid", "test"):
        write_clip(tmp_path / f"in/{split}.wav")
        clip = f'{{"audio_filepath": "{split}.wav", "text": "x", "split": "{split}"}}\n'
        corpus.write_text(corpus.read_text() + clip, encoding="utf-8")
    prepare(corpus, tmp_path / "out", cutter=_each(_halves))
    assert len(_pieces(tmp_path / "out")) == 2 * more
