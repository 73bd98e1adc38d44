"""Pauses within annotated words: word_gaps.py."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annotation_files import aligned, media, tier, write_eaf
from corpora import found
from malgwi.annotation.annotation import Annotation, Tier
from malgwi.corpus.conventions import Conventions
from malgwi.dataset.prepare import prepare
from malgwi.dataset.word_gaps import gaps_in_words


def _tier(name: str, *said: tuple[float, float, str], parent: str | None = None) -> Tier:
    return Tier(name, tuple(Annotation(*one) for one in said), parent=parent)


WORD = (1.0, 2.0, "walked")


def _details(*tiers: Tier) -> list[str]:
    return [gap.detail for gap in gaps_in_words(tiers)]


@pytest.mark.parametrize("parent", [None, "words"])
def test_a_pause_between_the_parts_of_a_word(parent: str | None) -> None:
    parts = _tier("parts", (1.0, 1.4, "walk"), (1.75, 2.0, "ed"), parent=parent)
    assert _details(_tier("words", WORD), parts) == [
        "'walked' at 1.00 s has 0.35 s between 'walk' and 'ed'"
    ]


def test_a_pause_that_an_aligner_calls_one() -> None:
    """As MFA and WebMAUS write them."""
    for pause in ("sp", "<p:>", "sil"):
        parts = _tier("phones", (1.0, 1.4, "w"), (1.4, 1.75, pause), (1.75, 2.0, "d"))
        assert len(_details(_tier("words", WORD), parts)) == 1


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        # 0.3 s and no more
        (WORD, [(1.0, 1.4, "walk"), (1.7, 2.0, "ed")]),
        (WORD, [(1.0, 1.5, "walk"), (1.5, 2.0, "ed")]),
        # two words may have a pause between them
        ((1.0, 2.0, "walked on"), [(1.0, 1.4, "walked"), (1.75, 2.0, "on")]),
        # so may those of a sentence in letters without spaces
        ((1.0, 2.0, "今天很好"), [(1.0, 1.4, "今天"), (1.75, 2.0, "很好")]),
        # what doesn't fill it from edge to edge may be somebody else's
        (WORD, [(1.1, 1.4, "yes"), (1.75, 2.0, "no")]),
        (WORD, [(1.0, 1.4, "yes"), (1.75, 2.1, "no")]),
        (WORD, [(1.0, 2.0, "walked")]),
        (WORD, []),
        ((1.0, 2.0, ""), [(1.0, 1.4, "walk"), (1.75, 2.0, "ed")]),
    ],
)
def test_no_pause_in_a_word(
    words: tuple[float, float, str], parts: list[tuple[float, float, str]]
) -> None:
    assert _details(_tier("words", words), _tier("parts", *parts)) == []


def test_tiers_that_say_what_they_depend_on_are_taken_at_their_word() -> None:
    parts = [(1.1, 1.4, "walk"), (1.75, 1.9, "ed")]  # need not fill it
    mine = _tier("parts", *parts, parent="words")
    assert len(_details(_tier("words", WORD), mine)) == 1
    others = _tier("parts", (1.0, 1.4, "walk"), (1.75, 2.0, "ed"), parent="others")
    assert _details(_tier("words", WORD), others) == []


def test_prepare_names_the_utterance(tmp_path: Path) -> None:
    """Times in the recording begin 0.25 s later than those in the file."""
    noise = np.random.default_rng(0).normal(0, 0.1, 65 * 16_000)
    soundfile.write(tmp_path / "talk.wav", noise, 16_000)
    slots: dict[str, int | None] = {}
    tiers: list[str] = []

    def add(name: str, said: list[tuple[int, int, str]], parent: str) -> None:
        values = []
        for number, (start, end, text) in enumerate(said):
            first, last = f"{name}{number}a", f"{name}{number}b"
            slots.update({first: start, last: end})
            values.append(aligned(f"{name}{number}", first, last, text))
        extra = {"PARENT_REF": parent} if parent else {}
        tiers.append(tier(name, "included", *values, **extra))

    for who in ("Ana", "Ben"):
        add(who, [(1000 * i, 1000 * i + 900, "he walked") for i in range(60)], "")
    add("words", [(5000, 5200, "he"), (5200, 5900, "walked")], "Ana")
    add("parts", [(5200, 5400, "walk"), (5750, 5900, "ed")], "words")
    write_eaf(tmp_path / "talk.eaf", tiers, slots, [media("talk.wav", origin=250)])
    chosen = Conventions(tier=("Ana", "Ben"), speaker_from="file")
    gap = {"talk-5250-6150": "'walked' at 5.20 s has 0.35 s between 'walk' and 'ed'"}
    result = prepare(tmp_path, tmp_path / "out", conventions=chosen)
    assert found(result, "gap-in-word") == gap
    # Tiers are called after who speaks, so rows have their codes; words are found there, too.
    chosen = Conventions(tier=("Ana", "Ben"), speaker_from="tier")
    names = tmp_path / "names.json"
    result = prepare(tmp_path, tmp_path / "coded", conventions=chosen, pseudonyms=names)
    assert found(result, "gap-in-word") == gap
