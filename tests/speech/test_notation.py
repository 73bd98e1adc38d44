"""What transcribers write beside the words: notation.py."""

import pytest

from malgwi.speech.notation import Notation, read
from malgwi.speech.text import normalise


@pytest.mark.parametrize(
    ("written", "words", "tags"),
    [
        ("[laughter] oh that is good", "oh that is good", ["[laughter]"]),
        ("i think <noise> we should go", "i think we should go", ["<noise>"]),
        ("(unintelligible) on the left", "on the left", ["(unintelligible)"]),
        ("(clears throat) well (loud music)", "well", ["(clears throat)", "(loud music)"]),
        ("he said {cough} nothing", "he said nothing", ["{cough}"]),
        ("um [UNK] yes [[overlap]] right", "um yes right", ["[UNK]", "[[overlap]]"]),
        ("so *inhales* let us *really* begin", "so let us really begin", ["*inhales*"]),
        ("we were &=laughs going ++um++ home", "we were going home", ["&=laughs", "++um++"]),
        ("(()) hello ((dear)) (he said)", "hello dear he said", ["(())"]),
        ("xxx they did, Xxxtra", "they did xxxtra", ["xxx"]),
        ("♪ la la ♪", "la la", ["♪", "♪"]),
        ("<i>very</i> good<br>R&amp;D &lt;noise&gt;", "very good rd", ["<noise>"]),
        ("don&#39;t and/or n/a word(s) a < b > c", "don't and or n a words a b c", []),
        ("b/ 아 (CCTV)/(씨씨티비)에 n/", "아 씨씨티비에", ["b/", "n/"]),
        ("o/ 나는 그+ 그거 *못 봤어* l/진짜", "나는 그 그거 못 봤어 진짜", ["o/", "l/"]),
        ("* 아/ 그래서 (50%) / (오십 퍼센트)", "아 그래서 오십 퍼센트", []),
        ("其实[um][noise]都没啥 [laugh] 啊", "其实都没啥 啊", ["[um]", "[noise]", "[laugh]"]),
        ("[um]네[um]그래[um]", "네 그래", ["[um]"] * 3),
        ("plain text", "plain text", []),
    ],
)
def test_words_are_told_from_the_rest(written: str, words: str, tags: list[str]) -> None:
    reading = read(written)
    assert normalise(reading.text) == words
    assert list(reading.tags) == tags
    assert reading.set_aside is None


def test_what_is_written_instead_of_what_is_spoken() -> None:
    reading = read("그 (PC)/(피씨)방", Notation(written=True))
    assert (reading.text, reading.doubles) == ("그 PC방", 1)


@pytest.mark.parametrize(
    "written",
    ["[silence]", "♪", "<noise> {cough}!", "ignore_time_segment_in_scoring", "n/ u/", "(( ))"],
)
def test_texts_of_tags_alone_are_set_aside(written: str) -> None:
    assert read(written).set_aside == "tags-only"
    assert read(written, Notation("keep")).set_aside is None


def test_what_becomes_of_tags() -> None:
    assert read("[laughs] yes", Notation("drop")).text.strip() == "yes"
    assert normalise(read("[laughs] <i>yes</i>", Notation("keep")).text) == "laughs yes"
    assert read("[laughs] yes", Notation("set-aside")).set_aside == "tagged"
    assert read("<i>yes</i>", Notation("set-aside")).set_aside is None
