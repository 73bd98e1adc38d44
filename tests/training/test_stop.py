"""Signals are noted once the loop can save; before that, and the second time, they end it."""

import os
import signal
import time

import pytest

from malgwi.training.stop import Stop


def test_a_signal_is_noted_and_the_handlers_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Stop(None) as stop:
        stop.gently()
        assert stop.reason() == ""
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.reason() == "signal"
        assert stop.signalled
        assert signal.getsignal(signal.SIGTERM) == before  # a second one does what it did
    assert signal.getsignal(signal.SIGTERM) == before


def test_before_the_loop_a_signal_ends_the_program() -> None:
    with Stop(None), pytest.raises(KeyboardInterrupt):
        _terminate_and_wait()


def _terminate_and_wait() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1)


def test_the_clock_starts_with_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Stop(1.0) as stop:
        now[0] += 3600
        assert stop.reason() == ""
        stop.gently()
        now[0] += 59
        assert stop.reason() == ""
        now[0] += 1
        assert stop.reason() == "max-minutes"
