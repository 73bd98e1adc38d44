"""A list of what to write down next."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import places
from corpora import whole
from malgwi.bundle.golden import wav_samples
from malgwi.cli.main import main
from malgwi.corpus.layouts import detect, read_corpus
from malgwi.dataset.manifest import MANIFEST, load_dataset, write_manifest
from malgwi.recognition.recognise import open_recogniser
from malgwi.untranscribed import next as next_module
from malgwi.untranscribed.listener import open_listener
from tiny import tiny_dataset

SPEECH = wav_samples((places.GOLDEN / "speech.wav").read_bytes())
PAUSE = np.zeros(16_000, np.float32)


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """Speech in one recording, noise in another, and one that is broken."""
    folder = tmp_path / "more"
    folder.mkdir()
    half = len(SPEECH) // 2
    parts = [SPEECH[:half], PAUSE, 0.5 * SPEECH[half:], PAUSE, SPEECH]
    soundfile.write(folder / "talk.wav", np.concatenate(parts), 16_000)
    noise = 0.1 * np.random.default_rng(0).standard_normal(48_000)
    soundfile.write(folder / "noise.wav", noise, 16_000)
    (folder / "broken.wav").write_bytes(b"no")
    return folder


def words(more: Path, *others: str) -> list[str]:
    return ["next", "starter", str(more), "--output", str(more.parent / "list"), *others]


def test_the_whole_of_it(more: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything is less than what was asked for; what is broken is named at the end."""
    assert main(words(more, "--minutes", "5", "--json")) == 2
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert "1 of 3 recordings can't be read, the first: " in shown.err
    assert "broken.wav" in shown.err.splitlines()[-1]
    assert (found["minutes"], found["calibrated"]) == (5.0, False)
    assert "no data set to calibrate with (--data)" in shown.err
    assert found["chosen"]
    assert {Path(one["audio"]).name for one in found["chosen"]} == {"talk.wav"}
    assert 0 < found["chosen_minutes"] < 1
    assert all(one["wrong"] > 0 for one in found["chosen"])
    output = more.parent / "list"
    rows = [json.loads(line) for line in (output / "manifest.jsonl").read_text().splitlines()]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["draft"] for row in rows] == [one["draft"] for one in found["chosen"]]
    assert {row["text"] for row in rows} == {""}
    page = (output / "next.html").read_text(encoding="utf-8")
    assert all(row["draft"] in page for row in rows)
    # With a text it is a corpus; without, nobody takes a draft for one.
    prepare = ["prepare", str(output), "--allow-outside", "--output", str(more.parent / "data")]
    assert main(prepare) == 2
    assert f"set aside: no-text {len(rows)}" in capsys.readouterr().err
    rows[0]["text"] = "well done"
    lines = [json.dumps(row) for row in rows]
    (output / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    read = list(read_corpus(str(output), detect(str(output)), output, allow_outside=True))
    assert read[0].text == "well done"
    # Nothing is replaced unasked.
    assert main(words(more)) == 2
    assert "list: " in capsys.readouterr().err


def test_a_table_for_people(more: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (more / "broken.wav").unlink()
    assert main(words(more, "--minutes", "0.05")) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "talk.wav" in shown
    assert "minutes asked for. Listen: " in shown


def test_what_is_transcribed_is_left_out_and_tells_how_far_to_trust(
    more: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The data set holds the same samples as a file of its own."""
    data = tiny_dataset(tmp_path / "data")
    clip = data / "audio" / "clip00.wav"
    soundfile.write(clip, SPEECH, 16_000, subtype="PCM_16")
    first, *others = load_dataset(data).utterances
    write_manifest(data / MANIFEST, [replace(first, stretch=whole(clip)), *others], data)
    (more / "talk.wav").unlink()
    soundfile.write(more / "talk.wav", np.concatenate([PAUSE, SPEECH]), 16_000)
    assert main(words(more, "--data", str(data))) == 2
    said = capsys.readouterr().err
    assert "no speech in it to learn from" in said
    assert "it is in the data set's split 'train'" in said
    assert not (more.parent / "list").exists()
    soundfile.write(more / "other.wav", 0.9 * SPEECH, 16_000)
    assert main(words(more, "--data", str(data), "--json")) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["calibrated"]
    assert {Path(one["audio"]).name for one in found["chosen"]} == {"other.wav"}


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (["--minutes", "0"], "--minutes 0: expected more than 0"),
        (["--data", "nowhere"], "nowhere: no manifest.jsonl in it"),
    ],
)
def test_what_cannot_be_done(
    more: Path, capsys: pytest.CaptureFixture[str], others: list[str], said: str
) -> None:
    assert main(words(more, *others)) == 2
    assert said in capsys.readouterr().err


def test_folders_without_speech(more: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (more / "talk.wav").unlink()
    assert main(words(more)) == 2
    assert "more: no speech in it to learn from" in capsys.readouterr().err
    for path in more.iterdir():
        path.unlink()
    assert main(words(more)) == 2
    assert "more: no recording in it" in capsys.readouterr().err
    assert not (more.parent / "list").exists()


def test_a_bundle_has_no_encoder_to_ask(more: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = more.parent / "a.malgwi"
    bundle.write_bytes(b"PK\x03\x04")
    assert main(["next", str(bundle), str(more), "--output", str(more.parent / "list")]) == 2
    assert "a.malgwi: is a bundle, whose encoder can't be asked" in capsys.readouterr().err


def test_the_listener_hears_what_recognition_hears() -> None:
    _, listen = open_listener("starter")
    heard = listen(SPEECH)
    logits = open_recogniser("starter").logits(SPEECH)
    assert heard.transcript.frame_tokens == tuple(logits.argmax(axis=1).tolist())
    assert heard.sound.ndim == 1
    assert heard.sound.std() > 0


def test_what_is_not_left_out_is_said(
    more: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody should write down twice what a data set has that was moved."""
    assert main(words(more)) == 2
    assert "what is transcribed already isn't left out" in capsys.readouterr().err
    data = tiny_dataset(tmp_path / "data", valid=0)
    assert main(words(more, "--data", str(data), "--replace")) == 2
    said = capsys.readouterr().err
    assert "data: nothing in its split 'valid' to calibrate with" in said
    assert "left out" not in said.partition("data: nothing")[2]
    assert "--data" not in said


def test_a_run_names_its_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tiny_dataset(tmp_path / "data")
    run = tmp_path / "run"
    run.mkdir()
    assert next_module._data(str(run), None) is None
    (run / "train.json").write_text(json.dumps({"facts": {"dataset": str(data)}}))
    found = next_module._data(str(run), None)
    assert found is not None
    assert found.folder == data
    (run / "train.json").write_text(json.dumps({"facts": {"dataset": str(tmp_path / "gone")}}))
    assert next_module._data(str(run), None) is None
    assert f"run: what it learnt from can't be used: {tmp_path / 'gone'}" in capsys.readouterr().err
