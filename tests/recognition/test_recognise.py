import json
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
from onnx import TensorProto, helper, numpy_helper

from level_model import (
    PLAN,
    VOCAB,
    level_clip,
    level_logits,
    level_recogniser,
    level_samples,
)
from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.golden import GoldenClip, wav_bytes
from malgwi.bundle.write import write_bundle
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import MalgwiError
from malgwi.recognition.recognise import (
    Recogniser,
    open_recogniser,
    transcribe_blocks,
    transcribe_file,
)
from malgwi.speech.frames import WAV2VEC2, FrameGrid
from places import COMMANDS


def test_a_short_recording(tmp_path: Path) -> None:
    transcript = transcribe_file(level_recogniser(), level_clip(tmp_path / "a.wav", "_ab_b|_ba_"))
    assert transcript.text == "abb ba"
    assert transcript.samples == 9_680
    assert [(w.start_frame, w.end_frame) for w in transcript.words] == [(3, 15), (21, 27)]


@pytest.mark.parametrize("sizes", [[100_000], [1, 31_999, 5], [7_000] * 14])
def test_windows_give_what_one_pass_gives(sizes: list[int]) -> None:
    samples = level_samples("_ab_b|_ba_|" * 9)  # 5.9 s in windows of 2 s
    cuts = np.split(samples, np.cumsum(sizes))
    transcript = transcribe_blocks(level_recogniser(), cuts)
    whole = transcribe_blocks(level_recogniser(SegmentPlan()), [samples])
    assert transcript == whole
    assert transcript.text == " ".join(["abb ba"] * 9)
    assert np.array_equal(level_recogniser().whole_logits([samples]), level_logits(samples))


def test_sound_that_is_no_speech_is_empty_with_a_warning(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "noise.wav", "_ab" + "_" * 6 + "ba_a_")
    said: list[str] = []

    def transcribe_longer_than(shortest: int) -> str:
        recogniser = replace(level_recogniser(), is_speech=lambda s: len(s) > shortest)
        return transcribe_file(recogniser, clip, warn=said.append).text

    # "_ab" and half of the pause have 5,440 samples, the rest 8,080.
    assert [transcribe_longer_than(shortest) for shortest in (0, 5_440, 8_080)] == [
        "ab baa",
        "baa",
        "",
    ]
    assert said == [
        f"{clip}: its transcript is empty; sound in it was taken for no speech, which "
        "--no-detector writes down"
    ]


@pytest.mark.parametrize("offset", [328, 3_277, -3_277])
def test_an_offset_of_the_sound_card_changes_nothing(offset: int) -> None:
    spoken = level_samples("_ab______ba_a_|" * 5)
    plain = transcribe_blocks(level_recogniser(), [spoken])
    # The pause of 0.36 s ends a word, as a delimiter does.
    assert plain.text == " ".join(["ab baa"] * 5)
    shifted = transcribe_blocks(level_recogniser(), [spoken + np.float32(offset / 32_768)])
    assert shifted.timed_words == plain.timed_words


def test_too_short_is_empty_with_a_warning(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", np.full(399, 0.2), 16_000)
    said: list[str] = []
    transcript = transcribe_file(level_recogniser(), tmp_path / "short.wav", warn=said.append)
    assert transcript.text == ""
    assert transcript.frame_tokens == ()
    assert len(said) == 1
    assert "short.wav: 399 samples at 16 kHz are too few for the model, which needs 400" in said[0]


def test_progress_hears_of_every_second(tmp_path: Path) -> None:
    heard: list[float] = []
    soundfile.write(tmp_path / "a.wav", np.zeros(400_000), 16_000)
    transcribe_file(level_recogniser(), tmp_path / "a.wav", heard=heard.append)
    assert len(heard) > 1
    assert sum(heard) == pytest.approx(25.0)


def test_a_model_gone_mad_is_an_error() -> None:
    broken = Recogniser("mad", lambda s: level_logits(s) * np.nan, VOCAB, WAV2VEC2, PLAN)
    with pytest.raises(MalgwiError, match="not a number"):
        transcribe_blocks(broken, [level_samples("a")])


def test_windows_must_fit_the_convolutions() -> None:
    with pytest.raises(MalgwiError, match="multiple of the hop, 320"):
        level_recogniser(SegmentPlan(window_samples=32_001))


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    block = np.tile(level_samples("_ab|"), 256)  # one minute

    def peak(minutes: int) -> int:
        path = tmp_path / f"{minutes}.wav"
        with soundfile.SoundFile(path, "w", 16_000, 1) as file:
            for _ in range(minutes):
                file.write(block)
        tracemalloc.start()
        transcript = transcribe_file(level_recogniser(), path)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert transcript.text == " ".join(["ab"] * 256 * minutes)
        return most

    # The samples of eight minutes are 31 MB; what grows is the transcript, 2,048 words.
    assert peak(8) < peak(1) + 4_000_000


@pytest.mark.parametrize("name", ["nowhere/to/be/found", "missing.malgwi"])
def test_a_model_that_is_not_there(name: str) -> None:
    with pytest.raises(MalgwiError, match=name):
        open_recogniser(name)


def test_a_file_that_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a model")
    with pytest.raises(MalgwiError, match=r"notes\.txt"):
        open_recogniser(tmp_path / "notes.txt")


def test_the_starter_gives_the_text_that_transformers_gives() -> None:
    import torch
    from transformers import Wav2Vec2ForCTC, Wav2Vec2Processor

    from malgwi.model.checkpoint import starter_folder

    clip = sorted(COMMANDS.glob("test/*.ogg"))[0]
    transcript = transcribe_file(open_recogniser("starter", threads=1), clip)
    model = Wav2Vec2ForCTC.from_pretrained(starter_folder())  # in eval mode already
    processor = Wav2Vec2Processor.from_pretrained(starter_folder())
    samples, rate = soundfile.read(clip, dtype="float32")
    values = processor(samples, sampling_rate=rate, return_tensors="pt").input_values
    with torch.no_grad():
        ids = model(values).logits.argmax(-1)[0].tolist()
    assert list(transcript.frame_tokens) == ids
    text = processor.tokenizer.decode(ids).replace("[UNK]", "")
    assert transcript.text == " ".join(text.split()) != ""


def _level_bundle(path: Path) -> Path:
    """Write a bundle whose model spells by loudness: its logits are lines, one a token."""
    decoding = Decoding(VOCAB, FrameGrid((400,), (320,)), PLAN)
    # Of lines 2 l x - l^2 the one whose level l is nearest to x is the highest.
    levels = np.array([0.2, 0.4, 0.6, 0.0], dtype=np.float32)
    kernel = np.zeros((4, 1, 400), dtype=np.float32)
    kernel[:, 0, 0], kernel[:, 0, 160] = levels, -levels
    weights = {"kernel": kernel, "bias": -(levels**2), "axis": np.array([1])}
    nodes = [
        helper.make_node("Unsqueeze", ["samples", "axis"], ["wave"]),
        helper.make_node("Conv", ["wave", "kernel", "bias"], ["scores"], strides=[320]),
        helper.make_node("Transpose", ["scores"], ["logits"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "levels",
        [helper.make_tensor_value_info("samples", TensorProto.FLOAT, [1, "samples"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "frames", 4])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    helper.set_model_props(model, {METADATA_KEY: json.dumps(decoding.to_json())})
    onnx.save(model, path.with_suffix(".onnx"))
    samples = level_samples("a")
    tokens = level_logits(samples).argmax(axis=1).tolist()
    golden = [GoldenClip(wav_bytes(samples), "a", tokens)]
    write_bundle(
        path, model=[path.with_suffix(".onnx")], decoding=decoding, golden=golden, name="levels"
    )
    return path


def test_a_bundle_runs_without_torch(tmp_path: Path) -> None:
    bundle = _level_bundle(tmp_path / "levels.malgwi")
    clip = level_clip(tmp_path / "a.wav", "_ab_b|_ba_" * 7)
    expected = transcribe_file(level_recogniser(), clip)
    recogniser = open_recogniser(bundle, threads=1)
    transcript = transcribe_file(recogniser, clip)
    assert transcript.frame_tokens == expected.frame_tokens
    assert transcript.text == expected.text
    program = (
        "import sys; sys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from pathlib import Path; from malgwi.recognition.recognise import *\n"
        f"print(transcribe_file(open_recogniser({str(bundle)!r}), Path({str(clip)!r})).text)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == expected.text
