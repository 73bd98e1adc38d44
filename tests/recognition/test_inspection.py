import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console

from level_model import level_clip, level_recogniser
from malgwi.recognition.inspection import inspect_file, print_inspection, visible


def test_every_frame(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "a.wav", "_ab|b")
    inspection = inspect_file(level_recogniser(), clip)
    found = inspection.to_json()
    assert found["strip"] == "[PAD] [PAD] [PAD] a a a b b b | | | b b b"
    assert found["text"] == "ab b"
    assert len(found["frames"]) == 15
    assert found["frames"][3] == {"ms": 60, "token": "a", "probability": 0.9802}
    assert found["words"][1]["start_ms"] == 240
    assert inspection.probabilities.shape == (15, 4)
    assert inspection.probabilities.sum(axis=1) == pytest.approx(1.0)
    json.dumps(found)


def test_the_printed_strip(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "[red].wav", "_ab|b")
    out = io.StringIO()
    print_inspection(inspect_file(level_recogniser(), clip), Console(file=out, width=60))
    lines = out.getvalue().splitlines()
    assert "[red].wav: 0.30 s, 15 frames of 20 ms" in lines[0] + lines[1]
    tokens = [line.split() for line in lines if line.startswith("   0.")]
    assert tokens[0][:4] == ["0.00", "[PAD]", "[PAD]", "[PAD]"]
    # 51 columns of six: eight tokens a line, so the second line starts at 160 ms.
    assert tokens[1] == ["0.16", "b", "|", "|", "|", "b", "b", "b"]
    assert any(line.split() == ["98"] * 8 for line in lines)
    assert any(line.split() == ["text", "ab", "b"] for line in lines)
    assert any(line.split() == ["ab", "0.06", "0.18", "0.98"] for line in lines)


def test_too_short_for_a_frame(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(399), 16_000)
    said: list[str] = []
    inspection = inspect_file(level_recogniser(), tmp_path / "a.wav", warn=said.append)
    assert inspection.to_json()["frames"] == []
    assert "399 samples at 16 kHz are too few" in said[0]
    print_inspection(inspection, Console(file=io.StringIO()))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("\u1106", "ㅁ"),  # lead
        ("\u1161", "ㅏ"),  # vowel
        ("\u11af", "ㄹ"),  # trail
        ("\u1140", "ㅿ"),  # archaic, with a letter
        ("\u115a", "\u115a"),  # archaic, without one
        ("ㅋ", "ㅋ"),
        ("a", "a"),
        ("[PAD]", "[PAD]"),
        ("|", "|"),
    ],
)
def test_letters_of_a_syllable_stand_alone(token: str, expected: str) -> None:
    assert visible(token) == expected


def test_what_the_model_was_not_asked_about_is_named(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "a.wav", "ab" + "_" * 6 + "bb")
    # The first one begins with its sound, and has 8 of 15 quiet hops; the second with the rest.
    recogniser = replace(level_recogniser(), is_speech=lambda samples: bool(samples[0] < 0.1))
    inspection = inspect_file(recogniser, clip)
    assert inspection.transcript.text == "b"
    assert inspection.to_json()["not_speech"] == [{"start_ms": 0, "end_ms": 280}]
    out = io.StringIO()
    print_inspection(inspection, Console(file=out, width=80))
    assert "0.00 to 0.28 s: no speech, so the model wasn't asked" in out.getvalue()
