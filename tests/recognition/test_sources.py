import json
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.recognition.sources import _of_manifest, recordings
from malgwi.stores.address import location


def test_files_folders_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in/b.wav", "in/a/c.MP3", "in/notes.txt", "in/.hidden.wav"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("list").write_text("x y.wav\r\n\nü.ogg\n", encoding="utf-8")
    assert recordings([Path("z.raw"), Path("in")], Path("list")) == [
        Path(name) for name in ("z.raw", "in/b.wav", "in/a/c.MP3", "x y.wav", "ü.ogg")
    ]
    Path("in/a/d").mkdir()
    with pytest.raises(MalgwiError, match="in/a/d: no recording in it; name another folder"):
        recordings([Path("in/a/d")])
    Path("list").write_text("\n")
    with pytest.raises(MalgwiError, match="list: empty; expected a recording a line"):
        recordings([], Path("list"))
    with pytest.raises(MalgwiError, match="gone: can't be read"):
        recordings([], Path("gone"))


def test_a_manifest_is_a_list_of_its_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to it, wherever the command runs; two stretches of one recording are one."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    rows = ["one.wav", "far/two.wav", "one.wav", "/abs/three.wav"]
    lines = [f'{{"audio_filepath": "{name}", "offset": {n}.5}}' for n, name in enumerate(rows)]
    manifest = Path("data/manifest.jsonl")
    manifest.write_text("\n\n".join(lines) + "\n")
    assert recordings([], manifest) == [
        Path("data/one.wav"), Path("data/far/two.wav"), Path("/abs/three.wav"),
    ]  # fmt: skip
    for wrong, said in (
        ('{"audio": "x.wav"}', r"line 2 is no JSON with audio_filepath \(KeyError"),
        ('{"audio_filepath": ', r"line 2 is no JSON with audio_filepath \(JSONDecodeError"),
        ("x.wav", r"line 2 is no JSON with audio_filepath \(JSONDecodeError"),
        ("[1]", r"line 2 is no JSON with audio_filepath \(TypeError"),
        ('{"audio_filepath": 3}', r"line 2: audio_filepath is 3, expected a path"),
        ('{"audio_filepath": ""}', r"line 2: audio_filepath is '', expected a path"),
    ):
        manifest.write_text(lines[0] + "\n" + wrong + "\n")
        with pytest.raises(MalgwiError, match="data/manifest.jsonl: " + said):
            recordings([], manifest)


def test_a_line_ends_at_a_line_feed_alone(tmp_path: Path) -> None:
    """Python's other ends of lines may stand in a string of JSON, and in the name of a file."""
    odd = "one\u2028two\x85three.wav"
    listed = tmp_path / "list"
    row = json.dumps({"text": "\u2028", "audio_filepath": odd}, ensure_ascii=False)
    listed.write_bytes(f"{row}\r\n{row}\n".encode())
    assert recordings([], listed) == [tmp_path / odd]
    listed.write_bytes(f"{odd}\r\na\x0cb.wav\n".encode())
    assert recordings([], listed) == [Path(odd), Path("a\x0cb.wav")]


def test_a_manifest_in_a_store_names_what_lies_beside_it() -> None:
    listed = location("s3://bucket/set/manifest.jsonl")
    text = '{"audio_filepath": "clips/a.wav"}\n{"audio_filepath": "s3://other/b.wav"}\n'
    found = _of_manifest(text, listed)
    assert list(map(str, found)) == ["s3://bucket/set/clips/a.wav", "s3://other/b.wav"]
