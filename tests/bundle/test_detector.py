import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import places
from malgwi.bundle.detector import Detector, DetectorPlan, open_detector
from malgwi.bundle.golden import wav_samples
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples

GOLDEN = json.loads((places.GOLDEN / "detector.json").read_text("utf-8"))
SPEECH = wav_samples((places.GOLDEN / "speech.wav").read_bytes())


@pytest.fixture(scope="module")
def detector() -> Detector:
    return open_detector()


@pytest.mark.parametrize(("key", "scale"), [("speech", 1), ("quiet", 1 / 64)])
def test_golden_probabilities(detector: Detector, key: str, scale: float) -> None:
    found = detector.probabilities(SPEECH * np.float32(scale))
    assert np.abs(found - GOLDEN[key]).max() < 0.01


@pytest.mark.parametrize("decibels", [0, -20, -40])
def test_speech_is_heard_at_any_level(detector: Detector, decibels: int) -> None:
    assert detector.hears_speech(SPEECH * np.float32(10 ** (decibels / 20)))


@pytest.mark.parametrize("offset", [328, 3_277, -3_277])
@pytest.mark.parametrize("scale", [1 / 2, 1 / 64])
def test_the_offset_of_a_sound_card_is_not_heard(
    detector: Detector, scale: float, offset: int
) -> None:
    plain = np.rint(SPEECH * 32_768 * scale).astype(np.float32)
    expected, found = (
        detector.probabilities((plain + np.float32(added)) / np.float32(32_768))
        for added in (0, offset)
    )
    assert np.array_equal(found, expected)


def _noise(power: float) -> Samples:
    draw = np.random.default_rng(0).normal(size=160_000)
    hertz = np.maximum(np.fft.rfftfreq(160_000, 1 / 16_000), 40)
    shaped = np.fft.irfft(np.fft.rfft(draw) / hertz**power)
    noise: Samples = (shaped / shaped.std()).astype(np.float32)
    return noise


@pytest.mark.parametrize("power", [0, 0.5, 1])
@pytest.mark.parametrize("decibels", [-20, -60])
def test_noise_is_no_speech(detector: Detector, power: float, decibels: int) -> None:
    assert not detector.hears_speech(_noise(power) * np.float32(10 ** (decibels / 20)))


def test_nothing_is_no_speech(detector: Detector) -> None:
    assert len(detector.probabilities(np.zeros(0, np.float32))) == 0
    assert not detector.hears_speech(np.zeros(16_000, np.float32))
    assert not detector.hears_speech(np.zeros(10, np.float32))


def test_the_plan_decides() -> None:
    # Of 36 blocks 28 are from 0.5 on, 27 of them from 0.9 on.
    for plan, heard in (
        (DetectorPlan(28), True),
        (DetectorPlan(29), False),
        (DetectorPlan(28, speech_percent=77), True),
        (DetectorPlan(28, speech_percent=78), False),
        (DetectorPlan(27, speech_percent=78), True),
        (DetectorPlan(27, speech_percent=78, sure_probability=1.0), False),
    ):
        assert open_detector(plan).hears_speech(SPEECH) is heard


def test_what_is_no_detector_is_refused(tmp_path: Path) -> None:
    (tmp_path / "detector.onnx").write_bytes(b"nothing")
    with pytest.raises(MalgwiError, match=r"detector\.onnx: onnxruntime can't load it"):
        Detector(tmp_path / "detector.onnx", DetectorPlan())


def test_a_detector_that_gives_another_kind_of_numbers_is_refused() -> None:
    with pytest.raises(MalgwiError, match=r"speech_probs as tensor\(double\); expected tensor\(fl"):
        Detector(places.GOLDEN / "detector_of_doubles.onnx", DetectorPlan())


@pytest.mark.parametrize(
    ("state", "given", "named"),
    [
        (64, ["blocks"], "make it fail"),
        (128, ["blocks", 576], r"shape \(2, 576\); expected \(2,\)"),
    ],
)
def test_a_detector_of_other_shapes_is_refused(
    tmp_path: Path, state: int, given: list[str | int], named: str
) -> None:
    takes: dict[str, list[str | int]] = {
        "input": ["blocks", 576],
        "h": [1, 1, state],
        "c": [1, 1, state],
    }
    gives = {"speech_probs": given, "hn": takes["h"], "cn": takes["c"]}
    inputs, outputs = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, of) for name, of in each.items()]
        for each in (takes, gives)
    )
    nodes = [helper.make_node("Identity", [a], [b]) for a, b in zip(takes, gives, strict=True)]
    if len(given) == 1:
        nodes[0] = helper.make_node("ReduceMean", ["input"], ["speech_probs"], axes=[1], keepdims=0)
    model = helper.make_model(
        helper.make_graph(nodes, "g", inputs, outputs), opset_imports=[helper.make_opsetid("", 13)]
    )
    model.ir_version = 8
    onnx.save(model, tmp_path / "detector.onnx")
    with pytest.raises(MalgwiError, match=named):
        Detector(tmp_path / "detector.onnx", DetectorPlan())
