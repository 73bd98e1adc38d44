import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from errno import EIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bundles import level_bundle
from level_model import level_clip, level_dataset, level_recogniser
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.evaluation import evaluate as module
from malgwi.evaluation.evaluate import evaluate
from malgwi.evaluation.report import print_results
from malgwi.evaluation.results import check_complete
from malgwi.lm.kneser_ney import estimate
from malgwi.lm.lm_file import write_lm
from malgwi.recognition.recognise import Recogniser
from malgwi.speech.recording import Frames
from malgwi.speech.score import Counts
from malgwi.speech.text import Normalisation
from malgwi.speech.wav import WavReader

ROWS = [
    ("right", "amy", "_ab|ba_", "ab ba"),
    ("half", "zoe", "_ab|b_", "ab ba"),
    ("loud", "zoe", "_a|b|a_", "A, b!"),
]


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_recogniser", lambda model, **_: level_recogniser())


def test_figures_by_hand(tmp_path: Path) -> None:
    results = evaluate("levels", level_dataset(tmp_path / "data", ROWS))
    assert [u.hypothesis for u in results.utterances] == ["ab ba", "ab b", "a b a"]
    assert results.score.words == Counts(hits=5, substitutions=1, insertions=1)
    assert results.wer == pytest.approx(2 / 6)
    # "a" missing of 13 characters, " a" too much.
    assert results.score.characters == Counts(hits=12, deletions=1, insertions=2)
    assert results.cer == pytest.approx(3 / 13)
    assert results.cer_nospace == pytest.approx(2 / 10)
    low, high = results.wer_interval or (1.0, 0.0)
    assert 0 <= low <= results.wer <= high
    check_complete(results)


def test_both_sides_are_normalised(tmp_path: Path) -> None:
    results = evaluate(
        "levels", level_dataset(tmp_path / "data", [("x", "amy", "_a|b_", "A – B!")])
    )
    assert results.wer == 0
    assert results.utterances[0].reference == "a b"
    assert results.wer_interval is None


def test_words_that_may_be_in_what_is_taken_for_no_speech_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recogniser(shortest: int) -> Recogniser:
        return replace(level_recogniser(), is_speech=lambda samples: len(samples) > shortest)

    data = level_dataset(tmp_path / "data", [*ROWS, ("noise", "amy", "_a_", "")])
    # "_a_" has 2,960 samples, "_ab|b_" 5,840, the others more.
    for shortest, warnings in (
        (0, ()),
        (3_000, ()),  # of no words none is missing
        (
            6_000,
            (
                "words are missing in 1 of 4 clips, the first half, in which some sound was taken "
                "for no speech; --no-detector hears it",
            ),
        ),
    ):
        monkeypatch.setattr(module, "open_recogniser", lambda *_, s=shortest, **__: recogniser(s))
        assert evaluate("levels", data).warnings == warnings


def test_what_is_written(tmp_path: Path) -> None:
    results = evaluate("levels", level_dataset(tmp_path / "data", ROWS), output=tmp_path / "out")
    written = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert written == json.loads(json.dumps(results.to_json()))
    assert written["wer"] == pytest.approx(2 / 6)
    assert written["words"] == {
        "reference": 6,
        "hits": 5,
        "substitutions": 1,
        "deletions": 0,
        "insertions": 1,
    }
    assert written["speakers"]["zoe"]["wer"] == pytest.approx(2 / 4)
    assert written["worst"] == ["loud", "half"]
    assert {"reference": "ba", "hypothesis": "b", "times": 1} in written["confused_words"]
    # Seven words, each heard with 1 / (1 + 3 e^-5); five are right.
    sure = pytest.approx(0.9802, abs=1e-4)
    assert written["confidence"]["words"] == 7
    assert written["confidence"]["error"] == pytest.approx(0.9802 - 5 / 7, abs=1e-4)
    assert written["confidence"]["bins"] == [
        {"words": 7, "confidence": sure, "right": pytest.approx(5 / 7)}
    ]
    with (tmp_path / "out" / "utterances.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["id"] for row in table] == ["right", "half", "loud"]
    assert table[1]["alignment"] == "REF: ab ba\nHYP: ab b\n        S"
    rows = json.loads((tmp_path / "out" / "utterances.json").read_text("utf-8"))
    assert rows[2]["alignment"][-1] == ["insertion", "", "a"]
    with pytest.raises(MalgwiError, match="already holds a result"):
        evaluate("levels", tmp_path / "data", output=tmp_path / "out")
    evaluate("levels", tmp_path / "data", output=tmp_path / "out", replace=True)


def test_clips_that_cannot_be_read_are_named_and_counted(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", [*ROWS, ("lost", "amy", "", "a")])
    (tmp_path / "data" / "clips" / "clip1.wav").write_bytes(b"not audio")
    results = evaluate("levels", data, output=tmp_path / "out")
    assert [u.id for u in results.utterances] == ["right", "loud"]
    assert [u.id for u in results.unreadable] == ["half", "lost"]
    written = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert written["unreadable"][1]["id"] == "lost"
    assert "clip3.wav" in written["unreadable"][1]["reason"]
    with pytest.raises(MalgwiError, match=r"2 of 4 clips can't be read.*\(half, lost\)"):
        check_complete(results)


def test_a_disk_that_fails_at_a_clip_costs_that_clip_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = WavReader.frames

    def frames(*args: Any, **how: Any) -> Iterator[tuple[int, Frames]]:
        if args[1].name == "clip1.wav":
            raise OSError(EIO, "Input/output error")
        yield from whole(*args, **how)

    monkeypatch.setattr(WavReader, "frames", frames)
    data = level_dataset(tmp_path / "data", ROWS)
    results = evaluate("levels", data, output=tmp_path / "out", html=tmp_path / "page.html")
    assert [u.id for u in results.utterances] == ["right", "loud"]
    [clip] = results.unreadable
    assert clip.id == "half"
    assert clip.reason.endswith("clip1.wav: not readable (Input/output error)")
    # "ab ba" is right, "a b a" has a word more than "a b".
    assert results.score.words == Counts(hits=4, insertions=1)
    assert (tmp_path / "out" / "results.json").is_file()


def test_a_clip_that_became_shorter_is_in_none_of_the_figures(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", ROWS)
    level_clip(data / "clips" / "clip0.wav", "_")
    results = evaluate("levels", data)
    assert [u.id for u in results.unreadable] == ["right"]
    assert "has changed since the data set was prepared" in results.unreadable[0].reason


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", [("lost", "amy", "", "a")])
    with pytest.raises(MalgwiError, match="none of the 1 clips of split 'test' can be read"):
        evaluate("levels", data, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_clip_too_short_for_a_frame_counts_as_heard_empty(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", ROWS)
    import numpy as np
    import soundfile

    soundfile.write(data / "clips" / "clip0.wav", np.full(300, 0.2), 16_000)
    first, *others = (data / "manifest.jsonl").read_text().splitlines()
    first = json.dumps(json.loads(first) | {"samples": 300, "duration": 0.01875})
    (data / "manifest.jsonl").write_text("\n".join([first, *others]))
    results = evaluate("levels", data)
    assert results.utterances[0].words == Counts(deletions=2)
    assert len(results.warnings) == 1
    assert "clip0.wav: 300 samples" in results.warnings[0]


def test_limit(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", ROWS)
    assert len(evaluate("levels", data, limit=2).utterances) == 2
    with pytest.raises(MalgwiError, match="--limit 0: expected 1 or more"):
        evaluate("levels", data, limit=0)
    with pytest.raises(MalgwiError, match="no split 'valid'; it has test"):
        evaluate("levels", data, split="valid")


def test_the_printed_summary(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", [*ROWS, ("[lost]", "amy", "", "a")])
    out = io.StringIO()
    print_results(evaluate("levels", data), Console(file=out, width=120))
    text = out.getvalue()
    for expected in ("WER", "0.333", "0.231", "zoe", "loud  WER 0.50", "ba → b (1)", "∅ → a (1)"):
        assert expected in text
    assert "HYP: ab b" in text
    assert "not read: [lost]:" in text


def test_options_that_differ_are_told_in_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the data set, and those of an lm.bin that is searched with."""
    monkeypatch.undo()
    data = level_dataset(tmp_path / "data", [("1", "s", "_ab_", "ab")])
    (data / "dataset.json").write_text(
        json.dumps({"normalisation": Normalisation("az", "ʻ").to_json()})
    )
    bundle, lm = level_bundle(tmp_path / "x.malgwi"), tmp_path / "lm.bin"
    write_lm(replace(estimate([["ab"]], order=1), rules=Normalisation("tr")), lm)
    results = evaluate(bundle, data, search=Search(lm=lm))
    assert results.warnings == (
        f"{lm}: its text was normalised otherwise than the model's: --language tr; --language und",
        f"{bundle} and {data} were normalised otherwise: --language und; --language az "
        "--keep-letters 'ʻ'",
    )
    assert results.to_json()["warnings"] == list(results.warnings)
    console = Console(width=400, record=True)
    print_results(results, console)
    assert "warning: " + results.warnings[0] in console.export_text()
    plain = level_dataset(tmp_path / "plain", [("1", "s", "_ab_", "ab")])
    assert evaluate(bundle, plain).warnings == ()
