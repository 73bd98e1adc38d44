"""The tree is what docs/design.md says, and each room keeps its rules.

What may import what is import-linter's matter (`make lint`, pyproject.toml). It passes over folders
without an `__init__.py` in silence, so that they all have one is looked after here.
"""

import ast
import re
from pathlib import Path

import pytest

import malgwi
from places import TESTS, TOP

SOURCE = Path(malgwi.__file__).parent
PACKAGES = sorted({path.parent for path in SOURCE.rglob("*.py")} - {SOURCE})
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")
LONGEST = 400
LONG = sorted(
    path
    for pattern in (
        "src/malgwi/**/*.py",
        "tools/**/*.py",
        "benchmarks/*.py",
        "android/*/src/main/**/*.java",
    )
    for path in TOP.glob(pattern)
    if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
)


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _place(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


@pytest.mark.parametrize("package", PACKAGES, ids=_name)
def test_a_front_is_a_docstring_and_nothing_else(package: Path) -> None:
    body = ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


@pytest.mark.parametrize("path", [p for p in LONG if p.suffix == ".py"], ids=_place)
def test_long_modules_say_why(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert "in one module" in " ".join(docstring.split())


@pytest.mark.parametrize("path", [p for p in LONG if p.suffix == ".java"], ids=_place)
def test_long_classes_say_why(path: Path) -> None:
    before, _ = re.split(
        r"^(?:public )?(?:final )?class ", path.read_text("utf-8"), maxsplit=1, flags=re.M
    )
    assert "in one class" in " ".join(before.replace("*", " ").split()).lower()


def test_tests_stand_in_the_rooms_of_what_they_test() -> None:
    rooms = {package.name for package in PACKAGES}
    folders = {path.parent for path in TESTS.rglob("test_*.py")} - {TESTS}
    assert {folder.name for folder in folders} <= rooms


def _mapped() -> list[str]:
    """Return the modules in the order of docs/design.md."""
    text = (TOP / "docs" / "design.md").read_text(encoding="utf-8")
    mapped: list[str] = []
    room = ""
    for line in text.splitlines():
        if head := re.match(r"\| \*\*`(\w+)/`\*\*", line):
            room = f"{head[1]}/"
        elif line.startswith("| **"):
            room = ""
        if row := re.match(r"\| ((?:`\w+\.py`(?:, )?)+) \|", line):
            mapped += [room + name for name in re.findall(r"`(\w+\.py)`", row[1])]
    return mapped


def test_the_map_names_every_module_once() -> None:
    """The tree in docs/design.md is the tree."""
    assert sorted(_mapped()) == sorted(_name(path) for path in MODULES)


def _room(name: str) -> str:
    """Return the room of a module; one beside the rooms is one by itself."""
    return name.partition("/")[0].removesuffix(".py")


def _imports() -> set[tuple[str, str]]:
    """Return which room imports which."""
    return {
        (_room(_name(path)), node.module.split(".")[1])
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("malgwi.")
    }


def test_what_a_room_imports_stands_above_it() -> None:
    """Both maps say so of themselves, docs/design.md and that of the README."""
    readme = re.findall(r"\| `src/malgwi/(\w+)/` \|", (TOP / "README.md").read_text("utf-8"))
    for order in (readme, list(dict.fromkeys(_room(name) for name in _mapped()))):
        place = {room: number for number, room in enumerate(order)}
        below = [
            f"{one} imports {other}, which stands below"
            for one, other in sorted(_imports())
            if place.get(other, 0) > place.get(one, len(place))
        ]
        assert below == []
