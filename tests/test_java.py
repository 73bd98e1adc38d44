"""One truth for both languages: a separate Java process reads raw WAVs and hears what Python hears.

The bundle is the demo's. Nothing that Python computed reaches Java but the bundle itself.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import soundfile
import soxr

from malgwi.bundle.add_lm import add_lm
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.check import FEW_EQUAL
from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.golden import GoldenClip
from malgwi.bundle.write import write_bundle
from malgwi.cli.main import main
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.hotword_text import read_hotwords
from malgwi.decoding.search import GREEDY, Search
from malgwi.java import java_cli, transcribe_in_java
from malgwi.lm.lm_file import open_lm, write_lm
from malgwi.lm.make import make_lm
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_file
from malgwi.speech.audio import Samples, read
from malgwi.speech.score import count, edit_script
from malgwi.speech.text import Normalisation
from places import COMMANDS


@dataclass(frozen=True)
class Heard:
    """A recording's line of JSON, and the best token of every frame."""

    line: dict[str, Any]
    tokens: list[int]


@dataclass(frozen=True)
class Both:
    """One bundle, opened in Python and for Java."""

    jar: Path
    bundle: Path
    recogniser: Recogniser

    def python(self, waves: Sequence[Path]) -> list[Heard]:
        transcripts = [transcribe_file(self.recogniser, wave, warn=str) for wave in waves]
        return [
            Heard(t.to_json(str(wave)), list(t.frame_tokens))
            for t, wave in zip(transcripts, waves, strict=True)
        ]

    def java(self, waves: Sequence[Path], bundle: Path | None = None) -> list[Heard]:
        return [
            Heard({k: v for k, v in row.items() if k != "tokens"}, row["tokens"])
            for row in transcribe_in_java(self.jar, bundle or self.bundle, waves)
        ]

    def run(self, *arguments: object, heap: str = "256m") -> "subprocess.CompletedProcess[str]":
        """Run the Java command line as a user does."""
        return subprocess.run(
            ["java", f"-Xmx{heap}", "-jar", str(self.jar), *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def both(demo_folder: Path) -> Both:
    jar = java_cli()
    if jar is None:
        pytest.skip("no Java command line here: `make java-test` builds it (needs a JDK)")
    bundle = demo_folder / "demo.malgwi"
    return Both(jar, bundle, open_recogniser(bundle))


@pytest.fixture(scope="module")
def clips() -> list[Samples]:
    """The demo's test clips: voices and sentences that the model never heard."""
    return [read(path) for path in sorted((COMMANDS / "test").glob("*.ogg"))]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print figures that a reader of the test's output is to see."""

    def shown(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return shown


def write(path: Path, samples: Samples, rate: int = 16_000, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def differences(python: Sequence[Heard], java: Sequence[Heard]) -> list[str]:
    """The proof: an empty list says that both heard the same."""
    found = [
        f"{ours.line['file']}: Python heard {ours.line['text']!r}, Java {theirs.line['text']!r}"
        for ours, theirs in zip(python, java, strict=True)
        if ours.line["text"] != theirs.line["text"]
    ]
    agreement = same_tokens(python, java)
    if agreement < FEW_EQUAL:
        found.append(f"only {agreement:.1%} of the frame tokens are the same")
    return found


def same_tokens(python: Sequence[Heard], java: Sequence[Heard]) -> float:
    pairs = [
        (a, b)
        for ours, theirs in zip(python, java, strict=True)
        for a, b in zip(ours.tokens, theirs.tokens, strict=True)
    ]
    return sum(a == b for a, b in pairs) / len(pairs)


def test_java_hears_what_python_hears_in_every_test_clip(
    both: Both, clips: list[Samples], tmp_path: Path, show: Callable[[str], None]
) -> None:
    waves = [write(tmp_path / f"{i:02}.wav", clip) for i, clip in enumerate(clips)]
    assert len(waves) >= 20
    python, java = both.python(waves), both.java(waves)
    show(f"Java: {len(waves)} clips, {same_tokens(python, java):.2%} of frame tokens the same")
    assert differences(python, java) == []
    assert sum(bool(heard.line["text"]) for heard in java) > len(waves) / 2


def test_the_lines_of_json_are_the_same_but_for_rounding(
    both: Both, clips: list[Samples], tmp_path: Path
) -> None:
    wave = write(tmp_path / 'a "quoted" 이름.wav', clips[0])
    (python,) = both.python([wave])
    done = both.run(both.bundle, wave, "--json")
    java = json.loads(done.stdout)
    assert list(java) == list(python.line)
    for ours, theirs in zip(python.line["words"], java["words"], strict=True):
        assert list(ours) == list(theirs)
        assert ours.pop("confidence") == pytest.approx(theirs.pop("confidence"), abs=0.02)
    assert java == python.line
    assert done.stdout.endswith("}\n")
    # To the byte, where both ran on the same kernels: spaces, escapes and digits are Python's.
    assert json.dumps(json.loads(done.stdout), ensure_ascii=False) + "\n" == done.stdout


def test_a_long_recording_is_cut_and_joined_alike(
    both: Both, clips: list[Samples], tmp_path: Path
) -> None:
    segments = both.recogniser.segments
    close = np.concatenate(clips)
    assert len(close) > 5 * segments.window_samples
    # As people speak: with pauses, every second one 18 dB quieter; a click; noise in a pause.
    parts: list[Samples] = []
    for i, clip in enumerate(clips):
        pause = np.zeros(3_200 * (1 + i % 10), np.float32)
        parts += [clip * np.float32(0.125 if i % 2 else 1.0), pause]
    noise = np.random.default_rng(1).normal(0, 0.02, 48_000).astype(np.float32)
    apart = np.concatenate([*parts, noise, np.zeros(8_000, np.float32), *parts[:2]])
    apart[len(parts[0]) + 100] = 1.0
    # Without a pause of 0.3 s in ten seconds.
    dense = np.concatenate([clip[np.abs(clip) > 0.01] for clip in clips])[: 32 * 16_000]
    waves = [
        write(tmp_path / "close.wav", close),
        write(tmp_path / "apart.wav", apart),
        write(tmp_path / "dense.wav", dense),
        write(tmp_path / "window.wav", dense[: segments.window_samples]),
        write(tmp_path / "more.wav", dense[: segments.window_samples + 321]),
    ]
    python, java = both.python(waves), both.java(waves)
    assert differences(python, java) == []
    assert [heard.line.get("not_speech") for heard in java] == [
        heard.line.get("not_speech") for heard in python
    ]
    assert java[1].line["not_speech"]
    frames = both.recogniser.grid.count(len(apart))
    assert len(java[1].tokens) == frames


def test_both_write_down_noise_without_the_detector(both: Both, tmp_path: Path) -> None:
    noise = np.random.default_rng(2).normal(0, 0.05, 64_000).astype(np.float32)
    wave = write(tmp_path / "noise.wav", noise)
    (heard,) = both.java([wave])
    assert heard.line["text"] == ""
    assert heard.line["not_speech"] == [{"start_ms": 0, "end_ms": 3_980}]
    everything = open_recogniser(both.bundle, search=Search(detector=False))
    python = transcribe_file(everything, wave, warn=str).to_json(str(wave))
    done = both.run(both.bundle, wave, "--json", "--no-detector")
    assert done.returncode == 0, done.stderr
    same_lines([python], done.stdout)
    assert "not_speech" not in python


def test_other_depths_and_channels_give_the_same_text(
    both: Both, clips: list[Samples], tmp_path: Path
) -> None:
    stereo = np.stack([clips[1], 0.25 * clips[1]], axis=1)
    waves = [
        write(tmp_path / "24.wav", clips[1], subtype="PCM_24"),
        write(tmp_path / "32.wav", clips[1], subtype="PCM_32"),
        write(tmp_path / "float.wav", clips[1], subtype="FLOAT"),
        write(tmp_path / "stereo.wav", stereo),
        write(tmp_path / "short.wav", clips[1][:399]),
        write(tmp_path / "none.wav", clips[1][:0]),
    ]
    python = both.python(waves)
    assert differences(python, both.java(waves)) == []
    assert python[-1].line["text"] == python[-2].line["text"] == ""


def test_other_rates_come_close(
    both: Both, clips: list[Samples], tmp_path: Path, show: Callable[[str], None]
) -> None:
    """Equal text is claimed at 16 kHz; elsewhere the resamplers differ a little (docs/java.md)."""
    waves = [
        write(tmp_path / f"{rate}-{i}.wav", soxr.resample(clip, 16_000, rate), rate)
        for rate in (8_000, 22_050, 44_100, 48_000)
        for i, clip in enumerate(clips[:6])
    ]
    python, java = both.python(waves), both.java(waves)
    ours, theirs = ([heard.line["text"] for heard in both] for both in (python, java))
    counts = [count(edit_script(a, b)) for a, b in zip(ours, theirs, strict=True)]
    wrong = sum(c.substitutions + c.deletions + c.insertions for c in counts)
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    show(
        f"Java, resampled: {same} of {len(waves)} texts the same, {wrong} characters differ, "
        f"{same_tokens(python, java):.2%} of frame tokens the same"
    )
    assert wrong <= 0.02 * sum(len(text) for text in ours)


def test_ten_minutes_fit_a_small_heap(both: Both, clips: list[Samples], tmp_path: Path) -> None:
    # As floats they would be 38 MB.
    silence = np.zeros(600 * 16_000, np.float32)
    wave = write(tmp_path / "long.wav", np.concatenate([silence, clips[2]]))
    done = both.run(both.bundle, wave, "--json", heap="24m")
    assert done.returncode == 0, done.stderr
    words = json.loads(done.stdout)["words"]
    assert words
    assert words[0]["start_ms"] > 599_000


def test_one_broken_recording_does_not_stop_the_rest(
    both: Both, clips: list[Samples], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    wave = write(tmp_path / "good.wav", clips[0])
    done = both.run(both.bundle, tmp_path / "none.wav", broken, wave, "--json")
    assert done.returncode == 2
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(wave)]
    errors = done.stderr.splitlines()
    assert len(errors) == 2
    assert all(line.startswith("malgwi: error: ") for line in errors)
    assert "none.wav: no such file" in errors[0]


def test_java_checks_the_bundle(both: Both) -> None:
    done = both.run(both.bundle, "--check")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("same text") == len(open_bundle(both.bundle).golden)


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


def same_lines(python: Sequence[dict[str, Any]], said: str) -> None:
    """Texts, words, times and alternatives are equal, numbers up to the kernels' rounding."""
    for ours, line in zip(python, said.splitlines(), strict=True):
        theirs = json.loads(line)
        assert list(theirs) == list(ours)
        for row in (ours, theirs):
            row["confidences"] = [word.pop("confidence") for word in row["words"]]
            row["scores"] = [one.pop("score") for one in row.get("nbest", [])]
        for key, tolerance in (("confidences", 0.02), ("scores", 0.01)):
            assert theirs.pop(key) == pytest.approx(ours.pop(key), abs=tolerance)
        assert theirs == ours


def test_both_find_the_same_words_with_a_language_model(
    both: Both,
    with_lm: Path,
    clips: list[Samples],
    tmp_path: Path,
    show: Callable[[str], None],
) -> None:
    waves = [write(tmp_path / f"{i:02}.wav", clip) for i, clip in enumerate(clips)]
    greedy = [heard.line["text"] for heard in both.python(waves)]
    knowing = replace(both, bundle=with_lm, recogniser=open_recogniser(with_lm))
    python = [heard.line for heard in knowing.python(waves)]
    changed = sum(a != b["text"] for a, b in zip(greedy, python, strict=True))
    show(f"Java: {len(waves)} clips, the language model changes {changed} texts, alike in both")
    assert changed
    done = both.run(with_lm, *waves, "--json")
    assert done.returncode == 0, done.stderr
    same_lines(python, done.stdout)
    done = both.run(with_lm, *waves, "--json", "--greedy")
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == greedy
    opened = replace(knowing, recogniser=open_recogniser(with_lm, search=GREEDY))
    same_lines([heard.line for heard in opened.python(waves)], done.stdout)


def test_both_say_when_a_language_model_was_normalised_otherwise(
    both: Both, clips: list[Samples], with_lm: Path, tmp_path: Path
) -> None:
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
    waves = [write(tmp_path / f"{i}.wav", clip) for i, clip in enumerate(clips[:8])]
    joined = np.concatenate(clips)  # several windows, in which words are settled
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
    both: Both, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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


@pytest.fixture(scope="module")
def altered(both: Both, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, hashes and all in order, but two letters have changed places."""
    folder = tmp_path_factory.mktemp("altered")
    good = open_bundle(both.bundle)
    tokens = list(good.decoding.vocab.tokens)
    a, e = tokens.index("a"), tokens.index("e")
    tokens[a], tokens[e] = tokens[e], tokens[a]
    keys = {**good.decoding_keys, "tokens": tokens}
    with good.unpacked("model.onnx") as path:
        model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            entry.value = json.dumps(keys)
    onnx.save(model, folder / "model.onnx")
    write_bundle(
        folder / "altered.malgwi",
        model=folder / "model.onnx",
        decoding=Decoding.from_json(keys, "altered"),
        golden=[GoldenClip(good.read(g.audio), g.text, g.tokens) for g in good.golden],
        name="altered",
    )
    return folder / "altered.malgwi"


def test_the_proof_can_fail(
    both: Both, altered: Path, clips: list[Samples], tmp_path: Path
) -> None:
    waves = [write(tmp_path / f"{i}.wav", clip) for i, clip in enumerate(clips[:6])]
    python = both.python(waves)
    assert differences(python, both.java(waves)) == []
    found = differences(python, both.java(waves, altered))
    assert len(found) >= 4
    assert "Python heard" in found[0]
    done = both.run(altered, "--check")
    assert done.returncode == 1
    assert "This device or onnxruntime computes otherwise" in done.stderr


def test_a_damaged_model_is_refused(both: Both, tmp_path: Path) -> None:
    damaged = bytearray(both.bundle.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path = tmp_path / "damaged.malgwi"
    path.write_bytes(damaged)
    done = both.run(path, "--check")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("malgwi: error: ")
    assert len(done.stderr.splitlines()) == 1
    assert "damaged.malgwi: damaged: model.onnx" in done.stderr
