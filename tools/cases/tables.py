"""Tables: the rows and recordings of a corpus as published corpora and people have them."""

import json
import os
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import recordings
from cases.case import Case, Exactly, Topic
from cases.speech import corpus, prepared, recogniser, rows_of, speech, table, used, wav

_LETTERS = "abcdefghijklmnopqrst"


def _texts(count: int) -> list[str]:
    return [f"this is sentence {letter}" for letter in _LETTERS[:count]]


def _said(source: Path, *words: str, **options: object) -> str:
    """Return how many rows are used, and which of some words the report's notes have."""
    found = used(source, **options)
    report = source.parent / f"{source.name}-prepared/preflight.json"
    if not report.exists():
        return found
    notes = " ".join(json.loads(report.read_text(encoding="utf-8"))["notes"])
    named = [word for word in words if word in notes]
    return f"{found}; says {' and '.join(named) or 'nothing of it'}"


def _sentence_ids(folder: Path) -> str:
    """FLEURS: `id` names the sentence, four sentences in three voices."""
    texts = ["kila mtu ana haki", "maji ni uhai", "safari njema rafiki", "tunasoma kila siku"]
    rows = []
    for number in range(12):
        wav(folder / f"c/audio/train/{1000 + number}.wav", number)
        rows.append((str(17 + number % 4), f"audio/train/{1000 + number}.wav", texts[number % 4]))
    table(folder / "c/train.csv", ["id", "path", "transcription"], rows)
    return used(folder / "c")


def _ids_anew(folder: Path) -> str:
    number = 0
    for split, count in (("train", 8), ("dev", 4), ("test", 4)):
        rows = []
        for i in range(count):
            wav(folder / f"c/{split}/{split}_{i}.wav", number)
            rows.append((str(i), f"{split}/{split}_{i}.wav", _texts(20)[number]))
            number += 1
        table(folder / f"c/{split}.csv", ["id", "path", "text"], rows)
    return used(folder / "c")


def _links(folder: Path) -> str:
    """A download in the hub's cache: every file is a link into `blobs/`."""
    blobs, snapshot = folder / "c/blobs", folder / "c/snapshots/0a1b"
    rows = []
    for number in range(20):
        split = "train" if number < 12 else "test"
        blob = wav(blobs / f"{number:040x}", number, kind="WAV")
        link = snapshot / split / f"c{number:02}.wav"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
        rows.append((f"{split}/{link.name}", _texts(20)[number]))
    table(blobs / "table", ["file_name", "transcription"], rows)
    (snapshot / "metadata.csv").symlink_to("../../blobs/table")
    splits = prepared(snapshot, allow_outside=True).info["splits"]
    return f"{splits['test']['clips']} test clips"


def _common_voice(folder: Path) -> Path:
    """A small language: 40 validated clips, of which the official splits hold 7."""
    source = folder / "c"
    for number in range(40):
        path = source / f"clips/cv_{number:03}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        recordings.make(path, speech(1.6, number))
    parts = {"train": range(3), "dev": range(3, 5), "test": range(5, 7), "validated": range(40)}
    for name, chosen in parts.items():
        rows = [
            (_speaker(i), f"cv_{i:03}.mp3", f"kalimat {_LETTERS[i % 20]} {'ab'[i // 20]}")
            for i in chosen
        ]
        table(source / f"{name}.tsv", ["client_id", "path", "sentence"], rows, "\t")
    return source


def _speaker(clip: int) -> str:
    """Return who speaks: dev and test have people of their own."""
    return "dev" if clip in {3, 4} else "test" if clip in {5, 6} else f"train{clip % 5}"


def _validated_unused(folder: Path) -> str:
    return _said(_common_voice(folder), "33", "--validated")


def _validated(folder: Path) -> str:
    try:
        return used(_common_voice(folder), validated=True)
    except TypeError:
        return "no such option"


def _table_of_a_release(folder: Path) -> str:
    return used(_common_voice(folder) / "validated.tsv")


def _spontaneous(folder: Path) -> str:
    rows = []
    for number in range(10):
        name = f"spontaneous-speech-xx-{number}.mp3"
        path = folder / "c/audios" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        recordings.make(path, speech(1.6, number))
        split = "train" if number < 6 else "dev" if number < 8 else "test"
        rows.append(
            (f"u{number % 3}", str(number), name, "1600", "What?", _texts(10)[number], split)
        )
    header = [
        "client_id",
        "audio_id",
        "audio_file",
        "duration_ms",
        "prompt",
        "transcription",
        "split",
    ]
    table(folder / "c/ss-corpus-xx.tsv", header, rows, "\t")
    return used(folder / "c")


def _quotation(
    ending: str, opened: Sequence[int], closed: Sequence[int] = ()
) -> Callable[[Path], str]:
    def measure(folder: Path) -> str:
        mark = "\t" if ending == "tsv" else ","
        lines = [f"path{mark}text"]
        for number in range(8):
            clip = wav(folder / f"c/{_LETTERS[number]}.wav", number)
            text = f"this is sentence {_LETTERS[number]}"
            begin, end = '"' * (number in opened), '"' * (number in closed)
            lines.append(f"{clip.name}{mark}{begin}{text}{end}")
        (folder / f"c/list.{ending}").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return f"{rows_of(used(folder / 'c'))} of 8 rows used or named"

    return measure


def _unnamed(folder: Path) -> str:
    source = corpus(folder / "c", _texts(6))
    for number in range(3):
        wav(source / f"more/m{number}.wav", 10 + number)
    return used(source)


def _folders_of_speakers(folder: Path) -> str:
    names = ("Val", "Dev_P", "test_speaker_2", "Anna")
    rows = []
    for number in range(12):
        place = f"{names[number % 4]}/c{number:02}.wav"
        wav(folder / "c" / place, number)
        rows.append((place, _texts(12)[number], names[number % 4]))
    table(folder / "c/list.csv", ["path", "text", "speaker"], rows)
    return _said(folder / "c", "Val", "Dev_P", "test_speaker_2")


def _decomposed(folder: Path) -> str:
    """A Mac writes the names of files decomposed, a program the table composed."""
    rows = []
    for number, word in enumerate(("gruß", "größe", "übung", "öl")):
        name = f"{word}.wav"
        wav(folder / "c" / unicodedata.normalize("NFD", name), number)
        rows.append((name, f"das ist {word}"))
    table(folder / "c/list.csv", ["path", "text"], rows)
    return used(folder / "c")


def _backslashes(folder: Path) -> str:
    for number in range(4):
        wav(folder / f"c/clips/c{number}.wav", number)
    rows = [(f"clips\\c{number}.wav", _texts(4)[number]) for number in range(4)]
    table(folder / "c/list.csv", ["path", "text"], rows)
    return used(folder / "c")


def _apple_double(folder: Path) -> str:
    source = corpus(folder / "c", _texts(4))
    (source / "metadata.csv").rename(source / "train.csv")
    (source / "._train.csv").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(100))
    for number in range(4):
        (source / f"._c{number:02}.wav").write_bytes(b"\x00\x05\x16\x07" + bytes(100))
    return used(source)


def _utf_16(folder: Path) -> str:
    source = corpus(folder / "c", _texts(4))
    text = (source / "metadata.csv").read_text(encoding="utf-8")
    (source / "metadata.csv").write_bytes(text.encode("utf-16"))
    return used(source)


def _json_array(folder: Path) -> str:
    rows = []
    for number in range(4):
        wav(folder / f"c/c{number}.wav", number)
        rows.append({"audio_filepath": f"c{number}.wav", "text": _texts(4)[number]})
    (folder / "c/train_manifest.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return used(folder / "c")


def _own_clips_folder(folder: Path) -> str:
    for number in range(6):
        wav(folder / f"c/clips/c{number}.wav", number)
    rows = [(f"c{number}.wav", _texts(6)[number]) for number in range(6)]
    table(folder / "c/train.tsv", ["audio", "text"], rows, "\t")
    return used(folder / "c")


def _path_of_a_folder(folder: Path) -> str:
    for number in range(4):
        wav(folder / f"c/c{number}.wav", number)
    rows = [(".", "hello"), *((f"c{n}.wav", _texts(4)[n]) for n in range(4))]
    table(folder / "c/list.csv", ["path", "text"], rows)
    return used(folder / "c")


def _incomplete_timit(folder: Path) -> str:
    number = 0
    people = (("TRAIN", "DR1", "FABC0"), ("TRAIN", "DR2", "MABC0"), ("TRAIN", "DR3", "FDEF0"),
              ("TEST", "DR1", "FXYZ0"))  # fmt: skip
    for split, region, speaker in people:
        for sentence in ("SA1", f"SI{1000 + number}", f"SX{100 + number}", f"SX{200 + number}"):
            place = folder / "c" / split / region / speaker / sentence
            place.parent.mkdir(parents=True, exist_ok=True)
            place.with_suffix(".TXT").write_text(f"0 25600 {_texts(20)[number]}\n")
            if not (speaker == "FABC0" and sentence.startswith("SX")):
                wav(place.with_suffix(".WAV"), number, kind="NIST")
            number += 1
    return used(folder / "c")


def _zeroth(folder: Path) -> str:
    number = 0
    for part, speaker in (
        ("train_data_01", "101"),
        ("train_data_01", "102"),
        ("test_data_01", "103"),
    ):
        place = folder / "c" / part / "003" / speaker
        lines = []
        for i in range(4):
            wav(place / f"{speaker}_003_{i:04}.flac", number, kind="FLAC")
            lines.append(f"{speaker}_003_{i:04} 오늘 날씨가 참 좋네요\n")
            number += 1
        (place / f"{speaker}_003.trans.txt").write_text("".join(lines), encoding="utf-8")
    return used(folder / "c")


def _test_part_alone(folder: Path) -> str:
    source = corpus(folder / "c", _texts(4))
    shutil.move(source / "metadata.csv", source / "test.csv")
    return used(source, vocab_from="demo", vocab=recogniser().vocab)


TOPIC = Topic(
    "Tables",
    "What `malgwi prepare` makes of them: how many rows are used, how many are set aside as what.",
    [
        Case("ids that name sentences", "FLEURS: four ids for twelve recordings",
             "8 of 12 set aside as `duplicate-id`",
             _sentence_ids, Exactly("12 used")),
        Case("ids that begin anew in each table", "0 to 7, 0 to 3, 0 to 3",
             "refused: nothing left of the test part",
             _ids_anew, Exactly("16 used")),
        Case("a corpus of links", "the hub's cache: 12 clips of train, 8 of test in `blobs/`",
             "2 test clips, 6 of them in train",
             _links, Exactly("8 test clips")),
        Case("Common Voice of a small language", "40 validated clips, 7 in the official splits",
             "7 used; says nothing of it",
             _validated_unused, Exactly("7 used; says 33 and --validated")),
        Case("the same with `--validated`", "", "no such option", _validated, Exactly("40 used")),
        Case("a table of a release by itself", "`validated.tsv` beside `clips/`",
             "refused: every recording is missing",
             _table_of_a_release, Exactly("40 used")),
        Case("Common Voice Spontaneous Speech", "`audios/`, one table, column `audio_file`",
             "refused: no column for the audio",
             _spontaneous, Exactly("10 used")),
        Case("a quotation mark that stays open", "8 rows with tabs, it opens the third text",
             "8 of 8 rows used or named",
             _quotation("tsv", [2]), Exactly("8 of 8 rows used or named")),
        Case("the same with commas", "", "refused: unexpected end of data", _quotation("csv", [2]),
             Exactly("8 of 8 rows used or named")),
        Case("the same, and another one closes five rows later", "", "5 of 8 rows used or named",
             _quotation("csv", [2], [5]), Exactly("8 of 8 rows used or named")),
        Case("recordings that no row names", "6 rows, 3 recordings more",
             "6 used, nothing said of them",
             _unnamed, Exactly("6 used, no-row 3")),
        Case("folders of speakers that look like splits",
             "`Val`, `Dev_P`, `test_speaker_2`, `Anna`",
             "12 used, 9 of them for scoring; says nothing of it",
             _folders_of_speakers, Exactly("12 used; says Val and Dev_P and test_speaker_2")),
        Case("names of files decomposed", "`größe.wav` in NFD on the disk, in NFC in the table",
             "refused: three of four recordings are missing",
             _decomposed, Exactly("4 used")),
        Case("paths of Windows", r"`clips\c0.wav`", "refused: every recording is missing",
             _backslashes, Exactly("4 used")),
        Case("what a Mac leaves beside files", "`._train.csv`, `._c00.wav`",
             "refused: no column for the audio",
             _apple_double, Exactly("4 used")),
        Case("a table in UTF-16", "as Excel writes Unicode text",
             "refused: no column for the audio", _utf_16, Exactly("4 used")),
        Case("a JSON array", "a manifest that is one array of objects", "refused: 18 damaged rows",
             _json_array, Exactly("4 used")),
        Case("a `clips/` of one's own", "`train.tsv` with the column `audio`", "crash: KeyError",
             _own_clips_folder, Exactly("6 used")),
        Case("a path that names a folder", "`.` in one of five rows", "crash: ValueError",
             _path_of_a_folder, Exactly("4 used, damaged-row 1")),
        Case("TIMIT, incomplete", "2 of 16 recordings are missing",
             "13 used, no-recording 2, left-out 1",
             _incomplete_timit, Exactly("13 used, no-recording 2, left-out 1")),
        Case("Zeroth-Korean", "its folders, `.trans.txt` beside the clips",
             "refused: no corpus that is known",
             _zeroth, Exactly("12 used")),
        Case("test part alone", "every row is in `test`; `--vocab-from MODEL`",
             "refused: no training split", _test_part_alone, Exactly("4 used")),
    ],
)  # fmt: skip
