"""The first layers frozen: above them all is trained, below nothing is run or changed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import read_utterance
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.families import logits_of
from malgwi.model.normalisation import standardise
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.score import score_texts
from malgwi.training.config import TrainConfig
from malgwi.training.distil import Distillation
from malgwi.training.memory import measure_need
from malgwi.training.shrink import shrink
from malgwi.training.state import states
from malgwi.training.train import train
from tiny import (
    tiny_checkpoint,
    tiny_dataset,
    tiny_setup,
)

HEAD = 7 * 16 + 7


pytestmark = pytest.mark.usefixtures("one_thread")


FROZEN = TrainConfig(
    max_steps=4,
    eval_every=2,
    batch_seconds=4,
    learning_rate=1e-2,
    precision="fp32",
    hidden_dropout=0.1,
    layerdrop=0.2,
    mask_feature_prob=0.2,
    mask_feature_length=4,
    ema=0.8,
    freeze_layers=2,
)
LAYER = 4 * (16 * 16 + 16) + 2 * (2 * 16) + (16 * 32 + 32) + (32 * 16 + 16)
"""Weights of one: attention's projections, two norms, the feed-forward part."""


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint `c` of three layers, a data set `data`, and a run `run` with two frozen."""
    made = tmp_path_factory.mktemp("frozen")
    tiny_checkpoint(made / "c", num_hidden_layers=3)
    tiny_dataset(made / "data")
    train(made / "data", made / "run", FROZEN, checkpoint=str(made / "c"), quiet=True)
    return made


def _caches(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("*/*")) if path.is_file()]


def test_only_what_is_above_frozen_layers_is_changed(frozen: Path) -> None:
    before = load_file(frozen / "c" / "model.safetensors")
    saved = load_file(frozen / "run" / "model.safetensors")
    last = torch.load(states(frozen / "run")[-1], weights_only=True)
    assert saved.keys() == before.keys()
    changed = set()
    for name, weight in before.items():
        above = name.startswith(("wav2vec2.encoder.layers.2.", "lm_head."))
        if not torch.equal(saved[name], weight):
            changed.add(name)
            assert not torch.equal(last["model"][f"model.{name}"], weight), name
        assert above == (name in changed) or name.endswith("k_proj.bias"), name
        if not above:
            assert torch.equal(last["model"][f"model.{name}"], weight), name
    assert len(changed) >= 17  # 16 of the layer, 2 of the head; attention doesn't hear keys' biases
    moments = [one["exp_avg"].numel() for one in last["optimizer"]["state"].values()]
    assert sum(moments) == LAYER + HEAD
    assert last["average"].keys() == {
        f"model.{name}"
        for name in before
        if name.startswith(("wav2vec2.encoder.layers.2.", "lm_head."))
    }
    facts = json.loads((frozen / "run" / "train.json").read_text())["facts"]
    assert facts["trained_weights"] == LAYER + HEAD
    assert (facts["frozen_layers"], facts["layers"], facts["cached"]) == (2, 3, True)


def test_activations_are_computed_once_for_all_clips(frozen: Path, tmp_path: Path) -> None:
    """A run that goes on, and one with other dropout, find what the first has computed."""
    (cache,) = (frozen / "data" / "cache").iterdir()
    assert cache.name.startswith("activations-")
    there = _caches(frozen / "data" / "cache")
    clips = load_dataset(frozen / "data").utterances
    frames = sum(WAV2VEC2.count(clip.stretch.samples) for clip in clips)
    assert sum(len(content) for name, content in there if name.endswith("bin")) == frames * 16 * 2
    run = tmp_path / "run"
    shutil.copytree(frozen / "run", run)
    states(run)[-1].unlink()
    assert train(frozen / "data", run, FROZEN, resume=True, quiet=True).steps == 4
    ours, whole = (torch.load(states(one)[-1], weights_only=True) for one in (run, frozen / "run"))
    for part in ("model", "average"):
        assert all(torch.equal(ours[part][name], whole[part][name]) for name in whole[part])
    weights = "model.safetensors"
    assert (run / weights).read_bytes() == (frozen / "run" / weights).read_bytes()
    other = replace(FROZEN, hidden_dropout=0.3, max_steps=1)
    train(frozen / "data", tmp_path / "b", other, checkpoint=str(frozen / "c"), quiet=True)
    assert _caches(frozen / "data" / "cache") == there
    with pytest.raises(MalgwiError, match="--freeze-layers: the run has 2, given 1") as said:
        train(frozen / "data", run, replace(FROZEN, freeze_layers=1), resume=True, quiet=True)
    assert "--freeze-layers 1" in str(said.value).partition("malgwi train")[2]


def test_other_frozen_layers_have_other_activations(frozen: Path, tmp_path: Path) -> None:
    data = tiny_dataset(tmp_path / "data")
    checkpoint = str(frozen / "c")
    others: tuple[dict[str, Any], ...] = ({}, {"freeze_layers": 1}, {"attention": "sdpa"})
    for number, changes in enumerate(others):
        config = replace(FROZEN, max_steps=1, **changes)
        train(data, tmp_path / "run", config, checkpoint=checkpoint, replace=True, quiet=True)
        assert len(list((data / "cache").iterdir())) == number + 1
    # What is trained above changes nothing below.
    on = str(frozen / "run")
    train(data, tmp_path / "on", replace(FROZEN, max_steps=1), checkpoint=on, quiet=True)
    assert len(list((data / "cache").iterdir())) == 3


def test_without_the_cache_of_activations_the_numbers_are_the_same(
    frozen: Path, tmp_path: Path
) -> None:
    for run, changes in (("a", {"cache_gb": 0.0}), ("b", {"gradient_checkpointing": True})):
        config = replace(FROZEN, **changes)
        train(frozen / "data", tmp_path / run, config, checkpoint=str(frozen / "c"), quiet=True)
        facts = json.loads((tmp_path / run / "train.json").read_text())["facts"]
        assert facts["cached"] == (run == "b")
        assert (tmp_path / run / "model.safetensors").read_bytes() == (
            frozen / "run" / "model.safetensors"
        ).read_bytes()


def test_activations_of_a_data_set_that_cannot_be_written(frozen: Path, tmp_path: Path) -> None:
    data, run = tiny_dataset(tmp_path / "data"), tmp_path / "run"
    (data / "cache").touch()  # stands for a folder that can't be written
    train(data, run, FROZEN, checkpoint=str(frozen / "c"), quiet=True)
    (cache,) = (tmp_path / "run.cache").iterdir()
    assert cache.name.startswith("activations-")
    assert (run / "model.safetensors").read_bytes() == (
        frozen / "run" / "model.safetensors"
    ).read_bytes()


def test_rates_are_those_of_the_whole_network(frozen: Path, tmp_path: Path) -> None:
    """What the run reports on the validation split is what its checkpoint makes of whole clips."""
    model = load_checkpoint(frozen / "run")
    assert model.vocab is not None
    clips = load_dataset(frozen / "data").split("valid")
    texts = []
    for clip in clips:
        ready = torch.from_numpy(standardise(read_utterance(clip), model.epsilon))[None]
        with torch.inference_mode():
            ids = logits_of(model.model, ready)[0].argmax(-1).tolist()
        texts.append(model.vocab.decode(ids))
    found = score_texts([clip.text for clip in clips], texts)
    figures = json.loads((frozen / "run" / "train.json").read_text())["figures"]
    assert (figures["best_wer"], figures["best_cer"]) == (found.wer, found.cer)


def test_a_step_runs_nothing_below_and_needs_less_memory(frozen: Path, tmp_path: Path) -> None:
    needs = []
    for config in (FROZEN, replace(FROZEN, freeze_layers=0)):
        setup = tiny_setup(config, frozen / "data", str(frozen / "c"), tmp_path / "run")
        needs.append(measure_need(setup.learner, setup.inputs, setup.splits.train, config))
        ran: set[str] = set()
        for name, module in setup.learner.ctc.base.named_modules():
            module.register_forward_pre_hook(lambda _, __, name=name, ran=ran: ran.add(name))
        step = next(setup.inputs.steps(0))
        setup.learner.gradients(step, setup.inputs.inputs(step), trained="encoder")
        below = {"feature_projection", "encoder.pos_conv_embed", "encoder.layers.1.feed_forward"}
        assert ran & below == (set() if config.freeze_layers else below)
        assert "encoder.layers.2.feed_forward" in ran
    assert needs[0].weights == 12 * (LAYER + HEAD)
    assert needs[0].clip < needs[1].clip / 2
    assert (needs[0].layers, needs[1].layers) == (1, 3)
    assert (needs[0].around, needs[1].around) == (1.2, 1.2)


@pytest.mark.parametrize("family", ["wav2vec2-layer", "wavlm", "conformer-relative", "omniasr"])
def test_frozen_layers_of_other_families(family: str, frozen: Path, tmp_path: Path) -> None:
    start = tiny_checkpoint(tmp_path / "c", family)
    config = replace(FROZEN, max_steps=2, freeze_layers=1)
    train(frozen / "data", tmp_path / "run", config, checkpoint=str(start), quiet=True)
    before = load_file(start / "model.safetensors")
    saved = load_file(tmp_path / "run" / "model.safetensors")
    for name, weight in before.items():
        if (
            "layers.1." not in name
            and "head." not in name
            and not name.endswith(("encoder.layer_norm.weight", "encoder.layer_norm.bias"))
        ):
            assert torch.equal(saved[name], weight) or "audio_tower.layer_norm" in name, name
    assert any(not torch.equal(saved[n], w) for n, w in before.items() if "layers.1." in n)


def test_clips_that_are_changed_are_heard_anew(
    frozen: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(FROZEN, max_steps=1, augment_speed=0.1)
    train(frozen / "data", tmp_path / "run", config, checkpoint=str(frozen / "c"))
    said = " ".join(capsys.readouterr().err.split())
    assert "the first 2 of 3 layers and all below them stay as they are: 0.0023 x 10^6" in said
    assert "Clips are changed in every step (--augment-...): the frozen layers run again" in said


@pytest.mark.parametrize(
    ("family", "count", "message"),
    [
        ("wav2vec2-group", 3, r"--freeze-layers 3: .*c has 3 layers; give 0 to 2"),
        ("sew", 1, "--freeze-layers 1: sew squeezes several frames into one"),
        ("mms", 1, "--freeze-layers 1: .* has a language adapter in every layer"),
    ],
)
def test_layers_that_cannot_be_frozen_leave_nothing(
    family: str, count: int, message: str, frozen: Path, tmp_path: Path
) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "c", family, num_hidden_layers=3)
    data = tiny_dataset(tmp_path / "data")
    config = replace(FROZEN, freeze_layers=count)
    with pytest.raises(MalgwiError, match=message):
        train(data, tmp_path / "run", config, checkpoint=str(checkpoint), quiet=True)
    assert not (tmp_path / "run").exists()
    assert not (data / "cache").exists()


def test_a_students_layers_are_all_trained(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match="--freeze-layers 1: few layers must learn"):
        shrink(
            "starter",
            tmp_path,
            tmp_path / "r",
            TrainConfig(freeze_layers=1),
            Distillation(layers=4),
        )
