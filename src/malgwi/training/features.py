"""The frozen convolutions' output for every clip, computed once, in a memory-mapped cache.

A frozen network gives the same features in every epoch: 50 frames a second of 512 half-precision
numbers, 51 kB a second of speech. The cache is a folder, `cache/features-KEY` in the data set
(or in `RUN.cache` beside the run, where the data set can't be written to). KEY is a hash of all
that the features depend on but the clip: the convolutions' weights and sizes, normalisation,
resampler, format. A clip is known by its stretch of a recording, and the recording by the SHA-256
of its file, so a moved or renamed clip is found again and a changed one is not.

Each process that fills the cache appends to a pair of files of its own: the clip's numbers to
`PART.bin`, then one line to `PART.jsonl`. A process that is killed leaves whole clips behind, at
worst one without its line, which is computed again; several may fill the same cache.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import read_utterance
from malgwi.errors import MalgwiError
from malgwi.model.normalisation import standardise
from malgwi.speech import audio
from malgwi.speech.frames import FrameGrid

VERSION = 1
"""Changes when the same clip and weights would give other numbers."""
_KINDS = ("float16", "float32")
Features = NDArray[Any]
"""(frames, channels), float16, or float32 for a clip that overflows half precision."""


@dataclass(frozen=True)
class Extractor:
    """The way from a clip to features: normalisation and convolutions."""

    cnn: nn.Module
    """(1, samples) to (1, channels, frames), on any device."""
    grid: FrameGrid
    do_normalize: bool

    def waveform(self, samples: NDArray[np.float32]) -> torch.Tensor:
        """Return the clip as the convolutions take it: (samples,), fp32, on their device."""
        ready = standardise(samples) if self.do_normalize else samples
        device = next(self.cnn.parameters()).device
        return torch.from_numpy(np.ascontiguousarray(ready)).to(device)

    def features(self, samples: NDArray[np.float32]) -> Features:
        """Return the clip's features, rounded as the cache rounds them.

        Raises:
            MalgwiError: the clip is shorter than one frame.
        """
        if self.grid.count(len(samples)) == 0:
            raise MalgwiError(
                f"{len(samples)} samples are too few for one frame; expected at least "
                f"{self.grid.receptive_field}"
            )
        with torch.no_grad():
            exact = self.cnn(self.waveform(samples)[None])[0].T.float().cpu().numpy()
        return rounded(np.ascontiguousarray(exact))

    def key(self) -> str:
        """Return a hash of everything but the clip that the features depend on."""
        import soxr

        digest = hashlib.sha256(
            json.dumps(
                [VERSION, soxr.__version__, self.do_normalize, self.grid.kernels, self.grid.strides]
            ).encode()
        )
        for name, weights in sorted(self.cnn.state_dict().items()):
            digest.update(name.encode())
            digest.update(weights.float().cpu().numpy().tobytes())
        return digest.hexdigest()[:16]


def rounded(exact: NDArray[np.float32]) -> Features:
    """Return features in half precision, or as they are where that would overflow."""
    with np.errstate(over="ignore"):
        half = exact.astype(np.float16)
    return half if np.isfinite(half).all() else exact


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        MalgwiError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MalgwiError(f"{path}: can't be read ({error.strerror})") from error


class FeatureCache:
    """Features by the hash of the clip's file; written by `add`, read by `get`."""

    def __init__(self, folder: Path) -> None:
        """Open the cache in `folder`, which `add` makes when needed."""
        self.folder = folder
        self._index: dict[str, tuple[Path, int, tuple[int, int], str]] = {}
        self._maps: dict[Path, np.memmap[Any, Any]] = {}
        self._part: Path | None = None
        self.refresh()

    def __contains__(self, clip: str) -> bool:
        """Return whether the clip's features are there."""
        return clip in self._index

    def frames(self, clip: str) -> int:
        """Return the number of frames of a clip that is there."""
        return self._index[clip][2][0]

    def refresh(self) -> None:
        """Read the parts, also those that other processes wrote; damaged lines don't count."""
        for lines in sorted(self.folder.glob("*.jsonl")):
            data = lines.with_suffix(".bin")
            size = data.stat().st_size if data.is_file() else 0
            for line in lines.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    row = json.loads(line)
                    shape = (int(row["shape"][0]), int(row["shape"][1]))
                    start, kind = int(row["start"]), str(row["dtype"])
                    end = start + shape[0] * shape[1] * np.dtype(kind).itemsize
                    if kind in _KINDS and min(shape) > 0 and 0 <= start < end <= size:
                        self._index[str(row["clip"])] = (data, start, shape, kind)
                except (ValueError, KeyError, TypeError, IndexError):
                    continue

    def add(self, clip: str, features: Features) -> None:
        """Append a clip's features.

        Raises:
            OSError: the disk is full, or the folder can't be written.
        """
        if self._part is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._part = self.folder / f"{secrets.token_hex(4)}.bin"
        start = self._part.stat().st_size if self._part.exists() else 0
        start += -start % 4  # what a write cut short may have left, aligned for fp32
        with self._part.open("ab") as data:
            data.truncate(start)
            data.write(features.tobytes())
        row = {
            "clip": clip,
            "start": start,
            "shape": list(features.shape),
            "dtype": str(features.dtype),
        }
        with self._part.with_suffix(".jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        shape = (features.shape[0], features.shape[1])
        self._index[clip] = (self._part, start, shape, str(features.dtype))

    def get(self, clip: str) -> Features:
        """Return a clip's features, read through the memory map.

        Raises:
            KeyError: they aren't there.
        """
        path, start, shape, kind = self._index[clip]
        mapped = self._maps.get(path)
        end = start + shape[0] * shape[1] * np.dtype(kind).itemsize
        if mapped is None or len(mapped) < end:
            mapped = self._maps[path] = np.memmap(path, dtype=np.uint8, mode="r")
        return mapped[start:end].view(kind).reshape(shape)


def cache_folder(dataset: Path, run: Path, key: str) -> Path:
    """Return where the cache lies: in the data set, or beside the run if that can't be written to.

    Not in the run, which may not be there yet, or be replaced: so the cache outlives it.
    """
    name = f"features-{key}"
    inside = dataset / "cache" / name
    try:
        inside.mkdir(parents=True, exist_ok=True)
        trial = inside / f".{secrets.token_hex(4)}"
        trial.touch()
        trial.unlink()
    except OSError:
        place = run.resolve()
        return place.with_name(f"{place.name}.cache") / name
    return inside


def cache_bytes(seconds: float, grid: FrameGrid, channels: int) -> int:
    """Return about how many bytes the features of `seconds` of speech take."""
    return int(seconds * audio.SAMPLE_RATE / grid.hop * channels * 2)


def fill(
    cache: FeatureCache,
    extractor: Extractor,
    utterances: Sequence[Utterance],
    done: Callable[[Utterance], None],
) -> dict[str, str]:
    """Compute the features of utterances that aren't in the cache yet.

    `done` is called with each utterance when it is there. A file is held against the hash that
    it had when it was prepared, or the cache would keep other sound under its name.

    Returns:
        Id to reason, for utterances that can't be read, have changed or are too short.
    """
    failed: dict[str, str] = {}
    found: dict[Path, str] = {}
    for utterance in utterances:
        key, path = utterance.stretch.key, utterance.audio
        if key not in cache:
            try:
                if path not in found:
                    found[path] = file_hash(path)
                if found[path] != utterance.stretch.sha256:
                    raise MalgwiError(  # noqa: TRY301 - named with the others
                        f"{path}: has changed since the data set was prepared: prepare it again"
                    )
                cache.add(key, extractor.features(read_utterance(utterance)))
            except MalgwiError as error:
                failed[utterance.id] = str(error)
            except OSError as error:
                raise MalgwiError(
                    f"{cache.folder}: the feature cache can't be written ({error.strerror}); free "
                    "some space, or train with --cache-gb 0"
                ) from error
        done(utterance)
    return failed


def padded(each: Iterable[Features], multiple: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (clips, frames, channels) zero-padded, in the widest type, and the frame lengths."""
    clips = list(each)
    lengths = [len(clip) for clip in clips]
    widest = -(-max(lengths) // multiple) * multiple
    kind = np.float32 if any(clip.dtype == np.float32 for clip in clips) else np.float16
    batch = np.zeros((len(clips), widest, clips[0].shape[1]), dtype=kind)
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    return torch.from_numpy(batch), torch.tensor(lengths)
