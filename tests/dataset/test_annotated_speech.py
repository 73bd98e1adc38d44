"""The whole way: long recordings with ELAN's tiers become a data set whose stretches are exact."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

import malgwi
from annotation_files import aligned, media, referring, tier, write_eaf
from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import read_utterance
from malgwi.speech import audio

SPEECH = Path(malgwi.__file__).parent / "data/commands"
CLIPS, GAP, ORIGIN_MS = 8, 4_000, 500


def _long_recording(folder: Path, speaker: str) -> dict[str, audio.Samples]:
    """Join clips of a speaker with gaps; return what is said by its text, as the file has it.

    ELAN's time begins half a second into the recording. Borders lie on whole milliseconds.
    """
    with (SPEECH / "metadata.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["speaker"] == speaker]
    texts = {row["transcription"]: row["file_name"] for row in rows}
    sound = [np.zeros(ORIGIN_MS * 16, np.float32)]
    at = 0
    said: dict[str, audio.Samples] = {}
    slots: dict[str, int | None] = {}
    utterances, glosses = [], []
    for number, (text, name) in enumerate(list(texts.items())[:CLIPS]):
        clip = audio.read(SPEECH / name)
        clip = clip[: len(clip) // 16 * 16]
        said[text] = (np.round(clip * 32767) / 32768).astype(np.float32)
        slots |= {f"b{number}": at // 16, f"e{number}": (at + len(clip)) // 16}
        utterances.append(aligned(f"u{number}", f"b{number}", f"e{number}", text))
        glosses.append(referring(f"g{number}", f"u{number}", "a translation"))
        sound += [said[text], np.zeros(GAP, np.float32)]
        at += len(clip) + GAP
    slots |= {"i1": 0, "i2": at // 16}
    soundfile.write(folder / f"{speaker}.wav", np.concatenate(sound), 16_000, subtype="PCM_16")
    write_eaf(
        folder / f"{speaker}-final.eaf",
        [
            tier(f"ref@{speaker}", "utterance", *utterances, PARTICIPANT=speaker),
            tier(f"ft@{speaker}", "association", *glosses, PARENT_REF=f"ref@{speaker}"),
            tier("Interviewer", "included", aligned("i", "i1", "i2", "yes yes")),
        ],
        slots,
        [media(f"file:///C:/tapes/{speaker}.wav", origin=ORIGIN_MS)],
    )
    return said


def test_from_elan_to_a_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (SPEECH / "metadata.csv").open(encoding="utf-8") as table:
        speakers = sorted({row["speaker"] for row in csv.DictReader(table)})[:3]
    said = {speaker: _long_recording(tmp_path, speaker) for speaker in speakers}
    assert main(["tiers", str(tmp_path)]) == 0
    assert "Interviewer" in capsys.readouterr().out
    output = tmp_path / "out"
    words = ["--tier", "type=utterance", "--not-tier", "Interviewer", "--output", str(output)]
    assert main(["prepare", str(tmp_path), *words]) == 0
    told = capsys.readouterr().out
    assert f"{speakers[0]}-final.eaf" in told
    assert told.endswith(f"Next: malgwi train {output} --output run\n")
    dataset = load_dataset(output)
    assert len(dataset.utterances) == 3 * CLIPS
    for utterance in dataset.utterances:
        assert utterance.speaker in speakers
        assert utterance.columns["tier"] == f"ref@{utterance.speaker}"
        expected = said[utterance.speaker][utterance.raw_text]
        np.testing.assert_array_equal(read_utterance(utterance), expected)
