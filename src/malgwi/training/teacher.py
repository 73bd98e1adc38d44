"""What a teacher makes of every training clip, computed once: data set + teacher → cache.

The teacher hears each clip whole and as it is, alone, in fp32, without masks and dropout. So its
frames are the same in every epoch, in a resumed run and on any number of processes, and a student
whose input is masked learns to fill in. After that the teacher isn't needed.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch.nn import functional

from malgwi.dataset.manifest import Utterance
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.ctc_model import CtcModel
from malgwi.model.fewer_layers import kept_layers, layer_count
from malgwi.progress import audio_progress
from malgwi.training.clip_cache import Array, ClipCache, cache_folder, each
from malgwi.training.clips import FeatureSource, fill_together
from malgwi.training.distil import Distillation
from malgwi.training.features import Extractor, cache_bytes, rounded
from malgwi.training.usable_clips import UsableClips

VERSION = 1
"""Changes when the same clip and teacher would give other numbers."""
_NOT_OF_THE_MODEL = frozenset({"_name_or_path", "transformers_version"})


@dataclass(frozen=True)
class Teacher:
    """A trained model, and what its student is to be."""

    checkpoint: Checkpoint
    """With the data set's vocabulary."""
    distillation: Distillation

    def facts(self) -> dict[str, Any]:
        """Return what `train.json` says of it, which a resumed run must have again."""
        there = layer_count(self.checkpoint)
        kept = [1 + number for number in kept_layers(there, self.distillation.layers)]
        how = asdict(self.distillation)
        return {"teacher": self.key, "teacher_layers": there, "kept": kept, "how": how}

    @cached_property
    def key(self) -> str:
        """A hash of all but what it hears that its probabilities depend on."""
        model = self.checkpoint.model
        settings = {n: v for n, v in model.config.to_dict().items() if n not in _NOT_OF_THE_MODEL}
        facts = [VERSION, self.checkpoint.epsilon, settings]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
        for name, weights in sorted(model.state_dict().items()):
            digest.update(name.encode())
            digest.update(weights.float().cpu().numpy().tobytes())
        return digest.hexdigest()[:16]


def hear(
    teacher: Teacher,
    splits: UsableClips,
    accelerator: Accelerator,
    *,
    dataset: Path,
    run: Path,
    cache_gb: float,
) -> ClipCache:
    """Return ln of the teacher's probabilities, (frames, tokens), for every training clip.

    Args:
        teacher: is left on the CPU.
        splits: the clips; a cache of features that they have is of the teacher's convolutions.
        accelerator: the processes, each of which hears a share.
        dataset: has the cache in it.
        run: has it beside it where the data set can't be written to.
        cache_gb: the most that it may take, in 10^9 bytes.

    Raises:
        MalgwiError: it would take more, or a clip can't be read.
    """
    checkpoint, source = teacher.checkpoint, splits.train_source
    assert checkpoint.vocab is not None  # noqa: S101 - the data set's
    clips = [clip.utterance for clip in splits.train]
    seconds = sum(clip.duration for clip in clips)
    size = cache_bytes(seconds, checkpoint.grid, len(checkpoint.vocab)) / 1e9
    if size > cache_gb:
        raise MalgwiError(
            f"what the teacher makes of {seconds / 3600:.1f} h takes {size:.3g} x 10^9 bytes, with "
            f"{len(checkpoint.vocab)} tokens a frame; --cache-gb is {cache_gb:g}: allow more"
        )
    ctc = CtcModel(checkpoint.model, blank=checkpoint.vocab.blank).to(accelerator.device).eval()
    extractor = Extractor(ctc.cnn, checkpoint.grid, checkpoint.epsilon)
    heard = FeatureSource(extractor, source.cache, source.waveforms)

    @torch.inference_mode()
    def probabilities(utterance: Utterance) -> Array:
        features = torch.from_numpy(np.array(heard.get(utterance))).to(accelerator.device)
        lengths = torch.tensor([len(features)], device=accelerator.device)
        logits = ctc(features[None], lengths).logits[0]
        return rounded(functional.log_softmax(logits, dim=-1).cpu().numpy())

    name = f"teacher-{teacher.key}-{extractor.key()}"  # the latter also says how sound is read
    cache = ClipCache(cache_folder(dataset, run, name))
    with audio_progress("teacher", seconds) as done:
        failed = fill_together(cache, each(probabilities), clips, accelerator, done)
    ctc.cpu()
    for reason in failed.values():
        raise MalgwiError(reason)
    return cache
