"""Subtitles and label tracks: what is said in them, and nothing else."""

from pathlib import Path

import pytest

from malgwi.annotation.annotation import Annotated
from malgwi.annotation.audacity import is_labels, read_labels
from malgwi.annotation.subtitles import read_subtitles
from malgwi.decoding.decode import TimedWord
from malgwi.errors import MalgwiError
from malgwi.recognition.subtitles import srt, vtt
from malgwi.text_file import TextFiles


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def said(found: Annotated) -> list[tuple[float, float, str, str | None]]:
    return [(a.start, a.end, a.text, a.speaker) for t in found.tiers for a in t.annotations]


def test_srt(tmp_path: Path) -> None:
    text = (
        "1\r\n00:00:01,000 --> 00:00:02,5\r\n<i>One</i> {\\an8}two &amp; <font color=\"#fff\">3\r\n"
        "three\r\n\r\n\r\n2\r\n100:00:00,001 --> 100:00:01,000 X1:40 X2:600\r\n5 < 6 <3\r\n\r\n"
        "3\r\n00:01 --> 00:02:00,0\r\nlost\r\n\r\n4\r\n00:00:03,000 --> 00:00:04,000\r\n"
    )  # fmt: skip
    found = read_subtitles(write(tmp_path / "a.srt", text), TextFiles())
    assert said(found) == [
        (1.0, 2.5, "One two & 3 three", None),
        (360_000.001, 360_001.0, "5 < 6 <3", None),
        (3.0, 4.0, "", None),
    ]
    (problem,) = found.problems
    assert (problem.where, problem.detail) == ("line 12", "no times: '00:01 --> 00:02:00,0'")


def test_cues_without_an_empty_line_between(tmp_path: Path) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\none --> two\n2\n00:00:02,000 --> 00:00:03,000\n"
        "00:00:03,000 --> 00:00:04,000\nthree\n10\n"
    )
    found = read_subtitles(write(tmp_path / "a.srt", text), TextFiles())
    assert said(found) == [
        (1.0, 2.0, "one --> two", None),
        (2.0, 3.0, "", None),
        (3.0, 4.0, "three 10", None),
    ]
    assert found.problems == ()


def test_vtt(tmp_path: Path) -> None:
    text = (
        "\ufeffWEBVTT - title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\n"
        "NOTE\nThis is said by nobody\n\nintro\n00:01.500 --> 00:02.000 align:start position:0%\n"
        "<v.loud Esme Fry>Hi <00:00:01.700><c.red>there</c> <lang en>you</lang></v>\n\n"
        "00:00:02.000 --> 00:00:03.000\n<v A>one\n<v B>two\n\n"
        "00:00:03.000 --> 00:00:04.000\n<ruby>日<rt>に</rt></ruby>&nbsp;本 &lt;b&gt;\n"
    )
    found = read_subtitles(write(tmp_path / "a.vtt", text), TextFiles())
    assert said(found) == [
        (1.5, 2.0, "Hi there you", "Esme Fry"),
        (2.0, 3.0, "one two", None),
        (3.0, 4.0, "日 本 <b>", None),
    ]
    assert found.problems == ()


def test_no_word_is_joined_to_another(tmp_path: Path) -> None:
    text = (
        "00:01.000 --> 00:02.000\none<br>two<BR />three\\Nfour\\nfive\\hsix {\\i1}se{\\i0}ven\n\n"
        "00:02.000 --> 00:03.000\n<v Ann>Hi</v><v Bob>no<v.loud Ann>so\n\n"
        "00:03.000 --> 00:04.000\n<c.red>whole</c>ly <vb>\n"
    )
    found = read_subtitles(write(tmp_path / "a.vtt", text), TextFiles())
    assert said(found) == [
        (1.0, 2.0, "one two three four five six seven", None),
        (2.0, 3.0, "Hi no so", None),
        (3.0, 4.0, "wholely", None),
    ]


def test_lines_of_scripts_without_spaces_are_one(tmp_path: Path) -> None:
    """The lines that `malgwi transcribe` makes of 32 Chinese letters come back as one word."""
    word = "今天天气很好我们一起去公园散步然后回家吃饭看电视睡觉明天再去上班"
    for form in (srt, vtt):
        written = form([TimedWord(word, 0, 5000, 1.0)])
        assert len(written.strip().splitlines()) == 5 - (form is srt)
        path = write(tmp_path / f"a.{form.__name__}", written)
        assert said(read_subtitles(path, TextFiles())) == [(0.0, 5.0, word, None)]
    mixed = (
        "1\n00:00:01,000 --> 00:00:02,000\n今日は、\nいい OK\nです\n「本」\n- 한국\n어。\n「어\n"
    )
    [(_, _, text, _)] = said(read_subtitles(write(tmp_path / "b.srt", mixed), TextFiles()))
    assert text == "今日は、いい OK です「本」 - 한국 어。 「어"


def test_captions_that_roll(tmp_path: Path) -> None:
    """As YouTube writes them; a line of one blank belongs to its cue."""
    text = (
        "WEBVTT\nKind: captions\nLanguage: en\n\n"
        "00:00:00.160 --> 00:00:02.389 align:start position:0%\n \n"
        "so<00:00:00.480><c> hello</c>\n\n"
        "00:00:02.389 --> 00:00:02.399 align:start position:0%\nso hello\n \n\n"
        "00:00:02.399 --> 00:00:05.000 align:start position:0%\nso hello\n"
        "and<00:00:02.600><c> so</c>\n\n"
        "00:00:05.000 --> 00:00:05.010 align:start position:0%\nand so\n \n\n"
        "00:00:05.010 --> 00:00:06.000 align:start position:0%\nand so\non\n\n"
    )
    found = read_subtitles(write(tmp_path / "a.vtt", text), TextFiles())
    assert said(found) == [
        (0.16, 2.389, "so hello", None),
        (2.399, 5.0, "and so", None),
        (5.01, 6.0, "on", None),
    ]
    assert found.notes == ("captions that roll: each line is taken once",)
    plain = text.replace("<00:00:00.480><c>", "").replace("<00:00:02.600><c>", "")
    again = read_subtitles(write(tmp_path / "b.vtt", plain), TextFiles())
    assert len(said(again)) == 5


def test_text_without_times_is_named(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\none\n\ntwo\n\n7\n\n"
    found = read_subtitles(write(tmp_path / "a.srt", text), TextFiles())
    assert said(found) == [(1.0, 2.0, "one", None)]
    assert [(p.where, p.detail) for p in found.problems] == [("line 5", "no times: 'two'")]


def test_a_numbered_text_without_times_is_named(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\none\n\n2\ntwo\n2nd line\n\n3\n\n4\n5 men\n"
    found = read_subtitles(write(tmp_path / "a.srt", text), TextFiles())
    assert said(found) == [(1.0, 2.0, "one", None)]
    assert [(p.where, p.detail) for p in found.problems] == [
        ("line 6", "no times: 'two'"),
        ("line 12", "no times: '5 men'"),
    ]


def test_the_head_of_a_vtt_ends_where_a_cue_begins(tmp_path: Path) -> None:
    text = (
        "WEBVTT\nKind: captions\nLanguage: en\n00:01.000 --> 00:02.000\none\n\nNOTE a\nx\nb --> c\n"
    )
    found = read_subtitles(write(tmp_path / "a.vtt", text), TextFiles())
    assert said(found) == [(1.0, 2.0, "one", None)]
    assert found.problems == ()


@pytest.mark.parametrize("text", ["", "just text", "1\n\n2\n"])
def test_no_subtitles(tmp_path: Path, text: str) -> None:
    with pytest.raises(MalgwiError, match="no subtitles in it"):
        read_subtitles(write(tmp_path / "a.srt", text), TextFiles())


def test_labels(tmp_path: Path) -> None:
    text = "\ufeff0.5\t1.25\tone\ttwo\r\n\\\t100.0\t2000.0\r\n2,000000\t2,000000\tpoint\r\n3\t4\r\n"
    path = write(tmp_path / "a.txt", text + "odd\n\n")
    assert is_labels(path)
    found = read_labels(path, TextFiles())
    assert said(found) == [
        (0.5, 1.25, "one\ttwo", None),
        (2.0, 2.0, "point", None),
        (3.0, 4.0, "", None),
    ]
    assert [(p.where, p.detail) for p in found.problems] == [("line 5", "no label: 'odd'")]


@pytest.mark.parametrize("text", ["", "A sentence.\n", "1 2 words\n", "1\ttwo\n", "1.5\t2.5x\n"])
def test_other_texts_are_no_labels(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.txt", text)
    assert not is_labels(path)
    with pytest.raises(MalgwiError, match="no labels"):
        read_labels(path, TextFiles())
    assert not is_labels(tmp_path / "none.txt")
