"""What many tests share: one run of the demo, and the app that `make` built."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports the hub's library, which reads it once.
os.environ["HF_HUB_OFFLINE"] = "1"

# Tests state no times: a machine may be busy with other things.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `malgwi demo` leaves, run as a user would, without the network.

    `make` gives the folder of its own run in MALGWI_DEMO; nothing may be written there.
    """
    if made := os.environ.get("MALGWI_DEMO"):
        return Path(made)
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "malgwi", "demo", "--output", str(folder), "--minutes", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def built_app() -> Path:
    """The Android app without a bundle, from the sources of this checkout; `make` keeps it new."""
    app = Path(__file__).parents[1] / "build" / "app-arm64.apk"
    assert app.is_file(), f"{app} isn't built: make {app.relative_to(app.parents[1])}"
    return app
