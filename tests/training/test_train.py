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
from malgwi.cli.main import main
from malgwi.dataset.manifest import MANIFEST, load_dataset, write_manifest
from malgwi.errors import GateError, MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.ctc_model import CtcModel
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
from tiny import tiny_checkpoint, tiny_setup

CONFIG = TrainConfig(
    max_steps=6, eval_every=3, batch_seconds=4, learning_rate=3e-3, precision="fp32"
)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


def test_what_cannot_be_exported_is_said_before_the_training(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = load_checkpoint(checkpoint).weights
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    config = replace(CONFIG, max_steps=1)
    for most, expected in ((4 * weights, 0), (4 * weights - 1, 1)):
        monkeypatch.setattr("malgwi.model.checkpoint.MOST_EXPORTED", most)
        train(data, tmp_path / str(expected), config, checkpoint=checkpoint, quiet=True)
        assert sum("trained and evaluated, but not exported" in line for line in said) == expected


@pytest.mark.parametrize(("head", "said_so"), [(True, 1), (False, 0)])
def test_a_trained_head_that_nothing_spells_is_named(
    head: bool, said_so: int, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a checkpoint of the Trainer, which has no tokenizer; a pre-trained one has no head."""
    folder = tiny_checkpoint(tmp_path / "checkpoint-500")
    if not head:
        model: Any = load_checkpoint(folder).model
        model.wav2vec2.save_pretrained(folder)
    (folder / "vocab.json").unlink()
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    setup = tiny_setup(CONFIG, data, str(folder), tmp_path / "run")
    assert setup.record.facts["known_tokens"] == 0
    assert (
        sum("its head is trained, but nothing beside it says" in line for line in said) == said_so
    )


@pytest.mark.parametrize(("normalised", "said_so"), [(True, 1), (False, 0)])
def test_loudness_that_is_undone_is_named(
    normalised: bool, said_so: int, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where clips are normalised their features stay the same, to half precision."""
    folder = tiny_checkpoint(tmp_path / "checkpoint")
    about = json.loads((folder / "preprocessor_config.json").read_text())
    about["do_normalize"] = normalised
    (folder / "preprocessor_config.json").write_text(json.dumps(about))
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    config = replace(CONFIG, max_steps=1, augment_gain_db=12.0)
    setup = tiny_setup(config, data, str(folder), tmp_path / "run")
    assert sum(line.startswith("--augment-gain-db 12: ") for line in said) == said_so
    if normalised:
        plain = tiny_setup(
            replace(config, augment_gain_db=0.0), data, str(folder), tmp_path / "run"
        )
        louder, same = (
            one.inputs.inputs(next(one.inputs.steps(0))).forward["features"].float()
            for one in (setup, plain)
        )
        assert torch.allclose(louder, same, rtol=0, atol=2e-3)


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


def _break_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every loss of a training step not a number."""
    forward = CtcModel.forward

    def broken(self: CtcModel, *args: Any, **inputs: Any) -> Any:
        output = forward(self, *args, **inputs)
        if self.training and output.losses is not None:
            output.losses = output.losses * float("nan")
        return output

    monkeypatch.setattr(CtcModel, "forward", broken)


def test_a_diverged_run_is_said_to_be_one(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break_losses(monkeypatch)
    config = replace(CONFIG, max_steps=40, eval_every=5)
    run = tmp_path / "run"
    with pytest.raises(GateError, match="the gradients of 20 steps in a row, up to step 20"):
        train(data, run, config, checkpoint=checkpoint, quiet=True)
    assert json.loads((run / "train.json").read_text())["figures"]["status"] == "diverged"
    findings = [r for r in read_metrics(run / "metrics.jsonl") if r.get("finding") == "not-finite"]
    assert len(findings) == 20
    assert "clip" in findings[0]["message"]
    before = Wav2Vec2ForCTC.from_pretrained(checkpoint).state_dict()
    after = Wav2Vec2ForCTC.from_pretrained(run).state_dict()
    assert torch.equal(before["lm_head.weight"], after["lm_head.weight"])  # no step was made


OUT_OF_MEMORY = {
    "CUDA out of memory. Tried to allocate 2.00 GiB": torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15 GiB"
    ),
    "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes. Error code 12 "
    "(Cannot allocate memory)": RuntimeError(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 4 bytes. Error code 12 (Cannot allocate memory)\nframe #0: abort"
    ),
    "DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes.": RuntimeError(
        "DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes."
    ),
    "could not create a primitive": RuntimeError("could not create a primitive"),
    "": MemoryError(),
}
"""What is told of errors of torch (GPU, Linux, Windows), of oneDNN and Python."""


def _fails(error: BaseException, call: int, before: Any) -> Any:
    """Return a function that does as `before`, but raises the error from a certain call on."""
    calls = 0

    def failing(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise error
        return before(*args, **named)

    return failing


@pytest.mark.parametrize("told", OUT_OF_MEMORY)
def test_out_of_memory_before_anything_is_saved(
    told: str,
    *,
    data: Path,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing = _fails(OUT_OF_MEMORY[told], 2, torch.autograd.backward)
    monkeypatch.setattr(torch.autograd, "backward", failing)
    run = tmp_path / "run"
    words = ["train", str(data), "--output", str(run), "--checkpoint", checkpoint]
    words += ["--max-steps", "6", "--eval-every", "3", "--batch-clips", "4"]
    words += ["--gradient-checkpointing"]
    assert main(words) == 2
    what = f" ({told})" if told else ""
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"malgwi: error: {run}: out of memory{what}: one clip at a time is too much; cut the "
        "longest recordings, or start from a smaller checkpoint"
    )
    assert {p.name for p in tmp_path.iterdir()} == {"data", "checkpoint"}


@pytest.mark.parametrize("place", ["step", "evaluation", "thread", "features"])
def test_out_of_memory_says_what_to_do(
    place: str, data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, call = {
        "step": (torch.autograd, "backward", 5),
        "evaluation": (malgwi.training.evaluations, "validate", 2),
        "thread": (malgwi.training.step_inputs, "padded", 7),
        "features": (Extractor, "features", 2),
    }[place]
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has")
    monkeypatch.setattr(owner, name, _fails(error, call, getattr(owner, name)))
    run = tmp_path / "run"
    with pytest.raises(MalgwiError) as told:
        train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)
    assert type(told.value) is MalgwiError  # exit status 2
    begin = f"{run}: out of memory (CUDA out of memory. Tried to allocate 2.00 GiB); "
    if place == "features":
        assert str(told.value) == (
            f"{begin.removesuffix('; ')} before the first step; close other programs, or start "
            "from a smaller checkpoint"
        )
        assert not run.exists()
        return
    monkeypatch.undo()
    saved = "the run has all up to step 3"
    assert str(told.value) == (
        f"{begin.removesuffix('; ')}: one clip at a time is too much; cut the longest recordings, "
        f"or start from a smaller checkpoint; {saved}"
        if place == "step"
        else f"{begin}{saved}: go on with --resume --gradient-checkpointing, or start a new one "
        "with a smaller --batch-seconds (it is 4)"
    )
    sparing = replace(CONFIG, gradient_checkpointing=True)
    assert train(data, run, sparing, resume=True, quiet=True).steps == 6
    # As if nothing had happened, and checkpointing changes no number.
    train(data, tmp_path / "whole", CONFIG, checkpoint=checkpoint, quiet=True)
    assert sha256(run / "model.safetensors") == sha256(tmp_path / "whole" / "model.safetensors")


def test_another_runtime_error_is_no_lack_of_memory(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = _fails(RuntimeError("shapes differ"), 1, torch.autograd.backward)
    monkeypatch.setattr(torch.autograd, "backward", failing)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)


def test_in_half_precision_the_search_for_a_scale_is_no_divergence(
    data: Path,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(malgwi.training.setup, "precision", lambda *_: torch.float16)
    # The first gradients are so large that only a scale of 2^-8 would hold them in half precision.
    unscale = torch.amp.GradScaler.unscale_

    def overflowing(self: torch.amp.GradScaler, optimizer: torch.optim.Optimizer) -> None:
        if self.get_scale() > 2.0**-8:
            grads = [p.grad for g in optimizer.param_groups for p in g["params"]]
            next(grad for grad in grads if grad is not None).view(-1)[0] = float("inf")
        unscale(self, optimizer)

    monkeypatch.setattr(torch.amp.GradScaler, "unscale_", overflowing)
    config = replace(CONFIG, max_steps=30, eval_every=15)
    result = train(data, tmp_path / "run", config, checkpoint=checkpoint)
    assert result.stopped == "finished"
    figures = json.loads((tmp_path / "run" / "train.json").read_text())["figures"]
    assert figures["skipped_steps"] == 24  # from 2^16 down to 2^-8
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("step ")]
    assert "  15 steps skipped" in next(line for line in said if line.startswith("step 15"))
    assert "  24 steps skipped" in next(line for line in said if line.startswith("step 30"))
    # The sixteen down to a scale of 1 are a matter of course, the eight after it are told.
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert [row["step"] for row in rows if row.get("finding") == "not-finite"] == [*range(17, 25)]
    before = Wav2Vec2ForCTC.from_pretrained(checkpoint).state_dict()
    after = Wav2Vec2ForCTC.from_pretrained(tmp_path / "run").state_dict()
    if result.best_step == 30:
        assert not torch.equal(before["lm_head.weight"], after["lm_head.weight"])


def test_in_half_precision_a_diverged_run_is_said_to_be_one(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malgwi.training.setup, "precision", lambda *_: torch.float16)
    _break_losses(monkeypatch)
    config = replace(CONFIG, max_steps=60, eval_every=10)
    run = tmp_path / "run"
    # 16 steps bring the scale from 65,536 to 1; 20 more are too many.
    with pytest.raises(GateError, match="the gradients of 36 steps in a row, up to step 36"):
        train(data, run, config, checkpoint=checkpoint, quiet=True)
    assert json.loads((run / "train.json").read_text())["figures"]["skipped_steps"] == 36


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
