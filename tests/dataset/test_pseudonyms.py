"""Codes instead of names in all that prepare writes, and the file that knows both."""

import json
import stat
import unicodedata
from pathlib import Path

import pytest

from corpora import TIMIT, write_clip, write_csv
from malgwi.cli.main import main
from malgwi.corpus import timit
from malgwi.corpus.row import Fault, Row
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.dataset.pseudonyms import open_pseudonyms
from malgwi.errors import MalgwiError

PEOPLE = ("Ana Ruiz", "José", "김철수", "Bo")


def corpus(root: Path, people: tuple[str, ...] = PEOPLE) -> Path:
    rows = []
    for n in range(4 * len(people)):
        who = people[n % len(people)]
        name = f"{who.replace(' ', '_').lower()}/{n}.wav"
        write_clip(root / name, hz=200 + 10 * n)
        rows.append(
            {"file_name": name, "transcription": "red", "speaker": who, "by": f"with {who}"}
        )
    rows.append({"file_name": "josé/gone.wav", "transcription": "red", "speaker": "José", "by": ""})
    rows.append({"file_name": "", "transcription": "Berta said", "speaker": "Berta", "by": ""})
    write_csv(root / "metadata.csv", rows)
    return root


def written(folder: Path) -> str:
    """Return all that a data set says, but for where its recordings are."""
    manifest = (folder / "manifest.jsonl").read_text("utf-8").splitlines()
    lines = [{**json.loads(line), "audio_filepath": ""} for line in manifest]
    others = [(folder / name).read_text("utf-8") for name in ("dataset.json", "preflight.json")]
    return json.dumps(lines, ensure_ascii=False) + "".join(others)


def test_names_stand_nowhere_but_in_their_file(tmp_path: Path) -> None:
    names = tmp_path / "names.json"
    source = corpus(tmp_path / "José's corpus")
    result = prepare(source, tmp_path / "out", pseudonyms=names)
    text = written(tmp_path / "out")
    for told in (*PEOPLE[:3], "josé", "ana_ruiz", "Berta"):
        assert told not in text
    assert "with Bo" not in text
    assert stat.S_IMODE(names.stat().st_mode) == 0o600
    codes = json.loads(names.read_text("utf-8"))["codes"]
    people = "Ana Ruiz", "José", "김철수", "Bo", "Berta"
    assert codes == {name: f"S00{number}" for number, name in enumerate(people, 1)}
    one = next(u for u in load_dataset(tmp_path / "out").utterances if u.speaker == "S001")
    assert one.id.startswith("S001/")
    assert one.columns == {"by": "with S001"}
    assert result.info["name"] == "S002's corpus"
    assert any("a speaker's name in their path" in note for note in result.report.notes)
    with pytest.raises(MalgwiError, match="lies in the data set, which others get"):
        prepare(source, tmp_path / "new", pseudonyms=tmp_path / "new/names.json")


def test_who_comes_back_keeps_the_code(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for people in (PEOPLE[:3], ("Zoe", *reversed(PEOPLE))):
        command = ["prepare", str(corpus(tmp_path / "in", people)), "--output", str(out)]
        assert main([*command, "--pseudonyms", "--replace"]) == 0
    codes = json.loads((tmp_path / "out.names.json").read_text("utf-8"))["codes"]
    assert codes == {
        "Ana Ruiz": "S001",
        "José": "S002",
        "김철수": "S003",
        "Berta": "S004",
        "Zoe": "S005",
        "Bo": "S006",
    }
    assert not [path for path in out.rglob("*") if "names" in path.name]


def test_the_names_lie_beside_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus(tmp_path / "in", PEOPLE[:3])
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    assert main(["prepare", "../in", "--output", ".", "--pseudonyms"]) == 0
    assert (tmp_path / "out" / "manifest.jsonl").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "out.names.json"]


def test_spellings_and_what_only_looks_like_a_name(tmp_path: Path) -> None:
    rows = [Row(name, Path("a.wav"), "x", speaker=name) for name in ("Bo", "Robert", "19", "S003")]
    people = open_pseudonyms(tmp_path / "names", tmp_path / "out")
    assert [row.speaker for row in people.of(rows)] == ["S001", "S002", "S004", "S005"]
    told = "bo_1 Bob ROBERT2 roberta robert-bo S003"
    assert people.hide(told) == "S001_1 Bob S0022 S002a S002-S001 S005"
    faults = [("19-1", Fault("silent", "19.5 s of Bo")), ("t:3", Fault("damaged-row", "name=Eve"))]
    assert people.hide_in(faults) == [
        ("S004-1", Fault("silent", "19.5 s of S001")),
        ("t:3", Fault("damaged-row", "what it holds isn't shown beside pseudonyms")),
    ]


def test_korean_names_have_particles_and_two_forms(tmp_path: Path) -> None:
    """A letter there is a syllable, so that one of three is no short name."""
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"codes": {unicodedata.normalize("NFD", "김철수"): "S007"}}))
    people = open_pseudonyms(names, tmp_path / "out")
    (row,) = people.of([Row("김철수1", Path("a.wav"), "x", None, "김철수", {"by": "김철수가"})])
    assert (row.id, row.speaker, row.columns) == ("S0071", "S007", {"by": "S007가"})


def test_who_speaks_has_a_code_whatever_counts_as_the_speaker(tmp_path: Path) -> None:
    people = open_pseudonyms(tmp_path / "names.json", tmp_path / "out")
    told = {"tier": "of maria lopez", "participant": "Maria Lopez"}
    (row,) = people.of([Row("talk/Maria_Lopez", Path("a.wav"), "x", None, "talk", told)])
    assert (row.id, row.speaker) == ("S001/S002", "S001")
    assert row.columns == {"tier": "of S002", "participant": "S002"}
    assert people.of([Row("1", Path("a.wav"), "x", None, "eva maria")])[0].speaker == "S003"
    assert people.hide("Eva_Maria/1") == "S003/1"


def test_options_that_name_people_still_find_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timit, "CORE_TEST", {"MKED0"})
    prepare(TIMIT, tmp_path / "out", pseudonyms=tmp_path / "names", timit_core_test=True)
    heard = load_dataset(tmp_path / "out").split("test")
    assert {u.speaker for u in heard} == {"S003"}


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"codes": {"a": 1}}', '{"codes": {"a": "S001", "b": "S001"}}']
)
def test_a_damaged_file_of_names_is_not_replaced(tmp_path: Path, content: str) -> None:
    names = tmp_path / "names.json"
    names.write_text(content)
    with pytest.raises(MalgwiError, match=r"names.json: no table of names and codes \("):
        open_pseudonyms(names, tmp_path / "out")
    assert names.read_text() == content
