"""Frozen layers apart from the others: together they are the whole network."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.model.log_mel import CHANNELS
from malgwi.model.lower_layers import LowerLayers, check_layers, weights_above
from tiny import FAMILIES, NEW_FAMILIES, tiny_model

BLANK = 6
LENGTHS = (30, 49, 7)
_STABLE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f: (f, {}) for f in FAMILIES + NEW_FAMILIES if f not in ("sew", "sew-d", "mms")},
    **{f"{f}-layer": (f, _STABLE) for f in ("hubert", "wavlm", "unispeech", "unispeech-sat")},
    "conformer-unplaced": ("conformer-relative", {"position_embeddings_type": None}),
}
"""Every family that can have frozen layers, with the norms that it has before and behind them."""


pytestmark = pytest.mark.usefixtures("one_thread")


def _model(kind: str, frozen: int = 0, **changes: Any) -> CtcModel:
    """Return a model of three layers that are heard, the same for any number of frozen ones."""
    family, own = KINDS[kind]
    model = tiny_model(family, num_hidden_layers=3, **own, **changes)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".layers." in name and weight.ndim > 1:
                weight.mul_(10.0)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            with torch.no_grad():
                module.bias.fill_(0.3)  # so that zeros don't stay zeros
    return CtcModel(model, blank=BLANK, frozen_layers=frozen).eval()


def _batch(kind: str = "") -> tuple[torch.Tensor, torch.Tensor]:
    """Return features and lengths; what stands in the padding must not matter."""
    channels = CHANNELS if kind.startswith("bert") else 8
    features = torch.full((3, 60, channels), 1e4)
    generator = torch.Generator().manual_seed(1)
    for row, length in zip(features, LENGTHS, strict=True):
        row[:length] = torch.randn(length, channels, generator=generator)
    return features, torch.tensor(LENGTHS)


@pytest.mark.parametrize("frozen", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_lower_layers_and_the_others_are_the_whole(kind: str, frozen: int) -> None:
    features, lengths = _batch(kind)
    upper = _model(kind, frozen)
    activations = LowerLayers(upper).activations(features, lengths)
    assert activations.shape == (3, 60, 16)
    with torch.inference_mode():
        whole = _model(kind)(features, lengths).logits
        parted = upper(activations, lengths).logits
        other = _model(kind, 3 - frozen)(activations, lengths).logits
    for row, length in enumerate(LENGTHS):
        size = float(whole[row, :length].abs().max())
        torch.testing.assert_close(
            parted[row, :length], whole[row, :length], atol=1e-5 * size, rtol=1e-5
        )
        # A layer more or less would be heard.
        assert (other - whole)[row, :length].abs().max() > 1e-2 * size


@pytest.mark.parametrize("kind", KINDS)
def test_activations_of_a_clip_alone_are_those_in_a_batch(kind: str) -> None:
    features, lengths = _batch(kind)
    layers = LowerLayers(_model(kind, 2))
    together = layers.activations(features, lengths)
    for row, length in enumerate(LENGTHS):
        alone = layers.activations(features[row : row + 1, :length], lengths[row : row + 1])[0]
        torch.testing.assert_close(together[row, :length], alone, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("kind", ["wav2vec2-group", "wavlm-layer", "conformer-rotary", "omniasr"])
def test_they_are_in_eval_mode_whatever_the_model_is_doing(kind: str) -> None:
    dropped = dict.fromkeys(("hidden_dropout", "attention_dropout", "activation_dropout"), 0.5)
    batch = _batch()
    expected = LowerLayers(_model(kind, 2)).activations(*batch)
    upper = _model(kind, 2, layerdrop=0.5, **dropped).train()
    layers = LowerLayers(upper)
    random = torch.get_rng_state()
    assert torch.equal(layers.activations(*batch), expected)
    assert torch.equal(torch.get_rng_state(), random)
    upper(expected, batch[1]).logits.sum().backward()  # in its midst
    assert torch.equal(layers.activations(*batch), expected)


def test_a_batch_may_lie_on_another_device_than_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `LogMel` can't run (mps has no double precision) it gives features on the CPU."""
    layers = LowerLayers(_model("bert", 1).to("meta"))
    monkeypatch.setattr(layers._below, "encode", lambda features, lengths: features + lengths[0])
    assert layers.activations(*_batch("bert")).device.type == "meta"


def test_batches_of_several_threads_go_through_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One has its padding in the modules until it is through."""
    layers = LowerLayers(_model("conformer-relative", 1))
    features, lengths = _batch()
    encode, inside, most = layers._below.encode, 0, 0

    def counted(*given: Any) -> torch.Tensor:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        encoded = encode(*given)
        time.sleep(0.01)
        inside -= 1
        return encoded

    monkeypatch.setattr(layers._below, "encode", counted)
    alone = [(features[n : n + 1, :length], lengths[n : n + 1]) for n, length in enumerate(LENGTHS)]
    expected = [layers.activations(*one) for one in alone]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda one: layers.activations(*one), alone * 4))
    assert most == 1
    assert all(torch.equal(a, b) for a, b in zip(found, expected * 4, strict=True))


def test_the_upper_layers_drop_and_are_dropped_in_training() -> None:
    upper = _model("wavlm", 2, layerdrop=1.0, hidden_dropout=0.0, final_dropout=0.0).train()
    activations, lengths = torch.randn(1, 9, 16), torch.tensor([9])
    whole = _model("wavlm", 2)
    expected = whole.model.lm_head(activations)
    torch.testing.assert_close(upper(activations, lengths).logits, expected)
    upper = _model("wavlm", 2, hidden_dropout=0.5).train()
    once, again = (upper(activations, lengths).logits for _ in range(2))
    assert not torch.equal(once, again)


def test_they_share_the_weights_and_leave_the_model_whole() -> None:
    upper = _model("wav2vec2-layer", 1)
    names = list(upper.state_dict())
    layers = LowerLayers(upper)
    assert list(upper.state_dict()) == names
    before = layers.activations(*_batch())
    other = CtcModel(
        tiny_model("wav2vec2-layer", seed=3, num_hidden_layers=3), blank=BLANK, frozen_layers=1
    )
    upper.load_state_dict(other.state_dict())
    after = layers.activations(*_batch())
    assert not torch.allclose(before, after)
    assert torch.equal(after, LowerLayers(other).activations(*_batch()))


def test_masks_begin_above_the_frozen_layers_and_are_zeros() -> None:
    upper = _model("wav2vec2-group", 1, hidden_dropout=0.0, attention_dropout=0.0).train()
    upper.model.dropout.p = 0.0
    for module in upper.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    lengths = torch.tensor([20, 12])
    activations = torch.randn(2, 20, 16, generator=torch.Generator().manual_seed(0))
    frames = torch.zeros(2, 20, dtype=torch.bool)
    frames[0, 3:6] = True
    zeroed = activations.clone()
    zeroed[0, 3:6] = 0.0
    masked = upper(activations, lengths, time_mask=frames).logits
    assert torch.equal(masked, upper(zeroed, lengths).logits)
    assert not torch.equal(masked, upper(activations, lengths).logits)
    channels = torch.zeros(2, 16, dtype=torch.bool)
    channels[1, 4] = True
    zeroed = activations.clone()
    zeroed[1, :, 4] = 0.0
    masked = upper(activations, lengths, feature_mask=channels).logits
    assert torch.equal(masked, upper(zeroed, lengths).logits)


@pytest.mark.parametrize(
    ("kind", "modules"),
    [
        ("wav2vec2-group", {"wav2vec2.encoder.layers.2", "lm_head"}),  # its norm is before them
        ("wav2vec2-layer", {"wav2vec2.encoder.layers.2", "wav2vec2.encoder.layer_norm", "lm_head"}),
        ("wavlm", {"wavlm.encoder.layers.2", "lm_head"}),
        (
            "conformer-relative",
            {
                "wav2vec2_conformer.encoder.layers.2",
                "wav2vec2_conformer.encoder.layer_norm",
                "lm_head",
            },
        ),
        ("omniasr", {"model.audio_tower.layers.2", "model.audio_tower.layer_norm", "ctc_head"}),
    ],
)
def test_what_is_above_them(kind: str, modules: set[str]) -> None:
    upper = _model(kind, 2)
    above = {id(weight) for weight in weights_above(upper.model, 2)}
    starts = tuple(f"{module}." for module in modules)
    for name, weight in upper.model.named_parameters():
        assert (id(weight) in above) == name.startswith(starts), name
    # All of it has a gradient in every step, or several processes would wait.
    for weight in upper.parameters():
        weight.requires_grad_(id(weight) in above)
    upper.train()
    output = upper(torch.randn(1, 9, 16), torch.tensor([9]))
    output.logits.square().sum().backward()
    assert all((p.grad is not None) == p.requires_grad for p in upper.parameters())


def test_activations_depend_on_the_kernel_and_the_layers_not_on_dropout() -> None:
    settings = LowerLayers(_model("wav2vec2-group", 1)).settings()
    other = _model("wav2vec2-group", 1, hidden_dropout=0.7, layerdrop=0.3, mask_time_prob=0.4)
    assert LowerLayers(other).settings() == settings
    assert (settings["layers"], settings["hidden_act"]) == (1, "gelu")
    assert LowerLayers(_model("wav2vec2-group", 2)).settings() != settings
    assert LowerLayers(_model("wav2vec2-group", 1, hidden_act="relu")).settings() != settings
    other.model.set_attn_implementation("sdpa" if settings["attention"] == "eager" else "eager")
    assert LowerLayers(other).settings() != settings


def test_waveforms_do_not_go_past_them() -> None:
    with pytest.raises(ValueError, match="no activations"):
        _model("wav2vec2-group", 1)(None, None, waveforms=[torch.zeros(9000)])


@pytest.mark.parametrize(
    ("family", "count", "message"),
    [
        ("wav2vec2-group", 2, r"^--freeze-layers 2: tiny has 2 layers; give 0 to 1, so that one"),
        ("wavlm", 99, r"^--freeze-layers 99: tiny has 2 layers; give 0 to 1"),
        ("omniasr", 2, r"tiny has 2 layers"),
        ("sew", 1, r"^--freeze-layers 1: sew squeezes several frames into one before its layers"),
        ("sew-d", 1, r"sew-d squeezes several frames .* leave it out$"),
        ("mms", 1, r"tiny has a language adapter in every layer, which must learn the language"),
    ],
)
def test_what_cannot_be_frozen_says_why(family: str, count: int, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        check_layers(tiny_model(family), "tiny", count)


def test_all_but_one_can_be_frozen() -> None:
    check_layers(tiny_model("wavlm"), "tiny", 1)
