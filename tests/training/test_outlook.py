"""What a run will take, said beforehand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.training import clips, outlook
from malgwi.training.config import TrainConfig
from malgwi.training.fitting import Pace
from malgwi.training.outlook import Outlook, look_ahead
from malgwi.training.train import train
from tiny import tiny_checkpoint

CONFIG = TrainConfig(epochs=4, batch_clips=4, eval_every=5, precision="fp32")


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("changes", [{}, {"freeze_cnn": False, "ema": 0.9}, {"freeze_layers": 1}])
def test_it_is_the_run_and_leaves_nothing(
    changes: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    """12 clips in steps of 4, 4 times: 12 steps, evaluated after 5, 10 and 12."""
    checkpoint = str(tiny_checkpoint(tmp_path / "wide", intermediate_size=8192))
    config, before = replace(CONFIG, **changes), files(tmp_path)
    found = look_ahead(data, tmp_path / "run", config, checkpoint=checkpoint)
    assert files(tmp_path) == before
    assert (found.steps, found.evaluations) == (12, 3)
    assert found.step_seconds > 0
    assert found.evaluation_seconds > 0
    assert found.memory > 0
    assert found.memory_there > 0
    assert found.disk_free > 0
    train(data, tmp_path / "run", config, checkpoint=checkpoint, quiet=True)
    weights = (tmp_path / "run/model.safetensors").stat().st_size
    states = [path.stat().st_size for path in (tmp_path / "run/state").glob("*.pt")]
    assert len(states) == 2
    # 3 states while one is written, each with the names of its tensors.
    assert found.run_bytes == pytest.approx(weights + 3 * max(states), rel=0.05)
    cached = sum(path.stat().st_size for path in data.glob("cache/*/*.bin"))
    assert found.cache_bytes == pytest.approx(cached, rel=0.05)
    assert (found.cache_seconds > 0) == (cached > 0)


def test_caches_are_tried_as_the_run_fills_them(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an accelerator features are computed of many clips at once, which takes other seconds."""
    asked: list[Any] = []
    real = clips.computing

    def computing(*given: Any) -> Any:
        asked.append(given[2])
        return real(*given)

    monkeypatch.setattr(outlook, "computing", computing)
    assert look_ahead(data, tmp_path / "run", CONFIG, checkpoint=checkpoint).cache_seconds > 0
    assert len(asked) == 1
    monkeypatch.setattr(Accelerator, "device", torch.device("meta"))
    extractor, together = object(), object()
    monkeypatch.setattr(clips, "together", lambda *_: together)
    assert real(extractor, lambda _: None, Accelerator()) is together  # type: ignore[arg-type, return-value]


def test_what_fits_into_minutes(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 s, evaluations take 12: at 6 s each two, and 48 are left for steps of 6 s."""
    monkeypatch.setattr(outlook, "try_pace", lambda *_, **__: Pace(step=6.0, evaluation=6.0))
    config = replace(CONFIG, eval_every=None, fit_minutes=1.0)
    found = look_ahead(data, tmp_path / "run", config, checkpoint=checkpoint)
    assert (found.steps, found.evaluations) == (8, 2)
    assert found.seconds == pytest.approx(found.cache_seconds + 60)


def test_clips_that_cannot_be_read_are_named(data: Path, checkpoint: str, tmp_path: Path) -> None:
    for clip in data.glob("audio/*.wav"):
        clip.write_bytes(b"RIFF")
    with pytest.raises(MalgwiError, match=r"clip\d\d.wav: not readable as audio"):
        look_ahead(data, tmp_path / "run", CONFIG, checkpoint=checkpoint)


def test_a_trial_without_memory_ends_in_a_line(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(torch.autograd, "backward", fails)
    with pytest.raises(MalgwiError, match="--dry-run: out of memory: one clip at a time"):
        look_ahead(data, tmp_path / "run", CONFIG, checkpoint=checkpoint)


def test_the_command(
    data: Path, checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", str(data), "--output", str(tmp_path / "run"), "--checkpoint", checkpoint]
    words += ["--batch-clips", "4", "--epochs", "1", "--dry-run"]
    assert main(words) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "time",
        "memory",
        "disk",
    ]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 3
    assert main([*words, "--resume"]) == 2
    assert "--dry-run: is for a run that begins; leave out --resume" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_too_little_is_said() -> None:
    found = Outlook(
        steps=1000,
        evaluations=20,
        cache_seconds=90.0,
        step_seconds=3.6,
        evaluation_seconds=9.0,
        memory=9_100_000_000,
        memory_there=6_000_000_000,
        parts=8,
        checkpointed=True,
        cache_bytes=1_200_000_000,
        run_bytes=4_000_000,
        disk_free=900_000_000,
    )
    assert found.to_text() == (
        "time    about 1:04:30: 1:30 for caches, 1000 steps of 3.6 s, 20 evaluations of 9 s\n"
        "memory  about 9.1 GB of 6.0 GB that can be had; a step goes through in 8 parts; "
        "activations are computed twice  TOO LITTLE\n"
        "disk    1.2 GB for caches, up to 4 MB for the run, of 900 MB free  TOO LITTLE"
    )
