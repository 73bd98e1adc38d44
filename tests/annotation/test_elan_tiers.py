"""Tiers set into ELAN files: nothing else of them moves, and the schema's order and ids hold."""

import codecs
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from annotation_files import ROOT, aligned, media, tier, write_eaf
from malgwi.annotation.annotation import Annotation
from malgwi.annotation.elan import read_elan
from malgwi.annotation.elan_tiers import NewTier, new_document, with_tiers
from malgwi.errors import MalgwiError

OLD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- mine -->
<ANNOTATION_DOCUMENT AUTHOR="Ana" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
    <MEDIA_DESCRIPTOR MEDIA_URL='file:///a>b.wav' MIME_TYPE="audio/x-wav"/>
    <PROPERTY NAME="lastUsedAnnotationId">7</PROPERTY>
  </HEADER>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
    <TIME_SLOT TIME_SLOT_ID="ts9" TIME_VALUE="900"/><!-- nine -->
  </TIME_ORDER>
  <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="ref">
    <ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts9">
        <ANNOTATION_VALUE>eñe</ANNOTATION_VALUE>
      </ALIGNABLE_ANNOTATION>
    </ANNOTATION>
  </TIER>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
  <LOCALE LANGUAGE_CODE="en"/>
  <CONTROLLED_VOCABULARY CV_ID="x"/>
</ANNOTATION_DOCUMENT>
"""
# Written out whole, not made of OLD: that nothing of it moves is what is tested.
NEW = """<?xml version="1.0" encoding="UTF-8"?>
<!-- mine -->
<ANNOTATION_DOCUMENT AUTHOR="Ana" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
    <MEDIA_DESCRIPTOR MEDIA_URL='file:///a>b.wav' MIME_TYPE="audio/x-wav"/>
    <PROPERTY NAME="lastUsedAnnotationId">9</PROPERTY>
  </HEADER>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
    <TIME_SLOT TIME_SLOT_ID="ts9" TIME_VALUE="900"/>
    <TIME_SLOT TIME_SLOT_ID="ts10" TIME_VALUE="60"/>
    <TIME_SLOT TIME_SLOT_ID="ts12" TIME_VALUE="60"/>
    <TIME_SLOT TIME_SLOT_ID="ts13" TIME_VALUE="120"/>
    <TIME_SLOT TIME_SLOT_ID="ts11" TIME_VALUE="1500"/><!-- nine -->
  </TIME_ORDER>
  <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="ref">
    <ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts9">
        <ANNOTATION_VALUE>eñe</ANNOTATION_VALUE>
      </ALIGNABLE_ANNOTATION>
    </ANNOTATION>
  </TIER>
  <TIER ANNOTATOR="malgwi" LINGUISTIC_TYPE_REF="said" TIER_ID="said">
    <ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a8" TIME_SLOT_REF1="ts10" TIME_SLOT_REF2="ts11">
        <ANNOTATION_VALUE>a &lt;ñ&gt; &amp; "b"�</ANNOTATION_VALUE>
      </ALIGNABLE_ANNOTATION>
    </ANNOTATION>
  </TIER>
  <TIER ANNOTATOR="malgwi" LINGUISTIC_TYPE_REF="words" PARENT_REF="said" TIER_ID="words">
    <ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a9" TIME_SLOT_REF1="ts12" TIME_SLOT_REF2="ts13">
        <ANNOTATION_VALUE>a</ANNOTATION_VALUE>
      </ALIGNABLE_ANNOTATION>
    </ANNOTATION>
  </TIER>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
  <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="said" TIME_ALIGNABLE="true"/>
  <LINGUISTIC_TYPE CONSTRAINTS="Included_In" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="words" \
TIME_ALIGNABLE="true"/>
  <LOCALE LANGUAGE_CODE="en"/>
  <CONSTRAINT DESCRIPTION="Annotations with times within their parent's, gaps allowed" \
STEREOTYPE="Included_In"/>
  <CONTROLLED_VOCABULARY CV_ID="x"/>
</ANNOTATION_DOCUMENT>
"""
TIERS = [
    NewTier("said", (Annotation(0.06, 1.5, 'a <ñ> & "b"\0'),)),
    NewTier("words", (Annotation(0.06, 0.12, "a"),), "said"),
]
# Of EAFv3.0.xsd, stated anew: the code's own list would agree with whatever the code writes.
SCHEMA_ORDER = (
    "LICENSE",
    "HEADER",
    "TIME_ORDER",
    "TIER",
    "LINGUISTIC_TYPE",
    "LOCALE",
    "LANGUAGE",
    "CONSTRAINT",
    "CONTROLLED_VOCABULARY",
    "LEXICON_REF",
    "REF_LINK_SET",
    "EXTERNAL_REF",
)


def add(content: bytes | str, tiers: list[NewTier] = TIERS) -> tuple[bytes, list[str]]:
    content = content if isinstance(content, bytes) else content.encode()
    return with_tiers(Path("a.eaf"), content, tiers)


def check_schema(content: bytes) -> None:
    """Check what the schema of format 3.0 asks for: order, ids that are unique, what they mean."""
    root = fromstring(content)
    places = [SCHEMA_ORDER.index(element.tag) for element in root]
    assert places == sorted(places)
    ids = [
        value
        for element in root.iter()
        for name, value in element.attrib.items()
        if name in {"ANNOTATION_ID", "TIME_SLOT_ID", "STEREOTYPE", "EXT_REF_ID"}
    ]
    assert len(ids) == len(set(ids))
    for referring, name, kind, wanted in (
        ("TIER", "LINGUISTIC_TYPE_REF", "LINGUISTIC_TYPE", "LINGUISTIC_TYPE_ID"),
        ("TIER", "PARENT_REF", "TIER", "TIER_ID"),
        ("LINGUISTIC_TYPE", "CONSTRAINTS", "CONSTRAINT", "STEREOTYPE"),
        ("ALIGNABLE_ANNOTATION", "TIME_SLOT_REF1", "TIME_SLOT", "TIME_SLOT_ID"),
        ("ALIGNABLE_ANNOTATION", "TIME_SLOT_REF2", "TIME_SLOT", "TIME_SLOT_ID"),
    ):
        there = [element.get(wanted) for element in root.iter(kind)]
        assert len(there) == len(set(there))
        assert {e.get(name) for e in root.iter(referring) if e.get(name)} <= set(there)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["bare", "marked"])
def test_what_is_new_stands_between_the_old_bytes(newline: str, mark: bytes) -> None:
    old, new = (mark + text.replace("\n", newline).encode() for text in (OLD, NEW))
    found, names = add(old)
    assert found == new
    assert names == ["said", "words"]
    check_schema(found)
    kept = found.replace(b">9</PROPERTY>", b">7</PROPERTY>")
    matched = SequenceMatcher(None, old, kept, autojunk=False).get_matching_blocks()
    assert sum(block.size for block in matched) == len(old)  # insertions only


def test_once_more_takes_other_names_and_the_types_that_are_there(tmp_path: Path) -> None:
    once, _ = add(OLD)
    twice, names = add(once)
    assert names == ["said 2", "words 2"]
    check_schema(twice)
    assert twice.count(b"<LINGUISTIC_TYPE ") == 3
    assert twice.count(b"<CONSTRAINT ") == 1
    assert b'PARENT_REF="said 2" TIER_ID="words 2"' in twice
    (tmp_path / "a.eaf").write_bytes(twice)
    found = read_elan(tmp_path / "a.eaf")
    assert (found.problems, found.notes) == ((), ())
    assert [[(a.start, a.end, a.text) for a in t.annotations] for t in found.tiers] == [
        [(0.0, 0.9, "eñe")],
        *[[(0.06, 1.5, 'a <ñ> & "b"�')], [(0.06, 0.12, "a")]] * 2,
    ]


def test_a_type_that_means_something_else_is_left_alone() -> None:
    """It has a vocabulary to choose from, or a parent, which a transcript doesn't fit."""
    for more in ('CONTROLLED_VOCABULARY_REF="x"', 'CONSTRAINTS="Time_Subdivision"'):
        line = f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="said" {more}/>'
        found, names = add(OLD.replace("  <LOCALE", f"  {line}\n  <LOCALE"))
        assert names == ["said", "words"]
        assert b'LINGUISTIC_TYPE_REF="said 2" TIER_ID="said"' in found
        assert line.encode() in found


@pytest.mark.parametrize(
    "order", ["<TIME_ORDER/>", "<TIME_ORDER></TIME_ORDER>", "<TIME_ORDER>\n</TIME_ORDER >"]
)
@pytest.mark.parametrize(
    "header", ["<HEADER/>", '<HEADER><PROPERTY NAME="lastUsedAnnotationId"/></HEADER>']
)
def test_files_with_nothing_in_them(header: str, order: str) -> None:
    """Each has neither tiers nor types; what is new has its order by itself."""
    found, _ = add(f"{ROOT}{header}{order}</ANNOTATION_DOCUMENT>")
    check_schema(found)
    [last] = fromstring(found).iter("PROPERTY")
    assert (last.get("NAME"), last.text) == ("lastUsedAnnotationId", "2")
    assert found.count(b"<TIME_SLOT ") == 4


def test_the_highest_number_of_all_counts() -> None:
    """ELAN's own count may be lower than what other programs wrote."""
    high = OLD.replace('ANNOTATION_ID="a3"', 'ANNOTATION_ID="a30"').replace('"ts1"', '"x1"')
    found, _ = add(high)
    assert b'ANNOTATION_ID="a31"' in found
    assert b'lastUsedAnnotationId">32<' in found
    check_schema(found)
    none, _ = add(OLD.replace(">7</PROPERTY>", ">many</PROPERTY>"))
    assert b'lastUsedAnnotationId">5<' in none


def test_an_encoding_of_one_byte_takes_all_letters() -> None:
    old = OLD.replace('"UTF-8"', '"ISO-8859-1"').encode("latin-1")
    tiers = [NewTier("said", (Annotation(0, 1, "ñ 안"),))]
    found, _ = add(old, tiers)
    assert b"e\xf1e" in found
    assert [v.text for v in fromstring(found).iter("ANNOTATION_VALUE")] == ["eñe", "ñ 안"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (OLD.encode("utf-16"), "UTF-16 or UTF-32, expected UTF-8"),
        (OLD.replace("UTF-8", "UTF-16").encode("utf-16-le"), "UTF-16 or UTF-32, expected"),
        (OLD[:600], "not whole or no XML"),
        (b"PK\3\4", "not whole or no XML"),
        (OLD.replace("e\xf1e", "&lol;"), "not whole or no XML .undefined entity"),
        (OLD.replace("ANNOTATION_DOCUMENT", "Trans"), "begins with <Trans>"),
        (re.sub("<TIME_ORDER.*TIME_ORDER>", "", OLD, flags=re.DOTALL), "0 elements TIME_ORDER"),
        (OLD.replace("<LOCALE", "<HEADER/><LOCALE"), "2 elements HEADER, expected one"),
        (
            OLD.replace("<!-- mine -->", '<!DOCTYPE x [<!ENTITY lol "lol">]>'),
            "defines the entity 'lol'",
        ),
    ],
)
def test_what_is_no_elan_file_is_refused(content: bytes | str, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        add(content)


def test_a_file_of_one_line(tmp_path: Path) -> None:
    path = write_eaf(
        tmp_path / "a.eaf",
        [tier("ref", "utterance", aligned("a1", "ts1", "ts2", "one"))],
        {"ts1": 0, "ts2": 500},
        [media("a.wav")],
    )
    found, _ = add(path.read_bytes())
    path.write_bytes(found)
    assert [t.name for t in read_elan(path).tiers] == ["ref", "said", "words"]
    assert read_elan(path).tiers[2].parent == "said"


def test_a_new_file_links_to_its_recording(tmp_path: Path) -> None:
    content = new_document(TIERS, tmp_path / "a & b/talk 1.wav", tmp_path / "out")
    check_schema(content)
    path = tmp_path / "a.eaf"
    path.write_bytes(content)
    found = read_elan(path)
    assert found.problems == ()
    assert [link.places for link in found.links] == [
        ("../a & b/talk 1.wav", f"file://{tmp_path}/a & b/talk 1.wav")
    ]
    assert [(t.name, t.type, t.parent) for t in found.tiers] == [
        ("said", "said", None),
        ("words", "words", "said"),
    ]
    assert b'MIME_TYPE="audio/x-wav"' in content
    assert b'MIME_TYPE="audio/*"' in new_document([], Path("a.mp3"))
    assert b'RELATIVE_MEDIA_URL="./a.mp4"' in new_document([], Path("a.mp4"), Path())
    assert b'MIME_TYPE="unknown"' in new_document([], Path("stdin"))
