"""Tables of every layout, and hostile ones: corpus/table.py and corpus/__init__.py."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora import write_clip, write_csv, write_jsonl
from malgwi.corpus.layouts import detect, read_corpus
from malgwi.corpus.row import Fault, Row, split_of, split_of_path
from malgwi.corpus.table import read_common_voice, rows_of
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


def test_split_of_the_outermost_folder() -> None:
    assert split_of_path(Path("data/dev/train/x.wav")) == "valid"
    assert split_of_path(Path("data/train.wav")) is None


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
    assert [row.fault.detail for row in found if row.fault] == names[:5]
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
        ("file;text\na;b\n", "no column for the audio; the first line says 'file;text'"),
        ("path,words\na,b\n", r"no column for the text.*transcription, text.*Name the columns"),
        ('path,text\na.wav,"one\n', r"m\.csv line 2: not a readable table"),
        ("path,text\na.wav," + "x" * 200_000 + "\n", "not a readable table"),
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
    damaged = ["damaged-row"] * 6
    assert faults == [*damaged, "", "damaged-row", "", "", "not-utf8"]


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
