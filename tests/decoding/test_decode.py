import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgwi.decoding.decode import (
    FrameTokens,
    Transcript,
    assemble,
    best_tokens,
    decode,
    probabilities,
)
from malgwi.errors import MalgwiError
from malgwi.speech.frames import frame_ms
from malgwi.speech.vocab import Vocab
from places import GOLDEN

ENGLISH = Vocab.from_texts(["hello world"])


def _golden(name: str, key: str = "cases") -> list[Any]:
    cases = json.loads((GOLDEN / name).read_text(encoding="utf-8"))[key]
    return [pytest.param(case, id=str(case.get("name", case.get("frame")))) for case in cases]


def _vocab(case: dict[str, Any]) -> Vocab:
    return Vocab(tuple(case["tokens"]), case["blank"], case["delimiter"], case["unit"])


def _assemble(case: dict[str, Any], **lengths: int) -> Transcript:
    ids = np.array(case["ids"], dtype=np.int64)
    return assemble(FrameTokens(ids, np.ones(len(ids))), _vocab(case), **lengths)


@pytest.mark.parametrize("case", _golden("decode.json"))
def test_text(case: dict[str, Any]) -> None:
    transcript = _assemble(case, samples=16_000, hop=320, sample_rate=16_000)
    assert transcript.text == case["text"]
    assert transcript.frame_tokens == tuple(case["ids"])
    assert _vocab(case).decode(case["ids"]) == case["text"]


@pytest.mark.parametrize("case", _golden("times.json", "frames"))
def test_frame_times(case: dict[str, Any]) -> None:
    ms = frame_ms(case["frame"], case["hop"], case["sample_rate"], case["samples"])
    assert ms == case["ms"]


@pytest.mark.parametrize("case", _golden("times.json", "words"))
def test_word_times(case: dict[str, Any]) -> None:
    transcript = _assemble(
        case, samples=case["samples"], hop=case["hop"], sample_rate=case["sample_rate"]
    )
    assert transcript.duration_ms == case["duration_ms"]
    found = [
        {
            "text": word.text,
            "start_frame": word.start_frame,
            "end_frame": word.end_frame,
            "start_ms": timed.start_ms,
            "end_ms": timed.end_ms,
        }
        for word, timed in zip(transcript.words, transcript.timed_words, strict=True)
    ]
    assert found == case["words"]


def _logits(case: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    rows = [[float(value) for value in row] for row in case["logits"]]
    return np.array(rows, dtype=np.float32).reshape(-1, len(case["tokens"]))


@pytest.mark.parametrize("case", _golden("confidence.json"))
def test_confidence(case: dict[str, Any]) -> None:
    transcript = decode(
        _logits(case), _vocab(case), samples=case["samples"], hop=320, sample_rate=16_000
    )
    assert list(transcript.frame_tokens) == case["ids"]
    assert len(transcript.words) == len(case["words"])
    words = zip(transcript.words, transcript.timed_words, case["words"], strict=True)
    for word, timed, expected in words:
        assert word.text == expected["text"]
        assert (word.start_frame, word.end_frame) == (
            expected["start_frame"],
            expected["end_frame"],
        )
        assert (timed.start_ms, timed.end_ms) == (expected["start_ms"], expected["end_ms"])
        assert word.confidence == pytest.approx(expected["confidence"], abs=1e-9)
        assert timed.confidence == word.confidence


@pytest.mark.parametrize("case", _golden("confidence.json", "errors"))
def test_no_number_is_an_error(case: dict[str, Any]) -> None:
    with pytest.raises(MalgwiError, match="not a number"):
        best_tokens(_logits(case))


def test_the_message_names_the_frame() -> None:
    logits = np.zeros((5, 3), dtype=np.float32)
    logits[3:, 1] = np.nan
    with pytest.raises(MalgwiError, match="in 2 of 5 frames, first in frame 3"):
        probabilities(logits)


def test_json() -> None:
    logits = np.full((4, len(ENGLISH)), -5, dtype=np.float32)
    for frame, token in enumerate(["[PAD]", "h", "o", "[PAD]"]):
        logits[frame, ENGLISH.tokens.index(token)] = 5
    transcript = decode(logits, ENGLISH, samples=1_400, hop=320, sample_rate=16_000)
    # One of ten tokens has e^10 times the weight of each other: 1 / (1 + 9 e^-10).
    assert transcript.to_json("a.wav") == {
        "file": "a.wav",
        "text": "ho",
        "duration_ms": 87,
        "words": [{"text": "ho", "start_ms": 20, "end_ms": 60, "confidence": 0.9996}],
    }


@given(st.lists(st.integers(0, len(ENGLISH) - 1), max_size=60))
def test_words_and_text_agree_with_the_vocabulary(ids: list[int]) -> None:
    frames = FrameTokens(np.array(ids, dtype=np.int64), np.full(len(ids), 0.5))
    transcript = assemble(
        frames, ENGLISH, samples=400 + 320 * len(ids), hop=320, sample_rate=16_000
    )
    assert transcript.text == ENGLISH.decode(ids)
    assert transcript.text == " ".join(word.text for word in transcript.words)
    bounds = [f for word in transcript.words for f in (word.start_frame, word.end_frame)]
    assert bounds == sorted(bounds)
    assert all(word.start_frame < word.end_frame for word in transcript.words)
    assert all(word.confidence == pytest.approx(0.5) for word in transcript.words)
