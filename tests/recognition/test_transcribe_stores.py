"""Recordings in a store and results in one are those of a folder, but for their names."""

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bundles import level_bundle
from level_model import level_clip
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, Work, join, record
from malgwi.recognition import transcribe as whole
from malgwi.recognition import transcribe_part as module
from malgwi.recognition.sources import recordings
from malgwi.recognition.transcribe import transcribe
from malgwi.recognition.transcribe_part import transcribe_part
from malgwi.recognition.written_files import join_files
from malgwi.stores.address import Address
from stores_in_memory import MemoryStore, memory_store

FORMATS = ("json", "textgrid", "eaf", "ctm")
SPELT = {"in/b": "_ab|ba_", "in/a/c": "_a_", "in/a/d": "_b|b_", "in/a.x": "_ab_"}
IN, OUT = Address("memory://b/in"), Address("memory://b/out")


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryStore]:
    """The same recordings in a folder and in the store, and what is no recording beside them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fetched").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "fetched"))
    level_bundle(Path("m.malgwi"))
    with memory_store() as held:
        for name, spelt in SPELT.items():
            held.put(f"b/{name}.wav", level_clip(Path(f"{name}.wav"), spelt).read_bytes())
        Path("in/bad.wav").write_bytes(b"RIFF and nothing else")
        held.put("b/in/bad.wav", b"RIFF and nothing else")
        held.put("b/in/notes.txt", b"")
        held.put("b/in/.hidden/e.wav", b"")
        yield held
    assert list((tmp_path / "fetched").iterdir()) == []


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: _without_date(path.read_bytes()) for path in folder.iterdir()}


def _objects(memory: MemoryStore) -> dict[str, bytes]:
    return {name: _without_date(content) for name, content in memory.content("b/out").items()}


def _without_date(content: bytes) -> bytes:
    before, date, after = content.partition(b' DATE="')
    return before + after.partition(b'"')[2] if date else content


def _transcribe(**options: Any) -> str:
    told: dict[str, Any] = {"formats": FORMATS, "stderr": io.StringIO()} | options
    files = told.pop("files", None) or recordings([IN])
    run = transcribe_part if "part" in told else transcribe
    with pytest.raises(MalgwiError, match="could not be transcribed") as error:
        run("m.malgwi", files, **told)
    return f"{told['stderr'].getvalue()}{error.value}"


def _in_a_folder() -> dict[str, bytes]:
    """Return what a folder's recordings give, named as those of the store."""
    here = Path("one")
    said = _transcribe(files=recordings([Path("in")]), output=here)
    assert "in/bad.wav: not readable as audio" in said
    files = _files(here)
    for name, content in files.items():
        if name.endswith(".json"):
            files[name] = content.replace(b'"in/', b'"memory://b/in/')
        elif name.endswith(".eaf"):
            link, _, rest = content.partition(b" MIME_TYPE")
            path = f"file://{Path('in').absolute()}".encode()
            relative = rest.index(b" RELATIVE_MEDIA_URL")
            rest = rest[:relative] + rest[rest.index(b"/>", relative) :]
            files[name] = link.replace(path, b"memory://b/in") + b" MIME_TYPE" + rest
    return files


def test_recordings_below_an_address_are_those_of_a_folder(memory: MemoryStore) -> None:
    here = recordings([Path("in")])
    there = recordings([IN])
    assert [str(one) for one in there] == [f"memory://b/{one}" for one in here]
    assert [one.size for one in there if isinstance(one, Address)] == [
        one.stat().st_size for one in here if isinstance(one, Path)
    ]
    memory.put("b/list", b"memory://b/in/b.wav\r\n\nin/b.wav\nmemory://b/gone.wav\n")
    listed = recordings([IN / "a.x.wav"], Address("memory://b/list"))
    assert listed == [
        IN / "a.x.wav",
        IN / "b.wav",
        Path("in/b.wav"),
        Address("memory://b/gone.wav"),
    ]
    assert [one.size for one in listed if isinstance(one, Address)] == [
        Path("in/a.x.wav").stat().st_size,
        Path("in/b.wav").stat().st_size,
        None,
    ]
    memory.put("b/empty/notes.txt", b"")
    with pytest.raises(MalgwiError, match="memory://b/empty: no recording in it"):
        recordings([Address("memory://b/empty")])
    memory.put("b/list", b"\n")
    with pytest.raises(MalgwiError, match="memory://b/list: empty; expected a recording a line"):
        recordings([], Address("memory://b/list"))
    memory.put("b/list", b"https://me:pw@h/a.wav\n")
    with pytest.raises(MalgwiError, match="has credentials in it"):
        recordings([], Address("memory://b/list"))


def test_files_are_those_of_a_folder(memory: MemoryStore) -> None:
    said = _transcribe(output=OUT)
    assert said.startswith("malgwi: error: memory://b/in/bad.wav: not readable as audio")
    assert said.endswith(
        "1 of 5 recordings could not be transcribed, the first memory://b/in/bad.wav; each is "
        "named above, the others are done"
    )
    assert _objects(memory) == _in_a_folder()
    assert len(_objects(memory)) == 4 * len(FORMATS)
    _transcribe(output=Path("two"))
    assert _files(Path("two")) == _objects(memory)


def test_parts_are_joined_and_the_record_goes(memory: MemoryStore) -> None:
    files = recordings([IN])
    broken = 0
    for number in (3, 1, 2):
        try:
            transcribe_part(
                "m.malgwi", files, Part(number, 3), formats=FORMATS, output=OUT,
                stderr=io.StringIO(),
            )  # fmt: skip
        except MalgwiError as error:
            broken += "could not be transcribed" in str(error)
    assert broken == 1
    with pytest.raises(MalgwiError, match=r"1 of 5 .*memory://b/in/bad.wav"):
        join_files(OUT, join(OUT), stderr=io.StringIO())
    assert _objects(memory) == _in_a_folder()
    assert memory.content("b/out.parts") == {}


def test_a_run_that_died_goes_on_and_hears_nothing_twice(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies in the third recording; then one result is gone, and the broken one is mended."""
    heard: list[str] = []

    def dying(recogniser: Any, file: Any, *rest: Any, **more: Any) -> Any:
        heard.append(str(file).removeprefix("memory://b/in/"))
        if len(heard) == 3:
            raise KeyboardInterrupt
        return whole.of_file(recogniser, file, *rest, **more)

    monkeypatch.setattr(module, "of_file", dying)
    with pytest.raises(KeyboardInterrupt):
        transcribe_part(
            "m.malgwi", recordings([IN]), Part(1, 1), formats=FORMATS, output=OUT,
            stderr=io.StringIO(),
        )  # fmt: skip
    assert heard == ["a.x.wav", "b.wav", "bad.wav"]
    memory.fs.rm_file("/b/out/b.json")
    said = _transcribe(part=Part(1, 1), output=OUT)
    assert heard[3:] == ["b.wav", "bad.wav", "a/c.wav", "a/d.wav"]
    assert "part 1/1: 5 of 5 recordings are through, 1 of them earlier" in said
    with pytest.raises(MalgwiError, match="could not be transcribed"):
        join_files(OUT, join(OUT), stderr=io.StringIO())
    assert _objects(memory) == _in_a_folder()


def test_what_somebody_corrected_stays(memory: MemoryStore) -> None:
    _transcribe(part=Part(1, 1), output=OUT)
    memory.put("b/out/c.TextGrid", b"corrected")
    files = recordings([IN])
    with pytest.raises(MalgwiError, match=r"b/out/c.TextGrid: is there already and may hold"):
        transcribe_part("m.malgwi", files, Part(1, 1), output=OUT, formats=FORMATS)
    with pytest.raises(MalgwiError, match=r"b/out/.*: is there already and may hold"):
        transcribe("m.malgwi", files, output=OUT, formats=FORMATS)
    with pytest.raises(MalgwiError, match=r"b/out/c.TextGrid: isn't as it was written"):
        join_files(OUT, join(OUT))
    assert memory.content("b/out")["c.TextGrid"] == b"corrected"


def test_names_that_differ_in_case_only_are_two_in_a_store(memory: MemoryStore) -> None:
    memory.put("b/in/B.wav", memory.content("b/in")["b.wav"])
    files = recordings([IN])
    with pytest.raises(MalgwiError, match=r"in/B.wav and .*in/b.wav would both be written to out"):
        transcribe("m.malgwi", files, output=Path("out"))
    _transcribe(output=OUT, formats=("text",))
    assert {"B.txt", "b.txt"} <= memory.content("b/out").keys()
    memory.put("b/in/z/b.wav", b"")
    with pytest.raises(MalgwiError, match=r"would both be written to memory://b/out/b\.\*"):
        transcribe("m.malgwi", recordings([IN]), output=OUT)


def test_results_beside_the_recordings_are_no_recordings(memory: MemoryStore) -> None:
    before = recordings([IN])
    _transcribe(output=IN, part=Part(1, 1))
    assert recordings([IN]) == before
    with pytest.raises(MalgwiError, match=r"b/in/a\.x\.json: is there already and may hold"):
        transcribe("m.malgwi", before, formats=("json",), output=IN)


def _run(line: str, status: int = 0) -> None:
    assert main(line.split()) == status


def test_as_it_is_typed(memory: MemoryStore, capsys: pytest.CaptureFixture[str]) -> None:
    _run("transcribe m.malgwi memory://b/in/a/ --progress p.jsonl")
    assert capsys.readouterr().out == "memory://b/in/a/c.wav\ta\nmemory://b/in/a/d.wav\tb b\n"
    last = json.loads(Path("p.jsonl").read_text().splitlines()[-1])
    megabytes = sum(Path(f"in/a/{name}.wav").stat().st_size for name in "cd") / 1e6
    assert (last["unit"], last["done"], last["total"]) == ("MB", *(2 * [round(megabytes, 3)]))
    for number in (1, 2):
        _run(f"transcribe m.malgwi memory://b/in/a --output memory://b/out/ --part {number}/2")
    _run("join memory://b/out")
    assert "memory://b/out: 2 recordings, complete; parts: 2" in capsys.readouterr().out
    assert memory.content("b/out") == {"c.txt": b"a\n", "d.txt": b"b b\n"}


def test_parts_of_an_evaluation_are_joined_in_a_folder(
    memory: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with record(OUT, Part(1, 1), [0], Work({"command": "evaluate"}, 1)) as done:
        done.add(0, [])
    _run("join memory://b/out", 2)
    assert "memory://b/out: only transcripts are joined in a store" in capsys.readouterr().err
    assert memory.content("b/out.parts")


def test_how_much_there_is_to_do(memory: MemoryStore, capsys: pytest.CaptureFixture[str]) -> None:
    memory.put("b/big/a.wav", bytes(2_000_000))
    memory.put("b/big/b.wav", bytes(1_000_000))
    line = "transcribe m.malgwi in/b.wav memory://b/big --dry-run --egress-price 1000"
    _run(line)
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("1 recordings, 0.00 hours by their headers")
    assert "2 recordings in stores, 0.003 GB to fetch" in said
    assert said.endswith("without a size that is told: 0 egress: 3.00 at 1000 a GB of 10^9 bytes")
    _run(f"{line} --part 1/3 --output o")
    assert "egress: 2.00 at 1000" in " ".join(capsys.readouterr().out.split())
    assert not Path("o").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("memory://b/gone", "memory://b/gone: isn't there; check bucket, folder and name"),
        ("memory://b/in/b.wav --into x.eaf", "b.wav: --into takes files of this machine"),
        ("in/b.wav --into x.eaf --output memory://b/x", "b/x: --into takes files of this machine"),
        ("in/b.wav --output https://h/out", "--output https://h/out: results go to"),
        ("in/b.wav --egress-price 1", "--egress-price: is for --dry-run; leave it out"),
        ("in/b.wav --dry-run --egress-price -1", "--egress-price -1: expected 0 or more"),
        ("in/b.wav --dry-run --into x.eaf", "--dry-run: doesn't go with --into"),
    ],
)
def test_what_cannot_be_done(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    _run(f"transcribe m.malgwi {line}", 2)
    assert message in capsys.readouterr().err
