"""A minute of the first recordings, heard."""

from pathlib import Path

import pytest

from bundles import level_bundle
from level_model import level_clip
from malgwi.decoding.search import DEFAULT
from malgwi.errors import MalgwiError
from malgwi.recognition import pace as module
from malgwi.recognition.pace import Pace, measure_pace


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    level_bundle(Path("m.malgwi"))


def test_so_much_is_heard_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two whole recordings and the beginning of the third; broken ones are passed."""
    Path("bad.wav").write_bytes(b"RIFF and nothing else")
    files = [Path("bad.wav"), Path("gone.wav")]
    files += [level_clip(Path(f"{n}.wav"), "ab|" * 250) for n in range(4)]
    seconds = 250 * 3 * 320 / 16_000
    monkeypatch.setattr(module, "PROBE_S", 2.5 * seconds)
    found = measure_pace("m.malgwi", files, threads=1, search=DEFAULT)
    assert found is not None
    assert found.seconds == pytest.approx(2.5 * seconds, rel=0.01)
    assert found.processor > 0
    assert Pace(40.0, 2.0).share == 0.05


def test_nothing_that_can_be_heard() -> None:
    Path("bad.wav").write_bytes(b"RIFF and nothing else")
    assert measure_pace("m.malgwi", [Path("bad.wav")], threads=1, search=DEFAULT) is None
    assert measure_pace("m.malgwi", [], threads=1, search=DEFAULT) is None
    with pytest.raises(MalgwiError, match=r"none\.malgwi"):
        measure_pace("none.malgwi", [], threads=1, search=DEFAULT)
