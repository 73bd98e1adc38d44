"""What came out of the cases, as the page docs/cases.md."""

from collections.abc import Sequence
from typing import NamedTuple

from cases.case import Case, Topic

_HEAD = """\
# Cases: what went in, what came out

`make cases` makes each input anew, from the shipped speech or by computing it, has Malgwi read it,
and writes this page; it fails when something else comes out than is expected. "Before" is what
came out of a build from before these faults were mended, written down by hand: it isn't run again.
An empty cell says that nobody noted it. "Now" is what came out when the page was written. What is
open isn't mended yet. Rows with a date take minutes and are measured by `make cases SLOW=1`. The
tests hold the kind, not the case.
"""


FAILED = "failed: "
"""How what came out begins where the case itself broke off."""


class Outcome(NamedTuple):
    """A case and what came out."""

    case: Case
    found: str
    date: str = ""
    """Of a result that was kept; empty for one of this run."""

    @property
    def met(self) -> bool:
        """Whether it is as expected."""
        if self.found == "" or self.found.startswith(FAILED):
            return False
        return self.case.expected.met(self.found)

    @property
    def failed(self) -> bool:
        """Whether it had to be as expected, and isn't."""
        return not (self.met or self.case.open) and self.found != ""


def page(topics: Sequence[tuple[Topic, Sequence[Outcome]]]) -> str:
    """Return the page."""
    lines = [_HEAD]
    for topic, outcomes in topics:
        met = sum(outcome.met for outcome in outcomes)
        lines += [f"## {topic.title}", "", *([topic.text, ""] if topic.text else [])]
        lines += [f"{met} of {len(outcomes)} as expected.", ""]
        lines += [
            "| case | input | before | now | as expected |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [_row(outcome) for outcome in outcomes]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(outcome: Outcome) -> str:
    case = outcome.case
    found = outcome.found or "not measured yet"
    now = f"{found} ({outcome.date})" if outcome.date else found
    verdict = "yes" if outcome.met else f"open: {case.expected}"
    if outcome.failed:
        verdict = f"**no**: {case.expected}"
    elif not outcome.found:
        verdict = f"expected: {case.expected}"
    cells = (case.name, case.given, case.before, now, verdict)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    """Keep a cell in one line, and what isn't code from being taken for HTML."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    parts[::2] = [part.replace("&", "&amp;").replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)
