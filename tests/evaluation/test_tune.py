"""Tuning: the weights that it finds, what it writes, and the data it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from bundles import level_bundle
from level_model import level_dataset, level_recogniser
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.check import check, require_equal
from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset
from malgwi.errors import MalgwiError
from malgwi.evaluation import tune as module
from malgwi.evaluation.tune import WeightsTrial, tune
from malgwi.lm.arpa import write_arpa
from malgwi.lm.kneser_ney import estimate
from malgwi.lm.lm_file import open_lm
from malgwi.lm.ngram import Weights


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [("1", "s", "_ab_|_b_", "ab b"), ("2", "s", "_b_|_ab_", "b ab"), ("3", "s", "a", "a")]
    folder = level_dataset(tmp_path / "data", rows)
    manifest = folder / "manifest.jsonl"
    lines = manifest.read_text().splitlines()
    lines[:2] = [line.replace('"test"', '"valid"') for line in lines[:2]]
    manifest.write_text("\n".join(lines) + "\n")
    write_arpa(estimate([["ab", "b"], ["b", "ab"]], order=2), tmp_path / "lm.arpa")
    return folder


def test_weights_into_a_file(data: Path, tmp_path: Path) -> None:
    bundle = level_bundle(tmp_path / "x.malgwi")
    output = tmp_path / "lm.bin"
    result = tune(bundle, data, lm=tmp_path / "lm.arpa", output=output)
    assert (result.utterances, result.words, result.greedy_wer) == (2, 4, 0.0)
    assert result.best.wer == 0.0
    assert result.best == result.trials[0]  # nothing was better than where it began
    assert open_lm(output).weights == Weights()
    assert json.loads(json.dumps(result.to_json()))["best"]["wer"] == 0.0
    with pytest.raises(MalgwiError, match=r"lm\.bin: exists"):
        tune(bundle, data, lm=tmp_path / "lm.arpa", output=output)


def test_into_a_bundle_that_proves_itself(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, output = level_bundle(tmp_path / "x.malgwi"), tmp_path / "y.malgwi"
    lm = str(tmp_path / "lm.arpa")
    assert main(["tune", str(bundle), str(data), "--lm", lm, "--output", str(output)]) == 0
    assert "greedy: WER 0.0000 on 2 clips of valid, 4 words" in capsys.readouterr().out
    require_equal(check(output))
    found = open_bundle(output)
    assert found.golden[0].lm_text == "ab b"
    assert found.figures["wer_lm"] == 0.0
    assert found.figures["wer"] == 0.0  # what the bundle had
    assert "## Language model" in found.read("README.md").decode()
    # Once more, over the language model that it has by now.
    tune(output, data, lm=tmp_path / "lm.arpa", output=output, replace=True)
    card = open_bundle(output).read("README.md").decode()
    assert card.count("## Language model") == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "test"}, "--split test: weights tuned on the test split"),
        ({"split": "train"}, "no split 'train'"),
        ({"output": "lm.arpa2"}, r"ends in \.bin or \.malgwi"),
        ({"model": "starter", "output": "y.malgwi"}, "starter: isn't a bundle"),
        ({"lm": "absent"}, "absent: can't be read"),
    ],
)
def test_what_is_refused(data: Path, tmp_path: Path, changes: dict[str, str], message: str) -> None:
    level_bundle(tmp_path / "x.malgwi")
    wishes: dict[str, Any] = {"lm": "lm.arpa", "output": "lm.bin", "split": "valid"} | changes
    model = wishes.pop("model", tmp_path / "x.malgwi")
    lm, output = tmp_path / wishes["lm"], tmp_path / wishes["output"]
    with pytest.raises(MalgwiError, match=message):
        tune(model, data, lm=lm, output=output, split=wishes["split"])
    assert not output.exists()


def test_the_best_weights_are_found_within_their_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    best = Weights(1.1, 5.5, 8.0)

    def searched(_: Any, lm: Any, *__: Any) -> WeightsTrial:
        w = lm.weights
        far = abs(w.alpha - best.alpha) + abs(w.beta - best.beta) / 5 + abs(w.unknown - 9) / 10
        return WeightsTrial(w, far, 0.0)

    monkeypatch.setattr(module, "_searched", searched)
    lm = estimate([["a"]], order=1)
    trials = module._trials(level_recogniser(), lm, [], 1, None)
    assert min(trials, key=lambda trial: trial.wer).weights == best
    assert len({trial.weights for trial in trials}) == len(trials)


@pytest.mark.parametrize("most", [1, 2, 8, 9, 10, 13, 20])
def test_there_are_never_more_trials_than_allowed(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(_: Any, lm: Any, *__: Any) -> WeightsTrial:
        return WeightsTrial(lm.weights, abs(lm.weights.alpha - 9) + abs(lm.weights.beta - 9), 0.0)

    monkeypatch.setattr(module, "_searched", searched)
    monkeypatch.setattr(module, "MOST_TRIALS", most)
    trials = module._trials(level_recogniser(), estimate([["a"]], order=1), [], 1, None)
    assert len(trials) == most  # the best is far, so all are wanted


def test_long_data_is_thinned_evenly(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    utterances = list(load_dataset(data).utterances) * 2
    monkeypatch.setattr(module, "MOST_SECONDS", sum(u.duration for u in utterances) / 2)
    assert module._spread(utterances) == utterances[::2]
