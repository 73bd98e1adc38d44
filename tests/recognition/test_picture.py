import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from level_model import level_recogniser, level_samples
from malgwi.decoding.decode import decode, probabilities
from malgwi.errors import MalgwiError
from malgwi.recognition import picture
from malgwi.recognition.inspection import Inspection, inspect_samples
from malgwi.recognition.picture import draw_inspection
from malgwi.speech.vocab import Vocab


@pytest.fixture
def inspection() -> Inspection:
    return inspect_samples(level_recogniser(), level_samples("__ab|b$"[:-1]), "a $clip$.wav")


def test_the_picture_is_written_whole(tmp_path: Path, inspection: Inspection) -> None:
    draw_inspection(inspection, tmp_path / "frames.png")
    pixels = imread(tmp_path / "frames.png")
    assert pixels.shape[:2] == (704, 990)
    assert 0.3 < pixels[..., :3].mean() < 0.99  # neither empty nor black
    assert [path.name for path in tmp_path.iterdir()] == ["frames.png"]


def test_long_recordings_get_wider_pictures(tmp_path: Path) -> None:
    draw_inspection(
        inspect_samples(level_recogniser(), level_samples("_ab|" * 40), "a"), tmp_path / "a.png"
    )
    assert imread(tmp_path / "a.png").shape[1] > 1_900


def test_korean_is_drawn_or_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocab = Vocab(("\u1106", "\u1161", "|", "[PAD]"), blank=3, delimiter=2, unit="jamo")
    logits = np.eye(4, dtype=np.float32)[[3, 0, 1, 2, 3]] * 9
    transcript = decode(logits, vocab, samples=1_680, hop=320, sample_rate=16_000)
    noise = np.random.default_rng(0).normal(0, 0.1, 1_680).astype(np.float32)
    inspection = Inspection("a.wav", noise, vocab, transcript, probabilities(logits))
    assert transcript.text == "마"
    monkeypatch.setattr(picture, "_CJK_FONTS", ())
    assert picture._fonts(inspection) == (["DejaVu Sans"], "ㅁㅏ마")
    draw_inspection(inspection, tmp_path / "a.png")
    assert (tmp_path / "a.png").exists()


def test_nothing_to_draw(tmp_path: Path) -> None:
    empty = inspect_samples(level_recogniser(), np.zeros(399, np.float32), "a.wav")
    with pytest.raises(MalgwiError, match=r"a\.wav: too short"):
        draw_inspection(empty, tmp_path / "a.png")


def test_only_png(tmp_path: Path, inspection: Inspection) -> None:
    with pytest.raises(MalgwiError, match=r"a\.jpg: pictures are PNG"):
        draw_inspection(inspection, tmp_path / "a.jpg")


def test_without_matplotlib(
    tmp_path: Path, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MalgwiError, match=r"pip install -e '\.\[pictures\]'"):
        draw_inspection(inspection, tmp_path / "a.png")
