"""Make what the Java tests need and can't make themselves: two tiny models, soxr's answers.

    python tools/java_fixtures.py

writes `android/core/src/test/resources/{level,slow}.onnx`, `decoding.json` and
`tests/golden/resampler.json`. Run it when `docs/bundle.md` changes; the results are kept in git,
since the Java tests must run without Python.
"""

import base64
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import soxr
from onnx import TensorProto, helper

ROOT = Path(__file__).parents[1]
RESOURCES = ROOT / "android/core/src/test/resources"
TOKENS = ["[PAD]", "|", "'", "a", "d", "e", "h", "l", "o", "r", "w", "[UNK]"]
"""Token i is "spoken" by a square wave of the level i / 32, one period in a hop."""

HOP, FIELD = 320, 400
RATES = (8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 16_001)
NAMES = {"input": "samples", "output": "logits"}


def decoding() -> dict[str, object]:
    """Return the decoding object of the tiny models' bundles: windows of one second.

    Nothing but silence is quiet in them; a tenth of a second of it ends a segment.
    """
    return {
        "tokens": TOKENS,
        "blank_id": 0,
        "delimiter_id": 1,
        "unit": "character",
        "normalisation": {"version": 2, "language": "en"},
        "sample_rate": 16_000,
        "receptive_field": FIELD,
        "hop": HOP,
        "window_samples": 16_000,
        "left_samples": 1_600,
        "right_samples": 1_600,
        "pause_samples": 1_600,
        "gap_samples": 960,
        "margin_samples": 1_600,
        "floor_samples": 32_000,
        "silence_dbfs": -60.0,
        "quiet_db": 60,
        "floor_db": 0,
        "floor_depth_db": 60,
        "click_db": 60,
        "detector": None,
        **NAMES,
    }


def level_model(*, slow: bool) -> onnx.ModelProto:
    """Return a model whose best token is the one with the level nearest to that of the frame.

    -(heard - level)^2 is linear in what is heard but for a part that all tokens share, so that one
    convolution does it. The slow one counts for ever first.
    """
    levels = np.arange(len(TOKENS), dtype=np.float32) / 32
    weight = np.zeros((len(TOKENS), 1, FIELD), np.float32)
    wave = np.repeat([1.0, -1.0], HOP // 2)
    weight[:, 0, :HOP] = np.outer(8_000 * levels / HOP, wave)
    constants: dict[str, npt.NDArray[np.generic]] = {
        "weight": weight,
        "bias": -4_000 * levels**2,
        "axis": np.array([1], np.int64),
        "trips": np.array(2**62, np.int64),
        "yes": np.array(True),
        "zero": np.array([0], np.float32),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["samples", "axis"], ["wide"]),
        helper.make_node("Conv", ["wide", "weight", "bias"], ["scores"], strides=[HOP]),
        helper.make_node("Transpose", ["scores"], ["fast"], perm=[0, 2, 1]),
    ]
    if slow:
        one = helper.make_tensor("one", TensorProto.FLOAT, [1], [0.0])
        body = helper.make_graph(
            [
                helper.make_node("Identity", ["go"], ["on"]),
                helper.make_node("Add", ["sum", "one"], ["next"]),
            ],
            "body",
            [
                helper.make_tensor_value_info("trip", TensorProto.INT64, []),
                helper.make_tensor_value_info("go", TensorProto.BOOL, []),
                helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1]),
            ],
            [
                helper.make_tensor_value_info("on", TensorProto.BOOL, []),
                helper.make_tensor_value_info("next", TensorProto.FLOAT, [1]),
            ],
            [one],
        )
        nodes += [
            helper.make_node("Loop", ["trips", "yes", "zero"], ["counted"], body=body),
            helper.make_node("Add", ["fast", "counted"], ["logits"]),
        ]
    else:
        nodes.append(helper.make_node("Identity", ["fast"], ["logits"]))
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "level",
        [helper.make_tensor_value_info("samples", TensorProto.FLOAT, [1, "n"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "frames", len(TOKENS)])],
        [onnx.numpy_helper.from_array(v, k) for k, v in constants.items() if k in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    helper.set_model_props(model, {"malgwi.decoding": json.dumps(decoding())})
    onnx.checker.check_model(model)
    return model


def chirp(rate: int, samples: int) -> npt.NDArray[np.float32]:
    """Return a tone that rises to 0.9 of the lower Nyquist frequency, faded in and out.

    `ResamplerTest.chirp` makes the same.
    """
    t = np.arange(samples) / rate
    top = 0.45 * min(rate, 16_000)
    phase = 2 * np.pi * (100 * t + (top - 100) * t * t / (2 * samples / rate))
    fade = np.sin(np.pi * np.arange(samples) / samples) ** 2
    return (0.5 * fade * np.sin(phase)).astype(np.float32)


def noise(samples: int) -> npt.NDArray[np.float32]:
    """Return white noise from -0.25 to 0.25, by a linear congruential generator (Knuth's MMIX).

    `ResamplerTest.noise` makes the same.
    """
    state, values = 1, []
    for _ in range(samples):
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        values.append((state >> 40) / 2**25 - 0.25)
    return np.array(values, np.float32)


def main() -> None:
    """Write everything."""
    RESOURCES.mkdir(parents=True, exist_ok=True)
    for name, slow in (("level", False), ("slow", True)):
        onnx.save(level_model(slow=slow), RESOURCES / f"{name}.onnx")
    (RESOURCES / "decoding.json").write_text(json.dumps(decoding()), encoding="utf-8")
    cases = []
    for rate in RATES:
        samples = rate // 25
        for name, heard in (("chirp", chirp(rate, samples)), ("noise", noise(samples))):
            made = soxr.resample(heard, rate, 16_000, quality="HQ").astype("<f4")
            cases.append(
                {
                    "name": name,
                    "rate": rate,
                    "samples": samples,
                    "soxr": base64.b64encode(made.tobytes()).decode(),
                }
            )
    golden = {
        "about": "What soxr HQ makes of test signals at 16 kHz (float32, little-endian, base64); "
        "made by tools/java_fixtures.py, which says what the signals are.",
        "cases": cases,
    }
    path = ROOT / "tests/golden/resampler.json"
    path.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
