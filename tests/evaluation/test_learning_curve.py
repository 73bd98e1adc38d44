"""What more speech would bring, from errors at growing hours."""

import numpy as np
import pytest

from malgwi.evaluation.learning_curve import Forecast, forecast
from malgwi.speech.score import Counts


def clips(rate: float, many: int = 40, letters: int = 1000) -> list[Counts]:
    """Return clips that all have the same share of errors."""
    wrong = round(rate * letters)
    return [Counts(letters - wrong, wrong, 0, 0)] * many


def test_bounds_are_tenths_of_the_draws() -> None:
    """Of 0 to 10 the median is 5, and 80 % lie between 1 and 9."""
    seen = Forecast((1.0,), np.arange(11.0)[:, None])
    assert [bound[0] for bound in seen.bounds()] == pytest.approx([1, 5, 9])


def test_a_power_law_goes_on() -> None:
    """Odds of 8/60, 4/60, 2/60 and 1/60 halve with each doubling: rates 8/68 .. 1/61, then 1/121.

    The floor isn't known, so what is expected lies above that, and below what there is now.
    """
    rates = [8 / 68, 4 / 64, 2 / 62, 1 / 61]
    counts = [clips(rate, letters=100_000) for rate in rates]
    seen = forecast([1, 2, 4, 8], counts, [4, 8, 16])
    low, median, high = seen.bounds()
    assert median[0] == pytest.approx(2 / 62, rel=0.1)
    assert median[1] == pytest.approx(1 / 61, rel=0.1)
    assert low[2] <= 1 / 121 <= high[2]
    assert 1 / 130 < median[2] < 0.75 / 61


def test_what_doesn_t_fall_is_not_expected_to_fall_much() -> None:
    low, median, high = forecast([1, 2, 4, 8], [clips(0.2)] * 4, [16]).bounds()
    assert low[0] < 0.2 < high[0]
    assert median[0] == pytest.approx(0.2, rel=0.05)


def test_runs_that_go_up_and_down_leave_more_open() -> None:
    smooth = forecast([1, 2, 4, 8], [clips(r) for r in (0.4, 0.35, 0.3, 0.26)], [16])
    rough = forecast([1, 2, 4, 8], [clips(r) for r in (0.4, 0.28, 0.37, 0.26)], [16])

    def width(seen: Forecast) -> float:
        low, _, high = seen.bounds()
        return float(high[0] - low[0])

    assert width(rough) > 1.5 * width(smooth)


def test_clips_that_speak_against_each_other_leave_more_open() -> None:
    """Half of the clips gain all there is to gain, so that which of them are drawn counts."""
    hours, rates = [1, 2, 4, 8], (0.4, 0.3, 0.2, 0.1)
    alike = [clips(rate, 10, 100) for rate in rates]
    apart = [
        clips(0.4, 5, 100) + clips(2 * rate - 0.4 if rate > 0.2 else 0.0, 5, 100) for rate in rates
    ]

    def width(counts: list[list[Counts]]) -> float:
        low, median, high = forecast(hours, counts, [16]).bounds()
        return float((high[0] - low[0]) / median[0])

    assert width(apart) > width(alike)


def test_rates_of_0_and_above_1_are_no_trouble() -> None:
    """Insertions make a rate of 1.2; no error at all counts as half of one."""
    above = [Counts(0, 10, 0, 2)] * 5
    seen = forecast([1, 2, 4], [above, clips(0.5, 5, 10), clips(0.0, 5, 10)], [8])
    assert np.isfinite(seen.rates).all()
    assert ((seen.rates >= 0) & (seen.rates <= 1)).all()


def test_the_same_seed_says_the_same() -> None:
    counts = [clips(rate) for rate in (0.4, 0.3, 0.25)]
    first, second = (forecast([1, 2, 4], counts, [8], seed=5) for _ in range(2))
    assert np.array_equal(first.rates, second.rates)
