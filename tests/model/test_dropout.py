"""CPU dropout drops the share asked for, keeps the mean, and follows torch's random state."""

import pytest
import torch
from torch import nn

from malgwi.model.dropout import CpuDropout, use_cpu_dropout
from tiny import tiny_model


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_share_asked_for_and_the_mean_kept(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    dropped = CpuDropout(p).train()(torch.ones(1001, 777, dtype=dtype))
    assert dropped.dtype == dtype
    assert (dropped == 0).float().mean().item() == pytest.approx(p, abs=0.002)
    values = dropped[dropped != 0].unique()
    assert values.tolist() == pytest.approx([1 / (1 - p)], rel=0.005)


def test_places_are_independent() -> None:
    torch.manual_seed(0)
    zeros = (CpuDropout(0.5).train()(torch.ones(1 << 20)) == 0).float() - 0.5
    for apart in (1, 2, 3, 4, 8, 1024):
        assert abs((zeros[apart:] * zeros[:-apart]).mean().item()) < 0.001, apart


def test_gradients_flow_where_values_were_kept() -> None:
    hidden = torch.ones(5, 7, 3, requires_grad=True)
    dropped = CpuDropout(0.4).train()(hidden)
    torch.autograd.backward(dropped.sum())
    assert hidden.grad is not None
    assert torch.equal(hidden.grad, dropped.detach())


def test_off_in_eval_mode_and_at_zero() -> None:
    hidden = torch.randn(10)
    assert CpuDropout(0.5).eval()(hidden) is hidden
    assert CpuDropout(0.0).train()(hidden) is hidden
    assert CpuDropout(0.5).train()(torch.empty(0, 4)).shape == (0, 4)


def test_it_follows_the_random_state() -> None:
    dropout, hidden = CpuDropout(0.5).train(), torch.ones(100)
    state = torch.get_rng_state()
    first, second = dropout(hidden), dropout(hidden)
    torch.set_rng_state(state)
    assert torch.equal(dropout(hidden), first)
    assert torch.equal(dropout(hidden), second)
    assert not torch.equal(first, second)


def test_it_takes_the_place_of_every_dropout() -> None:
    model = tiny_model(hidden_dropout=0.25)
    names = set(model.state_dict())
    places = [n for n, m in model.named_modules() if isinstance(m, nn.Dropout)]
    use_cpu_dropout(model)
    assert len(places) > 5
    for name in places:
        assert isinstance(model.get_submodule(name), CpuDropout)
        assert not model.get_submodule(name).training
    assert model.wav2vec2.encoder.dropout.p == 0.25
    assert set(model.state_dict()) == names
