"""The validation split under the weights of one step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.model.ctc_model import CtcModel
from malgwi.speech import audio, score
from malgwi.speech.vocab import Vocab
from malgwi.training.batches import BUCKET, in_order, share
from malgwi.training.clips import Clip, FeatureSource
from malgwi.training.features import padded

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
        if mine:
            features, lengths = padded([source.get(clips[index]) for index in mine], BUCKET)
            with torch.inference_mode():
                device = accelerator.device
                best = ctc(features.to(device), lengths.to(device)).logits.argmax(-1).cpu()
            for index, row, length in zip(mine, best, lengths.tolist(), strict=True):
                ids = row[:length].tolist()
                texts.append((index, vocab.decode(ids)))
                blanks += ids.count(vocab.blank)
                frames += length
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
