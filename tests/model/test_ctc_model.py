"""A batch gives what each clip gives alone: logits, losses and gradients, for every family."""

from typing import Any

import pytest
import torch
import transformers

from malgwi.model.convolutions import channels_of
from malgwi.model.ctc_model import CtcModel, ctc_losses
from malgwi.model.families import head_of, logits_of
from tiny import FAMILIES, NEW_FAMILIES, tiny_model, tiny_vocab

LENGTHS = (30, 49, 7, 41)
LABELS = ((0, 1, 1), (2, 4, 3, 0), (1,), (3, 3))
BLANK = 6


def _batch(channels: int = 8) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    # Padding is filled with large numbers: whatever stands there must not matter.
    features = torch.full((4, 60, channels), 1e4)
    for row, length in zip(features, LENGTHS, strict=True):
        row[:length] = torch.randn(length, channels, generator=generator)
    labels = torch.full((4, 4), 5)
    for row, ids in zip(labels, LABELS, strict=True):
        row[: len(ids)] = torch.tensor(ids)
    return features, torch.tensor(LENGTHS), labels, torch.tensor([len(x) for x in LABELS])


def _quiet(family: str) -> CtcModel:
    """Return a model without dropout and masking, so that train mode can be compared too."""
    off: dict[str, Any] = dict.fromkeys(
        ("hidden_dropout", "attention_dropout", "activation_dropout", "feat_proj_dropout"), 0.0
    )
    model = tiny_model(family, final_dropout=0.0, **off)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            with torch.no_grad():
                module.bias.fill_(0.3)  # so that zeros don't stay zeros
    return CtcModel(model, blank=BLANK)


def _largest_difference(model: CtcModel) -> float:
    features, frames, labels, label_lengths = _batch(channels_of(model.cnn))
    together = model(features, frames, labels, label_lengths)
    differences = []
    for i, length in enumerate(LENGTHS):
        alone = model(
            features[i : i + 1, :length],
            frames[i : i + 1],
            labels[i : i + 1, : int(label_lengths[i])],
            label_lengths[i : i + 1],
        )
        differences.append((together.logits[i, :length] - alone.logits[0]).abs().max())
        differences.append((together.losses[i] - alone.losses[0]).abs())
    return float(torch.stack(differences).max().detach())


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("family", FAMILIES + NEW_FAMILIES)
def test_a_batch_equals_batch_size_one(family: str, mode: str) -> None:
    model = _quiet(family).train(mode == "train")
    assert _largest_difference(model) <= 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_without_the_mask_it_would_not(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = _quiet(family)
    encoder = model.base.encoder.forward

    def unmasked(hidden: torch.Tensor, attention_mask: torch.Tensor) -> object:
        return encoder(hidden)

    monkeypatch.setattr(model.base.encoder, "forward", unmasked)
    assert _largest_difference(model) > 1e-3


@pytest.mark.parametrize("family", ["hubert-batch", "data2vec-audio", "conformer-rotary"])
def test_without_zeros_for_later_convolutions_it_would_not(family: str) -> None:
    model = _quiet(family)
    for module in model.base.encoder.modules():
        if isinstance(module, torch.nn.Conv1d):
            module._forward_pre_hooks.clear()
    assert _largest_difference(model) > 1e-3


@pytest.mark.parametrize("family", ["wav2vec2-group", "wav2vec2-layer", "sew-d", "omniasr", "bert"])
def test_gradients_are_the_sum_of_the_clips_gradients(family: str) -> None:
    model = _quiet(family).train()
    features, frames, labels, label_lengths = _batch(channels_of(model.cnn))
    model(features, frames, labels, label_lengths).losses.sum().backward()
    together = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    assert len(together) > 20
    model.zero_grad()
    for i, length in enumerate(LENGTHS):
        model(
            features[i : i + 1, :length],
            frames[i : i + 1],
            labels[i : i + 1],
            label_lengths[i : i + 1],
        ).losses.sum().backward()
    for name, parameter in model.named_parameters():
        if name in together:
            assert parameter.grad is not None
            torch.testing.assert_close(parameter.grad, together[name], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("family", FAMILIES + NEW_FAMILIES)
def test_all_that_is_trained_has_a_gradient_in_every_step(family: str) -> None:
    """Or the second step of several processes would wait for it."""
    model = _quiet(family).train()
    model.cnn.requires_grad_(False)
    model(*_batch(channels_of(model.cnn))).losses.sum().backward()
    assert not [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]


def _as_transformers(model: Any, samples: torch.Tensor) -> torch.Tensor:
    """Return what transformers makes of one clip, (1, samples)."""
    if model.config.model_type == "wav2vec2-bert":
        extractor_class: Any = transformers.SeamlessM4TFeatureExtractor
        extract = extractor_class()
        heard = extract(samples[0].numpy(), sampling_rate=16_000, return_tensors="pt")
        real = heard["attention_mask"].bool()[0]
        logits: torch.Tensor = model(**heard).logits[:, real]
    else:
        channel = model.config.model_type == "omniasr_ctc"
        logits = model(samples[:, None] if channel else samples).logits
    return logits


@pytest.mark.parametrize("family", FAMILIES + NEW_FAMILIES)
def test_equals_transformers_on_one_clip(family: str) -> None:
    model = _quiet(family).eval()
    samples = torch.randn(1, 10_300, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        expected = _as_transformers(model.model, samples)
        torch.testing.assert_close(logits_of(model.model, samples), expected, atol=1e-5, rtol=1e-5)
        found = model(None, None, waveforms=[samples[0]], pad_frames_to=25)
    assert found.frame_lengths.tolist() == [31]  # an odd one, which SEW's squeezed frames leave out
    torch.testing.assert_close(found.logits[:, :31], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_log_mel_features_of_a_batch_are_each_clips_own(precision: torch.dtype | None) -> None:
    """Mean and variance are the clip's, an odd last window makes no frame; halves touch nothing."""
    model = CtcModel(tiny_model("bert"), blank=BLANK, precision=precision).train()
    generator = torch.Generator().manual_seed(4)
    clips = [0.1 * torch.randn(many, generator=generator) for many in (719, 10_460, 16_000)]
    features: list[torch.Tensor] = []
    model.base.feature_projection.register_forward_pre_hook(
        lambda _, inputs: features.append(inputs[0])
    )
    found = model(None, None, waveforms=clips, pad_frames_to=25)
    assert found.frame_lengths.tolist() == [1, 31, 49]
    assert features[0].shape == (3, 50, 160)
    extractor_class: Any = transformers.SeamlessM4TFeatureExtractor
    extract = extractor_class()
    for clip, row, frames in zip(clips, features[0], found.frame_lengths.tolist(), strict=True):
        theirs = extract(clip.numpy(), sampling_rate=16_000, return_tensors="pt")["input_features"]
        torch.testing.assert_close(row[:frames], theirs[0, :frames], atol=1e-4, rtol=0)
        assert not row[frames:].any()


@pytest.mark.parametrize("family", ["sew", "sew-d"])
def test_a_clip_of_one_frame_squeezes_to_nothing_and_gives_the_bias(family: str) -> None:
    model = _quiet(family).train()
    features, frames = torch.randn(2, 4, 8), torch.tensor([1, 4])
    logits = model(features, frames).logits
    logits.sum().backward()
    bias = head_of(model.model).bias
    torch.testing.assert_close(logits[0, 0], bias)
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    with torch.inference_mode():
        torch.testing.assert_close(logits_of(model.model.eval(), torch.ones(1, 719))[0], bias[None])


@pytest.mark.parametrize("family", ["conformer-relative", "conformer-rotary"])
def test_positions_of_a_conformer_are_its_own_each_time(family: str) -> None:
    model = _quiet(family)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(3.0)  # so that attention listens to them
    features, frames, _, _ = _batch()
    with torch.inference_mode():
        before = model(features, frames).logits
    low = CtcModel(model.model, blank=BLANK, precision=torch.bfloat16).train()
    low(features, frames).logits.sum().backward()  # not on what inference has left
    after = model.eval()(features, frames).logits
    torch.testing.assert_close(after, before, atol=1e-5, rtol=0)


def test_layers_that_run_again_for_their_gradients_hear_no_padding_either() -> None:
    model = _quiet("conformer-relative").train()
    batch = _batch()

    def gradients() -> list[torch.Tensor]:
        model.zero_grad()
        model(*batch).losses.sum().backward()
        return [p.grad.clone() for p in model.parameters() if p.grad is not None]

    plain = gradients()
    model.model.activation_checkpointing_enable({"use_reentrant": False})
    for again, once in zip(gradients(), plain, strict=True):
        torch.testing.assert_close(again, once)


def test_a_mask_without_an_embedding_is_zero() -> None:
    model = _quiet("omniasr").train()
    features, frames, _, _ = _batch()
    everything = torch.ones(4, 60, dtype=torch.bool)
    masked = model(features, frames, time_mask=everything).logits
    dark = model(features, frames, feature_mask=torch.ones(4, 16, dtype=torch.bool)).logits
    assert torch.equal(masked, dark)
    assert not torch.equal(masked, model(features, frames).logits)


def test_masks_replace_frames_and_channels() -> None:
    model = _quiet("wav2vec2-group").train()
    features, frames, _, _ = _batch()
    plain = model(features, frames).logits
    nothing = torch.zeros(4, 60, dtype=torch.bool)
    assert torch.equal(model(features, frames, time_mask=nothing).logits, plain)
    everything = torch.ones(4, 60, dtype=torch.bool)
    masked = model(features, frames, time_mask=everything).logits
    other = model(torch.zeros_like(features), frames, time_mask=everything).logits
    assert torch.equal(masked, other)  # nothing of the clips is left
    channels = torch.ones(4, 16, dtype=torch.bool)
    dark = model(features, frames, feature_mask=channels).logits
    assert torch.equal(
        dark, model(torch.zeros_like(features), frames, feature_mask=channels).logits
    )
    assert not torch.equal(masked, dark)


def test_what_is_trained() -> None:
    model = _quiet("wav2vec2-group").train()
    features, frames, labels, label_lengths = _batch()

    def touched() -> set[str]:
        return {n.split(".")[1] for n, p in model.named_parameters() if p.grad is not None}

    model.trained = "head"
    model(features, frames, labels, label_lengths).losses.sum().backward()
    assert touched() == {"lm_head"}
    model.trained = "encoder"
    model(features, frames, labels, label_lengths).losses.sum().backward()
    first: torch.Tensor = model.base.feature_extractor.conv_layers[0].conv.weight
    assert first.grad is None
    assert touched() == {"lm_head", "wav2vec2"}
    model.trained = "all"
    clips = [torch.randn(5_000), torch.randn(9_999)]
    model(None, None, labels[2:], label_lengths[2:], waveforms=clips).losses.sum().backward()
    assert first.grad is not None
    assert first.grad.abs().sum() > 0


def test_ctc_loss_by_hand() -> None:
    # One frame, two tokens of probability 1/4 and 3/4: -ln(1/4) for one label.
    logits = torch.log(torch.tensor([[[0.25, 0.75]]]))
    losses, wrong = ctc_losses(
        logits, torch.tensor([1]), torch.tensor([[0]]), torch.tensor([1]), blank=1
    )
    assert losses.item() == pytest.approx(1.386294, abs=1e-6)
    assert wrong.tolist() == [False]
    # Two even frames, two tokens: a-, -a, aa of four paths give "a"; two labels halve the loss.
    even = torch.zeros(1, 4, 2)
    losses, _ = ctc_losses(even, torch.tensor([2]), torch.tensor([[0]]), torch.tensor([1]), blank=1)
    assert losses.item() == pytest.approx(0.287682, abs=1e-6)
    losses, _ = ctc_losses(
        even, torch.tensor([3]), torch.tensor([[0, 0]]), torch.tensor([2]), blank=1
    )
    assert losses.item() == pytest.approx(2.079442 / 2, abs=1e-6)  # a-a, one of eight


def test_losses_that_are_not_finite_are_found_and_harmless() -> None:
    logits = torch.zeros(3, 3, 3, requires_grad=True)
    labels = torch.tensor([[0, 0], [0, 1], [1, 9]])
    lengths = torch.tensor([2, 2, 1])
    # "0 0" needs three frames and has two; "0 1" fits; the padding label isn't a repeat.
    losses, wrong = ctc_losses(logits, torch.tensor([2, 2, 1]), labels, lengths, blank=2)
    assert wrong.tolist() == [True, False, False]
    assert losses[0].item() == 0
    torch.autograd.backward(losses.sum())
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0].abs().sum() == 0
    assert logits.grad[1].abs().sum() > 0
    broken = torch.full((1, 3, 3), float("nan"))
    losses, wrong = ctc_losses(
        broken, torch.tensor([3]), torch.tensor([[0]]), torch.tensor([1]), blank=2
    )
    assert (losses.item(), wrong.tolist()) == (0, [True])


def test_bf16_keeps_the_loss_in_fp32_and_scoring_exact() -> None:
    model = _quiet("wav2vec2-group")
    low = CtcModel(model.model, blank=BLANK, precision=torch.bfloat16)
    features, frames, labels, label_lengths = _batch()
    exact, rough = (m.train()(features, frames, labels, label_lengths) for m in (model, low))
    assert rough.logits.dtype == rough.losses.dtype == torch.float32
    assert 0 < (exact.logits - rough.logits).abs().mean() < 0.05
    assert torch.equal(model.eval()(features, frames).logits, low.eval()(features, frames).logits)


def test_the_tiny_vocabulary_is_what_these_tests_think() -> None:
    assert tiny_vocab().blank == BLANK
