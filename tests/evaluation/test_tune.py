"""Tuning: the weights that it finds, what it writes, and the data it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bundles import level_bundle
from level_model import level_dataset, level_recogniser
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.check import check, require_equal
from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset
from malgwi.errors import MalgwiError
from malgwi.evaluation import tune as module
from malgwi.evaluation.tune import Tuned, WeightsTrial, print_tuned, tune
from malgwi.lm.arpa import write_arpa
from malgwi.lm.kneser_ney import estimate
from malgwi.lm.lm_file import open_lm, write_lm
from malgwi.lm.ngram import Weights
from malgwi.speech.text import Normalisation


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
    assert "greedy: WER 0.0000, CER 0.0000 on 2 clips of valid, 4 words" in capsys.readouterr().out
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
        return WeightsTrial(w, far / 100, far, 0.0)

    monkeypatch.setattr(module, "_searched", searched)
    lm = estimate([["a"]], order=1)
    trials = module._trials(level_recogniser(), lm, [], "WER", None)
    assert min(trials, key=lambda trial: trial.wer).weights == best
    assert len({trial.weights for trial in trials}) == len(trials)


@pytest.mark.parametrize("most", [1, 2, 8, 9, 10, 13, 20])
def test_there_are_never_more_trials_than_allowed(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(_: Any, lm: Any, *__: Any) -> WeightsTrial:
        far = abs(lm.weights.alpha - 9) + abs(lm.weights.beta - 9)
        return WeightsTrial(lm.weights, far / 100, far, 0.0)

    monkeypatch.setattr(module, "_searched", searched)
    monkeypatch.setattr(module, "MOST_TRIALS", most)
    trials = module._trials(level_recogniser(), estimate([["a"]], order=1), [], "WER", None)
    assert len(trials) == most  # the best is far, so all are wanted


def test_the_measure_that_fits_the_texts_chooses() -> None:
    """The first trial has the fewer words wrong, the second the fewer characters."""
    trials = [WeightsTrial(Weights(1.0), 0.5, 0.4, 0.0), WeightsTrial(Weights(2.0), 0.6, 0.1, 0.0)]
    facts = {"path": Path("lm.bin"), "split": "valid", "utterances": 1, "words": 1, "lm_bytes": 1}

    def tuned(measure: Any, wer: float = 1.0, cer: float = 1.0) -> Tuned:
        rates = {"greedy_wer": wer, "greedy_cer": cer, "trials": tuple(trials), "load_s": 0.0}
        return Tuned(**facts, **rates, measure=measure)  # type: ignore[arg-type]

    assert tuned("WER").best.weights.alpha == 1.0
    assert tuned("CER").best.weights.alpha == 2.0
    assert tuned("CER").to_json()["best"]["cer"] == 0.1
    console = Console(width=300, record=True)
    print_tuned(tuned("CER", wer=0.3, cer=0.2), console)
    said = console.export_text()
    assert "CER 0.2000, WER 0.3000 greedy; CER 0.1000, WER 0.6000 with" in said
    assert "Spaces don't separate the words" in said
    assert "doesn't help" not in said
    print_tuned(tuned("WER", wer=0.3, cer=0.2), console)
    said = console.export_text()
    assert "WER 0.3000, CER 0.2000 greedy; WER 0.5000, CER 0.4000 with" in said
    assert "doesn't help" in said


def test_texts_without_spaces_are_tuned_by_characters(data: Path, tmp_path: Path) -> None:
    manifest = data / "manifest.jsonl"
    long = "ab" * 10
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    manifest.write_text("".join(json.dumps({**row, "text": long}) + "\n" for row in rows))
    bundle, output = level_bundle(tmp_path / "x.malgwi"), tmp_path / "y.malgwi"
    result = tune(bundle, data, lm=tmp_path / "lm.arpa", output=output)
    assert result.measure == "CER"
    assert open_bundle(output).figures["cer_lm"] == result.best.cer
    assert result.best.cer < 1


def test_a_language_model_of_other_spelling_is_told(data: Path, tmp_path: Path) -> None:
    lm = tmp_path / "turkish.bin"
    write_lm(replace(estimate([["ab"]], order=1), rules=Normalisation("tr")), lm)
    told: list[str] = []
    bundle = level_bundle(tmp_path / "x.malgwi")
    tune(bundle, data, lm=lm, output=tmp_path / "lm.bin", warn=told.append)
    assert told == [
        f"{lm}: its text was normalised otherwise than the model's: --language tr; --language und"
    ]


def test_long_data_is_thinned_evenly(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    utterances = list(load_dataset(data).utterances) * 2
    monkeypatch.setattr(module, "MOST_SECONDS", sum(u.duration for u in utterances) / 2)
    assert module._spread(utterances) == utterances[::2]
