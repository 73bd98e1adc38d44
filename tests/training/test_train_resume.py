"""A run that was killed or stopped anywhere ends, resumed, as if nothing had happened."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.publish import publish_folder
from malgwi.training import evaluations, sparing, step_inputs
from malgwi.training import validate as validating
from malgwi.training.config import TrainConfig
from malgwi.training.state import load_state, random_states, set_random_states, states
from malgwi.training.stop import Stop
from malgwi.training.train import train
from places import TESTS
from tiny import tiny_checkpoint, tiny_dataset

KILLED = [
    "killed in a step",
    "killed before the first save",
    "killed in an evaluation",
    "killed while saving the state",
    "killed while saving the weights",
    "killed between weights and state",
    "killed while publishing",
]
STOPPED = [
    "terminated",
    "interrupted before the first evaluation",
    "interrupted in an evaluation",
    "out of time",
]
NOT_YET_THERE = {"killed before the first save", "killed while publishing"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("interrupted")
    data = tiny_dataset(folder / "data", valid=6)
    checkpoint = tiny_checkpoint(folder / "checkpoint")
    script = TESTS / "interrupted_runs.py"
    done = subprocess.run(
        [sys.executable, script, data, checkpoint, folder, "none", *KILLED, *STOPPED],
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_uninterrupted_run_is_one(outcomes: dict[str, Any]) -> None:
    found = outcomes["none"]
    assert found["codes"] == [0, 0]  # resuming a finished run changes nothing
    assert found["end"] == found["between"]
    assert found["end"]["step"] == 12
    assert [row[0] for row in found["end"]["metrics"] if row[2] is not None] == [4, 8, 12]
    assert found["end"]["best"][1] == 12  # so the weights of each evaluation are written


@pytest.mark.parametrize("scenario", KILLED + STOPPED)
def test_the_same_end(scenario: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[scenario]
    assert found["codes"] == [-9 if scenario in KILLED else 0, 0]
    assert found["there"] == (scenario not in NOT_YET_THERE)
    assert found["end"] == outcomes["none"]["end"]


@pytest.mark.parametrize("scenario", ["terminated", "out of time"])
def test_stopped_where_it_was(scenario: str, outcomes: dict[str, Any]) -> None:
    between = outcomes[scenario]["between"]
    assert between["step"] == 6
    evaluated = [row[0] for row in between["metrics"] if row[2] is not None]
    # Out of time, the last weights are scored once more; the state doesn't know of it.
    assert evaluated == ([4, 6] if scenario == "out of time" else [4])
    assert between["best"][1] == 4


def _small(tmp_path: Path) -> tuple[Path, Path, TrainConfig, str]:
    data = tiny_dataset(tmp_path / "data")
    checkpoint = str(tiny_checkpoint(tmp_path / "checkpoint"))
    config = TrainConfig(max_steps=2, eval_every=1, precision="fp32")
    run = tmp_path / "run"
    train(data, run, config, checkpoint=checkpoint, quiet=True)
    return data, run, config, checkpoint


def test_a_run_overtaken_by_another_goes_on_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tiny_dataset(tmp_path / "data")
    checkpoint = str(tiny_checkpoint(tmp_path / "checkpoint"))
    config = TrainConfig(max_steps=2, eval_every=1, precision="fp32")
    run = tmp_path / "run"
    validate = validating.validate

    def overtaken(*args: Any, **named: Any) -> Any:
        with publish_folder(run) as folder:
            (folder / "a").touch()
        return validate(*args, **named)

    monkeypatch.setattr(evaluations, "validate", overtaken)
    with pytest.raises(MalgwiError, match=r"the new result is whole and lies in .*run-2"):
        train(data, run, config, checkpoint=checkpoint, quiet=True)
    assert (run / "a").exists()
    monkeypatch.setattr(evaluations, "validate", validate)
    found = train(data, tmp_path / "run-2", config, resume=True, quiet=True)
    assert found.steps == 2


def test_what_cannot_be_resumed_says_why(tmp_path: Path) -> None:
    data, run, config, _ = _small(tmp_path)
    with pytest.raises(MalgwiError, match="no run to resume; start it without --resume"):
        train(data, tmp_path / "nothing", config, resume=True, quiet=True)
    other = replace(config, learning_rate=1e-3)
    with pytest.raises(MalgwiError, match=r"--learning-rate: the run has 0\.0003, given 0\.001"):
        train(data, run, other, resume=True, quiet=True)
    manifest = data / "manifest.jsonl"
    whole = manifest.read_text()
    manifest.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(MalgwiError, match="was trained on another data set"):
        train(data, run, config, resume=True, quiet=True)
    manifest.write_text(whole)
    for path in states(run):
        path.unlink()
    with pytest.raises(MalgwiError, match=r"no state to resume from .there is none."):
        train(data, run, config, resume=True, quiet=True)


def test_a_damaged_state_gives_way_to_the_one_before(tmp_path: Path) -> None:
    _, run, _, _ = _small(tmp_path)
    assert [p.name for p in states(run)] == ["00000001.pt", "00000002.pt"]
    states(run)[-1].write_bytes(b"not a state")
    assert load_state(run)[0].step == 1
    states(run)[0].write_bytes(b"")
    with pytest.raises(MalgwiError, match=r"no state to resume from .00000002\.pt: "):
        load_state(run)


def test_a_state_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    (tmp_path / "state").mkdir()
    torch.save({"position": Trap()}, tmp_path / "state" / "00000001.pt")
    with pytest.raises(MalgwiError, match="no state to resume from"):
        load_state(tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_random_states_are_put_back(tmp_path: Path) -> None:
    import random

    import numpy as np

    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.random()), float(torch.rand(()))  # noqa: S311

    random.gauss(0, 1)  # leaves a spare value behind
    torch.save(random_states(), tmp_path / "states.pt")
    first = draw()
    assert draw() != first
    set_random_states(torch.load(tmp_path / "states.pt", weights_only=True))
    assert draw() == first


LIMITED = """
import os, resource, sys
from pathlib import Path
from malgwi.training.config import TrainConfig
from malgwi.errors import MalgwiError
from malgwi.training.train import train
def limited(cache_gb: float, limit: int) -> int:
    config = TrainConfig(max_steps=4, eval_every=2, precision="fp32", cache_gb=cache_gb)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit,) * 2)
    try:
        train(Path(sys.argv[1]), Path(sys.argv[2]), config, checkpoint=sys.argv[3], quiet=True)
    except MalgwiError as error:
        print(error, flush=True)
        return error.exit_status
    return 0
for limits in ((1.0, 100), (0.0, 90_000)):
    if not (child := os.fork()):
        os._exit(limited(*limits))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""The libraries are imported once: a process for each limit, which can't be taken back."""


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """In the cache, and where there is none, in the first weights."""
    data = tiny_dataset(tmp_path / "data")
    checkpoint = tiny_checkpoint(tmp_path / "checkpoint")
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, data, run, checkpoint],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    cache, status, weights, other = done.stdout.splitlines()
    assert (status, other) == ("2", "2"), done.stderr
    assert "written" in cache
    assert "written" in weights
    assert "Traceback" not in done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"data", "checkpoint"}


def test_other_settings_are_answered_with_the_command_that_takes_them(tmp_path: Path) -> None:
    data, run = tiny_dataset(tmp_path / "data"), tmp_path / "a run"
    config = TrainConfig(max_steps=1, batch_seconds=4, precision="fp32")
    train(data, run, config, checkpoint=str(tiny_checkpoint(tmp_path / "c")), quiet=True)
    with pytest.raises(MalgwiError, match="--max-steps: the run has 1, given 2") as caught:
        train(data, run, replace(config, max_steps=2), resume=True, quiet=True)
    command = (
        f"malgwi train {data} --checkpoint '{run}' --output '{run}-2' --max-steps 2 "
        "--batch-seconds 4 --precision fp32"
    )
    assert str(caught.value).endswith(command)
    main(shlex.split(command)[1:])
    assert (tmp_path / "a run-2" / "train.json").is_file()


RESUMED = TrainConfig(
    epochs=2, batch_clips=2, eval_every=3, precision="fp32", unfreeze_cnn_after=0.4
)
"""Of 12 clips: 12 steps, of which those from the fifth on train the convolutions, too."""


def _stop_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a signal end the next run after so many steps."""
    reasons = iter([""] * step + ["signal"])
    monkeypatch.setattr(Stop, "reason", lambda _: next(reasons, ""))


def _ended(run: Path) -> dict[str, Any]:
    position, saved = load_state(run)
    return {"step": position.step, **{n: w.tolist() for n, w in saved["model"].items()}}


def test_a_run_does_not_go_on_without_clips_that_it_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, run = tiny_dataset(tmp_path / "data"), tmp_path / "run"
    checkpoint = str(tiny_checkpoint(tmp_path / "c"))
    train(data, tmp_path / "whole", RESUMED, checkpoint=checkpoint, quiet=True)
    _stop_at(3, monkeypatch)
    assert train(data, run, RESUMED, checkpoint=checkpoint, quiet=True).steps == 3
    audio = load_dataset(data).split("train")[0].audio
    audio.rename(tmp_path / "away.wav")
    with pytest.raises(MalgwiError, match=r"1 clips that it used can't be used .*clip00 .*no such"):
        train(data, run, RESUMED, resume=True, quiet=True)
    (tmp_path / "away.wav").rename(audio)
    assert train(data, run, RESUMED, resume=True, quiet=True).steps == 12
    assert _ended(run) == _ended(tmp_path / "whole")


@pytest.mark.parametrize("stopped", [3, 7])
def test_clips_that_a_run_set_aside_stay_so(
    stopped: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the convolutions are trained, nothing is cached and no file held against its hash."""
    data, run = tiny_dataset(tmp_path / "data"), tmp_path / "run"
    checkpoint = str(tiny_checkpoint(tmp_path / "c"))
    audio = load_dataset(data).split("train")[0].audio
    sound = audio.read_bytes()
    audio.write_bytes(sound + b"\0")  # another file than was prepared
    config = replace(RESUMED, max_steps=9)
    whole = train(data, tmp_path / "whole", config, checkpoint=checkpoint, quiet=True)
    assert list(whole.set_aside) == ["clip00"]
    _stop_at(stopped, monkeypatch)
    assert train(data, run, config, checkpoint=checkpoint, quiet=True).steps == stopped
    audio.write_bytes(sound)
    found = train(data, run, config, resume=True, quiet=True)
    assert dict(found.set_aside) == dict(whole.set_aside)
    assert _ended(run) == _ended(tmp_path / "whole")


def test_steps_keep_their_size_on_another_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default a step on a GPU has up to 640 s and one on a CPU 40: here 1 s and 16 s."""
    data, run = tiny_dataset(tmp_path / "data"), tmp_path / "run"
    checkpoint = str(tiny_checkpoint(tmp_path / "c"))
    config = TrainConfig(epochs=2, precision="fp32")
    monkeypatch.setattr(step_inputs, "default_seconds", lambda *_: 1.0)
    whole = train(data, tmp_path / "whole", config, checkpoint=checkpoint, quiet=True)
    assert whole.total_steps > 2
    _stop_at(2, monkeypatch)
    train(data, run, config, checkpoint=checkpoint, quiet=True)
    monkeypatch.setattr(step_inputs, "default_seconds", lambda *_: 16.0)
    assert train(data, run, config, resume=True, quiet=True).total_steps == whole.total_steps
    assert _ended(run) == _ended(tmp_path / "whole")


def test_a_run_begun_on_a_gpu_is_fitted_into_this_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There all clips of a step went at once; here they do so only where they fit."""
    data, run = tiny_dataset(tmp_path / "data"), tmp_path / "run"
    config = TrainConfig(max_steps=2, batch_clips=4, eval_every=2, precision="fp32")
    _stop_at(1, monkeypatch)
    train(data, run, config, checkpoint=str(tiny_checkpoint(tmp_path / "c")), quiet=True)
    assert load_state(run)[0].parts == 1
    monkeypatch.setattr(sparing, "free_memory", lambda _: 0)
    record = json.loads((run / "train.json").read_text())
    record["facts"]["device"] = "cuda"
    (run / "train.json").write_text(json.dumps(record))
    assert train(data, run, config, resume=True, quiet=True).steps == 2
    position = load_state(run)[0]
    assert (position.parts, position.checkpointed) == (4, True)
    assert json.loads((run / "train.json").read_text())["facts"]["device"] == "cpu"


def test_a_run_called_starter_is_not_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its layers are of another size: 16 numbers a frame."""
    monkeypatch.chdir(tmp_path)
    data, run = tiny_dataset(tmp_path / "data"), Path("starter")
    config = TrainConfig(max_steps=2, batch_seconds=4, precision="fp32")
    _stop_at(1, monkeypatch)
    train(data, run, config, checkpoint=str(tiny_checkpoint(tmp_path / "c")), quiet=True)
    with pytest.raises(MalgwiError, match=r"--checkpoint \./starter --output starter-2"):
        train(data, run, replace(config, max_steps=3), resume=True, quiet=True)
    assert train(data, run, config, resume=True, quiet=True).steps == 2
    assert load_checkpoint(run.absolute()).model.config.hidden_size == 16
