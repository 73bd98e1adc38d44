"""What a job's process does: `python -m malgwi.studio.work PROJECT ID LOCK`.

Its steps are commands of Malgwi in processes of their own, which share its group, so that Ctrl-C
reaches them, and its lock, so that nobody takes the job for lost while one of them works.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from malgwi.corpus.studio import read_studio
from malgwi.dataset.manifest import MANIFEST
from malgwi.errors import MalgwiError
from malgwi.progress import write_to
from malgwi.recognition.render import FORMATS
from malgwi.studio.files import read_json, write_json
from malgwi.studio.jobs import (
    DONE,
    ENDED,
    FAILED,
    JOB,
    LOCK,
    LOG,
    PROGRESS,
    STOPPED,
    claim_number,
)
from malgwi.studio.journal import now
from malgwi.studio.project import Project
from malgwi.studio.rounds import (
    BUNDLE,
    DATASET,
    EVALUATION,
    PAGE,
    ROUND,
    RUN,
    model_of,
    round_folder,
)
from malgwi.training.config import STATE

TEXTS = "texts"
"""Where a job writes transcripts."""
_FORMATS = ",".join(FORMATS)
_ERROR = "malgwi: error: "
_SHARED_CACHE = Path("../../../cache")
"""What rounds share, from a round's data set."""


class _StoppedError(Exception):
    """The job was stopped."""


class Work:
    """One job, in its own process."""

    def __init__(self, project: Path, job: str, lock: int) -> None:
        """Take up a job whose lock is held by an open file."""
        self.project = project
        self.folder = project / "jobs" / job
        self._lock = lock
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False
        asked = read_json(self.folder / JOB) or {}
        self.job = job
        self.kind: str = asked.get("kind", "")
        self.options: dict[str, Any] = asked.get("options", {})

    def run(self) -> None:
        """Work, and write how it ended."""
        signal.signal(signal.SIGINT, self._stop)
        (self.folder / LOCK).write_text(f"{os.getpid()}\n", encoding="ascii")
        ended: dict[str, Any] = {}
        try:
            try:
                ended["result"] = _KINDS[self.kind](self)
                ended["state"] = DONE
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        except (_StoppedError, KeyboardInterrupt):
            ended["state"] = STOPPED
        except MalgwiError as error:
            ended |= {"state": FAILED, "error": str(error)}
        except OSError as error:
            where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
            ended |= {"state": FAILED, "error": f"{where}{error.strerror or error}"}
        except Exception as error:
            ended |= {"state": FAILED, "error": f"{type(error).__name__}: {error}"}
            raise
        finally:
            write_json(self.folder / ENDED, {**ended, "ended": now()})

    def step(self, name: str, *words: str | Path) -> None:
        """Run a command of Malgwi; what it prints goes to the job's log.

        Raises:
            MalgwiError: it failed; its own line.
        """
        for line in self.lines(name, *words):
            sys.stdout.write(line)

    def lines(self, name: str, *words: str | Path) -> Iterator[str]:
        """Yield the lines that a command prints on stdout; else as `step`."""
        self.begin(name)
        log = self.folder / LOG
        before = log.stat().st_size
        command = [sys.executable, "-m", "malgwi", *map(str, words)]
        command += ["--progress", str(self.folder / PROGRESS)]
        with subprocess.Popen(  # noqa: S603 - a command of ours
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=(self._lock,)
        ) as child:
            self._child = child
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            for line in child.stdout:
                yield line.decode(errors="replace")
            status = child.wait()
            self._child = None
        if self._stopped:
            raise _StoppedError
        if status:
            with log.open("rb") as file:
                file.seek(before)
                said = file.read().decode(errors="replace").splitlines()
            found = [line.removeprefix(_ERROR) for line in said if line.startswith(_ERROR)]
            raise MalgwiError(found[-1] if found else f"{name} ended with status {status}")

    def begin(self, name: str) -> None:
        """Note that a step begins."""
        if self._stopped:
            raise _StoppedError
        with (self.folder / PROGRESS).open("ab") as file:
            file.write(json.dumps({"step": name}).encode() + b"\n")

    def _stop(self, *_: object) -> None:
        """Note Ctrl-C, which a step gets by itself; what has none is ended."""
        self._stopped = True
        if self._child is None:
            raise KeyboardInterrupt


def _round(work: Work) -> dict[str, Any]:
    """Prepare what is written, train, score and export; what is there of a round is kept."""
    studio = read_studio(work.project)
    language, name = studio.language or "", studio.name
    minutes, resumed = float(work.options["minutes"]), work.options.get("resume")
    if resumed:
        folder = round_folder(work.project, int(resumed))
        before = read_json(folder / ROUND) or {}
        about = before | {"job": work.job, "minutes": before.get("minutes", 0) + minutes}
    else:
        folder = work.project / "rounds" / claim_number(work.project / "rounds")
        about = {
            "number": int(folder.name),
            "job": work.job,
            "made": now(),
            "start": work.options["start"],
            "recipe": _recipe(work.project, work.options["start"]),
            "minutes": minutes,
        }
    write_json(folder / ROUND, about)
    dataset, run = folder / DATASET, folder / RUN
    spoken = [f"--language={language}"] if language else []
    if not (dataset / MANIFEST).is_file():
        spelling = [*spoken, *(["--unit=jamo"] if language.partition("-")[0] == "ko" else [])]
        asked = [f"--output={dataset}", f"--name={name}", "--allow-outside", *spelling]
        try:
            if (listener := work.options.get("check")) is not None:
                asked.append(f"--check-with={model_of(work.project, int(listener))}")
            Project(work.project).check_media()
            work.step("prepare", "prepare", work.project, *asked)
        except BaseException:
            shutil.rmtree(folder)  # there is nothing in it to go on with
            raise
        (work.project / "cache").mkdir(exist_ok=True)
        (dataset / "cache").symlink_to(_SHARED_CACHE, target_is_directory=True)
    if minutes:
        # What goes on does so by the plan that it has, so that it comes to the same end.
        begun = (
            ["--resume", f"--max-minutes={minutes:g}"]
            if run.is_dir()
            else [f"--fit-minutes={minutes:g}", *_beginning(work.project, about)]
        )
        work.step("train", "train", dataset, "--output", run, *begun)
    scored = ("--output", folder / EVALUATION, "--html", folder / PAGE, "--replace")
    work.step("evaluate", "evaluate", run, dataset, *scored)
    bundle = folder / f"{_file_name(name)}{BUNDLE}"
    work.step(
        "export", "export", run, "--data", dataset, "--output", bundle, f"--name={name}", *spoken
    )
    shutil.rmtree(run / STATE, ignore_errors=True)  # only a run that isn't done goes on
    return {"round": about["number"]}


def _beginning(project: Path, about: Mapping[str, Any]) -> list[str]:
    """Return what says where training starts, and by which numbers."""
    start = about["start"]
    if isinstance(start, int):
        start = round_folder(project, start) / RUN
    return [f"--checkpoint={start}", f"--recipe={about['recipe']}"]


def _recipe(project: Path, start: object) -> str:
    """Return the recipe of what training starts from; that of a round is the one it had."""
    if isinstance(start, int):
        return str((read_json(round_folder(project, start) / ROUND) or {}).get("recipe", "starter"))
    return "starter" if start == "starter" else "default"


def _file_name(name: str) -> str:
    """Return a name that any phone takes for a file's."""
    return re.sub(r"[^\w-]+", "-", name).strip("-")[:60] or "malgwi"


def _draft(work: Work) -> dict[str, Any]:
    """Let a model listen to recordings, and keep what it heard of each as soon as it is done."""
    from malgwi.studio.drafts import save

    number = int(work.options["round"])
    model = model_of(work.project, number)
    project = Project(work.project)
    by_channel: dict[str, dict[str, str]] = defaultdict(dict)
    for one in work.options["recordings"]:
        channel = project.recording(one).source.channel
        by_channel["mix" if channel is None else str(channel)][str(project.media(one))] = one
    for asked, media in by_channel.items():
        words = ("transcribe", model, *media, "--channel", asked, "--format", "json")
        for line in work.lines("draft", *words):
            heard = json.loads(line)
            save(work.project, media[heard["file"]], number, heard)
    return {}


def _transcribe(work: Work) -> dict[str, Any]:
    """Write down files that are no part of the project."""
    output = work.folder / TEXTS
    model = model_of(work.project, int(work.options["round"]))
    # The comma says that it is a word, whatever file has its name.
    words = [f"--hotwords={hotword}," for hotword in work.options.get("hotwords", ())]
    paths: list[str] = work.options["paths"]
    asked = ["--format", _FORMATS, f"--output={output}", *words]
    work.step("transcribe", "transcribe", model, *paths, *asked)
    return {}


def _add(work: Work) -> dict[str, Any]:
    """Take recordings and their annotations into the project."""
    from malgwi.studio.adding import add

    work.begin("add")
    options = work.options
    with write_to(work.folder / PROGRESS):
        add(work.project, options["paths"], options.get("tiers", []), options.get("person"))
    return {}


_KINDS: dict[str, Callable[[Work], dict[str, Any]]] = {
    "add": _add,
    "draft": _draft,
    "round": _round,
    "transcribe": _transcribe,
}


if __name__ == "__main__":
    Work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])).run()
