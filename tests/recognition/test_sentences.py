"""Untimed texts in pieces: sentences.py."""

import pytest

from malgwi.recognition.sentences import LONGEST, Piece, pieces
from malgwi.speech.vocab import Vocab

VOCAB = Vocab.from_texts(["abcdefghijklmnopqrstuvwxyz"])


def _written(text: str) -> list[str]:
    return [piece.written for piece in pieces(text, VOCAB)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n — …\n", []),
        ("One.  Two!\nThree", ["One.", "Two!", "Three"]),
        ("He said: “Go!” She went.", ["He said: “Go!”", "She went."]),
        ("一二。三四！", ["一二。", "三四！"]),
        ("It was 3.5 or so.", ["It was 3.5 or so."]),
        ("One. — Two.", ["One.", "— Two."]),
        ("One. …", ["One. …"]),
        ("[music]\nOne [laughs] two.", ["One [laughs] two."]),
    ],
)
def test_sentences_and_lines(text: str, expected: list[str]) -> None:
    assert _written(text) == expected


def test_lines_are_counted_and_ends_known() -> None:
    assert pieces("\n\nOne. Two\n", VOCAB) == [
        Piece("One.", "one", 3, True),
        Piece("Two", "two", 3, True),
    ]


def test_lines_are_those_of_an_editor() -> None:
    """A form feed or U+2028 ends what is said together, but not a line."""
    found = pieces("ab\n\fba\n\fabba\r\none\ftwo\u2028three\nfour", VOCAB)
    assert [(piece.written, piece.line, piece.ends) for piece in found] == [
        ("ab", 1, True),
        ("ba", 2, True),
        ("abba", 3, True),
        ("one", 4, True),
        ("two", 4, True),
        ("three", 4, True),
        ("four", 5, True),
    ]


def test_long_sentences_are_cut_at_commas_then_between_words() -> None:
    part = "word " * 18 + "end"
    found = pieces(f"{part}, {part}.", VOCAB)
    assert [piece.written for piece in found] == [f"{part},", f"{part}."]
    assert [piece.ends for piece in found] == [False, True]
    found = pieces("word " * 100, VOCAB)
    assert {len(piece.written) for piece in found} <= set(range(50, LONGEST + 1))
    assert " ".join(piece.written for piece in found) == ("word " * 100).strip()
    assert _written("x" * 1_000) == ["x" * 1_000]
