"""Language models against the golden cases that Java reads too, and against sums by hand."""

import base64
import json
from itertools import product
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import places
from malgwi.errors import MalgwiError
from malgwi.lm.arpa import read_arpa
from malgwi.lm.lm_file import lm_bytes, parse_lm
from malgwi.lm.ngram import Grams, LanguageModel, Weights, build

GOLDEN = json.loads((places.GOLDEN / "ngram.json").read_text(encoding="utf-8"))


def _model(name: str) -> LanguageModel:
    return parse_lm(memoryview(base64.b64decode(GOLDEN["models"][name]["bin"])), name)


def _ids(model: LanguageModel, words: list[str]) -> list[int]:
    found = [model.find(word) for word in words]
    return [model.unk if i is None else i for i in found]


@pytest.mark.parametrize(
    "case", GOLDEN["words"], ids=lambda c: " ".join([*c["history"], c["word"]])
)
def test_words(case: dict[str, Any]) -> None:
    model = _model(case["model"])
    context = model.context(_ids(model, case["history"]))
    assert model.ln(context, _ids(model, [case["word"]])[0]) == pytest.approx(case["ln"], abs=1e-9)


@pytest.mark.parametrize("case", GOLDEN["sentences"], ids=lambda c: c["text"])
def test_sentences(case: dict[str, Any]) -> None:
    found = _model(case["model"]).sentence(case["text"].split())
    assert found == pytest.approx(case["ln"], abs=1e-9)


def test_backing_off_by_hand() -> None:
    # log10: -0.3 (<s>), -0.6 (b); -0.1 (b), -0.5 (a); b a isn't there, so </s> costs -0.2 - 0.7.
    assert _model("trigram").sentence(["b", "a"]) == pytest.approx(-2.4 * log(10), abs=1e-6)
    # a b is only there as the beginning of a b c: its own probability is backed off.
    pruned = _model("pruned")
    assert pruned.ln(pruned.context(_ids(pruned, ["a"])), _ids(pruned, ["b"])[0]) == pytest.approx(
        (-0.3 - 0.6) * log(10), abs=1e-6
    )


@pytest.mark.parametrize("name", list(GOLDEN["models"]))
def test_the_text_form_is_the_same_model(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.arpa"
    path.write_text(GOLDEN["models"][name]["arpa"], encoding="utf-8")
    model = _model(name)
    assert lm_bytes(read_arpa(path).weighted(model.weights)) == lm_bytes(model)


def test_an_unknown_word_is_as_likely_as_the_rarest_where_the_file_does_not_say() -> None:
    model = _model("unigram")  # a -0.5, </s> -0.25, b -1
    assert model.ln(model.start(), model.unk) == pytest.approx(-log(10), abs=1e-6)
    assert model.bos is None


def test_the_likeliest_word_that_begins_so() -> None:
    model = _model("commands")
    for beginning in ("", "t", "th", "li", "q", "zz", "the"):
        words = [i for i in range(len(model)) if model.word(i).startswith(beginning)]
        empty = model.context([])
        expected = max((model.ln(empty, i) for i in words), default=float("-inf"))
        assert model.likeliest(beginning) == expected, beginning


def test_estimated_probabilities_sum_to_one() -> None:
    model = _model("commands")
    assert model.bos is not None
    turn, on = _ids(model, ["turn", "on"])
    for history in (
        [],
        [model.bos],
        [turn],
        [model.bos, turn],
        [turn, on],
        [on, turn],
        [model.unk],
    ):
        context = model.context(history)
        total = sum(exp(model.ln(context, i)) for i in range(len(model)) if i != model.bos)
        assert total == pytest.approx(1.0, abs=1e-5)


def test_missing_beginnings_change_no_probability() -> None:
    words = ["a", "b", "<unk>"]
    ones = Grams(np.array([[0], [1], [2]]), np.log([0.5, 0.3, 0.2]), np.log([0.4, 0.5, 1.0]))
    three = Grams(np.array([[0, 1, 1], [1, 1, 0]]), np.log([0.9, 0.8]), np.zeros(2))
    none = Grams(np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0))
    model = build(words, [ones, none, three], "test")

    def expected(history: tuple[str, ...], word: str) -> float:
        stated: dict[tuple[str, ...], float] = {("a", "b", "b"): 0.9, ("b", "b", "a"): 0.8}
        if (*history, word) in stated:
            return stated[*history, word]
        off = {"a": 0.4, "b": 0.5, "<unk>": 1.0}[history[-1]]
        return off * {"a": 0.5, "b": 0.3, "<unk>": 0.2}[word]

    for history in product(words, repeat=2):
        for word in words:
            context = model.context(_ids(model, list(history)))
            found = exp(model.ln(context, _ids(model, [word])[0]))
            assert found == pytest.approx(expected(history, word), rel=1e-6), (history, word)


def test_the_same_n_gram_twice_is_named() -> None:
    ones = Grams(np.array([[0], [1]]), np.log([0.5, 0.5]), np.zeros(2))
    twos = Grams(np.array([[0, 1], [0, 1]]), np.log([0.5, 0.4]), np.zeros(2))
    with pytest.raises(MalgwiError, match="'a <unk>' occurs twice"):
        build(["a", "<unk>"], [ones, twos], "test")


def test_weights_out_of_range_are_named() -> None:
    with pytest.raises(MalgwiError, match="alpha is -1"):
        Weights(alpha=-1)
    with pytest.raises(MalgwiError, match="beta is nan"):
        Weights(beta=float("nan"))
