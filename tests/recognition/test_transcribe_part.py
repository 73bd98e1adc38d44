"""Parts of many recordings, joined, are what one run writes."""

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from level_model import level_clip, level_recogniser
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, Record, join
from malgwi.recognition import transcribe as whole
from malgwi.recognition import transcribe_part as module
from malgwi.recognition import written_files
from malgwi.recognition.transcribe import transcribe
from malgwi.recognition.transcribe_part import transcribe_part
from malgwi.recognition.written_files import join_files
from malgwi.speech.audio import Samples

FORMATS = ("json", "textgrid", "srt")
SPELT = {"d": "_ab|ba_", "a": "_a_", "c": "_b|b_", "e": "_ab_ab|b_"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    for place in (whole, module):
        monkeypatch.setattr(place, "open_recogniser", lambda model, **_: level_recogniser())
    monkeypatch.chdir(tmp_path)
    made = [level_clip(Path(f"in/{name}.wav"), spelt) for name, spelt in SPELT.items()]
    left, rate = soundfile.read(made[0])
    soundfile.write("in/two.wav", np.stack([left, left[::-1]], 1), rate, subtype="FLOAT")
    Path("in/bad.wav").write_bytes(b"RIFF and nothing else")
    return [*made, Path("in/two.wav"), Path("in/bad.wav")]


def _part(files: list[Path], number: int, of: int = 3, **options: Any) -> str:
    told = {"formats": FORMATS, "output": Path("out"), "channel": "each", "stderr": io.StringIO()}
    told |= options
    try:
        transcribe_part("levels", files, Part(number, of), **told)  # type: ignore[arg-type]
    except MalgwiError as error:
        if "could not be transcribed" not in str(error):
            raise
        return f"{told['stderr'].getvalue()}{error}"  # type: ignore[attr-defined]
    return told["stderr"].getvalue()  # type: ignore[attr-defined, no-any-return]


def _content(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _one_run(files: list[Path]) -> str:
    with pytest.raises(MalgwiError) as error:
        transcribe(
            "levels", files, formats=FORMATS, output=Path("one"), channel="each",
            stderr=io.StringIO(),
        )  # fmt: skip
    return str(error.value)


def test_joined_parts_are_what_one_run_writes(files: list[Path]) -> None:
    """Six recordings, the longest the one of two channels; one of them broken."""
    said = [_part(files, number) for number in (2, 1, 3)]
    assert sum("bad.wav: not readable as audio" in one for one in said) == 1
    assert sum("the first in/bad.wav" in one for one in said) == 1
    assert all("of 6 recordings are through; after all parts: malgwi join out" in s for s in said)
    errors = io.StringIO()
    with pytest.raises(MalgwiError) as broken:
        join_files(Path("out"), join(Path("out")), stderr=errors)
    assert str(broken.value) == _one_run(files)
    assert errors.getvalue().startswith("malgwi: error: in/bad.wav: not readable as audio")
    assert _content("out") == _content("one")
    assert len(_content("out")) == 3 * (4 + 2)  # formats, and channels of the five that are sound
    assert not Path("out.parts").exists()


def test_a_part_that_died_goes_on_and_hears_nothing_twice(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the third recording; before its files are recorded; after that, before they are there."""
    heard: list[str] = []

    def recorded(recogniser: object, file: Path, *rest: object, **more: object) -> Iterable[object]:
        heard.append(file.stem)
        return whole.of_file(recogniser, file, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "of_file", recorded)
    files = files[:4]
    dying = iter([None, None, KeyboardInterrupt])

    def logits(samples: Samples) -> object:
        if error := next(dying, None):
            raise error
        return level_recogniser().logits(samples)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    dying_one = replace(level_recogniser(), logits=logits)  # type: ignore[arg-type]
    harms = (
        (module, "open_recogniser", lambda model, **_: dying_one),
        (Record, "add", die),
        (written_files, "publish", die),
    )
    for place, name, harm in harms:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, harm)
            with pytest.raises(KeyboardInterrupt):
                _part(files, 1, 1)
    Path("out/a.0.srt").unlink()
    assert "1 of them earlier" in _part(files, 1, 1)
    assert heard == ["d", "a", "c", "c", "c", "a", "c", "e"]
    join_files(Path("out"), join(Path("out")))
    transcribe("levels", files, formats=FORMATS, output=Path("one"), channel="each")
    assert _content("out") == _content("one")


def test_a_recording_that_could_not_be_read_is_tried_again(files: list[Path]) -> None:
    assert "bad.wav" in _part(files, 1, 1)
    size = files[-1].stat().st_size
    Path("in/bad.wav").write_bytes(Path("in/a.wav").read_bytes()[:size])
    assert "5 of them earlier" in _part(files, 1, 1)


def test_the_folder_stays_though_a_part_fails(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may have begun in it."""

    def fail(*_: object, **__: object) -> None:
        raise MalgwiError("no model")

    monkeypatch.setattr(module, "open_recogniser", fail)
    with pytest.raises(MalgwiError, match="no model"):
        _part(files, 1)
    assert list(Path("out").iterdir()) == []


def test_what_somebody_corrected_stays(files: list[Path]) -> None:
    _part(files, 1, 1)
    Path("out/d.0.TextGrid").write_text("corrected")
    with pytest.raises(MalgwiError, match=r"d\.0\.TextGrid: is there already and may hold"):
        _part(files, 1, 1)
    with pytest.raises(
        MalgwiError, match=r"d\.0\.TextGrid: isn't as it was written; .* run part 1/1 again"
    ):
        join_files(Path("out"), join(Path("out")))
    assert Path("out/d.0.TextGrid").read_text() == "corrected"
    Path("out/d.0.TextGrid").unlink()
    with pytest.raises(MalgwiError, match=r"d\.0\.TextGrid: isn't there; put it back"):
        join_files(Path("out"), join(Path("out")))
    assert Path("out.parts/1-of-1.jsonl").is_file()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"formats": ("json",)}, "--format"),
        ({"channel": None}, "--channel"),
        ({"search": Search(greedy=True)}, "--greedy"),
    ],
)
def test_parts_of_another_work(files: list[Path], options: dict[str, Any], name: str) -> None:
    _part(files, 2)
    with pytest.raises(MalgwiError, match=f"part 2/3 is of another work: {name} is"):
        _part(files, 1, **options)
    with pytest.raises(MalgwiError, match=r"recordings is 6 of .* bytes .*, expected 5 of"):
        _part(files[1:], 1)
    with files[0].open("ab") as file:
        file.write(b"\0")
    with pytest.raises(MalgwiError, match=r"recordings is 6 of .* bytes .*, expected 6 of"):
        _part(files, 1)


def test_a_recording_that_was_shortened_between_parts_is_named(files: list[Path]) -> None:
    _part(files, 1)
    size = files[0].stat().st_size
    level_clip(files[0], "_a_")
    now = files[0].stat().st_size
    said = rf"\(in/d\.wav: {size:,} bytes in part 1/3 and {now:,} in part 2/3\)"
    with pytest.raises(MalgwiError, match=said):
        _part(files, 2)


def test_joined_from_another_folder(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        _part(files, number)
    Path("far/out").mkdir(parents=True)
    Path("far/out/d.0.json").write_text("of another archive")
    monkeypatch.chdir("far")
    with pytest.raises(MalgwiError, match="1 of 6 recordings could not be transcribed, the first"):
        join_files(Path("../out"), join(Path("../out")), stderr=io.StringIO())
    monkeypatch.chdir(tmp_path)
    _one_run(files)
    assert _content("out") == _content("one")


def test_names_that_collide_are_refused_in_whichever_part_they_are(files: list[Path]) -> None:
    other = level_clip(Path("other/A.wav"), "_a_")
    for number in range(1, 4):
        with pytest.raises(MalgwiError, match=r"in/a.wav and other/A.wav would both be written"):
            _part([*files, other], number)
    assert not Path("out").exists()


def test_a_recording_that_is_too_short_is_told(files: list[Path]) -> None:
    soundfile.write("in/a.wav", np.zeros(10), 16_000)
    assert "in/a.wav: 10 samples at 16 kHz are too few" in _part(files[:4], 1, 1)


def test_a_record_is_readable(files: list[Path]) -> None:
    _part(files[:1], 1, 1, channel=None, formats=("text",))
    head, line = map(json.loads, Path("out.parts/1-of-1.jsonl").read_text().splitlines())
    assert (head["number"], head["of"], head["mine"]) == (1, 1, [0])
    assert line[0] == 0
    assert line[1]["file"] == "in/d.wav"
    assert list(line[1]["files"]) == ["d.txt"]
