"""Common Voice Spontaneous Speech: corpus/spontaneous.py."""

from pathlib import Path

import pytest

from corpora import write_clip, write_csv
from malgwi.corpus.layouts import detect, read_corpus, recordings_without_row
from malgwi.errors import MalgwiError

TABLE = "ss-corpus-xx.tsv"


def release(root: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """Write a release whose recordings 0, 1, ... have a speaker, a text, a split and tags."""
    found = []
    for number, (speaker, text, split, tags) in enumerate(rows):
        name = f"spontaneous-speech-xx-{number}.mp3"
        write_clip(root / "audios" / name)
        found.append(
            {
                "client_id": speaker,
                "audio_id": f"{number}",
                "audio_file": name,
                "prompt": "What did you eat?",
                "transcription": text,
                "votes": "0",
                "language": "Xish",
                "split": split,
                "quality_tags": tags,
            }
        )
    write_csv(root / TABLE, found, "\t")
    write_clip(root / "audios/spontaneous-speech-xx-99.mp3")
    reported = {"client_id": "ann", "audio_file": "spontaneous-speech-xx-99.mp3", "reason": "other"}
    write_csv(root / "ss-reported-audios-xx.tsv", [reported], "\t")
    return root


def test_rows_are_those_of_the_splits(tmp_path: Path) -> None:
    release(
        tmp_path,
        [
            ("ann", "we ate [disfluency] rice", "train", ""),
            ("ben", "fish", "dev", "short-audio|speech-rate"),
            ("cas", "he said fish", "test", "short-audio"),
            ("ann", "nobody checked this", "unassigned", "long-audio"),
            ("ann", "", "unassigned", ""),
        ],
    )
    assert detect(str(tmp_path)) == detect(str(tmp_path / TABLE)) == "spontaneous-speech"
    notes: list[str] = []
    for source in (tmp_path, tmp_path / TABLE):
        found = list(read_corpus(str(source), detect(str(source)), tmp_path, notes=notes))
        assert [(row.id, row.split, row.speaker, row.text) for row in found] == [
            ("audios/spontaneous-speech-xx-0", "train", "ann", "we ate [disfluency] rice"),
            ("audios/spontaneous-speech-xx-1", "valid", "ben", "fish"),
            ("audios/spontaneous-speech-xx-2", "test", "cas", "he said fish"),
        ]
        assert recordings_without_row(str(source), "spontaneous-speech", found) == []
    assert found[0].audio == tmp_path / "audios/spontaneous-speech-xx-0.mp3"
    assert found[0].columns == {
        "audio_id": "0",
        "prompt": "What did you eat?",
        "votes": "0",
        "language": "Xish",
    }
    assert notes[0] == notes[1] == (
        f"{TABLE}: 1 of 5 recordings have a transcription but no split, since nobody has checked "
        "it, and aren't used (write train into their column split to train on them); 1 recordings "
        "have no transcription; 2 of those used have quality_tags: short-audio 2, speech-rate 1"
    )  # fmt: skip
    write_clip(tmp_path / "audios/spontaneous-speech-xx-100.mp3")
    left = recordings_without_row(str(tmp_path), "spontaneous-speech", found)
    assert left == ["audios/spontaneous-speech-xx-100.mp3"]


def test_a_release_without_splits_is_taken_whole(tmp_path: Path) -> None:
    texts = ["one", "two", ""]
    release(tmp_path, [(f"s{n}", text, "unassigned", "") for n, text in enumerate(texts)])
    notes: list[str] = []
    found = list(read_corpus(str(tmp_path), "spontaneous-speech", tmp_path, notes=notes))
    assert [(row.text, row.split) for row in found] == [("one", None), ("two", None)]
    assert notes == [
        f"{TABLE}: no row has a split, so all 2 transcriptions are used, checked or not; 1 "
        "recordings have no transcription"
    ]


def test_a_table_without_its_recordings_is_no_release(tmp_path: Path) -> None:
    write_csv(tmp_path / TABLE, [{"audio_file": "a.mp3", "transcription": "one"}], "\t")
    assert detect(str(tmp_path / TABLE)) == "tsv"
    with pytest.raises(MalgwiError, match=r"the format spontaneous-speech is a folder"):
        list(read_corpus(str(tmp_path / TABLE), "spontaneous-speech", tmp_path))
