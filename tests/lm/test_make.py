"""`malgwi lm` on text files and data sets."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from malgwi.cli.main import main
from malgwi.dataset.manifest import Stretch, Utterance, write_manifest
from malgwi.errors import MalgwiError
from malgwi.lm.lm_file import open_lm
from malgwi.lm.make import make_lm, print_estimated
from malgwi.speech.text import Normalisation

SECOND = Stretch("0" * 64, 16_000)


def _text(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text(text, encoding="utf-8")
    return path


def _dataset(folder: Path) -> Path:
    folder.mkdir()
    write_manifest(
        folder / "manifest.jsonl",
        [
            Utterance("1", folder / "1.wav", SECOND, "turn left", "train"),
            Utterance("2", folder / "2.wav", SECOND, "turn zebra", "valid"),
            Utterance("3", folder / "3.wav", SECOND, "secret", "test"),
        ],
        folder,
    )
    (folder / "vocab.json").write_text('{"a": 0, "|": 1, "[PAD]": 2}')
    (folder / "dataset.json").write_text('{"normalisation": {"version": 2}}')
    return folder


def test_text_is_normalised_and_lines_with_digits_are_left_out(tmp_path: Path) -> None:
    warned: list[str] = []
    source = _text(tmp_path, "\ufeffTurn LEFT, please!\n\n  go  on\nin 1990\n")
    result = make_lm([source], tmp_path / "lm.arpa", order=2, warn=warned.append)
    assert (result.sentences, result.words, result.left_out) == (2, 5, 1)
    assert warned[0].startswith("1 lines with digits are left out")
    lm = open_lm(tmp_path / "lm.arpa")
    assert all(lm.find(word) is not None for word in ("turn", "left", "please", "go", "on"))
    assert lm.find("in") is None
    assert lm.sentence(["turn", "left"]) > lm.sentence(["left", "turn"])


def test_of_a_data_set_only_the_training_split_is_read(tmp_path: Path) -> None:
    folder = _dataset(tmp_path / "data")
    result = make_lm([folder, _text(tmp_path, "go on")], tmp_path / "lm.bin")
    lm = open_lm(tmp_path / "lm.bin")
    assert [lm.find(w) is not None for w in ("turn", "go", "zebra", "secret")] == [1, 1, 0, 0]
    assert list(result.validation) == [str(folder)]
    assert result.validation[str(folder)].unknown == 0.5
    console = Console(record=True, width=200)
    print_estimated(result, console)
    assert "50.0% of the words unknown" in console.export_text()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = _text(tmp_path, "a b\na b\na c\n"), tmp_path / "lm.arpa"
    command = ["lm", str(source), "--output", str(output), "--order", "2", "--prune", "0,1"]
    assert main([*command, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["ngrams"] == [6, 3]  # <s> a, a b and b </s> occur twice
    assert "too few n-grams of order 2" in err
    assert main(command) == 2
    assert "exists; give a new name, or --replace" in capsys.readouterr().err
    assert main([*command, "--replace", "--prune", "x"]) == 2
    assert "--prune x: expected counts such as 0,0,1" in capsys.readouterr().err


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"notes: expected a name that ends in \.arpa or \.bin"):
        make_lm([_text(tmp_path, "a")], tmp_path / "notes")
    with pytest.raises(MalgwiError, match=r"absent\.txt: can't be read"):
        make_lm([tmp_path / "absent.txt"], tmp_path / "lm.arpa")
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"a\xff\n")
    with pytest.raises(MalgwiError, match=r"binary\.txt: not UTF-8 \(byte 1\)"):
        make_lm([binary], tmp_path / "lm.arpa")
    with pytest.raises(MalgwiError, match="no words to learn from"):
        make_lm([_text(tmp_path, "\n12\n")], tmp_path / "lm.arpa")
    with pytest.raises(MalgwiError, match="no manifest"):
        make_lm([tmp_path], tmp_path / "lm.arpa")
    assert not (tmp_path / "lm.arpa").exists()


def test_the_spelling_of_a_data_set_travels_into_its_language_model(tmp_path: Path) -> None:
    folder = _dataset(tmp_path / "data")
    info = {"normalisation": Normalisation("tr").to_json()}
    (folder / "dataset.json").write_text(json.dumps(info))
    make_lm([folder], tmp_path / "lm.bin", order=1)
    assert open_lm(tmp_path / "lm.bin").rules == Normalisation("tr")
    text = _text(tmp_path, "IRMAK oʻ\n[noise] 1a\n[silence]\n")
    with pytest.raises(MalgwiError, match=r"normalise otherwise \(--language tr; .*'ʻ'\)"):
        make_lm([folder, text], tmp_path / "b.bin", keep_letters="ʻ")
    told: list[str] = []
    made = make_lm(
        [text], tmp_path / "c.bin", language="Turkish", keep_letters="ʻ", keep_digits=True,
        order=1, warn=told.append,
    )  # fmt: skip
    lm = open_lm(tmp_path / "c.bin")
    assert (made.sentences, lm.find("ırmak") is None, lm.find("1a") is None) == (2, False, False)
    assert lm.find("oʻ") is not None
    assert lm.rules == Normalisation("tr", "ʻ", keep_digits=True)
    assert told[:1] == [
        "tags: [noise] 1, [silence] 1; --tags says what becomes of them (drop, keep or set-aside)"
    ]
