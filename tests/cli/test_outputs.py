"""A place that can't be written is told before the work, and failing work leaves nothing."""

from pathlib import Path

import pytest

from bundles import level_bundle
from level_model import level_clip, level_dataset
from malgwi.cli.main import main
from malgwi.errors import MalgwiError

ROWS = [("one", "amy", "_ab|ba_", "ab ba")]
COMMANDS = [
    "prepare corpus --output {}",
    "prepare corpus --check-with absent --output {}",
    "show data --html {}.html",
    "train data --checkpoint absent --output {}",
    "shrink absent data --layers 1 --output {}",
    "evaluate absent data --output {}",
    "evaluate absent data --html {}.html",
    "inspect absent absent.wav --picture {}.png",
    "transcribe absent absent.wav --output {}",
    "lm absent.txt --output {}.arpa",
    "lm absent.txt --output {}.bin",
    "tune absent data --split test2 --lm absent.arpa --output {}.bin",
    "export absent --data data --output {}.malgwi",
    "demo --output {}",
]
"""What comes first after the place, here, can't be opened: so an error says what came first."""


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    level_dataset(Path("data"), ROWS)
    Path("corpus").mkdir()
    Path("corpus/metadata.csv").write_text("file_name,text\nabsent.wav,a\n", encoding="utf-8")
    Path("file").write_text("kept", encoding="utf-8")


def _everything() -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in Path().rglob("*")}


@pytest.mark.parametrize("place", ["file/x", "n" * 300, "new/" + "n" * 300])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_place_that_cannot_be_written_is_told_first(
    command: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _everything()
    assert main(command.format(place).split()) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"malgwi: error: {place}")
    assert "not written" in line
    assert _everything() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_work_that_fails_leaves_nothing(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MalgwiError("as told")

    monkeypatch.setattr("malgwi.demo.prepare", fail)
    monkeypatch.setattr("malgwi.page.examples.write_show", fail)
    before = _everything()
    assert main(command.format("new/x").split()) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("malgwi: error: ")
    assert _everything() == before


@pytest.mark.parametrize("command", ["show data --html {}", "evaluate absent data --html {}"])
def test_a_page_takes_the_place_of_pages_only(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _everything()
    assert main(command.format("data/manifest.jsonl").split()) == 2
    assert "is there already and is no page of Malgwi" in capsys.readouterr().err
    assert _everything() == before


def test_a_picture_takes_the_place_of_pictures_only(capsys: pytest.CaptureFixture[str]) -> None:
    level_bundle(Path("m.malgwi"))
    level_clip(Path("a.wav"), "_ab_")
    Path("photo.png").write_bytes(b"\x89PNG of a holiday")
    assert main(["inspect", "m.malgwi", "a.wav", "--picture", "photo.png"]) == 2
    assert "is there already and is no picture of Malgwi" in capsys.readouterr().err
    assert Path("photo.png").read_bytes() == b"\x89PNG of a holiday"
    for _ in range(2):
        assert main(["inspect", "m.malgwi", "a.wav", "--picture", "new.png"]) == 0


def test_a_page_gives_way_to_a_new_one() -> None:
    for seed in "12":
        assert main(["show", "data", "--html", "page.html", "--seed", seed]) == 0


@pytest.mark.parametrize("name", ["run", "evaluation", "demo.malgwi", "results.json"])
def test_a_demo_tells_first_what_is_in_its_way(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Path("demo") / name
    place.parent.mkdir()
    if "." in name:
        place.touch()
    else:
        place.mkdir()
        (place / "mine").touch()
    assert main(["demo"]) == 2
    assert "demo" in capsys.readouterr().err
    assert [path.name for path in Path("demo").iterdir()] == [name]
