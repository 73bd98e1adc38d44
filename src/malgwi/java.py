"""The Java core as a separate process: the other half of the proof that both hear the same."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from malgwi.errors import GateError

JAR = Path("android") / "core" / "target" / "malgwi-core-cli.jar"
"""Where `make java-test` puts the core's command line, from the top of a checkout."""

TIMEOUT = 600
"""Seconds after which Java is taken to hang."""


def java_cli() -> Path | None:
    """Return the Java command line of this checkout; None without it or without a JRE."""
    jar = Path(__file__).resolve().parents[2] / JAR
    return jar if jar.is_file() and shutil.which("java") else None


def transcribe_in_java(jar: Path, bundle: Path, waves: Sequence[Path]) -> list[dict[str, Any]]:
    """Return Java's JSON for each WAV file: text, words, duration and the token of every frame.

    Raises:
        GateError: Java failed, with its message, or gave another number of results.
    """
    done = subprocess.run(  # noqa: S603 - our own jar, no shell
        [_java(), "-jar", str(jar), str(bundle), *map(str, waves), "--json", "--tokens"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode or len(rows) != len(waves):
        raise GateError(
            f"Java core: exit status {done.returncode}, {len(rows)} results for {len(waves)} "
            f"recordings: {done.stderr.strip()[-500:]}"
        )
    return rows


def _java() -> str:
    return shutil.which("java") or "java"
