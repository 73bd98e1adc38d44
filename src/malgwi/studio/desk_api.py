"""Routes of project, recordings and segments, and of all that belongs to the desk."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from malgwi.corpus.edits import REDO, UNDO, Segment, read_segments
from malgwi.corpus.place import is_file
from malgwi.corpus.studio import File, Studio, digest
from malgwi.errors import MalgwiError
from malgwi.speech.language import resolve
from malgwi.studio import people_api
from malgwi.studio.adding import looked_at
from malgwi.studio.chosen import choose
from malgwi.studio.drafts import Drafts, doubtful
from malgwi.studio.jobs import Jobs
from malgwi.studio.merging import differences, merge
from malgwi.studio.places import keep, listed
from malgwi.studio.preflight import findings
from malgwi.studio.project import Project, what_next
from malgwi.studio.recording import Recording
from malgwi.studio.removal import remove_recording
from malgwi.studio.requests import Body, number, optional_text, text, texts, with_body
from malgwi.studio.waveform import audio, peaks
from malgwi.studio.written import written

_ONE = "/api/recordings/{recording}"
_LISTED = 500
_UNKEPT = {"Cache-Control": "no-store"}
"""No voice stays in a browser's files; and another project may be served at this address later."""


Rounds = Callable[[], Sequence[Mapping[str, Any]]]
"""The rounds of a project, as `GET /api/rounds` has them."""


def routes(project: Project, jobs: Jobs, rounds: Rounds = list) -> list[BaseRoute]:
    """Return the routes of a project's desk."""
    drafts = Drafts()
    whole, one = _Whole(project, jobs, rounds, drafts), _One(project, drafts)
    return [
        Route("/api/project", whole.project),
        Route("/api/project", with_body(whole.change), methods=["POST"]),
        Route("/api/changes", whole.changes),
        Route("/api/findings", whole.findings),
        Route("/api/open", whole.open),
        Route("/api/folders", whole.folders),
        Route("/api/tiers", with_body(whole.tiers), methods=["POST"]),
        Route("/api/media/{name:path}", whole.keep, methods=["PUT"]),
        Route("/api/recordings", whole.recordings),
        Route("/api/recordings", with_body(whole.add), methods=["POST"]),
        Route(_ONE, one.recording),
        Route(_ONE, with_body(one.change), methods=["POST"]),
        Route(_ONE, one.remove, methods=["DELETE"]),
        Route(f"{_ONE}/media", with_body(one.find), methods=["POST"]),
        Route(f"{_ONE}/annotations", one.differences),
        Route(f"{_ONE}/annotations", with_body(one.merge), methods=["POST"]),
        Route(f"{_ONE}/segments", one.segments),
        Route(f"{_ONE}/edits", with_body(one.edit), methods=["POST"]),
        Route(f"{_ONE}/undo", with_body(one.undo), methods=["POST"]),
        Route(f"{_ONE}/redo", with_body(one.redo), methods=["POST"]),
        Route(f"{_ONE}/draft", one.draft),
        Route(f"{_ONE}/peaks/{{level:int}}/{{tile:int}}", one.peaks),
        Route(f"{_ONE}/audio", one.audio),
        Route(f"{_ONE}/export", one.export),
        *people_api.routes(project, jobs.idle),
    ]


class _Whole:
    """What is asked of a project as a whole, answered."""

    def __init__(self, project: Project, jobs: Jobs, rounds: Rounds, drafts: Drafts) -> None:
        self._project = project
        self._jobs = jobs
        self._rounds = rounds
        self._drafts = drafts

    def project(self, _: Request) -> Response:
        return JSONResponse(self._described())

    def change(self, _: Request, body: Body) -> object:
        name, language = optional_text(body, "name"), optional_text(body, "language", 40)
        if name is not None and not name.strip():
            raise MalgwiError("name: empty; expected what the project is called")

        def changed(now: Studio) -> Studio:
            tag = now.language if language is None else resolve(language or None)
            return replace(now, name=(name or now.name).strip(), language=tag)

        self._project.change(changed)
        return self._described()

    def changes(self, _: Request) -> Response:
        revs = {one.id: one.journal.rev for one in self._project.recordings()}
        states = dict(self._jobs.states())
        return JSONResponse({"rev": sum(revs.values()), "recordings": revs, "jobs": states})

    def findings(self, _: Request) -> Response:
        return JSONResponse(findings(self._project))

    def open(self, _: Request) -> Response:
        return JSONResponse(doubtful(self._project, self._drafts, _LISTED))

    def folders(self, request: Request) -> Response:
        return JSONResponse(listed(request.query_params.get("path")))

    def tiers(self, _: Request, body: Body) -> object:
        return looked_at(texts(body, "paths"))

    def add(self, _: Request, body: Body) -> object:
        paths, tiers = texts(body, "paths"), texts(body, "tiers")
        if not paths:
            raise MalgwiError("paths: none given; choose recordings, annotations or a folder")
        person = optional_text(body, "person")
        options = {"paths": paths, "tiers": tiers, "person": person}
        return {"job": self._jobs.start("add", options)}

    async def keep(self, request: Request) -> Response:
        path, size = await keep(self._project.folder, request.path_params["name"], request.stream())
        return JSONResponse({"path": path, "bytes": size})

    def recordings(self, _: Request) -> Response:
        found = self._project.recordings()
        return JSONResponse([described(self._project, one, self._drafts) for one in found])

    def _described(self) -> dict[str, Any]:
        studio, found = self._project.studio, self._project.recordings()
        counts = [one.counts() for one in found]
        rounds, jobs = list(self._rounds()), list(self._jobs.all())
        running = [one for one in jobs if one.get("state") == "running"]
        return {
            "name": studio.name,
            "language": studio.language,
            "folder": str(self._project.folder),
            "demo": studio.demo,
            "rev": sum(one.rev for one in counts),
            "seconds": {
                "in": sum(one.seconds for one in found),
                "written": sum(one.written for one in counts),
                "checked": sum(one.checked for one in counts),
            },
            "recordings": len(found),
            "damaged": self._project.damaged(),
            "people": len(studio.people),
            "rounds": rounds,
            "next": what_next(self._project, rounds),
            "jobs": running or jobs[:1],
        }


class _One:
    """What is asked of one recording, answered."""

    def __init__(self, project: Project, drafts: Drafts) -> None:
        self._project = project
        self._drafts = drafts

    def recording(self, request: Request) -> Response:
        return JSONResponse(described(self._project, self._meant(request), self._drafts))

    def change(self, request: Request, body: Body) -> object:
        recording = self._meant(request)
        source, name = recording.source, optional_text(body, "name")
        person = optional_text(body, "person") if "person" in body else source.person
        self._check_people({person})
        changed = replace(source, name=(name or "").strip() or source.name, person=person)
        self._project.put_source(recording.id, changed)
        return described(self._project, self._meant(request), self._drafts)

    def remove(self, request: Request) -> Response:
        remove_recording(self._project, request.path_params["recording"])
        return JSONResponse({})

    def find(self, request: Request, body: Body) -> object:
        """Take a file for the recording's, wherever it is now, if it has the same bytes."""
        recording, path = self._meant(request), Path(text(body, "path", 4096))
        source = recording.source
        if not path.is_absolute() or not is_file(path):
            raise MalgwiError(f"{str(path)[:300]}: no such file; choose one that is there")
        if digest(path) != source.media.sha256:
            raise MalgwiError(
                f"{path}: isn't the file that was added as recording {recording.id}; choose that "
                "one, or add this one by itself"
            )
        meant = self._project.as_written(path)
        if Path(meant).is_absolute():
            choose([path])
        media = File(meant, source.media.sha256)
        self._project.put_source(recording.id, replace(source, media=media))
        return described(self._project, self._meant(request), self._drafts)

    def differences(self, request: Request) -> Response:
        rev, sha256, found = differences(self._project, self._meant(request))
        told = [one.to_json() for one in found]
        return JSONResponse({"rev": rev, "sha256": sha256, "differences": told})

    def merge(self, request: Request, body: Body) -> object:
        take = body.get("take")
        if not isinstance(take, list) or not all(type(place) is int for place in take):
            raise MalgwiError(f"take: {take!r:.60}; expected a list of whole numbers")
        rev = body.get("rev")
        if type(rev) is not int:
            raise MalgwiError(f"rev: {rev!r:.60}; expected a whole number")
        recording, seen = self._meant(request), (rev, text(body, "sha256"))
        return {"rev": merge(self._project, recording, text(body, "id"), seen, take)}

    def segments(self, request: Request) -> Response:
        recording = self._meant(request)
        rev, found = recording.journal.segments()
        first, end = number(request, "from", 0), number(request, "to", recording.source.samples)
        touched = [one.to_json() for one in found if one.start < end and one.end > first]
        return JSONResponse({"rev": rev, "segments": touched})

    def edit(self, request: Request, body: Body) -> object:
        before, after = _segments(body, "before"), _segments(body, "after")
        self._check_people({one.person for one in after})
        journal = self._meant(request).journal
        entry = journal.edit(text(body, "id"), text(body, "op"), before, after)
        return {"rev": entry.rev}

    def undo(self, request: Request, body: Body) -> object:
        return self._turned(request, body, UNDO)

    def redo(self, request: Request, body: Body) -> object:
        return self._turned(request, body, REDO)

    def draft(self, request: Request) -> Response:
        recording = self._meant(request)
        found = self._drafts.of(recording)
        first, end = number(request, "from", 0), number(request, "to", recording.source.samples + 1)
        return JSONResponse({"model": found.model, "words": found.between(first, end)})

    def peaks(self, request: Request) -> Response:
        level, tile = (request.path_params[key] for key in ("level", "tile"))
        found = peaks(self._project, self._meant(request), level, tile)
        return Response(found, media_type="application/octet-stream", headers=_UNKEPT)

    def audio(self, request: Request) -> Response:
        recording = self._meant(request)
        first, end = number(request, "from", 0), number(request, "to", recording.source.samples)
        found = audio(self._project, recording, first, end)
        return Response(found, media_type="audio/wav", headers=_UNKEPT)

    def export(self, request: Request) -> Response:
        recording, form = self._meant(request), request.query_params.get("format", "")
        media = self._project.folder / recording.source.media.path
        _, segments = recording.journal.segments()
        name, content = written(recording.source, media, segments, form)
        named = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return Response(
            content.encode("utf-8", "backslashreplace"),
            media_type="application/octet-stream",
            headers={"Content-Disposition": named, **_UNKEPT},
        )

    def _turned(self, request: Request, body: Body, op: str) -> object:
        entry = self._meant(request).journal.turn_round(text(body, "id"), op)
        return {
            "rev": entry.rev,
            "of": entry.of,
            "op": entry.op,
            "before": [one.to_json() for one in entry.before],
            "after": [one.to_json() for one in entry.after],
        }

    def _check_people(self, codes: Set[str | None]) -> None:
        if unknown := codes - self._project.studio.people.keys() - {None}:
            raise MalgwiError(
                f"person {max(map(str, unknown))}: nobody in the project has this code"
            )

    def _meant(self, request: Request) -> Recording:
        return self._project.recording(request.path_params["recording"])


def described(project: Project, recording: Recording, drafts: Drafts) -> dict[str, Any]:
    """Return what the page shows of a recording in a list."""
    counts, source = recording.counts(), recording.source
    media = project.chosen(source.media.path)
    beside = source.annotations and project.chosen(source.annotations.path)
    return {
        "id": recording.id,
        "name": source.name,
        "samples": source.samples,
        "person": source.person,
        "media": source.media.path,
        "outside": media is None,
        "missing": media is not None and not is_file(media),
        "changed": bool(beside and recording.has_changed(beside)),
        "rev": counts.rev,
        "segments": counts.segments,
        "states": counts.states,
        "seconds": {
            "in": recording.seconds,
            "written": counts.written,
            "checked": counts.checked,
        },
        "doubt": drafts.of(recording).doubt,
    }


def _segments(body: Body, key: str) -> tuple[Segment, ...]:
    try:
        return read_segments(body.get(key))
    except ValueError as error:
        raise MalgwiError(f"{key}: {error}") from error
