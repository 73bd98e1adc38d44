"""The whole loop on a tiny model: what it writes, what it refuses, what it says."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import OmniASRForCTC, Wav2Vec2ForCTC, Wav2Vec2Processor

import malgwi.training.evaluations
import malgwi.training.run_folder
import malgwi.training.setup
import malgwi.training.step_inputs
from malgwi.dataset.manifest import MANIFEST, load_dataset, write_manifest
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.normalisation import standardise
from malgwi.progress import write_to
from malgwi.speech import audio, score
from malgwi.speech.text import normalise as normalise_text
from malgwi.training.config import TrainConfig, read_config
from malgwi.training.curve import draw_curve
from malgwi.training.features import Extractor
from malgwi.training.log import read_metrics
from malgwi.training.train import TrainResult, train
from malgwi.training.validate import Evaluation
from tiny import tiny_checkpoint

CONFIG = TrainConfig(
    max_steps=6, eval_every=3, batch_seconds=4, learning_rate=3e-3, precision="fp32"
)
pytestmark = pytest.mark.usefixtures("one_thread")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_run_folder_is_whole_and_loads_in_transformers(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malgwi.training.run_folder, "draw_curve", draw_curve)
    run = tmp_path / "run"
    result = train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)
    assert (result.stopped, result.steps, result.total_steps) == ("finished", 6, 6)
    assert {p.name for p in run.iterdir()} >= {
        "config.json",
        "model.safetensors",
        "vocab.json",
        "preprocessor_config.json",
        "tokenizer_config.json",
        "train.json",
        "metrics.jsonl",
        "tensorboard",
        "curve.png",
        "state",
    }
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    assert read_config(run) == CONFIG
    saved = json.loads((run / "train.json").read_text())
    assert saved["figures"]["status"] == "finished"
    assert saved["figures"]["best_wer"] == result.best_wer
    assert saved["figures"]["best_cer"] == result.best_cer
    assert saved["facts"]["selected_by"] == result.selected_by == "WER"
    assert saved["facts"]["known_tokens"] == 7
    assert len(list((run / "state").glob("*.pt"))) == 2
    assert list((run / "tensorboard").glob("events*"))
    # Scored clip by clip in plain transformers, the run has the WER that it was chosen by.
    model: Any = Wav2Vec2ForCTC.from_pretrained(run)
    processor: Any = Wav2Vec2Processor.from_pretrained(run)
    hypotheses = []
    valid = load_dataset(data).split("valid")
    for utterance in valid:
        samples = torch.from_numpy(standardise(audio.read(utterance.audio), 1e-7))[None]
        with torch.inference_mode():
            ids = model(samples).logits[0].argmax(-1)
        hypotheses.append(normalise_text(processor.decode(ids).replace("[UNK]", "")))
    assert score.wer([u.text for u in valid], hypotheses) == pytest.approx(result.best_wer)


def test_it_learns(data: Path, checkpoint: str, tmp_path: Path) -> None:
    config = replace(CONFIG, max_steps=150, eval_every=50, learning_rate=1e-2)
    train(data, tmp_path / "run", config, checkpoint=checkpoint, quiet=True)
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    losses = [row["loss"] for row in rows if "loss" in row]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert [row["step"] for row in rows if "wer" in row] == [50, 100, 150]


def test_the_same_seed_gives_the_same_weights(data: Path, checkpoint: str, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        config = replace(CONFIG, seed=seed, hidden_dropout=0.1, layerdrop=0.3)
        train(data, tmp_path / name, config, checkpoint=checkpoint, quiet=True)
    one, two, other = (sha256(tmp_path / n / "model.safetensors") for n in "abc")
    assert one == two != other


def test_without_the_cache_the_numbers_are_the_same(
    data: Path, checkpoint: str, tmp_path: Path
) -> None:
    train(data, tmp_path / "cached", CONFIG, checkpoint=checkpoint, quiet=True)
    assert list((data / "cache").glob("features-*/*.bin"))
    plain = replace(CONFIG, cache_gb=0.0)
    train(data, tmp_path / "plain", plain, checkpoint=checkpoint, quiet=True)
    facts = [
        json.loads((tmp_path / n / "train.json").read_text())["facts"] for n in ("cached", "plain")
    ]
    assert [f["cached"] for f in facts] == [True, False]
    assert sha256(tmp_path / "cached" / "model.safetensors") == sha256(
        tmp_path / "plain" / "model.safetensors"
    )


def test_a_data_set_that_cannot_be_written_has_its_cache_beside_the_run(
    data: Path, checkpoint: str, tmp_path: Path
) -> None:
    (data / "cache").touch()  # stands for a folder that can't be written
    run = tmp_path / "run"
    train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)
    parts = sorted((tmp_path / "run.cache").glob("features-*/*"))
    assert sorted(path.suffix for path in parts) == [".bin", ".jsonl"]
    before = [(path, path.read_bytes()) for path in parts]
    train(data, run, replace(CONFIG, max_minutes=0.0), checkpoint=checkpoint, replace=True)
    train(data, run, CONFIG, resume=True, quiet=True)
    # Neither run computed anything again.
    assert [(path, path.read_bytes()) for path in parts] == before
    assert sorted((tmp_path / "run.cache").glob("features-*/*")) == parts
    assert not (run / "cache").exists()


def test_an_interrupted_start_does_not_block_the_next(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "cache").touch()
    run = tmp_path / "run"
    compute, calls = Extractor.features, 0

    def interrupted(self: Extractor, samples: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return compute(self, samples)

    monkeypatch.setattr(Extractor, "features", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)
    assert {p.name for p in tmp_path.iterdir()} == {"data", "checkpoint", "run.cache"}
    assert train(data, run, CONFIG, checkpoint=checkpoint, quiet=True).stopped == "finished"


@pytest.mark.parametrize(
    "changes",
    [
        {"freeze_cnn": False},
        {"unfreeze_cnn_after": 0.5, "cnn_learning_rate_scale": 0.3},
        {"head_first": 0.5, "ema": 0.9},
        {"augment_speed": 0.1, "augment_noise_db": 10.0, "augment_gain_db": 3.0},
        {"gradient_checkpointing": True, "mask_feature_prob": 0.3, "mask_feature_length": 2},
        {"attention": "eager", "batch_seconds": None, "batch_clips": 5, "schedule": "cosine"},
        {"freeze_layers": 1, "head_first": 0.5, "fit_minutes": 5.0},
    ],
)
def test_each_option_trains(
    changes: dict[str, Any], data: Path, checkpoint: str, tmp_path: Path
) -> None:
    config = replace(CONFIG, **changes)
    result = train(data, tmp_path / "run", config, checkpoint=checkpoint, quiet=True)
    assert result.steps == 6
    before = Wav2Vec2ForCTC.from_pretrained(checkpoint).state_dict()
    after = Wav2Vec2ForCTC.from_pretrained(tmp_path / "run").state_dict()
    conv = "wav2vec2.feature_extractor.conv_layers.0.conv.weight"
    trains_cnn = not config.freeze_cnn or config.unfreeze_cnn_after is not None
    best_is_late = result.best_step > 3 or config.unfreeze_cnn_after is None
    assert torch.equal(before[conv], after[conv]) == (not (trains_cnn and best_is_late))
    assert not torch.equal(before["lm_head.weight"], after["lm_head.weight"])


@pytest.mark.parametrize(
    "family",
    [
        "wav2vec2-layer",
        "hubert",
        "wavlm",
        "data2vec-audio",
        "unispeech",
        "unispeech-sat",
        "sew-d",
        "conformer-relative",
    ],
)
def test_each_family_trains(family: str, data: Path, tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path / family, family)
    config = replace(CONFIG, max_steps=2, eval_every=2)
    assert train(data, tmp_path / "run", config, checkpoint=str(folder), quiet=True).steps == 2
    learnt = load_checkpoint(tmp_path / "run")
    assert learnt.vocab is not None
    assert learnt.vocab.tokens == load_dataset(data).vocab.tokens


def test_omnilingual_trains_with_masks_and_all_its_convolutions(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_checkpoint(tmp_path / "omniasr", "omniasr")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    config = replace(CONFIG, max_steps=2, eval_every=1, freeze_cnn=False, mask_time_prob=0.2)
    whole = tmp_path / "whole"
    assert train(data, whole, config, checkpoint=str(folder), quiet=True).steps == 2
    model: Any = OmniASRForCTC.from_pretrained(whole)
    assert (model.config.blank_token_id, model.config.audio_config.mask_time_prob) == (6, 0.2)
    weights = sum(p.numel() for p in model.parameters())
    assert said == [f"from {folder}: {weights / 1e6:.1f} x 10^6 weights, licence apache-2.0"]
    facts = json.loads((whole / "train.json").read_text())["facts"]
    assert (facts["weights"], facts["licence"]) == (weights, "apache-2.0")
    assert load_checkpoint(whole).licence == "apache-2.0"


def test_patience(data: Path, checkpoint: str, tmp_path: Path) -> None:
    config = replace(CONFIG, learning_rate=0.0, max_steps=50, eval_every=2, patience=2)
    result = train(data, tmp_path / "run", config, checkpoint=checkpoint, quiet=True)
    assert (result.stopped, result.steps, result.best_step) == ("patience", 6, 2)


def test_clips_set_aside_are_named(data: Path, checkpoint: str, tmp_path: Path) -> None:
    broken = load_dataset(data).split("train")[1]
    broken.audio.write_bytes(b"RIFF")
    result = train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)
    assert list(result.set_aside) == [broken.id]
    saved = json.loads((tmp_path / "run" / "train.json").read_text())
    assert list(saved["set_aside"]) == [broken.id]
    assert saved["facts"]["train_clips"] == 11


def _rewrite(data: Path, **changes: str) -> None:
    path = data / "manifest.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row | changes) + "\n" for row in rows))


def test_nothing_to_learn_is_an_error_and_leaves_nothing(
    data: Path, checkpoint: str, tmp_path: Path
) -> None:
    _rewrite(data, text="abcd" * 200)
    with pytest.raises(MalgwiError, match="none of the 12 clips of train can be used; the first, "):
        train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)
    assert {p.name for p in tmp_path.iterdir()} == {"data", "checkpoint"}


def test_no_validation_split(data: Path, checkpoint: str, tmp_path: Path) -> None:
    _rewrite(data, split="train")
    with pytest.raises(MalgwiError, match="no split 'valid'; it has train"):
        train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)


def test_a_run_that_is_there_is_not_overwritten(
    data: Path, checkpoint: str, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "letter.txt").write_text("mine")
    with pytest.raises(MalgwiError, match="holds other things"):
        train(data, run, CONFIG, checkpoint=checkpoint, replace=True, quiet=True)
    assert (run / "letter.txt").read_text() == "mine"
    short = replace(CONFIG, max_steps=1)
    train(data, tmp_path / "new", short, checkpoint=checkpoint, quiet=True)
    with pytest.raises(MalgwiError, match="already holds a result"):
        train(data, tmp_path / "new", short, checkpoint=checkpoint, quiet=True)
    train(data, tmp_path / "new", short, checkpoint=checkpoint, replace=True, quiet=True)


def test_progress_goes_to_a_file_for_programs(
    data: Path, checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "progress.jsonl"
    with write_to(path):
        result = train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)
    assert capsys.readouterr() == ("", "")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    stages = [row["stage"] for row in rows if row["ended"]]
    assert stages == ["features of train", "features of valid", "training"]
    last = rows[-1]
    assert (last["done"], last["total"], last["unit"], last["step"]) == (6, 6, "steps", 6)
    metrics = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert last["loss"] == [row["loss"] for row in metrics if "loss" in row][-1]
    assert last["wer"] == [row["wer"] for row in metrics if "wer" in row][-1]
    assert last["x_real_time"] == round(result.x_real_time, 3)


def test_progress_goes_to_stderr(
    data: Path, checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint)
    out, err = capsys.readouterr()
    assert out == ""
    assert "12 clips to learn from, 4 to select by; 6 steps in fp32 on cpu" in err
    assert "step 3  loss" in err
    assert "skipped" not in err
    assert isinstance(json.loads(json.dumps(result.to_json()))["x_real_time"], float)
    assert isinstance(result, TrainResult)


def test_where_words_are_not_separated_the_cer_selects(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    utterances = load_dataset(data).utterances
    unspaced = [replace(u, text="dadbadcab" * 2) for u in utterances]  # 18 letters
    write_manifest(data / MANIFEST, unspaced, data)
    rates = iter([(1.0, 1.0), (1.1, 0.287)])  # mute first; then letters, but no whole sentence

    def validate(*args: Any, **named: Any) -> Evaluation:
        return Evaluation(*next(rates), blank_share=0.5)

    monkeypatch.setattr(malgwi.training.evaluations, "validate", validate)
    result = train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)
    assert (result.selected_by, result.best_step) == ("CER", 6)
    assert (result.best_wer, result.best_cer) == (1.1, 0.287)
    assert json.loads((tmp_path / "run/train.json").read_text())["facts"]["selected_by"] == "CER"
