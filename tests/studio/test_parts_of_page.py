"""What the page is made of: its words, its modules, what came from others."""

import hashlib
import json
import re
from pathlib import Path

import pytest

import malgwi

PAGE = Path(malgwi.__file__).parent / "data" / "studio"
OTHERS = "wavesurfer.esm.js"
MODULES = sorted(path for path in PAGE.glob("*.js") if path.name != OTHERS)
EXPORT = Path(malgwi.__file__).parent / "export"
WORDS: dict[str, dict[str, str]] = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
MADE = re.findall(r"`([\w.]+[._])\$\{", SOURCE)
"""Beginnings of keys whose end is a state, a finding or the like."""


def test_both_languages_say_everything_with_the_same_values() -> None:
    for key, texts in WORDS.items():
        assert set(texts) == {"en", "ko"}, key
        values = [sorted(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert values[0] == values[1], key
        assert all(text.strip() for text in texts.values()), key


def test_korean_is_korean() -> None:
    """But for names of formats, and texts that are values only."""
    strange = [
        key
        for key, texts in WORDS.items()
        if not re.search("[가-힣]", texts["ko"]) and not key.startswith("format.")
    ]
    assert strange == []


def test_every_text_that_is_said_is_in_the_table_and_none_stands_there_for_nothing() -> None:
    said = set(re.findall(r'say\(\s*"([^"]+)"', SOURCE))
    assert said - WORDS.keys() == set()
    quoted = set(re.findall(r'"([a-z]+(?:[._][a-zA-Z0-9_]+)*)"', SOURCE))
    unsaid = {key for key in WORDS.keys() - quoted if not key.startswith(tuple(MADE))}
    unsaid = {key for key in unsaid if not key.endswith(".starter")}  # `${key}.starter`
    assert unsaid == set()


def test_every_stage_that_an_export_names_has_words() -> None:
    """But for those with numbers in them, for which the step stands."""
    sources = [path.read_text(encoding="utf-8") for path in EXPORT.glob("*.py")]
    named = {
        name
        for source in sources
        for call in re.findall(r"(?:audio_progress|clip_progress|stage|run_trials)\(.*", source)
        for name in re.findall(r'(?<!f)"([^"]+)"', call)
    }
    assert {"voice detector", "fp32 and int8"} <= named
    assert {f"stage.{name}" for name in named} - WORDS.keys() == set()


def test_a_text_is_never_read_as_html() -> None:
    for path in MODULES:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
            path.read_text(encoding="utf-8"),
        ), path.name


@pytest.mark.parametrize("name", ["index.html", "style.css", *[path.name for path in MODULES]])
def test_nothing_is_asked_of_another_machine(name: str) -> None:
    text = (PAGE / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://\w|url\(|@import", text)


def test_what_came_from_others_is_what_they_published() -> None:
    vendor = json.loads((PAGE / "vendor.json").read_text(encoding="utf-8"))
    assert (vendor["name"], vendor["licence"]) == ("wavesurfer.js", "BSD-3-Clause")
    for name, told in vendor["files"].items():
        assert hashlib.sha256((PAGE / name).read_bytes()).hexdigest() == told["sha256"]
    assert OTHERS in vendor["files"]
    assert "Redistributions" in (PAGE / "wavesurfer.LICENSE").read_text(encoding="utf-8")
