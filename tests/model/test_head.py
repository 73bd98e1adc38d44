"""A head for another vocabulary keeps what the old one knew of it."""

from pathlib import Path

import torch

from malgwi.model.checkpoint import Checkpoint, load_checkpoint
from malgwi.model.families import logits_of
from malgwi.model.head import with_vocab
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab
from tiny import tiny_checkpoint, tiny_model, tiny_vocab


def test_an_equal_vocabulary_keeps_the_head(tmp_path: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint(tmp_path))
    samples = torch.randn(1, 8000)
    before = logits_of(loaded.model, samples)
    ready, known = with_vocab(loaded, tiny_vocab())
    assert known == 7
    assert torch.equal(logits_of(ready.model, samples), before)


def test_a_new_head_keeps_the_rows_of_known_tokens() -> None:
    model = tiny_model(vocab_size=9, pad_token_id=0)
    old = Vocab.from_ids(
        {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, "A": 5, "b": 6, "B": 7, "'": 8},
        blank="<pad>",
    )
    row = model.lm_head.weight.detach().clone()
    bias = model.lm_head.bias.detach().clone()
    new = Vocab.from_texts(["äb a"])  # a b ä | [UNK] [PAD]
    ready, known = with_vocab(Checkpoint(model, old, WAV2VEC2, True), new)
    assert known == 5  # all but ä
    head = ready.model.lm_head
    for token, place in {"a": 5, "b": 6, "|": 4, "[UNK]": 3, "[PAD]": 0}.items():
        index = new.tokens.index(token)
        assert torch.equal(head.weight[index], row[place]), token
        assert torch.equal(head.bias[index], bias[place]), token
    assert ready.model.config.vocab_size == 6
    assert ready.model.config.pad_token_id == new.blank == 5


def test_new_rows_depend_on_the_seed_only() -> None:
    def head(seed: int) -> torch.Tensor:
        torch.rand(seed + 1)  # the global state must not matter
        checkpoint = Checkpoint(tiny_model(), None, WAV2VEC2, True)
        weight: torch.Tensor = with_vocab(checkpoint, tiny_vocab(), seed=seed)[
            0
        ].model.lm_head.weight
        return weight

    assert torch.equal(head(1), head(1))
    assert not torch.equal(head(1), head(2))


def test_a_new_letter_with_marks_starts_as_the_plain_letter() -> None:
    starter = load_checkpoint("starter")
    a = starter.vocab.to_ids()["a"]  # type: ignore[union-attr]
    row = starter.model.lm_head.weight[a].detach().clone()
    german, known = with_vocab(starter, Vocab.from_texts(["aäß"]))
    assert german.vocab is not None
    ids = german.vocab.to_ids()
    assert known == 4  # a, |, [UNK], [PAD]
    assert torch.equal(german.model.lm_head.weight[ids["ä"]], row)
    assert not torch.equal(german.model.lm_head.weight[ids["ß"]], row)
