"""A run is written beside its place until there is a state; only the main process writes."""

import json
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import WEIGHTS, Checkpoint
from malgwi.speech.frames import WAV2VEC2
from malgwi.training.config import TrainConfig
from malgwi.training.record import Record
from malgwi.training.run_folder import CURVE, RunFolder, open_run
from malgwi.training.state import Position, load_state
from tiny import tiny_model, tiny_vocab

RECORD = Record(TrainConfig(), {"device": "cpu", "selected_by": "WER"}, 4, 0.5, {"clip": "silent"})


@pytest.fixture(autouse=True, scope="module")
def no_curve() -> None:
    """Not here: the curve is one of the files of a run."""


def _checkpoint(bias: float = 0.0) -> Checkpoint:
    model = tiny_model()
    model.lm_head.bias.data.fill_(bias)
    return Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True)


def _write(folder: RunFolder) -> None:
    folder.metrics.add(step=1, loss=1.0)
    folder.write_best(_checkpoint())
    folder.write_state(RECORD, Position(step=1, best_wer=0.5, best_cer=0.25), {"weights": [1.0]})


def test_a_run_is_there_once_it_has_a_state(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with open_run(run, resume=False, replace=False, main=True) as folder:
        folder.write_best(_checkpoint())
        assert not folder.published
        assert not run.exists()
        _write(folder)
        assert folder.published
        assert json.loads((run / "train.json").read_text())["figures"]["status"] == "running"
        folder.metrics.add(step=2, loss=0.5)
        folder.end(RECORD, Position(step=2, train_seconds=2.0, audio_seconds=9.0), "finished")
    position, saved = load_state(run)
    assert (position.step, saved) == (1, {"weights": [1.0]})
    content = json.loads((run / "train.json").read_text())
    assert content["facts"] == {"device": "cpu", "selected_by": "WER"}
    assert content["set_aside"] == {"clip": "silent"}
    assert content["figures"] == {
        "status": "finished", "best_wer": None, "best_cer": None, "best_step": 0,
        "steps": 2, "total_steps": 4,
        "train_seconds": 2.0, "cache_seconds": 0.5, "audio_seconds": 9.0, "x_real_time": 4.5,
        "not_finite": 0, "skipped_steps": 0, "parts": 1, "checkpointed": False,
    }  # fmt: skip
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 2
    assert (run / CURVE).is_file()
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_what_fails_before_that_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with open_run(tmp_path / "run", resume=False, replace=False, main=True) as folder:
            folder.write_best(_checkpoint())
            folder.end(RECORD, Position(), "diverged")
            raise MalgwiError("diverged")

    with pytest.raises(MalgwiError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    for resume in (False, True):
        with open_run(tmp_path / "run", resume=resume, replace=False, main=False) as folder:
            _write(folder)
            folder.resume_metrics(Position())
            folder.write_best_beside_state(_checkpoint(), Position(best_wer=0.5, best_cer=0.25))
            folder.end(RECORD, Position(), "finished")
    assert list(tmp_path.iterdir()) == []


def test_best_weights_that_the_state_does_not_know_are_undone_by_resuming(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with open_run(run, resume=False, replace=False, main=True) as folder:
        _write(folder)
        known = (run / WEIGHTS).read_bytes()
        folder.write_best_beside_state(
            _checkpoint(bias=1.0), Position(step=2, best_wer=0.5, best_cer=0.25)
        )
        folder.end(RECORD, Position(step=2), "max-minutes")
    assert (run / WEIGHTS).read_bytes() != known
    with open_run(run, resume=True, replace=False, main=True) as folder:
        assert folder.published
        assert (run / WEIGHTS).read_bytes() == known
        folder.resume_metrics(Position(step=1, metrics=1))
        assert folder.metrics.rows == [{"step": 1, "loss": 1.0}]
        folder.metrics.close()
