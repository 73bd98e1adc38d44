"""Long work in processes of their own, one at a time: started, found again, stopped.

A job is a folder. The process that works on it, and each step that this starts, holds the lock in
it; whoever finds the lock free and no end written knows that the process was killed. So a server
that is started again knows as much as the one before.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from malgwi.studio.files import read_json, write_json
from malgwi.studio.journal import now
from malgwi.studio.refused import Refused

JOB, PROGRESS, LOG, ENDED, LOCK = "job.json", "progress.jsonl", "log.txt", "ended.json", "lock"
RUNNING, DONE, FAILED, STOPPED, LOST = "running", "done", "failed", "stopped", "lost"
_ENVIRONMENT = {"PYTHONSAFEPATH": "1", "HF_HUB_OFFLINE": "1"}
"""Of jobs and their steps: no code comes from the folder that Studio was started in, which may be
somebody else's project, and no checkpoint from the network."""
_LOG_SHOWN = 4_000
_OFTEN_S = 0.05
_PATIENCE_S = 20.0
"""For a process to start that is to be stopped."""


@dataclass
class _Followed:
    """What was read of a job's progress so far; files only grow."""

    offset: int = 0
    step: str | None = None
    status: dict[str, Any] | None = None
    stages: list[str] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read on, up to the last whole line."""
        try:
            with path.open("rb") as file:
                file.seek(self.offset)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return
        for row in map(json.loads, whole.splitlines()):
            if "stage" not in row:  # the mark of a new step
                self.step, self.status = row["step"], None
                continue
            self.status = row
            if row["stage"] not in self.stages:
                self.stages.append(row["stage"])
        self.offset += len(whole) + bool(whole)


class Jobs:
    """The jobs of a project, of which one runs at a time."""

    def __init__(self, project: Path) -> None:
        """Know the jobs of a project folder."""
        self._project = project
        self._folder = project / "jobs"
        self._alone = Lock()
        self._followed: dict[str, _Followed] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._over: dict[str, str] = {}
        """How jobs ended."""

    def start(self, kind: str, options: Mapping[str, Any]) -> str:
        """Start a job in a process of its own that outlives this one; return its id.

        Raises:
            Refused: another one runs.
        """
        with self.idle():
            job = claim_number(self._folder)
            folder = self._folder / job
            asked = {"id": job, "kind": kind, "options": dict(options), "began": now()}
            with (folder / LOCK).open("wb") as lock, (folder / LOG).open("ab") as log:
                _hold(lock.fileno())
                write_json(folder / JOB, asked)  # held before it can be seen
                # The words are ours; a session of its own keeps Ctrl-C in the terminal from it.
                self._children[job] = subprocess.Popen(  # noqa: S603
                    (sys.executable, "-m", "malgwi.studio.work", str(self._project), job,
                     str(lock.fileno())),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(lock.fileno(),),
                    env=os.environ | _ENVIRONMENT,
                )  # fmt: skip
            return job

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Keep jobs from starting, while something is taken away that one of them may use.

        Raises:
            Refused: one runs.
        """
        with self._alone:
            for job, state in self.states().items():
                if state == RUNNING:
                    raise Refused(
                        f"job {job} runs; wait for its end, or stop it", 409, "busy", {"job": job}
                    )
            yield

    def kill(self, job: str) -> None:
        """End a job at once, and wait until it is gone.

        Raises:
            Refused: it doesn't run.
        """
        self._signal(job, signal.SIGKILL)
        while self.state(job) == RUNNING:
            time.sleep(_OFTEN_S)

    def stop(self, job: str) -> None:
        """Stop a job as Ctrl-C does: what it trains is kept, to go on with.

        Raises:
            Refused: it doesn't run.
        """
        self._signal(job, signal.SIGINT)

    def _signal(self, job: str, number: signal.Signals) -> None:
        lock = self._existing(job) / LOCK
        until = time.monotonic() + _PATIENCE_S
        while self.state(job) == RUNNING and time.monotonic() < until:
            # The process writes its number once it can be stopped. While the lock is held, its
            # group is there, and so the number is nobody else's.
            if group := lock.read_text(encoding="ascii").strip():
                os.killpg(int(group), number)
                return
            time.sleep(_OFTEN_S)
        raise Refused(f"job {job} doesn't run any more", 409, "ended")

    def state(self, job: str) -> str:
        """Return whether a job runs, or how it ended."""
        folder = self._existing(job)
        if job not in self._over:
            if is_held(folder / LOCK):
                return RUNNING
            if child := self._children.pop(job, None):
                child.wait()  # it is gone; nobody else asks how
            self._over[job] = str((read_json(folder / ENDED) or {}).get("state", LOST))
        return self._over[job]

    def states(self) -> dict[str, str]:
        """Return the states of all jobs by their ids, the first one first."""
        return {job: self.state(job) for job in self._ids()}

    def all(self) -> list[dict[str, Any]]:
        """Return what is known of each job, the last one first."""
        return [self.one(job) for job in reversed(self._ids())]

    def one(self, job: str) -> dict[str, Any]:
        """Return what is known of a job.

        Raises:
            Refused: there is none of that id.
        """
        folder = self._existing(job)
        state = self.state(job)
        begun, ended = read_json(folder / JOB) or {}, read_json(folder / ENDED) or {}
        followed = self._followed.setdefault(job, _Followed())
        with self._alone:
            followed.read(folder / PROGRESS)
        return {
            "id": job,
            "kind": begun.get("kind"),
            "options": begun.get("options", {}),
            "state": state,
            "step": followed.step,
            "status": followed.status,
            "stages": list(followed.stages),
            "result": ended.get("result", {}),
            "error": ended.get("error"),
            "log": _tail(folder / LOG),
            "began": begun.get("began"),
            "ended": ended.get("ended"),
        }

    def folder(self, job: str) -> Path:
        """Return where a job's files lie.

        Raises:
            Refused: there is none of that id.
        """
        return self._existing(job)

    def _ids(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(path.parent.name for path in self._folder.glob(f"[0-9]*/{JOB}"))

    def _existing(self, job: str) -> Path:
        if not job.isascii() or not job.isdecimal() or not (self._folder / job / JOB).is_file():
            raise Refused(f"job {job}: there is none", 404, "absent")
        return self._folder / job


def claim_number(folder: Path) -> str:
    """Make the next folder of those that are numbered in a folder, and return its name."""
    folder.mkdir(exist_ok=True)
    taken = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    name = f"{max(taken, default=0) + 1:04d}"
    (folder / name).mkdir()
    return name


def _hold(descriptor: int) -> None:
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Say whether a process holds the lock; those who ask don't hold it against each other."""
    import fcntl

    try:
        with path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_SHOWN))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
