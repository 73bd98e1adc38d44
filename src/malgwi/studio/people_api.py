"""Routes of people, of the sentences that they read, and of what they read."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from malgwi.corpus.edits import ASIDE
from malgwi.corpus.studio import SAMPLE_RATE, Person
from malgwi.errors import MalgwiError
from malgwi.studio.project import Project
from malgwi.studio.refused import Refused
from malgwi.studio.removal import removal, remove_person
from malgwi.studio.requests import Body, number, optional_text, text, truth, with_body
from malgwi.studio.takes import Takes

Idle = Callable[[], AbstractContextManager[None]]
"""`Jobs.idle` of the project."""


def routes(project: Project, idle: Idle) -> list[BaseRoute]:
    """Return the routes of a project's people."""
    people, takes = _People(project, idle), _Readings(Takes(project))
    return [
        Route("/api/people", people.all),
        Route("/api/people", with_body(people.put), methods=["POST"]),
        Route("/api/people/{code}/removal", people.removal),
        Route("/api/people/{code}", with_body(people.remove), methods=["DELETE"]),
        Route("/api/prompts", takes.prompts),
        Route("/api/prompts", with_body(takes.add), methods=["POST"]),
        Route("/api/takes", with_body(takes.begin), methods=["POST"]),
        Route("/api/takes/{take}", takes.append, methods=["POST"]),
        Route("/api/takes/{take}/end", with_body(takes.end), methods=["POST"]),
    ]


class _People:
    """What is asked of people, answered."""

    def __init__(self, project: Project, idle: Idle) -> None:
        self._project = project
        self._idle = idle

    def all(self, _: Request) -> Response:
        return JSONResponse(self._listed())

    def put(self, _: Request, body: Body) -> object:
        person = Person(_asked(body, "train"), _asked(body, "share"), truth(body, "held_out"))
        code = self._project.put_person(optional_text(body, "code"), text(body, "name"), person)
        return next(one for one in self._listed() if one["code"] == code)

    def removal(self, request: Request) -> Response:
        return JSONResponse(removal(self._project, self._known(request)).to_json())

    def remove(self, request: Request, body: Body) -> object:
        code = self._known(request)
        if text(body, "confirm") != code:
            raise MalgwiError(f"confirm: {body['confirm']!r:.60}, expected {code}; nothing is gone")
        with self._idle():  # a job may hold the voice
            return remove_person(self._project, code).to_json()

    def _known(self, request: Request) -> str:
        code: str = request.path_params["code"]
        if code not in self._project.studio.people:
            raise Refused(f"nobody has the code {code[:40]!r}", 404, "absent")
        return code

    def _listed(self) -> list[dict[str, Any]]:
        names, found = self._project.names(), self._project.studio.people
        heard, seconds = Counter[str](), Counter[str]()
        for recording in self._project.recordings():
            codes = {recording.source.person}
            for one in recording.journal.segments()[1]:
                code = one.person or recording.source.person
                codes.add(code)
                if code and one.state != ASIDE:
                    seconds[code] += one.end - one.start
            heard.update(code for code in codes if code)
        return [
            {
                "code": code,
                "name": names.get(code, ""),
                **person.to_json(),
                "recordings": heard[code],
                "seconds": seconds[code] / SAMPLE_RATE,
            }
            for code, person in sorted(found.items())
        ]


class _Readings:
    """What is asked of sentences and takes, answered."""

    def __init__(self, takes: Takes) -> None:
        self._takes = takes

    def prompts(self, _: Request) -> Response:
        return JSONResponse(self._takes.prompts())

    def add(self, _: Request, body: Body) -> object:
        self._takes.add_prompts(text(body, "text", 4_000_000))
        return self._takes.prompts()

    def begin(self, _: Request, body: Body) -> object:
        rate = body.get("rate")
        if type(rate) is not int:
            raise MalgwiError(f"rate: {rate!r:.40}; expected a whole number of Hz")
        person = optional_text(body, "person")
        return {"id": self._takes.begin(text(body, "prompt"), person, rate)}

    async def append(self, request: Request) -> Response:
        at, frames = number(request, "at", 0), await request.body()
        held = await run_in_threadpool(self._takes.append, request.path_params["take"], at, frames)
        return JSONResponse({"samples": held})

    def end(self, request: Request, body: Body) -> object:
        said = optional_text(body, "text", 10_000)
        return {"recording": self._takes.end(request.path_params["take"], said)}


def _asked(body: Body, key: str) -> bool | None:
    return None if body.get(key) is None else truth(body, key)
