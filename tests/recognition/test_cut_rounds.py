"""`malgwi cut --rounds`: what lies where after each round, and when one fails."""

from dataclasses import replace
from pathlib import Path

import pytest

from level_model import level_clip, level_logits, level_recogniser
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.recognition import cut as module
from malgwi.recognition.cut import MANIFEST, Cuts
from malgwi.recognition.cut_rounds import cut_in_rounds
from malgwi.recognition.pairs import Pair

PAUSE = "_" * 10
SAID = PAUSE + "ab_ba|" * 8 + PAUSE + "aba|" * 9 + PAUSE
TEXT = "abba " * 8 + ".\n" + "aba " * 9 + "."


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were asked to listen; `deaf` hears something else."""
    asked: list[str] = []

    def opened(model: str, **_: object) -> object:
        asked.append(str(model))
        sign = -4 if model == "deaf" else 4
        return replace(level_recogniser(), logits=lambda samples: sign * level_logits(samples))

    monkeypatch.setattr(module, "open_recogniser", opened)
    return asked


def pair(folder: Path) -> Pair:
    (folder / "talk.txt").write_text(TEXT)
    return Pair(level_clip(folder / "talk.wav", SAID), folder / "talk.txt")


def test_each_round_takes_the_place_of_the_one_before(tmp_path: Path, models: list[str]) -> None:
    out, told = tmp_path / "corpus", list[tuple[int, Cuts]]()
    folders = []

    def learn(model: str, corpus: Path, folder: Path) -> str:
        assert (corpus / MANIFEST).is_file()
        folders.append(folder)
        (corpus / "of this round").touch()
        return f"{model}+"

    found = cut_in_rounds(
        "own", [pair(tmp_path)], out, rounds=3, learn=learn, told=lambda *one: told.append(one)
    )
    assert models == ["own", "own+", "own+"]
    assert [number for number, _ in told] == [1, 2, 3]
    assert told[2][1] is found
    assert not (out / "of this round").exists()
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize("ends", [MalgwiError("too little"), KeyboardInterrupt(), "deaf"])
def test_what_was_found_stays_where_a_later_round_fails(
    tmp_path: Path, models: list[str], ends: BaseException | str
) -> None:
    def learn(*_: object) -> str:
        if isinstance(ends, str):
            return ends
        raise ends

    expected = KeyboardInterrupt if isinstance(ends, KeyboardInterrupt) else MalgwiError
    with pytest.raises(expected) as error:
        cut_in_rounds("own", [pair(tmp_path)], tmp_path / "corpus", rounds=2, learn=learn)
    if expected is MalgwiError:
        assert "round 2 failed: " in str(error.value)
        assert str(error.value).endswith(f"What round 1 found lies whole in {tmp_path / 'corpus'}")
    assert (tmp_path / "corpus" / MANIFEST).read_text().count("\n") == 2
    assert models[0] == "own"


def test_what_can_not_be_trained_is_told_first(
    tmp_path: Path, models: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cut", "my.malgwi", *map(str, pair(tmp_path)), "--output", str(tmp_path / "out")]
    assert main([*words, "--rounds", "2"]) == 2
    assert "my.malgwi is a bundle, which can't be trained" in capsys.readouterr().err
    assert main([*words, "--rounds", "0"]) == 2
    assert "--rounds 0: expected 1 or more" in capsys.readouterr().err
    words[1] = "own"
    assert main([*words, "--rounds", "2", "--cluster", "local"]) == 2
    assert "--rounds 2: a later round needs the corpus" in capsys.readouterr().err
    assert main([*words, "--rounds", "2", "--part", "1/2"]) == 2
    assert "leave --part and --cluster out" in capsys.readouterr().err
    assert not models
