"""Whatever a file holds, a reader gives tiers or one sentence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation_files import (
    CHA,
    FLEX,
    LABELS,
    LONG_TEXTGRID,
    SHORT_TEXTGRID,
    SRT,
    STM,
    TRS,
    VTT,
    simple_eaf,
)
from malgwi.annotation.annotation import Annotated
from malgwi.annotation.formats import READERS, read_annotations
from malgwi.corpus.tiers import summarise
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

SAMPLES = {
    "l.textgrid": LONG_TEXTGRID,
    "s.textgrid": SHORT_TEXTGRID,
    "a.stm": STM,
    "a.trs": TRS,
    "a.cha": CHA,
    "a.flextext": FLEX,
    "a.srt": SRT,
    "a.vtt": VTT,
    "a.txt": LABELS,
    "a.eaf": "",
}


def test_all_formats_have_a_sample() -> None:
    assert {f".{name.partition('.')[2]}" for name in SAMPLES} == set(READERS)


@pytest.mark.parametrize("name", SAMPLES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    first=st.floats(0, 1),
    count=st.integers(0, 40),
    instead=st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b'"', b"<", b"&x;", b"-1", b"9" * 400, b"\x15", b"\n\t", b"\0", b"1e999"]),
    ),
)
def test_damage_anywhere(
    tmp_path: Path, name: str, first: float, count: int, instead: bytes
) -> None:
    path = tmp_path / name
    if name == "a.eaf":
        simple_eaf(path, {"A": [(0, 1500, "one"), (2000, 3000, "two")], "B": [(10, 20, "x")]})
        whole = path.read_bytes()
    else:
        whole = SAMPLES[name].encode("latin-1" if name == "a.trs" else "utf-8")
    place = int(first * len(whole))
    path.write_bytes(whole[:place] + instead + whole[place + count :])
    found, said = read(path)
    for summary in summarise(found):
        summary.to_json()
    assert not said or (str(path) in said and "\n" not in said)


def read(path: Path) -> tuple[list[Annotated], str]:
    try:
        return read_annotations(path, TextFiles()), ""
    except MalgwiError as error:
        return [], str(error)
