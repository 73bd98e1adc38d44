"""The proof on TIMIT, on clips laid out as TIMIT is and with a tiny checkpoint."""

import io
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from corpora import TIMIT, whole
from malgwi.cli.main import main
from malgwi.dataset.manifest import MANIFEST, Utterance, write_manifest
from malgwi.model.checkpoint import Checkpoint, save_checkpoint
from malgwi.speech.frames import WAV2VEC2
from places import TOP
from tiny import tiny_checkpoint, tiny_dataset, tiny_model, tiny_vocab


@pytest.fixture
def timit(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(TOP / "benchmarks"))
    import timit

    return timit


def _that_always_says(token: int, folder: Path) -> Path:
    model = tiny_model()
    with torch.no_grad():
        model.lm_head.bias[token] = 100.0
    folder.mkdir()
    save_checkpoint(folder, Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True))
    return folder


def test_the_trainer_adds_token_0_to_clips_of_shorter_batches(tmp_path: Path, timit: Any) -> None:
    """Ten clips that say "b", and the longest is the ninth: "ba" in the first batch of eight.

    In the second one the tenth, shorter than the ninth, has frames of its own up to the end.
    """
    run = _that_always_says(1, tmp_path / "run")
    data = tiny_dataset(tmp_path / "data")
    clips = []
    for number in range(10):
        path = data / "audio" / f"test{number}.wav"
        seconds = 0.9 if number == 8 else 0.5
        noise = np.random.default_rng(number).standard_normal(int(16_000 * seconds))
        soundfile.write(path, 0.1 * noise, 16_000, subtype="PCM_16")
        clips.append(Utterance(path.stem, path, whole(path), "b", "test"))
    write_manifest(data / MANIFEST, clips, data)
    found = timit.trainers_score(run, data, 8)
    assert found == {"wer": 0.8, "wer_unfilled": 0.0, "changed": 0.8, "words_a_clip": 1.0}


def _in_this_process(timit: Any) -> Callable[[Sequence[str]], tuple[str, dict[str, float]]]:
    def child(words: Sequence[str]) -> tuple[str, dict[str, float]]:
        spent = {"seconds": 1.0, "peak_memory_mb": 2.0}
        if words[1] != "-m":
            run, data = Path(words[-1]), Path(words[4]) / "dataset"
            return json.dumps(timit.trainers_score(run, data, 8)), spent
        with redirect_stdout(io.StringIO()) as said:
            assert main(words[3:]) == 0
        return said.getvalue(), spent

    return child


def test_all_parts_one_after_the_other(
    tmp_path: Path, timit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = str(tiny_checkpoint(tmp_path / "checkpoint"))
    monkeypatch.setattr(timit, "child", _in_this_process(timit))
    # Weights that know nothing make long searches.
    monkeypatch.setattr("malgwi.evaluation.tune.MOST_TRIALS", 2)
    flags = ["--max-steps", "2", "--eval-every", "1", "--warmup-steps", "1", "--batch-clips", "4"]
    output = tmp_path / "proof"
    figures = timit.prove(TIMIT, output, checkpoint, flags, 8)
    assert set(figures) == {"--recipe tutorial", "malgwi train"}
    for found in figures.values():
        assert found["greedy"] > 0.9  # two steps from random weights
        assert found["trainer"]["words_a_clip"] > 3
    kept = json.loads((output / "figures.json").read_text(encoding="utf-8"))
    assert kept["published"] == {"greedy": 0.186, "trainer": 0.282}
    assert kept["malgwi train"] == figures["malgwi train"]
    recipe = json.loads((output / "recipe-tutorial" / "train.json").read_text(encoding="utf-8"))
    assert recipe["config"]["gradient_checkpointing"] is True
    capsys.readouterr()
    timit.prove(TIMIT, output, checkpoint, flags, 8)
    again = capsys.readouterr().err
    assert "malgwi train " not in again  # what is done is left alone
    timit.show(figures)
    assert ".186" in capsys.readouterr().out


def test_a_part_that_fails_ends_it(timit: Any) -> None:
    with pytest.raises(SystemExit, match=r"-m malgwi show \.\.\.: exit status 2"):
        timit.malgwi("show", "/nowhere")


def test_a_child_says_what_it_took(timit: Any) -> None:
    said, spent = timit.child([sys.executable, "-c", "print('one')"])
    assert said == "one\n"
    assert spent["peak_memory_mb"] >= 1
