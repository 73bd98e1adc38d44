"""The tiers and recordings of a project, for people and as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.corpus.annotated import Project, open_project
from malgwi.corpus.conventions import Conventions
from malgwi.corpus.layouts import ANNOTATED
from malgwi.corpus.tiers import Summary
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.terminal import printable
from malgwi.text_file import TextFiles

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_LISTED = 50


def recording_length(path: Path) -> float | None:
    """Return the seconds that a recording's header claims, None where it claims nothing."""
    try:
        return audio.info(path).seconds or None
    except (MalgwiError, OSError):
        return None


def show_project(
    source: str,
    kind: str,
    conventions: Conventions,
    files: TextFiles,
    console: "Console | None",
    *,
    allow_outside: bool,
) -> Project | None:
    """Return a corpus of annotations, after printing which recording each file is about.

    None where `kind` is another format.

    Raises:
        MalgwiError: as `open_project`.
    """
    if kind != ANNOTATED:
        return None
    project = open_project(
        Path(source), conventions, files, allow_outside=allow_outside, length=recording_length
    )
    if console:
        print_pairs(project, console)
    return project


def print_pairs(project: Project, console: "Console") -> None:
    """Print which recording each file is about, what has none first."""
    table = _table("annotations", "recording", "found by")
    pairs = sorted(project.pairs, key=lambda pair: pair.recording is not None)
    for pair in pairs[:_LISTED]:
        recording = "" if pair.recording is None else _name(pair.recording, project.root)
        why_not = f"not {'taken' if pair.outside else 'found'}: {pair.how}"
        how = pair.how if pair.recording else why_not
        offset = f", from {pair.origin:+.3f} s" if pair.origin else ""
        _row(table, project.name(pair.annotated), recording, how + offset)
    console.print(table)
    lines = [f"and {len(pairs) - _LISTED:,} more"] if len(pairs) > _LISTED else []
    lines += [
        f"{_name(path, project.root)}: not readable: {why}" for path, why in project.unreadable
    ]
    if project.silent:
        names = ", ".join(_name(path, project.root) for path in project.silent[:5])
        more = f" and {len(project.silent) - 5:,} more" if len(project.silent) > 5 else ""
        lines.append(f"recordings without annotations: {names}{more}")
    notes = project.notes()
    lines += notes[:_LISTED]
    lines += [f"and {len(notes) - _LISTED:,} more notes"] if len(notes) > _LISTED else []
    damaged = [(p.annotated, one) for p in project.pairs for one in p.annotated.problems]
    lines += [f"{project.name(a)}: {one.where}: {one.detail}" for a, one in damaged[:5]]
    lines += [f"and {len(damaged) - 5:,} more that can't be used"] if len(damaged) > 5 else []
    for line in lines:
        console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def print_tiers(project: Project, console: "Console") -> None:
    """Print what each tier holds, and how to choose."""
    summaries = project.summaries()
    for one in summaries:
        facts = {
            "type": one.type,
            "parent": one.parent,
            "participant": _few(one.participants),
            "language": _few(one.languages),
            "files": f"{one.files:,}",
            "annotations": f"{one.annotations:,}" + _unusable(one),
            "minutes": f"{one.seconds / 60:.1f}",
            "beside others": f"{one.overlap / 60:.1f} min" if one.overlap else "",
        }
        said = "   ".join(f"{key} {value}" for key, value in facts.items() if value)
        console.print(f"\n{printable(one.name)}", style="bold", markup=False, highlight=False)
        console.print(f"  {printable(said)}", markup=False, highlight=False, soft_wrap=True)
        for sample in one.samples:
            text = sample if len(sample) <= 100 else f"{sample[:99]}…"
            console.print(f"    {printable(text)}", markup=False, highlight=False, soft_wrap=True)
    if project.conventions.choice.take or len([one for one in summaries if one.usable]) < 2:
        return
    console.print(
        "\nChoose with malgwi prepare --tier NAME, or type=TYPE, participant=NAME; "
        "--not-tier leaves out.",
        markup=False,
        highlight=False,
    )


def to_json(project: Project) -> dict[str, Any]:
    """Return what `malgwi tiers --json` prints."""
    return {
        "tiers": [one.to_json() for one in project.summaries()],
        "pairs": [
            {
                "annotations": project.name(pair.annotated),
                "recording": None if pair.recording is None else str(pair.recording),
                "by": pair.how if pair.recording else None,
                "why_not": None if pair.recording else pair.how,
                "origin": pair.origin,
            }
            for pair in project.pairs
        ],
        "unreadable": {_name(path, project.root): why for path, why in project.unreadable},
        "without_annotations": [_name(path, project.root) for path in project.silent],
        "notes": project.notes(),
        "problems": [
            {"where": f"{project.name(pair.annotated)}: {one.where}", "what": one.detail}
            for pair in project.pairs
            for one in pair.annotated.problems
        ],
    }


def _unusable(one: Summary) -> str:
    left = one.annotations - one.usable
    return f" ({left:,} without text or length)" if left else ""


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _table(*headings: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _row(table: "Table", *cells: str) -> None:
    from rich.text import Text

    table.add_row(*(Text(printable(cell)) for cell in cells))
