"""ONNX models that are what the bundle says, and others that are refused by name."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from bundles import DECODING, level_bundle, level_onnx
from level_model import level_samples
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.runtime import OnnxModel, load_bundle_model
from malgwi.cli.main import main
from malgwi.errors import BundleError, MalgwiError


def test_it_runs_and_gives_the_frames_of_the_formula(tmp_path: Path) -> None:
    model = OnnxModel(level_onnx(tmp_path / "m.onnx"), DECODING, threads=1)
    logits = model.logits(level_samples("a_|"))
    assert logits.shape == (9, 4)
    assert logits.argmax(axis=1).tolist() == [0] * 3 + [3] * 3 + [2] * 3
    assert model.logits(np.zeros(399, np.float32)).shape == (0, 4)
    assert model.logits(np.zeros(400, np.float32)).shape == (1, 4)


def test_samples_of_other_types_and_strides_are_taken(tmp_path: Path) -> None:
    model = OnnxModel(level_onnx(tmp_path / "m.onnx"), DECODING)
    samples = level_samples("ab")
    doubled = np.repeat(samples, 2).astype(np.float64)[::2]
    assert np.array_equal(model.logits(doubled), model.logits(samples))  # type: ignore[arg-type]


def test_a_bundle_whose_model_agrees_is_loaded(tmp_path: Path) -> None:
    model = load_bundle_model(open_bundle(level_bundle(tmp_path / "x.malgwi")), threads=1)
    assert model.logits(level_samples("b")).argmax(axis=1).tolist() == [1] * 3


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"input_name": "audio"}, "inputs and outputs are .*'audio'"),
        ({"element": TensorProto.DOUBLE}, "tensor.double"),
        ({"tokens": 5}, "5 logits a frame for 4 tokens"),
        ({"metadata": None}, "malgwi.decoding is missing"),
        ({"metadata": "{"}, "malgwi.decoding: not readable"),
        ({"metadata": "[1]"}, "malgwi.decoding: expected a JSON object"),
        ({"metadata": '{"hop": 320, "hop": 320}'}, "a key occurs twice"),
        (
            {"metadata": json.dumps(DECODING.to_json() | {"blank_id": 0})},
            "blank_id is 3 in bundle.json and 0 in the model",
        ),
        (
            {"metadata": json.dumps(DECODING.to_json() | {"new": None})},
            "new is None in bundle.json and None in the model",
        ),
    ],
)
def test_a_model_that_differs_from_bundle_json_is_refused(
    tmp_path: Path, model: dict[str, object], message: str
) -> None:
    path = level_bundle(
        tmp_path / "x.malgwi",
        model=[level_onnx(tmp_path / "m.onnx", **model)],  # type: ignore[arg-type]
    )
    with pytest.raises(BundleError, match=message):
        load_bundle_model(open_bundle(path))


def test_another_frame_count_is_an_error_and_not_another_text(tmp_path: Path) -> None:
    finer = DECODING.to_json() | {"hop": 160}
    decoding = type(DECODING).from_json(finer, "test")
    model = OnnxModel(level_onnx(tmp_path / "m.onnx"), decoding)
    with pytest.raises(MalgwiError, match=r"shape \(49, 4\) for 16000 samples; expected \(98, 4\)"):
        model.logits(np.zeros(16_000, np.float32))


def test_a_model_that_fails_as_it_runs_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as one that takes a second and nothing else: the golden clip has 8,720 samples."""
    path = level_onnx(tmp_path / "m.onnx")
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 16_000
    onnx.save(model, path)
    bundle = level_bundle(tmp_path / "x.malgwi", model=[path])
    assert main(["check", str(bundle)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "malgwi: error: onnxruntime failed on 8720 samples ([ONNXRuntimeError] : 2"
    )
    assert said.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"not onnx", b"\x08\x08" * 40])
def test_what_is_no_onnx_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(MalgwiError, match=r"m\.onnx: onnxruntime can't load it") as error:
        OnnxModel(path, DECODING)
    assert "\n" not in str(error.value)


def test_a_model_may_not_read_a_file_outside(tmp_path: Path) -> None:
    """Weights may lie in files of their own in ONNX; onnxruntime refuses those elsewhere."""
    path = level_onnx(tmp_path / "m.onnx")
    model = onnx.load(path)
    weight = model.graph.initializer[1]
    (tmp_path / "secret").write_bytes(weight.raw_data)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", "../secret"
    path.write_bytes(model.SerializeToString())
    bundle = level_bundle(tmp_path / "x.malgwi", model=[path])
    with pytest.raises(BundleError, match="can't load it"):
        load_bundle_model(open_bundle(bundle))
