"""Run the cases and write docs/cases.md.

    PYTHONPATH=src:tests:tools python -m cases            all but the slow ones
    PYTHONPATH=src:tests:tools python -m cases --slow     all
    PYTHONPATH=src:tests:tools python -m cases ogg late   those whose name has a word; no page

Fails, naming them, when cases that aren't open come out otherwise than expected.
"""

import argparse
import datetime
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

from cases import aligning, arpa, channels, java, pauses, scoring, sound, tables, texts
from cases.case import Case
from cases.page import FAILED, Outcome, page
from cases.speech import TOP

PAGE = TOP / "docs/cases.md"
KEPT = Path(__file__).with_name("slow.json")
"""The last result of the slow cases, with its date."""
TOPICS = [
    topic.TOPIC for topic in (sound, channels, texts, tables, scoring, arpa, pauses, aligning, java)
]


def main() -> int:
    """Run them."""
    parser = argparse.ArgumentParser(description="Make the inputs of docs/cases.md and run them.")
    parser.add_argument("words", nargs="*", help="run the cases whose name has one of these")
    parser.add_argument("--slow", action="store_true", help="run those that take minutes, too")
    parser.add_argument("--keep", type=Path, help="leave the inputs in this folder")
    args = parser.parse_args()
    kept: dict[str, list[str]] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    failed: list[str] = []
    done = []
    with tempfile.TemporaryDirectory(prefix="cases-") as place:
        for topic in TOPICS:
            outcomes = []
            for number, case in enumerate(topic.cases):
                named = f"{topic.title}: {case.name} ({case.given})"
                if args.words and not any(word in named.lower() for word in args.words):
                    continue
                folder = (
                    args.keep or Path(place)
                ) / f"{topic.title.split()[0].lower()}-{number:02}"
                folder.mkdir(parents=True)
                outcome = _outcome(case, named, folder, kept, slow=args.slow)
                outcomes.append(outcome)
                if outcome.failed:
                    failed.append(named)
            done.append((topic, outcomes))
    if not args.words:
        PAGE.write_text(page(done), encoding="utf-8")
    if args.slow:
        KEPT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for name in failed:
        _say(f"malgwi: make cases: not as expected: {name}")
    return 1 if failed else 0


def _outcome(
    case: Case, named: str, folder: Path, kept: dict[str, list[str]], *, slow: bool
) -> Outcome:
    if case.slow and not slow:
        found, date = kept.get(named, ["", ""])
        return Outcome(case, found, date)
    begun = time.monotonic()
    try:
        found = case.measure(folder)
    except Exception as error:  # one that fails doesn't keep the others from running
        traceback.print_exc()
        found = f"{FAILED}{type(error).__name__}"
    date = ""
    if case.slow and not found.startswith(FAILED):
        date = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
        kept[named] = [found, date]
    outcome = Outcome(case, found, date)
    mark = "as expected" if outcome.met else f"expected {case.expected}"
    _say(f"{time.monotonic() - begun:5.1f} s  {named}: {found}  [{mark}]")
    return outcome


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
