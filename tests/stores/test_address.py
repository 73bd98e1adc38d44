"""What is a path, what is an address, and what mustn't be one."""

from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.stores.address import Address, destination, location, without_secrets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in/a.wav", Path("in/a.wav")),
        ("C:/a.wav", Path("C:/a.wav")),
        ("a://b", Path("a://b")),  # one letter is a drive
        ("s3://bucket/in/", Address("s3://bucket/in")),
        ("S3://Bucket/In", Address("s3://Bucket/In")),
        ("gs://bucket", Address("gs://bucket")),
        ("hf://datasets/me/one@main/a.wav", Address("hf://datasets/me/one@main/a.wav")),
        ("hf://me@v1/a.wav", Address("hf://me@v1/a.wav")),
        ("s3://bucket/what?#.wav", Address("s3://bucket/what?#.wav")),
        ("https://host:1/a.wav", Address("https://host:1/a.wav")),
    ],
)
def test_paths_and_addresses(text: str, expected: Path | Address) -> None:
    assert location(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ftp://h/a.wav", "ftp://h/a.wav: a store of no kind that is known .*gs://, hf://, http"),
        ("file:///tmp/a.wav", "give its path, without file://"),
        ("https://me:pw@h/a.wav", "https://…@h/a.wav: has credentials in it"),
        ("s3://KEY:pw@bucket/a.wav", "s3://…@bucket/a.wav: has credentials in it"),
        ("https://h/a.wav?sig=pw", r"https://h/a.wav\?…: has a query, which may be a signature"),
        ("https://h/a.wav#pw=1", "has a query"),
        ("https://h", "no whole address; expected one of a recording, since folders can't be"),
        ("https://h/in/", "no whole address; expected one of a recording"),
        ("s3://", "s3://: no whole address; expected one such as s3://bucket/folder"),
        ("s3:///in", "no whole address"),
    ],
)
def test_what_is_refused_without_showing_secrets(text: str, message: str) -> None:
    with pytest.raises(MalgwiError, match=message) as error:
        location(text)
    assert "sig" not in str(error.value).replace("signature", "")
    assert ":pw" not in str(error.value)


def test_names_as_files_have_them() -> None:
    place = Address("s3://b/in/my talk.tar.WAV")
    assert (place.name, place.stem, place.suffix) == ("my talk.tar.WAV", "my talk.tar", ".WAV")
    assert str(place / "x.txt") == "s3://b/in/my talk.tar.WAV/x.txt"
    assert Address("s3://b/a%20b.wav").stem == "a%20b"
    assert Address("https://h/%EB%A7%90%20b.wav").stem == "말 b"
    assert Address("https://h/..%2F..%2Fetc.wav").name == "..%2F..%2Fetc.wav"
    assert Address("https://h/a%0Ab.wav").name == "a%0Ab.wav"
    assert Address("s3://b/a", 5) == Address("s3://b/a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://h/out", "--output https://h/out: results go to gs, s3 or a folder"),
        ("hf://datasets/me/one", "results go to gs, s3 or a folder"),
        ("s3://bucket/", "--output s3://bucket: a whole bucket; .* such as s3://bucket/transcr"),
    ],
)
def test_where_results_cannot_go(text: str, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        destination(text)


def test_where_results_go() -> None:
    assert destination("out") == Path("out")
    assert destination("gs://bucket/out/") == Address("gs://bucket/out")


def test_what_libraries_say_is_shown_without_secrets() -> None:
    said = "GET 'https://me:pw@h/a?X-Amz-Signature=1&b=2' failed"
    assert without_secrets(said) == "GET 'https://…@h/a?…' failed"
