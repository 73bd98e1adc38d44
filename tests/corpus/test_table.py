"""Tables of every layout, and hostile ones: corpus/table.py and corpus/__init__.py."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora import write_clip, write_csv, write_jsonl
from malgwi.corpus.common_voice import read_common_voice
from malgwi.corpus.layouts import detect, read_corpus, recordings_without_row
from malgwi.corpus.row import Fault, Row, split_of
from malgwi.corpus.table import rows_of
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


def rows(source: Path, kind: str | None = None, *, allow_outside: bool = False) -> list[Row]:
    found = detect(str(source)) if kind is None else kind
    return list(read_corpus(str(source), found, source, allow_outside=allow_outside))


def faults(found: list[Row]) -> list[tuple[str, str]]:
    return [(row.id, row.fault.finding) for row in found if row.fault]


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


def test_tsv_takes_quotes_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text('path\ttext\na.wav\t"Say "hi", she said\n')
    (row,) = rows(tmp_path)
    assert row.text == '"Say "hi", she said'


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
    )
    assert [(row.id, row.channel) for row in rows(tmp_path / "a.jsonl")] == [
        ("call-0", 0),
        ("call-1", 1),
        ("talk-1", 1),
        ("desk", None),
        ("mean", None),
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
    ]
    assert [row.columns for row in found] == [{}] * 8 + [{"start": "3"}, {}]


def test_times_that_are_no_numbers(tmp_path: Path) -> None:
    line = {"audio_filepath": "a.wav", "text": "one", "start": "00:01", "end": 2}
    write_jsonl(tmp_path / "m.jsonl", [line])
    [row] = rows(tmp_path / "m.jsonl")
    assert row.fault == Fault("damaged-row", "a.wav: start='00:01' is no number of seconds")


def test_common_voice(tmp_path: Path) -> None:
    header = "client_id\tpath\tsentence\tage\n"
    (tmp_path / "clips").mkdir()
    for name in ("train", "dev", "test", "other", "validated"):
        (tmp_path / f"{name}.tsv").write_text(f"{header}ann\t{name}_1\tHello {name}.\ttwenties\n")
    assert detect(str(tmp_path)) == "common-voice"
    found = rows(tmp_path)
    assert [(r.id, r.split, r.speaker) for r in found] == [
        ("clips/train_1", "train", "ann"),
        ("clips/dev_1", "valid", "ann"),
        ("clips/test_1", "test", "ann"),
    ]
    assert found[0].audio == tmp_path / "clips/train_1.mp3"
    for name in ("train", "dev", "test"):
        (tmp_path / f"{name}.tsv").unlink()
    assert [(r.id, r.split) for r in rows(tmp_path)] == [("clips/validated_1", None)]


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
    assert faults(allowed) == []
    assert allowed[1].audio.resolve() == secret


def test_damaged_lines_cost_the_line_only(tmp_path: Path) -> None:
    lines = [
        b'{"audio_filepath": "a.wav", "text": "one"}',
        b"{",
        b'["a.wav", "one"]',
        b'{"text": "one"}',
        b'{"audio_filepath": "a.wav"}',
        b'{"audio_filepath": "a\\u0000.wav", "text": "one"}',
        b'{"audio_filepath": "a.wav", "text": "\\ud800"}',
        b'{"audio_filepath": "a.wav", "text": "gr\xfcn"}',
        b"",
        b'{"audio_filepath": "b.wav", "text": "two", "split": "unseen"}',
        b'{"audio_filepath": "c.wav", "text": null}',
        b'{"audio_filepath": "d.wav", "text": "two"}',
        b"[" * 100_000,
    ]
    (tmp_path / "m.jsonl").write_bytes(b"\n".join(lines))
    found = rows(tmp_path / "m.jsonl")
    assert [row.id for row in found if row.fault is None] == ["a", "d"]
    assert faults(found) == [
        ("m.jsonl:2", "damaged-row"),
        ("m.jsonl:3", "damaged-row"),
        ("m.jsonl:4", "damaged-row"),
        ("m.jsonl:5", "damaged-row"),
        ("m.jsonl:6", "damaged-row"),
        ("m.jsonl:7", "not-utf8"),
        ("m.jsonl:8", "not-utf8"),
        ("m.jsonl:10", "unknown-split"),
        ("m.jsonl:11", "damaged-row"),
        ("m.jsonl:13", "damaged-row"),
    ]
    assert found[7].fault is not None
    assert r"gr\xfcn" in found[7].fault.detail


def test_csv_rows_of_other_lengths_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,text\na.wav,one\nb.wav\nc.wav,one,two\nd.wav,two\n")
    found = rows(tmp_path / "m.csv")
    assert faults(found) == [("m.csv:3", "damaged-row"), ("m.csv:4", "damaged-row")]
    assert found[1].fault is not None
    assert found[1].fault.detail == "more or fewer columns than the header's 2"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no column for the audio; the first line says ''"),
        ("file|text\na|b\n", "no column for the audio; the first line says 'file|text'"),
        ("path,words\na,b\n", r"no column for the text.*transcription, text.*Name the columns"),
        ('path,"text\na.wav,"one"\n', r"m\.csv line 1: not a readable table"),
    ],
)
def test_broken_tables_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(content)
    with pytest.raises(MalgwiError, match=message):
        rows(tmp_path / "m.csv")


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


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), ending=st.sampled_from(["csv", "tsv", "jsonl"]))
def test_any_bytes_give_rows_or_an_error(tmp_path: Path, content: bytes, ending: str) -> None:
    table = tmp_path / f"m.{ending}"
    table.write_bytes(b"path,text\n" + content if ending == "csv" else content)
    try:
        found = rows(table)
    except MalgwiError as error:
        assert str(table) in str(error)  # noqa: PT017 - most inputs raise nothing
    else:
        for row in found:
            assert row.fault or row.audio.resolve().is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("name", "codec", "language", "noted"),
    [
        ("m.csv", "cp949", None, "m.csv: read as cp949, since not UTF-8"),
        ("m.csv", "utf-16", "de", "m.csv: read as utf-16, since not UTF-8"),
        ("m.tsv", "cp949", "ko", "m.tsv: read as cp949, since not UTF-8"),
        ("m.jsonl", "utf-16-le", None, "m.jsonl: read as utf-16-le, since not UTF-8"),
    ],
)
def test_tables_in_other_encodings(
    tmp_path: Path, name: str, codec: str, language: str | None, noted: str
) -> None:
    table = {
        "m.csv": 'path,text\na.wav,"안녕, 하세요"\n',
        "m.tsv": "path\ttext\na.wav\t안녕, 하세요\n",
        "m.jsonl": '{"path": "a.wav", "text": "안녕, 하세요"}\n',
    }[name]
    (tmp_path / name).write_bytes(table.encode(codec))
    files = TextFiles(language)
    kind = name.partition(".")[2]
    found = list(read_corpus(str(tmp_path / name), kind, tmp_path, files=files))
    assert [row.text for row in found] == ["안녕, 하세요"]
    assert files.notes() == [noted]


def test_odd_paths_cost_their_row(tmp_path: Path) -> None:
    names = [".", "..", "./", "/", "a/..", "", "..\\..", "a\0b", "x" * 5_000, "~", "\ud800"]
    records = [(n, {"file_name": name, "text": "a"}) for n, name in enumerate(names, 2)]
    table = tmp_path / "metadata.csv"
    found = list(rows_of(records, table, tmp_path, tmp_path, allow_outside=True))
    faults = [row.fault.finding if row.fault else "" for row in found]
    damaged = ["damaged-row"] * 8
    assert faults == [*damaged, "", "", "not-utf8"]


def test_common_voice_without_a_column_path(tmp_path: Path) -> None:
    """Another column names the recordings; without any, the table is refused."""
    (tmp_path / "clips").mkdir()
    write_csv(tmp_path / "train.tsv", [{"file_name": "a.mp3", "sentence": "x"}], "\t")
    (row,) = read_common_voice(tmp_path, TextFiles(), allow_outside=False)
    assert row.audio == tmp_path / "clips/a.mp3"
    write_csv(tmp_path / "train.tsv", [{"clip": "a.mp3", "sentence": "x"}], "\t")
    with pytest.raises(MalgwiError, match="no column for the audio"):
        list(read_common_voice(tmp_path, TextFiles(), allow_outside=False))
    write_csv(tmp_path / "train.tsv", [{"path": "", "sentence": "x"}], "\t")
    (row,) = read_common_voice(tmp_path, TextFiles(), allow_outside=False)
    assert row.fault is not None
    assert row.fault.finding == "damaged-row"


HEADER = "client_id\tpath\tsentence\n"


def release(root: Path, **tables: str) -> Path:
    """Write a Common Voice release; each letter of a table is a clip, said by its speaker."""
    for name, clips in tables.items():
        lines = [f"s{'ABCDEFGH'.index(c) % 4}\tcv_{c}\tsentence {c}\n" for c in clips]
        for clip in clips:
            write_clip(root / f"clips/cv_{clip}.mp3")
        (root / f"{name}.tsv").write_text(HEADER + "".join(lines))
    return root


def test_common_voice_says_which_validated_clips_are_unused(tmp_path: Path) -> None:
    release(tmp_path, train="AB", dev="C", test="D", validated="ABCDEFG", other="H")
    notes: list[str] = []
    found = list(read_corpus(str(tmp_path), "common-voice", tmp_path, notes=notes))
    assert len(found) == 4
    assert notes == [
        "validated.tsv has 7 clips, 3 of which train, dev, test don't hold (--validated trains on "
        "them, too)"
    ]
    assert recordings_without_row(str(tmp_path), "common-voice", found) == []
    write_clip(tmp_path / "clips/cv_new.mp3")
    assert recordings_without_row(str(tmp_path), "common-voice", found) == ["clips/cv_new.mp3"]


def test_validated_clips_without_speakers_of_the_other_splits(tmp_path: Path) -> None:
    """A and E are of s0, B and F of s1, C and G of s2, D and H of s3."""
    release(tmp_path, train="AB", dev="C", test="D", validated="ABCDEFGH")
    notes: list[str] = []
    found = list(read_corpus(str(tmp_path), "common-voice", tmp_path, validated=True, notes=notes))
    train = {row.id[-1] for row in found if row.split == "train" and row.fault is None}
    assert train == set("ABEF")
    assert {row.id[-1]: row.fault.finding for row in found if row.fault} == {
        "G": "left-out",
        "H": "left-out",
    }
    assert {row.id[-1]: row.split for row in found} | dict.fromkeys("ABEFGH", "") == {
        **dict.fromkeys("ABEFGH", ""),
        "C": "valid",
        "D": "test",
    }
    assert notes[0].endswith(
        "2 of these are added to train, 2 left out, since their speakers are in dev or test"
    )
    (tmp_path / "validated.tsv").unlink()
    with pytest.raises(MalgwiError, match=r"--validated: .*validated\.tsv isn't there"):
        list(read_corpus(str(tmp_path), "common-voice", tmp_path, validated=True))


@pytest.mark.parametrize(("name", "split"), [("train", "train"), ("validated", None)])
def test_a_table_of_a_release_finds_its_clips(tmp_path: Path, name: str, split: str | None) -> None:
    table = release(tmp_path, train="AB", validated="AB", dev="C") / f"{name}.tsv"
    for kind in (detect(str(table)), "tsv"):
        found = rows(table, kind)
        assert [(r.id, r.split, r.audio.is_file()) for r in found] == [
            ("clips/cv_A", split, True),
            ("clips/cv_B", split, True),
        ]


def test_a_quotation_mark_without_end_costs_its_line_only(tmp_path: Path) -> None:
    lines = [
        "path,text",
        'a.wav,"one, ""two"""',
        'b.wav,"never closed',
        "c.wav,three",
        'd.wav,"in two\nlines, b"',
        'e.wav,"never closed, either',
        "f.wav,four",
        'g.wav,five"',
        'h.wav,"six" seven',
        'i.wav,"never',
        'j.wav,"eight"',
        'k.wav,"nine',
    ]
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n")
    found = rows(tmp_path / "m.csv")
    assert {row.id: row.text for row in found if row.fault is None} == {
        "a": 'one, "two"',
        "c": "three",
        "d": "in two\nlines, b",
        "f": "four",
        "g": 'five"',
        "j": "eight",
    }
    damaged = {row.id: row.fault.detail for row in found if row.fault}
    for line in ("3 b", "7 e", "10 h", "11 i", "13 k"):
        number, clip = line.split()
        assert f"{clip}.wav" in damaged.pop(f"m.csv:{number}")
    assert damaged == {}


def test_a_quotation_without_end_where_the_text_comes_first(tmp_path: Path) -> None:
    lines = ["text,path,split", '"one,a.wav,train', "two,b.wav,train", 'three",c.wav,train']
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n")
    found = rows(tmp_path / "m.csv")
    assert [row.id for row in found] == ["m.csv:2", "b", "c"]
    assert faults(found) == [("m.csv:2", "damaged-row")]


def test_a_record_of_several_lines_and_other_length_hides_none(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text('path,text\na.wav,"open\nb,two",x\nc.wav,three\n')
    found = rows(tmp_path / "m.csv")
    assert faults(found) == [("m.csv:2", "damaged-row"), ("m.csv:3", "damaged-row")]
    assert found[2].id == "c"


def test_a_line_that_is_too_long_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,text\na.wav," + "x" * 200_000 + "\nb.wav,two\n")
    found = rows(tmp_path / "m.csv")
    assert [row.id for row in found] == ["m.csv:2", "b"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_with_other_marks_between_its_columns(tmp_path: Path, mark: str) -> None:
    (tmp_path / "m.csv").write_text(f"\npath{mark}text\na.wav{mark}one, two\n")
    assert [(row.id, row.text) for row in rows(tmp_path / "m.csv")] == [("a", "one, two")]


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
    assert [finding for _, finding in faults(refused)] == ["outside"] * 4
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
    assert faults(found) == [("metadata.csv:3", "outside")]


def test_files_of_macos_are_no_tables(tmp_path: Path) -> None:
    for name in ("train.csv", "m/metadata.csv", "c/1-2.trans.txt"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.with_name(f"._{place.name}").write_bytes(b"\0\5\x16\7\0\2" + bytes(90))
    with pytest.raises(MalgwiError, match="no corpus that is known"):
        detect(str(tmp_path))
    write_csv(tmp_path / "train.csv", [{"path": "a.wav", "text": "one"}])
    assert [row.id for row in rows(tmp_path)] == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        '[{"path": "a.wav", "text": "one"}, {"path": "b.wav", "text": "two"}]',
        '[\n  {"path": "a.wav",\n  "text": "one"},\n  {"path": "b.wav", "text": "two"}\n]\n',
        '{\n"path": "a.wav",\n"text": "one"}\n{\n"path": "b.wav",\n"text": "two"}\n',
        '{"path": "a.wav", "text": "one"}\n{"path": "b.wav", "text": "two"}',
    ],
)
def test_json_in_arrays_and_in_several_lines(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    assert [(row.id, row.text) for row in rows(tmp_path / "m.json")] == [("a", "one"), ("b", "two")]


def test_json_of_one_row_and_of_none(tmp_path: Path) -> None:
    table = tmp_path / "m.json"
    for indent in (None, 2):
        table.write_text(json.dumps({"path": "a.wav", "text": "one"}, indent=indent))
        assert [row.id for row in rows(table)] == ["a"]
        for other in ({"data": [{"path": "a.wav", "text": "one"}]}, {"path": {"0": "a.wav"}}):
            table.write_text(json.dumps(other, indent=indent))
            with pytest.raises(MalgwiError, match=r"m\.json: one JSON object with the keys.*array"):
                rows(table)
    table.write_text('["a.wav", {"path": "a.wav", "text": "one"}]')
    assert faults(rows(table)) == [("m.json:1", "damaged-row")]
    table.write_text("[]")
    assert faults(rows(table)) == [("m.json:1", "damaged-row")]


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


def test_blanks_after_commas_and_names_of_one_person(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        'path, text , speaker\na.wav, "one, two", Jos\xe9\nb.wav, three, Jose\u0301\n',
        encoding="utf-8",
    )
    found = rows(tmp_path / "m.csv")
    assert [(row.text, row.speaker) for row in found] == [
        ("one, two", "Jos\xe9"),
        ("three", "Jos\xe9"),
    ]
