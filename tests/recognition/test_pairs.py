"""Recordings and texts of one name."""

import unicodedata
from pathlib import Path

from malgwi.recognition.pairs import Pair, pairs_in


def test_names_in_nfd_and_several_forms_of_one_recording(tmp_path: Path) -> None:
    """What macOS wrote and what else: one recording, its stretches once, of what lost least."""
    nfc, nfd = (unicodedata.normalize(form, "강의") for form in ("NFC", "NFD"))
    for ending in (".flac", ".mp3"):
        (tmp_path / (nfd + ending)).touch()
    (tmp_path / f"{nfc}.txt").touch()
    told: list[str] = []
    pairs = pairs_in(tmp_path, told.append)
    assert pairs == [Pair(tmp_path / f"{nfd}.flac", tmp_path / f"{nfc}.txt")]
    assert told == [f"{tmp_path / f'{nfd}.mp3'}: is called as {nfd}.flac, which is taken; left out"]
