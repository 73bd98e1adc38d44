"""A round reads recordings outside of its project where they were chosen, and no others."""

import json
from pathlib import Path

import pytest

from malgwi.studio.work import Work
from studios import added, bursts, opened


class _PreparedError(Exception):
    """The first step was reached."""


def prepared(work: Work, _: str, *words: str | Path) -> None:
    raise _PreparedError(*words)


def test_a_round_prepares_what_was_chosen_outside_and_refuses_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project"
    with opened(folder):
        added(folder, bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3))
    (folder / "jobs/0001").mkdir()
    asked = {"kind": "round", "options": {"minutes": 1, "start": "starter"}}
    (folder / "jobs/0001/job.json").write_text(json.dumps(asked))
    monkeypatch.setattr(Work, "step", prepared)
    monkeypatch.setattr("malgwi.studio.work.signal.signal", lambda *_: None)
    with pytest.raises(_PreparedError) as reached:
        Work(folder, "0001", 0).run()
    assert "--allow-outside" in reached.value.args
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another-machine"))
    Work(folder, "0001", 0).run()
    ended = json.loads((folder / "jobs/0001/ended.json").read_text())
    assert ended["state"] == "failed"
    assert "nobody chose that on this machine" in ended["error"]
