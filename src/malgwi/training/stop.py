"""When a run should stop before its end: a signal, or the time that was given."""

import signal
import threading
import time
from types import FrameType
from typing import Any


class Stop:
    """Watches SIGINT, SIGTERM and the clock.

    Until `gently` is called a signal ends the program as Ctrl-C does; from then on it is only
    noted, so that the loop can save and leave. A second signal always ends the program.
    """

    def __init__(self, max_minutes: float | None) -> None:
        """Watch for so many minutes from `gently` on; None has no end."""
        self._max_minutes = max_minutes
        self._until: float | None = None
        self._gentle = self._signalled = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Stop":
        """Take the signals over, where this is the main thread."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        self._give_back()

    def gently(self) -> None:
        """Note signals from now on instead of ending the program, and start the clock."""
        self._gentle = True
        if self._max_minutes is not None:
            self._until = time.monotonic() + 60 * self._max_minutes

    @property
    def signalled(self) -> bool:
        """Whether a signal came."""
        return self._signalled

    def reason(self) -> str:
        """Return `signal`, `max-minutes` or nothing."""
        if self._signalled:
            return "signal"
        over = self._until is not None and time.monotonic() >= self._until
        return "max-minutes" if over else ""

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._give_back()
        if not self._gentle:
            raise KeyboardInterrupt
        self._signalled = True

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
