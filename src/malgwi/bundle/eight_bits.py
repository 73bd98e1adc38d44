"""Whether products of bytes, as int8 models have them, are right on this processor.

x86 without VNNI (before about 2019) adds two products in 16 bits, which 8 by 8 bits overflow, and
says nothing (docs/export.md). Asked of onnxruntime itself, since its kernels differ by version.
"""

import base64
from functools import cache

import numpy as np

from malgwi.bundle.bundle import Bundle
from malgwi.bundle.ort import load_onnxruntime

_PRODUCT = base64.b64decode(
    "CAgSADpcChgKAWEKAWISAXkiDU1hdE11bEludGVnZXISAWdaEwoBYRIOCgwIAhIICgIIAQoCCARaEwoBYhIOCgwIAxII"
    "CgIIBAoCCAFiEwoBeRIOCgwIBhIICgIIAQoCCAFCBAoAEBE="
)
"""An ONNX model, opset 17: `MatMulInteger` of a (1, 4) uint8 and b (4, 1) int8 to y, int32."""


@cache
def overflows() -> bool:
    """Return whether 4 x 255 x 127 isn't 129,540 here.

    Raises:
        MalgwiError: onnxruntime has an unfit version.
    """
    session = load_onnxruntime().InferenceSession(_PRODUCT, providers=["CPUExecutionProvider"])
    factors = {"a": np.full((1, 4), 255, np.uint8), "b": np.full((4, 1), 127, np.int8)}
    return int(session.run(None, factors)[0][0, 0]) != 4 * 255 * 127


def wrong_here(bundle: Bundle) -> str:
    """Return that this processor computes a bundle wrongly, and what to do; nothing if it doesn't.

    Raises:
        MalgwiError: onnxruntime has an unfit version.
    """
    if bundle.precision != "int8" or not overflows():
        return ""
    return (
        f"{bundle.path}: its weights have 8 bits, whose products overflow on this processor (x86 "
        "without VNNI), so that words may be wrong that aren't elsewhere; use the run or "
        "checkpoint that it was exported from here, or malgwi export --precision fp32"
    )
