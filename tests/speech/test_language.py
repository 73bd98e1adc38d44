"""Names of languages and their golden cases: language.py."""

import json
from typing import Any

import pytest

from malgwi.errors import MalgwiError
from malgwi.speech.language import primary, resolve
from places import GOLDEN


def cases(part: str) -> Any:
    found = json.loads((GOLDEN / "language.json").read_text(encoding="utf-8"))[part]
    return [pytest.param(case, id=case["name"]) for case in found]


@pytest.mark.parametrize("case", cases("cases"))
def test_golden_names(case: dict[str, Any]) -> None:
    assert resolve(case["input"]) == case["expected"]
    assert resolve(case["expected"]) == case["expected"]


@pytest.mark.parametrize("case", cases("refused"))
def test_what_names_no_language_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(MalgwiError, match="not known; expected a BCP 47 tag"):
        resolve(case["input"])


def test_the_language_without_script_and_region() -> None:
    assert primary("zh-Hans-CN") == "zh"
    assert primary(None) == "und"
