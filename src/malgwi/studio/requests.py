"""What came with a request → values that were looked at, and functions → endpoints with a body."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from malgwi.errors import MalgwiError
from malgwi.text_file import is_utf8

Body = Mapping[str, Any]


def with_body(
    answer: Callable[[Request, Body], object],
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that reads a JSON object and answers in a thread, since disks are slow.

    Raises:
        MalgwiError: of the endpoint: what came is no JSON object.
    """

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            body = await request.json() if raw else {}
        except (ValueError, RecursionError) as error:
            raise MalgwiError(f"the request isn't JSON ({error}); expected an object") from error
        if not isinstance(body, dict):
            raise MalgwiError("the request is no JSON object; expected one")
        found = await run_in_threadpool(answer, request, body)
        if isinstance(found, Response):
            return found
        # Escaped, since names of files needn't be UTF-8.
        return Response(json.dumps(found, allow_nan=False), media_type="application/json")

    return endpoint


def text(body: Body, key: str, most: int = 200) -> str:
    """Return a text that has to be there.

    Raises:
        MalgwiError: it isn't, or is too long.
    """
    value = body.get(key)
    if not isinstance(value, str) or len(value) > most or "\0" in value or not is_utf8(value):
        raise MalgwiError(f"{key}: {value!r:.60}; expected a text of at most {most:,} characters")
    return value


def optional_text(body: Body, key: str, most: int = 200) -> str | None:
    """Return a text, or None where it isn't there or null.

    Raises:
        MalgwiError: it is something else.
    """
    return None if body.get(key) is None else text(body, key, most)


def truth(body: Body, key: str) -> bool:
    """Return true or false; what isn't there is false.

    Raises:
        MalgwiError: it is something else.
    """
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise MalgwiError(f"{key}: {value!r:.60}; expected true or false")
    return value


def texts(body: Body, key: str, most: int = 1000) -> list[str]:
    """Return a list of texts; what isn't there is empty.

    Raises:
        MalgwiError: it is something else.
    """
    value = body.get(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise MalgwiError(f"{key}: {value!r:.60}; expected a list of at most {most:,} texts")
    return [text({key: one}, key, 4096) for one in value]


def number(request: Request, key: str, default: int) -> int:
    """Return a whole number from the address line.

    Raises:
        MalgwiError: it is something else.
    """
    value = request.query_params.get(key)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise MalgwiError(f"{key}={value[:40]!r}: expected a whole number")
    return int(value)
