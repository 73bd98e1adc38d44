"""What the rows of a table mean, where their paths lead, which tables are read: corpus/table.py."""

from pathlib import Path

import pytest

from corpora import findings, rows, touch, write_clip, write_csv, write_jsonl
from malgwi.corpus.layouts import detect, read_corpus, recordings_without_row
from malgwi.corpus.row import Fault, Row, split_of
from malgwi.corpus.table import rows_of
from malgwi.errors import MalgwiError


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("train-clean-100", "train"),
        ("dev", "valid"),
        ("dev-other", "valid"),
        ("validation", "valid"),
        (" VAL ", "valid"),
        ("test_manifest", "test"),
        ("test2", "test"),
        ("other", None),
        ("", None),
        ("contest", None),
        ("trainer", None),
    ],
)
def test_split_names(name: str, split: str | None) -> None:
    assert split_of(name) == split


def test_audiofolder_takes_splits_from_folders(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "metadata.csv",
        [
            {"file_name": "train/a.wav", "transcription": "One, two", "age": "30"},
            {"file_name": "dev/b.wav", "transcription": "three", "age": ""},
        ],
    )
    assert detect(str(tmp_path)) == "audiofolder"
    one, two = rows(tmp_path)
    assert one == Row(
        "train/a", tmp_path / "train/a.wav", "One, two", "train", None, {"age": "30"}, None
    )
    assert (two.split, two.columns) == ("valid", {})


def test_audiofolder_with_a_table_in_each_split(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "test/metadata.jsonl", [{"file_name": "b.wav", "text": "two"}])
    write_jsonl(tmp_path / "train/metadata.jsonl", [{"file_name": "a.wav", "text": "one"}])
    assert [(r.id, r.split, r.audio) for r in rows(tmp_path)] == [
        ("test/b", "test", tmp_path / "test/b.wav"),
        ("train/a", "train", tmp_path / "train/a.wav"),
    ]


def test_csv_with_other_names_and_a_byte_order_mark(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    content = 'path,sentence,client_id,set,utt_id\nx/a.mp3,"one, ""two""",ann,validation,u7\n'
    table.write_bytes(b"\xef\xbb\xbf" + content.encode())
    (row,) = rows(table)
    assert row == Row("u7", tmp_path / "x/a.mp3", 'one, "two"', "valid", "ann")


def test_nemo_manifests_of_a_folder(tmp_path: Path) -> None:
    line = {"audio_filepath": "a.wav", "duration": 1.5, "text": "one", "speaker": 7, "lang": "en"}
    write_jsonl(tmp_path / "train_manifest.json", [line])
    write_jsonl(tmp_path / "dev_manifest.json", [{**line, "audio_filepath": "b.wav"}])
    (tmp_path / "config.json").write_text("{}")
    assert detect(str(tmp_path)) == "jsonl"
    dev, train = rows(tmp_path)
    assert (dev.id, dev.split) == ("b", "valid")
    assert (train.id, train.split, train.speaker) == ("a", "train", "7")
    assert train.columns == {"lang": "en"}


def test_channels_of_a_recording(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"audio_filepath": "call.wav", "text": "one", "channel_selector": 0}\n'
        '{"audio_filepath": "call.wav", "text": "two", "channel_selector": 1}\n'
        '{"audio_filepath": "talk.wav", "text": "b", "channel": "B"}\n'
        '{"audio_filepath": "desk.wav", "text": "c", "channel": "close-talk"}\n'
        '{"audio_filepath": "mean.wav", "text": "d", "channel_selector": "average"}\n'
        '{"audio_filepath": "side.wav", "text": "d", "channel": "Right"}\n'
        '{"audio_filepath": "gaps.wav", "text": "e", "channel": 1.0}\n'
    )
    assert [(row.id, row.channel) for row in rows(tmp_path / "a.jsonl")] == [
        ("call-0", 0),
        ("call-1", 1),
        ("talk-1", 1),
        ("desk", "close-talk"),
        ("mean", "mix"),
        ("side-1", 1),
        ("gaps-1", 1),
    ]


def test_stretches_of_longer_recordings(tmp_path: Path) -> None:
    line = {"audio_filepath": "a.wav", "text": "one"}
    times: list[dict[str, object]] = [
        {"offset": 2.5},
        {"offset": 0, "duration": 1.5},
        {"start": 1, "end": "2.25"},
        {"start_time": 0.1, "end_time": 0.3},
        {"begin": 3, "end": 4},
        {"begin_time": 5, "end_time": 6, "channel": 1},
        {"offset": 0},
        {"duration": 3.5},
        {"start": "3"},
        {"start": 7, "end": 8, "id": "own"},
        {"start": 1.5, "duration": 2},
        {"begin_time": 0, "duration": 2},
        {"offset": 4, "duration": 1, "start": 9},
    ]
    write_jsonl(tmp_path / "m.jsonl", [{**line, **each} for each in times])
    found = rows(tmp_path / "m.jsonl")
    assert [(row.id, row.start, row.end) for row in found] == [
        ("a-2500-end", 2.5, None),
        ("a-0-1500", 0.0, 1.5),
        ("a-1000-2250", 1.0, 2.25),
        ("a-100-300", 0.1, 0.3),
        ("a-3000-4000", 3.0, 4.0),
        ("a-1-5000-6000", 5.0, 6.0),
        ("a", None, None),
        ("a", None, None),
        ("a", None, None),
        ("own", 7.0, 8.0),
        ("a-1500-3500", 1.5, 3.5),
        ("a-0-2000", 0.0, 2.0),
        ("a-4000-5000", 4.0, 5.0),
    ]
    assert [row.columns for row in found] == [{}] * 8 + [{"start": "3"}, *[{}] * 3, {"start": "9"}]


def test_times_that_are_no_numbers(tmp_path: Path) -> None:
    line = {"audio_filepath": "a.wav", "text": "one", "start": "00:01", "end": 2}
    write_jsonl(tmp_path / "m.jsonl", [line])
    [row] = rows(tmp_path / "m.jsonl")
    assert row.fault == Fault("damaged-row", "a.wav: start='00:01' is no number of seconds")
    line = {"audio_filepath": "a.wav", "text": "one", "start_ms": "1,5", "end_ms": 2}
    write_jsonl(tmp_path / "m.jsonl", [line])
    [row] = rows(tmp_path / "m.jsonl")
    said = "start_ms='1,5' is no number of milliseconds; write a point for the comma"
    assert row.fault == Fault("damaged-row", f"a.wav: {said}")


def test_paths_that_lead_out_are_set_aside_by_name(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    secret = write_clip(tmp_path / "secret.wav")
    write_clip(corpus / "a.wav")
    (corpus / "link.wav").symlink_to(secret)
    names = [str(secret), "../secret.wav", "x/../../secret.wav", "link.wav", str(corpus / "a.wav")]
    names += ["a.wav", "x/../a.wav"]
    write_csv(corpus / "metadata.csv", [{"file_name": n, "text": "one"} for n in names])
    found = rows(corpus)
    assert [row.fault.finding if row.fault else None for row in found] == ["outside"] * 5 + [
        None
    ] * 2
    details = [row.fault.detail for row in found if row.fault]
    assert details.pop(3) == f"link.wav is a link to {secret}"
    assert details == [*names[:3], names[4]]
    allowed = rows(corpus, allow_outside=True)
    assert findings(allowed) == []
    assert allowed[1].audio.resolve() == secret


def test_sources_that_are_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"no such file or folder.*hub:owner/name"):
        detect(str(tmp_path / "nowhere"))
    with pytest.raises(MalgwiError, match=r"no corpus that is known\. Expected one of: timit"):
        detect(str(tmp_path))
    (tmp_path / "x.mp3").touch()
    with pytest.raises(MalgwiError, match="no corpus that is known"):
        detect(str(tmp_path / "x.mp3"))
    with pytest.raises(MalgwiError, match="is a file; the format timit is a folder"):
        rows(tmp_path / "x.mp3", "timit")
    with pytest.raises(MalgwiError, match="--format tmit: unknown; expected one of timit"):
        rows(tmp_path, "tmit")
    with pytest.raises(MalgwiError, match="no such file or folder"):
        rows(tmp_path / "nowhere", "csv")


def test_odd_paths_cost_their_row(tmp_path: Path) -> None:
    names = [".", "..", "./", "/", "a/..", "", "..\\..", "a\0b", "x" * 5_000, "~", "\ud800"]
    records = [(n, {"file_name": name, "text": "a"}) for n, name in enumerate(names, 2)]
    table = tmp_path / "metadata.csv"
    found = list(rows_of(records, table, tmp_path, tmp_path, allow_outside=True))
    faults = [row.fault.finding if row.fault else "" for row in found]
    damaged = ["damaged-row"] * 8
    assert faults == [*damaged, "", "", "not-utf8"]


def test_links_change_neither_split_nor_id_but_the_permission(tmp_path: Path) -> None:
    """As the hub's cache has them: every file leads into `blobs`, beside the corpus."""
    corpus, blobs = tmp_path / "corpus", tmp_path / "blobs"
    names = [f"{split}/{n}.wav" for split in ("train", "test") for n in range(2)]
    for number, name in enumerate(names):
        blob = write_clip(blobs / f"{number}.wav")
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).symlink_to(blob)
    write_csv(blobs / "table", [{"file_name": name, "text": "one"} for name in names])
    (corpus / "metadata.csv").symlink_to(blobs / "table")
    refused = rows(corpus)
    assert [finding for _, finding in findings(refused)] == ["outside"] * 4
    assert refused[0].fault is not None
    assert refused[0].fault.detail == f"train/0.wav is a link to {blobs / '0.wav'}"
    allowed = rows(corpus, allow_outside=True)
    assert [(r.id, r.split) for r in allowed] == [(n[:-4], n.split("/")[0]) for n in names]


def test_tables_in_linked_folders_are_read(tmp_path: Path) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    for split in ("train", "test"):
        write_csv(data / f"{split}1/metadata.csv", [{"file_name": "a.wav", "text": split}])
        corpus.mkdir(exist_ok=True)
        (corpus / split).symlink_to(data / f"{split}1")
    found = rows(corpus, allow_outside=True)
    assert [(r.id, r.split) for r in found] == [("test/a", "test"), ("train/a", "train")]


def test_a_path_above_the_table_keeps_its_folders(tmp_path: Path) -> None:
    names = ["../wav/train/a.wav", str(tmp_path / "home/dev/b.wav")]
    write_csv(tmp_path / "csv/list.csv", [{"path": name, "text": "one"} for name in names])
    found = rows(tmp_path / "csv/list.csv", allow_outside=True)
    assert [(row.id, row.split) for row in found] == [
        ("../wav/train/a", "train"),
        (str(tmp_path / "home/dev/b"), None),
    ]


def test_paths_that_windows_wrote(tmp_path: Path) -> None:
    write_clip(tmp_path / "train/a.wav")
    write_clip(tmp_path / "b\\c.wav")
    names = [
        "train\\a.wav",
        "b\\c.wav",
        "..\\x.wav",
        "C:\\data\\x.wav",
        "D:/x.wav",
        "\\\\server\\x.wav",
    ]
    write_csv(tmp_path / "metadata.csv", [{"file_name": name, "text": "one"} for name in names])
    found = rows(tmp_path)
    assert [(row.id, row.split) for row in found[:2]] == [("train/a", "train"), ("b\\c", None)]
    assert [row.fault.detail for row in found if row.fault] == names[2:]


def test_names_in_another_unicode_form_are_found_where_allowed(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    secret = write_clip(tmp_path / "secret.wav")
    write_clip(corpus / "e\u0301.wav")
    (corpus / "u\u0308.wav").symlink_to(secret)
    write_csv(
        corpus / "metadata.csv", [{"file_name": f"{c}.wav", "text": "one"} for c in "\xe9\xfc"]
    )
    found = rows(corpus)
    assert (found[0].id, found[0].audio) == ("\xe9", corpus / "e\u0301.wav")
    assert findings(found) == [("metadata.csv:3", "outside")]


def test_files_of_macos_are_no_tables(tmp_path: Path) -> None:
    for name in ("train.csv", "m/metadata.csv", "c/1-2.trans.txt"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.with_name(f"._{place.name}").write_bytes(b"\0\5\x16\7\0\2" + bytes(90))
    with pytest.raises(MalgwiError, match="no corpus that is known"):
        detect(str(tmp_path))
    write_csv(tmp_path / "train.csv", [{"path": "a.wav", "text": "one"}])
    assert [row.id for row in rows(tmp_path)] == ["a"]


def test_recordings_without_row_of_every_layout(tmp_path: Path) -> None:
    def left(source: Path) -> list[str]:
        return recordings_without_row(str(source), detect(str(source)), rows(source))

    for name in ("a.wav", "b.wav", "deep/c.flac"):
        write_clip(tmp_path / f"tables/{name}")
    table = write_csv(tmp_path / "tables/list.csv", [{"path": "a.wav", "text": "one"}])
    assert left(tmp_path / "tables") == ["b.wav", "deep/c.flac"]
    assert left(table) == ["b.wav"]  # it may stand anywhere
    broken = [
        {"path": "a.wav", "text": "one", "split": "nine"},
        {"path": "b.wav", "text": "\ud800"},
    ]
    write_jsonl(tmp_path / "tables/list.csv", broken)
    (tmp_path / "tables/list.csv").rename(tmp_path / "tables/manifest.jsonl")
    assert left(tmp_path / "tables") == ["deep/c.flac"]
    chapter = tmp_path / "libri/1/2"
    for number in range(2):
        write_clip(chapter / f"1-2-{number}.flac")
    (chapter / "1-2.trans.txt").write_text("1-2-0 ONE\n")
    assert left(tmp_path / "libri") == ["1/2/1-2-1.flac"]


def test_tables_of_another_format_beside_those_read_are_said(tmp_path: Path) -> None:
    write_csv(tmp_path / "train.csv", [{"path": "a.wav", "text": "one"}])
    write_csv(tmp_path / "test.tsv", [{"path": "b.wav", "text": "two"}], "\t")
    notes: list[str] = []
    assert len(list(read_corpus(str(tmp_path), "csv", tmp_path, notes=notes))) == 1
    assert notes[0].startswith("Read as csv, so these tables aren't read: test.tsv (")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("list.xlsx", "save the sheet as CSV"), ("data/train.parquet", "as hub:FOLDER")],
)
def test_tables_of_other_programs_are_named(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    for source in (tmp_path / name, (tmp_path / name).parent):
        with pytest.raises(MalgwiError, match=f"{name}: is no table that can be read.*{remedy}"):
            detect(str(source))


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("onset,offset", 1.5, 4.0),
        ("start,stop", 1.5, 4.0),
        ("tmin,tmax", 1.5, 4.0),
        ("xmin,xmax", 1.5, 4.0),
        ("start_s,end_s", 1.5, 4.0),
        ("start_sec,end_sec", 1.5, 4.0),
        ("start_ms,end_ms", 0.0015, 0.004),
        ("onset,duration", 1.5, 5.5),
        ("Start,End", 1.5, 4.0),
        ("Start Time,END-TIME", 1.5, 4.0),
        ("Offset,Duration", 1.5, 5.5),
    ],
)
def test_times_by_the_names_that_people_give_them(
    tmp_path: Path, header: str, start: float, end: float
) -> None:
    (tmp_path / "m.csv").write_text(f"path,text,{header}\na.wav,one,1.5,4\n")
    [row] = rows(tmp_path / "m.csv")
    assert (row.start, row.end, row.columns) == (start, end, {})


def test_columns_are_known_however_they_are_headed(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        touch(tmp_path / name)
    head = "File Name;Text;Speaker ID;Split;ID;Age\n"
    (tmp_path / "m.csv").write_text(f"{head}a.wav;one;Ann;Dev;u1;30\nb.wav;two;Ben;Test;u2;\n")
    one, two = rows(tmp_path)
    assert one == Row(
        "u1", tmp_path / "a.wav", "one", "valid", "Ann", {"Age": "30"}, start=None, end=None
    )
    assert (two.speaker, two.split) == ("Ben", "test")
    line = {"Audio": "a.wav", "Text": "one", "Speaker": "Ann", "Start": 1, "End": 2}
    write_jsonl(tmp_path / "m.jsonl", [line, line])
    [row, _] = rows(tmp_path / "m.jsonl")
    assert (row.text, row.speaker, row.start, row.end) == ("one", "Ann", 1.0, 2.0)


def test_a_column_that_is_only_like_a_known_one_gives_way_to_it(tmp_path: Path) -> None:
    line = {"Path": "no.wav", "path": "a.wav", "Text": "none", "sentence": "one", "Speaker": "x"}
    write_jsonl(tmp_path / "m.jsonl", [{**line, "spk": "Ann"}])
    [row] = rows(tmp_path / "m.jsonl")
    assert (row.audio.name, row.text, row.speaker) == ("a.wav", "one", "Ann")
    assert row.columns == {"Path": "no.wav", "Text": "none", "Speaker": "x"}
