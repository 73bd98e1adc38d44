"""Routes of jobs, rounds, live text and the file for a phone."""

import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from malgwi.errors import MalgwiError
from malgwi.recognition.render import FORMATS
from malgwi.studio import phone_app, rounds
from malgwi.studio.guard import SANDBOX
from malgwi.studio.jobs import Jobs
from malgwi.studio.live import live
from malgwi.studio.project import Project
from malgwi.studio.refused import Refused
from malgwi.studio.requests import Body, optional_text, text, texts, truth, with_body
from malgwi.studio.round_removal import removal, remove_round
from malgwi.studio.share import Share, address_for_phones
from malgwi.studio.work import TEXTS

_MOST_MINUTES = 7 * 24 * 60.0
_LONGEST_PATH = 4_096
_NUMBER = "/api/rounds/{number:int}"
_JOB = "/api/jobs/{job}"


def routes(project: Project, jobs: Jobs) -> list[BaseRoute]:
    """Return the routes of a project's long work."""
    api = _Rounds(project, jobs)
    return [
        Route("/api/jobs", api.all_jobs),
        Route("/api/jobs", with_body(api.start), methods=["POST"]),
        Route(_JOB, api.job),
        Route(f"{_JOB}/stop", with_body(api.stop), methods=["POST"]),
        Route(f"{_JOB}/texts/{{name}}", api.written),
        Route("/api/rounds", api.all_rounds),
        Route(_NUMBER, with_body(api.remove), methods=["DELETE"]),
        Route(f"{_NUMBER}/removal", api.removal),
        Route(f"{_NUMBER}/metrics", api.metrics),
        Route(f"{_NUMBER}/mistakes", api.mistakes),
        Route(f"{_NUMBER}/evaluation", api.evaluation),
        Route(f"{_NUMBER}/bundle", api.bundle),
        Route(f"{_NUMBER}/app", api.app),
        Route(f"{_NUMBER}/app", with_body(api.make_app), methods=["POST"]),
        Route(f"{_NUMBER}/app/file", api.app_file),
        WebSocketRoute("/api/live", live(api.model_of)),
        Route("/api/share", api.shared),
        Route("/api/share", with_body(api.share), methods=["POST"]),
        Route("/api/share", api.end_share, methods=["DELETE"]),
    ]


class _Rounds:
    """What is asked of a project's long work, answered."""

    def __init__(self, project: Project, jobs: Jobs) -> None:
        self._opened = project
        self._project = project.folder
        self._jobs = jobs
        self._share: Share | None = None
        self._alone = threading.Lock()

    def model_of(self, number: int) -> str:
        return rounds.model_of(self._project, number)

    def all_jobs(self, _: Request) -> Response:
        return JSONResponse(self._jobs.all())

    def job(self, request: Request) -> Response:
        found = self._jobs.one(request.path_params["job"])
        if found["kind"] == "transcribe":
            found["texts"] = _texts(self._jobs.folder(found["id"]) / TEXTS)
        return JSONResponse(found)

    def start(self, _: Request, body: Body) -> object:
        kind = body.get("kind")
        asked = {"draft": self._draft, "round": self._round, "transcribe": self._transcribe}
        if not isinstance(kind, str) or kind not in asked:
            raise MalgwiError(f"kind: {kind!r:.40}; expected one of {', '.join(asked)}")
        return {"job": self._jobs.start(kind, asked[kind](body))}

    def stop(self, request: Request, _: Body) -> object:
        self._jobs.stop(request.path_params["job"])
        return {}

    def written(self, request: Request) -> Response:
        folder = self._jobs.folder(request.path_params["job"]) / TEXTS
        return _download(_named(folder, request.path_params["name"]))

    def all_rounds(self, _: Request) -> Response:
        return JSONResponse(rounds.rounds(self._project, self._jobs))

    def removal(self, request: Request) -> Response:
        return JSONResponse(removal(self._project, request.path_params["number"]))

    def remove(self, request: Request, body: Body) -> object:
        number = request.path_params["number"]
        if (confirmed := _whole(body, "confirm")) != number:
            raise MalgwiError(f"confirm: {confirmed}, expected {number}; nothing is gone")
        with self._alone, self._jobs.idle():
            shared = self._share
            if shared and not shared.ended and shared.file.parent.name == f"{number:04d}":
                raise Refused(
                    f"round {number}: a phone may be fetching it; end its link first", 409, "shared"
                )
            return remove_round(self._project, number, knowingly=truth(body, "knowingly"))

    def metrics(self, request: Request) -> Response:
        number = request.path_params["number"]
        return JSONResponse(rounds.metrics(self._project, number, self._jobs))

    def mistakes(self, request: Request) -> Response:
        return JSONResponse(rounds.mistakes(self._project, request.path_params["number"]))

    def evaluation(self, request: Request) -> Response:
        number = request.path_params["number"]
        page = rounds.round_folder(self._project, number) / rounds.PAGE
        if not page.is_file():
            raise Refused(f"round {number}: isn't evaluated yet", 404, "absent")
        return FileResponse(
            page,
            media_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": SANDBOX, "Cache-Control": "no-cache"},
        )

    def bundle(self, request: Request) -> Response:
        return _download(self._bundle(request.path_params["number"]))

    def app(self, request: Request) -> Response:
        number = request.path_params["number"]
        return JSONResponse(phone_app.facts(rounds.round_folder(self._project, number)))

    def make_app(self, request: Request, body: Body) -> object:
        number = request.path_params["number"]
        bundle = self._bundle(number)
        folder = rounds.round_folder(self._project, number)
        with self._alone:
            return phone_app.make(
                folder,
                bundle,
                text(body, "name"),
                text(body, "password"),
                optional_text(body, "app", _LONGEST_PATH),
            )

    def app_file(self, request: Request) -> Response:
        return _download(self._app(request.path_params["number"]))

    def shared(self, _: Request) -> Response:
        share = self._share
        return JSONResponse(share.to_json() if share and not share.ended else None)

    def share(self, _: Request, body: Body) -> object:
        number = _whole(body, "round")
        file = self._app(number) if truth(body, "app") else self._bundle(number)
        with self._alone:
            self._end()
            self._share = Share(file, address_for_phones())
            return self._share.to_json()

    def end_share(self, _: Request) -> Response:
        with self._alone:
            self._end()
        return JSONResponse(None)

    def _end(self) -> None:
        if self._share and not self._share.ended:
            self._share.end()
        self._share = None

    def _bundle(self, number: int) -> Path:
        found = rounds.bundle_of(rounds.round_folder(self._project, number))
        if found is None:
            raise Refused(f"round {number}: has no bundle; train it to its end", 404, "absent")
        return found

    def _app(self, number: int) -> Path:
        found = phone_app.app_of(rounds.round_folder(self._project, number))
        if found is None:
            raise Refused(f"round {number}: no app was made of it yet", 404, "absent")
        return found

    def _draft(self, body: Body) -> dict[str, Any]:
        recordings = texts(body, "recordings")
        if not recordings:
            raise MalgwiError("recordings: none given; name one or more")
        for one in recordings:
            self._opened.media(one)
        return {"round": self._model(body), "recordings": recordings}

    def _round(self, body: Body) -> dict[str, Any]:
        minutes = body.get("minutes")
        resumed = body.get("resume")
        least = 0.0 if resumed is not None else 0.1
        if not isinstance(minutes, int | float) or not least <= minutes <= _MOST_MINUTES:
            raise MalgwiError(f"minutes: {minutes!r:.40}; expected {least:g} to {_MOST_MINUTES:g}")
        if resumed is not None:
            number = _whole(body, "resume")
            folder = rounds.round_folder(self._project, number)
            if rounds.bundle_of(folder):
                raise Refused(f"round {number}: is done; start a new one from it", 409, "done")
            if not minutes and not (folder / rounds.RUN).is_dir():
                raise Refused(f"round {number}: has learnt nothing yet", 409, "no-model")
            return {"minutes": minutes, "resume": number}
        new: dict[str, Any] = {"minutes": minutes}
        if body.get("check") is not None:
            new["check"] = self._model(body, "check")
        return {**new, "start": self._start(body)}

    def _start(self, body: Body) -> str | int:
        start = body.get("start", "starter")
        if start in ("starter", rounds.STARTER):
            return "starter"
        if isinstance(start, str):
            if not Path(start).is_absolute() or not (Path(start) / "config.json").is_file():
                raise MalgwiError(
                    f"start: {start!r:.200}; expected starter, the number of a round, or the whole "
                    "path of a folder with a checkpoint, such as a downloaded Wav2Vec2"
                )
            return start
        number = _whole(body, "start")
        if not (rounds.round_folder(self._project, number) / rounds.RUN).is_dir():
            raise Refused(f"round {number}: has learnt nothing yet", 409, "no-model")
        return number

    def _transcribe(self, body: Body) -> dict[str, Any]:
        paths = texts(body, "paths")
        for path in paths:
            if not Path(path).is_absolute() or not Path(path).is_file():
                raise MalgwiError(f"{path}: no file is there; choose one again")
        if not paths:
            raise MalgwiError("paths: none given; choose a file")
        return {"round": self._model(body), "paths": paths, "hotwords": texts(body, "hotwords")}

    def _model(self, body: Body, key: str = "round") -> int:
        number = _whole(body, key)
        self.model_of(number)
        return number


def _whole(body: Body, key: str) -> int:
    value = body.get(key)
    if type(value) is not int or not 0 <= value < 1_000_000:
        raise MalgwiError(f"{key}: {value!r:.40}; expected the number of a round")
    return value


def _texts(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted(folder.glob("[!.]*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        names = [path.stem + ending for ending in FORMATS.values()]
        files = sorted(name for name in names if (folder / name).is_file())
        found.append(
            {"file": said["file"], "text": said["text"], "words": said["words"], "files": files}
        )
    return found


def _named(folder: Path, name: str) -> Path:
    """Return a file of a folder; a name from outside is looked up, never followed."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == name and path.is_file():
            return path
    raise Refused(f"{name}: there is no such file", 404, "absent")


def _download(path: Path) -> Response:
    return FileResponse(
        path,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
            "Cache-Control": "no-cache",
        },
    )
