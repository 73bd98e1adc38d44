"""The command line: exit status, one line of error, help without heavy libraries."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from malgwi import __version__
from malgwi.cli.main import main
from malgwi.cli.parse import named, parse_args
from places import TOP

COMMANDS = (
    *"studio demo prepare show train evaluate inspect transcribe align lm tune".split(),  # noqa: SIM905
    "join",
    "export",
    "check",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parse_args([command, "--help"])
    assert stop.value.code == 0
    assert f"usage: malgwi {command}" in capsys.readouterr().out


def test_the_commands_of_all_pages_can_be_typed() -> None:
    """Those with brackets or bars say what else there is."""
    pages = [*(TOP / "docs").glob("*.md"), TOP / "README.md", TOP / "README.ko.md"]
    blocks = [
        block
        for page in pages
        for block in re.findall(r"```\w*\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    ]
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    typed = {line for line in lines if re.match(r"malgwi [^\[|…]*$", line) and "..." not in line}
    assert len(typed) > 60
    for line in typed:
        _, *words = shlex.split(line.partition(" > ")[0], comments=True)
        assert parse_args(words).command == words[0], line


def test_an_output_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies beside it is called after it: the names behind codes, the rounds of `--also`."""
    monkeypatch.chdir(tmp_path)
    assert named(Path()) == named(Path("a/..")) == tmp_path.resolve()
    assert named(Path("a/./")) == Path("a")
    assert main(["prepare", "none", "--output", "/", "--pseudonyms"]) == 2
    told = capsys.readouterr().err
    assert told == "malgwi: error: --output /: the root of a disk; give a folder in it\n"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"malgwi {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fromat", "srt"], "unknown: --fromat srt; did you mean --format? What"),
        (["--fromat=srt"], "unknown: --fromat=srt; did you mean --format? What"),
        (["--quickly"], "unknown: --quickly. What"),
    ],
)
def test_an_unknown_option_is_named_with_what_it_is_like(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["transcribe", "model", "a.wav", *words])
    assert stop.value.code == 2
    told = f"malgwi transcribe: error: {said} it takes: malgwi transcribe --help\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["train", "d", "--output", "r", "--seed", "x"]])
def test_a_wrong_command_line_ends_with_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["prepare", "absent", "--output", "d"], "absent"),
        (["show", "absent"], "absent"),
        (["train", "absent", "--output", "r"], "absent"),
        (["train", "absent", "--output", "r", "--learning-rate", "7"], "--learning-rate"),
        (["train", "absent", "--output", "r", "--resume"], "--resume"),
        (["evaluate", "absent", "absent-data"], "absent"),
        (["inspect", "absent", "a.wav"], "absent"),
        (["transcribe", "absent", "a.wav"], "absent"),
        (["align", "absent", "a.wav", "--text", "a"], "absent"),
        (["lm", "absent", "--output", "lm.arpa"], "absent"),
        (["tune", "absent", "absent-data", "--lm", "x", "--output", "lm.bin"], "absent"),
        (["transcribe", "absent", "a.wav", "--greedy", "--beam", "4"], "--greedy"),
        (["export", "absent", "--data", "absent-data", "--output", "x.malgwi"], "absent"),
        (["check", "absent.malgwi"], "absent.malgwi"),
    ],
)
def test_bad_input_is_one_line_without_traceback(
    argv: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    shown = capsys.readouterr()
    lines = [line for line in shown.err.splitlines() if line.startswith("malgwi: error: ")]
    assert len(lines) == 1
    assert named in lines[0]
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="absent"):
        main(["show", "absent", "--debug"])


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m malgwi train --help | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["train dataset --output run", "demo --output demo"])
def test_what_is_not_installed_is_named_with_the_remedy(command: str, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from malgwi.cli.main import main; "
        f"sys.exit(main({command.split()!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"malgwi: error: {command.split(maxsplit=1)[0]} needs torch, which isn't installed; in "
        "the checkout of Malgwi, type: pip install -e '.[train]'\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "evaluate m s3://bucket/data --output o",
        "evaluate m data --output s3://bucket/o",
        "transcribe m a.wav --into s3://bucket/x.eaf",
        "cut m https://me:pw@host/a.wav?sig=pw t.txt --output o",
    ],
)
def test_an_address_is_no_path_of_a_folder_called_s3(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    assert re.search(r"(s3://bucket/|https://…@host/a.wav\?…).*: expected a path of this", said)
    assert "pw" not in said
    assert not list(tmp_path.iterdir())
