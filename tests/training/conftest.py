"""What all tests of training share."""

from collections.abc import Iterator

import pytest

from malgwi.training import run_folder


@pytest.fixture(autouse=True, scope="module")
def no_curve() -> Iterator[None]:
    """No run draws its curve, which takes longer than the steps of a tiny one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_folder, "draw_curve", lambda *_: None)
        yield
