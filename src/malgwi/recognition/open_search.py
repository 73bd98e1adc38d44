"""A model's place and what is asked of decoding → the search, without the model itself."""

from collections.abc import Callable
from pathlib import Path

from malgwi.bundle.bundle import is_bundle, open_bundle
from malgwi.decoding.search import Begin, Search
from malgwi.speech.vocab import Vocab


def open_search(
    model: str | Path, vocab: Vocab, search: Search, warn: Callable[[str], object]
) -> Begin | None:
    """Return what begins a search, as `open_recogniser` does.

    Raises:
        MalgwiError: what `search` asks for can't be done.
    """
    idle = search.greedy or search.lm or search.grammar or not is_bundle(Path(model))
    own = None if idle else open_bundle(Path(model)).language_model()
    return search.over(vocab, own, warn)
