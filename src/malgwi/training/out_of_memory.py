"""Memory that ran out, whichever library says so."""

import gc

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether this is one of the ways in which Python, torch and its libraries say so."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    text = str(error).lower()
    # The last is all that oneDNN, which torch computes with on CPUs, says without memory.
    said = ("out of memory", "not enough memory", "allocate memory")
    return any(part in text for part in said) or text == "could not create a primitive"


def give_back() -> None:
    """Let go what a failed try had, so that a smaller one finds room; nothing may hold it then."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
