import numpy as np
import pytest

from malgwi.recognition.spectrogram import BINS, spectrogram


@pytest.mark.parametrize("hertz", [500, 1_000, 4_000, 7_500])
def test_a_tone_stands_in_its_row(hertz: int) -> None:
    samples = (0.5 * np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)).astype(np.float32)
    levels = spectrogram(samples, 160)
    assert levels.shape == (BINS, 100)
    # 62.5 Hz a row: a tone between two of them is as loud in both.
    assert abs(levels[:, 50].argmax() - hertz / 62.5) <= 1
    assert levels.max() == 255
    far = np.abs(np.arange(BINS) - hertz / 62.5) > 10
    assert levels[far, 10:90].max() < 60


def test_an_offset_is_not_seen() -> None:
    tone = (0.001 * np.sin(np.pi / 2 * np.arange(16_000))).astype(np.float32)
    difference = spectrogram(tone + np.float32(0.1), 160)[:, 10:90].astype(int)
    assert np.abs(difference - spectrogram(tone, 160)[:, 10:90]).max() <= 1


def test_a_click_stands_in_its_column() -> None:
    samples = np.zeros(16_000, dtype=np.float32)
    samples[8_080] = 1.0
    assert spectrogram(samples, 160).sum(axis=0).argmax() == 50


def test_silence_is_dark_and_short_clips_are_fine() -> None:
    assert not spectrogram(np.zeros(1_600, np.float32), 160).any()
    assert spectrogram(np.ones(100, np.float32), 160).shape == (BINS, 0)
