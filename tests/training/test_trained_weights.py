"""What a run may change: adapters or LoRA's factors, and the head; all else stays to the bit."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import Wav2Vec2ForCTC, Wav2Vec2Processor

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.ctc_model import CtcModel
from malgwi.model.families import logits_of
from malgwi.model.language_adapters import is_adapter
from malgwi.model.lora import add_lora, is_lora
from malgwi.training.config import TrainConfig
from malgwi.training.distil import Distillation
from malgwi.training.memory import measure_need
from malgwi.training.shrink import shrink
from malgwi.training.state import states
from malgwi.training.train import train
from malgwi.training.trained_weights import freeze_the_rest
from tiny import (
    NO_DROPOUT,
    tiny_checkpoint,
    tiny_dataset,
    tiny_mms,
    tiny_model,
    tiny_setup,
)

CONFIG = TrainConfig(
    max_steps=4,
    eval_every=2,
    batch_seconds=4,
    learning_rate=3e-3,
    precision="fp32",
    hidden_dropout=0.1,
    ema=0.8,
    language_adapter="en",
)
ADAPTERS = 2 * (2 * 16 + (16 * 4 + 4) + (4 * 16 + 16))
"""Weights of two layers' norms and projections, from 16 to 4 and back."""
HEAD = 7 * 16 + 7


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint `mms`, a data set `data`, and a run `run` from the one on the other."""
    made = tmp_path_factory.mktemp("adapters")
    tiny_mms(made / "mms")
    tiny_dataset(made / "data")
    train(made / "data", made / "run", CONFIG, checkpoint=str(made / "mms"), quiet=True)
    return made


def test_only_adapters_and_head_are_changed(folder: Path) -> None:
    before = load_checkpoint(folder / "mms", language="eng").model.state_dict()
    saved = load_file(folder / "run" / "model.safetensors")
    last = torch.load(states(folder / "run")[-1], weights_only=True)
    assert saved.keys() == before.keys()
    for name, weight in before.items():
        if name.startswith("lm_head."):
            assert saved[name].shape[0] == 7
        elif is_adapter(name):
            assert not torch.equal(saved[name], weight), name
        else:
            assert torch.equal(saved[name], weight), name
            assert torch.equal(last["model"][f"model.{name}"], weight), name
    moments = [one["exp_avg"].numel() for one in last["optimizer"]["state"].values()]
    assert sum(moments) == ADAPTERS + HEAD
    facts = json.loads((folder / "run" / "train.json").read_text())["facts"]
    assert facts["trained_weights"] == ADAPTERS + HEAD
    letters = 3 * (16 + 1)  # of the head's ten rows that aren't in the run's seven
    assert facts["weights"] == sum(weight.numel() for weight in before.values()) - letters
    assert facts["known_tokens"] == 7  # a b c d, the space, the unknown, the blank
    assert facts["licence"] == "cc-by-nc-4.0"


def test_the_run_is_one_that_transformers_loads(folder: Path) -> None:
    """Without a language: the adapters are in the weights."""
    theirs = Wav2Vec2ForCTC.from_pretrained(folder / "run")
    ours = load_checkpoint(folder / "run")
    processor: Any = Wav2Vec2Processor.from_pretrained(folder / "run")
    samples = torch.randn(8000, generator=torch.Generator().manual_seed(0))
    ready = processor(samples.numpy(), sampling_rate=16_000, return_tensors="pt").input_values
    with torch.inference_mode():
        logits = theirs(ready).logits
        torch.testing.assert_close(logits_of(ours.model, ready), logits)
    ids = [6, 0, 0, 6, 0, 4, 4, 1, 6, 2]
    assert ours.vocab is not None
    assert processor.decode(ids) == ours.vocab.decode(ids) == "aa bc"
    assert (ours.languages, ours.licence) == ((), "cc-by-nc-4.0")


def test_a_resumed_run_is_the_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder / "run", run)
    states(run)[-1].unlink()
    assert train(folder / "data", run, CONFIG, resume=True, quiet=True).steps == 4
    ours, whole = (torch.load(states(one)[-1], weights_only=True) for one in (run, folder / "run"))
    for part in ("model", "average"):
        assert all(torch.equal(ours[part][name], whole[part][name]) for name in whole[part])
    weights = "model.safetensors"
    assert (run / weights).read_bytes() == (folder / "run" / weights).read_bytes()
    other = replace(CONFIG, language_adapter="kor")
    with pytest.raises(MalgwiError, match="--language-adapter: the run has en, given kor") as said:
        train(folder / "data", run, other, resume=True, quiet=True)
    assert "--language-adapter" not in str(said.value).partition("malgwi train")[2]


def test_new_adapters_for_a_language_that_is_not_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(CONFIG, language_adapter=None, max_steps=1)
    train(folder / "data", tmp_path / "run", config, checkpoint=str(folder / "mms"))
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "new language adapters and a new head are begun; it has 4 to start from "
        "(eng, kor, uzb-script_cyrillic, uzb-script_latin); eng is the data set's: "
        "--language-adapter"
    ) in said
    assert "only its adapters and the head are trained: 0.00048 x 10^6 weights" in said
    facts = json.loads((tmp_path / "run" / "train.json").read_text())["facts"]
    assert facts["known_tokens"] == 0
    # What was trained has one language: nothing is begun again.
    train(folder / "data", tmp_path / "on", config, checkpoint=str(tmp_path / "run"))
    assert "are begun" not in capsys.readouterr().err


def test_all_is_trained_where_that_is_asked_for(folder: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, adapters_only=False, max_steps=1)
    train(folder / "data", tmp_path / "run", config, checkpoint=str(folder / "mms"), quiet=True)
    facts = json.loads((tmp_path / "run" / "train.json").read_text())["facts"]
    model = load_checkpoint(tmp_path / "run").model
    convolutions = sum(p.numel() for p in model.wav2vec2.feature_extractor.parameters())
    assert facts["trained_weights"] == facts["weights"] - convolutions


def test_memory_is_that_of_what_is_trained(folder: Path, tmp_path: Path) -> None:
    """Gradients and two moments, of 4 bytes each; fewer activations are kept for the way back."""
    needs = []
    for only in (True, False):
        config = replace(CONFIG, adapters_only=only)
        setup = tiny_setup(config, folder / "data", str(folder / "mms"), tmp_path / "run")
        needs.append(measure_need(setup.learner, setup.inputs, setup.splits.train, config))
    assert needs[0].weights == 12 * (ADAPTERS + HEAD)
    assert needs[1].weights > 10 * needs[0].weights
    assert needs[0].clip < needs[1].clip
    assert (needs[0].around, needs[1].around) == (2.4, 1.2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"language_adapter": "xyz"}, "'xyz': is none of its 4 languages"),
        (
            {"freeze_cnn": False},
            "only they and the head are trained; give --freeze-cnn, or --no-",
        ),
        ({"unfreeze_cnn_after": 0.5}, "give --freeze-cnn, or --no-adapters-only to train all"),
    ],
)
def test_what_does_not_go_together(
    changes: dict[str, Any], message: str, folder: Path, tmp_path: Path
) -> None:
    config = replace(CONFIG, **changes)
    with pytest.raises(MalgwiError, match=message):
        train(folder / "data", tmp_path / "run", config, checkpoint=str(folder / "mms"), quiet=True)
    assert list(tmp_path.iterdir()) == []


def test_what_a_checkpoint_without_adapters_is_asked_for(
    folder: Path, checkpoint: str, tmp_path: Path
) -> None:
    for changes, message in (
        ({"language_adapter": "kor"}, "it has no language adapters"),
        ({"adapters_only": True}, "--adapters-only: the checkpoint has no language adapters"),
    ):
        config = replace(CONFIG, **{"language_adapter": None} | changes)
        with pytest.raises(MalgwiError, match=message):
            train(folder / "data", tmp_path / "run", config, checkpoint=checkpoint, quiet=True)
    with pytest.raises(MalgwiError, match="--adapters-only: trains no convolutions"):
        TrainConfig(adapters_only=True, freeze_cnn=False)


LORA = TrainConfig(
    max_steps=4,
    eval_every=2,
    batch_seconds=4,
    learning_rate=1e-2,
    precision="fp32",
    hidden_dropout=0.1,
    ema=0.8,
    lora=2,
    lora_alpha=8.0,
)
FACTORS = 2 * 4 * (2 * 16 + 16 * 2)
"""Of two layers' four projections from 16 to 16."""


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint `c`, a data set `data`, and a run `run` with LoRA."""
    made = tmp_path_factory.mktemp("lora")
    tiny_checkpoint(made / "c")
    tiny_dataset(made / "data")
    train(made / "data", made / "run", LORA, checkpoint=str(made / "c"), quiet=True)
    return made


def test_lora_changes_projections_and_head_and_merges_the_average(lora: Path) -> None:
    """The run has the averaged factors merged; the state has what they stand beside, untouched."""
    before = load_file(lora / "c" / "model.safetensors")
    saved = load_file(lora / "run" / "model.safetensors")
    best = json.loads((lora / "run" / "train.json").read_text())["figures"]["best_step"]
    state = torch.load(lora / "run" / "state" / f"{best:08d}.pt", weights_only=True)
    assert saved.keys() == before.keys()
    projections = 0
    for name, weight in before.items():
        if name.startswith("lm_head."):
            assert torch.equal(saved[name], state["average"][f"model.{name}"])
            continue
        stem, _, kind = name.rpartition(".")
        if kind == "weight" and stem.endswith(("q_proj", "k_proj", "v_proj", "out_proj")):
            assert torch.equal(state["model"][f"model.{stem}.base_layer.weight"], weight)
            a, b = (
                state["average"][f"model.{stem}.lora_{factor}.default.weight"] for factor in "AB"
            )
            assert not torch.equal(saved[name], weight), name
            torch.testing.assert_close(saved[name], weight + 4 * (b @ a))  # 8 / 2
            projections += 1
        else:
            assert torch.equal(saved[name], weight), name
    assert projections == 8
    moments = [one["exp_avg"].numel() for one in state["optimizer"]["state"].values()]
    assert sum(moments) == FACTORS + HEAD
    facts = json.loads((lora / "run" / "train.json").read_text())["facts"]
    assert facts["trained_weights"] == FACTORS + HEAD
    assert facts["weights"] == sum(weight.numel() for weight in before.values())
    theirs = Wav2Vec2ForCTC.from_pretrained(lora / "run")
    ours = load_checkpoint(lora / "run").model
    samples = torch.randn(1, 8000)
    with torch.inference_mode():
        assert torch.equal(theirs(samples).logits, ours(samples).logits)


def test_a_resumed_run_with_lora_is_the_uninterrupted_one(lora: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(lora / "run", run)
    states(run)[-1].unlink()
    assert train(lora / "data", run, LORA, resume=True, quiet=True).steps == 4
    ours, whole = (torch.load(states(one)[-1], weights_only=True) for one in (run, lora / "run"))
    for part in ("model", "average"):
        assert ours[part].keys() == whole[part].keys()
        assert all(torch.equal(ours[part][name], whole[part][name]) for name in whole[part])
    weights = "model.safetensors"
    assert (run / weights).read_bytes() == (lora / "run" / weights).read_bytes()
    with pytest.raises(MalgwiError, match="--lora: the run has 2, given 3"):
        train(lora / "data", run, replace(LORA, lora=3), resume=True, quiet=True)
    # A run is a checkpoint like any other.
    on = replace(LORA, lora=3, max_steps=1)
    train(lora / "data", tmp_path / "on", on, checkpoint=str(run), quiet=True)


@pytest.mark.parametrize("family", ["wavlm", "omniasr", "mms"])
def test_lora_trains_other_families(family: str, lora: Path, tmp_path: Path) -> None:
    """Adapters that a checkpoint has are trained beside the factors."""
    start = tiny_checkpoint(tmp_path / "c", family)
    config = replace(LORA, lora=1, lora_alpha=None, max_steps=1)
    train(lora / "data", tmp_path / "run", config, checkpoint=str(start), quiet=True)
    facts = json.loads((tmp_path / "run" / "train.json").read_text())["facts"]
    factors = 2 * (2 * (16 + 32) if family == "wavlm" else 4 * (16 + 16))
    adapters = ADAPTERS if family == "mms" else 0
    assert facts["trained_weights"] == factors + adapters + HEAD
    assert load_checkpoint(tmp_path / "run").vocab is not None


@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_lora_in_a_batch_is_lora_alone(precision: torch.dtype | None) -> None:
    """Losses and gradients are those of the clips alone, with activations computed twice, too."""
    model = tiny_model("wav2vec2-layer", **NO_DROPOUT)
    add_lora(model, 2, 4.0, seed=0)
    ctc = CtcModel(model, blank=6, precision=precision)
    freeze_the_rest(ctc, LORA)
    ctc.train()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if is_lora(name):
                weight.normal_(0.0, 0.3, generator=generator)
    features = torch.randn(2, 40, 8, generator=generator)
    lengths, labels = torch.tensor([25, 40]), torch.tensor([[0, 1, 2], [3, 0, 1]])

    def gradients(*batches: list[int]) -> dict[str, torch.Tensor]:
        ctc.zero_grad()
        for rows in batches:
            width = int(lengths[rows].max())
            given = features[rows][:, :width], lengths[rows]
            losses = ctc(*given, labels[rows], torch.full((len(rows),), 3)).losses
            losses.sum().backward()
        found = {n: p.grad.clone() for n, p in ctc.named_parameters() if p.grad is not None}
        assert found.keys() == {n for n, p in ctc.named_parameters() if p.requires_grad}
        assert sum(grad.numel() for grad in found.values()) == FACTORS + HEAD
        return found

    alone = gradients([0], [1])
    within = 1e-5 if precision is None else 0.05
    together = gradients([0, 1])
    model.activation_checkpointing_enable({"use_reentrant": False})
    again = gradients([0, 1])
    for name, grad in alone.items():
        assert grad.abs().max() > 0, name
        size = float(grad.abs().max())
        torch.testing.assert_close(together[name], grad, atol=within * size, rtol=within)
        torch.testing.assert_close(again[name], together[name], atol=1e-6 * size, rtol=1e-5)


def test_lora_needs_less_memory(lora: Path, tmp_path: Path) -> None:
    needs = []
    for rank in (2, None):
        config = replace(LORA, lora=rank, lora_alpha=None)
        setup = tiny_setup(config, lora / "data", str(lora / "c"), tmp_path / "run")
        needs.append(measure_need(setup.learner, setup.inputs, setup.splits.train, config))
    assert needs[0].weights == 12 * (FACTORS + HEAD)
    assert needs[1].weights > 8 * needs[0].weights
    assert (needs[0].around, needs[1].around) == (2.4, 1.2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lora": 0}, "--lora: 0 is out of range; give a value between 1 and 1024"),
        ({"lora": 5000}, "--lora: 5000 is out of range"),
        ({"lora": 4, "lora_alpha": 0.0}, "--lora-alpha: 0 is out of range"),
        ({"lora_alpha": 8.0}, "--lora-alpha: is of --lora; give its rank"),
        ({"lora": 4, "adapters_only": True}, "--adapters-only and --lora: give only one of them"),
        ({"lora": 4, "freeze_cnn": False}, "--lora: trains no convolutions; give --freeze-cnn"),
        ({"lora": 4, "unfreeze_cnn_after": 0.5}, "--lora: trains no convolutions"),
    ],
)
def test_what_does_not_go_with_lora(values: dict[str, Any], message: str) -> None:
    with pytest.raises(MalgwiError, match=f"^{message}"):
        TrainConfig(**values)


def test_a_rank_that_is_too_large_leaves_nothing(lora: Path, tmp_path: Path) -> None:
    config = replace(LORA, lora=8)
    with pytest.raises(MalgwiError, match=r"--lora 8: .* give 1 to 7 for this checkpoint"):
        train(lora / "data", tmp_path / "run", config, checkpoint=str(lora / "c"), quiet=True)
    with pytest.raises(MalgwiError, match="--lora 2: few layers must learn"):
        shrink(str(lora / "c"), lora / "data", tmp_path / "s", LORA, Distillation(1), quiet=True)
    assert list(tmp_path.iterdir()) == []
