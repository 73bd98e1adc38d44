"""Attention as one operator: where it can be, the same numbers; where it can't, as it was."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from malgwi.bundle.contract import Decoding
from malgwi.bundle.runtime import OnnxModel
from malgwi.decoding.segments import SegmentPlan
from malgwi.export.attention import DOMAIN, OPERATOR, attend_by_one_operator
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.parity import check_parity
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.log_mel import GRID
from malgwi.speech.frames import WAV2VEC2
from tiny import tiny_model, tiny_vocab

USUAL = (
    "wav2vec2-group",
    "wav2vec2-layer",
    "hubert",
    "data2vec-audio",
    "unispeech",
    "unispeech-sat",
    "conformer-rotary",
    "omniasr",
    "bert-rotary",
)
OWN = ("wavlm", "sew", "sew-d", "conformer-relative", "bert")
"""Those in whose attention positions count, or frames are masked."""


def write(family: str, path: Path, *, unfold: bool = True) -> tuple[Checkpoint, OnnxModel]:
    model = tiny_model(family, num_hidden_layers=3)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():  # so that some frames are attended to far more than others
        for name, weight in model.named_parameters():
            if "attention" in name or "attn" in name:
                weight.add_(0.5 * torch.randn(weight.shape, generator=generator))
    grid = GRID if family.startswith("bert") else WAV2VEC2
    source = Checkpoint(model, tiny_vocab(), grid, do_normalize=True)
    decoding = Decoding(tiny_vocab(), grid, SegmentPlan())
    write_onnx(source, decoding, path, unfold=unfold)
    return source, OnnxModel(path, decoding, threads=1)


def operators(path: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(path).graph.node)


@pytest.mark.parametrize(
    ("family", "expected"),
    [*((family, (3, 0)) for family in USUAL), *((family, (0, 3)) for family in OWN)],
)
def test_three_layers_are_operators_or_stay_and_give_the_same(
    tmp_path: Path, family: str, expected: tuple[int, int]
) -> None:
    source, model = write(family, tmp_path / "m.onnx")
    found = operators(tmp_path / "m.onnx")
    assert (found[OPERATOR], found["Softmax"]) == expected
    assert check_parity(source, model) < 2e-5


def test_a_plain_graph_is_onnx_alone(tmp_path: Path) -> None:
    write("wav2vec2-group", tmp_path / "m.onnx", unfold=False)
    assert operators(tmp_path / "m.onnx")[OPERATOR] == 0
    assert DOMAIN not in {opset.domain for opset in onnx.load(tmp_path / "m.onnx").opset_import}


def test_the_checkpoint_goes_on_as_before(tmp_path: Path) -> None:
    before = tiny_model().config._attn_implementation
    source, _ = write("wav2vec2-group", tmp_path / "m.onnx")
    assert source.model.config._attn_implementation == before


@pytest.mark.parametrize("frames", [1, 2, 63, 64, 65, 700])
def test_frames_that_are_all_alike_give_the_mean(frames: int) -> None:
    """Keys of zeros weigh all values alike, in torch too, where nothing is exported."""
    model = tiny_model(num_hidden_layers=1)
    attend_by_one_operator(model)
    attention = model.wav2vec2.encoder.layers[0].attention
    hidden = torch.randn(1, frames, 16, generator=torch.Generator().manual_seed(frames))
    with torch.inference_mode():
        for layer in (attention.v_proj, attention.out_proj):
            layer.weight.copy_(torch.eye(16))
            layer.bias.zero_()
        attention.k_proj.weight.zero_()
        attention.k_proj.bias.zero_()
        found = attention(hidden)[0][0]
    expected = hidden[0].mean(0, keepdim=True).expand(frames, 16)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5)
