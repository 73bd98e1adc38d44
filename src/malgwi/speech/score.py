"""Word and character error rates: counts and alignments first, rates as fields of them.

Pure: texts in, numbers out; both sides are taken as they are, so normalise them first
(`malgwi.speech.text.normalise`). The alignment is a shortest Levenshtein edit script found by
rapidfuzz, the engine of jiwer, and the totals are jiwer's; the interval is a percentile bootstrap
over utterances (Bisani and Ney 2004, "Bootstrap estimates for confidence intervals in ASR
performance evaluation").
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.cells import cell_len

EditKind = Literal["hit", "substitution", "deletion", "insertion"]
Measure = Literal["WER", "CER"]
"""The rate that a model is judged by."""

LONGEST_MEAN_WORD = 15
"""Letters a word on average, above which spaces don't separate words. No language that does so
comes near; a Chinese or Japanese letter counts as three, for most words there have two."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of an alignment: a word or character of one side against that of the other."""

    kind: EditKind
    reference: str
    """Empty for an insertion."""
    hypothesis: str
    """Empty for a deletion."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many words or characters were right, changed, left out and put in."""

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def reference(self) -> int:
        """The number of words or characters that were spoken."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors for each word or character spoken, 0 or more; it can exceed 1.

        Where nothing was spoken it is the number of insertions (as with jiwer): 0 when nothing
        was heard either.
        """
        return self.errors / max(self.reference, 1)

    def __add__(self, other: "Counts") -> "Counts":
        """Add up two parts of a data set."""
        return Counts(
            self.hits + other.hits,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


@dataclass(frozen=True, slots=True)
class UtteranceScore:
    """One utterance's counts and its alignment by words."""

    id: str
    speaker: str | None
    reference: str
    hypothesis: str
    words: Counts
    characters: Counts
    """Of NFC code points, spaces included."""
    characters_nospace: Counts
    alignment: tuple[Edit, ...]

    def counts(self, measure: Measure) -> Counts:
        """Return the counts behind a rate."""
        return self.words if measure == "WER" else self.characters


@dataclass(frozen=True)
class Score:
    """The counts of several utterances together."""

    words: Counts
    characters: Counts
    characters_nospace: Counts

    @classmethod
    def of(cls, utterances: Iterable[UtteranceScore]) -> "Score":
        """Add up the counts of `utterances`; no utterance gives zeros."""
        words, characters, nospace = Counts(), Counts(), Counts()
        for u in utterances:
            words += u.words
            characters += u.characters
            nospace += u.characters_nospace
        return cls(words, characters, nospace)

    def counts(self, measure: Measure) -> Counts:
        """Return the counts behind a rate."""
        return self.words if measure == "WER" else self.characters

    @property
    def wer(self) -> float:
        """Word error rate."""
        return self.words.rate

    @property
    def cer(self) -> float:
        """Character error rate over NFC code points, spaces included."""
        return self.characters.rate


def measure_for(references: Sequence[str], *, delimiter: bool = True) -> Measure:
    """Return what a model for such normalised texts is to be judged by.

    WER where spaces separate words. Where they don't, one wrong letter makes a sentence wrong, so
    WER says nothing: CER.

    Args:
        references: what was spoken.
        delimiter: whether the vocabulary has a token for spaces at all.
    """
    words = [word for text in references for word in text.split()]
    letters = sum(3 if _ideograph(char) else 1 for word in words for char in word)
    return "WER" if delimiter and letters <= LONGEST_MEAN_WORD * len(words) else "CER"


def _ideograph(char: str) -> bool:
    name = unicodedata.name(char, "")
    return name.startswith(("CJK UNIFIED", "HIRAGANA LETTER", "KATAKANA LETTER"))


def rank(measure: Measure, wer: float, cer: float) -> tuple[float, float]:
    """Return what models are ordered by, the best first.

    Among models of equal WER the CER decides, and so it does where no word is right: a WER above
    1 isn't worse than that of a model that says nothing.
    """
    return (cer, wer) if measure == "CER" else (min(wer, 1.0), cer)


def edit_script(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Edit, ...]:
    """Align two lists of words or of characters with the fewest edits."""
    edits: list[Edit] = []
    for op in Levenshtein.opcodes(reference, hypothesis):
        said = reference[op.src_start : op.src_end]
        heard = hypothesis[op.dest_start : op.dest_end]
        match op.tag:
            case "equal":
                edits += [Edit("hit", word, word) for word in said]
            case "replace":
                pairs = zip(said, heard, strict=True)
                edits += [Edit("substitution", word, other) for word, other in pairs]
            case "delete":
                edits += [Edit("deletion", word, "") for word in said]
            case _:
                edits += [Edit("insertion", "", word) for word in heard]
    return tuple(edits)


def count(alignment: Iterable[Edit]) -> Counts:
    """Count the kinds of edits of an alignment."""
    kinds = Counter(edit.kind for edit in alignment)
    return Counts(kinds["hit"], kinds["substitution"], kinds["deletion"], kinds["insertion"])


def score_utterance(
    reference: str,
    hypothesis: str,
    *,
    id: str = "",  # noqa: A002 - the manifest's key
    speaker: str | None = None,
) -> UtteranceScore:
    """Score one normalised hypothesis against its normalised reference; either may be empty."""
    reference = unicodedata.normalize("NFC", reference)
    hypothesis = unicodedata.normalize("NFC", hypothesis)
    alignment = edit_script(reference.split(), hypothesis.split())
    return UtteranceScore(
        id=id,
        speaker=speaker,
        reference=reference,
        hypothesis=hypothesis,
        words=count(alignment),
        characters=count(edit_script(reference, hypothesis)),
        characters_nospace=count(edit_script(_nospace(reference), _nospace(hypothesis))),
        alignment=alignment,
    )


def _nospace(text: str) -> str:
    return "".join(text.split())


def wer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Return the word error rate of all utterances together.

    Raises:
        ValueError: the two lists differ in length.
    """
    return score_texts(references, hypotheses).wer


def score_texts(references: Sequence[str], hypotheses: Sequence[str]) -> Score:
    """Return the counts of all normalised utterances together.

    Raises:
        ValueError: the two lists differ in length.
    """
    pairs = zip(references, hypotheses, strict=True)
    return Score.of(score_utterance(reference, hypothesis) for reference, hypothesis in pairs)


def interval(
    counts: Sequence[Counts], *, resamples: int = 1000, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95 % interval of the rate of all `counts` together, one entry an utterance.

    Utterances are drawn with replacement `resamples` times. None for fewer than two utterances,
    about which a bootstrap can say nothing.
    """
    if len(counts) < 2:
        return None
    errors = np.array([c.errors for c in counts], dtype=np.int64)
    spoken = np.array([c.reference for c in counts], dtype=np.int64)
    draw = np.random.default_rng(seed)
    rates = []
    for _ in range(resamples):
        chosen = draw.integers(0, len(counts), len(counts))
        rates.append(errors[chosen].sum() / max(spoken[chosen].sum(), 1))
    low, high = np.percentile(rates, [2.5, 97.5])
    return float(low), float(high)


def by_speaker(utterances: Iterable[UtteranceScore]) -> dict[str, Score]:
    """Return one score a speaker, by name; utterances without a speaker are left out."""
    groups: dict[str, list[UtteranceScore]] = {}
    for u in utterances:
        if u.speaker is not None:
            groups.setdefault(u.speaker, []).append(u)
    return {speaker: Score.of(groups[speaker]) for speaker in sorted(groups)}


def worst(
    utterances: Iterable[UtteranceScore], number: int = 10, measure: Measure = "WER"
) -> list[UtteranceScore]:
    """Return up to `number` utterances with errors, highest rate first.

    Among equals the one with more character errors stands first, then the order by id.
    """
    wrong = [u for u in utterances if u.words.errors]
    return sorted(wrong, key=lambda u: (-u.counts(measure).rate, -u.characters.errors, u.id))[
        :number
    ]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one word or character of the reference came out as another.

    `reference` is empty for an insertion, `hypothesis` for a deletion.
    """

    reference: str
    hypothesis: str
    times: int


def confused_words(utterances: Iterable[UtteranceScore], number: int = 10) -> list[Confusion]:
    """Return the `number` most frequent word errors."""
    return _confused(utterances, number, lambda u: u.alignment)


def confused_characters(utterances: Iterable[UtteranceScore], number: int = 10) -> list[Confusion]:
    """Return the `number` most frequent character errors, spaces included."""
    return _confused(utterances, number, lambda u: edit_script(u.reference, u.hypothesis))


def _confused(
    utterances: Iterable[UtteranceScore],
    number: int,
    alignment: Callable[[UtteranceScore], Iterable[Edit]],
) -> list[Confusion]:
    times = Counter(
        (edit.reference, edit.hypothesis)
        for u in utterances
        for edit in alignment(u)
        if edit.kind != "hit"
    )
    ranked = sorted(times.items(), key=lambda item: (-item[1], item[0]))[:number]
    return [Confusion(said, heard, n) for (said, heard), n in ranked]


_MARKS: dict[EditKind, str] = {"hit": "", "substitution": "S", "deletion": "D", "insertion": "I"}


def alignment_text(alignment: Iterable[Edit], width: float = inf) -> str:
    """Return three lines, reference, hypothesis and marks, with the words in columns.

    The missing side of a deletion or insertion is drawn in asterisks; S, D and I name the error.
    Wide (East Asian) characters count two columns. What doesn't fit `width` columns goes on in
    three more lines; a word that doesn't fit stands there alone.
    """
    parts: list[list[Edit]] = [[]]
    end = begin = len("REF:")
    for edit in alignment:
        end += 1 + _width(edit)
        if end > width and parts[-1]:
            parts.append([])
            end = begin + 1 + _width(edit)
        parts[-1].append(edit)
    return "\n".join(map(_three_lines, parts))


def _three_lines(alignment: Iterable[Edit]) -> str:
    rows: tuple[list[str], list[str], list[str]] = (["REF:"], ["HYP:"], ["    "])
    for edit in alignment:
        width = _width(edit)
        cells = (edit.reference or "*" * width, edit.hypothesis or "*" * width, _MARKS[edit.kind])
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell + " " * (width - _columns(cell)))
    return "\n".join(" ".join(row).rstrip() for row in rows)


def _width(edit: Edit) -> int:
    return max(_columns(edit.reference), _columns(edit.hypothesis))


def _columns(text: str) -> int:
    return cell_len(unicodedata.normalize("NFC", text))
