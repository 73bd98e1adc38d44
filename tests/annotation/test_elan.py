"""ELAN's tiers, whose times are often those of others, and damaged or hostile .eaf."""

from pathlib import Path

import pytest

from annotation_files import ROOT, aligned, media, referring, simple_eaf, tier, write_eaf
from malgwi.annotation import annotation, elan
from malgwi.annotation.annotation import Annotated, Link
from malgwi.annotation.elan import read_elan
from malgwi.errors import MalgwiError

SLOTS = {"ts1": 1000, "ts2": 2500, "ts3": 4000, "ts4": 7000}


def said(found: Annotated, name: str) -> list[tuple[float, float, str]]:
    (one,) = [tier for tier in found.tiers if tier.name == name]
    return [(a.start, a.end, a.text) for a in one.annotations]


def problems(found: Annotated) -> dict[str, str]:
    return {problem.where: problem.detail for problem in found.problems}


def test_aligned_tiers_keep_their_milliseconds_and_facts(tmp_path: Path) -> None:
    path = write_eaf(
        tmp_path / "a.eaf",
        [
            tier("ref", "utterance", aligned("a1", "ts1", "ts2", "one & two"), PARTICIPANT="Ana",
                 LANG_REF="mri", DEFAULT_LOCALE="en"),
            tier("note", "utterance", DEFAULT_LOCALE="en"),
        ],
        SLOTS,
        [media("file:///D:/x/a.wav", "./a.wav", 1234), media("file:///b.mp4")],
        '<LANGUAGE LANG_ID="mri" LANG_LABEL="Māori"/>',
    )  # fmt: skip
    found = read_elan(path)
    assert said(found, "ref") == [(1.0, 2.5, "one & two")]
    ref, note = found.tiers
    assert (ref.type, ref.parent, ref.participant, ref.language) == (
        "utterance", None, "Ana", "Māori",
    )  # fmt: skip
    assert (note.participant, note.language, note.annotations) == (None, "en", ())
    assert found.links == (
        Link(("./a.wav", "file:///D:/x/a.wav"), 1.234),
        Link(("file:///b.mp4",), 0.0),
    )
    assert (found.problems, found.notes) == ((), ())


def test_symbolic_tiers_have_the_times_of_their_parents(tmp_path: Path) -> None:
    """Words divide 1000 to 2500 ms in three, in the order that they name; glosses follow words."""
    path = write_eaf(
        tmp_path / "a.eaf",
        [
            tier("gloss", "association", referring("g2", "w2", "TWO"), PARENT_REF="word"),
            tier("word", "subdivision", referring("w3", "u1", "three", "w2"),
                 referring("w1", "u1", "one"), referring("w2", "u1", "two", "w1"),
                 referring("w4", "u2", "four"), PARENT_REF="ref"),
            tier("free", "association", referring("f1", "u1", "free"), PARENT_REF="ref"),
            tier("ref", "utterance", aligned("u1", "ts1", "ts2", "one two three"),
                 aligned("u2", "ts3", "ts4", "four")),
        ],
        SLOTS,
    )  # fmt: skip
    found = read_elan(path)
    assert sorted(said(found, "word")) == [
        (1.0, 1.5, "one"),
        (1.5, 2.0, "two"),
        (2.0, 2.5, "three"),
        (4.0, 7.0, "four"),
    ]
    assert said(found, "gloss") == [(1.5, 2.0, "TWO")]
    assert said(found, "free") == [(1.0, 2.5, "free")]
    assert found.problems == ()


def test_slots_without_a_time_lie_evenly_in_their_chain(tmp_path: Path) -> None:
    """Another tier's slots stand between them in the list; only the chain counts."""
    path = write_eaf(
        tmp_path / "a.eaf",
        [
            tier("ref", "utterance", aligned("u1", "ts1", "ts9", "a b c")),
            tier("part", "time", aligned("p1", "ts1", "ts2", "a"), aligned("p2", "ts2", "ts4", "b"),
                 aligned("p3", "ts4", "ts9", "c"), PARENT_REF="ref"),
            tier("other", "utterance", aligned("o1", "ts3", "ts5", "x")),
            tier("alone", "included", aligned("i1", "ts6", "ts7", "y")),
        ],
        {"ts1": 0, "ts2": None, "ts3": 310, "ts4": None, "ts5": 400, "ts6": None, "ts7": 800,
         "ts9": 900},
    )  # fmt: skip
    found = read_elan(path)
    assert said(found, "part") == [(0.0, 0.3, "a"), (0.3, 0.6, "b"), (0.6, 0.9, "c")]
    assert said(found, "alone") == [(0.6, 0.8, "y")]
    assert found.problems == ()


def test_controlled_vocabularies(tmp_path: Path) -> None:
    entry = (
        '<CONTROLLED_VOCABULARY CV_ID="v"><CV_ENTRY_ML CVE_ID="c1"><CVE_VALUE>noun</CVE_VALUE>'
        '</CV_ENTRY_ML></CONTROLLED_VOCABULARY><CONTROLLED_VOCABULARY CV_ID="w" EXT_REF="er1"/>'
        '<EXTERNAL_REF EXT_REF_ID="er1" TYPE="ecv" VALUE="file:/cv/pos.ecv"/>'
    )
    path = write_eaf(
        tmp_path / "a.eaf",
        [tier("pos", "utterance", aligned("a1", "ts1", "ts2", "", CVE_REF="c1"),
              aligned("a2", "ts2", "ts3", "verb", CVE_REF="elsewhere"),
              aligned("a3", "ts3", "ts4", "", CVE_REF="elsewhere"))],
        SLOTS,
        more=entry,
    )  # fmt: skip
    found = read_elan(path)
    assert said(found, "pos") == [(1.0, 2.5, "noun"), (2.5, 4.0, "verb")]
    assert problems(found) == {
        "pos a3": "no text, only 'elsewhere' of an external vocabulary: file:/cv/pos.ecv"
    }


def test_what_hangs_on_nothing_is_named(tmp_path: Path) -> None:
    path = write_eaf(
        tmp_path / "a.eaf",
        [
            tier("ref", "utterance", aligned("u1", "ts1", "ts2", "one"),
                 aligned("u1", "ts2", "ts3", "again"), aligned("u2", "no", "ts3", "untimed")),
            tier("lost", "association", referring("l1", "gone", "x"), referring("l2", "l1", "y"),
                 PARENT_REF="nobody"),
            tier("circle", "association", referring("c1", "c2", "x"), referring("c2", "c1", "y"),
                 PARENT_REF="circle"),
            tier("order", "subdivision", referring("o1", "u1", "x", "o2"),
                 referring("o2", "u1", "y", "o1"), PARENT_REF="ref"),
            tier("ref", "utterance"),
        ],
        SLOTS,
    )  # fmt: skip
    found = read_elan(path)
    assert problems(found) == {
        "ref u2": "no time at no or ts3",
        "lost l1": "its parent 'gone' isn't in the file",
        "lost l2": "its parent 'l1' has no time, nor has what that refers to",
        "circle c1": "its parent 'c2' leads back to itself",
        "circle c2": "its parent 'c1' leads back to itself",
        "order o1": "its parent 'u1' has no time, or those before it go in a circle",
        "order o2": "its parent 'u1' has no time, or those before it go in a circle",
    }
    assert found.notes == (
        "2 tiers are called 'ref'",
        "the tier 'lost' has the parent 'nobody', which isn't in the file",
        "the tier 'circle' is its own parent, directly or through others",
        "1 annotation ids stand twice or more, such as 'u1'; what refers to one is taken to mean "
        "the first",
    )
    assert [one.text for tier in found.tiers for one in tier.annotations] == ["one", "again"]


def test_ids_that_are_empty_or_stand_twice_end(tmp_path: Path) -> None:
    """Each is there once, whatever follows it; children go to the first of a name."""
    path = write_eaf(
        tmp_path / "a.eaf",
        [
            tier("ref", "utterance", aligned("u", "ts1", "ts2", "a"),
                 aligned("u", "ts3", "ts4", "b")),
            tier("part", "subdivision", referring("", "u", "x"), referring("", "u", "y"),
                 *(referring("w", "u", "z", "w") for _ in range(40)),
                 *(referring("v", "u", "v", "w") for _ in range(3)), PARENT_REF="ref"),
        ],
        SLOTS,
    )  # fmt: skip
    found = read_elan(path)
    assert said(found, "part") == [(1.0, 1.75, "x"), (1.75, 2.5, "y")]
    assert len(found.problems) == 43


def test_a_long_chain_of_parents_is_no_recursion(tmp_path: Path) -> None:
    chain = [referring(f"a{n}", f"a{n - 1}", "x") for n in range(1, 5000)]
    tiers = [tier("t", "association", aligned("a0", "ts1", "ts2", "top"), *chain)]
    found = read_elan(write_eaf(tmp_path / "a.eaf", tiers, SLOTS))
    assert {span[:2] for span in said(found, "t")} == {(1.0, 2.5)}
    assert found.problems == ()


ENTITIES = '<!DOCTYPE ANNOTATION_DOCUMENT [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04zip", "a ZIP archive"),
        (b"", "not whole or no XML"),
        (b"no xml", "not whole or no XML"),
        (ROOT.encode() + b"<TIER>", "not whole or no XML"),
        (b"<TextGrid/>", "the outermost element is 'TextGrid'"),
        (ENTITIES.encode() + b"<ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>", "defines entities"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><ANNOTATION_DOCUMENT>&y;', "no XML"),
        (b"<ANNOTATION_DOCUMENT>" + b"<A>" * 200_000, "deep"),
        (b'<?xml version="1.0" encoding="cp949"?><ANNOTATION_DOCUMENT/>', "no XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><ANNOTATION_DOCUMENT/>', "no XML"),
        (b"\xff\xfe<\0A\0", "no XML"),
    ],
)
def test_hostile_files_are_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.eaf"
    path.write_bytes(content)
    with pytest.raises(MalgwiError, match=words) as error:
        read_elan(path)
    assert str(error.value).startswith(str(path))


def test_odd_numbers_are_no_times(tmp_path: Path) -> None:
    path = simple_eaf(tmp_path / "a.eaf", {"t": [(0, 5, "x"), (1, 10**14, "y"), (-5, 20, "z")]})
    found = read_elan(path)
    assert said(found, "t") == [(0.0, 0.005, "x"), (-0.005, 0.02, "z")]
    assert list(problems(found)) == ["t t-1"]
    text = path.read_text().replace('TIME_VALUE="20"', 'TIME_VALUE="٣"')
    path.write_text(text, encoding="utf-8")
    assert list(problems(read_elan(path))) == ["t t-1", "t t-2"]


def test_heads_of_old_files(tmp_path: Path) -> None:
    path = simple_eaf(tmp_path / "a.eaf", {"t": [(0, 5, "x")]})
    text = path.read_text()
    path.write_text(text.replace('MEDIA_FILE=""', 'MEDIA_FILE="tape.wav"'))
    assert read_elan(path).links == (Link(("tape.wav",)),)
    path.write_text(text.replace('"milliseconds"', '"PAL-frames"'))
    with pytest.raises(MalgwiError, match="times in 'PAL-frames', expected milliseconds"):
        read_elan(path)


def test_size_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = simple_eaf(tmp_path / "a.eaf", {"t": [(0, 5, "x")]})
    monkeypatch.setattr(annotation, "LARGEST", 100)
    with pytest.raises(MalgwiError, match="expected at most 100"):
        elan.read_elan(path)
