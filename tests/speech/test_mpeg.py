"""Where joined MP3s begin: speech/mpeg.py; android/core has the same cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from malgwi.speech.mpeg import joints

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/joined_mp3.json").read_text("utf-8"))


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_where_joined_recordings_begin(case: dict[str, Any]) -> None:
    content = b"".join(bytes.fromhex(part["hex"]) * part["times"] for part in case["bytes"])
    assert joints(content) == case["joints"]
