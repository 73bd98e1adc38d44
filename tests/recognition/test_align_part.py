"""Parts of aligning, joined, are the files that one run writes; so it is with stores."""

import io
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from any_order import DIED, backwards
from bundles import level_bundle
from level_model import level_clip
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, join
from malgwi.recognition.align_many import align_many
from malgwi.recognition.align_part import align_part
from malgwi.recognition.pairs import Pair, PairOf, pairs_in
from malgwi.recognition.recognise import open_recogniser
from malgwi.recognition.written_files import join_files
from malgwi.stores.address import Address
from stores_in_memory import memory_store

FORMATS = ("text", "json", "srt", "textgrid")
ROWS = {"one": ("_ab|ba_", "Ab ba."), "two": ("_b|a_", "b a"), "three": ("_aab_", "aab")}
ROWS |= {"odd": ("_a_", "xyz"), "short": ("_a_", "ab " * 30)}


@pytest.fixture(autouse=True)
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Pair]:
    """Three that fit, one whose text has odd letters, one that is too short for its own."""
    monkeypatch.chdir(tmp_path)
    level_bundle(Path("m.malgwi"))
    for name, (spelling, text) in ROWS.items():
        level_clip(Path("in") / f"{name}.wav", spelling)
        Path(f"in/{name}.txt").write_text(text, encoding="utf-8")
    return pairs_in(Path("in"), pytest.fail)


def _content(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _part(pairs: list[Pair], number: int, of: int, **more: Any) -> str:
    said = io.StringIO()
    how: dict[str, Any] = {"formats": FORMATS, "output": Path("out"), "stderr": said} | more
    try:
        align_part("m.malgwi", pairs, Part(number, of), **how)
    except MalgwiError as error:
        if "could not be aligned" not in str(error):
            raise
        said.write(f"raised: {error}")
    return said.getvalue()


def _one_run(pairs: list[Pair], folder: str = "one") -> str:
    said = io.StringIO()
    with pytest.raises(MalgwiError, match="2 of 5 recordings could not be aligned"):
        align_many("m.malgwi", pairs, formats=FORMATS, output=Path(folder), stderr=said)
    return said.getvalue()


def test_joined_parts_are_what_one_run_writes(pairs: list[Pair]) -> None:
    said = [_part(pairs, number, 3) for number in (2, 3, 1)]
    assert all("of 5 recordings are through; after all parts: malgwi join out" in s for s in said)
    errors = io.StringIO()
    with pytest.raises(MalgwiError, match="2 of 5 recordings could not be aligned, the first in/"):
        join_files(Path("out"), join(Path("out")), stderr=errors)
    alone = _one_run(pairs)
    assert errors.getvalue() == "".join(s for s in alone.splitlines(True) if "error" in s)
    assert _content("out") == _content("one")
    assert len(_content("out")) == 3 * len(FORMATS)
    assert not Path("out.parts").exists()


def test_a_part_that_died_goes_on_and_hears_nothing_twice(pairs: list[Pair]) -> None:
    first = _part(pairs, 1, 1, each=backwards(open_recogniser("m.malgwi"), "two.wav"))
    assert f"error: in/two.wav: {DIED}" in first
    heard: list[str] = []
    each = backwards(open_recogniser("m.malgwi"))

    def noted(work: Any, items: Any, advance: Any) -> Any:
        todo = list(items)
        heard.extend(pair.audio.name for _, (pair, _) in todo)
        return each(work, todo, advance)

    Path("out/one.srt").write_text("changed")
    again = _part(pairs, 1, 1, each=noted)
    assert sorted(heard) == ["odd.wav", "one.wav", "short.wav", "two.wav"]
    assert "5 of 5 recordings are through, 1 of them earlier\n" in again
    _one_run(pairs)
    assert _content("out") == _content("one")


def test_another_work_is_refused(pairs: list[Pair]) -> None:
    _part(pairs, 1, 2)
    for more, fact in (({"formats": ("srt",)}, "--format is text"), ({"channel": 0}, "--channel")):
        with pytest.raises(MalgwiError, match=f"of another work: {fact}"):
            _part(pairs, 2, 2, **more)
    size = Path("in/three.wav").stat().st_size
    level_clip(Path("in/three.wav"), "_a_")
    with pytest.raises(MalgwiError, match=rf"in/three\.wav: {size:,} bytes in part 1/2 and"):
        _part(pairs, 2, 2)


def test_what_somebody_corrected_stays(pairs: list[Pair]) -> None:
    _part(pairs, 1, 1)
    Path("out/one.TextGrid").write_text("mine")
    with pytest.raises(MalgwiError, match=r"one\.TextGrid: is there already"):
        _part(pairs, 1, 1)
    with pytest.raises(MalgwiError, match=r"out/one\.TextGrid: isn't as it was written"):
        join_files(Path("out"), join(Path("out")))


def test_recordings_texts_and_results_in_a_store(
    pairs: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fetched").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "fetched"))
    _one_run(pairs)
    with memory_store() as held:
        for name in ROWS:
            for ending in ("wav", "txt"):
                held.put(f"b/in/{name}.{ending}", Path(f"in/{name}.{ending}").read_bytes())
        held.put("b/in/.hidden/one.wav", b"")
        held.put("b/in/alone.wav", b"")
        told: list[str] = []
        placed = pairs_in(Address("memory://b/in"), told.append)
        assert told == ["memory://b/in/alone.wav: no partner of the same name, left out"]
        assert [pair.audio.name for pair in placed] == [pair.audio.name for pair in pairs]
        output, said = Address("memory://b/out"), io.StringIO()
        for number in (1, 2):
            with suppress(MalgwiError):  # of those that can't be aligned
                align_part(
                    "m.malgwi", placed, Part(number, 2), formats=FORMATS, output=output, stderr=said
                )
        assert "error: memory://b/in/odd.txt: the model has no token for 'xyz'" in said.getvalue()
        assert "error: memory://b/in/short.wav: the text needs 89 frames" in said.getvalue()
        assert "fetched" not in said.getvalue()
        with pytest.raises(MalgwiError, match="2 of 5 recordings"):
            join_files(output, join(output), stderr=said)
        found = {
            name: content.replace(b"memory://b/in/", b"in/")
            for name, content in held.content("b/out").items()
        }
        one = PairOf(Address("memory://b/in/one.wav"), Path("in/one.txt"))
        align_many("m.malgwi", [one], formats=("srt",), output=Path("mixed"))
    assert found == _content("one")
    assert _content("mixed")["one.srt"] == _content("one")["one.srt"]
    assert list((tmp_path / "fetched").iterdir()) == []


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["align", "m.malgwi", "in", "--format", "srt", "--output", "out", "--part"]
    for number in (1, 2):
        assert main([*words, f"{number}/2"]) in {0, 2}
    assert main(["join", "out"]) == 2
    assert "2 of 5 recordings could not be aligned" in capsys.readouterr().err
    assert sorted(_content("out")) == ["one.srt", "three.srt", "two.srt"]
    for line, message in (
        ("in --part 1/2", "--part 1/2: give --output FOLDER"),
        ("in --part 1/2 --cluster local --output far", "--cluster local: doesn't go with --part"),
        (
            "s3://b/a.wav in/one.txt",
            "s3://b/a.wav: what is in a store goes to files; give",
        ),
        ("in/one.wav s3://b/a.txt", "s3://b/a.txt: what is in a store goes to files"),
        ("in --output https://h/out", "--output https://h/out: results go to gs, s3 or a folder"),
    ):
        assert main(["align", "m.malgwi", *line.split()]) == 2
        assert message in capsys.readouterr().err
