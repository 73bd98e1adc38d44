"""What the libraries say when another process is gone, and what they say of other things."""

import pytest
from torch.distributed import DistBackendError, DistNetworkError

from malgwi.training.lost_process import is_lost_process

PAIR = "[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:561] "


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(PAIR + "Connection closed by peer [127.0.0.1]:10451. This is typically"),
        RuntimeError(PAIR + "Read error [10.0.0.2]:4711: Connection reset by peer"),
        RuntimeError("[gloo/transport/tcp/unbound_buffer.cc:81] Timed out waiting 1800000ms for"),
        DistBackendError("NCCL communicator was aborted on rank 0"),
        DistNetworkError("failed to recv, got 0 bytes"),
    ],
)
def test_a_process_that_is_gone(error: RuntimeError) -> None:
    assert is_lost_process(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Connection reset by peer"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:75] not enough memory"),
        RuntimeError(PAIR + "address family mismatch"),
        OSError("gloo: connection reset by peer"),
    ],
)
def test_other_errors(error: Exception) -> None:
    assert not is_lost_process(error)
