"""What is wrong with the data: checks.py. Every finding has a case that gives it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from malgwi.corpus.row import Fault, Row
from malgwi.dataset import checks
from malgwi.dataset.findings import KINDS, Entry
from malgwi.dataset.manifest import Stretch
from malgwi.dataset.measure import Recording
from malgwi.dataset.report import print_report, report
from malgwi.dataset.slices import Part
from malgwi.speech.text import PLAIN, Normalisation, Unit, normalise
from malgwi.speech.vocab import Vocab

SECOND = 16_000


def recording(samples: int = SECOND, digest: str = "", **facts: object) -> Recording:
    usual = {"sample_rate": 16_000, "channels": 1, "loudest_dbfs": -20.0, "sound_sha256": digest}
    return Recording(samples=samples, **{"length": samples, **usual, **facts})  # type: ignore[arg-type]


def entry(
    row_id: str,
    text: str = "ten letter",
    split: str = "train",
    speaker: str | None = None,
    stretch: Stretch | None = None,
    **facts: object,
) -> Entry:
    row = Row(row_id, Path(f"{row_id}.wav"), text, split, speaker)
    facts.setdefault("digest", row_id)
    heard = recording(**facts)  # type: ignore[arg-type]
    stretch = stretch or Stretch(row_id, heard.samples)
    return Entry(row, heard, normalise(text), split, stretch)


def found(entries: list[Entry], vocab: Vocab | None = None) -> dict[str, dict[str, str]]:
    vocab = vocab or Vocab.from_texts(["abcdefghijklmnopqrstuvwxyz'"])
    result: dict[str, dict[str, str]] = {}
    for row_id, fault in checks.warnings(entries, vocab):
        result.setdefault(fault.finding, {})[row_id] = fault.detail
    return result


@pytest.mark.parametrize(
    ("raw", "finding"),
    [
        ("One.", None),
        ("'s", None),
        ("", "no-text"),
        (" \n", "no-text"),
        ("...?!", "unspeakable"),
        ("' '", "unspeakable"),
        ("♪", "unspeakable"),
        ("room 20", "digits"),
        ("½", "digits"),
    ],
)
def test_texts_that_can_not_be_learnt(raw: str, finding: str | None) -> None:
    fault = checks.text_fault(raw, PLAIN)
    assert (fault.finding if fault else None) == finding


def test_digits_are_named_with_an_example() -> None:
    fault = checks.text_fault("Room 20", PLAIN)
    assert fault == Fault("digits", "'20' in 'Room 20'")


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({}, None),
        ({"problem": "x.wav: no"}, "unreadable"),
        ({"truncated": "x.wav: truncated"}, "truncated"),
        ({"samples": 0, "loudest_dbfs": -200.0}, "no-samples"),
        ({"samples": 399}, "too-short"),
        ({"loudest_dbfs": -60.1}, "silent"),
        ({"loudest_dbfs": -60.0}, None),
        ({"samples": 60 * SECOND}, None),
        ({"samples": 60 * SECOND + 1}, "too-long"),
    ],
)
def test_recordings_that_can_not_be_learnt(facts: dict[str, object], finding: str | None) -> None:
    fault = checks.recording_fault(recording(**facts), "a", "character")  # type: ignore[arg-type]
    assert (fault.finding if fault else None) == finding


@pytest.mark.parametrize(
    ("start", "end", "part"),
    [
        (None, None, Part()),
        (0.5, None, Part(None, 8_000)),
        (None, 0.5, Part(None, 0, 8_000)),
        (1.00003, 2.5, Part(None, 16_000, 40_000)),  # 16,000.48 samples
        (-0.1, 1.0, None),
        (1.0, 1.0, None),
        (2.0, 1.0, None),
        (float("nan"), 1.0, None),
        (0.0, float("inf"), None),
        (1e300, None, None),
    ],
)
def test_times_that_mean_a_part(start: float, end: float, part: Part | None) -> None:
    meant = checks.part_of(Row("a", Path("a.wav"), "one", start=start, end=end))
    if part is None:
        assert isinstance(meant, Fault)
        assert meant.finding == "bad-times"
    else:
        assert meant == part


@pytest.mark.parametrize(
    ("part", "detail"),
    [
        (Part(), None),
        (Part(0, 8_000, 16_000), None),
        (Part(0, 8_000, 17_600), None),  # 0.1 s beyond
        (Part(0, 8_000, 17_601), "goes up to 1.100 s, the recording to 1.000 s"),
        (Part(0, 16_000, None), "goes up to 1.000 s, the recording to 1.000 s"),
        (Part(0, 16_000, 16_001), "goes up to 1.000 s, the recording to 1.000 s"),
    ],
)
def test_parts_that_are_not_in_the_recording(part: Part, detail: str | None) -> None:
    fault = checks.part_fault(recording(length=SECOND), part)
    assert fault == (None if detail is None else Fault("past-end", detail))


def test_a_part_before_the_damage_stays() -> None:
    """A clip that is cut is set aside; of an hour that is cut, what lies before is used."""
    facts: dict[str, Any] = {"truncated": "x.wav: truncated after 2.00 s", "length": 2 * SECOND}
    assert checks.recording_fault(recording(**facts), "a", "character") is None
    assert found([entry("a", **facts)])["damaged-recording"] == {"a": facts["truncated"]}
    fault = checks.part_fault(recording(**facts), Part(None, 30_000, 40_000))
    assert fault is not None
    assert fault.detail.endswith("the recording to 2.000 s; x.wav: truncated after 2.00 s")


def test_overlaps_are_found_however_far_the_longest_reaches() -> None:
    entries = [
        entry("long", stretch=Stretch("f", 1_000, 0)),
        *(entry(f"e{i}", stretch=Stretch("f", 10, 20 * i)) for i in range(1, 5)),
        entry("other", stretch=Stretch("f", 10, 2_000)),
        entry("left", stretch=Stretch("g", 10, 0, 0)),
        entry("right", stretch=Stretch("g", 10, 0, 1)),
    ]
    assert found(entries)["overlap"] == {f"e{i}": "with long" for i in range(1, 5)}


@pytest.mark.parametrize(
    ("text", "unit", "samples", "enough"),
    [
        # "abba" needs five frames, one between the two b: 400 + 4 * 320 = 1,680 samples.
        ("abba", "character", 1_680, True),
        ("abba", "character", 1_679, False),
        ("abab", "character", 1_360, True),
        # Three letters of one syllable need three frames, the syllable as a token one.
        ("한", "jamo", 1_040, True),
        ("한", "jamo", 1_039, False),
        ("한", "character", 400, True),
    ],
)
def test_frames_against_labels_and_repeats(
    text: str, unit: Unit, samples: int, *, enough: bool
) -> None:
    fault = checks.recording_fault(recording(samples), text, unit)
    assert (fault is None) == enough
    assert enough or fault == Fault("frames-below-labels", fault.detail if fault else "")


def test_a_rate_that_nobody_could_have_spoken_at() -> None:
    """Entries hold a second: 26 letters are impossible, 25 aren't; one clip alone is `fast`."""
    twenty_six = "abcdefghijklmnopqrstuvwxyz"
    result = found([entry("a", twenty_six), entry("b", twenty_six), entry("c", "slow")])
    assert result["wrong-rate"] == {
        "a": "26.0 letters/s at 16000 Hz",
        "b": "26.0 letters/s at 16000 Hz",
    }
    assert "wrong-rate" not in found([entry(str(i), twenty_six[:25]) for i in range(3)])
    assert "wrong-rate" not in found([entry("a", twenty_six), entry("b", "b"), entry("c", "c")])
    assert "wrong-rate" in found([entry("a", "가" * 11)])  # 27.5 letters
    assert "wrong-rate" not in found([entry("a", "가" * 10)])


def test_sound_that_fills_half_its_band() -> None:
    entries = [
        entry("telephone", highest_hz=3_400.0),
        entry("edge", highest_hz=5_000.0),
        entry("said", highest_hz=3_400.0, sample_rate=8_000),
        entry("silent", highest_hz=0.0),
    ]
    assert found(entries)["narrow-band"] == {"telephone": "up to 3400 Hz at 16000 Hz"}


def test_clipping_rate_and_channels() -> None:
    entries = [entry(str(i)) for i in range(3)]
    entries += [
        entry("loud", clipped=0.0011),
        entry("edge", clipped=0.001),
        entry("phone", sample_rate=8_000),
        entry("disc", sample_rate=44_100, channels=2),
        entry("call", channels=2, channel=1),
        entry("dead", channels=2, channel=0, channel_chosen="there is silence in 1"),
    ]
    result = found(entries)
    assert result["clipped"] == {"loud": "0.1%"}
    assert result["low-rate"] == {"phone": "8000 Hz"}
    assert result["several-channels"] == {"disc": "2"}
    assert result["channel-chosen"] == {"dead": "0 of 2: there is silence in 1"}
    assert found([entry("live", wrong_header="x: its header says 0")])["wrong-header"] == {
        "live": "x: its header says 0"
    }
    assert result["mixed-rates"] == {
        "phone": "8000 Hz, most have 16000",
        "disc": "44100 Hz, most have 16000",
    }


def test_suspicious_pace() -> None:
    entries = [entry(str(i), "abcdefghij") for i in range(9)]  # 10 characters a second
    entries += [entry("fast", "a" * 26), entry("edge", "a" * 25), entry("slow", "a")]
    entries += [entry("calm", "ab")]
    result = found(entries)
    assert list(result["fast"]) == ["fast"]
    assert list(result["slow"]) == ["slow"]
    assert result["slow"]["slow"] == "1.0 characters/s, usual 10.0: 'a'"


def test_duplicates_within_a_split() -> None:
    entries = [entry("a", "one", digest="x"), entry("b", "one", digest="x")]
    entries += [entry("c", "two", digest="x"), entry("d", "one")]
    assert found(entries)["duplicate-audio"] == {"b": "as a", "c": "as a, with another text"}


def test_duplicates_across_splits_stay_where_scores_come_from() -> None:
    entries = [
        entry("train", digest="x"),
        entry("test", split="test", digest="x"),
        entry("valid", split="valid", digest="x"),
        entry("other", digest="y"),
        entry("twin", digest="y"),
    ]
    assert checks.find_leaks(entries) == {
        "train": Fault("duplicate-across-splits", "as test (test)"),
        "valid": Fault("duplicate-across-splits", "as test (test)"),
    }


def test_parts_of_one_recording_in_two_splits() -> None:
    """No sample may stand in two splits, and within one it is named."""
    entries = [
        entry("early", stretch=Stretch("f", 100, 0)),
        entry("long", stretch=Stretch("f", 200, 50)),
        entry("inside", split="test", stretch=Stretch("f", 10, 240)),
        entry("after", stretch=Stretch("f", 100, 250)),
        entry("elsewhere", split="test", stretch=Stretch("g", 100, 0)),
    ]
    assert checks.find_leaks(entries) == {
        "long": Fault("duplicate-across-splits", "as inside (test)")
    }
    left = [e for e in entries if e.row.id != "long"]
    assert checks.find_leaks(left) == {}
    assert "overlap" not in found(left)
    assert found(entries[:2])["overlap"] == {"long": "with early"}
    call = [entry(str(n), stretch=Stretch("f", 100, 0, channel=n % 2)) for n in range(2)]
    assert "overlap" not in found(call)
    again = entry("again", stretch=Stretch("f", 10, 0, channel=0))
    assert found([*call, again])["overlap"] == {"again": "with 0"}


def test_speakers_and_prompts_shared_across_splits() -> None:
    entries = [
        entry("a", "One two.", speaker="ann"),
        entry("b", "one, two", "valid", "ann"),
        entry("c", "three", "test", "bob"),
        entry("d", "four", "test", "ann"),
        entry("e", "one two", speaker=None),
        entry("f", "five", "test", "ann"),
    ]
    result = found(entries)
    assert result["speakers-shared"] == {"ann": "1 clip of valid, 2 clips of test"}
    assert result["prompts-shared"] == {"b": "valid: one two"}


def test_characters_that_train_has_not() -> None:
    vocab = Vocab.from_texts(["abc"])
    result = found([entry("a", "abc"), entry("b", "cab äxa", "test")], vocab)
    assert result["unknown-characters"] == {"b": "x ä"}


def test_symbols_that_people_speak() -> None:
    result = found([entry("a", "R&B, fifty %!"), entry("b", "plain, text")])
    assert result["spoken-symbols"] == {"a": "% & in 'R&B, fifty %!'"}


def test_what_stood_between_letters_and_went() -> None:
    result = found([entry("a", "R&B, snake_case (x)"), entry("b", "and/or, well-known e.g.")])
    assert result["joined"] == {"a": "& _ in 'R&B, snake_case (x)'"}
    kept = Vocab.from_texts(["snake_case"], rules=Normalisation(keep_letters="_"))
    assert "joined" not in found([entry("a", "snake_case")], kept)


def test_digits_that_are_letters_or_tones_are_hinted_at() -> None:
    assert checks.digit_hint(["room 20", "ni3 hao3"]) is None
    hint = checks.digit_hint(["ni3 hao3", "a, b2", "", "one"])
    assert hint is not None
    assert hint.startswith("Digits touch letters in 2 of 3 texts;")
    assert "--keep-digits" in hint
    assert checks.text_fault("ni3 hao3", Normalisation(keep_digits=True)) is None


def test_what_was_replaced_is_counted_with_an_example() -> None:
    raw = [("a", "don’t and/or"), ("b", "it’s")]
    characters = report([], [], raw).to_json()["characters"]
    assert characters["replaced"] == [
        {"character": "’", "by": "'", "count": 2, "example": "a: don’t and/or"},
        {"character": "/", "by": " ", "count": 1, "example": "a: don’t and/or"},
    ]


def test_report_counts_characters_and_totals() -> None:
    entries = [
        entry("a", "Ab, a!", speaker="ann"),
        entry("b", "ba", "test", "bob", samples=3 * SECOND),
    ]
    raw = [("a", "Ab, a!"), ("b", "ba"), ("gone", "2!")]
    result = report(entries, [("gone", Fault("digits", "'2'"))], raw, ["said"])
    assert result.characters.kept == {"a": 3, "b": 2, " ": 1}
    assert result.characters.dropped == {"!": 2, ",": 1}
    assert result.characters.example["!"] == "a: Ab, a!"
    assert result.set_aside == 1
    assert result.totals == {
        "train": {"clips": 1, "hours": 0.0003, "speakers": 1, "characters_per_second": 4.0},
        "test": {"clips": 1, "hours": 0.0008, "speakers": 1, "characters_per_second": 0.67},
        "all": {"clips": 2, "hours": 0.0011, "speakers": 2, "characters_per_second": 1.5},
    }
    content = json.loads(json.dumps(result.to_json()))
    assert content["findings"] == [
        {
            "name": "digits",
            "severity": "error",
            "count": 1,
            "what": KINDS["digits"].what,
            "remedy": KINDS["digits"].remedy,
            "ids": ["gone"],
            "details": {"gone": "'2'"},
        }
    ]
    assert content["characters"]["dropped"][","] == {"count": 1, "example": "a: Ab, a!"}


def test_printed_report_names_twenty_and_hides_control_characters() -> None:
    faults = [(f"clip{i:02}", Fault("silent", "-70 dBFS")) for i in range(25)]
    faults += [("evil\x1b[2J", Fault("digits", "[red]\x07"))]
    result = report([entry("a")], faults, [])
    console = Console(width=10_000, record=True, file=StringIO())
    print_report(result, console)
    text = console.export_text()
    assert "clip19: -70 dBFS" in text
    assert "clip20" not in text
    assert "and 5 more in preflight.json" in text
    assert r"evil\x1b[2J: [red]\x07" in text
    assert "\x1b" not in text


def test_every_kind_says_what_to_do() -> None:
    for name, kind in KINDS.items():
        assert kind.what, name
        assert kind.remedy, name
