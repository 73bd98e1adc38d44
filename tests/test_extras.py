"""Nobody is told to install what is on no package index: who registers it gets those installs."""

import re
import subprocess
import tomllib

import pytest

from malgwi.extras import install
from places import TOP

PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
OURS = r"malgwi(?:[-_.]app)?"
ASKED = re.compile(
    rf"\b(?:install|uvx|uv add|pipx run)\b[^\n|;#]*[\s'\"`]{OURS}(?:\[|==|[\s'\"`.,;:)]|$)", re.I
)
"""An install of ours by a bare name; `dist/malgwi_app-*.whl` and `'.[train]'` are files."""
SPELLED = re.compile(rf"{OURS}\[(?!train,hub,studio\])", re.I)
"""An extra of ours by the name of the package, which only `dev` may (pip takes it from here)."""


def _texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, capture_output=True, text=True, check=True,
    )  # fmt: skip
    texts = {}
    for name in listed.stdout.splitlines():
        if name != "tests/test_extras.py" and (TOP / name).is_file():
            try:
                texts[name] = (TOP / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


def test_nobody_is_told_to_install_a_name_on_no_index() -> None:
    found = []
    for name, text in _texts().items():
        for pattern in (ASKED, SPELLED):
            found += [f"{name}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "pip install malgwi",
        "needs it: pip install malgwi[train]",
        "`uv pip install -U 'malgwi[hub]==0.1'`",
        "pipx install malgwi-app",
        "uv add malgwi.",
    ],
)
def test_such_a_line_would_be_found(line: str) -> None:
    assert ASKED.search(line)


@pytest.mark.parametrize(
    "line", ["pip install dist/malgwi_app-*.whl '.[android]'", "pip install -e '.[train]'"]
)
def test_files_may_be_installed(line: str) -> None:
    assert not ASKED.search(line)


def test_no_dependency_is_ours() -> None:
    """But for the extras of `dev`, which pip takes from the project that asks."""
    wanted = [*PROJECT["dependencies"], *(line for name in EXTRAS for line in EXTRAS[name])]
    ours = [line for line in wanted if re.match(OURS, line)]
    assert ours == ["malgwi[train,hub,studio]"]


def test_every_extra_that_is_named_exists() -> None:
    named = {
        extra
        for name, text in _texts().items()
        if name.startswith("src/")
        for extra in re.findall(r"install(?:_extra)?\('(\w+)'\)", text)
    }
    assert named == {"train", "hub", "pictures", "android", "studio", "cluster", "stores"}
    assert named <= set(EXTRAS)
    assert "'.[train]'" in install("train")
