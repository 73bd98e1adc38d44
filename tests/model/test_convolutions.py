"""A padded batch of waveforms gives the convolutions' output of each clip alone."""

from typing import Any

import pytest
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from malgwi.model.convolutions import convolve
from malgwi.speech.frames import WAV2VEC2

LENGTHS = (400, 719, 720, 9_999, 16_000)
"""Samples: the fewest, one before and at the second frame, and two others (30 and 49 frames)."""


def _cnn(norm: str) -> Any:
    torch.manual_seed(0)
    config = Wav2Vec2Config(
        conv_dim=(8,) * 7,
        feat_extract_norm=norm,
        conv_bias=norm == "layer",
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    return Wav2Vec2Model(config).eval().feature_extractor  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("norm", ["group", "layer"])
def test_a_batch_equals_each_clip_alone(norm: str) -> None:
    cnn = _cnn(norm)
    clips = [torch.randn(n) for n in LENGTHS]
    with torch.no_grad():
        features, frames = convolve(cnn.conv_layers, clips, WAV2VEC2, multiple=25)
        alone = [cnn(clip[None])[0].T for clip in clips]
    assert frames.tolist() == [1, 1, 2, 30, 49]
    assert features.shape == (5, 50, 8)
    for row, count, expected in zip(features, frames.tolist(), alone, strict=True):
        torch.testing.assert_close(row[:count], expected, atol=1e-5, rtol=1e-5)


def test_plain_padding_would_differ() -> None:
    cnn = _cnn("group")
    clip = torch.randn(9_999)
    with torch.no_grad():
        padded = cnn(torch.nn.functional.pad(clip, (0, 6_001))[None])[0].T[:30]
        alone = cnn(clip[None])[0].T
    assert (padded - alone).abs().max() > 0.01


def test_gradients_are_those_of_each_clip_alone() -> None:
    cnn = _cnn("group")
    clips = [torch.randn(n) for n in (5_000, 9_000)]
    features, frames = convolve(cnn.conv_layers, clips, WAV2VEC2)
    sum(row[:n].square().sum() for row, n in zip(features, frames, strict=True)).backward()
    batched = [p.grad.clone() for p in cnn.parameters() if p.grad is not None]
    cnn.zero_grad()
    sum(cnn(clip[None])[0].square().sum() for clip in clips).backward()
    for ours, theirs in zip(batched, cnn.parameters(), strict=True):
        assert theirs.grad is not None
        torch.testing.assert_close(ours, theirs.grad, atol=1e-3, rtol=1e-3)
