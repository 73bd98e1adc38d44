"""A folder of recordings and annotations: its tiers, the choice among them, and the rows."""

import os
import re
from pathlib import Path

import pytest

from annotation_files import aligned, media, referring, simple_eaf, tier, write_eaf
from corpora import faults, touch
from malgwi.annotation.annotation import Annotated, Annotation, Tier
from malgwi.corpus.annotated import open_project
from malgwi.corpus.conventions import Conventions, read_conventions
from malgwi.corpus.layouts import detect, read_corpus
from malgwi.corpus.row import Row
from malgwi.corpus.tiers import Choice, summarise
from malgwi.errors import MalgwiError

TWO = {
    "A": [(0, 1500, "one"), (2000, 3000, "two")],
    "B": [(1000, 2500, "ja"), (2500, 2500, "point"), (9000, 8000, "back"), (-500, 200, "early")],
}


def rows(folder: Path, **conventions: object) -> list[Row]:
    return list(open_project(folder, Conventions(**conventions)).rows())  # type: ignore[arg-type]


def test_each_annotation_of_the_chosen_tier_is_a_row(tmp_path: Path) -> None:
    recording = touch(tmp_path / "dev/talk.wav")
    simple_eaf(tmp_path / "dev/talk.eaf", TWO, [media("talk.wav", origin=250)], PARTICIPANT="Ana")
    assert detect(str(tmp_path)) == "annotated"
    good, second = rows(tmp_path, tier=("A",))
    assert good == Row(
        id="dev/talk-250-1750",
        audio=recording,
        text="one",
        speaker="Ana",
        columns={"tier": "A", "participant": "Ana"},
        start=0.25,
        end=1.75,
    )
    assert good.folders == ("dev",)
    assert (second.id, second.start, second.end) == ("dev/talk-2250-3250", 2.25, 3.25)


def test_odd_times_stay_as_they_are_for_the_checks(tmp_path: Path) -> None:
    touch(tmp_path / "talk.wav")
    simple_eaf(tmp_path / "talk.eaf", TWO)
    assert [(row.id, row.start, row.end) for row in rows(tmp_path, tier=("B",))][1:] == [
        ("talk-2500-2500", 2.5, 2.5),
        ("talk-9000-8000", 9.0, 8.0),
        ("talk--500-200", -0.5, 0.2),
    ]


def test_what_is_broken_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name in ("a", "alone"):
        touch(tmp_path / f"{name}.wav")
    simple_eaf(tmp_path / "a.eaf", {"A": [(0, 1000, "one")]})
    simple_eaf(tmp_path / "lost.eaf", {"A": [(0, 1000, "two")]}, [media("http://x.org/y.wav")])
    (tmp_path / "b.eaf").write_bytes(b"PK\x03\x04")
    (tmp_path / "c.srt").write_text("1\n00:00 --> later\n", encoding="utf-8")
    broken = [tier("A", "utterance", aligned("a1", "no", "ts", "x"))]
    write_eaf(tmp_path / "d.eaf", [*broken, tier("B", "utterance", aligned("b", "n", "o", ""))], {})
    found = rows(tmp_path, tier=("A", "subtitles"))
    assert faults(found) == [
        ("b.eaf", "damaged-annotation", "a ZIP archive, not annotations; unpack it"),
        ("alone", "no-transcript", "alone.wav"),
        ("c.srt: line 2", "damaged-annotation", "no times: '00:00 --> later'"),
        ("c.srt", "no-recording", "links to nothing, and no recording has its name"),
        ("d.eaf: A a1", "damaged-annotation", "no time at no or ts"),
        ("d.eaf", "no-recording", "links to nothing, and no recording has its name"),
        ("lost.eaf", "no-recording",
         "links to http://x.org/y.wav, which isn't fetched; download it into the folder"),
    ]  # fmt: skip
    assert [row.text for row in found if not row.fault] == ["one"]


def test_no_guess_among_several_tiers(tmp_path: Path) -> None:
    touch(tmp_path / "talk.wav")
    simple_eaf(tmp_path / "talk.eaf", {**TWO, "empty": [(0, 1, "")]})
    with pytest.raises(MalgwiError, match=r"There are 'A' \(2\), 'B' \(2\)\. .*--tier A, or"):
        rows(tmp_path)
    with pytest.raises(MalgwiError, match=r"--tier C: no tier or annotation fits; .*'A', 'B'"):
        rows(tmp_path, tier=("A", "C"))
    with pytest.raises(MalgwiError, match="--not-tier type=x: no tier"):
        rows(tmp_path, not_tier=("type=x",))
    left = rows(tmp_path, not_tier=("B",))
    assert [row.text for row in left] == ["one", "two", ""]


def test_files_of_one_tier_each_leave_nothing_to_choose(tmp_path: Path) -> None:
    for name in ("a", "b"):
        touch(tmp_path / f"{name}.wav")
    simple_eaf(tmp_path / "a.eaf", {"ref@Ana": [(0, 1000, "one")], "empty": [(0, 1, "")]})
    (tmp_path / "b.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\ntwo\n")
    assert [row.text for row in rows(tmp_path) if row.text] == ["one", "two"]
    simple_eaf(tmp_path / "b.eaf", {"ref@Ben": [(0, 1000, "three")]})
    with pytest.raises(MalgwiError, match="There are 'ref@Ana'"):
        rows(tmp_path)


def test_what_a_file_and_its_copy_have_counts_once(tmp_path: Path) -> None:
    """As in the copy that `transcribe --into` writes; what was corrected in one stays in both."""
    touch(tmp_path / "talk.wav")
    own = [(0, 1000, "one"), (2000, 3000, "two")]
    simple_eaf(tmp_path / "talk.eaf", {"ref": own, "other": own[:1]}, [media("talk.wav")])
    copy = {"ref": [own[0], (2000, 3000, "too")], "other": own[:1]}
    simple_eaf(tmp_path / "talk-malgwi.eaf", copy, [media("talk.wav")])
    found = rows(tmp_path, tier=("*",))
    assert [(row.id, row.text) for row in found if not row.fault] == [
        ("talk-0-1000", "one"),
        ("talk-2000-3000", "too"),
        ("talk-0-1000-other", "one"),
        ("talk-2000-3000-ref", "two"),
    ]
    assert faults(found) == [
        ("talk.eaf: talk-0-1000", "duplicate-annotation", "as in talk-malgwi.eaf"),
        ("talk.eaf: talk-0-1000", "duplicate-annotation", "as in talk-malgwi.eaf"),
    ]


def test_two_tiers_at_the_same_time_have_ids_of_their_own(tmp_path: Path) -> None:
    touch(tmp_path / "talk.wav")
    simple_eaf(tmp_path / "talk.eaf", {"A": [(0, 1000, "x")], "B": [(0, 1000, "y")]})
    assert [row.id for row in rows(tmp_path, tier=("*",))] == ["talk-0-1000", "talk-0-1000-B"]
    many = [(0, 1000, text) for text in "uvw"]
    simple_eaf(tmp_path / "talk.eaf", {"A": many, "B": many})
    assert [row.id[len("talk-0-1000") :] for row in rows(tmp_path, tier=("*",))] == [
        "",
        "-A",
        "-A-2",
        "-B",
        "-B-2",
        "-B-3",
    ]


@pytest.mark.parametrize(
    ("speaker_from", "speakers"),
    [(None, ["Ana", "Ben"]), ("participant", ["Ana", "Ben"]), ("tier", ["subtitles"] * 2),
     ("file", ["x/talk"] * 2)],
)  # fmt: skip
def test_speakers(tmp_path: Path, speaker_from: str | None, speakers: list[str]) -> None:
    touch(tmp_path / "x/talk.mp3")
    cues = "".join(
        f"00:0{n}.000 --> 00:0{n}.500\n<v {who}>hi\n\n" for n, who in ((1, "Ana"), (2, "Ben"))
    )
    (tmp_path / "x/talk.vtt").write_text(f"WEBVTT\n\n{cues}", encoding="utf-8")
    assert [row.speaker for row in rows(tmp_path, speaker_from=speaker_from)] == speakers
    assert [row.text for row in rows(tmp_path, tier=("participant=Ana",))] == ["hi"]
    assert [row.speaker for row in rows(tmp_path, not_tier=("participant=A*",))] == ["Ben"]


def test_one_file_is_a_source(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav")
    touch(tmp_path / "b.wav")
    label = tmp_path / "a.txt"
    label.write_text("0\t1\tone\n", encoding="utf-8")
    assert detect(str(label)) == "annotated"
    (row,) = read_corpus(str(label), "annotated", tmp_path)
    assert (row.id, row.text) == ("a-0-1000", "one")
    with pytest.raises(MalgwiError, match=r"no annotations; expected files such as \.eaf"):
        open_project(touch(tmp_path / "x.pdf"))
    with pytest.raises(MalgwiError, match=r"x\.eaf: not whole or no XML"):
        open_project(touch(tmp_path / "x.eaf"))
    with pytest.raises(MalgwiError, match="no such file or folder"):
        open_project(tmp_path / "none")


def test_tables_beside_annotations(tmp_path: Path) -> None:
    """One of sessions changes nothing; one of clips, with its words in TextGrids, is the corpus."""
    touch(tmp_path / "talk.wav")
    simple_eaf(tmp_path / "talk.eaf", TWO)
    (tmp_path / "sessions.csv").write_text("session,file,place\n1,talk.wav,here\n")
    assert detect(str(tmp_path)) == "annotated"
    (tmp_path / "clips.tsv").write_text('"path"\tsentence\n')
    assert detect(str(tmp_path)) == "tsv"


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_of_clips_counts_whatever_parts_its_columns(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    touch(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("0.5\t1\tanother text\n")
    table = f"Path{delimiter}Text\r\na.wav{delimiter}one\r\n"
    (tmp_path / "clips.csv").write_bytes(table.encode(encoding))
    assert detect(str(tmp_path)) == "csv"
    [row] = read_corpus(str(tmp_path), "csv", tmp_path)
    assert (row.id, row.text) == ("a", "one")


def test_pipes_are_no_files(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("0\t1\tone\n")
    for name in ("b.txt", "b.eaf", "b.wav"):
        os.mkfifo(tmp_path / name)
    assert [row.id for row in rows(tmp_path)] == ["a-0-1000"]


def test_conventions_stand_beside_the_data(tmp_path: Path) -> None:
    touch(tmp_path / "sound/talk.wav")
    simple_eaf(tmp_path / "eaf/talk.eaf", TWO)
    toml = tmp_path / "eaf/malgwi.toml"
    toml.write_text('tier = "A"\nspeaker-from = "file"\nmedia = "../sound"\n', encoding="utf-8")
    with pytest.raises(MalgwiError, match=r"leads out of .*--allow-outside"):
        rows(tmp_path / "eaf")
    found = rows(tmp_path / "eaf", media=tmp_path / "sound")
    assert [(row.text, row.speaker) for row in found] == [("one", "talk"), ("two", "talk")]
    first, *_ = rows(tmp_path / "eaf", media=tmp_path / "sound", tier=("B",))
    assert first.text == "ja"
    assert len(list(open_project(tmp_path / "eaf", allow_outside=True).rows())) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tier = ", "no TOML"),
        ("\udcff", "no TOML"),
        ("tiers = 'A'", "'tiers' is unknown; expected tier, not-tier, speaker-from, media"),
        ("tier = 3", "tier 3; expected a name or a list of names"),
        ("tier = ['a', 1]", "expected a name or a list"),
        ("speaker-from = 'x'", "expected one of tier, participant, file"),
        ("media = 1", "expected the path of a folder"),
    ],
)
def test_damaged_conventions(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "malgwi.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MalgwiError, match=words):
        read_conventions(tmp_path)


def test_summaries_over_files(tmp_path: Path) -> None:
    """A and its translation are kin; B begins beside A's 1000 to 1500 and 2000 to 2500 ms."""
    child = Tier("T", (Annotation(0, 1.5, "eins"),), "association", "A")
    first = Tier(
        "A", (Annotation(0, 1.5, "one"), Annotation(2, 3, "two")), "utterance", None, "Ana"
    )
    other = Tier("B", (Annotation(1, 2.5, "ja"), Annotation(4, 4, "x")), "utterance", language="de")
    again = Tier("A", tuple(Annotation(n, n + 1, str(n)) for n in range(12)), "utterance")
    both = [Annotated(Path("x"), (first, child, other)), Annotated(Path("y"), (again,))]
    a, t, b = summarise(both)
    assert (a.name, a.type, a.parent, a.participants, a.languages) == (
        "A", "utterance", None, ("Ana",), (),
    )  # fmt: skip
    assert (a.files, a.annotations, a.usable, a.seconds, a.overlap) == (2, 14, 14, 14.5, 1.0)
    assert a.samples == ("one", "0", "3", "6", "9")
    assert (t.parent, t.seconds, t.overlap) == ("A", 1.5, 0.5)
    assert (b.annotations, b.usable, b.overlap, b.languages) == (2, 1, 1.0, ("de",))


def test_choices() -> None:
    one = Annotation(0, 1, "x", "Ben")
    tier_ = Tier("ref@[Ana]?", (one,), "utt", "p", "Ana", "mri")
    for words in ("ref@[Ana]?", "ref@*", "name=ref*", "type=utt", "parent=p", "language=m*"):
        assert Choice((words,)).takes(tier_, one), words
    for words in ("ref@[Ana]x", "ref@Ana?", "type=ut", "x=y", "participant=Ana"):
        assert not Choice((words,)).takes(tier_, one), words
    assert Choice(("no", "participant=Ben")).takes(tier_, one)
    assert not Choice(("type=utt",), ("participant=Ben",)).takes(tier_, one)
    # A space that nobody sees, in one file of many, takes nobody out of a choice.
    unseen = Annotation(0, 1, "x", "Ben ")
    for words in ("participant=Ben", "A", "A "):
        assert Choice((words,)).takes(Tier("A ", (unseen,)), unseen), words


@pytest.mark.parametrize(
    ("take", "leave", "said"),
    [
        (["A"], ["A"], "--not-tier A: nothing is left of what --tier A takes"),
        (["B", "A"], ["type=x", "A*"], "--not-tier A*: nothing is left of what --tier A takes"),
        ([], ["A", "B"], "--not-tier A and --not-tier B: nothing is left of what is there"),
        (
            ["participant=Ben"],
            ["A"],
            "--not-tier A: nothing is left of what --tier participant=Ben",
        ),
    ],
)
def test_choices_that_contradict_themselves(take: list[str], leave: list[str], said: str) -> None:
    tiers = [
        Tier("A", (Annotation(0, 1, "x", "Ben"),)),
        Tier("B", (Annotation(0, 1, "x"),)),
    ]
    tiers += [Tier("C", (), "x")] if take[:1] == ["B"] else []
    with pytest.raises(MalgwiError, match=re.escape(said)):
        Choice(tuple(take), tuple(leave)).check(tiers)


def test_the_tiers_of_a_dependent_tree(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav")
    write_eaf(
        tmp_path / "a.eaf",
        [
            tier("word", "subdivision", referring("w1", "u1", "a"),
                 referring("w2", "u1", "b", "w1"), PARENT_REF="ref"),
            tier("ref", "utterance", aligned("u1", "t1", "t2", "a b")),
        ],
        {"t1": 0, "t2": 1000},
    )  # fmt: skip
    found = rows(tmp_path, tier=("type=subdivision",))
    assert [(row.text, row.start, row.end) for row in found] == [("a", 0.0, 0.5), ("b", 0.5, 1.0)]


def vtt(path: Path, text: str) -> Path:
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n", encoding="utf-8")
    return path


def test_subtitles_in_several_languages_are_a_choice(tmp_path: Path) -> None:
    """Both would be learnt of one recording; what is named in it is named in all of the corpus."""
    for name in ("talk", "other"):
        touch(tmp_path / f"{name}.wav")
    vtt(tmp_path / "talk.en.vtt", "hello")
    vtt(tmp_path / "talk.es-MX.vtt", "hola")
    vtt(tmp_path / "other.EN.vtt", "one\n\n00:02 --> later\nlost")
    with pytest.raises(
        MalgwiError,
        match=r"There are 'subtitles en' \(2\), 'subtitles es-mx' \(1\)\. .*'subtitles en', or",
    ):
        rows(tmp_path)
    for words in ("subtitles es-mx", "language=es*"):
        (row,) = rows(tmp_path, tier=(words,))
        assert (row.id, row.text) == ("talk-1000-2000", "hola")
        assert row.columns == {"tier": "subtitles es-mx", "language": "es-mx"}
    found = rows(tmp_path, not_tier=("subtitles es*",))
    assert [(row.id, row.text) for row in found if not row.fault] == [
        ("other-1000-2000", "one"),
        ("talk-1000-2000", "hello"),
    ]
    assert [row.id for row in found if row.fault] == ["other.EN.vtt: line 6"]


def test_subtitles_with_and_without_a_language(tmp_path: Path) -> None:
    touch(tmp_path / "talk.wav")
    vtt(tmp_path / "talk.vtt", "hello")
    assert [row.columns for row in rows(tmp_path)] == [{"tier": "subtitles"}]
    vtt(tmp_path / "talk.wav.es.vtt", "hola")
    with pytest.raises(MalgwiError, match=r"'subtitles' \(1\), 'subtitles es' \(1\)"):
        rows(tmp_path)
    assert [row.text for row in rows(tmp_path, tier=("subtitles",))] == ["hello"]
    vtt(tmp_path / "talk.english.vtt", "hello")
    (row,) = rows(tmp_path, tier=("subtitles english",))
    assert row.columns == {"tier": "subtitles english"}
    for name in ("talk.vtt", "talk.english.vtt"):
        (tmp_path / name).unlink()
    assert [row.columns for row in rows(tmp_path)] == [{"tier": "subtitles"}]
    assert [row.text for row in rows(tmp_path, tier=("subtitles es",))] == ["hola"]


def test_numbers_and_versions_of_subtitles_are_no_languages(tmp_path: Path) -> None:
    touch(tmp_path / "talk.wav")
    for number, text in enumerate(("hello", "world")):
        vtt(tmp_path / f"talk.{number}.vtt", text)
    assert [(row.text, row.columns) for row in rows(tmp_path)] == [
        ("hello", {"tier": "subtitles"}),
        ("world", {"tier": "subtitles"}),
    ]
