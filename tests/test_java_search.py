"""Both languages search alike, with a language model, hotwords or a grammar, and refuse alike.

As in test_java.py, a separate Java process hears the demo's clips with the demo's bundle.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from java_and_python import Both, same_lines, write
from malgwi.bundle.add_lm import add_lm
from malgwi.bundle.bundle import open_bundle
from malgwi.cli.main import main
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.hotword_text import read_hotwords
from malgwi.decoding.search import GREEDY, Search
from malgwi.lm.lm_file import open_lm, write_lm
from malgwi.lm.make import make_lm
from malgwi.recognition import recognise
from malgwi.recognition.recognise import open_recogniser, transcribe_file
from malgwi.speech.audio import Samples
from malgwi.speech.text import Normalisation


@pytest.fixture(scope="module")
def with_lm(both: Both, demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's bundle and a language model of its training texts."""
    folder = tmp_path_factory.mktemp("with-lm")
    make_lm([demo_folder / "dataset"], folder / "lm.arpa")
    lm = open_lm(folder / "lm.arpa")
    add_lm(
        both.bundle,
        lm,
        folder / "lm.malgwi",
        confidence=ConfidenceMap(0.5, 0.25),
        wer=0.0,
        cer=0.0,
        split="valid",
        made_from="training texts",
    )
    write_lm(lm, folder / "lm.bin")
    return folder / "lm.malgwi"


def test_both_find_the_same_words_with_a_language_model(
    both: Both,
    with_lm: Path,
    clips: list[Samples],
    tmp_path: Path,
    show: Callable[[str], None],
) -> None:
    waves = [write(tmp_path / f"{i:02}.wav", clip) for i, clip in enumerate(clips)]
    knowing = replace(both, bundle=with_lm, recogniser=open_recogniser(with_lm))
    python = [heard.line for heard in knowing.python(waves)]
    done = both.run(with_lm, *waves, "--json")
    assert done.returncode == 0, done.stderr
    same_lines(python, done.stdout)
    done = both.run(with_lm, *waves, "--json", "--greedy")
    opened = replace(knowing, recogniser=open_recogniser(with_lm, search=GREEDY))
    greedy = [heard.line for heard in opened.python(waves)]
    same_lines(greedy, done.stdout)
    changed = sum(a["text"] != b["text"] for a, b in zip(greedy, python, strict=True))
    show(f"Java: {len(waves)} clips, the language model changes {changed} texts, alike in both")
    assert changed


def test_both_say_when_a_language_model_was_normalised_otherwise(
    both: Both,
    clips: list[Samples],
    with_lm: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recognise, "wrong_here", lambda bundle: "")  # Python alone says it
    lm, wave = tmp_path / "lm.bin", write(tmp_path / "a.wav", clips[0])
    write_lm(replace(open_lm(with_lm.parent / "lm.arpa"), rules=Normalisation("tr", "ʻ")), lm)
    told: list[str] = []
    open_recogniser(both.bundle, search=Search(lm=lm), warn=told.append)
    done = both.run(both.bundle, wave, "--lm", lm)
    assert done.stderr == f"malgwi: warning: {told[0]}\n"
    assert "--language tr --keep-letters 'ʻ'" in told[0]


def test_both_find_the_same_words_with_hotwords(
    both: Both, with_lm: Path, clips: list[Samples], tmp_path: Path
) -> None:
    # The words of the first texts, so that some are there, and some that never are.
    waves = [write(tmp_path / f"{i}.wav", clip) for i, clip in enumerate(clips[:4])]
    joined = np.concatenate(clips[:12])  # several windows, in which words are settled
    waves.append(write(tmp_path / "joined.wav", joined))
    listed = tmp_path / "hotwords.txt"
    listed.write_text("Garage door!\nzebra\nliving room\nthe lights in\n", encoding="utf-8")
    for lm in (None, with_lm.with_name("lm.bin")):
        search = Search(
            lm=lm,
            hotwords=tuple(read_hotwords(["kitchen,percent"], [listed])),
            boost=1.5,
            nbest=5,
        )
        python = [
            transcribe_file(open_recogniser(both.bundle, search=search), wave, warn=str)
            for wave in waves
        ]
        done = both.run(
            *(both.bundle, *waves, "--json", "--nbest", 5, "--boost", 1.5),
            *("--hotwords-file", listed, "--hotwords", "kitchen,percent"),
            *(("--lm", lm) if lm else ()),
        )
        assert done.returncode == 0, done.stderr
        same_lines([t.to_json(str(w)) for t, w in zip(python, waves, strict=True)], done.stdout)


def test_both_hear_the_same_sentences_of_a_grammar(
    both: Both, clips: list[Samples], tmp_path: Path
) -> None:
    waves = [write(tmp_path / f"{i:02}.wav", clip) for i, clip in enumerate(clips)]
    texts = [heard.line["text"] for heard in both.python(waves)]
    listed = tmp_path / "commands.txt"
    # Half of what was heard, so that the other half is none of them.
    listed.write_text("\n".join(text for text in texts[::2] if text), encoding="utf-8")
    recogniser = open_recogniser(both.bundle, search=Search(grammar=listed, nbest=1))
    python = [transcribe_file(recogniser, wave, warn=str) for wave in waves]
    heard = [bool(transcript.text) for transcript in python]
    assert any(heard)
    assert not all(heard)
    done = both.run(both.bundle, *waves, "--json", "--nbest", 1, "--grammar", listed)
    assert done.returncode == 0, done.stderr
    same_lines([t.to_json(str(w)) for t, w in zip(python, waves, strict=True)], done.stdout)


def test_java_checks_the_language_model_too(both: Both, with_lm: Path) -> None:
    done = both.run(with_lm, "--check")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("same text") == 2 * len(open_bundle(with_lm).golden)


def test_a_hotword_that_cannot_be_spelt_is_named(both: Both, tmp_path: Path) -> None:
    wave = write(tmp_path / "short.wav", np.zeros(16_000, np.float32))
    done = both.run(both.bundle, wave, "--hotwords", "Zürich 8")
    assert done.returncode == 2
    assert 'hotword "Zürich 8": the model has no letter ü, 8' in done.stderr


def test_both_command_lines_refuse_options_that_would_do_nothing(
    both: Both, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognise, "wrong_here", lambda bundle: "")  # Python alone says it
    wave = write(tmp_path / "short.wav", np.zeros(16_000, np.float32))
    for options, named in (
        ("--boost 2", "--boost"),
        ("--boost 2 --beam 4", "--boost"),
        ("--none-below -2", "--none-below"),
        ("--none-below -2 --nbest 2", "--none-below"),
        ("--greedy --beam 0", "--"),
        ("--greedy --nbest 2", "--greedy"),
        ("--greedy --hotwords garage", "--greedy"),
        ("--greedy --lm lm.bin", "--greedy"),
        ("--grammar x --greedy", "--grammar"),
        ("--grammar x --beam 0", "--"),
        ("--grammar x --hotwords garage", "--grammar"),
        ("--grammar x --lm lm.bin", "--grammar"),
        ("--threads 0", "--threads"),
        ("--nbest 0", "--nbest"),
        ("--nbest 1001", "--nbest"),
        ("--beam 0", ""),
        ("--beam 1001", ""),
    ):
        done = both.run(both.bundle, wave, *options.split())
        assert (done.returncode, done.stdout) == (2, ""), options
        assert main(["transcribe", str(both.bundle), str(wave), *options.split()]) == 2, options
        said = capsys.readouterr()
        assert said.out == ""
        for errors in (said.err, done.stderr):
            assert errors.startswith(f"malgwi: error: {named}"), options
            assert len(errors.splitlines()) == 1


def test_both_command_lines_refuse_what_is_no_list_of_hotwords(
    both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    wave = write(tmp_path / "short.wav", np.zeros(16_000, np.float32))
    (tmp_path / "kitchen").mkdir()
    for name, content in {
        "empty": b"",
        "commas": b"garage\nkitchen, percent\n",
        "mac": b"garage\rkitchen, percent\r",
        "zero": b"gara\0ge\n",
        "latin": b"Z\xfcrich\n",
        "folder/x": b"",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    for options, named in (
        (["--hotwords", "nmaes.txt"], "--hotwords 'nmaes.txt': looks like the name of a file"),
        (["--hotwords", "commas"], "--hotwords 'commas': a file or folder has this name"),
        (["--hotwords", "kitchen"], "--hotwords 'kitchen': a file or folder has this name"),
        (["--hotwords", ","], "--hotwords ',': no word in it"),
        (["--hotwords", "garage;door"], "--hotwords 'garage;door': ';' in it"),
        (["--hotwords-file", "none.txt"], "none.txt: can't be read"),
        (["--hotwords-file", "folder"], "folder: can't be read"),
        (["--hotwords-file", "empty"], "empty: no word in it"),
        (["--hotwords-file", "commas"], "commas: line 2: 'kitchen, percent': ',' in it"),
        (["--hotwords-file", "mac"], "mac: line 2: 'kitchen, percent': ',' in it"),
        (["--hotwords-file", "zero"], "zero: not UTF-8 text (a zero in it)"),
        (["--hotwords-file", "latin"], "latin: not UTF-8"),
    ):
        done = both.run(both.bundle, wave, *options)
        assert (done.returncode, done.stdout) == (2, ""), options
        assert main(["transcribe", str(both.bundle), str(wave), *options]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        for errors in (said.err, done.stderr):
            assert errors.startswith(f"malgwi: error: {named}"), options
            assert len(errors.splitlines()) == 1
    options = ["--hotwords", "kitchen,"]
    assert both.run(both.bundle, wave, *options).returncode == 0
    assert main(["transcribe", str(both.bundle), str(wave), *options]) == 0
