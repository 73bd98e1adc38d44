"""Beam search: the golden cases that Java reads too, and sums over all paths by brute force."""

import base64
import json
from collections import defaultdict
from functools import cache
from itertools import product
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgwi.decoding import beam as module
from malgwi.decoding.beam import BeamSearch
from malgwi.decoding.decode import Logits, assemble
from malgwi.decoding.fusion import UNKNOWN_LETTER, Fusion
from malgwi.decoding.hotwords import BOOST, make_hotwords
from malgwi.errors import MalgwiError
from malgwi.lm.lm_file import parse_lm
from malgwi.lm.ngram import LanguageModel, Weights
from malgwi.speech.vocab import Vocab
from places import GOLDEN

CASES = json.loads((GOLDEN / "beam.json").read_text(encoding="utf-8"))
AB = Vocab(("a", "b", "|", "[UNK]", "[PAD]"), blank=4, delimiter=2)
HOT = ("ab", "b a")


@cache
def _lm(name: str) -> LanguageModel:
    models = json.loads((GOLDEN / "ngram.json").read_text(encoding="utf-8"))["models"]
    return parse_lm(memoryview(base64.b64decode(models[name]["bin"])), name)


def _rows(segment: dict[str, Any], tokens: int) -> Logits:
    if "clip" in segment:
        clip = CASES["clips"][segment["clip"]]
        flat = np.frombuffer(base64.b64decode(clip["float16"]), dtype="<f2")
    else:
        flat = np.array([[float(x) for x in row] for row in segment["rows"]])
    rows = flat.astype(np.float32).reshape(-1, tokens)
    return np.tile(rows, (segment.get("times", 1), 1))


def _begin(case: dict[str, Any]) -> tuple[BeamSearch, Logits, Vocab]:
    keys = CASES["vocabularies"][case["vocabulary"]]
    vocab = Vocab(tuple(keys["tokens"]), keys["blank"], keys["delimiter"], keys["unit"])
    lm = _lm(case["lm"]) if case["lm"] else None
    if lm and "weights" in case:
        lm = lm.weighted(Weights(*case["weights"]))
    hotwords = make_hotwords(case["hotwords"], vocab, case["boost"])
    parts = [_rows(segment, len(vocab)) for segment in case["logits"]]
    logits = np.concatenate([np.zeros((0, len(vocab)), np.float32), *parts])
    return BeamSearch(vocab, Fusion(vocab, lm, hotwords), case["width"]), logits, vocab


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    search, logits, vocab = _begin(case)
    if case.get("error"):
        with pytest.raises(MalgwiError, match="not a number in 1 of 2 frames, first in frame 1"):
            search.advance(logits)
        return
    search.advance(logits)
    found = search.alternatives(len(case["nbest"]))
    assert [a.text for a in found] == [a["text"] for a in case["nbest"]]
    assert [a.score for a in found] == pytest.approx([a["score"] for a in case["nbest"]], abs=1e-6)
    assert search.stable() == case["stable"]
    frames = search.frame_tokens()
    assert len(frames.ids) == len(logits)
    transcript = assemble(frames, vocab, samples=10**9, hop=320, sample_rate=16_000)
    assert transcript.text == found[0].text
    for word, expected in zip(transcript.words, case["words"], strict=True):
        assert (word.text, word.start_frame, word.end_frame) == (
            expected["text"],
            expected["start_frame"],
            expected["end_frame"],
        )
        assert word.confidence == pytest.approx(expected["confidence"], abs=1e-6)


def _spelt(path: tuple[int, ...]) -> tuple[int, ...]:
    """Collapse a path: runs, then separators that a text can't hold."""
    spelt: list[int] = []
    last = 4
    for token in path:
        if token != last and token < 3 and not (token == 2 and (not spelt or spelt[-1] == 2)):
            spelt.append(token)
        last = token if token < 3 else 4
    return tuple(spelt)


def _score(text: str, mass: float, *, lm: bool, hot: bool) -> float:
    """Work out section 2 of the specification word by word."""
    total, words = log(mass), text.split()
    if lm:
        model = _lm("trigram")
        alpha, beta, unknown = 0.5, 1.0, 6.0  # what the file holds
        total += alpha * model.sentence(words) + beta * len(words)
        exempt = "ab b a".split() if hot else []  # noqa: SIM905
        total -= sum(
            unknown + UNKNOWN_LETTER * len(word)
            for word in words
            if model.find(word) is None and word not in exempt
        )
    if hot:
        padded = f" {' '.join(words)} "
        places = [padded.startswith(f" {h} ", i) * len(h) for h in HOT for i in range(len(padded))]
        total += 0.7 * sum(places)
    return total


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 5), st.booleans(), st.booleans())
def test_a_wide_beam_is_the_sum_over_all_paths(seed: int, frames: int, lm: bool, hot: bool) -> None:
    logits = (np.random.default_rng(seed).normal(size=(frames, 5)) * 2).astype(np.float32)
    chances = np.exp(logits.astype(np.float64))
    chances /= chances.sum(axis=1, keepdims=True)
    masses: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(5), repeat=frames):
        masses[_spelt(path)] += float(np.prod(chances[np.arange(frames), path]))
    expected: dict[str, float] = {}
    for spelt, mass in masses.items():
        text = "".join("ab "[s] for s in spelt).strip()
        score = _score(text, mass, lm=lm, hot=hot)
        expected[text] = max(score, expected.get(text, score))  # with or without a last separator
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FLOOR", 0.0)
        patch.setattr(module, "REACH", 1e-200)
        hotwords = make_hotwords(HOT, AB, 0.7) if hot else None
        search = BeamSearch(AB, Fusion(AB, _lm("trigram") if lm else None, hotwords), 1000)
        search.advance(logits)
    found = search.alternatives(10_000)
    assert {a.text: a.score for a in found} == pytest.approx(expected, abs=1e-9)
    assert [a.score for a in found] == sorted((a.score for a in found), reverse=True)


LONG = next(c for c in CASES["cases"] if c["name"].startswith("a long recording"))


@pytest.fixture(scope="module")
def whole() -> BeamSearch:
    """The long recording, fed at once."""
    search, logits, _ = _begin(LONG)
    search.advance(logits)
    return search


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, 800), max_size=6))
def test_sizes_that_are_fed_change_nothing(whole: BeamSearch, cuts: list[int]) -> None:
    search, logits, _ = _begin(LONG)
    stable = ""
    for part in np.split(logits, sorted(cuts)):
        search.advance(part)
        assert search.stable().startswith(stable)
        stable = search.stable()
        assert search.alternatives()[0].text.startswith(stable)
        search.frame_tokens()
    assert search.alternatives(5) == whole.alternatives(5)
    assert search.frame_tokens().ids.tolist() == whole.frame_tokens().ids.tolist()
    assert whole.alternatives()[0].text.startswith(stable)


def test_the_constants_are_javas() -> None:
    assert {
        "beam": module.WIDTH,
        "widest": module.MOST_WIDTH,
        "floor": module.FLOOR,
        "reach": log(module.REACH),
        "commit": module.COMMIT,
        "pending": module.PENDING,
        "unknown_letter": UNKNOWN_LETTER,
        "boost": BOOST,
    } == pytest.approx(CASES["constants"])


def test_frame_by_frame() -> None:
    search, logits, _ = _begin(LONG)
    for frame in logits[:450]:
        search.advance(frame[None])
    whole, _, _ = _begin(LONG)
    whole.advance(logits[:450])
    assert search.alternatives(5) == whole.alternatives(5)


def test_memory_does_not_grow_with_the_recording() -> None:
    """What is kept after an hour is what is pending, not more than after a minute."""
    search, logits, _ = _begin(LONG)
    sizes = []
    for _ in range(8):
        search.advance(np.tile(logits, (2, 1)))
        pending = sum(len(part) for part in search._pending)
        sizes.append((pending, _nodes(search)))
    assert max(pending for pending, _ in sizes) < module.PENDING + module.COMMIT
    assert max(nodes for _, nodes in sizes[4:]) < 3 * max(nodes for _, nodes in sizes[:2])


def _nodes(search: BeamSearch) -> int:
    todo, count = [search._shared()], 0
    while todo:
        count += 1
        todo += todo.pop().children.values()
    return count


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.1, 6.0))
def test_noise_of_any_length_is_settled(seed: int, sharpness: float) -> None:
    """Frames that mean nothing, where the beam agrees late or never."""
    rng = np.random.default_rng(seed)
    logits = (rng.normal(size=(int(rng.integers(1, 900)), 5)) * sharpness).astype(np.float32)
    search = BeamSearch(AB, Fusion(AB, _lm("trigram")), 4)
    search.advance(logits)
    text = search.alternatives()[0].text
    found = assemble(search.frame_tokens(), AB, samples=10**9, hop=320, sample_rate=16_000)
    assert found.text == text


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.1, 4.0), st.booleans(), st.booleans())
def test_what_is_not_begun_would_not_have_stayed(
    seed: int, width: int, sharpness: float, lm: bool, hot: bool
) -> None:
    rng = np.random.default_rng(seed)
    logits = (rng.normal(size=(60, 5)) * sharpness).astype(np.float32)
    found = []
    for less in (module._LESS, 0.0):  # 0: every prefix is begun
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_LESS", less)
            hotwords = make_hotwords(HOT, AB) if hot else None
            search = BeamSearch(AB, Fusion(AB, _lm("trigram") if lm else None, hotwords), width)
            search.advance(logits)
            found.append((search.alternatives(width), search.frame_tokens().ids.tolist()))
    assert found[0] == found[1]


def test_an_error_leaves_the_search_as_it_was() -> None:
    search, logits, _ = _begin(LONG)
    search.advance(logits[:300])
    before = search.alternatives(3)
    broken = logits[300:700].copy()
    broken[250, 3] = np.nan
    with pytest.raises(MalgwiError):
        search.advance(broken)
    assert search.alternatives(3) == before


@pytest.mark.parametrize("width", [0, -1, 1_001])
def test_the_width_has_a_range(width: int) -> None:
    with pytest.raises(MalgwiError, match=f"beam width {width}: expected 1 to 1000"):
        BeamSearch(AB, width=width)
