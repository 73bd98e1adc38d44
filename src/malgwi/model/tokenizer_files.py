"""The tokenizer's files of a checkpoint → its vocabulary."""

import copy
from collections.abc import Mapping
from typing import Any

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint_files import our_facts, read_json
from malgwi.speech.text import PLAIN, Normalisation, Unit
from malgwi.speech.vocab import BLANK, DELIMITER, Vocab, is_special


def read_vocab(
    place: str, name: str, raw: Mapping[str, Any], rows: int, language: str | None = None
) -> Vocab | None:
    """Return the tokenizer's vocabulary; None where there is no tokenizer.

    Tokenizers of transformers add `<s>` and `</s>` unless told otherwise, behind the rows of a head
    that was made for the letters: what has no row is never emitted, so it is left out.

    Args:
        place: a folder, or the id of a repository.
        name: what errors call the checkpoint.
        raw: its `config.json`.
        rows: of its head.
        language: of a vocabulary for each of several languages; needed where they are several.

    Raises:
        MalgwiError: a file can't be read, holds several languages, or names no blank.
    """
    file = "vocab.json"
    ids = read_json(place, file, name)
    if ids is None:
        file = "tokenizer.json"
        ids = _pieces(read_json(place, file, name))
    if ids is None:
        return None
    if any(isinstance(value, dict) for value in ids.values()):
        ids = _one_language(ids, name, language)
    tokenizer = read_json(place, "tokenizer_config.json", name) or {}
    special = read_json(place, "special_tokens_map.json", name) or {}
    ids = copy.copy(ids)
    ids.update(read_json(place, "added_tokens.json", name) or {})
    behind = {t for t, i in ids.items() if isinstance(i, int) and i >= rows and is_special(t)}
    ids = {token: index for token, index in ids.items() if token not in behind}
    named = tokenizer.get("pad_token", special.get("pad_token"))
    if (blank_id := raw.get("blank_token_id")) is not None:
        named = next((token for token, index in ids.items() if index == blank_id), named)
    blank = _token(named, ids, (BLANK, "<pad>"))
    delimiter = _token(tokenizer.get("word_delimiter_token"), ids, (DELIMITER, " ", "▁"))
    if blank is None:
        raise MalgwiError(
            f"checkpoint {name!r}: {file} has neither {BLANK!r} nor '<pad>', one of which "
            "is the CTC blank"
        )
    ours = our_facts(raw)
    # A checkpoint of others learnt from text that nobody here normalised.
    rules = _rules(ours, name) if ours else PLAIN
    unit: Unit = "jamo" if ours.get("unit") == "jamo" else "character"
    source = f"checkpoint {name!r}: {file}"
    return Vocab.from_ids(
        ids, blank=blank, delimiter=delimiter, unit=unit, rules=rules, source=source
    )


def _rules(ours: Mapping[str, Any], name: str) -> Normalisation:
    return Normalisation.from_json(
        ours.get("normalisation"), f"checkpoint {name!r}", "Prepare its data and train it again"
    )


def _one_language(
    vocabularies: Mapping[str, Any], name: str, language: str | None
) -> dict[str, Any]:
    each = {key: ids for key, ids in vocabularies.items() if isinstance(ids, dict)}
    if language is None and len(each) == 1:
        return next(iter(each.values()))
    if language not in each:
        raise MalgwiError(
            f"checkpoint {name!r}: vocab.json holds {len(each)} languages; fine-tune it in one "
            "(malgwi train --language-adapter), or save tokenizer and model of one (target_lang)"
        )
    return each[language]


def _pieces(tokenizer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return token to id of a `tokenizer.json`: a table, or a list of tokens and scores."""
    model = (tokenizer or {}).get("model")
    pieces = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(pieces, list):
        listed = ((i, piece) for i, piece in enumerate(pieces) if isinstance(piece, list) and piece)
        return {str(piece[0]): index for index, piece in listed}
    return pieces if isinstance(pieces, dict) else None


def _token(named: Any, ids: Mapping[str, Any], usual: tuple[str, ...]) -> str | None:
    """Return the token that a tokenizer's file names, or the usual one that the vocabulary has."""
    if isinstance(named, dict):
        named = named.get("content")
    return next((t for t in (named, *usual) if isinstance(t, str) and t in ids), None)
