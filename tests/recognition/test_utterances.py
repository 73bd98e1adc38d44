"""Where words become utterances."""

from malgwi.annotation.annotation import Annotation
from malgwi.decoding.decode import TimedWord
from malgwi.recognition.utterances import elan_tiers, utterances


def words(*times: tuple[int, int]) -> list[TimedWord]:
    return [TimedWord(f"w{n}", start, end, 0.5) for n, (start, end) in enumerate(times)]


def grouped(*times: tuple[int, int]) -> list[list[str]]:
    return [[word.text for word in group] for group in utterances(words(*times))]


def test_a_pause_of_600_ms_divides() -> None:
    assert grouped((0, 400), (999, 1200), (1800, 2000)) == [["w0", "w1"], ["w2"]]
    assert grouped() == []


def test_over_15_s_the_longest_pause_divides_and_then_the_next() -> None:
    """0 to 30.1 s: pauses of 100, 500 and 300 ms; from 10.5 to 30.1 s it is still too long."""
    times = (0, 5000), (5100, 10_000), (10_500, 20_000), (20_300, 30_100)
    assert grouped(*times) == [["w0", "w1"], ["w2"], ["w3"]]
    assert grouped((0, 15_000)) == [["w0"]]
    assert grouped((0, 7000), (7100, 15_000)) == [["w0", "w1"]]
    assert grouped((0, 7000), (7100, 15_001)) == [["w0"], ["w1"]]


def test_of_equal_pauses_the_middlemost() -> None:
    assert grouped(*((s * 1000, s * 1000 + 900) for s in range(20))) == [
        [f"w{n}" for n in range(10)],
        [f"w{n}" for n in range(10, 20)],
    ]
    assert grouped((0, 40_000)) == [["w0"]]


def test_tiers_for_elan() -> None:
    said, each, confidence = elan_tiers(words((40, 300), (420, 600)), "malgwi ", " of channel 1")
    assert said.annotations == (Annotation(0.04, 0.6, "w0 w1"),)
    assert each.annotations == (Annotation(0.04, 0.3, "w0"), Annotation(0.42, 0.6, "w1"))
    assert [a.text for a in confidence.annotations] == ["0.50", "0.50"]
    assert [(t.name, t.parent) for t in (said, each, confidence)] == [
        ("malgwi utterances of channel 1", None),
        ("malgwi words of channel 1", "malgwi utterances of channel 1"),
        ("malgwi confidence of channel 1", "malgwi utterances of channel 1"),
    ]
