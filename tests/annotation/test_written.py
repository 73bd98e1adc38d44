"""TextGrids, label tracks, CTM and STM as they are written, and read back where they can be."""

from pathlib import Path

from malgwi.annotation.annotation import Annotation, Tier
from malgwi.annotation.audacity import labels, read_labels
from malgwi.annotation.ctm import ctm
from malgwi.annotation.stm import read_stm, stm
from malgwi.annotation.textgrid import read_textgrid, textgrid
from malgwi.text_file import TextFiles

SAID = (Annotation(0.06, 1.2, 'say "a"'), Annotation(1.2, 1.5, "안"))
GRID = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 3601.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "a ""b"""
        xmin = 0
        xmax = 3601.5
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.06
            text = ""
        intervals [2]:
            xmin = 0.06
            xmax = 1.2
            text = "say ""a"""
        intervals [3]:
            xmin = 1.2
            xmax = 1.5
            text = "안"
        intervals [4]:
            xmin = 1.5
            xmax = 3601.5
            text = ""
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 3601.5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 3601.5
            text = ""
'''


def test_textgrid_fills_the_time_between_and_doubles_quotes(tmp_path: Path) -> None:
    assert textgrid([Tier('a "b"', SAID), Tier("words", ())], 3601.5) == GRID
    (tmp_path / "a.TextGrid").write_text(GRID, encoding="utf-8")
    found = read_textgrid(tmp_path / "a.TextGrid", TextFiles())
    assert [tier.annotations for tier in found.tiers] == [SAID, ()]
    assert (found.tiers[0].name, found.length) == ('a "b"', 3601.5)


def test_textgrid_of_words_from_end_to_end_has_no_empty_intervals() -> None:
    whole = textgrid([Tier("words", (Annotation(0, 0.5, "a"), Annotation(0.5, 1, "b")))], 1)
    assert "intervals: size = 2\n" in whole
    assert '""' not in whole
    assert textgrid([], 0).splitlines()[4] == "xmax = 0.001"


def test_labels_stm_and_ctm(tmp_path: Path) -> None:
    assert labels(SAID) == '0.060000\t1.200000\tsay "a"\n1.200000\t1.500000\t안\n'
    (tmp_path / "a.txt").write_text(labels(SAID), encoding="utf-8")
    assert read_labels(tmp_path / "a.txt", TextFiles()).tiers[0].annotations == SAID
    segments = stm(SAID, "my talk", 2)
    assert segments.splitlines() == [
        'my_talk 2 my_talk_2 0.060 1.200 <o,f0,unknown> say "a"',
        "my_talk 2 my_talk_2 1.200 1.500 <o,f0,unknown> 안",
    ]
    (tmp_path / "a.stm").write_text(segments, encoding="utf-8")
    [found] = read_stm(tmp_path / "a.stm", TextFiles())
    assert [(a.start, a.end, a.text, a.speaker) for a in found.tiers[0].annotations] == [
        (a.start, a.end, a.text, "my_talk_2") for a in SAID
    ]
    said = ["in 't huis, {een / twee}", "she said 's' (2) read(2)"]
    ours = [Annotation(place, place + 1, text) for place, text in enumerate(said)]
    (tmp_path / "a.stm").write_text(stm(ours, "my talk", 1), encoding="utf-8")
    [found] = read_stm(tmp_path / "a.stm", TextFiles())
    assert [a.text for a in found.tiers[0].annotations] == said
    assert ctm(zip(SAID, (0.5, 0.98765), strict=True), "my talk", 1).splitlines() == [
        'my_talk 1 0.060 1.140 say_"a" 0.5000',
        "my_talk 1 1.200 0.300 안 0.9877",
    ]
