"""One truth for both languages: a separate Java process reads raw WAVs and hears what Python hears.

The bundle is the demo's. Nothing that Python computed reaches Java but the bundle itself. What both
find with a language model, hotwords or a grammar is test_java_search.py's matter.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import soxr
import torch

from bundles import level_bundle
from java_and_python import Both, Heard, same_lines, write
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.check import FEW_EQUAL
from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.golden import GoldenClip, wav_bytes
from malgwi.bundle.runtime import OnnxModel
from malgwi.bundle.write import write_bundle
from malgwi.decoding.search import Search
from malgwi.decoding.segments import SegmentPlan
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.quantise import quantise
from malgwi.java import java_cli, transcribe_in_java
from malgwi.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from malgwi.model.families import logits_of
from malgwi.model.language_adapters import is_adapter
from malgwi.model.log_mel import GRID
from malgwi.model.lora import add_lora, is_lora
from malgwi.model.normalisation import standardise
from malgwi.recognition.recognise import open_recogniser, transcribe_file
from malgwi.speech.audio import Samples
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.score import count, edit_script
from tiny import tiny_model, tiny_vocab


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


def test_quiet_clips_of_another_family_are_normalised_alike(tmp_path: Path) -> None:
    """Omnilingual's turns quiet clips up less than Wav2Vec2's; Java needn't know of either."""
    jar = java_cli()
    if jar is None:
        pytest.skip("no Java command line here: `make java-test` builds it (needs a JDK)")
    model = tiny_model("omniasr")
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2.0)  # so that the tokens differ
    source = Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True)
    decoding = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
    write_onnx(source, decoding, tmp_path / "m.onnx")
    noise = np.random.default_rng(0).standard_normal(16_000, dtype=np.float32)
    quiet = (np.round(noise * np.hanning(16_000) * 100) / 32_768).astype(np.float32)
    tokens, loud = (
        logits_of(model, torch.from_numpy(standardise(quiet, epsilon))[None])[0].argmax(-1).tolist()
        for epsilon in (1e-5, 1e-7)
    )
    assert tokens != loud
    golden = GoldenClip(wav_bytes(quiet), tiny_vocab().decode(tokens), tokens)
    bundle = level_bundle(
        tmp_path / "b.malgwi", model=[tmp_path / "m.onnx"], decoding=decoding, golden=[golden]
    )
    (heard,) = transcribe_in_java(jar, bundle, [write(tmp_path / "quiet.wav", quiet)])
    assert heard["tokens"] == tokens


@pytest.mark.parametrize("adapted", ["mms", "lora"])
def test_adapters_and_lora_are_in_what_java_runs(adapted: str, tmp_path: Path) -> None:
    """Tokens of the model as it is trained, of its run's bundle in Python, and of that in Java."""
    jar = java_cli()
    if jar is None:
        pytest.skip("no Java command line here: `make java-test` builds it (needs a JDK)")
    trained = tiny_model("mms" if adapted == "mms" else "wav2vec2-layer")
    if adapted == "lora":
        add_lora(trained, 2, 4.0, seed=0)
    plain = {name: weight.clone() for name, weight in trained.state_dict().items()}
    noise = np.random.default_rng(0).standard_normal(16_000, dtype=np.float32)
    clip = (np.round(noise * np.hanning(16_000) * 3000) / 32_768).astype(np.float32)
    ready = torch.from_numpy(standardise(clip, 1e-7))[None]
    with torch.no_grad():
        for name, weight in trained.named_parameters():
            if is_lora(name) or is_adapter(name):
                weight.normal_(0.0, 0.5)
        trained.lm_head.weight.mul_(30.0)
        trained.lm_head.bias -= logits_of(trained, ready)[0].mean(0)  # so that the tokens differ
    save_checkpoint(tmp_path, Checkpoint(trained.eval(), tiny_vocab(), WAV2VEC2, do_normalize=True))
    decoding = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
    write_onnx(load_checkpoint(tmp_path), decoding, tmp_path / "m.onnx")
    logits = logits_of(trained, ready)[0].detach()
    tokens = logits.argmax(-1).tolist()
    assert len(set(tokens)) > 2
    best = logits.topk(2).values
    assert float((best[:, 0] - best[:, 1]).min()) > 1e-3  # which kernels round away
    golden = GoldenClip(wav_bytes(clip), tiny_vocab().decode(tokens), tokens)
    bundle = level_bundle(
        tmp_path / "b.malgwi", model=[tmp_path / "m.onnx"], decoding=decoding, golden=[golden]
    )
    wave = write(tmp_path / "noise.wav", clip)
    (heard,) = transcribe_in_java(jar, bundle, [wave])
    assert heard["tokens"] == tokens
    assert heard["text"] == transcribe_file(open_recogniser(bundle), wave).text
    trained.load_state_dict({**plain, **dict(trained.lm_head.named_parameters("lm_head"))})
    assert logits_of(trained, ready)[0].argmax(-1).tolist() != tokens


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_log_mel_features_are_what_java_hears(precision: str, tmp_path: Path) -> None:
    """Java gives the waveform, as to every other model; a clip of an odd number of windows, too."""
    jar = java_cli()
    if jar is None:
        pytest.skip("no Java command line here: `make java-test` builds it (needs a JDK)")
    model = tiny_model("bert", intermediate_size=512)
    noise = np.random.default_rng(0).standard_normal(16_300, dtype=np.float32)
    clip = (np.round(noise * np.hanning(16_300) * 3000) / 32_768).astype(np.float32)
    with torch.no_grad():
        model.lm_head.weight.mul_(30.0)
        model.lm_head.bias -= logits_of(model, torch.from_numpy(clip)[None])[0].mean(0)
        expected = logits_of(model, torch.from_numpy(clip)[None])[0]
    save_checkpoint(tmp_path, Checkpoint(model, tiny_vocab(), GRID, do_normalize=False))
    loaded = load_checkpoint(tmp_path)
    decoding = Decoding(tiny_vocab(), loaded.grid, SegmentPlan())
    write_onnx(loaded, decoding, tmp_path / "fp32.onnx", unfold=True)
    quantise(tmp_path / "fp32.onnx", tmp_path / "int8.onnx")
    assert (tmp_path / "int8.onnx").read_bytes() != (tmp_path / "fp32.onnx").read_bytes()
    tokens = OnnxModel(tmp_path / f"{precision}.onnx", decoding).logits(clip).argmax(-1).tolist()
    assert len(tokens) == (16_300 - 560) // 320 + 1
    assert len(set(tokens)) > 2
    if precision == "fp32":
        assert tokens == expected.argmax(-1).tolist()
    golden = GoldenClip(wav_bytes(clip), tiny_vocab().decode(tokens), tokens)
    bundle = level_bundle(
        tmp_path / "b.malgwi",
        model=[tmp_path / f"{precision}.onnx"],
        decoding=decoding,
        golden=[golden],
    )
    wave = write(tmp_path / "noise.wav", clip)
    (heard,) = transcribe_in_java(jar, bundle, [wave])
    assert heard["tokens"] == tokens
    assert heard["text"] == transcribe_file(open_recogniser(bundle), wave).text != ""


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
    clips = clips[:14]
    close = np.concatenate(clips)
    assert len(close) > 2 * segments.window_samples
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
    told: list[str] = []
    transcribe_file(both.recogniser, wave, warn=told.append)
    assert both.run(both.bundle, wave).stderr == f"malgwi: warning: {told[0]}\n"
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
def altered(both: Both, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, hashes and all in order, but two letters have changed places."""
    folder = tmp_path_factory.mktemp("altered")
    good = open_bundle(both.bundle)
    tokens = list(good.decoding.vocab.tokens)
    a, e = tokens.index("a"), tokens.index("e")
    tokens[a], tokens[e] = tokens[e], tokens[a]
    keys = {**good.decoding_keys, "tokens": tokens}
    with good.unpacked(*good.model_files) as [path, *_]:
        model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            entry.value = json.dumps(keys)
    onnx.save(model, folder / "model.onnx")
    write_bundle(
        folder / "altered.malgwi",
        model=[folder / "model.onnx"],
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
    assert "damaged.malgwi: damaged: model.weights" in done.stderr
