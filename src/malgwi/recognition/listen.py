"""Speech from a microphone, a pipe or whatever gives samples → its text while it is spoken.

Whatever reads the sound must not wait for the model, so a thread of its own does. Previews run what
is open, only where there is new sound, and rest as long as they took: they take half of a core at
most, and are left out while the model is behind.
"""

import json
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import BinaryIO, TextIO, cast

import numpy as np
from rich.cells import cell_len

from malgwi.decoding.decode import Transcript
from malgwi.errors import MalgwiError
from malgwi.recognition.recognise import Listening, Recogniser, Update
from malgwi.speech.audio import SAMPLE_RATE, Samples, from_16_bits

PREVIEW_S = 0.3
"""New sound before the next preview."""
_READ_S = 0.1
_PATIENCE_S = 10.0
"""Seconds in which a recorder that has closed its sound ends, on a busy machine too."""
Waiting = SimpleQueue[Samples | OSError | None]
"""Sound, until none comes or it can't be read; may be filled from a signal's handler."""
_MICROPHONES = (
    ("arecord", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(SAMPLE_RATE)),
    ("parec", "--raw", "--format=s16le", "--channels=1", f"--rate={SAMPLE_RATE}"),
    ("rec", "-q", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", str(SAMPLE_RATE), "-"),
)


@contextmanager
def pipe() -> Iterator[BinaryIO]:
    """Yield the sound that is piped in.

    Without a buffer, whose lock a thread that waits for sound would hold when Python ends.

    Raises:
        MalgwiError: stdin is closed.
    """
    try:
        source = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - no path
    except OSError as error:
        raise MalgwiError(
            f"listen: stdin can't be read ({error.strerror}); pipe sound in"
        ) from error
    yield source


@contextmanager
def microphone() -> Iterator[BinaryIO]:
    """Yield the sound of the default microphone: 16 bits, 16 kHz, mono, without a header.

    Raises:
        MalgwiError: none of the programs that record is there, or it can't.
    """
    command = next((one for one in _MICROPHONES if shutil.which(one[0])), None)
    if command is None:
        names = ", ".join(one[0] for one in _MICROPHONES)
        raise MalgwiError(
            f"listen: none of {names} is installed to record with; install one, or pipe sound in: "
            "ffmpeg … -f s16le -ac 1 -ar 16000 - | malgwi listen MODEL"
        )
    # The command is one of those above. In a session of its own Ctrl-C doesn't reach it, of which
    # some make an error.
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
    ) as recorder:
        try:
            yield cast("BinaryIO", recorder.stdout)
        finally:
            status = _end(recorder)
    if status:
        raise MalgwiError(f"listen: {command[0]} ended with status {status}")


def _end(recorder: subprocess.Popen[bytes]) -> int | None:
    """End what records; return its exit status if it ended by itself."""
    status = None
    sound = select.poll()
    sound.register(cast("BinaryIO", recorder.stdout), 0)
    if sound.poll(0):  # the sound is closed, which happens a moment before the status is there
        with suppress(subprocess.TimeoutExpired):
            status = recorder.wait(_PATIENCE_S)
    recorder.terminate()
    return status


def listen(
    recogniser: Recogniser,
    source: BinaryIO,
    told: Callable[[Update], object],
    *,
    preview_s: float = PREVIEW_S,
) -> Transcript:
    """Recognise 16-bit mono samples at 16 kHz, little-endian, without a header, until they end.

    Args:
        recogniser: the model.
        source: where they come from; Ctrl-C ends them, too, and what was said before is heard.
        told: called with the text so far whenever it is another one.
        preview_s: seconds of new sound before what is open is run again; 0: only segments that a
            pause has ended are.

    Raises:
        MalgwiError: the sound can't be read, or the model's output is not a number.
    """
    waiting: Waiting = SimpleQueue()
    threading.Thread(target=_read, args=(source, waiting), daemon=True).start()
    with _ended_by_ctrl_c(waiting):
        return recognise(recogniser, waiting, told, preview_s=preview_s)


def recognise(
    recogniser: Recogniser,
    waiting: Waiting,
    told: Callable[[Update], object],
    *,
    preview_s: float = PREVIEW_S,
) -> Transcript:
    """Recognise samples that another thread puts into a queue, until it puts None.

    Args:
        recogniser: the model.
        waiting: what was said and isn't heard yet.
        told: called with the text so far whenever it is another one.
        preview_s: as for `listen`.

    Raises:
        MalgwiError: the sound can't be read, or the model's output is not a number.
    """
    listening, last = Listening(recogniser), Update("", "")
    previewed, rested = 0, 0.0
    while (samples := waiting.get()) is not None:
        if isinstance(samples, OSError):
            raise MalgwiError(f"listen: the sound can't be read ({samples.strerror})")
        ended = listening.feed(samples)
        hops = listening.sound_end - previewed
        idle = waiting.empty() and time.monotonic() >= rested
        news = preview_s > 0 and hops * recogniser.grid.hop >= preview_s * SAMPLE_RATE
        if not ended and idle and news:
            started = time.monotonic()
            previewed = listening.sound_end
            listening.preview()
            rested = 2 * time.monotonic() - started
        if ended or (idle and news):
            previewed = previewed if listening.sound_end else 0
            update = listening.update()
            if update != last:
                told(update)
                last = update
    return listening.finish()


@contextmanager
def _ended_by_ctrl_c(waiting: Waiting) -> Iterator[None]:
    """Let Ctrl-C, which is how one stops speaking, end the sound; a second one ends everything.

    An exception out of the middle of a run would lose the segment that is run.
    """

    def end(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        waiting.put(None)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _read(source: BinaryIO, waiting: Waiting) -> None:
    rest = b""
    try:
        while data := source.read(int(_READ_S * SAMPLE_RATE) * 2):
            data = rest + data
            whole = len(data) // 2 * 2
            rest = data[whole:]
            waiting.put(from_16_bits(np.frombuffer(data[:whole], "<i2")))
    except OSError as error:
        waiting.put(error)
    waiting.put(None)


class Lines:
    """Prints a text as it grows: what is settled stays, on a terminal what moves is overwritten."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Print to a stream; None is stdout."""
        self._out = out or sys.stdout
        self._printed = ""

    def __call__(self, update: Update) -> None:
        """Print what is new."""
        fresh = update.stable[len(self._printed) :].strip()
        self._printed = update.stable
        if self._out.isatty():
            moving = _end_of(update.moving, shutil.get_terminal_size().columns - 1)
            self._out.write("\r\x1b[K" + (fresh + "\n" if fresh else "") + moving)
        elif fresh:
            self._out.write(fresh + "\n")
        self._out.flush()

    def end(self, transcript: Transcript) -> None:
        """Print what the last update had not."""
        self(Update(transcript.text, ""))


def _end_of(text: str, columns: int) -> str:
    """Return what of the end of a text a line holds, in which wide characters take two columns."""
    start = len(text)
    while start and (columns := columns - cell_len(text[start - 1])) >= 0:
        start -= 1
    return text[start:]


class JsonLines:
    """Prints each update as a JSON line, and the transcript as the last one."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Print to a stream; None is stdout."""
        self._out = out or sys.stdout

    def __call__(self, update: Update) -> None:
        """Print an update."""
        self._line(update._asdict())

    def end(self, transcript: Transcript) -> None:
        """Print the transcript."""
        self._line(transcript.to_json("-"))

    def _line(self, value: object) -> None:
        self._out.write(json.dumps(value, ensure_ascii=False) + "\n")
        self._out.flush()
