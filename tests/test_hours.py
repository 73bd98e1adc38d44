"""What more speech would bring."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from malgwi import hours
from malgwi.cli.main import main
from malgwi.dataset.manifest import MANIFEST, load_dataset, write_manifest
from malgwi.errors import GateError, MalgwiError
from malgwi.evaluation.more_speech import Learnt, rate
from malgwi.hours import SHARES, equal_config, learn_hours, plan_hours
from malgwi.speech.score import score_utterance
from malgwi.training.config import TrainConfig
from malgwi.training.outlook import Outlook
from malgwi.training.start import Start
from malgwi.training.train import TrainResult, train
from tiny import tiny_dataset, tiny_mms

CLIPS, HEARD = 40, 12
OUTLOOK = Outlook(
    steps=30,
    evaluations=4,
    cache_seconds=10.0,
    step_seconds=1.0,
    evaluation_seconds=5.0,
    memory=1,
    memory_there=2,
    parts=1,
    checkpointed=False,
    cache_bytes=0,
    run_bytes=1,
    disk_free=2,
)


@pytest.fixture
def beeps(tmp_path: Path) -> Path:
    """Forty clips to learn from, and twelve to score by."""
    return tiny_dataset(tmp_path / "beeps", CLIPS, HEARD)


def curve(*wrong: int) -> list[Learnt]:
    """Return the four runs on shares of eight hours, with so many of 100 letters wrong."""
    runs = []
    for share, many in zip(SHARES, wrong, strict=True):
        said = "a" * (100 - many) + "b" * many
        heard = [score_utterance("a" * 100, said, id=str(number)) for number in range(HEARD)]
        run = Learnt(share, 40, 8 * share, passes=8.0, utterances=tuple(heard))
        runs.append(rate(run, "CER"))
    return runs


def test_the_whole_of_it(
    beeps: Path, checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Random weights learn nothing in two steps, which is said."""
    output = tmp_path / "hours"
    words = ["hours", str(beeps), "--checkpoint", checkpoint, "--steps", "2"]
    words += ["--output", str(output)]
    assert main(words) == 0
    shown = capsys.readouterr()
    said = " ".join(shown.out.split())
    assert "What more speech would bring can't be told: the run on all clips has learnt" in said
    assert "4 runs of 2 steps, on 1/8, 1/4, 1/2, all of 40 clips" in shown.err
    assert sorted(path.name for path in output.iterdir() if path.suffix) == [
        "hours.json",
        "hours.png",
    ]
    assert (output / "hours.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads((output / "hours.json").read_text())
    assert (found["measure"], found["utterances"], found["steps"]) == ("CER", HEARD, 2)
    assert (found["more"], found["curve"]) == (None, [])
    assert [run["share"] for run in found["runs"]] == list(SHARES)
    many = [run["clips"] for run in found["runs"]]
    assert many == sorted(many)
    assert many[-1] == CLIPS
    assert all(run["rate"] > 0 for run in found["runs"])
    assert main(words) == 2
    assert f"{output}: " in capsys.readouterr().err  # nothing is replaced unasked


def test_what_falls_is_foretold(
    beeps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One hour more of eight: 24 errors become fewer, and an interval says how many."""
    monkeypatch.setattr(hours, "learn_shares", lambda *_, **__: curve(50, 40, 31, 24))
    output = tmp_path / "hours"
    words = ["hours", str(beeps), "--steps", "9", "--output", str(output)]
    assert main(words) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Another 1 h of the same kind would bring CER from 0.240 to between 0." in said
    assert "(80%), in runs of 9 steps" in said
    found = json.loads((output / "hours.json").read_text())
    more = found["more"]
    assert (more["hours"], more["level"]) == (1.0, 0.8)
    assert 0.19 < more["low"] < more["median"] < 0.24
    assert more["median"] < more["high"]
    assert found["why_not"] is None
    assert found["curve"][-1]["hours"] == pytest.approx(9)
    assert (output / "hours.png").stat().st_size > 10_000


def test_runs_learn_as_they_are_told(
    beeps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every run starts from the adapter and has LoRA's factors, and the sentence says so."""
    begun: list[TrainConfig] = []

    def watched(dataset: Path, run: Path, config: TrainConfig, **named: Any) -> TrainResult:
        begun.append(config)
        return train(dataset, run, config, **named)

    monkeypatch.setattr(hours, "train", watched)
    output, mms = tmp_path / "hours", tiny_mms(tmp_path / "mms")
    words = ["hours", str(beeps), "--checkpoint", str(mms), "--steps", "1"]
    words += ["--language-adapter", "kor", "--lora", "2", "--learning-rate", "1e-3"]
    assert main([*words, "--output", str(output)]) == 0
    assert "LoRA's factors of rank 2 and the head are trained" in capsys.readouterr().err
    told = [(one.language_adapter, one.lora, one.learning_rate) for one in begun]
    assert told == [("kor", 2, 1e-3)] * len(SHARES)
    found = json.loads((output / "hours.json").read_text())
    assert (found["checkpoint"], found["language_adapter"]) == (str(mms), "kor")
    assert (found["lora"], found["learning_rate"]) == (2, 1e-3)
    with pytest.raises(MalgwiError, match="'xyz': is none of its 4 languages"):
        learn_hours(beeps, tmp_path / "none", start=Start(str(mms), "xyz"), steps=1)
    monkeypatch.setattr(hours, "learn_shares", lambda *_, **__: curve(50, 40, 31, 24))
    text = learn_hours(beeps, tmp_path / "told", start=Start(str(mms), "kor", 2), steps=9).to_text()
    assert text.endswith("in runs of 9 steps (--language-adapter kor --lora 2).")


def test_no_more_is_told_of_than_there_is(
    beeps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours, "learn_shares", lambda *_, **__: curve(50, 40, 31, 24))
    found = learn_hours(beeps, tmp_path / "hours", steps=9, more=100)
    assert found.more is not None
    assert found.more.hours == pytest.approx(8)
    assert "Of 100 h more nothing can be told: that is more than there is." in found.to_text()


def test_a_run_that_diverges_costs_itself(
    beeps: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named by what the user knows, not by where it lay."""

    def diverges(dataset: Path, run: Path, *args: Any, **named: Any) -> TrainResult:
        if len(load_dataset(dataset).split("train")) == CLIPS:
            raise GateError(f"{run}: training diverged")
        return train(dataset, run, *args, **named)

    monkeypatch.setattr(hours, "train", diverges)
    found = learn_hours(beeps, tmp_path / "hours", start=Start(checkpoint), steps=1)
    assert [run.failed for run in found.runs] == [None, None, None, "the run: training diverged"]
    assert found.why_not == "the run on all clips has no figures (the run: training diverged)"
    with pytest.raises(MalgwiError, match=r"no run could be scored; the first: .*gone"):
        learn_hours(beeps, tmp_path / "none", start=Start(str(tmp_path / "gone")), steps=1)
    assert not (tmp_path / "none").exists()


def test_who_stops_it_keeps_what_there_is(
    beeps: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the steps of the second run, or before them; of the first one nothing is kept."""
    begun: list[Path] = []

    def stopped(dataset: Path, run: Path, *args: Any, **named: Any) -> TrainResult:
        result = train(dataset, run, *args, **named)
        begun.append(run)
        return replace(result, stopped="signal") if len(begun) == 2 else result

    def stopped_before(dataset: Path, run: Path, *args: Any, **named: Any) -> TrainResult:
        begun.append(run)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return train(dataset, run, *args, **named)

    for number, how in enumerate((stopped, stopped_before)):
        begun.clear()
        monkeypatch.setattr(hours, "train", how)
        output = tmp_path / f"hours{number}"
        found = learn_hours(beeps, output, start=Start(checkpoint), steps=1)
        assert [run.share for run in found.runs] == [1 / 8]
        assert found.why_not == "it was stopped before the run on all clips was done"
        assert (output / "hours.json").is_file()
        begun.append(output)  # the next one is stopped at once
        begun[:] = begun[:1]
        with pytest.raises(KeyboardInterrupt):
            learn_hours(beeps, tmp_path / "none", start=Start(checkpoint), steps=1)
    assert not (tmp_path / "none").exists()


def test_the_minutes_are_those_of_all_runs(
    beeps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter each. Caches once, and four times 30 s of steps and five evaluations of 5 s."""
    asked: list[TrainConfig] = []

    def tried(_data: Path, _run: Path, config: TrainConfig, *, checkpoint: str) -> Outlook:
        asked.append(config)
        assert checkpoint == "starter"
        return OUTLOOK

    monkeypatch.setattr(hours, "look_ahead", tried)
    plan = plan_hours(beeps, tmp_path / "hours", minutes=40)
    assert asked[0].fit_minutes == 10
    assert (plan.config.max_steps, plan.config.eval_every) == (30, 8)
    assert plan.config.fit_minutes is None
    assert plan.seconds == 10 + 4 * (30 + 5 * 5)
    assert "4 runs of 30 steps, on 1/8, 1/4, 1/2, all of 40 clips" in plan.to_text()
    assert "about 3:50\n" in plan.to_text()
    assert not (tmp_path / "hours").exists()


def test_steps_are_of_one_size(beeps: Path) -> None:
    """The least speech fills two steps, however short it is."""
    data = load_dataset(beeps)
    clips = data.split("train")
    seconds = sum(clip.duration for clip in clips)
    config = equal_config(clips, SHARES, start=Start(), seed=3)
    assert config.batch_seconds == pytest.approx(seconds / 16)
    assert config.seed == 3
    assert equal_config(clips, SHARES, start=Start(lora=8), seed=3) == replace(
        config, lora=8, freeze_cnn=True
    )
    assert replace(config, batch_seconds=None, seed=0, keep=2) == TrainConfig.starter()


def test_whose_speech_it_is(beeps: Path) -> None:
    data = load_dataset(beeps)

    def spoken(train_by: Sequence[str], valid_by: Sequence[str]) -> str:
        by = {"train": train_by, "valid": valid_by}
        utterances = tuple(
            replace(u, speaker=by[u.split][n % len(by[u.split])])
            for n, u in enumerate(data.utterances)
        )
        return hours._voices(replace(data, utterances=utterances))

    assert hours._voices(data) == "of the same kind"
    assert spoken(["A"], ["A"]) == "of the same voice and room"
    assert spoken(["A", "B"], ["A"]) == "of the same 2 voices and rooms"
    assert spoken(["A", "B"], ["C"]) == (
        "of the same 2 voices, which aren't those of the validation split,"
    )


def test_letters_are_counted_where_words_are_few(beeps: Path) -> None:
    data = load_dataset(beeps)
    (first, *_) = data.split("valid")
    few = [replace(first, text="bad cab")] * 499
    assert hours.measure_of(few, data) == "CER"
    assert hours.measure_of([*few, few[0]], data) == "WER"
    assert hours.measure_of([replace(first, text="字" * 30)] * 1000, data) == "CER"


def test_what_is_wrong_is_said_before_the_work(beeps: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "hours"
    for wrong, message in (
        ({"minutes": 0.0}, "--minutes 0: expected more than 0"),
        ({"minutes": math.nan}, "--minutes nan: expected more than 0"),
        ({"minutes": math.inf}, "--minutes inf: expected more than 0"),
        ({"steps": 0}, "--steps 0: expected 1 or more"),
        ({"more": 0.0}, "--more 0: expected hours above 0"),
        ({"more": math.nan}, "--more nan: expected hours above 0"),
    ):
        with pytest.raises(MalgwiError, match=message):
            learn_hours(beeps, output, **wrong)
    with pytest.raises(MalgwiError, match=r"'train' has 12 clips.* expected 40 or more"):
        learn_hours(data, output)
    whole = load_dataset(beeps)
    for many, message in ((0, "no split 'valid'"), (3, "'valid' has 3 clips.* expected 10")):
        kept = (*whole.split("train"), *whole.split("valid")[:many])
        write_manifest(beeps / MANIFEST, kept, beeps)
        with pytest.raises(MalgwiError, match=message):
            learn_hours(beeps, output, steps=1)
    assert not output.exists()
