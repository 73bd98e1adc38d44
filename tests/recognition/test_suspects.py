"""Transcripts that don't fit their recordings: suspects.py, and `malgwi prepare --check-with`."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from any_order import DIED, backwards
from level_model import level_clip, level_dataset, level_recogniser
from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset
from malgwi.recognition import recognise
from malgwi.recognition.suspects import Passage, Ranking, print_ranking, rank

ROWS = [
    ("right", "amy", "_ab|ba|_ab|ba|_ab|ba_", "ab ba ab ba ab ba"),
    ("other", "amy", "_ab|ba|_ab|ba|_ab|ba_", "bb aa bb aa bb aa"),
    ("one word", "zoe", "_ab|ba|_ab|ba|_ab|ba_", "ab ba ab ba ab aa"),
    ("too little", "zoe", "_ab|ba|_ab|ba|_ab|ba_", "ab ba"),
    ("letters", "zoe", "_ab|ba_", "ab cd"),
    ("lost", "amy", "", "ab ba"),
]


@pytest.fixture
def ranking(tmp_path: Path) -> Ranking:
    utterances = load_dataset(level_dataset(tmp_path / "data", ROWS)).split("test")
    return rank(level_recogniser(), utterances)


def test_the_worst_stand_first(ranking: Ranking) -> None:
    assert [clip.id for clip in ranking.clips] == ["too little", "other", "one word", "right"]
    scores = [clip.score for clip in ranking.clips]
    assert scores == sorted(scores)
    # "ba" for "aa": the first a and a blank take three frames of b, 5 nats under it; 12 letters.
    assert scores[-2:] == [pytest.approx(-15 / 12 - 15 / 25), 0.0]


def test_where_it_fits_worst(ranking: Ranking) -> None:
    clip = next(clip for clip in ranking.clips if clip.id == "one word")
    # 20 characters of 60 ms; the last word is said from 1.08 to 1.20 s.
    assert clip.said.text == "ab ba ab ba ab aa"
    assert clip.said.part.endswith("aa")
    assert clip.said.before.startswith("ab ba")
    assert clip.heard.part.endswith("ba")
    assert clip.start_ms <= 1080
    assert clip.end_ms >= 1200
    short = next(clip for clip in ranking.clips if clip.id == "too little")
    assert short.heard.text == "ab ba ab ba ab ba"
    assert short.said.text == "ab ba"


def test_what_can_not_be_checked_is_named(ranking: Ranking) -> None:
    reasons = {clip.id: clip.reason for clip in ranking.unchecked}
    assert set(reasons) == {"letters", "lost"}
    assert "no token for 'cd'" in reasons["letters"]
    assert "no such file" in reasons["lost"]


def test_elsewhere_the_ranking_is_the_same(tmp_path: Path, ranking: Ranking) -> None:
    """One that its process dies at is named, and the others of its recording are checked."""
    utterances = load_dataset(tmp_path / "data").split("test")
    assert rank(level_recogniser(), utterances, backwards(level_recogniser())) == ranking
    first, second, third, *_ = utterances
    several = [first, replace(second, audio=first.audio), third]
    found = rank(level_recogniser(), several, backwards(level_recogniser(), first.audio.name))
    assert [clip.id for clip in found.clips] == ["one word"]
    why = f"{first.audio}: {DIED}"
    assert [(clip.id, clip.reason) for clip in found.unchecked] == [("right", why), ("other", why)]


def test_json(ranking: Ranking) -> None:
    made = json.loads(json.dumps(ranking.to_json()))
    assert made["model"] == "levels"
    assert [set(clip) for clip in made["clips"]] == [
        {"id", "split", "score", "start_ms", "end_ms", "said", "heard", "text", "heard_text"}
    ] * 4
    assert made["clips"][1]["text"] == "bb aa bb aa bb aa"
    assert made["clips"][1]["heard_text"] == "ab ba ab ba ab ba"
    assert [clip["id"] for clip in made["unchecked"]] == ["letters", "lost"]


def test_passages() -> None:
    assert Passage("a", "", "b").text == "a b"
    assert Passage("", "a b", "").text == "a b"
    assert Passage("", "", "").text == ""


def test_printed(ranking: Ranking) -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    print_ranking(ranking, console)
    text = console.export_text()
    assert "heard by levels: 0 is best, half of the clips reach" in text
    assert text.index("other") < text.index("one word")
    assert "not checked: letters: the model has no token for 'cd'" in text
    print_ranking(Ranking("levels", (), ranking.unchecked), console)  # nothing to rank


def _corpus(folder: Path) -> Path:
    rows = []
    spellings = ("_ab|ba_", "_a|b_", "_ba|ab_", "_b|a_", "_ab|a_", "_a|ba_", "_b|b_", "_a|a_")
    for number, spelling in enumerate(spellings):
        text = spelling.strip("_").replace("|", " ")
        rows.append((f"{number}.wav", text, spelling))
    rows[2] = ("2.wav", "ab ba ab", rows[2][2])
    for name, _, spelling in rows:
        level_clip(folder / name, spelling)
    lines = ["file_name,transcription", *(f"{name},{text}" for name, text, _ in rows)]
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_prepare_writes_the_ranking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recognise, "open_recogniser", lambda *_, **__: level_recogniser())
    source, out = _corpus(tmp_path / "corpus"), tmp_path / "out"
    assert main(["prepare", str(source), "--output", str(out), "--check-with", "levels"]) == 0
    assert f"Open {out / 'suspects.html'}" in capsys.readouterr().out.replace("\n", "")
    made = json.loads((out / "suspects.json").read_text())
    assert made["clips"][0]["text"] == "ab ba ab"
    assert len(made["clips"]) == len(load_dataset(out).utterances) == 8
    page = (out / "suspects.html").read_text(encoding="utf-8")
    assert page.count("<article") == 8
    assert page.index('data-id="2"') < page.index('data-id="1"')
    assert 'data-from="' in page


def test_a_model_that_is_not_there_costs_no_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = _corpus(tmp_path / "corpus"), tmp_path / "out"
    absent = str(tmp_path / "absent.malgwi")
    assert main(["prepare", str(source), "--output", str(out), "--check-with", absent]) == 2
    assert "absent.malgwi" in capsys.readouterr().err
    assert not out.exists()
