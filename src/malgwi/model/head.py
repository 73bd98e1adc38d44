"""A checkpoint → one whose head is for another vocabulary, with what the old head knew of it."""

import unicodedata
from typing import Any

import torch
from torch import nn

from malgwi.model.checkpoint import Checkpoint
from malgwi.model.families import family_of, head_of
from malgwi.speech.vocab import UNKNOWN, Vocab


def with_vocab(checkpoint: Checkpoint, vocab: Vocab, *, seed: int = 0) -> tuple[Checkpoint, int]:
    """Give the model a head for `vocab`, and return how many tokens it knew already.

    A token that the trained head knew keeps its row: letters are matched without regard to
    case, the blank, the space and the unknown token by what they mean. A new letter that is a
    known one with marks (`ä`) starts as that one. Other rows are drawn as transformers
    initialises them. With an equal vocabulary the model stays as it is.
    """
    model, old = checkpoint.model, checkpoint.vocab
    if old is not None and _meanings(old) == _meanings(vocab):
        _settle_head(model, vocab)
        return Checkpoint(**{**vars(checkpoint), "vocab": vocab}), len(vocab)
    before = head_of(model)
    head = nn.Linear(before.in_features, len(vocab))
    generator = torch.Generator().manual_seed(seed)
    deviation = getattr(model.config, "initializer_range", 0.02)
    with torch.no_grad():
        head.weight.normal_(0.0, deviation, generator=generator)
        head.bias.zero_()
        rows = {meaning: i for i, meaning in enumerate(_meanings(old))}
        written = old.to_ids() if old else {}
        rows |= {token: i for token, i in written.items() if token in rows}  # `a` rather than `A`
        kept = 0
        for index, meaning in enumerate(_meanings(vocab)):
            row = rows.get(meaning, rows.get(_plain(meaning)))
            if row is not None:
                head.weight[index] = before.weight[row]
                head.bias[index] = before.bias[row]
                kept += meaning in rows
    setattr(model, family_of(model).head, head)
    _settle_head(model, vocab)
    return Checkpoint(**{**vars(checkpoint), "vocab": vocab}), kept


def _meanings(vocab: Vocab | None) -> list[str]:
    """Return what each token means, so that tokens of two vocabularies can be matched."""
    if vocab is None:
        return []
    names = []
    for index, token in enumerate(vocab.tokens):
        if index == vocab.blank:
            names.append("<blank>")
        elif index == vocab.delimiter:
            names.append("<space>")
        elif token in (UNKNOWN, "<unk>"):
            names.append("<unknown>")
        else:
            names.append(token.lower())
    return names


def _plain(meaning: str) -> str:
    """Return a letter without its marks: `a` for `ä`, which sounds more like it than like noise."""
    return unicodedata.normalize("NFD", meaning)[:1]


def _settle_head(model: Any, vocab: Vocab) -> None:
    """Make the configuration say what the head is, for transformers' own loss and decoding."""
    model.config.vocab_size = len(vocab)
    model.config.pad_token_id = vocab.blank
    if hasattr(model.config, "blank_token_id"):  # what pads the frames needn't be the blank there
        model.config.blank_token_id = vocab.blank
    if not family_of(model).ends_numbered:
        model.config.bos_token_id = None
        model.config.eos_token_id = None
    model.config.ctc_loss_reduction = "mean"
    model.config.ctc_zero_infinity = True
