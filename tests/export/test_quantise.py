"""int8 products worked out by hand, and what stays as it was.

What onnxruntime computes has weights of 7 bits here where sums may be large: of 8 bits it is wrong
on processors without VNNI, which these tests may meet, too.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.ort import load_onnxruntime
from malgwi.bundle.runtime import OnnxModel
from malgwi.decoding.segments import SegmentPlan
from malgwi.export import quantise as module
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.parity import check_parity
from malgwi.export.quantise import layer_name, layers, quantise
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.log_mel import GRID
from malgwi.speech.frames import WAV2VEC2
from tiny import tiny_model, tiny_vocab


@pytest.fixture(autouse=True)
def quantise_small_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SMALLEST", 1)


def product(path: Path, weight: NDArray[np.float32]) -> Path:
    rows, columns = weight.shape
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], "/layers.0/attention/q_proj/MatMul")],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", columns])],
        [numpy_helper.from_array(weight, "w")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def run(path: Path, x: NDArray[np.float32]) -> NDArray[np.float32]:
    session = load_onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    result: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: x})[0]
    return result


def constants(path: Path) -> dict[str, NDArray[Any]]:
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


def test_a_product_by_hand(tmp_path: Path) -> None:
    """Two channels with scales 2/127 and 0.01: 1 of 2 is 63.5, which rounds to even, 64."""
    weight = np.array([[2.0, 0.27], [1.0, -1.27]], np.float32)
    source = product(tmp_path / "f.onnx", weight)
    quantise(source, tmp_path / "q.onnx")
    found = constants(tmp_path / "q.onnx")
    assert found["y_int8"].dtype == np.int8
    assert found["y_int8"].tolist() == [[127, 27], [64, -127]]
    assert found["y_scale"].tolist() == pytest.approx([2 / 127, 0.01])
    assert set(found) == {"y_int8", "y_scale"}
    # 0 to 255 is quantised without error, so what is left is the weights' rounding.
    result = run(tmp_path / "q.onnx", np.array([[0.0, 255.0], [255.0, 1.0]], np.float32))
    assert result == pytest.approx(
        np.array([[255 * 128 / 127, -255 * 1.27], [510 + 128 / 127, 255 * 0.27 - 1.27]]), rel=1e-5
    )


def test_reduce_range_keeps_to_seven_bits(tmp_path: Path) -> None:
    weight = np.array([[2.0, 0.27], [0.5, -1.27]], np.float32)
    quantise(product(tmp_path / "f.onnx", weight), tmp_path / "r.onnx", reduce_range=True)
    found = constants(tmp_path / "r.onnx")
    assert found["y_int8"].tolist() == [[63, 13], [16, -63]]
    assert found["y_scale"].tolist() == pytest.approx([2 / 63, 1.27 / 63])


def test_a_channel_of_zeros_stays_zero(tmp_path: Path) -> None:
    weight = np.array([[0.0, 1.0], [0.0, 1.0]], np.float32)
    quantise(product(tmp_path / "f.onnx", weight), tmp_path / "q.onnx", reduce_range=True)
    result = run(tmp_path / "q.onnx", np.array([[3.0, 5.0]], np.float32))
    assert result.tolist()[0] == pytest.approx([0.0, 8.0], rel=0.01)


def test_a_kept_layer_stays_in_fp32(tmp_path: Path) -> None:
    weight = np.array([[2.0, 0.27], [1.0, -1.27]], np.float32)
    source = product(tmp_path / "f.onnx", weight)
    assert layers(source) == ["layers.0.attention"]
    quantise(source, tmp_path / "q.onnx", keep=["layers.0.attention"])
    assert constants(tmp_path / "q.onnx")["w"].tolist() == weight.tolist()
    assert [n.op_type for n in onnx.load(tmp_path / "q.onnx").graph.node] == ["MatMul"]


def test_small_weights_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SMALLEST", 5)
    source = product(tmp_path / "f.onnx", np.ones((2, 2), np.float32))
    assert layers(source) == []
    quantise(source, tmp_path / "q.onnx")
    assert "w" in constants(tmp_path / "q.onnx")


@pytest.mark.parametrize(
    ("node", "layer"),
    [
        ("/model/wav2vec2/feature_extractor/conv_layers.3/conv/MatMul_1", "conv_layers.3"),
        ("/model/hubert/feature_projection/projection/MatMul", "feature_projection"),
        ("/model/wav2vec2/encoder/pos_conv_embed/conv/Conv", "pos_conv_embed"),
        ("data2vec/encoder/pos_conv_embed/layers/3/conv/in_pieces/MatMul", "pos_conv_embed"),
        ("base/conv_layers/0/in_pieces/conv_layers.2/conv/MatMul", "conv_layers.2"),
        ("/model/wavlm/encoder/layers.11/attention/MatMul_4", "layers.11.attention"),
        ("/model/encoder/layers.1/feed_forward/output_dense/MatMul", "layers.1.feed_forward"),
        ("/model/lm_head/MatMul", "lm_head"),
        ("/encoder/layer.1/attention/self/key_proj/MatMul", "layer.1.attention"),
        ("/encoder/layers.0/conv_module/pointwise_conv1/Conv", "layers.0.conv_module"),
        ("/model/model/audio_tower/encode_positions/conv/Conv", "encode_positions"),
        ("/model/ctc_head/MatMul", "ctc_head"),
        ("/elsewhere/MatMul", "elsewhere.MatMul"),
    ],
)  # fmt: skip
def test_layers_are_named_by_their_place(node: str, layer: str) -> None:
    assert layer_name(node) == layer


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Decoding]:
    folder = tmp_path_factory.mktemp("tiny")
    decoding = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
    model = tiny_model(seed=1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2.0)
    write_onnx(
        Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True),
        decoding,
        folder / "f.onnx",
        unfold=True,
    )
    return folder / "f.onnx", decoding


def test_a_whole_model_keeps_its_logits_nearly(tiny: tuple[Path, Decoding], tmp_path: Path) -> None:
    source, decoding = tiny
    quantise(source, tmp_path / "q.onnx", reduce_range=True)
    onnx.checker.check_model(onnx.load(tmp_path / "q.onnx"))
    clip = 0.1 * np.random.default_rng(0).standard_normal(16_000, dtype=np.float32)
    exact = OnnxModel(source, decoding, threads=1).logits(clip)
    model = OnnxModel(tmp_path / "q.onnx", decoding, threads=1)
    ours = model.logits(clip)
    assert np.abs(ours - exact).max() < 0.2 * np.abs(exact).max()
    assert (ours != exact).any()
    assert METADATA_KEY in model.metadata
    assert model.logits(clip[:400]).shape == (1, 7)


def test_all_that_is_heavy_is_in_bytes(tiny: tuple[Path, Decoding], tmp_path: Path) -> None:
    quantise(tiny[0], tmp_path / "q.onnx")
    floats = [a for a in constants(tmp_path / "q.onnx").values() if a.dtype == np.float32]
    # What is left has one value a channel, besides the first convolution's filters, either way.
    heavy = [a.shape for a in floats if a.size > 32]
    assert heavy == [(10, 8), (8, 10)]


def test_taps_share_one_quantisation(tiny: tuple[Path, Decoding], tmp_path: Path) -> None:
    """Six unfolded convolutions, the projection, positions, and per layer: q k v, output, two
    dense; head. Positions are quantised once a piece, inside their loop."""
    quantise(tiny[0], tmp_path / "q.onnx")
    graph = onnx.load(tmp_path / "q.onnx").graph
    loops = [n.attribute[0].g.node for n in graph.node if n.op_type == "Loop"]
    kinds = [n.op_type for n in (*graph.node, *loops[0], *loops[1])]
    assert kinds.count("DynamicQuantizeLinear") == 6 + 1 + 1 + 2 * (1 + 1 + 2) + 1
    assert kinds.count("MatMulInteger") == (4 * 3 + 2 * 2) + 1 + 1 + 2 * 6 + 1
    (once,) = [n for n in loops[1] if n.op_type == "DynamicQuantizeLinear"]
    assert once.input[0].endswith("pos_conv_embed/conv/in_pieces/steps")  # as cut, not as joined
    assert kinds.count("Conv") == 0


@pytest.mark.parametrize("family", ["wav2vec2-group", "wav2vec2-layer"])
def test_the_first_layer_stays_in_floats(tmp_path: Path, family: str) -> None:
    """However wide it is: samples on one scale would lose the quiet ones."""
    model = Checkpoint(tiny_model(family), tiny_vocab(), WAV2VEC2, do_normalize=True)
    decoding = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
    write_onnx(model, decoding, tmp_path / "f.onnx", unfold=True)
    assert layers(tmp_path / "f.onnx")[0] == "conv_layers.1"


def test_layers_that_share_positions_are_kept_one_by_one(tmp_path: Path) -> None:
    """A Conformer's layers all read one slice of its positions, also those that stay in floats."""
    model = Checkpoint(
        tiny_model("conformer-relative", hidden_size=96), tiny_vocab(), WAV2VEC2, do_normalize=True
    )
    decoding = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
    write_onnx(model, decoding, tmp_path / "f.onnx", unfold=True)
    clip = 0.1 * np.random.default_rng(0).standard_normal(16_000, dtype=np.float32)
    exact = OnnxModel(tmp_path / "f.onnx", decoding).logits(clip)
    for kept in ([], ["layers.0.self_attn"], ["layers.1.self_attn"]):
        assert set(layers(tmp_path / "f.onnx")) >= set(kept)
        quantise(tmp_path / "f.onnx", tmp_path / "q.onnx", reduce_range=True, keep=kept)
        ours = OnnxModel(tmp_path / "q.onnx", decoding).logits(clip)
        assert 0 < np.abs(ours - exact).max() < 0.1 * np.abs(exact).max()


def test_log_mel_features_stay_in_double_precision(tmp_path: Path) -> None:
    """Eight bits would hold a loud vowel and lose all that is beside it."""
    model = Checkpoint(tiny_model("bert", hidden_size=96), tiny_vocab(), GRID, do_normalize=True)
    decoding = Decoding(tiny_vocab(), GRID, SegmentPlan())
    write_onnx(model, decoding, tmp_path / "f.onnx", unfold=True)
    assert layers(tmp_path / "f.onnx")[:2] == ["feature_projection", "layers.0.ffn1"]
    quantise(tmp_path / "f.onnx", tmp_path / "q.onnx", reduce_range=True)
    values = (
        attribute.t
        for node in onnx.load(tmp_path / "q.onnx").graph.node
        for attribute in node.attribute
        if node.op_type == "Constant"
    )
    double = {tuple(v.dims) for v in values if v.data_type == TensorProto.DOUBLE and v.dims}
    assert double == {(400, 514), (257, 80)}
    clip = 0.1 * np.random.default_rng(0).standard_normal(16_000, dtype=np.float32)
    exact, ours = (OnnxModel(tmp_path / f"{n}.onnx", decoding).logits(clip) for n in "fq")
    assert 0 < np.abs(ours - exact).max() < 0.1 * np.abs(exact).max()


def test_layers_come_in_the_models_order(tiny: tuple[Path, Decoding]) -> None:
    """Those that run in the loop, too, under the names that they have in the model."""
    first = [f"conv_layers.{number}" for number in range(1, 7)]
    found = layers(tiny[0])
    assert found[: len(first)] == first
    assert found[len(first)] == "feature_projection"
    assert found[-1] == "lm_head"


def test_pieces_of_a_clip_are_heard_as_the_whole_is(
    tiny: tuple[Path, Decoding], tmp_path: Path
) -> None:
    """In bytes, too: a frame beside a border has nearly the logits that it has within a piece."""
    source, decoding = tiny
    kept = [n for n in layers(source) if n[:4] != "conv"]
    quantise(source, tmp_path / "q.onnx", reduce_range=True, keep=kept)
    exact, ours = (OnnxModel(path, decoding, threads=1) for path in (source, tmp_path / "q.onnx"))
    clip = 0.1 * np.random.default_rng(0).standard_normal(50_000, dtype=np.float32)
    apart = np.abs(ours.logits(clip) - exact.logits(clip))
    assert apart.max() < 0.25 * np.abs(exact.logits(clip)).max()
    assert apart[49:51].max() < 4 * np.median(apart.max(axis=1))


def test_loud_and_quiet_frames_are_both_kept(tiny: tuple[Path, Decoding], tmp_path: Path) -> None:
    """One scale for a clip would drown the quiet half; here each frame has its own."""
    source, decoding = tiny
    convolutions = [n for n in layers(source) if n.startswith("conv")]
    others = [n for n in layers(source) if n not in convolutions]
    quantise(source, tmp_path / "c.onnx", keep=others, reduce_range=True)
    noise = np.random.default_rng(0).standard_normal(16_000, dtype=np.float32)
    noise[8_000:] *= 1e-3
    exact = OnnxModel(source, decoding, threads=1).logits(noise)
    ours = OnnxModel(tmp_path / "c.onnx", decoding, threads=1).logits(noise)
    quiet = np.abs(ours - exact)[28:].max()
    assert quiet < 0.1 * np.abs(exact).max()


@pytest.mark.parametrize("layer", ["feature_projection", "pos_conv_embed"])
def test_quiet_frames_are_kept_where_no_norm_levels_them(tmp_path: Path, layer: str) -> None:
    """Of a HuBERT without `feat_proj_layer_norm`: a second half of 20 dB less is heard as well."""
    model = tiny_model(
        "hubert",
        seed=1,
        hidden_size=128,
        feat_proj_layer_norm=False,
        num_conv_pos_embeddings=128,
        num_conv_pos_embedding_groups=16,
    )
    source = Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True)
    decoding = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
    write_onnx(source, decoding, tmp_path / "f.onnx", unfold=True)
    assert layer in layers(tmp_path / "f.onnx")
    others = [name for name in layers(tmp_path / "f.onnx") if name != layer]
    quantise(tmp_path / "f.onnx", tmp_path / "q.onnx", keep=others, reduce_range=True)
    clip = 0.1 * np.random.default_rng(0).standard_normal(160_000, dtype=np.float32)
    clip[80_000:] *= 0.1
    exact, ours = (OnnxModel(tmp_path / f"{n}.onnx", decoding).logits(clip) for n in "fq")
    assert 0 < np.abs(ours - exact)[250:].max() < 0.05 * np.abs(exact).max()
    assert check_parity(source, OnnxModel(tmp_path / "f.onnx", decoding)) < 2e-5
