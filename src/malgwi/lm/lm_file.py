"""`lm.bin`: a language model with its weights, mapped into memory instead of read.

The layout is specified in `docs/language-model.md`; Java maps the same file.
"""

import json
import mmap
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from malgwi.errors import MalgwiError
from malgwi.lm.arpa import read_arpa
from malgwi.lm.ngram import MOST_NGRAMS, MOST_ORDER, Floats, Ints, LanguageModel, Table, Weights
from malgwi.publish import Place, publish_file
from malgwi.speech.text import PLAIN, Normalisation

MAGIC, VERSION = b"MALGWILM", 2
LARGEST = 2**31 - 1
"""Bytes; what one mapping of Java holds."""
NONE = 0xFFFFFFFF
"""Stands for an id that the model doesn't have."""
_LONGEST_RULES = 4096
_HEADER = struct.Struct("<8s2I3d4I6I")


def open_lm(
    path: Path,
    warn: Callable[[str], object] = lambda _: None,
    rules: Normalisation = PLAIN,
) -> LanguageModel:
    """Open an `lm.bin` or an ARPA file; the latter has the weights that were not tuned.

    Args:
        path: the file.
        warn: told about a vocabulary that looks as if it was made for other text.
        rules: what normalises the text that it is to score.

    Raises:
        MalgwiError: the file can't be read or is damaged.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return read_arpa(path, warn, rules)
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise MalgwiError(f"{path}: can't be read ({error.strerror or error})") from error
    return parse_lm(data, str(path))


def parse_lm(data: memoryview, source: str) -> LanguageModel:
    """Make a model of the bytes of an `lm.bin`, which it refers to as long as it lives.

    Raises:
        MalgwiError: they are damaged, or of another version.
    """
    if len(data) < _HEADER.size:
        raise _damaged(source, f"{len(data)} bytes; expected {_HEADER.size} or more")
    magic, version, order, *numbers = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise MalgwiError(
            f"{source}: {magic!r} version {version}; expected {MAGIC!r} version {VERSION}. Update "
            "malgwi, or make the file again (malgwi tune)"
        )
    weights, (bos, eos, unk, text_bytes), counts = numbers[:3], numbers[3:7], numbers[7:]
    if not 1 <= order <= MOST_ORDER:
        raise _damaged(source, f"order {order}; expected 1 to {MOST_ORDER}")
    if not counts[0] or max(counts) > MOST_NGRAMS or any(counts[order:]):
        raise _damaged(source, f"{counts} n-grams; expected at most {MOST_NGRAMS} of each order")
    if unk >= counts[0] or any(i != NONE and i >= counts[0] for i in (bos, eos)):
        raise _damaged(source, f"ids {bos}, {eos}, {unk} of <s>, </s> and <unk>")
    counts = counts[:order]
    end = _size(text_bytes, counts)
    said = int.from_bytes(data[end : end + 4], "little")
    if len(data) != end + 4 + said + -said % 4 or said > _LONGEST_RULES:
        raise _damaged(source, f"{len(data)} bytes; its header says {end} and the rules behind")
    rules = _rules(bytes(data[end + 4 : end + 4 + said]), source)
    cursor = _Cursor(data)
    starts = cursor.ints(counts[0] + 1)
    text = cursor.bytes(text_bytes)
    tables = []
    for n, count in enumerate(counts, 1):
        inner = n < order
        tables.append(
            Table(
                word=cursor.ints(count if n > 1 else 0),
                prob=cursor.floats(count),
                backoff=cursor.floats(count if inner else 0),
                child=cursor.ints(count + 1 if inner else 0),
            )
        )
    for places, end in [(starts, text_bytes)] + [
        (t.child, counts[n]) for n, t in enumerate(tables[:-1], 1)
    ]:
        if places[0] != 0 or places[-1] != end:
            raise _damaged(source, f"places from {places[0]} to {places[-1]}; expected 0 to {end}")
    return LanguageModel(
        starts,
        text,
        tuple(tables),
        unk=unk,
        bos=None if bos == NONE else bos,
        eos=None if eos == NONE else eos,
        weights=_weights(source, *weights),
        rules=rules,
        source=source,
    )


def lm_bytes(model: LanguageModel) -> bytes:
    """Return the content of an `lm.bin`.

    Raises:
        MalgwiError: it would be too large.
    """
    counts = [len(table.prob) for table in model.tables]
    said = json.dumps(model.rules.to_json(), ensure_ascii=False).encode() if model.rules else b""
    size = _size(len(model.text), counts) + 4 + len(said) + -len(said) % 4
    if size > LARGEST:
        raise MalgwiError(
            f"{model.source}: {size} bytes as lm.bin; at most {LARGEST} are possible. Prune it "
            "(malgwi lm --prune)"
        )
    weights = model.weights
    header = _HEADER.pack(
        MAGIC,
        VERSION,
        model.order,
        *(weights.alpha, weights.beta, weights.unknown),
        NONE if model.bos is None else model.bos,
        NONE if model.eos is None else model.eos,
        model.unk,
        len(model.text),
        *(counts + [0] * (MOST_ORDER - model.order)),
    )
    padding = bytes(-len(model.text) % 4)
    parts = [header, model.starts.astype("<u4").tobytes(), bytes(model.text), padding]
    for table in model.tables:
        parts += [
            table.word.astype("<u4").tobytes(),
            table.prob.astype("<f4").tobytes(),
            table.backoff.astype("<f4").tobytes(),
            table.child.astype("<u4").tobytes(),
        ]
    parts += [len(said).to_bytes(4, "little"), said, bytes(-len(said) % 4)]
    return b"".join(parts)


def write_lm(model: LanguageModel, path: Path | Place) -> None:
    """Write an `lm.bin`, whole or not at all.

    Raises:
        MalgwiError: the file can't be written, or would be too large.
    """
    with publish_file(path) as part:
        part.write_bytes(lm_bytes(model))


def _size(text: int, counts: list[int]) -> int:
    inner = counts[:-1]
    numbers = counts[0] + 1 + 2 * sum(counts) - counts[0] + sum(2 * c + 1 for c in inner)
    return int(_HEADER.size + text + -text % 4 + 4 * numbers)


class _Cursor:
    """Takes one array after the other out of the file."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, _HEADER.size

    def ints(self, count: int) -> Ints:
        return np.frombuffer(self.bytes(4 * count), dtype="<u4").astype(np.uint32, copy=False)

    def floats(self, count: int) -> Floats:
        return np.frombuffer(self.bytes(4 * count), dtype="<f4").astype(np.float32, copy=False)

    def bytes(self, count: int) -> memoryview:
        found = self.data[self.at : self.at + count]
        self.at += count + -count % 4
        return found


def _rules(said: bytes, source: str) -> Normalisation | None:
    """Return how the text was normalised; None where whoever made the model didn't say."""
    if not said:
        return None
    try:
        found = json.loads(said)
    except ValueError as error:
        raise _damaged(source, f"how its text was normalised isn't JSON ({error})") from error
    return Normalisation.from_json(found, source, "Make it again (malgwi lm, malgwi tune)")


def _weights(source: str, alpha: float, beta: float, unknown: float) -> Weights:
    try:
        return Weights(alpha, beta, unknown)
    except MalgwiError as error:
        raise MalgwiError(f"{source}: {error}") from error


def _damaged(source: str, what: str) -> MalgwiError:
    return MalgwiError(f"{source}: damaged: {what}; copy it again, or make it again (malgwi tune)")
