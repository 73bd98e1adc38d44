import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from level_model import level_clip, level_recogniser
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.recognition import transcribe as module
from malgwi.recognition.transcribe import transcribe


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_recogniser", lambda model, **_: level_recogniser())


def _run(files: list[Path], **options: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    transcribe("levels", files, stdout=out, stderr=err, **options)  # type: ignore[arg-type]
    return out.getvalue(), err.getvalue()


def test_text_of_one_and_of_several(tmp_path: Path) -> None:
    one = level_clip(tmp_path / "one.wav", "_ab|ba_")
    two = level_clip(tmp_path / "two.wav", "_a_")
    assert _run([one]) == ("ab ba\n", "")
    assert _run([one, two])[0] == f"{one}\tab ba\n{two}\ta\n"


def test_json_is_a_line_a_file(tmp_path: Path) -> None:
    files = [level_clip(tmp_path / f"{n}.wav", "_a|_b") for n in (1, 2)]
    lines = _run(files, formats=("json",))[0].splitlines()
    assert [json.loads(line)["file"] for line in lines] == [str(file) for file in files]
    chance = pytest.approx(0.9802, abs=1e-4)  # 1 / (1 + 3 e^-5)
    assert json.loads(lines[0]) == {
        "file": str(files[0]),
        "text": "a b",
        "duration_ms": 305,
        "words": [
            {"text": "a", "start_ms": 60, "end_ms": 120, "confidence": chance},
            {"text": "b", "start_ms": 240, "end_ms": 300, "confidence": chance},
        ],
    }


def test_channels_chosen_named_and_each(tmp_path: Path) -> None:
    """`b` in channel 0, nothing in 1: the average, half as loud, is heard as `a`."""
    left, rate = soundfile.read(level_clip(tmp_path / "left.wav", "_b_"))
    talk = tmp_path / "talk.wav"
    soundfile.write(talk, np.stack([left, 0 * left], 1), rate, subtype="FLOAT")
    out, err = _run([talk])
    assert out == "b\n"
    assert "listening to channel 0 alone, since there is silence in 1" in err
    assert _run([talk], channel="mix") == ("a\n", "")
    assert _run([talk], channel=1) == ("\n", "")
    assert _run([talk], channel="each") == (f"{talk}\t0\tb\n{talk}\t1\t\n", "")
    lines = _run([talk], channel="each", formats=("json",))[0].splitlines()
    assert [json.loads(line)["channel"] for line in lines] == [0, 1]
    _run([talk], channel="each", output=tmp_path / "out")
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {
        "talk.0.txt": "b\n",
        "talk.1.txt": "\n",
    }
    with pytest.raises(MalgwiError, match="files of several channels can't share stdout"):
        _run([talk], channel="each", formats=("srt",))


def test_files_in_a_folder(tmp_path: Path) -> None:
    file = level_clip(tmp_path / "talk.wav", "_a|_b")
    assert _run([file], formats=("srt", "vtt", "text", "json"), output=tmp_path / "out")[0] == ""
    out = tmp_path / "out"
    assert (out / "talk.srt").read_bytes() == b"1\n00:00:00,060 --> 00:00:00,760\na b\n"
    assert (out / "talk.vtt").read_bytes() == b"WEBVTT\n\n00:00:00.060 --> 00:00:00.760\na b\n"
    assert (out / "talk.txt").read_text() == "a b\n"
    assert json.loads((out / "talk.json").read_text())["text"] == "a b"
    assert len(list(out.iterdir())) == 4


def test_tiers_in_a_folder_and_on_stdout(tmp_path: Path) -> None:
    """NIST's channels count from 1; a file that is about one recording can't be shared."""
    file = level_clip(tmp_path / "talk.wav", "_a|_b")
    formats = ("text", "eaf", "textgrid", "audacity", "ctm", "stm")
    _run([file], formats=formats, output=tmp_path / "out")
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "talk.TextGrid", "talk.ctm", "talk.eaf", "talk.labels.txt", "talk.stm", "talk.txt",
    ]  # fmt: skip
    assert (out / "talk.labels.txt").read_bytes() == b"0.060000\t0.300000\ta b\n"
    ctm = "talk 1 0.060 0.060 a 0.9802\ntalk 1 0.240 0.060 b 0.9802\n"
    assert (out / "talk.ctm").read_text() == ctm
    assert "xmax = 0.305\n" in (out / "talk.TextGrid").read_text()
    assert 'RELATIVE_MEDIA_URL="../talk.wav"' in (out / "talk.eaf").read_text()
    assert _run([file, file], formats=("ctm",))[0] == 2 * ctm
    second = _run([file], formats=("stm",), channel=0)[0]
    assert second == "talk 1 talk_1 0.060 0.300 <o,f0,unknown> a b\n"
    assert "RELATIVE_MEDIA_URL" not in _run([file], formats=("eaf",))[0]
    for form in ("eaf", "textgrid", "audacity"):
        with pytest.raises(MalgwiError, match="files of 2 recordings can't share stdout"):
            _run([file, file], formats=(form,))


@pytest.mark.parametrize(
    ("form", "name"),
    [("eaf", "talk.eaf"), ("textgrid", "talk.textgrid"), ("audacity", "talk.labels.txt")],
)
def test_what_may_be_corrected_is_not_replaced(tmp_path: Path, form: str, name: str) -> None:
    file = level_clip(tmp_path / "talk.wav", "_a_")
    (tmp_path / name).write_text("mine")
    for channel, old in ((None, name), ("each", name.replace("talk", "talk.0"))):
        (tmp_path / name).replace(tmp_path / old)
        with pytest.raises(MalgwiError, match=f"{old}: is there already and may hold"):
            _run([file], formats=("json", form), output=tmp_path, channel=channel)
        assert (tmp_path / old).read_text() == "mine"
        assert not list(tmp_path.glob("*.json"))
    _run([file], formats=(form,), output=tmp_path)  # talk.0 is of another recording


def test_texts_beside_their_recordings_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There people's own transcripts and subtitles lie; elsewhere earlier results give way."""
    files = [level_clip(tmp_path / "in" / name, "_a_") for name in ("other.wav", "talk.wav")]
    (tmp_path / "in/Talk.TXT").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/talk.txt").write_text("an earlier one")
    monkeypatch.chdir(tmp_path / "in")
    for output in (tmp_path / "in", Path(), tmp_path / "out/../in"):
        with pytest.raises(MalgwiError, match=r"Talk\.TXT: is there already and may hold"):
            _run(files, formats=("json", "text"), output=output)
    assert sorted(path.name for path in Path().iterdir()) == ["Talk.TXT", "other.wav", "talk.wav"]
    assert Path("Talk.TXT").read_text() == "mine"
    _run(files, formats=("json",), output=Path())
    _run(files, output=tmp_path / "out")
    assert (tmp_path / "out/talk.txt").read_text() == "a\n"


def test_one_broken_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    good = [level_clip(tmp_path / f"{n}.wav", "_a_") for n in (1, 2)]
    (tmp_path / "bad.wav").write_bytes(b"RIFF and nothing else")
    out, err = io.StringIO(), io.StringIO()
    files = [good[0], tmp_path / "bad.wav", tmp_path / "gone.wav", good[1]]
    with pytest.raises(MalgwiError, match="2 of 4 recordings could not") as failed:
        transcribe("levels", files, stdout=out, stderr=err)
    assert failed.value.exit_status == 2
    assert out.getvalue() == f"{good[0]}\ta\n{good[1]}\ta\n"
    errors = err.getvalue().splitlines()
    assert [line.startswith("malgwi: error: ") for line in errors] == [True, True]
    assert "bad.wav" in errors[0]
    assert "gone.wav" in errors[1]


def test_a_clip_too_short_is_empty_with_a_warning(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", [0.1] * 10, 16_000)
    out, err = _run([tmp_path / "short.wav"])
    assert out == "\n"
    assert err.startswith("malgwi: warning: ")


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["a.wav"], {"formats": ("doc",)}, "--format 'doc': expected one or more of text,json"),
        (["a.wav"], {"formats": ("",)}, "--format '': expected"),
        (["a.wav"], {"formats": ("text", "srt")}, "give --output FOLDER"),
        (["a.wav", "b.wav"], {"formats": ("srt",)}, "files of 2 recordings"),
        ([], {}, "no recording given"),
        (
            ["a.wav"],
            {"formats": ("srt",), "search": Search(nbest=2)},
            "--nbest 2: subtitles and tiers have",
        ),
        (
            ["a.wav"],
            {"formats": ("srt", "vtt"), "output": Path("x"), "search": Search(nbest=2)},
            "--nbest 2: subtitles and tiers have",
        ),
    ],
)
def test_wrong_options(names: list[str], options: dict[str, object], message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        _run([Path(name) for name in names], **options)


def test_two_recordings_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    files = [level_clip(tmp_path / folder / "talk.wav", "_a_") for folder in ("x", "y")]
    with pytest.raises(MalgwiError, match=r"would both be written to .*talk\.\*"):
        _run(files, output=tmp_path / "out")
    with pytest.raises(MalgwiError, match=r"talk\.\*; name it once"):
        _run([files[0], Path(str(files[0]))], output=tmp_path / "out")
    for name, other in (("talk", "talk.labels"), ("Jos\xe9", "Jose\u0301")):
        with pytest.raises(MalgwiError, match="would both be written"):
            _run(
                [Path(f"x/{name}.wav"), Path(f"y/{other}.wav")],
                output=tmp_path / "out",
                formats=("text", "audacity"),
            )
    assert not (tmp_path / "out").exists()
