"""The one decode of a recording → its samples in a file, peaks of them, and slices as WAV.

Nothing is held whole: what is asked for is read at its place, so hours open as fast as minutes.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malgwi.bundle.golden import wav_bytes
from malgwi.errors import MalgwiError
from malgwi.publish import publish_file
from malgwi.speech.audio import SAMPLE_RATE, blocks, from_16_bits, to_16_bits
from malgwi.studio.project import DERIVED, Project
from malgwi.studio.recording import Recording
from malgwi.studio.refused import Refused

SAMPLES, PEAKS = "samples.s16", "peaks.bin"
PAIR = 256
"""Samples that a pair of the lowest level is about."""
STEP = 4
"""Pairs of a level that one of the level above is about."""
TILE = 1024
"""Pairs that are sent at once."""
LONGEST_S = 120
_BLOCK_S = 10.0
_AT_ONCE = PAIR * 4096
_WIDTH = 2
"""Bytes of a sample, and of a pair."""

_Pairs = NDArray[np.int8]
"""Shape (pairs, 2): the least and the greatest."""


def write_samples(
    media: Path,
    channel: int | None,
    target: Path,
    *,
    warn: Callable[[str], object] = lambda _: None,
    heard: Callable[[float], object] = lambda _: None,
) -> int:
    """Decode a recording into a file of 16-bit samples; return how many there are.

    Raises:
        MalgwiError: it can't be read.
    """
    count = 0
    with target.open("wb") as file:
        for block in blocks(media, _BLOCK_S, warn, channel):
            file.write(to_16_bits(block).astype("<i2").tobytes())
            count += len(block)
            heard(len(block) / SAMPLE_RATE)
    return count


def write_peaks(samples: Path, target: Path) -> None:
    """Write the peaks of a file of samples, level after level."""
    level = np.concatenate([np.zeros((0, 2), np.int8), *map(_lowest, _chunks(samples))])
    with target.open("wb") as file:
        file.write(level.tobytes())
        while len(level) > TILE:
            level = _above(level)
            file.write(level.tobytes())


def level_sizes(samples: int) -> list[int]:
    """Return how many pairs each level has; the uppermost fits into a tile."""
    sizes = [-(-samples // PAIR)]
    while sizes[-1] > TILE:
        sizes.append(-(-sizes[-1] // STEP))
    return sizes


def peaks(project: Project, recording: Recording, level: int, tile: int) -> bytes:
    """Return the pairs of a tile, shorter at the end.

    Raises:
        Refused: there is no such level or tile.
        MalgwiError: they are gone, and the recording can't be decoded again.
    """
    sizes = level_sizes(recording.source.samples)
    if level >= len(sizes) or tile * TILE >= sizes[level]:
        raise Refused(f"no tile {tile} of level {level}", 404, "absent")
    first = sum(sizes[:level]) + tile * TILE
    count = min(TILE, sizes[level] - tile * TILE)
    return _read(derived(project, recording) / PEAKS, first, count)


def audio(project: Project, recording: Recording, first: int, end: int) -> bytes:
    """Return samples of a recording as a WAV file.

    Raises:
        MalgwiError: there are none between these places, or too many.
    """
    end = min(end, recording.source.samples)
    if not 0 <= first < end or end - first > LONGEST_S * SAMPLE_RATE:
        raise MalgwiError(
            f"from sample {first:,} to {end:,}: expected 1 to {LONGEST_S * SAMPLE_RATE:,} samples "
            f"of the {recording.source.samples:,} that there are"
        )
    raw = _read(derived(project, recording) / SAMPLES, first, end - first)
    return wav_bytes(from_16_bits(np.frombuffer(raw, "<i2").astype(np.int16)))


def derived(project: Project, recording: Recording) -> Path:
    """Return the folder of samples and peaks, which are made where they aren't there.

    Raises:
        Refused: the recording is missing, or lies outside and wasn't chosen.
        MalgwiError: it can't be decoded, or isn't the one that was added.
    """
    folder = recording.folder / DERIVED
    with recording.deriving:
        if _is_whole(folder, recording.source.samples):
            return folder
        media = project.media(recording.id)
        folder.mkdir(exist_ok=True)
        with publish_file(folder / SAMPLES) as fresh:
            count = write_samples(media, recording.source.channel, fresh)
            if count != recording.source.samples:
                raise MalgwiError(
                    f"{media}: {count:,} samples at 16 kHz, {recording.source.samples:,} when it "
                    "was added. Put the recording back that was added"
                )
        with publish_file(folder / PEAKS) as fresh:
            write_peaks(folder / SAMPLES, fresh)
    return folder


def _is_whole(folder: Path, samples: int) -> bool:
    sizes = {SAMPLES: samples, PEAKS: sum(level_sizes(samples))}
    try:
        return all((folder / name).stat().st_size == _WIDTH * size for name, size in sizes.items())
    except OSError:
        return False


def _read(path: Path, first: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(_WIDTH * first)
        return file.read(_WIDTH * count)


def _chunks(path: Path) -> Iterator[NDArray[np.int16]]:
    with path.open("rb") as file:
        while raw := file.read(_WIDTH * _AT_ONCE):
            yield np.frombuffer(raw, "<i2").astype(np.int16)


def _lowest(samples: NDArray[np.int16]) -> _Pairs:
    """Return the pairs of samples, rounded outwards so that nothing above silence is hidden."""
    padding = -len(samples) % PAIR
    rows = np.pad(samples, (0, padding), mode="edge").astype(np.int32).reshape(-1, PAIR)
    least, most = rows.min(axis=1) // PAIR, -(-rows.max(axis=1) // PAIR)
    return np.stack([least, np.minimum(most, 127)], axis=1).astype(np.int8)


def _above(pairs: _Pairs) -> _Pairs:
    rows = np.pad(pairs, ((0, -len(pairs) % STEP), (0, 0)), mode="edge").reshape(-1, STEP, 2)
    return np.stack([rows[:, :, 0].min(axis=1), rows[:, :, 1].max(axis=1)], axis=1)
