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
_NCCL = re.compile(
    r"remote process exited|network error|ncclRemoteError|remote peer|communicator was aborted|"
    r"failed ?: (connection|broken pipe|no route|socket|network)|got completion from peer|"
    r"timed out|timeout|connection (closed|reset|refused)|broken pipe",
    re.IGNORECASE,
)
"""What NCCL, which connects GPUs, says of it, and torch of what it does with NCCL. The kind of the
error tells nothing: two processes on one GPU are of that kind, too, and so is a version of CUDA."""
_OF_NCCL = ("NCCL", "Watchdog caught collective operation timeout")


def is_lost_process(error: BaseException) -> bool:
    """Return whether another process, or the way to it, is gone.

    The store that processes meet at has errors of its own kinds. NCCL's are of one kind, whatever
    they are about, or plain RuntimeErrors; gloo has these alone, with the place in its source.
    """
    if isinstance(error, torch.distributed.DistNetworkError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    text = str(error)
    if isinstance(error, torch.distributed.DistStoreError):
        return bool(_NCCL.search(text))
    if any(name in text for name in _OF_NCCL):
        return bool(_NCCL.search(text))
    return "gloo" in text and bool(_GLOO.search(text))
