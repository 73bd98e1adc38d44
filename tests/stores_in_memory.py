"""A store for tests, in this process: fsspec's, whose addresses begin with memory://."""

from collections.abc import Iterator
from contextlib import contextmanager

import fsspec
import pytest

from malgwi.stores import address, store


class MemoryStore:
    """What the store holds, by what follows memory://."""

    def __init__(self) -> None:
        self.fs = fsspec.filesystem("memory")

    def put(self, name: str, content: bytes) -> None:
        self.fs.pipe_file(f"/{name}", content)

    def content(self, below: str) -> dict[str, bytes]:
        """Return what lies below a name, by what follows it."""
        found = self.fs.find(f"/{below}")
        return {name.removeprefix(f"/{below}/"): self.fs.cat_file(name) for name in found}

    def clear(self) -> None:
        self.fs.store.clear()
        self.fs.pseudo_dirs[:] = [""]


@contextmanager
def memory_store() -> Iterator[MemoryStore]:
    """Let memory:// be a kind of store, empty at first; what passes is waited for no time."""
    held = MemoryStore()
    held.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address, "PROTOCOLS", {*address.PROTOCOLS, "memory"})
        patch.setattr(address, "WRITTEN", {*address.WRITTEN, "memory"})
        patch.setattr(store, "WAITS_S", (0.0,) * len(store.WAITS_S))
        yield held
    held.clear()
