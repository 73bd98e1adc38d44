"""One of several processes that is gone, as the others learn of it."""

import re

import torch.distributed

_GLOO = re.compile(
    r"connection (closed|reset) by peer|connection refused|socket timeout|broken pipe|"
    r"timed out waiting .*(for|to)|read error|no route to host",
    re.IGNORECASE,
)
"""What gloo, which connects processes on CPUs, says of it; only what it says itself is looked at,
for an error of the same words may come from a disk."""


def is_lost_process(error: BaseException) -> bool:
    """Return whether another process, or the way to it, is gone.

    NCCL and the store that processes meet at have errors of their own kinds; gloo has the plain
    RuntimeError, with the place in its source first.
    """
    if isinstance(error, torch.distributed.DistNetworkError | torch.distributed.DistBackendError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and "gloo" in text and bool(_GLOO.search(text))
