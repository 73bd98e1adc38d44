"""What goes wrong is one line with the remedy: odd numbers and names, terminals without letters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bundles import level_bundle
from corpora import write_clip
from level_model import level_clip, level_dataset
from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset

ODD = os.fsdecode(b"gr\xfcn")
"""A name that isn't UTF-8, as old disks and archives have them."""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    level_clip(Path("a.wav"), "_ab|ba_")
    level_dataset(Path("data"), [("one", "amy", "_ab|ba_", "ab ba")])
    return str(level_bundle(Path("m.malgwi")))


def _line(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("malgwi: error: ")
    return line


@pytest.mark.parametrize("threads", ["0", "-1", "-99999999999999999999", "1000", "9" * 30])
@pytest.mark.parametrize(
    "command",
    ["inspect m.malgwi a.wav", "transcribe m.malgwi a.wav", "evaluate m.malgwi data",
     "align m.malgwi a.wav --text a", "transcribe starter a.wav"],
)  # fmt: skip
def test_threads_out_of_range(
    command: str, threads: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), f"--threads={threads}"]) == 2
    assert f"--threads {threads}: expected 1 to 999" in _line(capsys)


def test_what_should_not_happen_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("a\nb")

    monkeypatch.setattr("malgwi.dataset.show.show", fail)
    assert main(["show", "data"]) == 2
    assert "show failed in a way that it shouldn't (KeyError: 'a\\nb')" in _line(capsys)
    with pytest.raises(KeyError):
        main(["show", "data", "--debug"])


def test_a_name_cannot_break_the_line(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", model, "no\nsuch\x1b[31m.wav"]) == 2
    assert "no\\nsuch\\x1b[31m.wav: no such file" in _line(capsys)


def _run(encoding: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
    env = os.environ | {"PYTHONIOENCODING": encoding}
    return subprocess.run(
        [sys.executable, "-m", "malgwi", *words], env=env, capture_output=True, check=False
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "latin-1"])
def test_a_terminal_that_lacks_letters(encoding: str, model: str) -> None:
    name = "é안😀.wav"
    level_clip(Path(name), "_ab|ba_")
    done = _run(encoding, "transcribe", model, "a.wav", name, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    lines = [json.loads(line) for line in done.stdout.decode(encoding).splitlines()]
    assert [line["file"] for line in lines] == ["a.wav", name]
    assert f"warning: {encoding} lacks some of the characters".encode() in done.stderr
    assert b"set PYTHONIOENCODING=utf-8" in done.stderr
    assert _run("utf-8", "transcribe", model, name).stderr == b""


def test_names_that_are_not_utf_8(model: str) -> None:
    Path(ODD).mkdir()
    level_clip(Path("y.wav"), "_ab|ba_").rename(f"{ODD}/{ODD}.wav")
    level_clip(Path("x.wav"), "_ab|ba_")
    files = ["x.wav", f"{ODD}/gone.wav", f"{ODD}/{ODD}.wav"]
    done = _run("utf-8", "transcribe", model, *files)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"gr\\udcfcn/gone.wav: no such file" in done.stderr
    assert done.stdout == b"x.wav\tab ba\ngr\\udcfcn/gr\\udcfcn.wav\tab ba\n"
    done = _run("utf-8", "transcribe", model, *files, "--format", "json,srt", "--output", ODD)
    written = sorted(path.name for path in Path(ODD).iterdir() if path.suffix != ".wav")
    assert written == sorted([f"{ODD}.json", f"{ODD}.srt", "x.json", "x.srt"])
    found = json.loads(Path(ODD, f"{ODD}.json").read_text(encoding="utf-8"))
    assert found["file"] == f"{ODD}/{ODD}.wav"


@pytest.mark.parametrize("layout", ["timit", "librispeech", "audiofolder"])
def test_a_corpus_in_folders_that_are_not_utf_8(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    corpus = Path(ODD)
    places = {
        "timit": f"TRAIN/DR1/{ODD}%s/SX1.WAV",
        "librispeech": f"train-clean/1/{ODD}%s/1-2-3.flac",
        "audiofolder": f"{ODD}%s/x.wav",
    }
    texts = {
        "timit": ("SX1.TXT", "0 1 a b c\n"),
        "librispeech": ("1-2.trans.txt", "1-2-3 A B C\n"),
        "audiofolder": ("metadata.csv", "file_name,text\nx.wav,a b c\n"),
    }
    for number in range(4):
        clip = corpus / (places[layout] % number)
        clip.parent.mkdir(parents=True)
        write_clip(Path(f"clip{clip.suffix}"), hz=300 + number).rename(clip)
        name, text = texts[layout]
        (clip.parent / name).write_text(text, encoding="utf-8")
    if layout == "timit":
        (corpus / "TEST/DR1").mkdir(parents=True)
    assert main(["prepare", str(corpus), "--output", "out"]) == 0
    found = load_dataset(Path("out")).utterances
    assert len(found) == 4
    assert all(u.audio.is_file() for u in found)
    assert all("gr\\udcfcn" in u.id.lower() for u in found)
    assert main(["show", "out"]) == 0
    assert main(["show", "out", "--html", "page.html"]) == 0


def test_a_batch_goes_on_where_one_file_cannot_be_written(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out/a.txt").mkdir(parents=True)
    level_clip(Path("z.wav"), "_b_")
    assert main(["transcribe", model, "a.wav", "z.wav", "--output", "out"]) == 2
    first, last = capsys.readouterr().err.splitlines()
    assert "a.txt: is a folder" in first
    assert "1 of 2 recordings could not be transcribed" in last
    assert Path("out/z.txt").read_text() == "b\n"
