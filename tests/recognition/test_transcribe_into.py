"""A copy of the user's own ELAN file with the transcript in it; corrections on their way back."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annotation_files import media, simple_eaf
from level_model import level_clip, level_recogniser
from malgwi.annotation.elan import read_elan
from malgwi.cli.main import main
from malgwi.corpus.annotated import open_project
from malgwi.corpus.conventions import Conventions
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.recognition import transcribe as plain
from malgwi.recognition import transcribe_into as module
from malgwi.recognition.transcribe import transcribe
from malgwi.recognition.transcribe_into import transcribe_into

SPEECH = "_ab|ba_|" + 11 * "_" + "b_"
"""`ab ba` from 60 to 360 ms; after a pause of 780 ms `b` from 1140 to 1200 ms."""


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in (plain, module):
        monkeypatch.setattr(user, "open_recogniser", lambda model, **_: level_recogniser())


def own(folder: Path, *links: str) -> Path:
    links = links or (media("file:///C:/x/talk.wav"),)
    return simple_eaf(folder / "own.eaf", {"ref": [(0, 900, "mine")]}, links)


def into(files: list[Path], document: Path, **options: object) -> tuple[Path, str]:
    err = io.StringIO()
    return transcribe_into("levels", files, document, stderr=err, **options), err.getvalue()  # type: ignore[arg-type]


def tiers(path: Path) -> dict[str, list[tuple[float, float, str]]]:
    found = read_elan(path)
    assert (found.problems, found.notes) == ((), ())
    return {t.name: [(a.start, a.end, a.text) for a in t.annotations] for t in found.tiers}


def test_the_copy_has_both_and_the_own_file_stays(tmp_path: Path) -> None:
    talk, document = level_clip(tmp_path / "talk.wav", SPEECH), own(tmp_path)
    before = document.read_bytes()
    (tmp_path / "own.pfsx").write_bytes(b"<preferences/>")
    copy, err = into([talk], document)
    assert copy == tmp_path / "own-malgwi.eaf"
    assert document.read_bytes() == before
    assert (tmp_path / "own-malgwi.pfsx").read_bytes() == b"<preferences/>"
    assert tiers(copy) == {
        "ref": [(0.0, 0.9, "mine")],
        "malgwi utterances": [(0.06, 0.36, "ab ba"), (1.14, 1.2, "b")],
        "malgwi words": [(0.06, 0.18, "ab"), (0.24, 0.36, "ba"), (1.14, 1.2, "b")],
        "malgwi confidence": [(0.06, 0.18, "0.98"), (0.24, 0.36, "0.98"), (1.14, 1.2, "0.98")],
    }
    assert err == (
        f"{copy}: 3 words; new tiers 'malgwi utterances', 'malgwi words', 'malgwi confidence'\n"
    )
    with pytest.raises(MalgwiError, match=r"own-malgwi\.eaf: is there already"):
        into([talk], document)
    with pytest.raises(MalgwiError, match=r"own\.eaf: is there already"):
        into([talk], document, output=document)
    assert "malgwi words 2" in tiers(into([talk], copy, output=tmp_path / "third.eaf")[0])


def test_time_origin_is_taken_off_and_what_lies_before_it_is_left_out(tmp_path: Path) -> None:
    talk = level_clip(tmp_path / "talk.wav", SPEECH)
    late = own(tmp_path, media("file:///other.mp4"), media("file:///x/TALK.wav", origin=240))
    copy, err = into([talk], late)
    assert tiers(copy)["malgwi words"] == [(0.0, 0.12, "ba"), (0.9, 0.96, "b")]
    assert tiers(copy)["malgwi utterances"] == [(0.0, 0.12, "ba"), (0.9, 0.96, "b")]
    assert (
        "before its time begins (240 ms into the recording, TIME_ORIGIN) are left out: 1\n" in err
    )


def test_a_recording_that_the_file_does_not_name(tmp_path: Path) -> None:
    talk = level_clip(tmp_path / "sound.wav", SPEECH)
    _, err = into([talk], own(tmp_path, media("file:///talk.mp4")))
    assert "links to no sound.wav; its times are taken to be those of file:///talk.mp4" in err
    two = own(tmp_path, media("file:///a.mp4"), media("file:///b.mp4", origin=40))
    with pytest.raises(MalgwiError, match=r"links to no sound.wav, and its recordings begin at"):
        into([talk], two, output=tmp_path / "other.eaf")
    assert not (tmp_path / "other.eaf").exists()


def test_each_channel_has_its_tiers(tmp_path: Path) -> None:
    left, rate = soundfile.read(level_clip(tmp_path / "left.wav", "_b_"))
    talk = tmp_path / "talk.wav"
    soundfile.write(talk, np.stack([left, left / 2], 1), rate, subtype="FLOAT")
    copy, _ = into([talk], own(tmp_path), channel="each")
    found = tiers(copy)
    assert found["malgwi utterances of channel 0"] == [(0.06, 0.12, "b")]
    assert found["malgwi utterances of channel 1"] == [(0.06, 0.12, "a")]


def test_damage_is_told_before_anything_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "open_recogniser", lambda *_, **__: pytest.fail("opened"))
    talk, document = level_clip(tmp_path / "talk.wav", SPEECH), own(tmp_path)
    with pytest.raises(MalgwiError, match="takes one reading of one recording, found 2 rec"):
        into([talk, talk], document)
    with pytest.raises(MalgwiError, match="found --nbest 3"):
        into([talk], document, search=Search(nbest=3))
    whole = document.read_text(encoding="utf-8")
    document.write_text(whole.replace("UTF-8", "UTF-16"), encoding="utf-16")
    with pytest.raises(MalgwiError, match="UTF-16 or UTF-32, expected UTF-8"):
        into([talk], document)
    document.write_text(whole[:300], encoding="utf-8")
    with pytest.raises(MalgwiError, match=r"gone\.eaf: no such file; expected an ELAN file"):
        into([talk], tmp_path / "gone.eaf")
    with pytest.raises(MalgwiError, match=r"--into \.: no such file"):
        into([talk], Path())
    with pytest.raises(MalgwiError, match="not whole or no XML"):
        into([talk], document)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.eaf", "talk.wav"]


def test_a_recording_that_fails_leaves_no_copy(tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"RIFF and nothing else")
    with pytest.raises(MalgwiError, match=r"talk\.wav"):
        into([tmp_path / "talk.wav"], own(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.eaf", "talk.wav"]


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk, document = level_clip(tmp_path / "talk.wav", SPEECH), own(tmp_path)
    command = ["transcribe", "levels", str(talk), "--into", str(document)]
    assert main([*command, "--format", "eaf"]) == 2
    assert "--format eaf: --into adds to ELAN files only" in capsys.readouterr().err
    assert main([*command, "--output", str(tmp_path / "copy.eaf")]) == 0
    assert capsys.readouterr().out == ""
    assert "malgwi words" in tiers(tmp_path / "copy.eaf")


@pytest.mark.parametrize(
    ("form", "ending", "heard", "mended"),
    [
        ("eaf", ".eaf", ">ab ba<", '>ab "ba" &amp; b<'),
        ("textgrid", ".TextGrid", '"ab ba"', '"ab ""ba"" & b"'),
        ("audacity", ".labels.txt", "\tab ba\n", '\tab "ba" & b\n'),
        ("stm", ".stm", "> ab ba\n", '> ab "ba" & b\n'),
        ("srt", ".srt", "\nab ba\n", '\nab "ba" & b\n'),
    ],
)
def test_corrections_come_back(
    tmp_path: Path, form: str, ending: str, heard: str, mended: str
) -> None:
    """What is corrected in the file is what `prepare` learns from, at its time."""
    talk = level_clip(tmp_path / "talk.wav", SPEECH)
    transcribe("levels", [talk], formats=(form,), output=tmp_path)
    written = tmp_path / f"talk{ending}"
    text = written.read_text(encoding="utf-8")
    assert text.count(heard) == 1
    written.write_text(text.replace(heard, mended), encoding="utf-8")
    tier = ("utterances",) if form in {"eaf", "textgrid"} else ()
    first, second = open_project(tmp_path, Conventions(tier=tier)).rows()
    assert (first.audio, first.text, first.start) == (talk, 'ab "ba" & b', 0.06)
    assert (second.text, second.start) == ("b", 1.14)
