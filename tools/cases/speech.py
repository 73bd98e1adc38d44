"""The shipped speech, from which inputs are made, and what Malgwi makes of a file or folder."""

import csv
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from malgwi.dataset.prepare import PrepareResult, prepare
from malgwi.errors import MalgwiError
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.speech.audio import Samples, WrongHeader, blocks, read

TOP = Path(__file__).resolve().parents[2]
COMMANDS = TOP / "src/malgwi/data/commands"
DEMO = TOP / "demo/demo.malgwi"
RATE = 16_000
_SHOWN = 120
"""Characters of a long message."""


@dataclass(frozen=True)
class Clip:
    """A recording and what is said in it."""

    path: Path
    text: str

    def samples(self) -> Samples:
        """Read it."""
        return read(self.path)


@cache
def clips(split: str) -> tuple[Clip, ...]:
    """Return the clips of a part of the shipped speech."""
    with (COMMANDS / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Clip(COMMANDS / row["file_name"], row["transcription"])
            for row in csv.DictReader(lines)
            if row["split"] == split
        )


def speech(seconds: float, first: int = 0, rate: int = RATE) -> Samples:
    """Return so much speech, clip after clip from the one of that number on."""
    import soxr

    found: list[Samples] = []
    while sum(map(len, found)) < seconds * RATE:
        found.append(clips("dev")[first % 114].samples())
        first += 1
    sound = np.concatenate(found)[: round(seconds * RATE)]
    return sound if rate == RATE else np.asarray(soxr.resample(sound, RATE, rate), np.float32)


def level(samples: Samples, decibels: float) -> Samples:
    """Return the samples so much louder."""
    return np.asarray(samples * 10 ** (decibels / 20), np.float32)


def length(path: Path) -> str:
    """Return how much of a recording is read, and what is said of it."""
    said: list[str] = []
    count = sum(len(block) for block in blocks(path, 30.0, said.append))
    notes = ["wrong-header" if isinstance(text, WrongHeader) else "truncated" for text in said]
    return ", ".join([f"{count / RATE:.2f} s", *notes])


def wav(path: Path, number: int, seconds: float = 1.6, kind: str | None = None) -> Path:
    """Write a clip, no two of which are equal, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speech(seconds, number), RATE, format=kind)
    return path


def table(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], mark: str = ","
) -> Path:
    """Write a table with a header line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, delimiter=mark).writerows([header, *rows])
    return path


def corpus(folder: Path, texts: Sequence[str]) -> Path:
    """Write an audiofolder with a clip for each text."""
    names = [f"c{number:02}.wav" for number in range(len(texts))]
    for number, name in enumerate(names):
        wav(folder / name, number)
    table(
        folder / "metadata.csv",
        ["file_name", "transcription"],
        list(zip(names, texts, strict=True)),
    )
    return folder


def prepared(source: Path, **options: object) -> PrepareResult:
    """Prepare a corpus beside it."""
    output = source.parent / f"{source.name}-prepared"
    return prepare(source, output, **options)  # type: ignore[arg-type]


def used(source: Path, **options: object) -> str:
    """Return how many rows of a corpus are used, and why the others aren't."""
    try:
        result = prepared(source, **options)
    except MalgwiError as error:
        said = str(error).replace(f"{source.parent}/", "")
        return f"refused: {said[:_SHOWN]}{'…' * (len(said) > _SHOWN)}"
    counted = {split: int(part["clips"]) for split, part in result.info["splits"].items()}
    found = [
        f"{finding.name} {finding.count}"
        for finding in result.report.findings
        if finding.severity == "error" or finding.name in {"left-out", "no-row"}
    ]
    return ", ".join([f"{sum(counted.values())} used", *found])


def rows_of(said: str) -> int:
    """Return the rows that `used` accounts for; none of a corpus that is refused."""
    parts = [part for part in said.split(", ") if not part.startswith("no-row")]
    return 0 if said.startswith("refused") else sum(int(re.sub(r"\D", "", part)) for part in parts)


def refused(call: Callable[[], object], *names: str) -> str:
    """Return whether a call is refused, and which of the names its message gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call()
        except MalgwiError as error:
            named = [name for name in names if name in str(error)]
            return f"refused, names {' and '.join(named)}" if named else f"refused: {error}"
    return f"not refused: {result!r:.60}"


@cache
def recogniser() -> Recogniser:
    """Open the demo's model."""
    return open_recogniser(DEMO, threads=2)
