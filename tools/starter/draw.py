"""Folders of synthesised clips, drawn from and changed, as batches that the model takes."""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from augment import Changes, heard, nobody

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future, ThreadPoolExecutor

    from numpy.typing import NDArray

    from malgwi.speech.frames import FrameGrid

from malgwi.model.normalisation import standardise
from malgwi.speech.audio import SAMPLE_RATE, from_16_bits, read, to_16_bits
from malgwi.speech.vocab import Vocab, frames_needed
from malgwi.training.batches import plan_epoch
from malgwi.training.masks import span_mask

ROUND = 400
"""Clips that are drawn at a time."""
GROWN = 200
"""Clips from which on a folder has its whole share."""
PAD = 25
"""Frames: widths of batches are multiples, as in `malgwi train`."""
EMPTY = 0.02
"""Share of clips in which nobody speaks."""
MASKED, SPAN = 0.06, 10
"""Share of the frames that are masked, and frames in a row."""


@dataclass
class Source:
    """A folder of clips, some of which may still be to come."""

    folder: Path
    split: str | None
    share: float
    clips: dict[str, tuple[NDArray[np.int16], list[int]]] = field(default_factory=dict)
    speakers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read `FOLDER[:SPLIT][=SHARE]`.

        Raises:
            ValueError: the share is no number above 0.
        """
        place, _, share = text.partition("=")
        folder, _, split = place.partition(":")
        wanted = float(share or 1)
        if not wanted > 0:
            raise ValueError(f"{text}: expected a share above 0")
        return cls(Path(folder), split or None, wanted)

    def read_new(self, vocab: Vocab, pool: ThreadPoolExecutor, limit: int | None = None) -> None:
        """Read up to `limit` clips that weren't there before."""
        with (self.folder / "metadata.csv").open(encoding="utf-8", newline="") as table:
            rows = [
                row
                for row in csv.DictReader(table)
                if row.get("split") and self.split in (None, row["split"])
            ]
        rows = [r for r in rows if r["file_name"] not in self.clips][:limit]
        for row, sound in zip(rows, pool.map(self._sound, rows), strict=True):
            labels = vocab.encode(vocab.normalise(row["transcription"]))
            self.clips[row["file_name"]] = sound, labels
            self.speakers[row["speaker"]] = self.speakers.get(row["speaker"], 0) + 1

    def _sound(self, row: dict[str, str]) -> NDArray[np.int16]:
        return to_16_bits(read(self.folder / row["file_name"]))

    @property
    def provenance(self) -> dict[str, object]:
        """What a checkpoint that learnt from it says of it."""
        hours = sum(len(sound) for sound, _ in self.clips.values()) / SAMPLE_RATE / 3600
        return {
            "folder": self.folder.name,
            "split": self.split,
            "share": self.share,
            "clips": len(self.clips),
            "hours": round(hours, 3),
            "speakers": sorted(self.speakers),
        }


@dataclass(frozen=True)
class Batch:
    """Clips as the model takes them."""

    waveforms: list[torch.Tensor]
    labels: torch.Tensor
    label_lengths: torch.Tensor
    time_mask: torch.Tensor


def drawn(sources: Sequence[Source], count: int, rng: np.random.Generator) -> list[tuple[int, str]]:
    """Return `count` clips as (source, name): sources by their shares, clips within one evenly."""
    ready = [i for i, source in enumerate(sources) if source.clips]
    # The few clips of a folder that has only begun to grow would be heard again and again.
    shares = np.array([sources[i].share * min(len(sources[i].clips) / GROWN, 1) for i in ready])
    names = {i: sorted(sources[i].clips) for i in ready}
    chosen = rng.choice(ready, count, p=shares / shares.sum()).tolist()
    return [(i, names[i][rng.integers(len(names[i]))]) for i in chosen]


@dataclass(frozen=True)
class Drawing:
    """How clips become batches."""

    grid: FrameGrid
    epsilon: float | None
    batch_seconds: float
    seed: int
    changes: Changes = field(default_factory=Changes)

    def round(
        self, sources: Sequence[Source], number: int, workers: ThreadPoolExecutor, ahead: int
    ) -> Iterator[Batch]:
        """Yield the batches of a round; the same round of the same clips gives the same ones.

        Args:
            sources: what there is.
            number: of the round.
            workers: who prepare the clips.
            ahead: how many batches they may prepare before one is asked for.
        """
        clips = drawn(sources, ROUND, np.random.default_rng([self.seed, number]))
        frames = [self.grid.count(len(sources[i].clips[name][0])) for i, name in clips]
        plan = plan_epoch(
            frames,
            seed=self.seed,
            epoch=number,
            batch_frames=int(self.batch_seconds * SAMPLE_RATE / self.grid.hop),
            multiple=PAD,
        )
        known = [sources[i].clips[name] for i, name in clips]
        waiting: deque[Future[Batch]] = deque()
        for step, indices in enumerate(plan):
            rng = np.random.default_rng([self.seed, number, step])
            waiting.append(workers.submit(self.batch, known, indices, rng))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def batch(
        self,
        clips: Sequence[tuple[NDArray[np.int16], list[int]]],
        indices: Sequence[int],
        rng: np.random.Generator,
    ) -> Batch:
        """Return some of the clips as the model takes them, each changed anew."""
        waves, labels, masks = [], [], []
        for index in indices:
            sound, said = clips[index]
            if rng.random() < EMPTY:
                wave, said = nobody(rng, self.changes), []
            else:
                wave = heard(
                    from_16_bits(sound),
                    rng,
                    self.changes,
                    fewest=(frames_needed(said) + 1) * self.grid.hop + self.grid.receptive_field,
                    second=from_16_bits(clips[int(rng.integers(len(clips)))][0]),
                )
            waves.append(torch.from_numpy(standardise(wave, self.epsilon)))
            labels.append(torch.tensor(said, dtype=torch.long))
            masks.append(span_mask(self.grid.count(len(wave)), MASKED, SPAN, rng))
        width = -(-max(len(mask) for mask in masks) // PAD) * PAD
        return Batch(
            waves,
            torch.nn.utils.rnn.pad_sequence(labels, batch_first=True),
            torch.tensor([len(each) for each in labels]),
            torch.from_numpy(np.stack([np.pad(m, (0, width - len(m))) for m in masks])),
        )
