"""Jobs: done, failed, stopped, found again by another server, lost; one at a time.

A job that waits is one that transcribes a named pipe into which nobody has written yet. The tests
hold its other end, so that it ends by itself when they are killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bundles import level_bundle
from level_model import level_samples
from malgwi.bundle.golden import wav_bytes
from malgwi.studio.files import write_json
from malgwi.studio.jobs import ENDED, LOCK, Jobs
from malgwi.studio.refused import Refused

SPOKEN = wav_bytes(level_samples("_a_b_|_b_"))
START = """
import sys, time
from pathlib import Path
from malgwi.studio.jobs import Jobs
print(Jobs(Path(sys.argv[1])).start("transcribe", {"round": 1, "paths": [sys.argv[2]]}), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return level_bundle(tmp_path_factory.mktemp("bundle") / "levels.malgwi")


@pytest.fixture
def project(tmp_path: Path, bundle: Path) -> Iterator[Path]:
    folder = tmp_path / "project"
    made = folder / "rounds" / "0001"
    made.mkdir(parents=True)
    write_json(made / "round.json", {"number": 1})
    (made / bundle.name).write_bytes(bundle.read_bytes())
    yield folder
    jobs = Jobs(folder)
    for job in [job for job, state in jobs.states().items() if state == "running"]:
        jobs.kill(job)


def _transcribe(path: Path) -> dict[str, Any]:
    return {"round": 1, "paths": [str(path)]}


def _until(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(0.02)


def _end(jobs: Jobs, job: str) -> None:
    _until(lambda: jobs.state(job) != "running")


@contextmanager
def _waiting(project: Path, jobs: Jobs) -> Iterator[str]:
    """Yield a job whose step waits for sound; a signal before that could be lost in an import."""
    pipe = project.parent / "talk.wav"
    os.mkfifo(pipe)
    job = jobs.start("transcribe", _transcribe(pipe))
    with pipe.open("wb"):  # opens once the step reads
        yield job


def test_a_job_is_done(project: Path) -> None:
    spoken = project.parent / "talk.wav"
    spoken.write_bytes(SPOKEN)
    jobs = Jobs(project)
    job = jobs.start("transcribe", _transcribe(spoken))
    _end(jobs, job)
    found = jobs.one(job)
    assert (found["id"], found["kind"], found["state"]) == ("0001", "transcribe", "done")
    assert found["error"] is None
    assert (found["step"], found["stages"]) == ("transcribe", ["transcribing"])
    assert found["status"]["ended"]
    assert found["began"] <= found["ended"]
    assert (jobs.folder(job) / "texts" / "talk.txt").read_text() == "ab b\n"


def test_no_code_comes_from_the_folder_where_studio_was_started(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That may be a project that somebody sent."""
    evil = project.parent / "evil.txt"
    for name in ("json", "numpy", "malgwi", "soundfile"):
        (project / f"{name}.py").write_text(f"open({str(evil)!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(project)
    spoken = project.parent / "talk.wav"
    spoken.write_bytes(SPOKEN)
    jobs = Jobs(project)
    job = jobs.start("transcribe", _transcribe(spoken))
    _end(jobs, job)
    assert (jobs.state(job), evil.exists()) == ("done", False)


def test_a_job_fails_with_the_line_of_its_command(project: Path) -> None:
    jobs = Jobs(project)
    job = jobs.start("transcribe", _transcribe(project / "absent.wav"))
    _end(jobs, job)
    found = jobs.one(job)
    assert found["state"] == "failed"
    assert "1 of 1 recordings could not be transcribed" in found["error"]
    assert "absent.wav" in found["log"]
    assert "Traceback" not in found["log"]


def test_one_job_at_a_time_and_it_can_be_stopped(project: Path) -> None:
    jobs = Jobs(project)
    with _waiting(project, jobs) as job:
        with pytest.raises(Refused) as refused:
            jobs.start("transcribe", _transcribe(project / "other.wav"))
        assert (refused.value.status, refused.value.code) == (409, "busy")
        assert refused.value.values == {"job": job}
        jobs.stop(job)
        _end(jobs, job)
    assert jobs.one(job)["state"] == "stopped"
    with pytest.raises(Refused, match="doesn't run"):
        jobs.stop(job)
    assert jobs.states() == {job: "stopped"}
    following = jobs.start("transcribe", _transcribe(project / "other.wav"))
    assert following == "0002"
    _end(jobs, following)


def test_a_job_outlives_its_server_and_is_found_again(project: Path) -> None:
    pipe = project.parent / "talk.wav"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", START, str(project), str(pipe)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        job = server.stdout.readline().strip()
        server.kill()
    jobs = Jobs(project)
    assert jobs.states() == {job: "running"}
    pipe.write_bytes(SPOKEN)
    _end(jobs, job)
    assert jobs.one(job)["state"] == "done"


def test_a_killed_job_is_lost_and_the_next_one_may_start(project: Path) -> None:
    jobs = Jobs(project)
    with _waiting(project, jobs) as job:
        jobs.kill(job)
    assert (jobs.one(job)["state"], jobs.one(job)["ended"]) == ("lost", None)
    (jobs.folder(job) / ENDED).write_text('{"job": 1}')
    assert Jobs(project).state(job) == "lost"
    _end(jobs, jobs.start("transcribe", _transcribe(project / "other.wav")))


def test_a_job_whose_step_lives_on_is_no_lost_one(project: Path) -> None:
    """Else a second job would work beside it."""
    jobs = Jobs(project)
    with _waiting(project, jobs) as job:
        process = int((jobs.folder(job) / LOCK).read_text())
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        assert jobs.state(job) == "running"
        jobs.stop(job)
        _end(jobs, job)
    assert jobs.state(job) == "lost"


@pytest.mark.parametrize("job", ["0001", "1", "../0001", "", "٣"])
def test_there_is_no_such_job(tmp_path: Path, job: str) -> None:
    with pytest.raises(Refused) as refused:
        Jobs(tmp_path).one(job)
    assert refused.value.status == 404
