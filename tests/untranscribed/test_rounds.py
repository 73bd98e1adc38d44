"""Rounds of learning from one's own labels: what is kept, what is gated, what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from malgwi.cli.main import main
from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.errors import GateError, MalgwiError
from malgwi.training.config import TrainConfig
from malgwi.training.train import TrainResult, train
from malgwi.untranscribed import rounds as rounds_module
from malgwi.untranscribed.labels import Ear, Heard
from malgwi.untranscribed.outcome import Also
from malgwi.untranscribed.rounds import train_also
from tiny import tiny_checkpoint, tiny_dataset

CONFIG = TrainConfig(max_steps=1, eval_every=1, batch_seconds=2, precision="fp32")


class Anything:
    """A detector that takes beeps for speech."""

    @staticmethod
    def hears_speech(_: Any) -> bool:
        return True


class Place:
    """Beeps with texts, beeps without, and a checkpoint."""

    def __init__(self, folder: Path) -> None:
        self.data = tiny_dataset(folder / "data")
        self.more = folder / "more"
        self.more.mkdir()
        self.run = folder / "run"
        self.checkpoint = str(tiny_checkpoint(folder / "checkpoint"))
        for number in range(3):
            samples, _ = soundfile.read(self.data / "audio" / f"clip0{number}.wav")
            samples = np.tile(samples, 4)[:24_000] * (0.5 + 0.1 * number)
            soundfile.write(self.more / f"{number}.wav", samples, 16_000, subtype="PCM_16")

    def words(self, *more: str) -> list[str]:
        words = ["train", str(self.data), "--output", str(self.run)]
        words += ["--checkpoint", self.checkpoint, "--also", str(self.more)]
        return [*words, "--max-steps", "1", "--precision", "fp32", *more]

    def also(self, *, resume: bool = False) -> Also:
        return train_also(
            self.data,
            self.run,
            CONFIG,
            folder=self.more,
            checkpoint=self.checkpoint,
            resume=resume,
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(rounds_module, "open_detector", Anything)
    nobody: Any = None
    ear = Ear(nobody, False, 0.5, 0.5, ConfidenceMap(1.0, 0.0), [Heard("v", "da", [0.5])])
    monkeypatch.setattr(rounds_module, "open_ear", lambda *_: ear)
    monkeypatch.setattr(rounds_module, "label", sure_of_all)
    return Place(tmp_path)


def sure_of_all(_: Ear, stretches: list[Utterance], *_args: Any) -> dict[str, Heard]:
    texts = {u.id: " ".join(["dad"] * round(2 * u.duration)) for u in stretches}
    return {name: Heard(name, text, [0.9]) for name, text in texts.items()}


def rated(
    monkeypatch: pytest.MonkeyPatch, *rates: float
) -> tuple[list[Dataset], Callable[..., TrainResult]]:
    """Let the runs measure these WERs, one after the other.

    Return what they learn from, and what trains them.
    """
    learnt: list[Dataset] = []

    def told(dataset: Path, run: Path, *args: Any, **named: Any) -> TrainResult:
        result = train(dataset, run, *args, **named, quiet=True)
        path = run / "train.json"
        record = json.loads(path.read_text())
        rate = rates[len(learnt)]
        record["figures"] |= {"best_wer": rate, "best_cer": rate}
        path.write_text(json.dumps(record))
        learnt.append(load_dataset(dataset))
        return result

    monkeypatch.setattr(rounds_module, "train", told)
    return learnt, told


def test_the_best_round_is_the_run(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learnt, _ = rated(monkeypatch, 0.5, 0.4, 0.45)
    assert main(place.words("--json")) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert (
        "helped: WER 0.400, CER 0.400 on valid; WER 0.500, CER 0.500 on valid without it"
        in shown.err
    )
    assert found["selected"] == 1
    assert [one["wer"] for one in found["rounds"]] == [0.5, 0.4, 0.45]
    assert [one["labels"] and one["labels"]["labelled_by"] for one in found["rounds"]] == [
        None,
        0,
        1,
    ]
    # The transcripts, and what was heard in the three recordings; never the validation split.
    transcribed = [u.id for u in load_dataset(place.data).split("train")]
    assert [u.id for u in learnt[0].split("train")] == transcribed
    assert [u.id for u in learnt[1].split("train")] == [
        *transcribed,
        "0.wav@0.00",
        "1.wav@0.00",
        "2.wav@0.00",
    ]
    assert learnt[1].split("train")[-1].text == "dad dad dad"
    assert all(data.split("valid") == learnt[0].split("valid") for data in learnt)
    record = json.loads((place.run / "train.json").read_text())
    assert record["also"] == found
    assert record["facts"]["dataset"] == str(place.data.resolve())
    assert record["also"]["speech"]["recordings"] == 3
    rows = [json.loads(line) for line in (place.run / "also.jsonl").read_text().splitlines()]
    assert [(row["id"], row["text"], row["confidence"]) for row in rows][:1] == [
        ("0.wav@0.00", "dad dad dad", "0.900")
    ]
    assert (place.run / rows[0]["audio_filepath"]).resolve() == place.more / "0.wav"
    assert not (place.run / "state").exists()
    assert sorted(p.name for p in place.run.parent.iterdir()) == [
        "checkpoint",
        "data",
        "more",
        "run",
    ]
    # It is done: nothing is left to go on with, and nothing is replaced unasked.
    assert main(place.words("--json", "--resume")) == 0
    assert json.loads(capsys.readouterr().out) == found
    assert main(place.words()) == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--learning-rate", "0.5"], "--learning-rate: the run has 0.0003, given 0.5"),
        (["--also-rounds", "3"], "--also-rounds: it has 2, given 3"),
        (["--also", "elsewhere"], "--also: it has "),
        (["--checkpoint", "starter"], "--checkpoint: it has "),
    ],
)
def test_what_is_done_was_not_made_with_others(
    place: Place, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert main(place.words()) == 0
    assert main(place.words("--resume", *more)) == 2
    assert f"run: can't go on with other settings ({said}" in capsys.readouterr().err


def test_what_is_done_was_not_learnt_from_another_data_set(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(place.words()) == 0
    place.data = tiny_dataset(tmp_path / "other", clips=13)
    assert main(place.words("--resume")) == 2
    assert "the data set (its manifest or vocabulary) changed" in capsys.readouterr().err


def test_what_does_not_measure_better_is_not_taken(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal is no better; and no second round is made of a worse first one."""
    learnt, _ = rated(monkeypatch, 0.5, 0.5)
    found = train_also(
        place.data, place.run, CONFIG, folder=place.more, checkpoint=place.checkpoint
    )
    assert (found.selected, len(found.rounds), len(learnt)) == (0, 2, 2)
    said = capsys.readouterr().err
    assert (
        "didn't help (WER 0.500, CER 0.500 on valid without it; WER 0.500, CER 0.500 with it)"
        in said
    )
    assert not (place.run / "also.jsonl").exists()
    figures = json.loads((place.run / "train.json").read_text())["figures"]
    assert figures["best_wer"] == 0.5


def test_labels_that_are_not_sure_leave_the_run_as_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learnt, _ = rated(monkeypatch, 0.5)

    def unsure(_: Ear, stretches: list[Utterance], *_args: Any) -> dict[str, Heard]:
        texts = {u.id: " ".join(["dad"] * round(2 * u.duration)) for u in stretches}
        return {name: Heard(name, text, [0.1]) for name, text in texts.items()}

    monkeypatch.setattr(rounds_module, "label", unsure)
    found = train_also(
        place.data, place.run, CONFIG, folder=place.more, checkpoint=place.checkpoint
    )
    assert (found.selected, len(found.rounds), len(learnt)) == (0, 1, 1)
    assert "no label was sure enough to learn from): this is the run" in capsys.readouterr().err


def test_a_round_that_diverges_costs_itself(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = rated(monkeypatch, 0.5)

    def diverges(dataset: Path, *args: Any, **named: Any) -> TrainResult:
        if dataset != place.data:
            raise GateError("diverged")
        return first(dataset, *args, **named)

    monkeypatch.setattr(rounds_module, "train", diverges)
    found = train_also(
        place.data, place.run, CONFIG, folder=place.more, checkpoint=place.checkpoint
    )
    assert (found.selected, found.rounds[1].failed) == (0, "diverged")
    assert "without it; diverged)" in found.to_text()


def test_a_round_that_fails_keeps_the_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt, told = rated(monkeypatch, 0.5, 0.4, 0.5)

    def full(dataset: Path, *args: Any, **named: Any) -> TrainResult:
        if dataset != place.data:
            raise MalgwiError("disk full")
        return told(dataset, *args, **named)

    monkeypatch.setattr(rounds_module, "train", full)
    with pytest.raises(MalgwiError, match=r"round 1 of --also: disk full. What was done is kept"):
        place.also()
    assert not place.run.exists()
    monkeypatch.setattr(rounds_module, "train", told)
    found = place.also(resume=True)
    assert (found.selected, len(learnt)) == (1, 3)


def test_who_stops_it_can_go_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, first = rated(monkeypatch, 0.5)
    monkeypatch.setattr(
        rounds_module, "train", lambda *a, **n: replace(first(*a, **n), stopped="signal")
    )
    assert main(place.words()) == 0
    assert "stopped; the same command with --resume goes on" in capsys.readouterr().err
    assert main(place.words()) == 2
    assert "run.also: is there, left by a command that was stopped" in capsys.readouterr().err
    monkeypatch.setattr(rounds_module, "train", train)
    without = place.words("--resume")
    del without[without.index("--also") : without.index("--also") + 2]
    assert main(without) == 2
    assert "was begun with untranscribed speech" in capsys.readouterr().err
    assert main(place.words("--resume")) == 0
    assert (place.run / "train.json").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--also-rounds", "0"], "--also-rounds 0: expected 1 or more"),
        (["--also-share", "1.5"], "--also-share 1.5: expected more than 0, at most 1"),
        (["--max-minutes", "3"], "--max-minutes: ends one run, and --also makes several"),
        (["--dry-run"], "--dry-run: tries one run, and --also makes several"),
        (["--resume"], "run: no train.json in it, so there is no run to resume"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(
    place: Place, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert main(place.words(*more)) == 2
    assert said in capsys.readouterr().err
    assert not place.run.exists()


def test_recordings_are_no_work_to_begin_anew(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """They may lie where the rounds would be kept."""
    place.more = place.more.rename(place.run.with_name("run.also"))
    for flags in ([], ["--replace"], ["--resume"]):
        assert main(place.words(*flags)) == 2
        assert sorted(path.name for path in place.more.iterdir()) == ["0.wav", "1.wav", "2.wav"]
    assert main(place.words("--replace")) == 2
    assert "run.also: holds other things" in capsys.readouterr().err
    without = place.words()
    del without[without.index("--also") : without.index("--also") + 2]
    assert main(without) == 0
    assert main([*without, "--resume"]) == 0


def test_its_options_need_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", str(place.data), "--output", str(place.run), "--also-rounds", "3"]
    assert main(words) == 2
    assert "--also-rounds: is of --also" in capsys.readouterr().err


def test_a_folder_without_speech_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Noise and tones, to the real detector; and no recordings at all. Nothing is trained."""
    monkeypatch.setattr(rounds_module, "train", None)
    place = Place(tmp_path)
    noise = 0.1 * np.random.default_rng(0).standard_normal(48_000)
    soundfile.write(place.more / "noise.wav", noise, 16_000)
    assert main(place.words()) == 2
    assert "more: no speech in it to learn from" in capsys.readouterr().err
    for path in place.more.iterdir():
        path.unlink()
    assert main(place.words()) == 2
    assert "more: no recording in it" in capsys.readouterr().err
    assert not place.run.exists()
