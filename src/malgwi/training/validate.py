"""The validation split under the weights of one step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.speech import audio, score
from malgwi.speech.vocab import Vocab
from malgwi.training.batches import BUCKET, in_order, share
from malgwi.training.clips import Clip, FeatureSource
from malgwi.training.features import padded
from malgwi.training.out_of_memory import is_out_of_memory

BATCH_SECONDS = 120.0
"""Seconds of audio, padding included, scored at once."""


@dataclass(frozen=True)
class Evaluation:
    """How well the model does."""

    wer: float
    cer: float
    blank_share: float
    """Share of the frames whose best token is the blank."""


def validate(
    ctc: CtcModel,
    clips: Sequence[Clip],
    source: FeatureSource,
    vocab: Vocab,
    accelerator: Accelerator,
    *,
    interrupted: Callable[[], bool],
) -> Evaluation | None:
    """Score `clips` greedily, in fp32, each as it would be alone; None when interrupted.

    The model is left in eval mode. Every process scores a share of each batch.
    """
    limit = int(BATCH_SECONDS * audio.SAMPLE_RATE / source.extractor.grid.hop)
    ctc.eval()
    texts: list[tuple[int, str]] = []
    blanks = frames = 0
    for batch in in_order([clip.frames for clip in clips], limit):
        mine = share(batch, accelerator.process_index, accelerator.num_processes)
        best = _best_tokens(ctc, [clips[index] for index in mine], source)
        for index, ids in zip(mine, best, strict=True):
            texts.append((index, vocab.decode(ids)))
            blanks += ids.count(vocab.blank)
            frames += len(ids)
        if interrupted():
            return None
    if accelerator.num_processes > 1:
        counts = gather_object([(blanks, frames)])
        blanks, frames = sum(c[0] for c in counts), sum(c[1] for c in counts)
        texts = gather_object(texts)
    said = dict(texts)
    found = score.score_texts(
        [clip.text for clip in clips], [said[index] for index in range(len(clips))]
    )
    return Evaluation(found.wer, found.cer, blanks / max(frames, 1))


def _best_tokens(ctc: CtcModel, clips: Sequence[Clip], source: FeatureSource) -> list[list[int]]:
    """Return the best token of each clip's frames; where memory runs out, half the clips first.

    Raises:
        MalgwiError: one clip alone is too much.
    """
    if not clips:
        return []
    try:
        features, lengths = padded([source.get(clip.utterance) for clip in clips], BUCKET)
        device = next(ctc.parameters()).device
        with torch.inference_mode():
            best = ctc(features.to(device), lengths.to(device)).logits.argmax(-1).cpu()
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        if len(clips) == 1:
            raise MalgwiError(
                f"{clips[0].id}: out of memory in scoring its {clips[0].seconds:.1f} s; cut it at "
                "pauses, text and all, or start from a smaller checkpoint. What was saved stays"
            ) from error
    else:
        return [row[:n].tolist() for row, n in zip(best, lengths.tolist(), strict=True)]
    half = len(clips) // 2
    return [*_best_tokens(ctc, clips[:half], source), *_best_tokens(ctc, clips[half:], source)]
