"""Large weights beside their model: what moves, where it stands, and what is computed."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from malgwi.bundle.ort import open_session
from malgwi.errors import MalgwiError
from malgwi.export import weights_apart
from malgwi.export.weights_apart import save, set_weights_apart

OPSET = [helper.make_opsetid("", 17)]
JAVA = Path(__file__).parents[2] / "android/core/src/test/resources"


def write_sum(path: Path, sizes: dict[str, int], scale: float = 1.0) -> Path:
    """Write a model that adds vectors, each of so many floats, to the first of which is added 1."""
    weights = {name: np.full(size, scale, np.float32) for name, size in sizes.items()}
    nodes = [helper.make_node("ReduceSum", [name], [f"{name}_sum"]) for name in weights]
    nodes.append(helper.make_node("Sum", ["x", *(f"{name}_sum" for name in weights)], ["y"]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    path.parent.mkdir(exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=OPSET, ir_version=8), path)
    return path


def y(path: Path) -> float:
    [[found]] = open_session(path, threads=1).run(None, {"x": np.ones(1, np.float32)})
    return float(found)


def test_what_is_large_moves(tmp_path: Path) -> None:
    """16,384 floats have 64 KiB, which is large; tensors begin at multiples of 16 KiB."""
    path = write_sum(tmp_path / "model.onnx", {"a": 16_384, "b": 16_383, "c": 20_000})
    graph, weights = files = set_weights_apart(path)
    assert files == [path, tmp_path / "model.weights"]
    entries = {
        tensor.name: {e.key: e.value for e in tensor.external_data}
        for tensor in onnx.load(graph, load_external_data=False).graph.initializer
    }
    assert entries == {
        "a": {"location": "model.weights", "offset": "0", "length": "65536"},
        "b": {},
        "c": {"location": "model.weights", "offset": "65536", "length": "80000"},
    }
    assert weights.stat().st_size == 65_536 + 80_000
    assert graph.stat().st_size < 67_000
    assert y(graph) == 1 + 16_384 + 16_383 + 20_000


def test_small_weights_stay(tmp_path: Path) -> None:
    path = write_sum(tmp_path / "model.onnx", {"a": 10})
    before = path.read_bytes()
    assert set_weights_apart(path) == [path]
    assert path.read_bytes() == before
    assert not (tmp_path / "model.weights").exists()


def test_whatever_the_model_is_called_its_weights_are_called_as_in_a_bundle(tmp_path: Path) -> None:
    graph, weights = set_weights_apart(write_sum(tmp_path / "int8.onnx", {"a": 16_384}))
    assert weights == tmp_path / "model.weights"
    assert y(graph) == 1 + 16_384


def test_models_in_one_folder_keep_their_weights_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file above the limit has weights of its own name, one below it has none."""
    monkeypatch.setattr(weights_apart, "MOST_EXPORTED", 4 * 16_384)
    one = onnx.load(write_sum(tmp_path / "source.onnx", {"a": 16_384, "b": 1}))
    other = onnx.load(write_sum(tmp_path / "source.onnx", {"a": 20_000}, scale=2))
    small = onnx.load(write_sum(tmp_path / "source.onnx", {"a": 16_384}, scale=3))
    for name, model in (("one", one), ("other", other), ("small", small)):
        save(model, tmp_path / f"{name}.onnx")
    assert {path.name for path in tmp_path.glob("*.weights")} == {"one.weights", "other.weights"}
    found = [y(tmp_path / f"{name}.onnx") for name in ("one", "other", "small")]
    assert found == [1 + 16_384 + 1, 1 + 2 * 20_000, 1 + 3 * 16_384]


def test_equal_models_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (
        set_weights_apart(write_sum(tmp_path / name / "model.onnx", {"a": 20_000, "b": 17_001}))
        for name in ("one", "other")
    )
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]


def test_a_gap_before_a_tensor_is_zero(tmp_path: Path) -> None:
    """80,000 bytes end in the fifth page of 16,384: the next tensor begins at 81,920."""
    path = write_sum(tmp_path / "model.onnx", {"a": 20_000, "b": 16_384})
    content = set_weights_apart(path)[1].read_bytes()
    assert content[80_000:81_920] == bytes(1_920)
    assert np.frombuffer(content[81_920:], np.float32).tolist() == [1.0] * 16_384


@pytest.mark.parametrize("left", [0, 65_535])
def test_weights_that_are_cut_off_are_said(tmp_path: Path, left: int) -> None:
    graph, weights = set_weights_apart(write_sum(tmp_path / "model.onnx", {"a": 16_384}))
    weights.write_bytes(weights.read_bytes()[:left])
    with pytest.raises(MalgwiError, match=r"model\.onnx: onnxruntime can't load it"):
        open_session(graph, threads=1)


def test_java_is_tried_with_what_is_written_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`OnnxTest` reads a model whose weights were set apart, however small."""
    monkeypatch.setattr(weights_apart, "_LEAST", 100)
    path = tmp_path / "model.onnx"
    path.write_bytes((JAVA / "level.onnx").read_bytes())
    for file in set_weights_apart(path):
        assert file.read_bytes() == (JAVA / "apart" / file.name).read_bytes(), file.name
