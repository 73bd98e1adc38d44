"""Changes to waveforms: off by default, within their bounds, drawn from the generator."""

import numpy as np
import pytest

from malgwi.training.augment import augment


def _tone(seconds: float = 1.0) -> np.ndarray:
    time = np.arange(int(16_000 * seconds)) / 16_000
    return (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def test_nothing_asked_nothing_changed() -> None:
    assert np.array_equal(augment(_tone(), np.random.default_rng(0)), _tone())


def test_speed_changes_length_and_pitch() -> None:
    lengths = set()
    for seed in range(20):
        fast = augment(_tone(), np.random.default_rng(seed), speed=0.1)
        factor = 16_000 / len(fast)
        assert 0.899 < factor < 1.101
        peak = np.abs(np.fft.rfft(fast)).argmax() * 16_000 / len(fast)
        assert peak == pytest.approx(440 * factor, rel=0.01)
        lengths.add(len(fast))
    assert len(lengths) > 15


def test_speed_leaves_enough_for_the_labels() -> None:
    for seed in range(20):
        changed = augment(_tone(), np.random.default_rng(seed), speed=0.5, fewest=15_999)
        assert len(changed) >= 15_999


def test_half_of_the_clips_get_noise_within_the_bounds() -> None:
    ratios = []
    for seed in range(200):
        noise = augment(_tone(), np.random.default_rng(seed), noise_db=10) - _tone()
        if noise.any():
            ratios.append(10 * np.log10(np.mean(_tone() ** 2) / np.mean(noise**2)))
    assert 70 < len(ratios) < 130
    assert 9.9 < min(ratios) < 13
    assert 37 < max(ratios) < 40.1


def test_gain_within_the_bounds_and_silence_stays_silent() -> None:
    levels = [
        20 * np.log10(np.abs(augment(_tone(), np.random.default_rng(s), gain_db=6)).max() / 0.3)
        for s in range(50)
    ]
    assert -6.1 < min(levels) < -4
    assert 4 < max(levels) < 6.1
    silence = np.zeros(1000, dtype=np.float32)
    changed = augment(silence, np.random.default_rng(1), speed=0.1, noise_db=0, gain_db=6)
    assert not changed.any()
    assert np.isfinite(changed).all()


def test_the_same_draws_give_the_same_clip() -> None:
    def once(seed: int) -> np.ndarray:
        return augment(_tone(), np.random.default_rng(seed), speed=0.1, noise_db=0, gain_db=3)

    assert np.array_equal(once(4), once(4))
    assert len(once(4)) != len(once(5))
