"""Published corpora as they were unpacked: corpus/{headless,vctk,common_voice,records}.py."""

from pathlib import Path

import pytest

from corpora import faults
from malgwi.corpus.layouts import detect, read_corpus
from malgwi.corpus.row import Row


def unpacked(root: Path, texts: dict[str, str], recordings: str) -> Path:
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for name in recordings.split():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def rows(source: Path, kind: str) -> list[Row]:
    assert detect(str(source)) == kind
    return list(read_corpus(str(source), kind, source))


def test_ljspeech_takes_what_is_spoken(tmp_path: Path) -> None:
    table = 'LJ1|In "1837|In "eighteen thirty-seven\nLJ2|No numbers.|\n../x|a|b\nLJ3\n'
    unpacked(tmp_path, {"metadata.csv": table}, "wavs/LJ1.wav wavs/LJ2.wav")
    first, second, *others = rows(tmp_path, "ljspeech")
    assert first == Row(
        "wavs/LJ1", tmp_path / "wavs/LJ1.wav", 'In "eighteen thirty-seven',
        columns={"written": 'In "1837'},
    )  # fmt: skip
    assert second.text == "No numbers."
    assert [row.audio.name for row in others[:-1]] == ["x.wav"]
    assert faults(others)[-1] == (
        "metadata.csv:4", "damaged-row", "1 columns, expected 3: 'LJ3\\n'",
    )  # fmt: skip


@pytest.mark.parametrize(
    "header", ["audio_file|text|speaker_name", "file_name|transcription|speaker"]
)
def test_a_table_with_a_header_is_no_ljspeech(tmp_path: Path, header: str) -> None:
    """Coqui's tables have their columns apart by bars, too."""
    table = f"{header}\nwavs/a.wav|one|ana\n"
    unpacked(tmp_path, {"metadata.csv": table}, "wavs/a.wav")
    assert rows(tmp_path, "audiofolder") == [
        Row("wavs/a", tmp_path / "wavs/a.wav", "one", speaker="ana")
    ]


def test_coqui_stt(tmp_path: Path) -> None:
    table = "wav_filename,wav_filesize,transcript\na.wav,44,one two\n"
    unpacked(tmp_path, {"train.csv": table}, "a.wav")
    [row] = rows(tmp_path, "csv")
    assert (row.audio, row.text, row.split) == (tmp_path / "a.wav", "one two", "train")


def test_fleurs(tmp_path: Path) -> None:
    line = "7\t{}.wav\tOne, two.\tone two\to n e | t w o\t16000\tFEMALE\n"
    unpacked(
        tmp_path,
        {"train.tsv": line.format(1) + "x\n", "dev.tsv": line.format(2)},
        "audio/train/1.wav dev/2.wav",
    )
    found = rows(tmp_path, "fleurs")
    columns = {"sentence_id": "7", "written": "One, two.", "gender": "FEMALE"}
    assert [row for row in found if not row.fault] == [
        Row("audio/train/1", tmp_path / "audio/train/1.wav", "one two", "train",
            columns={**columns}),
        Row("dev/2", tmp_path / "dev/2.wav", "one two", "valid", columns={**columns}),
    ]  # fmt: skip
    assert faults(found) == [("train.tsv:2", "damaged-row", "1 columns, expected 7: 'x\\n'")]


def test_mls(tmp_path: Path) -> None:
    unpacked(
        tmp_path,
        {"train/transcripts.txt": "11_22_33\tuno dos\nodd\ttres\n",
         "dev/transcripts.txt": "44_55_66\tcuatro\n"},
        "train/audio/11/22/11_22_33.opus dev/audio/44/55/44_55_66.flac",
    )  # fmt: skip
    found = rows(tmp_path, "mls")
    assert [(row.audio, row.text, row.split, row.speaker) for row in found if not row.fault] == [
        (tmp_path / "train/audio/11/22/11_22_33.opus", "uno dos", "train", "11"),
        (tmp_path / "dev/audio/44/55/44_55_66.flac", "cuatro", "valid", "44"),
    ]
    assert faults(found) == [
        ("train/transcripts.txt:2", "damaged-row", "no name of speaker, book and number: 'odd'")
    ]
    [one] = rows(tmp_path / "dev", "mls")
    assert (one.id, one.split) == ("audio/44/55/44_55_66", None)


def test_vctk_takes_one_microphone(tmp_path: Path) -> None:
    place = "wav48_silence_trimmed"
    unpacked(
        tmp_path,
        {f"txt/p1/p1_{n}.txt": "Please  call.\n" for n in (1, 2, 3)},
        f"{place}/p1/p1_1_mic1.flac {place}/p1/p1_1_mic2.flac {place}/p1/p1_2_mic2.flac",
    )
    first, second, missing = rows(tmp_path, "vctk")
    assert first == Row("p1/p1_1", tmp_path / place / "p1/p1_1_mic1.flac", "Please call.",
                        speaker="p1")  # fmt: skip
    assert second.audio.name == "p1_2_mic2.flac"
    assert missing.audio.name == "p1_3_mic1.flac"  # prepare says that it isn't there
    old = unpacked(tmp_path / "old", {"txt/p2/a.txt": "b"}, "wav48/p2/a.wav")
    [row] = rows(old, "vctk")
    assert row.audio == old / "wav48/p2/a.wav"


def test_vctk_through_a_link_that_leads_out(tmp_path: Path) -> None:
    unpacked(tmp_path, {"secret.txt": "key"}, "vctk/wav48/p2/a.wav vctk/txt/p2/x")
    (tmp_path / "vctk/txt/p2/a.txt").symlink_to(tmp_path / "secret.txt")
    assert faults(rows(tmp_path / "vctk", "vctk")) == [("p2/a", "outside", "a.txt")]
