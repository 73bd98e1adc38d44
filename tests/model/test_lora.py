"""LoRA's factors beside projections of every family: heard, merged, and never lost."""

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint, save_checkpoint
from malgwi.model.families import logits_of
from malgwi.model.lora import add_lora, is_lora, plain_weights
from tiny import FAMILIES, NEW_FAMILIES, tiny_checkpoint, tiny_model

_WAV2VEC2: Any = transformers.Wav2Vec2ForCTC
SAMPLES = torch.randn(1, 8000, generator=torch.Generator().manual_seed(3))


pytestmark = pytest.mark.usefixtures("one_thread")


def _logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return logits_of(model, SAMPLES)


def _trained(model: Any) -> None:
    """Change every factor, as training would."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if is_lora(name):
                weight.normal_(0.0, 0.3, generator=generator)


@pytest.mark.parametrize("family", FAMILIES + NEW_FAMILIES)
def test_every_factor_is_heard_and_merged(family: str) -> None:
    model = tiny_model(family)
    names, before = list(model.state_dict()), _logits(model)
    add_lora(model, 3, 6.0, seed=0)
    assert torch.equal(_logits(model), before)
    _trained(model)
    changed = _logits(model)
    factors = [module for module in model.modules() if hasattr(module, "lora_B")]
    assert len(factors) == (4 if family == "wavlm" else 8)  # of two layers
    for module in factors:
        weight = module.lora_B["default"].weight
        kept = weight.detach().clone()
        with torch.no_grad():
            weight.zero_()
            assert not torch.equal(_logits(model), changed)
            weight.copy_(kept)
    merged = plain_weights(model)
    assert list(merged) == names
    plain = tiny_model(family, seed=1)
    plain.load_state_dict(merged)
    torch.testing.assert_close(_logits(plain), changed, atol=1e-5, rtol=1e-5)
    assert torch.equal(_logits(model), changed)  # as it was: nothing was merged in place


def test_what_is_merged_by_hand() -> None:
    """W + alpha / rank B A, with alpha 6 and rank 2; peft's own merge says the same."""
    model = tiny_model("wav2vec2-group")
    add_lora(model, 2, 6.0, seed=0)
    _trained(model)
    layer = model.wav2vec2.encoder.layers[1].attention.v_proj
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    assert (a.shape, b.shape) == ((2, 16), (16, 2))
    by_hand = layer.base_layer.weight + 3 * (b @ a)
    merged = plain_weights(model)["wav2vec2.encoder.layers.1.attention.v_proj.weight"]
    torch.testing.assert_close(merged, by_hand)
    layer.merge()
    assert torch.equal(merged, layer.base_layer.weight)


def test_factors_depend_on_the_seed_only() -> None:
    def first(seed: int) -> torch.Tensor:
        model = tiny_model()
        torch.rand(seed + 1)  # the global state must not matter
        add_lora(model, 2, 4.0, seed=seed)
        weight: torch.Tensor = (
            model.wav2vec2.encoder.layers[0].attention.q_proj.lora_A["default"].weight
        )
        return weight

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))


def test_a_model_without_factors_is_as_it_is() -> None:
    model = tiny_model()
    assert plain_weights(model).keys() == model.state_dict().keys()


def test_what_is_saved_is_what_transformers_loads(tmp_path: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint(tmp_path / "a"))
    add_lora(loaded.model, 2, 4.0, seed=0)
    _trained(loaded.model)
    (tmp_path / "b").mkdir()
    save_checkpoint(tmp_path / "b", loaded)
    theirs, info = _WAV2VEC2.from_pretrained(tmp_path / "b", output_loading_info=True)
    assert not any(info.values())
    with torch.inference_mode():
        torch.testing.assert_close(theirs(SAMPLES).logits, _logits(loaded.model))


def test_a_rank_that_saves_nothing_is_refused() -> None:
    """Two factors of rank 8 have 2 x 8 x 16 weights, as many as a projection of 16 x 16."""
    with pytest.raises(MalgwiError, match=r"^--lora 8: .* give 1 to 7 for this checkpoint$"):
        add_lora(tiny_model(), 8, 1.0, seed=0)
    add_lora(tiny_model(), 7, 1.0, seed=0)


def test_without_peft_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MalgwiError, match=r"--lora: peft isn't installed; .*\[train\]"):
        add_lora(tiny_model(), 1, 1.0, seed=0)
