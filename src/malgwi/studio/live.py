"""A WebSocket → the live recogniser: the browser's microphone in, the text so far out.

What comes are 16-bit mono samples at the browser's own rate. The model runs in a thread, as in
`malgwi listen`, so that sound is taken while it works.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from malgwi.decoding.decode import Transcript
from malgwi.decoding.hotword_text import phrases_of_words
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.recognition.listen import Waiting, recognise
from malgwi.recognition.recognise import Recogniser, Update, open_recogniser
from malgwi.speech.audio import Resampler, from_16_bits

RATES = range(8_000, 192_001)
_MOST_WAITING = 200
"""Messages that aren't heard yet; a browser that sends faster than it can be heard must wait."""
_OFTEN_S = 0.05
_END = "end"


def live(model_of: Callable[[int], str]) -> Callable[[WebSocket], Any]:
    """Return the endpoint; `model_of` tells what the model of a round is."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await _listen(socket, model_of)
        except WebSocketDisconnect:
            return
        except MalgwiError as error:
            await _say(socket, {"error": str(error), "code": "malgwi", "values": {}})
        with suppress(RuntimeError):  # the page has closed it
            await socket.close()

    return endpoint


async def _listen(socket: WebSocket, model_of: Callable[[int], str]) -> None:
    asked = socket.query_params
    rate = _whole(asked.get("rate", "16000"), "rate", RATES)
    model = model_of(_whole(asked.get("round", "0"), "round", range(1_000_000)))
    named = asked.get("hotwords", "").strip()
    hotwords = tuple(phrases_of_words(named)) if named else ()
    recogniser = await run_in_threadpool(_opened, model, _changed(model), hotwords)
    await _say(socket, {"ready": True})
    waiting: Waiting = SimpleQueue()
    news: asyncio.Queue[Update | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def told(update: Update | None) -> None:
        loop.call_soon_threadsafe(news.put_nowait, update)

    def heard() -> Transcript:
        try:
            return recognise(recogniser, waiting, told)
        finally:
            told(None)

    listening = asyncio.create_task(run_in_threadpool(heard))
    sending = asyncio.create_task(_send(socket, news))
    try:
        await _receive(socket, rate, waiting, listening)
    except WebSocketDisconnect:
        with suppress(Empty):  # nobody is there to be told what it says
            while True:
                waiting.get_nowait()
        raise
    finally:
        waiting.put(None)
        transcript = await listening
        await sending
    said = transcript.to_json("-")
    await _say(socket, {"text": said["text"], "words": said["words"], "ended": True})


async def _receive(
    socket: WebSocket, rate: int, waiting: Waiting, listening: "asyncio.Task[Transcript]"
) -> None:
    """Put what comes into the queue, until its end or that of the thread that listens."""
    resampler = Resampler(rate)
    while not listening.done():
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        if message.get("text") == _END:
            break
        data = message.get("bytes") or b""
        if len(data) % 2:
            raise MalgwiError(f"live: {len(data)} bytes came; expected 16-bit samples")
        samples = resampler.feed(from_16_bits(np.frombuffer(data, "<i2")))
        if len(samples):
            waiting.put(samples)
        while waiting.qsize() > _MOST_WAITING and not listening.done():
            await asyncio.sleep(_OFTEN_S)
    if len(rest := resampler.rest()):
        waiting.put(rest)


async def _send(socket: WebSocket, news: "asyncio.Queue[Update | None]") -> None:
    while (update := await news.get()) is not None:
        await _say(socket, update._asdict())


async def _say(socket: WebSocket, value: object) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the page left
        await socket.send_json(value)


@lru_cache(maxsize=1)
def _opened(model: str, _changed: int, hotwords: tuple[str, ...]) -> Recogniser:
    """Return the model, which stays open for the next time."""
    return open_recogniser(model, search=Search(hotwords=hotwords))


def _changed(model: str) -> int:
    path = Path(model)
    return path.stat().st_mtime_ns if path.exists() else 0


def _whole(value: str, name: str, among: range) -> int:
    if value.isascii() and value.isdecimal() and len(value) < 10 and int(value) in among:
        return int(value)
    raise MalgwiError(f"{name}={value[:20]!r}: expected {among[0]} to {among[-1]}")
