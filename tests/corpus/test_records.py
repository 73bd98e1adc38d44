"""How a table is written, well or damaged, and what is read of it: corpus/records.py."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora import findings, rows
from malgwi.corpus.layouts import read_corpus
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


def test_tsv_takes_quotes_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text('path\ttext\na.wav\t"Say "hi", she said\n')
    (row,) = rows(tmp_path)
    assert row.text == '"Say "hi", she said'


@pytest.mark.parametrize(
    ("said", "delimiter"),
    [("sep=;\n", ";"), ("SEP=,\r\n", ","), ("\nsep=|\n", "|"), ("sep=\t\n", "\t")],
)
def test_spreadsheets_may_say_what_parts_the_columns(
    said: str, delimiter: str, tmp_path: Path
) -> None:
    lines = ("path", "text"), ("a.wav", "one")
    table = "\n".join(delimiter.join(line) for line in lines)
    (tmp_path / "list.csv").write_text(f"\ufeff{said}{table}\n", encoding="utf-8")
    assert [(row.id, row.text) for row in rows(tmp_path)] == [("a", "one")]


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("path,text,note,Text,note,text\na.wav,one,,two,,three\n")
    with pytest.raises(MalgwiError, match="2 columns are called 'text'; expected one"):
        rows(path)
    path.write_text("path,text,note,Text,note\na.wav,one,,two,\n")
    assert [row.text for row in rows(path)] == ["one"]


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
    assert findings(found) == [
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
    assert findings(found) == [("m.csv:3", "damaged-row"), ("m.csv:4", "damaged-row")]
    assert found[1].fault is not None
    assert found[1].fault.detail == "more or fewer columns than the header's 2"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no column for the audio; the first line says ''"),
        ("file:text\na:b\n", "no column for the audio; the first line says 'file:text'"),
        ("path,words\na,b\n", r"no column for the text.*transcription, text.*Name the columns"),
        ('path,"text\na.wav,"one"\n', r"m\.csv line 1: not a readable table"),
    ],
)
def test_broken_tables_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(content)
    with pytest.raises(MalgwiError, match=message):
        rows(tmp_path / "m.csv")


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
    assert findings(found) == [("m.csv:2", "damaged-row")]


def test_a_record_of_several_lines_and_other_length_hides_none(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text('path,text\na.wav,"open\nb,two",x\nc.wav,three\n')
    found = rows(tmp_path / "m.csv")
    assert findings(found) == [("m.csv:2", "damaged-row"), ("m.csv:3", "damaged-row")]
    assert found[2].id == "c"


def test_a_line_that_is_too_long_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,text\na.wav," + "x" * 200_000 + "\nb.wav,two\n")
    found = rows(tmp_path / "m.csv")
    assert [row.id for row in found] == ["m.csv:2", "b"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_with_other_marks_between_its_columns(tmp_path: Path, mark: str) -> None:
    (tmp_path / "m.csv").write_text(f"\npath{mark}text\na.wav{mark}one, two\n")
    assert [(row.id, row.text) for row in rows(tmp_path / "m.csv")] == [("a", "one, two")]


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
    assert findings(rows(table)) == [("m.json:1", "damaged-row")]
    table.write_text("[]")
    assert findings(rows(table)) == [("m.json:1", "damaged-row")]


def test_blanks_after_commas_and_names_of_one_person(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        'path, text , speaker\na.wav, "one, two", Jos\xe9\nb.wav, three, Jose\u0301\n'
        "c.wav, four, Jos\xe9 \nd.wav, five,\xa0\n",
        encoding="utf-8",
    )
    found = rows(tmp_path / "m.csv")
    assert [(row.text, row.speaker) for row in found] == [
        ("one, two", "Jos\xe9"),
        ("three", "Jos\xe9"),
        ("four", "Jos\xe9"),
        ("five", None),
    ]
