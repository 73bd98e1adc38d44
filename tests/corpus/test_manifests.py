"""Kaldi's data folders and lhotse's manifests: rows of stretches, and hostile ones."""

import gzip
import json
from pathlib import Path

import pytest

from corpora import faults, rows
from malgwi.corpus.layouts import recordings_without_row
from malgwi.corpus.row import Row
from malgwi.errors import MalgwiError


def kaldi(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


def test_kaldi_with_segments(tmp_path: Path) -> None:
    (tmp_path / "wav").mkdir()
    (tmp_path / "wav/a.wav").touch()
    kaldi(
        tmp_path / "data/dev",
        wav_scp="r1 wav/a.wav\nr2 sox x.wav -t wav - |\nr3 /etc/passwd\nr4\nr5 -\n"
        f"r6 {'x' * 5000}\n",
        text="u1 one  two\nu2\tthree\nu3 a\nu4 b\nu5 c\nu6 d\nu7 e\nu8 f\nu9 g\nv1 h\nv2 i\n\n",
        segments="u1 r1 0.5 1.25\nu2 r1 3 -1\nu3 r2 0 1\nu4 r3 0 1\nu5 r4 0 1\nu6 r1 x 1\n"
        "u8 r5 0 1\nu9 r6 0 1\nv1 r1 0 1 1\nv2 r1 0 1 -1\n",
        utt2spk="u1 ana\n",
    )
    found = rows(tmp_path)
    assert found[:2] == [
        Row("u1", tmp_path / "wav/a.wav", "one  two", "valid", "ana", start=0.5, end=1.25),
        Row("u2", tmp_path / "wav/a.wav", "three", "valid", start=3.0),
    ]
    assert faults(found) == [
        ("data/dev/u3", "damaged-row",
         "r2: wav.scp has a command, which isn't run: sox x.wav -t wav - |"),
        ("data/dev/u4", "outside", "r3: /etc/passwd"),
        ("data/dev/u5", "no-recording", "r4: not in wav.scp"),
        ("data/dev/u6", "damaged-row", "segments has no recording and times: 'r1 x 1'"),
        ("data/dev/u7", "damaged-row", "segments has no recording and times: ''"),
        ("data/dev/u8", "damaged-row", "r5: wav.scp has no path: '-'"),
        ("data/dev/v2", "damaged-row", "segments has no recording and times: 'r1 0 1 -1'"),
    ]  # fmt: skip
    assert len(found[-3].audio.name) == 5000  # prepare names it
    assert [row.channel for row in found if row.id in {"u1", "v1"}] == [None, 1]
    allowed = rows(tmp_path, allow_outside=True)
    assert [row.audio for row in allowed if row.id == "u4"] == [Path("/etc/passwd")]


def test_kaldi_lines_that_contradict_each_other(tmp_path: Path) -> None:
    """Kaldi wants each key once; which line is meant can't be told, unless they are equal."""
    kaldi(
        tmp_path / "train",
        wav_scp="r1 a.wav\nr2 b.wav\nr2 c.wav\n",
        text="u1 one\nu2 two\nu3 three\nu4 four\n",
        segments="u1 r1 0 1\nu2 r1 1 2\nu2 r1 5 6\nu3 r2 0 1\nu4 r1 2 3\nu4 r1 2 3\n",
        utt2spk="u1 ana\nu1 ben\n",
    )
    found = rows(tmp_path)
    assert faults(found) == [
        ("train/u1", "damaged-row", "utt2spk says of u1 more than one thing"),
        ("train/u2", "damaged-row", "segments says of u2 more than one thing"),
        ("train/u3", "damaged-row", "wav.scp says of r2 more than one thing"),
    ]
    assert [(row.id, row.start) for row in found if row.fault is None] == [("u4", 2.0)]


def test_kaldi_with_a_channel_a_recording(tmp_path: Path) -> None:
    """`reco2file_and_channel` counts from A or 1; the fourth field of a segment from 0."""
    folder = kaldi(
        tmp_path / "train",
        wav_scp="".join(f"r{n} a.wav\n" for n in range(8)),
        text="".join(f"u{n} one\n" for n in range(9)),
        segments="".join(f"u{n} r{n} 0 1\n" for n in range(8)) + "u8 r2 0 1 0\n",
    )
    (folder / "a.wav").touch()
    (folder / "reco2file_and_channel").write_text(
        "r1 a A\nr2 a B\nr3 a 1\nr4 a 2\nr5 a 0\nr6 a left\nr7\n"
    )
    assert [row.channel for row in rows(folder)] == [
        None, "0", "1", "0", "1", "0 in reco2file_and_channel", "left in reco2file_and_channel",
        None, 0,
    ]  # fmt: skip


def test_kaldi_without_segments(tmp_path: Path) -> None:
    folder = kaldi(tmp_path / "train", wav_scp="u1 a.wav\n", text="u1 one\nu2 two\n")
    (folder / "a.wav").touch()
    first, second = rows(folder)
    assert first == Row("u1", folder / "a.wav", "one", "train")
    assert faults([second]) == [("u2", "no-recording", "u2: not in wav.scp")]


def test_kaldi_utterances_without_a_text(tmp_path: Path) -> None:
    """Of `segments`, and of `wav.scp` where utterances are recordings; else those are shared."""
    parts = {"segments": "u1 a 0 1\nu2 a 1 2\n", "wav_scp": "a a.wav\nb b.wav\n"}
    kaldi(tmp_path / "one/train", text="u1 one\n", **parts)
    kaldi(tmp_path / "two/train", text="a one\n", wav_scp="a a.wav\nb b.wav\nc sox x.wav - |\n")
    for name in ("one/train/a", "two/train/a", "two/train/b", "two/train/x"):
        (tmp_path / f"{name}.wav").touch()
    found = rows(tmp_path / "one")
    assert [row.id for row in found if not row.fault] == ["u1"]
    assert faults(found) == [("train/u2", "no-transcript", "not in text: a 1 2")]
    found = rows(tmp_path / "two")
    assert [row.id for row in found if not row.fault] == ["a"]
    assert faults(found) == [
        ("train/b", "no-transcript", "not in text: b.wav"),
        ("train/c", "no-transcript", "not in text: sox x.wav - |"),
    ]
    assert recordings_without_row(str(tmp_path / "two"), "kaldi", found) == ["train/x.wav"]


def test_a_line_that_lost_letters_is_set_aside(tmp_path: Path) -> None:
    """The byte 0xe9 is an é in another encoding; without it a model learns "caf"."""
    folder = kaldi(tmp_path / "train", wav_scp="u1 a.wav\nu2 a.wav\n")
    (folder / "a.wav").touch()
    (folder / "text").write_bytes("u1 été\nu2 caf".encode() + b"\xe9\n")
    first, second = rows(folder)
    assert (first.text, first.fault) == ("été", None)
    assert faults([second]) == [("u2", "not-utf8", "caf\\udce9")]
    assert second.text == ""


def lhotse(folder: Path, recordings: list[object], supervisions: list[object]) -> Path:
    for name, records in (("recordings", recordings), ("supervisions", supervisions)):
        lines = "".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in records)
        with gzip.open(folder / f"corpus_{name}_dev-clean.jsonl.gz", "wb") as file:
            file.write(lines.encode())
    return folder


def source(path: str, *channels: int) -> dict[str, object]:
    return {"type": "file", "channels": list(channels), "source": path}


def test_lhotse(tmp_path: Path) -> None:
    lhotse(
        tmp_path,
        [
            {"id": "r1", "sources": [source("a.wav", 0)]},
            {"id": "r2", "sources": [source("l.wav", 0), source("s.wav", 3, 5)]},
            {"id": "r3", "sources": [{"type": "command", "channels": [0], "source": "rm -r /"}]},
            {"id": "r4", "sources": [source("../x.wav", 0)]},
            "[1]",
        ],
        [
            {"id": "u1", "recording_id": "r1", "start": 1.5, "duration": 2.25, "channel": 0,
             "text": "one", "speaker": "ana", "language": "en"},
            {"id": "u2", "recording_id": "r2", "start": 0, "duration": -1, "channel": 5},
            {"id": "u3", "recording_id": "r2", "start": 0, "duration": 1, "channel": [3, 5]},
            {"id": "u4", "recording_id": "r3", "start": 0, "duration": 1, "channel": 0},
            {"id": "u5", "recording_id": "r4", "start": 0, "duration": 1, "channel": 0},
            {"id": "u6", "recording_id": "r9", "start": 0, "duration": 1},
            {"id": "u7", "recording_id": "r1", "start": "0", "duration": 1},
            "not json",
        ],
    )  # fmt: skip
    found = rows(tmp_path)
    assert found[:3] == [
        Row("u1", tmp_path / "a.wav", "one", "valid", "ana", {"language": "en"}, start=1.5,
            end=3.75),
        Row("u2", tmp_path / "s.wav", "", "valid", channel=1, start=0.0),
        Row("u3", tmp_path / "s.wav", "", "valid", start=0.0, end=1.0),
    ]  # fmt: skip
    assert [(where.partition(":")[2], finding) for where, finding, _ in faults(found)] == [
        ("4", "damaged-row"),
        ("5", "outside"),
        ("6", "no-recording"),
        ("7", "damaged-row"),
        ("8", "damaged-row"),
    ]


def test_lhotse_with_transforms(tmp_path: Path) -> None:
    """Of sound played 1.1 times as fast, second 11 is second 12.1 of the file."""
    speed = {"name": "Speed", "kwargs": {"factor": 1.1}}
    resample = {
        "name": "Resample",
        "kwargs": {"source_sampling_rate": 8000, "target_sampling_rate": 16000},
    }
    transforms = [
        None, [], [resample, {"name": "Volume", "kwargs": {"factor": 2}}], [resample, speed],
        [{"name": "Tempo", "kwargs": {"factor": 0.9}}], [{"name": "New"}], ["Volume"], "Speed",
        [{"name": ["Volume"]}],
    ]  # fmt: skip
    lhotse(
        tmp_path,
        [{"id": f"r{n}", "sources": [source("a.wav", 0)], "transforms": one}
         for n, one in enumerate(transforms)],
        [{"id": f"u{n}", "recording_id": f"r{n}", "start": 11, "duration": 1, "text": "one"}
         for n in range(9)],
    )  # fmt: skip
    found = rows(tmp_path)
    assert [(row.id, row.start) for row in found if not row.fault] == [
        ("u0", 11.0), ("u1", 11.0), ("u2", 11.0),
    ]  # fmt: skip
    assert [(finding, detail.partition(", which")[0]) for _, finding, detail in faults(found)] == [
        ("bad-times", f"r{n}: its times are those after {moved}")
        for n, moved in enumerate(
            [json.dumps(speed), '{"name": "Tempo", "kwargs": {"factor": 0.9}}', '{"name": "New"}',
             '"Volume"', '"Speed"', '{"name": ["Volume"]}'],
            3,
        )
    ]  # fmt: skip


def test_lhotse_below_the_folder_that_its_paths_mean(tmp_path: Path) -> None:
    pcm(tmp_path / "wav/a.wav")
    pcm(tmp_path / "data/manifests/b.wav")
    lhotse(
        tmp_path / "data/manifests",
        [{"id": "a", "sources": [source("wav/a.wav", 0)]},
         {"id": "b", "sources": [source("b.wav", 0)]}],
        [{"id": name, "recording_id": name, "start": 0} for name in "ab"],
    )  # fmt: skip
    assert [row.audio.relative_to(tmp_path).as_posix() for row in rows(tmp_path)] == [
        "wav/a.wav", "data/manifests/b.wav",
    ]  # fmt: skip


def test_lhotse_cut_off(tmp_path: Path) -> None:
    lhotse(tmp_path, [{"id": "r1", "sources": []}], [{"id": f"u{n}"} for n in range(100)])
    path = tmp_path / "corpus_supervisions_dev-clean.jsonl.gz"
    whole = path.read_bytes()
    for damaged in (whole[:-20], whole[:30] + b"\0\xff" + whole[32:], b"plain"):
        path.write_bytes(damaged)
        with pytest.raises(MalgwiError, match="not whole"):
            rows(tmp_path)


def pcm(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_ksponspeech_lists(tmp_path: Path) -> None:
    train = pcm(tmp_path / "KsponSpeech_train/KsponSpeech_01/KsponSpeech_000001.pcm")
    test = pcm(tmp_path / "eval/eval_clean/KsponSpeech_E00001.pcm")
    lists = tmp_path / "KsponSpeech_scripts"
    lists.mkdir()
    said = "아/ 몬 소리야, 그건 또. b/"
    (lists / "train.trn").write_text(
        f"KsponSpeech_01/KsponSpeech_0001/KsponSpeech_000001.pcm :: {said}\n\nodd :: line\n"
        "../../KsponSpeech_000009.pcm :: 없다\n",
        encoding="utf-8",
    )
    line = "KsponSpeech_eval/eval_clean/KsponSpeech_E00001.pcm :: (70%)/(칠십 퍼센트)\n"
    (lists / "eval_clean.trn").write_bytes(line.encode("cp949"))
    evaluated, first, odd, missing = rows(tmp_path)
    assert evaluated == Row(
        "KsponSpeech_eval/eval_clean/KsponSpeech_E00001", test, "(70%)/(칠십 퍼센트)", "test"
    )
    assert first == Row("KsponSpeech_01/KsponSpeech_0001/KsponSpeech_000001", train, said, "train")
    assert faults([odd]) == [("KsponSpeech_scripts/train.trn:3", "damaged-row", "'odd :: line'")]
    assert missing.audio == tmp_path / "KsponSpeech_000009.pcm"


def test_ksponspeech_with_texts_beside(tmp_path: Path) -> None:
    audio = pcm(tmp_path / "KsponSpeech_0001/KsponSpeech_000001.pcm")
    pcm(tmp_path / "KsponSpeech_0001/KsponSpeech_000002.pcm")
    audio.with_suffix(".txt").write_bytes("근데 뭐 l/\r\n".encode("cp949"))
    pcm(tmp_path / "KsponSpeech_0001/._KsponSpeech_000001.pcm").with_suffix(".txt").touch()  # macOS
    assert rows(tmp_path) == [
        Row("KsponSpeech_0001/KsponSpeech_000001", audio, "근데 뭐 l/"),
    ]


def test_a_ksponspeech_recording_that_lies_elsewhere(tmp_path: Path) -> None:
    linked = tmp_path / "corpus/KsponSpeech_000001.pcm"
    linked.parent.mkdir()
    linked.symlink_to(pcm(tmp_path / "KsponSpeech_000001.pcm"))
    linked.with_suffix(".txt").write_text("근데\n", encoding="utf-8")
    assert faults(rows(linked.parent)) == [
        ("KsponSpeech_000001.pcm", "outside", "KsponSpeech_000001.pcm")
    ]
    [row] = rows(linked.parent, allow_outside=True)
    assert (row.audio, row.text) == (linked, "근데")


DIALECT = """[json]
utterances = "utterance"
text = "form"
speaker = "speaker_id"
audio = "/id"
start = "start"
end = "end"
"""


def labels(root: Path, toml: str, **documents: object) -> Path:
    (root / "malgwi.toml").write_text(toml, encoding="utf-8")
    (root / "labels").mkdir()
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (root / f"labels/{name}.json").write_text(text, encoding="utf-8")
    return root


def test_json_with_a_list_of_utterances(tmp_path: Path) -> None:
    audio = pcm(tmp_path / "sound/Training/DK1.wav")
    good = {"form": "가이", "speaker_id": 7, "start": 1.5, "end": "00:00:03.25"}
    document = {
        "id": "DK1",
        "utterance": [good, {**good, "start": None}, {**good, "form": 3}, "x"],
    }
    labels(tmp_path, DIALECT, a=document, b={"id": "DK2", "utterance": [good]}, c="{", d=[], e="1")
    found = rows(tmp_path)
    assert found[0] == Row(
        "sound/Training/DK1-1500-3250", audio, "가이", "train", "7", start=1.5, end=3.25
    )
    assert faults(found) == [
        ("labels/a.json:2", "bad-times", "start: None; expected a time"),
        ("labels/a.json:3", "damaged-row", "form: 3; expected a text"),
        ("labels/a.json:4", "damaged-row", "form: None; expected a text"),
        ("labels/b.json:1", "no-recording", "DK2: 0 recordings are called so"),
        ("labels/c.json", "damaged-row", found[5].fault.detail if found[5].fault else ""),
        ("labels/d.json", "damaged-row", "utterance: None; expected a list"),
        ("labels/e.json", "damaged-row", "neither object nor list"),
    ]


def test_json_of_single_clips(tmp_path: Path) -> None:
    audio = pcm(tmp_path / "sound/c1.wav")
    toml = '[json]\ntext = "발화정보.0.stt"\naudio = "발화정보.0.fileNm"\n'
    document = {"발화정보": [{"stt": "네", "fileNm": "D:\\x\\c1.wav"}]}
    assert rows(labels(tmp_path, toml, a=document)) == [Row("sound/c1", audio, "네")]


def test_json_with_recordings_of_one_name(tmp_path: Path) -> None:
    """The folders say which is meant, and another's isn't taken where it is the only one."""
    first, second = (pcm(tmp_path / f"sound/{who}/001.wav") for who in "ab")
    names = {"a": "a/001.wav", "b": "D:\\raw\\b\\001.WAV"}
    documents = {who: {"t": f"by {who}", "f": name} for who, name in names.items()}
    labels(tmp_path, "[json]\ntext = 't'\naudio = 'f'\n", **documents)
    beside = pcm(tmp_path / "labels/001.wav")
    assert [(row.audio, row.text) for row in rows(tmp_path)] == [(first, "by a"), (second, "by b")]
    first.unlink()
    beside.unlink()
    lost, kept = rows(tmp_path)
    assert (kept.audio, kept.text) == (second, "by b")
    assert faults([lost]) == [
        ("labels/a.json", "no-recording",
         "labels/a/001.wav: the only recording that is called so, sound/b/001.wav, is that of "
         "labels/D:/raw/b/001.WAV"),
    ]  # fmt: skip


def test_json_called_as_its_recording_in_folders_of_one_name(tmp_path: Path) -> None:
    first, second = (pcm(tmp_path / f"sound/{who}/001.wav") for who in "ab")
    (tmp_path / "malgwi.toml").write_text("[json]\ntext = 't'\n")
    for who in "ab":
        (tmp_path / f"text/{who}").mkdir(parents=True)
        (tmp_path / f"text/{who}/001.json").write_text(json.dumps({"t": f"by {who}"}))
    assert [(row.audio, row.text) for row in rows(tmp_path)] == [(first, "by a"), (second, "by b")]
    first.unlink()
    lost, kept = rows(tmp_path)
    assert (kept.audio, kept.text) == (second, "by b")
    assert [(name, finding) for name, finding, _ in faults([lost])] == [
        ("text/a/001.json", "no-recording")
    ]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("json = 3", "something else than texts"),
        ("[json]\ntext = 1", "something else than texts"),
        ("[json]\nfiles = 'x'", "doesn't say where the text is"),
        ("[json]\ntext = 'x'\nspeakers = 'y'", "'speakers' is unknown; expected audio, end"),
        ("[json]\ntext = 'x'\nunit = 'min'", "unit 'min'; expected s or ms"),
        ("[json]\ntext = 'x'\nfiles = '../*.json'", "leads out of the folder"),
        ("[json]\ntext = 'x'\nfiles = '*.jason'", "no such file"),
        ("[json]\ntext = 'x'\nfiles = '**x'", "no such file"),
        ("[json", "no TOML"),
    ],
)
def test_json_mappings_that_are_wrong(tmp_path: Path, toml: str, words: str) -> None:
    with pytest.raises(MalgwiError, match=words):
        rows(labels(tmp_path, toml))
