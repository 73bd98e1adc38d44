"""A checkpoint that hears log-mel features is trained as those with convolutions are."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.families import convolutions_of, logits_of
from malgwi.model.log_mel import GRID
from malgwi.training.config import TrainConfig
from malgwi.training.features import Extractor
from malgwi.training.state import states
from malgwi.training.train import train
from tiny import tiny_checkpoint, tiny_dataset, tiny_model

CONFIG = TrainConfig(
    max_steps=4, eval_every=2, batch_seconds=4.0, learning_rate=1e-2, precision="fp32", keep=2
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, a checkpoint, and a run from it without a stop."""
    place = tmp_path_factory.mktemp("log-mel")
    data, start = tiny_dataset(place / "data"), tiny_checkpoint(place / "bert", "bert")
    train(data, place / "run", CONFIG, checkpoint=str(start), quiet=True)
    return place


def test_a_run_is_learnt_and_loads_in_transformers(folder: Path) -> None:
    ours = load_checkpoint(folder / "run")
    assert (ours.grid, ours.epsilon, ours.do_normalize) == (GRID, None, False)
    before = load_checkpoint(folder / "bert").model.state_dict()
    after = ours.model.state_dict()
    assert after.keys() == before.keys()
    same = {name for name in after if torch.equal(after[name], before[name])}
    assert not {name for name in same if "layers." in name and "distance_embedding" not in name}
    theirs: Any = transformers.Wav2Vec2BertForCTC.from_pretrained(folder / "run")
    processor_class: Any = transformers.AutoProcessor
    processor = processor_class.from_pretrained(folder / "run")
    clip = 0.1 * torch.randn(9_000, generator=torch.Generator().manual_seed(0))
    heard = processor(clip.numpy(), sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        expected = theirs.eval()(**heard).logits[heard["attention_mask"].bool()]
        torch.testing.assert_close(logits_of(ours.model, clip[None])[0], expected)


def test_a_resumed_run_is_the_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder / "run", run)
    states(run)[-1].unlink()
    assert train(folder / "data", run, CONFIG, resume=True, quiet=True).steps == 4
    ours, whole = (torch.load(states(one)[-1], weights_only=True) for one in (run, folder / "run"))
    assert all(torch.equal(ours["model"][name], whole["model"][name]) for name in whole["model"])
    weights = "model.safetensors"
    assert (run / weights).read_bytes() == (folder / "run" / weights).read_bytes()


def test_the_cache_holds_what_is_computed_without_it(folder: Path, tmp_path: Path) -> None:
    (cached,) = (folder / "data" / "cache").glob("features-*")
    extractor = Extractor(convolutions_of(tiny_model("bert")), GRID, None)
    assert cached.name == f"features-{extractor.key()}"
    config = replace(CONFIG, cache_gb=0.0)
    train(folder / "data", tmp_path / "run", config, checkpoint=str(folder / "bert"), quiet=True)
    weights = "model.safetensors"
    assert (tmp_path / "run" / weights).read_bytes() == (folder / "run" / weights).read_bytes()


def test_there_are_no_convolutions_to_train(folder: Path, tmp_path: Path) -> None:
    for changes in ({"freeze_cnn": False}, {"unfreeze_cnn_after": 0.5}):
        config = replace(CONFIG, **changes)
        with pytest.raises(MalgwiError, match="hears log-mel features and has no convolutions"):
            train(
                folder / "data",
                tmp_path / "run",
                config,
                checkpoint=str(folder / "bert"),
                quiet=True,
            )
    assert list(tmp_path.iterdir()) == []


def test_clips_that_are_changed_are_heard_anew(folder: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, max_steps=1, eval_every=1, augment_speed=0.1, augment_gain_db=6.0)
    run = tmp_path / "run"
    train(folder / "data", run, config, checkpoint=str(folder / "bert"), quiet=True)
    assert load_checkpoint(run).vocab is not None
