"""ARPA files, the text form of n-gram language models that KenLM, SRILM and others write.

Logarithms of base 10 in the file, natural ones in memory. A file from outside may be anything:
reading ends in a model or in an error that names the line.
"""

import codecs
import gzip
import re
import zlib
from array import array
from collections.abc import Callable, Iterator
from math import inf, isfinite, log, nan
from pathlib import Path
from typing import NoReturn

import numpy as np

from malgwi.errors import MalgwiError
from malgwi.lm.ngram import (
    BOS,
    EOS,
    MOST_NGRAMS,
    MOST_ORDER,
    UNK,
    Grams,
    LanguageModel,
    build,
    rows_of,
)
from malgwi.publish import Place, publish_file
from malgwi.speech.characters import characters
from malgwi.speech.text import PLAIN, Normalisation, spelt

LN10 = log(10.0)
_LONGEST_LINE = 1 << 16
_GZIP, _KENLM = b"\x1f\x8b", b"mmap lm http://kheafield.com/code"
_NEVER = -99.0
"""What the format writes for the logarithm of 0; some write -inf."""
_ROUNDING = 1e-4
"""A logarithm up to this is that of 1, which tools round; above it, it is of no probability."""
_FIELDS = re.compile(r"[^ \t]+")
"""What stands between spaces and tabs: other spaces are part of a word."""
_FEW_LETTERS = 10
"""Of fewer words, all may be letters."""
_ALSO = {"<UNK>": UNK}
"""What some write for words of the format."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_arpa(
    path: Path,
    warn: Callable[[str], object] = lambda _: None,
    rules: Normalisation = PLAIN,
) -> LanguageModel:
    """Read a model of order 1 to 6.

    Args:
        path: UTF-8, plain or in gzip; what is before `\\data\\` is skipped, as the format has it.
        warn: told about a vocabulary that looks as if it was made for other text.
        rules: what normalises the text that it is to score.

    Raises:
        MalgwiError: the file can't be read, or names the line that is wrong.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(len(_KENLM))
            file.seek(0)
            if begin == _KENLM:
                raise MalgwiError(
                    f"{path}: is a binary of KenLM; expected an ARPA file. Give the one that "
                    "build_binary was given"
                )
            if begin.startswith(_GZIP):
                with gzip.open(file) as stream:
                    model, words = _Reader(path, stream.readline).read()
            else:
                model, words = _Reader(path, file.readline).read()
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise MalgwiError(f"{path}: can't be read ({reason})") from error
    odd = [w for w in words if w not in (BOS, EOS, UNK) and spelt(w, rules) != w]
    if odd:
        warn(
            f"{path}: {len(odd)} of {len(words)} words are written otherwise than Malgwi does, "
            f"such as {odd[0]!r} for {spelt(odd[0], rules)!r}, and will never be heard; make the "
            "model from normalised text (malgwi lm)"
        )
    real = [w for w in words if w not in (BOS, EOS, UNK)]
    if len(real) >= _FEW_LETTERS and all(map(_is_letter, real)):
        warn(
            f"{path}: all its {len(real)} words are single letters; a model of letters says "
            "nothing of words, which are all unknown to it. Make one of words (malgwi lm)"
        )
    return model


def _is_letter(word: str) -> bool:
    """Say whether a word is one letter of a script whose words have more."""
    return len(word) == 1 and characters().kind[word] != "C"


class _Reader:
    """One pass over the lines of a file."""

    def __init__(self, path: Path, readline: Callable[[int], bytes]) -> None:
        self.path, self.readline, self.number = path, readline, 0

    def read(self) -> tuple[LanguageModel, list[str]]:
        self._to_data()
        counts, line = self._counts()
        words: dict[str, int] = {}
        grams = []
        for order, count in enumerate(counts, 1):
            if line != f"\\{order}-grams:":
                self._wrong(f"expected \\{order}-grams:", line)
            found, line = self._section(order, count, words, highest=order == len(counts))
            grams.append(found)
        if line != "\\end\\":
            self._wrong("expected \\end\\", line)
        return build(list(words), grams, str(self.path)), list(words)

    def _to_data(self) -> None:
        line = self._line(first=True)
        while line != "\\data\\":
            line = self._line()

    def _counts(self) -> tuple[list[int], str]:
        """Return the stated number of n-grams of each order, and the line after them."""
        counts: list[int] = []
        for line in self._filled():
            if not line.startswith("ngram "):
                break
            order, _, count = line[len("ngram ") :].partition("=")
            if order.strip() != str(len(counts) + 1) or not _is_count(count):
                self._wrong(f"expected ngram {len(counts) + 1}=COUNT", line)
            counts.append(int(count))
        if not 1 <= len(counts) <= MOST_ORDER:
            self._wrong(f"expected 1 to {MOST_ORDER} orders, found {len(counts)}", line)
        if not counts[0]:
            self._wrong("expected 1 or more words, found none", line)
        return counts, line

    def _section(
        self, order: int, count: int, words: dict[str, int], *, highest: bool
    ) -> tuple[Grams, str]:
        ids, probs, backoffs, copies = array("q"), array("d"), array("d"), array("d")
        for line in self._filled():
            if line.startswith("\\") and (line == "\\end\\" or line.endswith("-grams:")):
                break
            fields = line.split() if line.isascii() else _FIELDS.findall(line)
            if len(probs) + len(copies) == count:
                self._wrong(f"expected {count} n-grams of order {order}, found more", line)
            if len(fields) not in (order + 1, order + 2):
                self._wrong(
                    f"expected log10 P, {order} words{'' if highest else ' and a backoff'}", line
                )
            prob = min(self._log10(fields[0], line, most=_ROUNDING), 0.0)
            # Some write a backoff in the highest order, too, where there is nothing to back off to.
            backoff = self._log10(fields[order + 1], line) if fields[order + 1 :] else 0.0
            if order == 1 and fields[1] == EOS and EOS in words and not copies:
                # The usual fix for a missing </s> is a copy of <s>, also where it isn't missing.
                copies.append(prob)
                if BOS in words and probs[words[EOS]] == probs[words[BOS]]:
                    probs[words[EOS]], backoffs[words[EOS]] = prob, backoff
                continue
            probs.append(prob)
            backoffs.append(backoff)
            for written in fields[1 : order + 1]:
                word = _ALSO.get(written, written)
                if order == 1:
                    if word in words:
                        self._wrong(f"the word {word!r} occurs twice", line)
                    words[word] = len(words)
                elif word not in words:
                    self._wrong(f"the word {word!r} isn't among the 1-grams", line)
                ids.append(words[word])
        found = len(probs) + len(copies)
        if found != count:
            self._wrong(f"expected {count} n-grams of order {order}, found {found}")
        rows = np.frombuffer(ids, dtype=np.int64) if ids else np.zeros(0, dtype=np.int64)
        return Grams(rows.reshape(-1, order), np.array(probs), np.array(backoffs)), line

    def _log10(self, field: str, line: str, most: float = 1e9) -> float:
        try:
            value = float(field)
        except ValueError:
            value = nan
        if value == -inf:
            value = _NEVER
        if not isfinite(value) or not -1e9 <= value <= most:
            self._wrong("expected a logarithm" + (" of 0 or less" if most < 1 else ""), line)
        return value * LN10

    def _filled(self) -> Iterator[str]:
        """Yield the lines that aren't empty; a file that ends here is cut off."""
        while True:
            line = self._line()
            if line:
                yield line

    def _line(self, *, first: bool = False) -> str:
        raw = self.readline(_LONGEST_LINE)
        self.number += 1
        if not raw:
            self._wrong(
                "the file ends before \\end\\; it is cut off, or no ARPA language model"
                if self.number > 1
                else "the file is empty"
            )
        if first:
            if raw.startswith(_UTF16):
                self._wrong("the file is UTF-16; expected UTF-8: iconv -f UTF-16 -t UTF-8")
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(raw) == _LONGEST_LINE:
            self._wrong(f"the line has {_LONGEST_LINE} bytes or more; no ARPA language model")
        try:
            return raw.decode("utf-8").strip(" \t\r\n")
        except UnicodeDecodeError as error:
            self._wrong(f"not UTF-8 ({error.reason})", cause=error)

    def _wrong(self, what: str, line: str = "", cause: Exception | None = None) -> NoReturn:
        found = f", found {line[:60]!r}" if line else ""
        raise MalgwiError(
            f"{self.path} line {self.number}: {what}{found}. Make the file again, or convert it"
        ) from cause


def _is_count(text: str) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= MOST_NGRAMS


def write_arpa(model: LanguageModel, path: Path | Place) -> None:
    """Write a model, whole or not at all.

    Raises:
        MalgwiError: the file can't be written.
    """
    words = [model.word(i) for i in range(len(model))]
    with publish_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as out:
        out.write("\\data\\\n")
        out.writelines(f"ngram {n}={len(t.prob)}\n" for n, t in enumerate(model.tables, 1))
        for order, table in enumerate(model.tables, 1):
            out.write(f"\n\\{order}-grams:\n")
            rows = rows_of(model, order)
            probs = (table.prob.astype(np.float64) / LN10).tolist()
            backoffs = (table.backoff.astype(np.float64) / LN10).tolist()
            for i, row in enumerate(rows.tolist()):
                gram = " ".join(words[word] for word in row)
                tail = f"\t{backoffs[i]:.7g}" if backoffs else ""
                out.write(f"{probs[i]:.7g}\t{gram}{tail}\n")
        out.write("\n\\end\\\n")
