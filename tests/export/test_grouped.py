"""Convolutions in groups as products: what torch's own convolution gives."""

import pytest
import torch
from torch import nn

from malgwi.export.grouped import GroupedProduct, multiply_in_groups


def convolution(kernel: int, *, groups: int = 4, stride: int = 1, bias: bool = True) -> nn.Conv1d:
    torch.manual_seed(kernel)
    return nn.Conv1d(
        8, 12, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=bias
    ).eval()


def test_by_hand() -> None:
    """Two groups of one channel, taps 1 2 3 and 10 0 0, over 5 7 and 1 2 between zeros.

    5 * 2 + 7 * 3 = 31 and 5 + 7 * 2 = 19; of the frame before, ten times: 0 and 10.
    """
    conv = nn.Conv1d(2, 2, 3, padding=1, groups=2, bias=False)
    conv.weight = nn.Parameter(torch.tensor([[[1.0, 2.0, 3.0]], [[10.0, 0.0, 0.0]]]))
    with torch.inference_mode():
        found = GroupedProduct(conv)(torch.tensor([[[5.0, 7.0], [1.0, 2.0]]]))
    assert found.tolist() == [[[31.0, 19.0], [0.0, 10.0]]]


@pytest.mark.parametrize("kernel", [1, 7, 8, 9, 19, 64, 128])
@pytest.mark.parametrize("frames", [1, 2, 25, 130])
def test_frames_are_those_of_the_convolution(kernel: int, frames: int) -> None:
    conv = convolution(kernel)
    hidden = torch.randn(1, 8, frames)
    with torch.inference_mode():
        torch.testing.assert_close(GroupedProduct(conv)(hidden), conv(hidden), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("frames", [2, 3, 50, 51])
def test_strides_and_no_bias(frames: int) -> None:
    """SEW's takes every second frame."""
    conv = convolution(16, stride=2, bias=False)
    hidden = torch.randn(1, 8, frames)
    with torch.inference_mode():
        torch.testing.assert_close(GroupedProduct(conv)(hidden), conv(hidden), atol=1e-5, rtol=1e-5)


def test_only_groups_of_several_channels_are_taken() -> None:
    """One group is a plain convolution, one a channel a Conformer's, which has no product."""
    model = nn.ModuleDict(
        {
            "plain": convolution(3, groups=1),
            "apart": nn.Conv1d(8, 8, 3, padding=1, groups=8),
            "apart by dilation": nn.Conv1d(8, 8, 3, padding=2, dilation=2, groups=4),
            "other ends": nn.Conv1d(8, 8, 3, padding=1, groups=4, padding_mode="reflect"),
            "groups": convolution(3),
        }
    )
    multiply_in_groups(model)
    taken = [name for name, module in model.items() if isinstance(module, GroupedProduct)]
    assert taken == ["groups"]
