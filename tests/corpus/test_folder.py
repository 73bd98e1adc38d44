"""What is in a corpus's folder, and which file a name means: corpus/folder.py."""

import unicodedata
from pathlib import Path

from corpora import write_clip
from malgwi.corpus.folder import Finder, unnamed, walk


def test_links_are_followed_once_and_hidden_files_left_out(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    write_clip(root / "b/one.wav")
    for name in ("._one.wav", ".cache/x.wav", "__MACOSX/b/one.wav"):
        write_clip(root / name)
    write_clip(tmp_path / "elsewhere/two.wav")
    (root / "a").symlink_to(tmp_path / "elsewhere")
    (root / "b/loop").symlink_to(root)
    assert list(walk(root)) == [root / "a/two.wav", root / "b/one.wav"]


def test_a_name_in_another_unicode_form_or_case_is_found(tmp_path: Path) -> None:
    for name in ("é.wav", "ü", "한국.WAV"):
        decomposed = unicodedata.normalize("NFD", name)
        write_clip(tmp_path / "Clips" / decomposed / f"{decomposed}.wav")
    finder = Finder()
    for name in ("é.wav", "Ü", "한국.WAV"):
        found = finder.find(tmp_path / "clips" / name / f"{name}.wav")
        assert found.is_file(), name
    composed = write_clip(tmp_path / "é.wav")
    assert Finder().find(tmp_path / unicodedata.normalize("NFD", "é.wav")) == composed


def test_what_is_there_or_is_not_to_be_told_stays(tmp_path: Path) -> None:
    for name in ("a.wav", "B.wav", "b.WAV"):
        write_clip(tmp_path / name)
    for name in ("a.wav", "b.wav", "c.wav", "x" * 300, "no/where/a.wav"):
        assert Finder().find(tmp_path / name) == tmp_path / name


def test_recordings_that_no_row_names(tmp_path: Path) -> None:
    names = ("a.wav", "b.FLAC", "notes.txt", "c.raw", "d.raw", "target.wav", "e.mp3")
    places = [tmp_path / name for name in names]
    for place in places:
        place.touch()
    (tmp_path / "link.wav").symlink_to(tmp_path / "target.wav")
    named = [tmp_path / "x/../a.wav", tmp_path / "c.raw", tmp_path / "link.wav"]
    (tmp_path / "x").mkdir()
    left = unnamed([*places, tmp_path / "link.wav"], named)
    assert [place.name for place in left] == ["b.FLAC", "d.raw", "e.mp3"]
