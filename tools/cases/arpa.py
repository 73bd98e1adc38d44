"""ARPA files as other tools write them, all of one small bigram model."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

from cases.case import Case, Exactly, Topic
from cases.speech import recogniser, refused
from malgwi.decoding.search import Search
from malgwi.lm.arpa import read_arpa

_WORDS = ["call", "emma", "at", "work"]
_UNIGRAMS = [
    "-1.5\t<unk>",
    "-99\t<s>\t-0.3",
    "-1.2\t</s>",
    *(f"-0.9\t{word}\t-0.2" for word in _WORDS),
]
_BIGRAMS = [
    f"-0.3\t{pair}" for pair in ("<s> call", "call emma", "emma at", "at work", "work </s>")
]
_SAME = Exactly("read, the same scores")


def _arpa(unigrams: Sequence[str] = _UNIGRAMS, bigrams: Sequence[str] = _BIGRAMS) -> str:
    return "\n".join([
        "\\data\\", f"ngram 1={len(unigrams)}", f"ngram 2={len(bigrams)}", "",
        "\\1-grams:", *unigrams, "", "\\2-grams:", *bigrams, "", "\\end\\", "",
    ])  # fmt: skip


def _with(old: str, new: str) -> str:
    return _arpa([gram.replace(old, new) for gram in _UNIGRAMS])


def _scored(content: str | bytes, *named: str) -> Callable[[Path], str]:
    """Return whether a language model of others scores a sentence as the plain one does."""

    def measure(folder: Path) -> str:
        path = folder / "lm.arpa"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        told: list[str] = []
        said = refused(lambda: read_arpa(path, told.append), *named)
        if not said.startswith("not refused"):
            return said
        plain = folder / "plain.arpa"
        plain.write_text(_arpa(), encoding="utf-8")
        both = [read_arpa(file).sentence(_WORDS) for file in (path, plain)]
        scores = "the same scores" if abs(both[0] - both[1]) < 1e-4 else f"{both}"
        told = [" ".join(sentence.split(": ", 1)[1].split()[:4]) for sentence in told]
        return ", ".join(["read", scores, *told])

    return measure


def _asked(*words: str, named: Sequence[str]) -> Callable[[Path], str]:
    """Return whether the demo's model refuses a language model of these words."""

    def measure(folder: Path) -> str:
        path = folder / "lm.arpa"
        grams = [f"-1.3\t{word}\t-0.1" for word in words]
        path.write_text(_arpa([*_UNIGRAMS[:3], *grams], []), encoding="utf-8")
        return refused(lambda: Search(lm=path).over(recogniser().vocab, None), *named)

    return measure


def _refused(name: str, given: str, content: str | bytes, named: str, before: str = "") -> Case:
    measure = _scored(content, *named.split(" and "))
    return Case(name, given, before, measure, Exactly(f"refused, names {named}"))


TOPIC = Topic(
    "ARPA files of other tools",
    "What the format leaves open is read as its author meant it; what is damaged is refused with "
    "the line.",
    [
        Case("LM of other letters", "German words over an English model",
             "silent: words run together",
             _asked("straße", "übung", "zwölf", "größe", named="ßüö"),
             Exactly("refused, names ß and ü and ö")),
        Case("LM in capitals", "CALL, EMMA over a model of small letters", "",
             _asked("CALL", "EMMA", "WORK", named=("A C E", "malgwi lm")),
             Exactly("refused, names A C E and malgwi lm")),
        Case("`-inf`", "`-inf <s>`", "refused: expected a logarithm",
             _scored(_with("-99\t", "-inf\t")), _SAME),
        Case("`0 <s>`", "as the usual tutorial's fix leaves it", "",
             _scored(_with("-99\t<s>", "0\t<s>")), _SAME),
        Case("two `</s>`", "the usual fix for a missing `</s>` on a file that has one",
             "refused: occurs twice",
             _scored(_arpa([*_UNIGRAMS[:3], "-99\t</s>\t-0.3", *_UNIGRAMS[3:]])), _SAME),
        Case("back-off in the highest order", "`-0.3 call emma 0`", "refused: expected 2 words",
             _scored(_arpa(bigrams=[f"{gram}\t0" for gram in _BIGRAMS])), _SAME),
        Case("spaces, CRLF, exponents", "`-9.0e-01 call -2E-1`", "read, the same scores",
             _scored(_with("-0.9\tcall\t-0.2", "-9.0e-01 call -2E-1").replace("\n", "\r\n")),
             _SAME),
        Case("spaces in the head", "`ngram 1 = 7`, a space behind `\\1-grams:`", "",
             _scored(_arpa().replace("ngram 1=", "ngram 1 = ").replace("1-grams:", "1-grams: ")),
             _SAME),
        Case("`<UNK>`", "in capitals", "a word like others",
             _scored(_with("<unk>", "<UNK>")), _SAME),
        Case("no `<unk>`", "none among the words", "", _scored(_arpa(_UNIGRAMS[1:])), _SAME),
        Case("a logarithm just above 0", "1.19209e-07, which rounding left", "",
             _scored(_arpa([*_UNIGRAMS, "1.19209e-07\tx"])), _SAME),
        Case("a word with another space", "U+00A0 within it", "refused: expected a logarithm",
             _scored(_arpa([*_UNIGRAMS, "-2\ta\u00a0b"])),
             Exactly("read, the same scores, 1 of 8 words")),
        Case("words that stand for something", "`<eps>`, `!SIL`, `[noise]`", "",
             _scored(_arpa([*_UNIGRAMS, "-2\t<eps>", "-2\t!SIL", "-2\t[noise]"])),
             Exactly("read, the same scores, 3 of 10 words")),
        Case("gzip", "`lm.arpa.gz`", "refused: not UTF-8",
             _scored(gzip.compress(_arpa().encode())), _SAME),
        _refused("KenLM's binary", "`lm.binary`",
                 b"mmap lm http://kheafield.com/code format version 5\n\0" + bytes(200),
                 "a binary of KenLM and ARPA", "refused: not UTF-8, or cut off"),
        _refused("a transducer", "`lm.fst`", b"\xd6\xfd\xb2\x7e" + bytes(100), "line 1"),
        _refused("no number", "back-off `nan`", _with("call\t-0.2", "call\tnan"),
                 "line 9 and a logarithm"),
        _refused("decimal commas", "`-0,9 call`", _with("-0.9\tcall", "-0,9\tcall"),
                 "line 9 and a logarithm"),
        _refused("too few n-grams", "9 stated, 5 there",
                 _arpa().replace("ngram 2=5", "ngram 2=9"), "line 21 and found 5"),
        _refused("too many n-grams", "4 stated, 5 there",
                 _arpa().replace("ngram 2=5", "ngram 2=4"), "line 19 and found more"),
        _refused("a word twice", "`call` among the words again",
                 _arpa([*_UNIGRAMS, "-1\tcall\t-0.2"]), "line 13 and 'call' occurs twice"),
        _refused("a bigram of an unknown word", "`call dad`",
                 _arpa(bigrams=[*_BIGRAMS, "-0.3\tcall dad"]), "line 20 and 'dad'"),
    ],
)  # fmt: skip
