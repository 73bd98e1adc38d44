"""Parts of preparing, joined, are the data set of one run, with what models hear."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bundles import level_bundle
from folder_content import content
from level_model import level_clip, level_talk
from malgwi.cli.main import main
from malgwi.dataset import measurers
from malgwi.recognition import cut_stretch, suspects

CLIPS = 12
MODELS = "--check-with m.malgwi --cut-long m.malgwi"


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips, one of them twice and one broken, stretches of one recording, and one of 80 s."""
    monkeypatch.chdir(tmp_path)
    level_bundle(Path("m.malgwi"))
    rows: list[dict[str, object]] = []
    for n in range(CLIPS):
        spelling = "_" * 10 + "ab|ba"[: n % 5 + 1] * (n // 5 + 2) + "_" * 10
        level_clip(Path(f"in/{n:02}.wav"), spelling)
        rows.append({"audio_filepath": f"{n:02}.wav", "text": "ab ba"[: n % 4 + 1]})
    Path("in/04.wav").write_bytes(b"RIFF and nothing else")
    Path("in/copy.wav").write_bytes(Path("in/03.wav").read_bytes())
    rows.append({"audio_filepath": "copy.wav", "text": "ab ba"[:4]})
    noise = np.random.default_rng(0).normal(0, 0.05, 40 * 16_000).astype(np.float32)
    soundfile.write("in/long.wav", noise, 16_000)
    rows += [
        {"audio_filepath": "long.wav", "offset": 4.0 * n, "duration": 1.5, "text": "ab"}
        for n in range(9)
    ]
    text = level_talk(Path("in/talk.wav"))
    rows.append({"audio_filepath": "talk.wav", "text": text, "split": "train"})
    for n, row in enumerate(rows):
        row["split"] = row.get("split") or ("train", "train", "valid", "test")[n % 4]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    Path("in/manifest.jsonl").write_text(lines, encoding="utf-8")


def _run(line: str) -> int:
    return main(shlex.split(line))


def _noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is measured, cut and checked from now on."""
    did: list[str] = []

    def note(place: Any, name: str, what: Callable[..., str]) -> None:
        real = getattr(place, name)

        def noting(*args: Any, **more: Any) -> Any:
            did.append(what(*args))
            return real(*args, **more)

        monkeypatch.setattr(place, name, noting)

    note(measurers.Measurer, "measure", lambda _, path, *__: f"measured {path.name}")
    note(cut_stretch, "cut_stretch", lambda *_: "cut")
    note(suspects, "_checked", lambda _, utterance, __: f"checked {utterance.id}")
    return did


@pytest.mark.parametrize("models", ["", MODELS])
def test_joined_parts_are_what_one_run_writes(
    models: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = f"prepare in/manifest.jsonl {models} --output"
    assert _run(f"{command} one --json") == 0
    alone = capsys.readouterr()
    did = _noted(monkeypatch)
    counts = []
    for number in (2, 3, 1):
        assert _run(f"{command} made --part {number}/3") == 0
        said = capsys.readouterr()
        assert "recordings are measured; after all parts: malgwi join made" in said.err + said.out
        assert not Path("made").exists()
        counts.append(len(did))
    assert counts[0] < counts[1] < counts[2]
    measured = [one for one in did if one.startswith("measured")]
    # Each once, but for the talk, whose pieces are measured, too.
    extra = ["measured talk.wav"] if models else []
    names = sorted(path.name for path in Path("in").glob("*.wav"))
    assert sorted(measured) == sorted([*(f"measured {name}" for name in names), *extra])
    did.clear()
    assert _run("join made --json") == 0
    assert did == []
    found = capsys.readouterr()
    assert found.out.replace('"made', '"one') == alone.out
    assert content("made") == content("one")
    assert ("suspects.json" in content("made")) == bool(models)
    assert not Path("made.parts").exists()


def test_a_part_goes_on_and_tries_broken_ones_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    did = _noted(monkeypatch)
    command = f"prepare in/manifest.jsonl {MODELS} --output made"
    assert _run(f"{command} --part 1/1") == 0
    record = Path("made.parts/1-of-1.jsonl")
    lines = record.read_bytes().splitlines(keepends=True)
    did.clear()
    assert _run(f"{command} --part=1/1") == 0
    assert did == ["measured 04.wav"]
    # Killed after the first findings, and while it wrote a line.
    record.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    did.clear()
    assert _run(f"{command} --part 1/1") == 0
    assert len(did) > 0
    assert "measured 00.wav" not in did
    assert _run("join made") == 0
    assert _run("prepare in/manifest.jsonl --output one " + MODELS) == 0
    assert content("made") == content("one")


def test_what_was_changed_meanwhile_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        assert _run(f"prepare in/manifest.jsonl --output made --part {number}/2") == 0
    level_clip(Path("in/07.wav"), "_" * 10 + "abab" * 9 + "_" * 10)
    did = _noted(monkeypatch)
    assert _run("join made") == 0
    assert did == ["measured 07.wav"]
    assert _run("prepare in/manifest.jsonl --output one") == 0
    assert content("made") == content("one")


def test_what_does_not_belong_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "prepare in/manifest.jsonl --output made"
    assert _run(f"{command} --part 1/2") == 0
    capsys.readouterr()

    def refused(line: str, message: str) -> None:
        assert _run(line) == 2
        assert message in capsys.readouterr().err

    refused(f"{command} --unit jamo --part 2/2", "of another work: --unit is character, expected")
    refused(f"{command} --check-with m.malgwi --part 2/2", "is of another work: ")
    refused("join made", "of 2 parts 1 missing (2); run them again")
    level_clip(Path("in/07.wav"), "_" * 10 + "abab" * 9 + "_" * 10)
    refused(f"{command} --part 2/2", "in/07.wav: ")
    refused(f"{command} --part 1/2 --cluster local", "--cluster local: doesn't go with --part")
    hub = "prepare hub:a/b --output far --part 1/2"
    refused(hub, "--part 1/2: hub:a/b would be fetched by each part")
    for number in (1, 2):
        assert _run(f"prepare in/manifest.jsonl --output all --part {number}/2") == 0
    Path("far").mkdir()
    monkeypatch.chdir("far")
    refused("join ../all", f"../all: its parts ran in {tmp_path}, from where the corpus is named")
    monkeypatch.chdir(tmp_path)
    Path("all.parts").rename("other.parts")
    refused("join other", "other: its parts are for all; move them there")
    assert not Path("all").exists()


@pytest.mark.parametrize("part", ["--par 1/1", "--pa=1/1", "--part 2/3 --part=1/1"])
def test_the_option_cut_short(part: str) -> None:
    assert _run(f"prepare in/manifest.jsonl {part} --output made --name in") == 0
    head = json.loads(Path("made.parts/1-of-1.jsonl").read_bytes().splitlines()[0])
    expected = ["prepare", "in/manifest.jsonl", "--output", "made", "--name", "in"]
    assert head["work"]["about"]["words"] == expected
    assert _run("join made") == 0


def test_a_corpus_without_train_is_refused_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Path("in/manifest.jsonl").read_text(encoding="utf-8")
    Path("in/manifest.jsonl").write_text(lines.replace('"train"', '"test"'), encoding="utf-8")
    did = _noted(monkeypatch)
    for part in ("--part 1/2", ""):
        assert _run(f"prepare in/manifest.jsonl --output made {part}") == 2
        assert "no training split; found test, valid. Call one train" in capsys.readouterr().err
    assert did == []
    assert not Path("made.parts").exists()
    assert not Path("made").exists()


def test_a_corpus_in_a_store_is_to_be_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    for more in ("", "--format csv", "--part 1/2"):
        assert _run(f"prepare s3://bucket/corpus --output made {more}") == 2
        said = capsys.readouterr().err
        assert "s3://bucket/corpus: training reads the recordings of a data set again" in said
        assert "fetch the corpus with the store's own tool" in said
    assert not Path("made.parts").exists()
