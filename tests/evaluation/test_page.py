import base64
import hashlib
import io
import re
import struct
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from corpora import whole
from level_model import level_clip, level_dataset, level_recogniser, level_samples
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.errors import MalgwiError
from malgwi.evaluation import page
from malgwi.evaluation.evaluate import evaluate_utterances
from malgwi.evaluation.page import write_evaluation
from malgwi.evaluation.results import UNSEPARATED, Results
from malgwi.page.examples import show_page
from malgwi.recognition.strip import png
from malgwi.recognition.suspects import Passage, Ranking, Suspect, Unchecked
from malgwi.recognition.suspects_page import write_suspects

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"
ROWS = [
    ("right", "amy", "_ab|ba_", "ab ba"),
    ("half", "zoe", "_ab|b_", "ab ba"),
    ("added", "zoe", "_a|b|a_", "a b"),
    (f"evil {EVIL}", f"sp {EVIL}", "_a_", f"a {EVIL}"),
    ("lost", "amy", "", "a"),
]


class _Page(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def clips(self) -> dict[str, dict[str, str | None]]:
        return {str(a["data-id"]): a for tag, a in self.elements if tag == "article"}


def _evaluated(tmp_path: Path) -> tuple[str, Results]:
    utterances = load_dataset(level_dataset(tmp_path / "data", ROWS)).split("test")
    recogniser = level_recogniser()
    results = evaluate_utterances(recogniser, utterances, dataset=f"data {EVIL}", split="test")
    write_evaluation(tmp_path / "page.html", results, utterances, recogniser)
    return (tmp_path / "page.html").read_text(encoding="utf-8"), results


def _shown(tmp_path: Path) -> str:
    data = level_dataset(tmp_path / "data", ROWS)
    show_page(data, tmp_path / "page.html", count=100)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def _suspected(tmp_path: Path) -> str:
    utterances = load_dataset(level_dataset(tmp_path / "data", ROWS)).split("test")
    evil = Passage(f"before {EVIL}", f"part {EVIL}", EVIL)
    clips = tuple(
        Suspect(u.id, u.split, -3.25, 40, 1200, evil, Passage("", "", "a")) for u in utterances
    )
    ranking = Ranking(f"model {EVIL}", clips, (Unchecked(f"x {EVIL}", f"because {EVIL}"),))
    write_suspects(tmp_path / "page.html", f"data {EVIL}", ranking, utterances)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def _made(kind: str, tmp_path: Path) -> str:
    return {"show": _shown, "suspects": _suspected}.get(kind, lambda p: _evaluated(p)[0])(tmp_path)


@pytest.mark.parametrize("kind", ["show", "evaluate", "suspects"])
def test_hostile_texts_stay_texts(tmp_path: Path, kind: str) -> None:
    text = _made(kind, tmp_path)
    made = _Page(text)
    assert [tag for tag, _ in made.elements].count("script") == 1
    names = {name for _, attributes in made.elements for name in attributes}
    assert not [name for name in names if name.startswith("on")]
    assert "x" not in [attributes.get("src") for _, attributes in made.elements]
    assert EVIL in next(name for name in made.clips() if name.startswith("evil"))


@pytest.mark.parametrize("kind", ["show", "evaluate", "suspects"])
def test_nothing_is_asked_of_the_network(tmp_path: Path, kind: str) -> None:
    text = _made(kind, tmp_path)
    made = _Page(text)
    for _, attributes in made.elements:
        for name in ("src", "href", "action", "srcset"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert not re.search(r"https?:|@import|url\(", text)
    policy = next(a["content"] for t, a in made.elements if a.get("http-equiv"))
    script = text.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; media-src data:;")
    assert f"script-src 'sha256-{digest}'" in policy


def test_the_sound_is_that_of_the_clip(tmp_path: Path) -> None:
    clips = _Page(_evaluated(tmp_path)[0]).clips()
    mp3 = base64.b64decode(clips["right"]["data-audio"] or "")
    samples, rate = soundfile.read(io.BytesIO(mp3))
    assert rate == 16_000
    assert len(samples) == 7 * 960 + 80
    assert clips["right"]["data-seconds"] == "0.425"


def test_clips_carry_what_is_sorted_and_searched(tmp_path: Path) -> None:
    text, results = _evaluated(tmp_path)
    clips = _Page(text).clips()
    assert set(clips) == {u.id for u in results.utterances}
    assert "lost" not in clips
    assert clips["half"]["data-rate"] == "0.500000"
    assert clips["half"]["data-errors"] == "1"
    assert clips["half"]["data-speaker"] == "zoe"
    assert "ab b" in (clips["half"]["data-find"] or "")
    assert "1 clips could not be read" in text


def test_the_alignment_says_what_happened(tmp_path: Path) -> None:
    text, _ = _evaluated(tmp_path)
    assert 'title="“ba” was said, “b” was heard"' in text
    assert 'title="“a” was heard but not said"' in text
    assert '<span class="w">ab</span>' in text
    # The worst clips show their frames: the first a of "added" is frames 3 to 6.
    assert "a at 0.06 s, 98.0 %" in text
    assert "Tokens: [PAD] [PAD] [PAD] a a a | | | b b b | | | a a a [PAD] [PAD] [PAD]" in text


def test_confidence_is_plotted_over_what_was_right(tmp_path: Path) -> None:
    text, results = _evaluated(tmp_path)
    assert {word.right for word in results.words} == {True, False}
    share = sum(word.right for word in results.words) / len(results.words)
    assert f'cx="98.0" cy="{100 - 100 * share:.1f}"' in text
    assert f"{len(results.words)} words of confidence 98.0 %" in text
    assert f"{100 * (0.9802 - share):.1f} % apart" in text


def test_the_budget_for_sound_goes_to_the_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = _Page(_evaluated(tmp_path)[0]).clips()
    worst = next(iter(clips))
    assert worst.startswith("evil")
    monkeypatch.setattr(
        page, "AUDIO_BYTES", len(base64.b64decode(clips[worst]["data-audio"] or ""))
    )
    (tmp_path / "again").mkdir()
    text, _ = _evaluated(tmp_path / "again")
    assert [name for name, clip in _Page(text).clips().items() if clip["data-audio"]] == [worst]
    assert text.count("no audio") == 3


def test_the_worst_keep_their_sound_wherever_they_lie_in_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = level_clip(tmp_path / "long.wav", "_ab|ba_" * 2)
    recording, half = whole(audio), len(level_samples("_ab|ba_")) // 320 * 320
    utterances = [
        Utterance(name, audio, replace(recording, first=first, samples=half), text, "test")
        for name, first, text in (("right", 0, "ab ba"), ("wrong", half, "b"))
    ]
    recogniser = level_recogniser()
    results = evaluate_utterances(recogniser, utterances, dataset="data", split="test")
    assert [u.words.errors for u in results.utterances] == [0, 2]

    def heard() -> dict[str, bytes]:
        write_evaluation(tmp_path / "page.html", results, utterances, recogniser)
        clips = _Page((tmp_path / "page.html").read_text(encoding="utf-8")).clips()
        sound = {name: base64.b64decode(clip["data-audio"] or "") for name, clip in clips.items()}
        return {name: mp3 for name, mp3 in sound.items() if mp3}

    both = heard()
    assert list(both) == ["wrong", "right"]
    monkeypatch.setattr(page, "AUDIO_BYTES", len(both["wrong"]))
    monkeypatch.setattr(page, "_MOST_BYTES", len(both["wrong"]) / utterances[1].duration)
    assert heard() == {"wrong": both["wrong"]}


def test_a_suspect_shows_where_to_listen(tmp_path: Path) -> None:
    text = _suspected(tmp_path)
    assert "the 5 of 5 clips whose text fits worst" in text
    assert text.count('data-from="0.040"') == 5
    assert "worst from 0.04 to 1.20 s" in text
    assert "fit -3.25" in text
    assert "1 clips could not be checked" in text
    assert "heard:  <mark>" in text


def test_an_unreadable_clip_says_so_in_its_place(tmp_path: Path) -> None:
    text = _shown(tmp_path)
    lost = _Page(text).clips()["lost"]
    assert lost["data-audio"] == ""
    assert "no audio" in text
    assert "clip4.wav: no such file" in text


def test_show_draws_the_same_clips_again(tmp_path: Path) -> None:
    data = level_dataset(tmp_path / "data", ROWS)
    pages = []
    for seed in (1, 1, 2, 3):
        show_page(data, tmp_path / "page.html", count=2, split="test", seed=seed)
        pages.append(list(_Page((tmp_path / "page.html").read_text("utf-8")).clips()))
    assert pages[0] == pages[1]
    assert any(pages[0] != other for other in pages[2:])
    assert all(len(clips) == 2 for clips in pages)
    with pytest.raises(MalgwiError, match="no split 'train'"):
        show_page(data, tmp_path / "page.html", split="train")


def test_png_by_hand() -> None:
    levels = np.array([[0, 128, 255], [1, 2, 3]], dtype=np.uint8)
    data = png(levels)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (3, 2)
    assert zlib.decompress(chunks[b"IDAT"]) == b"\x00\x00\x80\xff\x00\x01\x02\x03"
    assert chunks[b"tRNS"][128] == 128


def test_where_words_are_not_separated_characters_come_first(tmp_path: Path) -> None:
    rows = [
        ("few", "amy", "_a" * 15 + "_a_b_", "a" * 15 + "ab"),
        ("many", "zoe", "_a" * 8 + "_", "a" * 16),
        ("all", "zoe", "_", "b" * 16),
    ]
    utterances = load_dataset(level_dataset(tmp_path / "data", rows)).split("test")
    recogniser = level_recogniser()
    results = evaluate_utterances(recogniser, utterances, dataset="data", split="test")
    assert results.to_json()["measure"] == "CER"
    assert results.to_json()["worst"] == ["all", "many"]  # each has a WER of 1
    write_evaluation(tmp_path / "page.html", results, utterances, recogniser)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.index("Character error rate") < text.index("Word error rate")
    assert UNSEPARATED.replace("'", "&#x27;") in text
    clips = _Page(text).clips()
    assert clips["many"]["data-rate"] == "0.500000"
    assert clips["many"]["data-errors"] == "8"
