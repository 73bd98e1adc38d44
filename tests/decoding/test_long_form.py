from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgwi.decoding.decode import Logits, decode
from malgwi.decoding.long_form import LongForm, cut
from malgwi.decoding.segments import SegmentPlan, Span
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples
from malgwi.speech.frames import WAV2VEC2, FrameGrid
from malgwi.speech.vocab import Vocab

VOCAB = Vocab(("a", "|", "[PAD]"), blank=2, delimiter=1)
CHINESE = Vocab(("a", "[PAD]"), blank=1, delimiter=None, unit="character")
PLAN = SegmentPlan(window_samples=32_000, left_samples=3_200, right_samples=6_400)


def _speech(hops: int) -> Samples:
    return np.resize(np.array([0.1, -0.1], np.float32), hops * 320)


def _silence(hops: int) -> Samples:
    return np.zeros(hops * 320, np.float32)


def _first_samples(samples: Samples) -> Logits:
    """A frame is `a` where its first sample isn't silent, else the blank."""
    starts = samples[np.arange(WAV2VEC2.count(len(samples))) * 320]
    logits = np.zeros((len(starts), 3), np.float32)
    logits[:, 0], logits[:, 2] = starts * 50, 1
    return logits


def _text(samples: Samples) -> str:
    logits = LongForm(PLAN, WAV2VEC2, VOCAB, _first_samples).whole_logits([samples])
    assert len(logits) == WAV2VEC2.count(len(samples))
    return decode(logits, VOCAB, samples=len(samples), hop=320, sample_rate=16_000).text


@pytest.mark.parametrize("pause", [15, 16, 50, 500])
def test_words_end_at_a_pause(pause: int) -> None:
    assert _text(np.concatenate([_speech(30), _silence(pause), _speech(30)])) == "a a"


@pytest.mark.parametrize("pause", [1, 5, 14])
def test_words_go_on_over_less(pause: int) -> None:
    assert _text(np.concatenate([_speech(30), _silence(pause), _speech(30)])) == "aa"


@pytest.mark.parametrize("samples", [0, 1, 399, 400, 401, 16_000, 16_001, 77_777])
def test_there_are_as_many_frames_as_one_pass_gives(samples: int) -> None:
    for heard in (_silence(300)[:samples], _speech(300)[:samples]):
        logits = LongForm(PLAN, WAV2VEC2, VOCAB, _first_samples).whole_logits([heard])
        assert len(logits) == WAV2VEC2.count(samples)


def test_frames_of_windows_are_those_of_one_pass() -> None:
    draw = np.random.default_rng(0).uniform(0.1, 0.2, 100_000).astype(np.float32)
    found = LongForm(PLAN, WAV2VEC2, VOCAB, _first_samples).whole_logits([draw])
    assert np.array_equal(found, _first_samples(draw))


def test_silence_is_not_run() -> None:
    lengths: list[int] = []

    def model(samples: Samples) -> Logits:
        lengths.append(len(samples))
        return _first_samples(samples)

    recording = np.concatenate([_silence(500), _speech(50), _silence(500)])
    logits = LongForm(PLAN, WAV2VEC2, VOCAB, model).whole_logits([recording])
    # 0.3 s before the sound, and half of the pause that ends it.
    assert lengths == [(15 + 50 + 8) * 320]
    assert logits.argmax(axis=1).tolist() == [2] * 500 + [0] * 50 + [2] * 7 + [1] + [2] * 491


def test_what_holds_no_speech_is_not_run() -> None:
    dropped: list[Span] = []
    recording = np.concatenate([_speech(30), _silence(50), _speech(31), _silence(20)])
    form = LongForm(
        PLAN, WAV2VEC2, VOCAB, _first_samples, lambda s: len(s) != 38 * 320, dropped.append
    )
    ids = form.whole_logits([recording]).argmax(axis=1).tolist()
    # 30 + 8 hops, of which the last frame ends a word all the same.
    assert dropped == [Span(0, 38 * 320, 0, 38, True)]
    assert ids[:38] == [2] * 37 + [1]
    assert ids[80:111] == [0] * 31


def test_what_is_too_short_to_be_run_is_not_called_no_speech() -> None:
    dropped: list[Span] = []
    form = LongForm(PLAN, WAV2VEC2, VOCAB, _first_samples, lambda _: False, dropped.append)
    assert len(form.whole_logits([_speech(2)[:399]])) == 0
    assert dropped == []
    assert len(form.whole_logits([_speech(2)[:400]])) == 1
    assert dropped == [Span(0, 400, 0, 1, False)]


def test_a_model_without_a_delimiter_gets_none() -> None:
    recording = np.concatenate([_speech(30), _silence(50), _speech(30)])

    def model(samples: Samples) -> Logits:
        return np.delete(_first_samples(samples), 1, axis=1)

    logits = LongForm(PLAN, WAV2VEC2, CHINESE, model).whole_logits([recording])
    assert logits.argmax(axis=1).tolist() == [0] * 30 + [1] * 50 + [0] * 29


def test_a_wide_receptive_field_leaves_blanks_before_the_border() -> None:
    grid = FrameGrid((960,), (320,))  # three hops: two frames are missing at an end

    def model(samples: Samples) -> Logits:
        return np.eye(3, dtype=np.float32)[np.zeros(grid.count(len(samples)), int)]

    recording = np.concatenate([_speech(30), _silence(50), _speech(30)])
    logits = LongForm(PLAN, grid, VOCAB, model).whole_logits([recording])
    assert logits.argmax(axis=1)[:38].tolist() == [0] * 36 + [2, 1]
    assert len(logits) == grid.count(len(recording))


def test_a_click_does_not_drown_a_quiet_voice() -> None:
    loudest: list[float] = []

    def model(samples: Samples) -> Logits:
        loudest.append(float(np.abs(samples).max()))
        return _first_samples(samples)

    recording = np.concatenate([np.full(160, 1.0, np.float32), _speech(60) / 10])
    LongForm(PLAN, WAV2VEC2, VOCAB, model).whole_logits([recording])
    # 18 dB, 63 times the energy of 0.01: 0.0794.
    assert loudest == [pytest.approx(0.0794, abs=1e-4)]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=8), st.data())
def test_blocks_of_any_size_give_the_same(
    parts: list[tuple[bool, int]], data: st.DataObject
) -> None:
    recording = np.concatenate(
        [np.zeros(0, np.float32)] + [_speech(n) if loud else _silence(n) for loud, n in parts]
    )
    sizes = data.draw(st.lists(st.integers(0, 9_000), max_size=8))
    one = list(cut([recording], PLAN, WAV2VEC2))
    many = list(cut(_blocks(recording, sizes), PLAN, WAV2VEC2))
    assert [span for span, _ in one] == [span for span, _ in many]
    for (span, first), (_, second) in zip(one, many, strict=True):
        assert np.array_equal(first, second)
        assert np.array_equal(first, recording[span.start : span.end])


def _blocks(samples: Samples, sizes: list[int]) -> Iterator[Samples]:
    start = 0
    for size in sizes:
        yield samples[start : start + size]
        start += size
    yield samples[start:]


@pytest.mark.parametrize(
    ("value", "said"),
    [(101.0, "101"), (-32_768.0, "-32768"), (float("nan"), "nan"), (float("-inf"), "-inf")],
)
def test_a_sample_of_the_scale_of_integers_is_named(value: float, said: str) -> None:
    """It is counted from the beginning of the recording, over blocks."""
    blocks = [np.full(1_000, 100.0, np.float32), np.zeros(200, np.float32)]
    blocks[1][34] = value
    with pytest.raises(MalgwiError, match=f"^sample 1,034 is {said}; expected floats from -1 to 1"):
        list(cut(blocks, PLAN, WAV2VEC2))


def test_integers_are_refused_however_quiet() -> None:
    quiet = np.ones(9_000, np.int16)
    with pytest.raises(MalgwiError, match=r"^samples are int16; .* divided by 32,768$"):
        LongForm(PLAN, WAV2VEC2, VOCAB, _first_samples).whole_logits([quiet])  # type: ignore[list-item]
