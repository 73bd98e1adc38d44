"""Parts of an evaluation, joined, are what one run writes, but for the time that it took."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from any_order import DIED, backwards
from level_model import level_dataset, level_recogniser
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import by_recording
from malgwi.decoding.search import DEFAULT
from malgwi.errors import MalgwiError
from malgwi.evaluation import evaluate as module
from malgwi.evaluation.evaluate import evaluate
from malgwi.evaluation.evaluate_part import evaluate_part, hear_part, join_evaluation
from malgwi.job_array import Part, join
from malgwi.speech.audio import Samples

ROWS = [
    ("right", "amy", "_ab|ba_", "ab ba"),
    ("half", "zoe", "_ab|b_", "ab ba"),
    ("lost", "amy", "", "a"),
    ("loud", "zoe", "_a|b|a_", "A, b!"),
    ("noise", "amy", "_a_", "a"),
]


def _hears(samples: Samples) -> bool:
    return len(samples) > 3_000


OURS = replace(level_recogniser(), is_speech=_hears)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is short is taken for no speech, so that there is a warning over all clips.

    Another is that the model spells by other rules.
    """
    monkeypatch.setattr(module, "open_recogniser", lambda model, **_: OURS)
    monkeypatch.chdir(tmp_path)
    folder = level_dataset(Path("data"), ROWS)
    rules = {"version": 2, "language": "az"}
    (folder / "dataset.json").write_text(json.dumps({"unit": "character", "normalisation": rules}))
    return folder


def _part(data: Path, number: int, of: int = 3) -> None:
    try:
        evaluate_part("levels", data, Part(number, of), output=Path("out"))
    except MalgwiError as error:
        if "clips can't be read" not in str(error):
            raise


def _written(folder: str) -> Iterator[object]:
    for name in ("results.json", "utterances.csv", "utterances.json"):
        content = Path(folder, name).read_bytes()
        if name == "results.json":
            found = json.loads(content)
            assert found.pop("seconds") >= 0
            assert found.pop("real_time_factor") >= 0
            yield json.dumps(found)
        else:
            yield content


def test_joined_parts_are_what_one_run_writes(data: Path) -> None:
    for number in (3, 1, 2):
        _part(data, number)
    joined = join_evaluation(Path("out"), join(Path("out")))
    alone = evaluate("levels", data, output=Path("one"))
    assert list(_written("out")) == list(_written("one"))
    assert [u.id for u in alone.unreadable] == ["lost"]
    assert "levels and data were normalised otherwise" in alone.warnings[0]
    assert "words are missing in 1 of 4 clips, the first noise" in alone.warnings[1]
    assert replace(joined, seconds=0.0) == replace(alone, seconds=0.0)
    assert not Path("out.parts").exists()


def test_a_part_with_clips_that_cannot_be_read_says_so_and_tries_again(data: Path) -> None:
    with pytest.raises(MalgwiError, match=r"part 1/1: 1 of 5 clips can't be read, the first lost"):
        evaluate_part("levels", data, Part(1, 1), output=Path("out"))
    lines = Path("out.parts/1-of-1.jsonl").read_text().splitlines()
    _part(data, 1, 1)
    again = Path("out.parts/1-of-1.jsonl").read_text().splitlines()
    assert again[: len(lines)] == lines
    assert len(again) == len(lines) + 1  # `lost` alone


def test_what_is_heard_elsewhere_is_the_same(data: Path) -> None:
    """Clips at which a process dies are named, and tried again by the next run."""
    asked: dict[str, Any] = {"split": "test", "output": Path("out"), "limit": None, "threads": None}
    asked |= {"search": DEFAULT, "replace": False}
    deadly = backwards(OURS, "clip1.wav")
    total, broken = hear_part("levels", data, Part(1, 1), **asked, each=deadly)
    clip = load_dataset(data).utterances[1].audio
    assert total == len(ROWS)
    assert [one["id"] for one in broken] == ["half", "lost"]
    assert broken[0]["unreadable"] == f"{clip}: {DIED}"
    before = len(Path("out.parts/1-of-1.jsonl").read_text().splitlines())
    hear_part("levels", data, Part(1, 1), **asked, each=backwards(OURS))
    assert len(Path("out.parts/1-of-1.jsonl").read_text().splitlines()) == before + 2
    join_evaluation(Path("out"), join(Path("out")))
    evaluate("levels", data, output=Path("one"))
    assert list(_written("out")) == list(_written("one"))


def test_a_place_that_is_taken_is_told_before_and_replaced_when_asked(data: Path) -> None:
    evaluate("levels", data, output=Path("out"))
    with pytest.raises(MalgwiError, match="out: already holds a result"):
        _part(data, 1)
    with pytest.raises(MalgwiError, match="1 of 1 clips can't be read, the first lost"):
        evaluate_part("levels", data, Part(5, 5), output=Path("out"), replace=True)
    for number in range(1, 5):
        evaluate_part("levels", data, Part(number, 5), output=Path("out"), replace=True)
    with pytest.raises(MalgwiError, match="out: already holds a result"):
        join_evaluation(Path("out"), join(Path("out")))
    join_evaluation(Path("out"), join(Path("out")), replace=True)


def test_what_follows_each_other_in_a_recording_stays_together(data: Path) -> None:
    a, b, c, *_ = load_dataset(data).utterances
    again = replace(a, audio=b.audio)
    assert by_recording([a, b, again, c, a]) == [[a], [b, again], [c], [a]]


def test_another_split_or_data_set_is_another_work(data: Path) -> None:
    _part(data, 1)
    head = json.loads(Path("out.parts/1-of-3.jsonl").read_text().splitlines()[0])
    assert head["work"]["facts"]["--split"] == "test"
    with pytest.raises(MalgwiError, match="--limit is None, expected 4 as of part 2/3"):
        evaluate_part("levels", data, Part(2, 3), output=Path("out"), limit=4)
    for name in ("manifest.jsonl", "vocab.json", "dataset.json"):
        content = (data / name).read_text()
        (data / name).write_text(f" {content}")
        with pytest.raises(MalgwiError, match=r"another work: data set is data \(SHA-256"):
            _part(data, 2)
        (data / name).write_text(content)


def test_no_clip_that_can_be_read_is_an_error(data: Path) -> None:
    for path in (data / "clips").iterdir():
        path.unlink()
    for number in (1, 2, 3):
        _part(data, number)
    with pytest.raises(MalgwiError, match="none of the 5 clips of split 'test' can be read"):
        join_evaluation(Path("out"), join(Path("out")))
    assert not Path("out").exists()
    assert len(list(Path("out.parts").iterdir())) == 3
