"""What a run's `train.json` says: configuration, facts, figures, the clips set aside."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

import malgwi
from malgwi.dataset.manifest import MANIFEST, VOCAB, Dataset
from malgwi.speech.score import Measure, measure_for
from malgwi.speech.vocab import UNKNOWN
from malgwi.training.config import TrainConfig
from malgwi.training.state import Position
from malgwi.training.usable_clips import UsableClips


@dataclass(frozen=True)
class Record:
    """What is known of a run before its first step and holds until its end."""

    config: TrainConfig
    facts: Mapping[str, Any]
    total_steps: int
    cache_seconds: float
    """Wall time of this command spent on caches: of features, of what a teacher makes of clips."""
    set_aside: Mapping[str, str]

    @property
    def measure(self) -> Measure:
        """What the weights are selected by."""
        measure: Measure = self.facts["selected_by"]
        return measure

    def to_json(self, position: Position, status: str) -> dict[str, Any]:
        """Return the content of `train.json` for a run that stands at `position`."""
        return {
            "config": asdict(self.config),
            "facts": self.facts,
            "figures": {
                "status": status,
                "best_wer": position.best_wer,
                "best_cer": position.best_cer,
                "best_step": position.best_step,
                "steps": position.step,
                "total_steps": self.total_steps,
                "train_seconds": round(position.train_seconds, 3),
                "cache_seconds": round(self.cache_seconds, 3),
                "audio_seconds": round(position.audio_seconds, 3),
                "x_real_time": round(position.x_real_time, 2),
                "not_finite": position.not_finite,
                "skipped_steps": position.skipped_steps,
                "parts": position.parts,
                "checkpointed": position.checkpointed,
            },
            "set_aside": self.set_aside,
        }


def gather_facts(
    data: Dataset,
    splits: UsableClips,
    *,
    eval_every: int,
    precision: str,
    device: str,
    processes: int,
) -> dict[str, Any]:
    """Return what the data, the machine and the libraries are."""
    import soxr
    import transformers

    labels = [label for clip in splits.train for label in clip.labels]
    unknown = data.vocab.to_ids().get(UNKNOWN, -1)
    return {
        "dataset": str(data.folder.resolve()),
        "dataset_sha256": fingerprint(data),
        "tokens": len(data.vocab),
        "unit": data.vocab.unit,
        "language": data.info.get("language"),
        "normalisation": data.vocab.rules.to_json(),
        "train_clips": len(splits.train),
        "train_hours": round(sum(c.seconds for c in splits.train) / 3600, 4),
        "valid_clips": len(splits.valid),
        "selected_by": measure_for(
            [clip.text for clip in splits.valid], delimiter=data.vocab.delimiter is not None
        ),
        "unknown_share": labels.count(unknown) / max(len(labels), 1),
        "eval_every": eval_every,
        "precision": precision,
        "device": device,
        "processes": processes,
        "threads": torch.get_num_threads(),
        "cached": splits.train_source.cache is not None,
        "versions": {
            "malgwi": malgwi.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "soxr": soxr.__version__,
            "python": platform.python_version(),
        },
    }


def fingerprint(data: Dataset) -> str:
    """Return a hash of the data set's manifest and vocabulary."""
    digest = hashlib.sha256()
    for name in (MANIFEST, VOCAB):
        digest.update((data.folder / name).read_bytes())
    return digest.hexdigest()
