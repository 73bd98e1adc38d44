"""Which checkpoint to start from."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import malgwi
from corpora import whole
from malgwi import starts
from malgwi.cli.main import main
from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB, Utterance, write_manifest
from malgwi.errors import GateError, MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.speech.score import Counts
from malgwi.speech.text import normalise
from malgwi.starts import best_in, try_checkpoints
from malgwi.training.config import TrainConfig, read_config
from malgwi.training.start import Start
from malgwi.training.train import TrainResult, train
from tiny import tiny_checkpoint, tiny_mms

COMMANDS = Path(malgwi.__file__).parent / "data/commands"


def counts(*errors: int) -> list[Counts]:
    """Return utterances of ten words with so many wrong."""
    return [Counts(hits=10 - n, substitutions=n, deletions=0, insertions=0) for n in errors]


def test_who_is_best_by_hand() -> None:
    """Two utterances are drawn as (0, 0), (0, 1), (1, 0) or (1, 1).

    A has 2 and 2 errors, B 0 and 5: B wins where only the first is drawn, which is a quarter.
    """
    shares = best_in([counts(2, 2), counts(0, 5)])
    assert sum(shares) == pytest.approx(1)
    assert shares[1] == pytest.approx(0.25, abs=0.05)
    assert best_in([counts(1, 1), counts(1, 1), counts(2, 2)]) == pytest.approx([0.5, 0.5, 0.0])
    assert best_in([counts(3, 4)]) == [1.0]


def test_folders_are_named_by_checkpoints_and_none_twice() -> None:
    """No name is that of another one's bundle, `x.malgwi`, or of the table."""
    names = ["facebook/wav2vec2-base", "mine/Wav2Vec2-Base", "a b/../c: d", "..", "starter"]
    names += ["x", "x.malgwi", "try.json"]
    told = [Start("x", "uzb-script_latin"), Start("x", lora=8), Start("x", lora=8, learning_rate=1)]
    assert starts._names([*map(Start, names), *told]) == [
        "wav2vec2-base",
        "Wav2Vec2-Base-2",
        "c-d",
        "checkpoint",
        "starter",
        "x",
        "x-malgwi",
        "try-json",
        "x-uzb-script_latin",
        "x-lora-8",
        "x-lora-8-2",
    ]


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """Six of the shipped commands, three to learn from and three to select by."""
    folder = tmp_path / "commands"
    folder.mkdir()
    rows = [line.split(",") for line in (COMMANDS / "metadata.csv").read_text().splitlines()[1:]]
    clips = [row for row in rows if row[0].startswith("dev/")][:6]
    utterances = [
        Utterance(Path(name).stem, COMMANDS / name, whole(COMMANDS / name), normalise(text), split)
        for (name, text, *_), split in zip(clips, ["train", "valid"] * 3, strict=True)
    ]
    write_manifest(folder / MANIFEST, utterances, folder)
    vocab = load_checkpoint("starter").vocab
    assert vocab
    (folder / VOCAB).write_text(json.dumps(vocab.to_ids()))
    facts = {"language": "en", "unit": "character", "normalisation": {"version": 2}}
    (folder / DATASET).write_text(json.dumps(facts))
    return folder


def test_the_whole_of_it(
    commands: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two that know nothing, one of more weights, and one that isn't there."""
    small, gone = tiny_checkpoint(tmp_path / "small"), tmp_path / "gone"
    wide = tiny_checkpoint(tmp_path / "wide", intermediate_size=512)
    output = tmp_path / "tried"
    words = ["try", str(commands), "--output", str(output), "--minutes", "0.001"]
    words += [word for name in (gone, small, wide) for word in ("--checkpoint", str(name))]
    assert main(words) == 2  # what couldn't be tried, after all the others were
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1].startswith(f"malgwi: error: {gone}: ")
    said = " ".join(shown.out.split())
    assert "WER of 3 validation clips after 0.001 minutes each" in said
    found = json.loads((output / "try.json").read_text())
    assert (found["measure"], found["utterances"], found["minutes"]) == ("WER", 3, 0.001)
    first, second, missing = found["tried"]
    assert 0 < first["rate"] <= second["rate"]
    assert first["best_in"] + second["best_in"] == pytest.approx(1)
    assert (missing["checkpoint"], missing["rate"]) == (str(gone), None)
    by_name = {one["folder"]: one for one in (first, second)}
    # Two layers, whose feed-forward parts have (512 - 32) x (2 x 16 weights + 1 bias) more.
    assert by_name["wide"]["weights"] - by_name["small"]["weights"] == 2 * 480 * 33
    for name, one in by_name.items():
        assert one["steps"] > 0
        assert one["bundle_bytes"] == (output / f"{name}.malgwi").stat().st_size
        assert one["real_time_factor"] > 0
        assert (output / name / "model.safetensors").is_file()
        assert not (output / name / "state").exists()
    assert (output / "try.png").read_bytes().startswith(b"\x89PNG")
    assert main(words) == 2
    assert f"{output}: " in capsys.readouterr().err  # nothing is replaced unasked


def refuse(*_: Any, **__: Any) -> None:
    """Export nothing."""
    raise GateError("int8: WER .9 in place of .1")


def test_what_is_told_of_a_checkpoint_stands_behind_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A colon in a path is a character like any other; a language is what people call it."""
    monkeypatch.setattr(starts, "export", refuse)
    mms, output = str(tiny_mms(tmp_path / "mms:eng")), tmp_path / "tried"
    words = ["try", str(data), "--output", str(output), "--minutes", "0.001"]
    words += ["--checkpoint", mms, "--language-adapter", "ko", "--learning-rate", "1e-3"]
    words += ["--checkpoint", mms, "--language-adapter", "no such language"]
    words += ["--checkpoint", str(tiny_checkpoint(tmp_path / "small")), "--lora", "2"]
    assert main(words) == 2
    shown = capsys.readouterr()
    missing = f"{mms} --language-adapter no such language: "
    assert shown.err.splitlines()[-1].startswith(f"malgwi: error: {missing}")
    assert missing in shown.out
    tried = json.loads((output / "try.json").read_text())["tried"]
    told = {
        one["folder"]: (one["language_adapter"], one["lora"], one["learning_rate"]) for one in tried
    }
    assert told == {
        "mms-eng-ko": ("ko", None, 1e-3),
        "mms-eng-no-such-language": ("no such language", None, None),
        "small-lora-2": (None, 2, None),
    }
    assert [one["folder"] for one in tried if one["rate"] is None] == ["mms-eng-no-such-language"]
    for name, adapter, rank, rate in (
        ("mms-eng-ko", "ko", None, 1e-3),
        ("small-lora-2", None, 2, TrainConfig().learning_rate),
    ):
        config = read_config(output / name)
        assert (config.language_adapter, config.lora, config.learning_rate) == (adapter, rank, rate)
    assert "--language-adapterko--learning-rate0.001:1of3" in "".join(shown.err.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--lora", "8", "--checkpoint", "a"], "--lora: give the --checkpoint that it is of"),
        (["--checkpoint", "a", "--lora", "8", "--lora", "4"], "--lora: is given twice for a"),
        (["--checkpoint", "a", "--lora", "x"], "--lora: invalid int value: 'x'"),
        ([], "the following arguments are required: --checkpoint"),
    ],
)
def test_what_is_told_of_no_checkpoint_is_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["try", "data", *words, "--output", "tried"])
    assert message in capsys.readouterr().err


def test_a_bundle_that_is_refused_leaves_the_runs_own_figures(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(starts, "export", refuse)
    checkpoint, output = str(tiny_checkpoint(tmp_path / "checkpoint")), tmp_path / "tried"
    words = ["try", str(data), "--checkpoint", checkpoint, "--minutes", "0.001"]
    assert main([*words, "--output", str(output)]) == 0
    said = capsys.readouterr().out
    assert f"{checkpoint}: no bundle: int8: WER .9 in place of .1\n" in said
    (one,) = json.loads((output / "try.json").read_text())["tried"]
    assert one["rate"] is not None
    assert (one["bundle_bytes"], one["real_time_factor"]) == (None, None)


def test_who_stops_it_keeps_what_there_is(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the steps of the first run, or before those of the second."""
    both = [Start(str(tiny_checkpoint(tmp_path / name))) for name in ("one", "two")]

    def stopped(*args: Any, **named: Any) -> TrainResult:
        return replace(train(*args, **named), stopped="signal")

    def stopped_later(dataset: Path, run: Path, *args: Any, **named: Any) -> TrainResult:
        if run.name == "two":
            raise KeyboardInterrupt
        return train(dataset, run, *args, **named)

    for number, how in enumerate((stopped, stopped_later)):
        monkeypatch.setattr(starts, "train", how)
        found = try_checkpoints(data, tmp_path / f"tried{number}", both, minutes=0.001)
        assert [one.start for one in found.tried] == both[:1]
    with pytest.raises(KeyboardInterrupt):
        try_checkpoints(data, tmp_path / "none", both[1:], minutes=0.001)
    assert not (tmp_path / "none").exists()


def test_what_is_wrong_is_said_before_the_work(data: Path, tmp_path: Path) -> None:
    for names, minutes, message in (
        ([Start(), Start()], 1.0, "starter: is given twice"),
        ([Start(lora=8), Start(lora=8)], 1.0, "starter --lora 8: is given twice"),
        ([Start(), Start(lora=0)], 1.0, "--lora: 0 is out of range"),
        ([Start()], 0.0, "--minutes 0: expected more than 0"),
        ([Start()], float("nan"), "--minutes nan: expected more than 0"),
    ):
        with pytest.raises(MalgwiError, match=message):
            try_checkpoints(data, tmp_path / "tried", names, minutes=minutes)
    with pytest.raises(MalgwiError, match="gone"):  # not one could be tried
        try_checkpoints(data, tmp_path / "tried", [Start(str(tmp_path / "gone"))], minutes=1)
    assert not (tmp_path / "tried").exists()
