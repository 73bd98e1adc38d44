"""What the libraries say when another process is gone, and what they say of other things."""

import pytest
from torch.distributed import DistBackendError, DistNetworkError, DistStoreError

from malgwi.training.lost_process import is_lost_process

PLACE = "NCCL error in: /pytorch/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:3763, "
PAIR = "[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:561] "


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(PAIR + "Connection closed by peer [127.0.0.1]:10451. This is typically"),
        RuntimeError(PAIR + "Read error [10.0.0.2]:4711: Connection reset by peer"),
        RuntimeError("[gloo/transport/tcp/unbound_buffer.cc:81] Timed out waiting 1800000ms for"),
        DistBackendError("NCCL communicator was aborted on rank 0"),
        DistNetworkError("failed to recv, got 0 bytes"),
        DistStoreError("wait timeout after 300000ms, keys: /default_pg/0//cpu//0/0"),
        DistBackendError(
            PLACE + "remote process exited or there was a network error, NCCL version 2.28.8\n"
            "ncclRemoteError: A call failed possibly due to a network error or a remote process "
            "exiting prematurely.\nLast error:\nsocketProgressOpt: Call to recv from "
            "172.31.0.9<33759> failed : Connection reset by peer"
        ),
        # The same, as it surfaces now and then (NCCL's issue 795).
        DistBackendError(
            PLACE + "internal error, NCCL version 2.14.3\nncclInternalError: Internal check failed."
            "\nLast error:\nNet : Connection closed by remote peer user<50260>"
        ),
        DistBackendError(
            PLACE + "unhandled system error (run with NCCL_DEBUG=INFO for details)\nncclSystemError"
            ": System call (e.g. socket, malloc) or external library call failed or device error. "
            "\nLast error:\nsocketPollConnect: Connect to 10.0.0.2<4711> returned 113(No route to "
            "host) errno 115(Operation now in progress), failed : No route to host"
        ),
        RuntimeError(
            "NCCL error: remote process exited or there was a network error, NCCL version 2.21.5"
        ),
        DistBackendError(
            "[Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=335, "
            "OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600029 milliseconds before timing out."
        ),
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
        DistBackendError(
            PLACE + "invalid usage (run with NCCL_DEBUG=WARN for details), NCCL version 2.28.8\n"
            "ncclInvalidUsage: This usually reflects invalid usage of NCCL library.\nLast error:\n"
            "Duplicate GPU detected : rank 0 and rank 1 both on CUDA device 1b000"
        ),
        DistBackendError(
            PLACE + "unhandled cuda error, NCCL version 2.28.8\nncclUnhandledCudaError: Call to "
            "CUDA function failed.\nLast error:\nCuda failure 'out of memory'"
        ),
    ],
)
def test_other_errors(error: Exception) -> None:
    assert not is_lost_process(error)
