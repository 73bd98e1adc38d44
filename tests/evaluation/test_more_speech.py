"""What runs on growing shares of the speech say of more."""

from collections.abc import Sequence

import pytest

from malgwi.evaluation.more_speech import Learnt, duration, expect, on_the_same, rate
from malgwi.speech.score import score_utterance

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)


def learnt(share: float, wrong: int | None, *, passes: float = 8.0, heard: int = 12) -> Learnt:
    """Return a run on a share of eight hours, with so many of 100 letters wrong in each clip."""
    said = () if wrong is None else ("a" * (100 - wrong) + "b" * wrong,) * heard
    utterances = tuple(score_utterance("a" * 100, text, id=str(n)) for n, text in enumerate(said))
    failed = "diverged" if wrong is None else None
    run = Learnt(share, 40, 8 * share, passes=passes, failed=failed, utterances=utterances)
    return rate(run, "CER")


def curve(*wrong: int | None, passes: float = 8.0) -> list[Learnt]:
    """Return the four runs."""
    return [learnt(share, n, passes=passes) for share, n in zip(SHARES, wrong, strict=True)]


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        (curve(50, 40, 31, 0), "makes no error that more speech could mend"),
        (curve(100, 100, 100, 100), "the run on all clips has learnt nothing (CER 1.000 after 8.0"),
        (curve(90, 80, 40, 30), "only 2 of 4 runs have learnt anything (CER below 0.7)"),
        (curve(50, 40, 31, None), "the run on all clips has no figures (diverged)"),
        (curve(50, None, None, 24), "only 2 of 4 runs have learnt anything"),
        (curve(50, 40, 31, 24, passes=0.9), "the steps would go through all clips 0.8 times"),
        (curve(20, 60, 10, 35), "CER may go from 0.350 to anything between 0."),
    ],
)
def test_what_doesn_t_say_anything_is_said(runs: Sequence[Learnt], why: str) -> None:
    seen, _, why_not = expect(runs, "CER", 1.0)
    assert why in (why_not or "")
    assert (seen is None) == ("to anything between" not in why and "would go through" not in why)


def test_a_run_that_knows_nothing_yet_is_no_point_of_the_curve() -> None:
    """An eighth was too little to learn from: the other three say the same without it."""
    with_it, _, why_not = expect(curve(99, 40, 31, 24), "CER", 1.0)
    without, _, _ = expect(curve(99, 40, 31, 24)[1:], "CER", 1.0)
    assert why_not is None
    assert with_it is not None
    assert without is not None
    assert (with_it.rates == without.rates).all()


def test_passes_are_those_that_further_speech_leaves() -> None:
    """5.8 passes of 8 h are 2.9 of 16 h, and 6 are 3."""
    for passes, told in ((5.8, False), (6.0, True)):
        _, _, why_not = expect(curve(50, 40, 31, 24, passes=passes), "CER", 8.0)
        assert (why_not is None) == told


def test_it_goes_no_farther_than_there_is() -> None:
    """Of eight hours, a hundred more are told of as eight: the curve ends at sixteen."""
    seen, further, _ = expect(curve(50, 40, 31, 24), "CER", 100)
    assert seen is not None
    assert further == pytest.approx(8)
    assert [seen.hours[0], seen.hours[-1]] == pytest.approx([1, 16])


def test_rates_are_of_what_all_runs_heard() -> None:
    """The last clip went while the second run learnt; a run that failed heard none of them."""
    runs = [learnt(0.5, 10, heard=3), learnt(1.0, 10, heard=2), learnt(1.0, None)]
    assert [len(run.utterances) for run in on_the_same(runs)] == [2, 2, 0]


def test_a_rate_by_hand() -> None:
    """One letter of four is another in the second clip, and one of its two words."""
    pairs = (("ab a", "ab a"), ("ab a", "ab b"))
    run = Learnt(1.0, 1, 1.0, utterances=tuple(score_utterance(*pair) for pair in pairs))
    letters, words = rate(run, "CER"), rate(run, "WER")
    assert (letters.rate, letters.cer, letters.wer) == (1 / 8, 1 / 8, 1 / 4)
    assert (words.rate, words.interval) == (1 / 4, (0.0, 0.5))
    assert set(run.to_json()) == set(vars(run)) - {"utterances"}


def test_hours_for_people() -> None:
    assert [duration(hours) for hours in (0.2, 1.0, 12.5)] == ["12 min", "1 h", "12.5 h"]
