"""What a run may change: adapters and head of a checkpoint with adapters, all else to the bit."""

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
from malgwi.model.families import logits_of
from malgwi.model.language_adapters import is_adapter
from malgwi.training.config import TrainConfig
from malgwi.training.memory import measure_need
from malgwi.training.state import states
from malgwi.training.train import train
from tiny import tiny_dataset, tiny_mms, tiny_setup

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


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
        "new language adapters and a new head are begun; it has 4 languages to start from "
        "(eng, kor, uzb-script_cyrillic, uzb-script_latin); eng is the data set's: "
        "--language-adapter"
    ) in said
    assert "only its adapters and head are trained: 0.00048 x 10^6" in said
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
