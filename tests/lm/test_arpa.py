"""ARPA files of others: what they may look like, and the line that is named where one is wrong."""

import gzip
from math import log
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.lm.arpa import read_arpa, write_arpa

GOOD = """\\data\\
ngram 1=4
ngram 2=1

\\1-grams:
-99\t<s>\t-0.5
-1\t</s>
-0.5\ta\t-0.25
-2\t<unk>

\\2-grams:
-0.25\t<s> a

\\end\\
"""


def _written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "x.arpa"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "made by hand\nngram 9=9\n\n" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\t", "  "),
        GOOD.replace("\n\n", "\n"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD + "anything after the end\n",
        GOOD.replace("ngram 1=4", "ngram 1= 4 "),
        GOOD.replace("-99", "-inf"),
        GOOD.replace("<s> a", "<s> a\t0"),  # a backoff in the highest order
        gzip.compress(GOOD.encode()),
        # The usual fix for a missing </s>, a copy of <s>, where it isn't missing.
        GOOD.replace("1=4", "1=5").replace("-1\t</s>", "-99\t</s>\t-0.5\n-1\t</s>"),
        GOOD.replace("1=4", "1=5").replace("-1\t</s>", "-1\t</s>\n-99\t</s>\t-0.5"),
    ],
)
def test_what_others_write(tmp_path: Path, text: str | bytes) -> None:
    model = read_arpa(_written(tmp_path, text))
    # <s> a is there; </s> is not after it: a's backoff and </s> alone.
    assert model.sentence(["a"]) == pytest.approx((-0.25 - 0.25 - 1) * log(10), abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (b"", "line 1: the file is empty"),
        ("not a model\n", "line 2: the file ends before"),
        (GOOD.replace("\\end\\\n", ""), "the file ends before"),
        (GOOD[:60], "line 8: expected log10 P, 1 words and a backoff, found '-'"),
        (GOOD.encode("utf-16"), "line 1: the file is UTF-16"),
        (GOOD.replace("1=4", "1=5"), "line 11: expected 5 n-grams of order 1, found 4"),
        (GOOD.replace("1=4", "1=3"), "line 9: expected 3 n-grams of order 1, found more"),
        (GOOD.replace("2=1", "2=0"), "line 12: expected 0 n-grams of order 2, found more"),
        (GOOD.replace("1=4", "1=x"), "line 2: expected ngram 1=COUNT, found 'ngram 1=x'"),
        (GOOD.replace("1=4", "1=99999999999999"), "line 2: expected ngram 1=COUNT"),
        (GOOD.replace("ngram 1=4\n", ""), "line 2: expected ngram 1=COUNT, found 'ngram 2=1'"),
        (
            GOOD.replace(
                "ngram 2=1", "ngram 2=1\n" + "".join(f"ngram {n}=1\n" for n in range(3, 9))
            ),
            "expected 1 to 6 orders, found 8",
        ),
        (GOOD.replace("-0.5\ta", "nan\ta"), "line 8: expected a logarithm"),
        (GOOD.replace("-0.5\ta", "0.5\ta"), "line 8: expected a logarithm of 0 or less"),
        (GOOD.replace("-0.25\t<s> a", "0.001\t<s> a"), "of 0 or less, found '0.001"),
        (GOOD.replace("-0.25\n", "NaN\n", 1), "line 8: expected a logarithm"),
        (GOOD.replace("-2\t<unk>", "-2\ta"), "line 9: the word 'a' occurs twice"),
        (GOOD.replace("<s> a", "<s> b"), "line 12: the word 'b' isn't among the 1-grams"),
        (GOOD.replace("<s> a", "a"), "line 12: expected log10 P, 2 words"),
        (GOOD.replace("<s> a", "<s> a\t-1 0"), "line 12: expected log10 P, 2 words"),
        (
            GOOD.replace("1=4", "1=6").replace("-1\t</s>", "-1\t</s>\n" * 3),
            "line 9: the word '</s>' occurs twice",
        ),
        (GOOD.replace("\\2-grams", "\\3-grams"), r"line 11: expected \\2-grams:"),
        (GOOD.replace("\ta\t", "\t\xff\t").encode("latin-1"), "line 8: not UTF-8"),
        (GOOD.replace("a", "a" * 70_000), "bytes or more"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, wrong: str | bytes, message: str) -> None:
    with pytest.raises(MalgwiError, match=message) as error:
        read_arpa(_written(tmp_path, wrong))
    assert "x.arpa line " in str(error.value)


def test_words_of_another_kind_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    read_arpa(_written(tmp_path, GOOD), told.append)
    assert not told
    read_arpa(_written(tmp_path, GOOD.replace("a\t", "A\t").replace("<s> a", "<s> A")), told.append)
    assert "such as 'A' for 'a'" in told[0]


def test_words_with_other_spaces_and_a_large_unk(tmp_path: Path) -> None:
    more = (
        GOOD.replace("1=4", "1=5").replace("<unk>", "<UNK>").replace("-1\t", "-3\ta\u00a0b\n-1\t")
    )
    heard: list[str] = []
    model = read_arpa(_written(tmp_path, more), heard.append)
    words = [model.word(i) for i in range(len(model))]
    assert words == ["</s>", "<s>", "<unk>", "a", "a\u00a0b"]
    assert model.sentence(["z"]) == pytest.approx((-0.5 - 2 - 1) * log(10), abs=1e-6)
    assert len(heard) == 1
    assert r"1 of 5 words are written otherwise than Malgwi does, such as 'a\xa0b'" in heard[0]


@pytest.mark.parametrize(
    ("letters", "said"), [("bcdefghij", 1), ("bcdefghi", 0), ("你好我他她它们在有", 0)]
)
def test_a_model_of_letters_is_said_to_be_one(tmp_path: Path, letters: str, said: int) -> None:
    """It has "a" besides; characters of Chinese may well be words."""
    more = "".join(f"-2\t{letter}\n" for letter in letters)
    text = GOOD.replace("1=4", f"1={4 + len(letters)}").replace(
        "\n\n\\2-grams", f"\n{more}\n\\2-grams"
    )
    heard: list[str] = []
    read_arpa(_written(tmp_path, text), heard.append)
    assert len(heard) == said
    if said:
        assert "all its 10 words are single letters; a model of letters says nothing" in heard[0]


@pytest.mark.parametrize("rounded", ["0.0000001", "9.5e-05", "1e-300", "-0.0"])
def test_a_probability_that_rounding_left_above_1_is_1(tmp_path: Path, rounded: str) -> None:
    model = read_arpa(_written(tmp_path, GOOD.replace("-0.25\t<s>", f"{rounded}\t<s>")))
    assert model.tables[1].prob.tolist() == [0.0]
    assert model.sentence(["a"]) == pytest.approx((-0.25 - 1) * log(10), abs=1e-6)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    model = read_arpa(_written(tmp_path, GOOD))
    write_arpa(model, tmp_path / "y.arpa")
    again = read_arpa(tmp_path / "y.arpa")
    assert again.sentence(["a", "zebra"]) == pytest.approx(model.sentence(["a", "zebra"]), abs=1e-6)
    assert "ngram 2=1\n" in (tmp_path / "y.arpa").read_text()


def test_order_1(tmp_path: Path) -> None:
    model = read_arpa(_written(tmp_path, "\\data\\\nngram 1=1\n\n\\1-grams:\n-1 a\n\n\\end\\\n"))
    assert model.order == 1
    assert model.sentence(["a", "a"]) == pytest.approx(-2 * log(10), abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            b"mmap lm http://kheafield.com/code format version 5\n\0",
            "is a binary of KenLM",
        ),
        (gzip.compress(GOOD.encode())[:-20], "can't be read"),
        (gzip.compress(GOOD.encode())[:30] + b"damage", "can't be read"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, wrong: bytes, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        read_arpa(_written(tmp_path, wrong))
