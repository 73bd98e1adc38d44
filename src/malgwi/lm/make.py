"""`malgwi lm`: text files and prepared data sets to a language model."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from dataclasses import replace as replace_fields
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.dataset.manifest import MANIFEST, load_dataset
from malgwi.errors import MalgwiError
from malgwi.lm.arpa import write_arpa
from malgwi.lm.kneser_ney import estimate
from malgwi.lm.lm_file import write_lm
from malgwi.lm.ngram import LanguageModel
from malgwi.publish import claim_file
from malgwi.speech.language import UNKNOWN, resolve
from malgwi.speech.notation import Notation, read
from malgwi.speech.text import PLAIN, Normalisation, digits, normalise
from malgwi.text_file import TextFiles

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Estimated:
    """What a language model was made of, and what it is worth."""

    path: Path
    order: int
    ngrams: tuple[int, ...]
    """Of each order."""
    sentences: int
    words: int
    left_out: int
    """Lines with digits."""
    bytes: int
    validation: dict[str, "Fit"] = field(default_factory=dict)
    """Of each data set among the sources, on its validation split."""

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON types."""
        return {**asdict(self), "path": str(self.path)}


@dataclass(frozen=True)
class Fit:
    """How well a model foretells sentences."""

    perplexity: float
    """Of each word and end of sentence; unknown words count as `<unk>`."""
    unknown: float
    """Share of words that the model doesn't have, 0 to 1."""


def make_lm(
    sources: Sequence[Path],
    output: Path,
    *,
    order: int = 3,
    prune: Sequence[int] = (),
    language: str | None = None,
    keep_letters: str = "",
    keep_digits: bool = False,
    notation: Notation = Notation(),  # noqa: B008 - immutable
    replace: bool = False,
    warn: Callable[[str], object] = lambda _: None,
) -> Estimated:
    """Estimate a language model and write it.

    Args:
        sources: text files, a sentence a line; folders that `malgwi prepare` wrote, of
            which only the training split is read.
        output: `NAME.arpa`, or `NAME.bin` for the binary form with weights that aren't tuned.
        order: words of the longest n-grams, 1 to 6.
        prune: for each order the count up to which n-grams are left out.
        language: of the text, by tag or name; suggests the encoding of files that aren't UTF-8.
        keep_letters: as `prepare` has it.
        keep_digits: as `prepare` has it.
        notation: as `prepare` has it, for the text files.
        replace: whether `output` may exist.
        warn: told what is odd about the text.

    Raises:
        MalgwiError: a source can't be read, holds no words, or the output can't be written.
    """
    if output.suffix not in (".arpa", ".bin"):
        raise MalgwiError(f"{output}: expected a name that ends in .arpa or .bin")
    place = claim_file(output, replace=replace)
    sentences: list[list[str]] = []
    left_out = 0
    tags: Counter[str] = Counter()
    rules = Normalisation(resolve(language) or UNKNOWN, keep_letters, keep_digits=keep_digits)
    rules = _rules(sources, rules)
    files = TextFiles(rules.language)
    for source in sources:
        for line in _lines(source, files, notation, tags):
            text = normalise(line, rules)
            if not rules.keep_digits and digits(text):
                left_out += 1
            elif text:
                sentences.append(text.split())
    for note in files.notes():
        warn(note)
    if tags:
        commonest = ", ".join(f"{tag} {count:,}" for tag, count in tags.most_common(10))
        warn(f"tags: {commonest}; --tags says what becomes of them (drop, keep or set-aside)")
    if left_out:
        warn(
            f"{left_out} lines with digits are left out, since nobody can tell how they are "
            "spoken; write numbers as words"
        )
    name = ", ".join(map(str, sources))
    model = estimate(sentences, order=order, prune=prune, source=name, warn=warn)
    model = replace_fields(model, rules=rules)
    if output.suffix == ".arpa":
        write_arpa(model, place)
    else:
        write_lm(model, place)
    return Estimated(
        path=output,
        order=order,
        ngrams=tuple(len(table.prob) for table in model.tables),
        sentences=len(sentences),
        words=sum(map(len, sentences)),
        left_out=left_out,
        bytes=output.stat().st_size,
        validation={str(s): fit for s in sources if (fit := _validation(model, s))},
    )


def _rules(sources: Sequence[Path], asked: Normalisation) -> Normalisation:
    """Return how the text is normalised: as the data sets among the sources are.

    Raises:
        MalgwiError: they don't agree with each other, or with what was asked for.
    """
    rules = {source: load_dataset(source).vocab.rules for source in sources if source.is_dir()}
    if not rules:
        return asked
    first, chosen = next(iter(rules.items()))
    wanted = {} if asked == PLAIN else {Path("the options"): asked}
    for source, other in (rules | wanted).items():
        if told := chosen.differs(other):
            raise MalgwiError(
                f"{first} and {source} normalise otherwise ({told}); one language model has one "
                "spelling: give the same options, or prepare the data again"
            )
    return chosen


def _lines(source: Path, files: TextFiles, notation: Notation, tags: Counter[str]) -> Iterator[str]:
    if source.is_dir():
        for utterance in load_dataset(source).split("train"):
            yield utterance.text
        return
    for line in files.read(source).splitlines():
        reading = read(line, notation)
        tags.update(reading.tags)
        if not reading.set_aside:
            yield reading.text


def _validation(model: LanguageModel, source: Path) -> Fit | None:
    if not (source / MANIFEST).is_file():
        return None
    held = [u.text.split() for u in load_dataset(source).utterances if u.split == "valid"]
    return fit_of(model, held) if any(held) else None


def fit_of(model: LanguageModel, sentences: Sequence[Sequence[str]]) -> Fit:
    """Return how well a model foretells sentences of at least one word."""
    words = [word for sentence in sentences for word in sentence]
    events = len(words) + (len(sentences) if model.eos is not None else 0)
    total = sum(model.sentence(sentence) for sentence in sentences)
    unknown = sum(model.find(word) is None for word in words)
    return Fit(exp(-total / events), unknown / len(words))


def print_estimated(result: Estimated, console: "Console") -> None:
    """Print what was written."""
    from rich.markup import escape

    counts = ", ".join(f"{n:,} of order {i}" for i, n in enumerate(result.ngrams, 1))
    console.print(
        f"[bold]{escape(str(result.path))}[/bold]: {result.sentences:,} sentences, "
        f"{result.words:,} words; n-grams: {counts}; {result.bytes / 1e6:.2f} x 10⁶ bytes"
    )
    for name, fit in result.validation.items():
        console.print(
            f"{escape(name)}, valid: perplexity {fit.perplexity:.0f}, {fit.unknown:.1%} of the "
            "words unknown"
        )
