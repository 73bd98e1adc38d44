"""onnxruntime, in a version that computes rightly and keeps to itself; the only way to it."""

import ctypes
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from malgwi.errors import MalgwiError

RELEASE = 28
"""Of onnxruntime 1.x. The next one begins to report home; `malgwi/__init__.py` turns that off,
but it's better not to have it."""


def load_onnxruntime() -> ModuleType:
    """Import onnxruntime.

    Raises:
        MalgwiError: it has a version that isn't fit for Malgwi; the message says why.
    """
    import onnxruntime  # noqa: TID251 - the one place

    check_version(onnxruntime.__version__)
    runtime: ModuleType = onnxruntime
    return runtime


def open_session(path: Path, threads: int) -> Any:
    """Return an onnxruntime session of a model file, which it doesn't need afterwards.

    Args:
        path: the ONNX file.
        threads: for one inference; 0 takes as many as there are cores.

    Raises:
        MalgwiError: onnxruntime has an unfit version or can't load it.
    """
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads that spin are faster by a hair and keep a phone or laptop warm.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # A plan of memory is of one length: for the next one it takes a whole block beside the last.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises a dozen types of its own
        raise MalgwiError(f"{path}: onnxruntime can't load it ({reason(error)})") from error
    _give_back()
    return session


def _give_back() -> None:
    """Hand to the system what loading freed, nearly the model's size, where the C library is glibc.

    It keeps freed blocks of up to 32 MB for the process's next ones, which never come.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # macOS, musl, Windows
        return
    trim(0)


def reason(error: Exception) -> str:
    """Return the first line of what onnxruntime says."""
    return str(error).splitlines()[0][:300]


def check_version(version: str) -> None:
    """Refuse every release but one.

    Raises:
        MalgwiError: with the reason and the remedy.
    """
    numbers = re.match(r"1\.(\d+)\.", version)
    release = int(numbers[1]) if numbers else -1
    if release == RELEASE:
        return
    if release > RELEASE:
        why = "from 1.29 on it reports to its maker over the network"
    elif release == RELEASE - 1:
        why = "1.27 computes wrong results on some processors"
    elif release >= 0:
        why = "up to 1.26 it takes more and more memory on ARM processors with SME"
    else:
        why = "nobody has tried Malgwi with it"
    raise MalgwiError(
        f"onnxruntime {version} is installed: {why}. "
        f"Type: pip install 'onnxruntime>=1.{RELEASE},<1.{RELEASE + 1}'"
    )
