"""The clips of a split as training sees them: labels, frames, and the source of features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.speech.vocab import Vocab, frames_needed
from malgwi.training.clip_cache import Array, ClipCache, fill
from malgwi.training.features import Extractor, Features
from malgwi.training.waveforms import Waveforms


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance, ready to be batched."""

    id: str
    utterance: Utterance
    """Where its sound is."""
    text: str
    labels: tuple[int, ...]
    frames: int
    seconds: float


@dataclass(frozen=True)
class FeatureSource:
    """Features of clips under one state of the convolutions: from the cache or computed now."""

    extractor: Extractor
    cache: ClipCache | None = None
    waveforms: Waveforms = field(default_factory=Waveforms)

    def get(self, utterance: Utterance) -> Features:
        """Return an utterance's features; the numbers are the same either way.

        Raises:
            MalgwiError: it can't be read.
        """
        key = utterance.stretch.key
        if self.cache is not None and key in self.cache:
            return self.cache.get(key)
        return self.extractor.features(self.waveforms.read(utterance))


def collect(
    utterances: Sequence[Utterance],
    vocab: Vocab,
    source: FeatureSource,
    accelerator: Accelerator,
    done: Callable[[float], None] = lambda _: None,
    *,
    learn: bool,
) -> tuple[list[Clip], dict[str, str]]:
    """Return the usable clips, features cached where `source` has a cache, and the others' reasons.

    Args:
        utterances: of one split.
        vocab: what the labels are ids of.
        source: fills its cache, each process with a share of the clips.
        accelerator: the processes.
        done: told the seconds of each clip whose features are there.
        learn: set clips aside that CTC can't learn: fewer frames than labels plus repeats.

    Returns:
        The clips, and id to reason for those set aside.
    """
    aside = {u.id: f"{u.audio}: no such file" for u in utterances if not u.audio.is_file()}
    if source.cache is not None:
        there = [u for u in utterances if u.id not in aside]
        recordings = Recordings()
        aside |= fill_together(
            source.cache,
            lambda u: source.extractor.features(source.waveforms.read(u, recordings)),
            there,
            accelerator,
            done,
        )
    clips = []
    for utterance in utterances:
        if utterance.id in aside:
            continue
        frames = source.extractor.grid.count(utterance.stretch.samples)
        labels = tuple(vocab.encode(utterance.text))
        needed = frames_needed(labels)
        if frames == 0 or (learn and (frames < needed or not labels)):
            aside[utterance.id] = f"{frames} frames for {needed} labels and repeats"
            continue
        clips.append(
            Clip(
                id=utterance.id,
                utterance=utterance,
                text=utterance.text,
                labels=labels,
                frames=frames,
                seconds=utterance.duration,
            )
        )
    return clips, aside


def fill_together(
    cache: ClipCache,
    compute: Callable[[Utterance], Array],
    utterances: Sequence[Utterance],
    accelerator: Accelerator,
    done: Callable[[float], None],
) -> dict[str, str]:
    """Fill a cache, each process a share; return id to reason for clips that failed."""
    mine = utterances[accelerator.process_index :: accelerator.num_processes]
    failed = fill(
        cache,
        compute,
        mine,
        lambda utterance: done(utterance.duration * accelerator.num_processes),
    )
    everyone = _everyone(list(failed.items()), accelerator)
    cache.refresh()
    return dict(everyone)


def _everyone(pairs: list[tuple[str, str]], accelerator: Accelerator) -> list[tuple[str, str]]:
    if accelerator.num_processes == 1:
        return pairs
    gathered: list[tuple[str, str]] = gather_object(pairs)
    return gathered
