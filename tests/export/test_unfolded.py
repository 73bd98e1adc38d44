"""The convolutions as products, whole and in pieces: what transformers' own layers give."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from malgwi.bundle.contract import Decoding
from malgwi.bundle.runtime import OnnxModel
from malgwi.decoding.segments import SegmentPlan
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.pieces import DOMAIN, FRAMES
from malgwi.export.unfolded import Convolutions
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.convolutions import convolve_alone
from malgwi.model.families import convolutions_of, logits_of
from malgwi.model.normalisation import standardise
from malgwi.speech.frames import WAV2VEC2
from tiny import tiny_model, tiny_vocab

DECODING = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())
KINDS: dict[str, dict[str, Any]] = {
    "wav2vec2-group": {},
    "wav2vec2-group with biases": {"conv_bias": True},
    "wav2vec2-layer": {},
    "wav2vec2-layer without biases": {"conv_bias": False},
    "omniasr": {},
}


def model_of(kind: str) -> Any:
    model = tiny_model(kind.split(maxsplit=1)[0], num_hidden_layers=1, **KINDS[kind])
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():  # norms and biases, too, are something else than 1 and 0
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model


def noise(samples: int, scale: float = 1.0) -> torch.Tensor:
    return scale * torch.randn(samples, generator=torch.Generator().manual_seed(samples))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("samples", [400, 719, 720, 16_000, 16_321])
def test_features_are_those_of_the_layers(kind: str, samples: int) -> None:
    layers = convolutions_of(model_of(kind))
    with torch.inference_mode():
        ours = Convolutions(layers)(noise(samples)[None, None])[0].T
        theirs = convolve_alone(layers, noise(samples))
    assert ours.shape == ((samples - 400) // 320 + 1, 8)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("clip", [torch.zeros(4000), torch.full((4000,), 3.0), noise(4000, 1e-6)])
def test_a_norm_over_next_to_nothing(clip: torch.Tensor) -> None:
    """Its epsilon is all that there is, as in the layer itself."""
    layers = convolutions_of(model_of("wav2vec2-group with biases"))
    with torch.inference_mode():
        ours = Convolutions(layers)(clip[None, None])[0].T
        torch.testing.assert_close(ours, convolve_alone(layers, clip), atol=1e-3, rtol=1e-3)


def test_what_lies_under_a_frame() -> None:
    """Of kernels 3 3 3 3 2 2 and strides of 2, in windows: 1 + 2 + 4 + 8 + 16 + 16 + 32, and 64."""
    piece = Convolutions(convolutions_of(model_of("wav2vec2-group"))).in_pieces
    assert (piece.reach, piece.hop, piece.channels) == (79, 64, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_join_without_a_seam(tmp_path: Path, kind: str) -> None:
    model = model_of(kind)
    source = Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True)
    write_onnx(source, DECODING, tmp_path / "m.onnx", unfold=True)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]
    graph = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(graph, full_check=True)
    assert DOMAIN not in {opset.domain for opset in graph.opset_import}
    exported = OnnxModel(tmp_path / "m.onnx", DECODING, threads=1)
    for frames in (1, FRAMES - 1, FRAMES, FRAMES + 1, 2 * FRAMES, 2 * FRAMES + 1, 5 * FRAMES + 7):
        for samples in (400 + 320 * (frames - 1), 400 + 320 * frames - 1):
            clip = noise(samples, 0.1).numpy()
            ready = torch.from_numpy(standardise(clip, source.epsilon))
            with torch.inference_mode():
                theirs = logits_of(model, ready[None])[0].numpy()
            ours = exported.logits(clip)
            assert ours.shape == (frames, 7)
            np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_a_clip_of_one_value(tmp_path: Path) -> None:
    source = Checkpoint(model_of("wav2vec2-group"), tiny_vocab(), WAV2VEC2, do_normalize=True)
    write_onnx(source, DECODING, tmp_path / "m.onnx", unfold=True)
    logits = OnnxModel(tmp_path / "m.onnx", DECODING, threads=1).logits(np.zeros(9000, np.float32))
    assert np.isfinite(logits).all()
