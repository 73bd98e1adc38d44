"""onnxruntime, in a version that computes rightly and keeps to itself; the only way to it."""

import re
from types import ModuleType

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
        reason = "from 1.29 on it reports to its maker over the network"
    elif release == RELEASE - 1:
        reason = "1.27 computes wrong results on some processors"
    elif release >= 0:
        reason = "up to 1.26 it takes more and more memory on ARM processors with SME"
    else:
        reason = "nobody has tried Malgwi with it"
    raise MalgwiError(
        f"onnxruntime {version} is installed: {reason}. "
        f"Type: pip install 'onnxruntime>=1.{RELEASE},<1.{RELEASE + 1}'"
    )
