"""A connection to a Ray cluster, on this machine or by its address, with everything that can fail.

Ray's own usage reports are off before it is loaded (`malgwi/__init__.py`). Those of a cluster that
is there already are its head's matter.
"""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from malgwi.errors import MalgwiError
from malgwi.extras import install

LOCAL, AUTO = "local", "auto"
_ADDRESS = re.compile(r"(?P<host>[^\s:/]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5})")
_PATIENCE_S = 10.0


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield Ray, connected to a cluster: `local` starts one here, `auto` finds it, or its address.

    Raises:
        MalgwiError: as `loaded`; or what answers is no Ray (in one minute), or of a cluster that
            doesn't fit.
    """
    ray = loaded(address)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level="ERROR",
            configure_logging=False,
            **({"include_dashboard": False} if address == LOCAL else {}),
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:500]
        raise MalgwiError(
            f"--cluster {address}: can't be joined ({said}); run this on a machine of the cluster, "
            "with its versions of Python and Ray, and its token (~/.ray/auth_token) if it has one"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def loaded(address: str) -> Any:
    """Return Ray, which joins nothing yet; told is what can be told before any work.

    Raises:
        MalgwiError: Ray isn't installed, the address is none or doesn't answer (in ten seconds).
    """
    if address not in {LOCAL, AUTO}:
        _check_answers(address)
    # What answers and isn't Ray is asked for 40 s, twenty times unless this stands before.
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")
    try:
        import ray
    except ImportError as error:
        raise MalgwiError(
            f"--cluster {address} needs Ray, which can't be loaded ({error}); {install('cluster')}"
        ) from error
    return ray


def _check_answers(address: str) -> None:
    """Find out whether anything listens at an address before Ray waits for it.

    Raises:
        MalgwiError: nothing does, or it is no address.
    """
    where = _ADDRESS.fullmatch(address)
    if not where or int(where["port"]) > 65_535:
        raise MalgwiError(
            f"--cluster {address}: expected {LOCAL}, {AUTO} or HOST:PORT, such as 10.0.0.1:6379. "
            "What is submitted by `ray job submit` takes auto"
        )
    try:
        host = where["host"].strip("[]")
        socket.create_connection((host, int(where["port"])), _PATIENCE_S).close()
    except OSError as error:
        raise MalgwiError(
            f"--cluster {address}: doesn't answer ({error.strerror or error}); start Ray there "
            "(ray start --head), or check host and port"
        ) from error
