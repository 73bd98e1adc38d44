"""One bundle heard by both languages, for the tests that compare what they heard."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile

from malgwi.java import transcribe_in_java
from malgwi.recognition.recognise import Recogniser, transcribe_file
from malgwi.speech.audio import Samples

SHORT_LIVED = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Heard:
    """A recording's line of JSON, and the best token of every frame."""

    line: dict[str, Any]
    tokens: list[int]


@dataclass(frozen=True)
class Both:
    """One bundle, opened in Python and for Java."""

    jar: Path
    bundle: Path
    recogniser: Recogniser

    def python(self, waves: Sequence[Path]) -> list[Heard]:
        transcripts = [transcribe_file(self.recogniser, wave, warn=str) for wave in waves]
        return [
            Heard(t.to_json(str(wave)), list(t.frame_tokens))
            for t, wave in zip(transcripts, waves, strict=True)
        ]

    def java(self, waves: Sequence[Path], bundle: Path | None = None) -> list[Heard]:
        return [
            Heard({k: v for k, v in row.items() if k != "tokens"}, row["tokens"])
            for row in transcribe_in_java(self.jar, bundle or self.bundle, waves)
        ]

    def run(self, *arguments: object, heap: str = "256m") -> "subprocess.CompletedProcess[str]":
        """Run the Java command line as a user does, but for what only pays in long runs."""
        return subprocess.run(
            ["java", f"-Xmx{heap}", *SHORT_LIVED, "-jar", str(self.jar), *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


def write(path: Path, samples: Samples, rate: int = 16_000, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def same_lines(python: Sequence[dict[str, Any]], said: str) -> None:
    """Texts, words, times and alternatives are equal, numbers up to the kernels' rounding."""
    for ours, line in zip(python, said.splitlines(), strict=True):
        theirs = json.loads(line)
        assert list(theirs) == list(ours)
        for row in (ours, theirs):
            row["confidences"] = [word.pop("confidence") for word in row["words"]]
            row["scores"] = [one.pop("score") for one in row.get("nbest", [])]
        for key, tolerance in (("confidences", 0.02), ("scores", 0.01)):
            assert theirs.pop(key) == pytest.approx(ours.pop(key), abs=tolerance)
        assert theirs == ours
