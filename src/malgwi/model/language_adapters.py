"""The languages of a checkpoint that has an adapter for each, as MMS has (Pratap et al. 2023).

An adapter is a small layer behind each of the transformer's. Beside the weights, which hold one
language's, lies `adapter.LANG.safetensors` with the adapters and the head of every language, and
`vocab.json` has a vocabulary for each. What is trained from it has one language, in its weights.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import nn

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint_files import find, read_json
from malgwi.model.families import family_of, head_of
from malgwi.speech.language import primary, resolve

_FILE = re.compile(r"adapter\.(.+)\.safetensors")
_SHOWN = 5
"""Languages that a message names."""


def is_adapter(weight: str) -> bool:
    """Return whether a weight of this name belongs to a language adapter."""
    return ".adapter_layer." in weight


def languages_of(place: str, name: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the languages that a checkpoint can start from, as it writes them: `kor`, in order.

    Those that its tokenizer spells and, in a folder, whose adapter is there. A repository isn't
    listed: MMS has adapters for just those.

    Args:
        place: a folder, or the id of a repository.
        name: what errors call the checkpoint.
        raw: its `config.json`.

    Raises:
        MalgwiError: `vocab.json` can't be read.
    """
    spelt = spelt_languages(place, name, raw)
    if spelt and Path(place).is_dir():
        found = (_FILE.fullmatch(path.name) for path in Path(place).iterdir())
        spelt &= {file[1] for file in found if file}
    return tuple(sorted(spelt))


def spelt_languages(place: str, name: str, raw: Mapping[str, Any]) -> set[str]:
    """Return the languages that a checkpoint with adapters has vocabularies of; see `languages_of`.

    Raises:
        MalgwiError: `vocab.json` can't be read.
    """
    if raw.get("adapter_attn_dim") is None:
        return set()
    vocab = read_json(place, "vocab.json", name) or {}
    return {language for language, ids in vocab.items() if isinstance(ids, dict)}


def chosen_language(wanted: str, languages: Sequence[str], name: str) -> str:
    """Return which of a checkpoint's languages is meant: `kor` for `ko`, `ko-KR` and `Korean`.

    Raises:
        MalgwiError: none is, or several are, which differ in their script or dialect.
    """
    what = f"checkpoint {name!r}: --language-adapter {wanted!r}"
    if not languages:
        raise MalgwiError(
            f"{what}: it has no language adapters (adapter.LANG.safetensors, and a vocab.json with "
            "a vocabulary for each language); leave it out"
        )
    if wanted in languages:
        return wanted
    folded = wanted.strip().replace("_", "-").casefold()
    same = [one for one in languages if one.replace("_", "-").casefold() == folded]
    meant = same or alike(wanted, languages)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise MalgwiError(f"{what}: could be {', '.join(meant)}; give one of them")
    close = get_close_matches(wanted.lower(), languages, _SHOWN, 0.5)
    near = f"close to it: {', '.join(close)}" if close else named(languages)
    raise MalgwiError(
        f"{what}: is none of its {len(languages)} languages ({near}); give one of them, or leave "
        "it out to begin a new adapter"
    )


def named(languages: Sequence[str]) -> str:
    """Return a few of the languages, for people."""
    more = ", ..." if len(languages) > _SHOWN else ""
    return ", ".join(languages[:_SHOWN]) + more


def alike(wanted: str | None, languages: Sequence[str]) -> list[str]:
    """Return those of a checkpoint's languages that may be meant by what people call one."""
    tag = _tag(wanted)
    return [one for one in languages if tag and _tag(one.partition("-")[0]) == tag]


def put_language(model: Any, place: str, name: str, language: str) -> None:
    """Put the adapters and the head of a language into a model.

    Args:
        model: the checkpoint's, with another language's.
        place: a folder, or the id of a repository.
        name: what errors call the checkpoint.
        language: one of `languages_of`.

    Raises:
        MalgwiError: the file isn't there, can't be read, or isn't of this model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = f"adapter.{language}.safetensors"
    path = find(place, file, name)
    if path is None:
        raise MalgwiError(
            f"checkpoint {name!r}: no {file} in it, or the network isn't there to get it; give "
            "another --language-adapter"
        )
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise MalgwiError(
            f"checkpoint {name!r}: {file} is not readable ({error}); get it again"
        ) from error
    head = family_of(model).head
    shapes = {n: w.shape for n, w in model.named_parameters() if is_adapter(n)}
    bias = weights.get(f"{head}.bias", torch.zeros(0))
    rows = max(bias.numel(), 1)
    shapes |= {f"{head}.weight": (rows, head_of(model).in_features), f"{head}.bias": (rows,)}
    wrong = sorted(
        key
        for key in {*shapes, *weights}
        if key not in shapes or key not in weights or weights[key].shape != shapes[key]
    )
    if wrong:
        raise MalgwiError(
            f"checkpoint {name!r}: {file} isn't of this model: {len(wrong)} of its weights are "
            f"missing, unknown or of another shape, the first {wrong[0]!r}; get the files again"
        )
    setattr(model, head, nn.Linear(head_of(model).in_features, rows))
    model.config.vocab_size = rows
    model.load_state_dict({key: weight.float() for key, weight in weights.items()}, strict=False)
    model.eval()


def begin_adapters(model: Any, seed: int) -> None:
    """Draw all adapters of a model anew, as transformers initialises them.

    Its own `init_adapter_layers` leaves weights alone that were loaded (transformers 5.24.0).
    """
    generator = torch.Generator().manual_seed(seed)
    deviation = model.config.initializer_range
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if not is_adapter(name):
                continue
            if weight.ndim > 1:
                weight.normal_(0.0, deviation, generator=generator)
            else:
                weight.fill_(float(name.endswith("norm.weight")))


def _tag(name: str | None) -> str | None:
    """Return the language that people mean by a name, without script and region."""
    try:
        tag = resolve(name)
    except MalgwiError:
        return None
    return None if tag is None else primary(tag)
