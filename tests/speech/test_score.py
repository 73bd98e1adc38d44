import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgwi.speech.score import (
    Confusion,
    Counts,
    Edit,
    Score,
    alignment_text,
    by_speaker,
    confused_characters,
    confused_words,
    edit_script,
    interval,
    measure_for,
    rank,
    score_utterance,
    wer,
    worst,
)


def test_counts_by_hand() -> None:
    scored = score_utterance("turn on the light in here", "turn the lights in here now")
    assert scored.words == Counts(hits=4, substitutions=1, deletions=1, insertions=1)
    assert scored.words.reference == 6
    assert scored.words.errors == 3
    assert scored.words.rate == 0.5


def test_alignment_by_hand() -> None:
    assert edit_script(["a", "b", "c"], ["a", "x", "c", "d"]) == (
        Edit("hit", "a", "a"),
        Edit("substitution", "b", "x"),
        Edit("hit", "c", "c"),
        Edit("insertion", "", "d"),
    )
    assert edit_script(["a"], []) == (Edit("deletion", "a", ""),)


def test_characters_with_and_without_spaces() -> None:
    scored = score_utterance("a bc", "abc")
    assert scored.characters == Counts(hits=3, deletions=1)
    assert scored.characters_nospace == Counts(hits=3)


def test_characters_are_nfc_code_points() -> None:
    decomposed = "\u1106\u1161\u11af"  # three jamo, one syllable
    scored = score_utterance("말", decomposed)
    assert scored.characters == Counts(hits=1)
    assert scored.words == Counts(hits=1)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "counts", "rate"),
    [
        ("", "", Counts(), 0.0),
        ("a b", "", Counts(deletions=2), 1.0),
        ("", "a b", Counts(insertions=2), 2.0),
        ("a", "a", Counts(hits=1), 0.0),
        ("a", "x y z", Counts(substitutions=1, insertions=2), 3.0),
    ],
)
def test_empty_and_one_word(reference: str, hypothesis: str, counts: Counts, rate: float) -> None:
    scored = score_utterance(reference, hypothesis)
    assert scored.words == counts
    assert scored.words.rate == rate
    assert wer([reference], [hypothesis]) == rate


def test_total_is_of_all_words_not_the_mean_of_rates() -> None:
    parts = [score_utterance("a b c d", "a b c d"), score_utterance("a", "b")]
    assert Score.of(parts).words.rate == pytest.approx(1 / 5)
    assert wer(["a b c d", "a"], ["a b c d", "b"]) == pytest.approx(1 / 5)
    assert Score.of([]).words == Counts()


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        wer(["a", "b"], ["a"])


_texts = st.lists(st.sampled_from(["a", "b", "ab", "말", "귀가", "ö"]), max_size=7).map(" ".join)


@given(st.lists(st.tuples(_texts, _texts), min_size=1, max_size=5))
def test_agrees_with_jiwer(pairs: list[tuple[str, str]]) -> None:
    references = [reference for reference, _ in pairs]
    hypotheses = [hypothesis for _, hypothesis in pairs]
    ours = Score.of(score_utterance(r, h) for r, h in pairs)
    theirs = jiwer.process_words(references, hypotheses)
    expected = (theirs.hits, theirs.substitutions, theirs.deletions, theirs.insertions)
    words = ours.words
    assert (words.hits, words.substitutions, words.deletions, words.insertions) == expected
    assert words.rate == pytest.approx(theirs.wer)
    assert ours.characters.rate == pytest.approx(jiwer.cer(references, hypotheses))
    assert wer(references, hypotheses) == words.rate


def test_interval() -> None:
    assert interval([Counts(hits=3)]) is None
    assert interval([Counts(hits=3)] * 5) == (0.0, 0.0)
    counts = [Counts(hits=8, substitutions=2)] * 50 + [Counts(hits=2, deletions=8)] * 50
    low, high = interval(counts) or (0.0, 0.0)
    # Each utterance's rate is .2 or .8 with equal chance: standard error .3 / sqrt(100) = .03.
    assert low == pytest.approx(0.5 - 1.96 * 0.03, abs=0.015)
    assert high == pytest.approx(0.5 + 1.96 * 0.03, abs=0.015)
    assert interval(counts) == (low, high)  # seeded
    assert interval(counts, seed=1) != (low, high)


def test_by_speaker() -> None:
    utterances = [
        score_utterance("a b", "a b", speaker="zoe"),
        score_utterance("a b", "a c", speaker="amy"),
        score_utterance("a", "", speaker="amy"),
        score_utterance("a", ""),
    ]
    speakers = by_speaker(utterances)
    assert list(speakers) == ["amy", "zoe"]
    assert speakers["amy"].words == Counts(hits=1, substitutions=1, deletions=1)
    assert speakers["zoe"].words.rate == 0


def test_worst() -> None:
    utterances = [
        score_utterance("a b", "a b", id="right"),
        score_utterance("a b", "a c", id="half"),
        score_utterance("a b", "a cd", id="half, further off"),
        score_utterance("a b", "c d", id="all"),
    ]
    assert [u.id for u in worst(utterances)] == ["all", "half, further off", "half"]
    assert [u.id for u in worst(utterances, 1)] == ["all"]


def test_confusions() -> None:
    utterances = [
        score_utterance("the two cats", "the too cats"),
        score_utterance("two", "too"),
        score_utterance("cats", ""),
    ]
    assert confused_words(utterances) == [Confusion("two", "too", 2), Confusion("cats", "", 1)]
    assert confused_words(utterances, 1) == [Confusion("two", "too", 2)]
    assert confused_characters(utterances)[0] == Confusion("w", "o", 2)


def test_alignment_text() -> None:
    alignment = score_utterance(
        "turn on the light in here", "turn the lights in here now"
    ).alignment
    assert alignment_text(alignment) == (
        "REF: turn on the light  in here ***\n"
        "HYP: turn ** the lights in here now\n"
        "          D      S              I"
    )
    korean = score_utterance("불을 켜", "불 켜").alignment
    assert alignment_text(korean) == "REF: 불을 켜\nHYP: 불   켜\n     S"
    assert alignment_text([]) == "REF:\nHYP:\n"
    assert alignment_text(korean, 12) == alignment_text(korean)
    assert alignment_text(korean, 11) == "REF: 불을\nHYP: 불\n     S\nREF: 켜\nHYP: 켜\n"
    assert alignment_text(alignment, 1).count("\n") == 3 * 7 - 1  # a word a part


@pytest.mark.parametrize(
    ("texts", "measure"),
    [
        (["call emma at work", "yes"], "WER"),
        (["lentokonesuihkuturbiinimoottori on rikki ja odottaa"], "WER"),  # 45 letters, 5 words
        (["오늘은 날씨가 아주 좋아서"], "WER"),
        (["今天 天气 很 好"], "WER"),  # separated by whoever wrote it: 6 letters, 4 words
        (["打开"], "WER"),  # a command: 2 letters count as 6
        (["今天天气很好", "我们去公园走走"], "CER"),  # 13 letters count as 39, 2 words
        (["今天天气很好 我们去公园走走"], "CER"),  # spaces for punctuation
        (["きょうはいいてんきです"], "CER"),
        (["วันนี้อากาศดีมากเราไปเดินเล่น"], "CER"),
        (["a" * 15], "WER"),
        (["a" * 16], "CER"),
        ([""], "WER"),
    ],
)
def test_spaces_separate_words_or_do_not(texts: list[str], measure: str) -> None:
    assert measure_for(texts) == measure


def test_without_a_token_for_spaces_no_word_can_be_told() -> None:
    assert measure_for(["call emma"], delimiter=False) == "CER"


def test_what_says_nothing_is_not_the_best() -> None:
    mute, learnt, better = (1.0, 1.0), (1.2, 0.287), (0.9, 0.3)
    assert rank("CER", *learnt) < rank("CER", *mute)
    assert rank("WER", *learnt) < rank("WER", *mute)
    assert rank("WER", *better) < rank("WER", *learnt)  # words count where there are right ones
    assert rank("WER", 0.5, 0.2) < rank("WER", 0.5, 0.3)
