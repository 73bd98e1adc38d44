"""Transcripts of corpora: STM, Transcriber, CHAT and FLEx."""

from pathlib import Path

import pytest

from annotation_files import CHA, FLEX, STM, TRS
from malgwi.annotation.annotation import Annotated, Link
from malgwi.annotation.chat import read_chat
from malgwi.annotation.flex import read_flex
from malgwi.annotation.formats import is_annotations, read_annotations
from malgwi.annotation.stm import read_stm
from malgwi.annotation.transcriber import read_transcriber
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def said(found: Annotated, place: int = 0) -> list[tuple[float, float, str, str | None]]:
    return [(a.start, a.end, a.text, a.speaker) for a in found.tiers[place].annotations]


def test_stm(tmp_path: Path) -> None:
    talk, call = read_stm(write(tmp_path / "a.stm", STM), TextFiles())
    assert talk.links == (Link(("AlGore_2009",)),)
    assert said(talk) == [(17.82, 28.81, "we've read uh it's", "AlGore_2009")]
    assert [tier.name for tier in talk.tiers] == ["segments"]
    assert [tier.name for tier in call.tiers] == ["channel A", "channel B"]
    assert said(call) == [(0.0, 1.5, "hello", "ana"), (5.0, 6.0, "", "ana")]
    assert said(call, 1) == [(1.0, 2.0, "hi there", "ben")]
    assert [(p.where, p.detail) for p in call.problems] == [
        ("line 6", "no segment: 'bad line'"),
        ("line 7", "no segment: 'call B ben 3 x <O> hm'"),
    ]
    with pytest.raises(MalgwiError, match="no segments"):
        read_stm(write(tmp_path / "b.stm", ";; nothing\n"), TextFiles())


def test_stm_joins_only_what_is_apart_in_english(tmp_path: Path) -> None:
    def text(line: str, language: str | None = None) -> str:
        path = write(tmp_path / "a.stm", f"talk 1 ana 0 1 <o,f0,male> {line}\n")
        [found] = read_stm(path, TextFiles(language))
        return found.tiers[0].annotations[0].text

    assert text("i 'm sure we 'll go 'cause 'tis late") == "i'm sure we'll go 'cause 'tis late"
    assert text("don 't o 'clock", "en-GB") == "don't o 'clock"
    assert text("dit is 'n boek") == "dit is 'n boek"
    assert text("in 't huis komt 's avonds", "nl") == "in 't huis komt 's avonds"
    assert text("{ one / { two / three } } { { four / five } / six } end") == "one four end"


def test_transcriber(tmp_path: Path) -> None:
    path = tmp_path / "a.trs"
    path.write_bytes(TRS.encode("latin-1"))
    found = read_transcriber(path)
    assert said(found) == [
        (1.5, 3.0, "bonjour à tous", "Zoé"),
        (3.0, 4.0, "oui", "Zoé"),
        (4.0, 6.0, "un", "Zoé"),
        (4.0, 6.0, "deux", "spk2"),
    ]
    assert found.links == (Link(("talk",)),)
    assert (found.tiers[0].language, found.length) == ("fr", 12.5)
    assert [(p.where, p.detail) for p in found.problems] == [("turn at '6'", "no time: 'fin'")]


def test_transcriber_defines_nothing(tmp_path: Path) -> None:
    text = TRS.replace('"trans-14.dtd"', '"trans-14.dtd" [<!ENTITY x SYSTEM "/etc/passwd">]')
    with pytest.raises(MalgwiError, match="defines entities"):
        read_transcriber(write(tmp_path / "a.trs", text))


def test_chat(tmp_path: Path) -> None:
    found = read_chat(write(tmp_path / "a.cha", CHA), TextFiles())
    assert said(found) == [
        (0.1, 2.5, "I want I want cause go um fr cookie baana New York blackboard", "CHI"),
        (2.5, 4.0, "xxx that ? yes .", "MOT"),
        (4.0, 5.0, "xxx hey .", "CHI"),
    ]
    assert found.links == (Link(("tape1",)),)
    assert found.tiers[0].language == "eng"
    assert [(p.where, p.detail) for p in found.problems] == [
        ("line 10", "no time in it: 'no time .'")
    ]
    assert found.notes == ("participants: CHI is Target_Child, MOT is Mother",)
    old = read_chat(write(tmp_path / "b.cha", CHA.replace("@Media", "@Comment")), TextFiles())
    assert old.links == (Link(("other",)),)
    with pytest.raises(MalgwiError, match="no main lines"):
        read_chat(write(tmp_path / "c.cha", "@Begin\n@End\n"), TextFiles())


def test_chat_repetitions_are_said_as_often(tmp_path: Path) -> None:
    utterances = {
        "mama [x 3] .": "mama mama mama .",
        "so <I want> [x 2] it [x 1] .": "so I want I want it .",
        "no@f [=! laughs] [x 2] (be)cause[x 2]": "no no cause cause",
        "<a <b c> [x 2]> [x 2] d": "a b c b c a b c b c d",
        "<no &=laughs> [x 2] <but +...> [x 2]": "no no but but",
        "[x 2] xxx [x 0]": "xxx",
    }
    lines = "".join(f"*CHI:\t{line} \x150_9\x15\n" for line in utterances)
    endless = [f"*CHI:\tgo [x {times}] . \x150_9\x15\n" for times in ("5000", "9" * 5000)]
    nested = f"*CHI:\t{'<' * 40}go{'> [x 9]' * 40} . \x150_9\x15\n"
    found = read_chat(write(tmp_path / "a.cha", lines + "".join(endless) + nested), TextFiles())
    assert [text for _, _, text, _ in said(found)] == list(utterances.values())
    assert [one.where for one in found.problems] == ["line 7", "line 8", "line 9"]
    assert found.problems[0].detail == (
        "repeated beyond 10,000 characters: 'go [x 5000] . \\x150_9\\x15'"
    )


def test_flex(tmp_path: Path) -> None:
    first, second = read_flex(write(tmp_path / "a.flextext", FLEX))
    assert [(t.name, t.type, t.language) for t in first.tiers] == [
        ("txt seh", "txt", "seh"),
        ("gls en", "gls", "en"),
    ]
    assert said(first) == [(0.0, 1.5, "mbali ya", "Ana")]
    assert said(first, 1) == [(0.0, 1.5, "The fish", "Ana")]
    assert said(second) == [(1.5, 2.0, "ba , ku", None)]
    assert first.links == (Link(("file:///C:/a.wav",)),)
    assert second.links == (Link(("b.wav",)),)
    assert [(p.where, p.detail) for p in first.problems] == [("phrase 3", "no time: 'never'")]


def test_flex_without_times(tmp_path: Path) -> None:
    text = FLEX.replace("begin-time-offset", "x").replace("end-time-offset", "y")
    (only,) = read_flex(write(tmp_path / "a.flextext", text))
    assert (only.tiers, len(only.problems)) == ((), 3)


def flex_text(said: str, *media: str, named: str = "") -> str:
    """Return a text of one phrase from 0.1 to 0.9 s, as FLEx has it: its recordings come last."""
    files = "".join(f'<media guid="{place}" location="{place}"/>' for place in media)
    return (
        "<interlinear-text><paragraphs><paragraph><phrases>"
        f'<phrase begin-time-offset="100" end-time-offset="900" {named}>'
        f'<item type="txt" lang="seh">{said}</item></phrase></phrases></paragraph></paragraphs>'
        f"<media-files>{files}</media-files></interlinear-text>"
    )


def test_flex_of_several_texts_each_with_its_recording(tmp_path: Path) -> None:
    texts = [
        flex_text("uno", "1.wav"),
        flex_text("dos", "2.wav"),
        flex_text("tres", "3.wav", named='media-file="2.wav"'),
        flex_text("lost", "4.wav", named='media-file="nowhere"'),
    ]
    path = write(tmp_path / "a.flextext", f"<document>{''.join(texts)}</document>")
    found = {one.links: [text for _, _, text, _ in said(one)] for one in read_flex(path)}
    assert found == {
        (Link(("1.wav",)),): ["uno"],
        (Link(("2.wav",)),): ["dos", "tres"],
        (Link(("4.wav",)),): ["lost"],
    }
    path = write(
        tmp_path / "b.flextext", f"<document>{flex_text('uno')}{flex_text('dos')}</document>"
    )
    (only,) = read_flex(path)
    assert (only.links, [text for _, _, text, _ in said(only)]) == ((), ["uno", "dos"])


def test_the_ending_decides_who_reads(tmp_path: Path) -> None:
    for name, text, count in [("A.STM", STM, 2), ("b.trs", TRS, 1), ("c.cha", CHA, 1)]:
        path = write(tmp_path / name, text.replace("ISO-8859-1", "UTF-8"))
        assert is_annotations(path)
        assert len(read_annotations(path, TextFiles())) == count
    assert is_annotations(write(tmp_path / "l.txt", "1\t2\tx\n"))
    assert not is_annotations(write(tmp_path / "t.txt", "one two\n"))
    assert not is_annotations(write(tmp_path / "a.wav", ""))
