"""A student of a tiny teacher: what its run holds, how it goes on, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Wav2Vec2ForCTC

from malgwi.cli.main import main
from malgwi.dataset.manifest import VOCAB, load_dataset
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from malgwi.model.normalisation import standardise
from malgwi.speech import audio
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab
from malgwi.training.clip_cache import ClipCache
from malgwi.training.config import TrainConfig
from malgwi.training.distil import Distillation
from malgwi.training.shrink import read_distillation, shrink
from tiny import tiny_checkpoint, tiny_dataset, tiny_model

CONFIG = TrainConfig(
    max_steps=6,
    eval_every=2,
    batch_seconds=4,
    learning_rate=1e-3,
    hidden_dropout=0.1,
    precision="fp32",
)
HALF = Distillation(layers=2)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("teacher")
    return str(tiny_checkpoint(folder / "teacher", num_hidden_layers=4))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_dataset(tmp_path_factory.mktemp("data") / "data")


@pytest.fixture(scope="module")
def small(data: Path, teacher: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("small") / "small"
    shrink(teacher, data, run, CONFIG, HALF, quiet=True)
    return run


def _weights(run: Path) -> bytes:
    return (run / "model.safetensors").read_bytes()


def test_its_run_is_one_of_the_family_and_says_what_it_was_cut_from(
    small: Path, teacher: str
) -> None:
    model: Any = Wav2Vec2ForCTC.from_pretrained(small)
    assert len(model.wav2vec2.encoder.layers) == 2
    facts = json.loads((small / "train.json").read_text())["facts"]
    assert facts["checkpoint"] == teacher
    assert facts["known_tokens"] == 7
    assert facts["shrunk"] | {"teacher": ""} == {
        "teacher": "",
        "teacher_layers": 4,
        "kept": [1, 4],
        "how": {"layers": 2, "weight": 0.5, "temperature": 1.0},
    }
    assert read_distillation(small) == HALF
    assert len(load_checkpoint(teacher).model.wav2vec2.encoder.layers) == 4


def test_the_teacher_hears_each_clip_alone_whole_and_unmasked(
    small: Path, data: Path, teacher: str
) -> None:
    (folder,) = (data / "cache").glob("teacher-*")
    cache, model = ClipCache(folder), load_checkpoint(teacher).model
    (features,) = (data / "cache").glob("features-*")  # named after how sound is read, too
    assert folder.name.endswith(features.name.removeprefix("features"))
    clips = load_dataset(data).split("train")
    for clip in clips[:3]:
        samples = torch.from_numpy(standardise(audio.read(clip.audio), 1e-7))[None]
        with torch.inference_mode():
            expected = model(samples).logits[0].log_softmax(-1).numpy()
        np.testing.assert_allclose(cache.get(clip.stretch.key), expected, atol=2e-3)
    assert sum(clip.stretch.key in cache for clip in clips) == len(clips)


def test_a_resumed_student_ends_as_one_that_never_stopped(
    small: Path, data: Path, teacher: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    stopped = shrink(teacher, data, run, replace(CONFIG, patience=1), HALF, quiet=True)
    assert (stopped.stopped, stopped.steps) == ("patience", 4)
    assert shrink(teacher, data, run, CONFIG, HALF, resume=True, quiet=True).steps == 6
    first, second = (
        torch.load(place / "state" / "00000006.pt", weights_only=True) for place in (run, small)
    )
    for name, weights in first["model"].items():
        assert torch.equal(weights, second["model"][name]), name
    assert _weights(run) == _weights(small)


def test_teacher_and_labels_both_count(
    small: Path, data: Path, teacher: str, tmp_path: Path
) -> None:
    shrink(teacher, data, tmp_path / "alone", CONFIG, Distillation(2, weight=0), quiet=True)
    assert _weights(tmp_path / "alone") != _weights(small)


def test_the_convolutions_can_be_trained_beside_what_the_teacher_heard(
    small: Path, data: Path, teacher: str, tmp_path: Path
) -> None:
    config = replace(CONFIG, freeze_cnn=False, augment_gain_db=3.0, max_steps=1)
    shrink(teacher, data, tmp_path / "run", config, HALF, quiet=True)
    assert len(list((data / "cache").glob("teacher-*"))) == 1  # heard once for all


def test_a_family_without_layer_drop_can_be_shrunk(tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path, "sew-d")
    assert load_checkpoint(folder, TrainConfig.student().model_settings()).vocab is not None


def _with_figures(teacher: str, place: Path, **figures: Any) -> str:
    for file in Path(teacher).iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    said = {"status": "finished", "steps": 3, "total_steps": 9, "best_wer": 0.5} | figures
    (place / "train.json").write_text(json.dumps({"figures": said}))
    return str(place)


def test_a_teacher_that_is_not_fit_is_refused(data: Path, teacher: str, tmp_path: Path) -> None:
    def refused(said: str, model: str = teacher, config: TrainConfig = CONFIG, n: int = 2) -> None:
        with pytest.raises(MalgwiError, match=said):
            shrink(model, data, tmp_path / "new", config, Distillation(n), quiet=True)
        assert not (tmp_path / "new").exists()

    refused("--layers 4: .* has 4; expected 1 to 3", n=4)
    refused("--layers 0: .* has 4; expected 1 to 3", n=0)
    refused("--augment-speed: 0.1 gives clips other frames", config=TrainConfig.starter())
    refused("takes .* x 10.9 bytes.*--cache-gb is 0", config=replace(CONFIG, cache_gb=0.0))
    run = tmp_path / "teacher"
    run.mkdir()
    refused(
        r"isn't trained yet \(step 3 of 9\); let it end",
        _with_figures(teacher, run, status="running"),
    )
    refused("isn't trained yet", _with_figures(teacher, run, best_wer=None))
    with pytest.raises(MalgwiError, match="is the teacher itself; give another --output"):
        shrink(str(run), data, run, CONFIG, HALF, replace=True, quiet=True)


def test_a_data_set_of_other_letters_is_refused(teacher: str, tmp_path: Path) -> None:
    data = tiny_dataset(tmp_path / "data", clips=1, valid=1)
    ids = json.loads((data / VOCAB).read_text())
    (data / VOCAB).write_text(json.dumps({("é" if t == "d" else t): i for t, i in ids.items()}))
    with pytest.raises(MalgwiError, match=r"2 letters are in one only 'd' 'é'.*--vocab-from"):
        shrink(teacher, data, tmp_path / "new", CONFIG, HALF, quiet=True)


def test_a_teacher_without_a_token_is_refused(data: Path, tmp_path: Path) -> None:
    vocab = Vocab(("[PAD]", "|", "a", "b", "c", "d"), blank=0, delimiter=1)
    model = tiny_model(vocab_size=6, pad_token_id=0)
    save_checkpoint(tmp_path, Checkpoint(model, vocab, WAV2VEC2, do_normalize=True))
    with pytest.raises(MalgwiError, match=r"has 6 of the 7 tokens of .*; fine-tune it first"):
        shrink(str(tmp_path), data, tmp_path / "new", CONFIG, Distillation(1), quiet=True)


def test_it_goes_on_only_as_it_was_begun(
    small: Path, data: Path, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: object) -> str:
        assert main([*map(str, words), "--output", str(small), "--resume"]) == 2
        return capsys.readouterr().err

    before = _weights(small)
    other = tiny_checkpoint(tmp_path / "other", seed=1, num_hidden_layers=4)
    assert "go on with the command, the teacher" in said("train", data)
    assert "go on with the command, the teacher" in said("shrink", other, data)
    assert "go on with the command, the teacher" in said("shrink", teacher, data, "--layers", 3)
    assert "--learning-rate: the run has" in said("shrink", teacher, data, "--learning-rate", 0.1)
    assert main(["shrink", teacher, str(data), "--output", str(small), "--resume"]) == 0
    assert _weights(small) == before
    capsys.readouterr()
    assert main(["shrink", teacher, str(data), "--output", str(tmp_path / "new")]) == 2
    assert "--layers: say how many layers stay" in capsys.readouterr().err
    record = json.loads((small / "train.json").read_text())
    del record["facts"]["shrunk"]
    (small / "train.json").write_text(json.dumps(record))
    assert "wasn't begun by malgwi shrink" in said("shrink", teacher, data)
