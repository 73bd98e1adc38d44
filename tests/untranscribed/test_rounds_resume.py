"""Rounds that are killed and gone on with come to what they would have come to."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import soundfile

from places import TESTS
from tiny import tiny_checkpoint, tiny_dataset

KILLED = [
    "killed in looking for speech",
    "killed in round 0",
    "killed in labelling",
    "killed before the labels are a data set",
    "killed after that",
    "killed in round 1",
    "killed in round 2",
    "killed while publishing",
    "killed when all was done",
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("rounds")
    data = tiny_dataset(folder / "data", valid=6)
    more = folder / "more"
    more.mkdir()
    clips = [soundfile.read(path)[0] for path in sorted((data / "audio").iterdir())]
    for number in range(3):
        # Other speech than that of the data set: at another level it is other samples.
        samples = 0.7 * np.concatenate(clips[3 * number : 3 * number + 3])
        soundfile.write(more / f"{number}.wav", samples, 16_000, subtype="PCM_16")
    done = subprocess.run(
        [
            sys.executable,
            TESTS / "interrupted_rounds.py",
            data,
            tiny_checkpoint(folder / "checkpoint"),
            more,
            folder,
            "none",
            *KILLED,
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_was_never_stopped(outcomes: dict[str, Any]) -> None:
    """Two rounds with labels; to go on with what is done changes nothing."""
    found = outcomes["none"]
    assert found["codes"] == [0, 0]
    end = found["end"]
    assert len(end["rounds"]) in (2, 3)
    assert end["rounds"][0]["labels"] is None
    labels = end["rounds"][1]["labels"]
    assert (labels["labelled_by"], labels["clips"]) == (0, 3)
    assert end["left"] == []
    assert end["speech"]["stretches"] == 3


@pytest.mark.parametrize("scenario", KILLED)
def test_the_same_end(scenario: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[scenario]
    assert found["codes"] == [-9, 0]
    assert found["unfinished"]
    assert found["end"] == outcomes["none"]["end"]
