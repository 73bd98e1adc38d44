"""Modified Kneser-Ney against counts by hand, and the laws that every estimate obeys."""

from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgwi.errors import MalgwiError
from malgwi.lm.kneser_ney import discounts, estimate
from malgwi.lm.make import fit_of
from malgwi.lm.ngram import LanguageModel

# a and b and c each follow one word, </s> follows two: 5 continuations. Discounts are 0.5 and 1,
# so 2.5 of 5 go to the uniform distribution over a, b, c, </s>, <unk>: 0.1 each.
PAIR = [["a", "b"], ["a", "c"]]


def _p(model: LanguageModel, history: str, word: str) -> float:
    ids = [model.find(w) for w in history.split()]
    index = model.find(word)
    assert index is not None
    return exp(model.ln(model.context([i for i in ids if i is not None]), index))


def test_order_1_by_hand() -> None:
    model = estimate(PAIR, order=2)
    found = {word: _p(model, "", word) for word in ("a", "b", "c", "</s>", "<unk>")}
    expected = {"a": 0.2, "b": 0.2, "c": 0.2, "</s>": 0.3, "<unk>": 0.1}
    assert found == pytest.approx(expected, abs=1e-6)


def test_order_2_by_hand() -> None:
    model = estimate(PAIR, order=2)
    assert _p(model, "<s>", "a") == pytest.approx((2 - 1) / 2 + 1 / 2 * 0.2, abs=1e-6)
    assert _p(model, "a", "b") == pytest.approx((1 - 0.5) / 2 + 1 / 2 * 0.2, abs=1e-6)
    assert _p(model, "b", "</s>") == pytest.approx((1 - 0.5) / 1 + 0.5 / 1 * 0.3, abs=1e-6)
    assert _p(model, "b", "b") == pytest.approx(0.5 * 0.2, abs=1e-6)
    assert model.sentence(["a", "b"]) == pytest.approx(log(0.6 * 0.35 * 0.65), abs=1e-5)
    assert fit_of(model, [["a", "b"]]).perplexity == pytest.approx(
        (0.6 * 0.35 * 0.65) ** (-1 / 3), abs=1e-5
    )


def test_n_grams_that_begin_a_sentence_keep_their_own_counts() -> None:
    # Order 3: <s> a was seen twice, and that is its count in order 2; a b follows <s> only.
    model = estimate(PAIR, order=3)
    assert _p(model, "<s>", "a") == pytest.approx(0.6, abs=1e-6)
    assert _p(model, "a", "b") == pytest.approx(0.35, abs=1e-6)
    # <s> a b: 0.5 of 2, and 0.5 of what order 2 says.
    assert _p(model, "<s> a", "b") == pytest.approx(0.25 + 0.5 * 0.35, abs=1e-6)


def test_pruned_n_grams_back_off_with_their_whole_mass() -> None:
    model = estimate(PAIR, order=2, prune=[0, 1])
    assert [len(t.prob) for t in model.tables] == [6, 1]  # <s> a alone was seen twice
    assert _p(model, "a", "b") == pytest.approx(0.2, abs=1e-6)
    assert _p(model, "<s>", "a") == pytest.approx(0.6, abs=1e-6)


def test_discounts_of_chen_and_goodman() -> None:
    counts = np.array([1] * 4 + [2] * 2 + [3, 4])  # y = 4 / (4 + 2 * 2) = 0.5
    warned: list[str] = []
    assert discounts(counts, 1, warned.append).tolist() == [0.0, 0.5, 1.25, 1.0]
    assert not warned
    assert discounts(counts[:-1], 2, warned.append).tolist() == [0.0, 0.5, 1.0, 1.5]
    assert "order 2" in warned[0]


sentences = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6), min_size=1)


@given(sentences, st.integers(1, 4), st.sampled_from([(), (0, 1), (0, 0, 2)]))
def test_every_history_sums_to_one(
    text: list[list[str]], order: int, prune: tuple[int, ...]
) -> None:
    model = estimate(text, order=order, prune=prune[:order])
    histories = [[], [model.bos], [model.find(text[0][0])], [model.find(w) for w in text[0][:3]]]
    histories.append([model.bos, model.find(text[-1][0])])
    for history in histories:
        context = model.context([i for i in history if i is not None])
        words = [i for i in range(len(model)) if i != model.bos]
        assert sum(exp(model.ln(context, i)) for i in words) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("order", "prune", "message"),
    [
        (0, (), "order 0: expected 1 to 6"),
        (7, (), "order 7"),
        (3, (1,), "prune 1: expected"),
        (3, (0, 2, 1), "prune 0,2,1"),
        (2, (0, 0, 1), "prune 0,0,1"),
    ],
)
def test_wrong_options(order: int, prune: tuple[int, ...], message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        estimate(PAIR, order=order, prune=prune)


def test_no_words() -> None:
    with pytest.raises(MalgwiError, match=r"notes\.txt: no words to learn from"):
        estimate([[], []], source=str(Path("notes.txt")))
