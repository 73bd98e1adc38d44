"""What many tests share: one run of the demo, its recogniser, and the app that `make` built."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from java_and_python import Both
    from malgwi.dataset.slices import Part, Slice
    from malgwi.speech.audio import Samples

# Before anything imports the hub's library, which reads it once.
os.environ["HF_HUB_OFFLINE"] = "1"

# What they assert is explained where it fails, as a test's is.
pytest.register_assert_rewrite("java_and_python", "studio_browser")

# Tests state no times: a machine may be busy with other things.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Torch on one thread, so that its sums have one order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pytest_collection_finish() -> None:
    """What is imported stays: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """At the end it does go, which some libraries look at."""
    gc.unfreeze()


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(config: pytest.Config) -> None:
    """A failing test's line says why: there is room, where it isn't a terminal, too."""
    config.get_terminal_writer().fullwidth = 300


@pytest.fixture(scope="session", autouse=True)
def nothing_chosen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes which files this machine's user has chosen for Studio."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def measured_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings are measured without processes, whose start takes longer than a test's clips.

    dataset/test_measurers.py has them, and so has whatever runs `malgwi prepare` as a program.
    """
    from malgwi.dataset import measure
    from malgwi.dataset.measurers import Measurer
    from malgwi.dataset.slices import ALL

    def here(
        _: object, path: Path, parts: "Sequence[Part]", of: "Slice" = ALL
    ) -> "list[measure.Recording]":
        return measure.measure(path, parts, of=of)

    monkeypatch.setattr(Measurer, "measure", here)


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


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve clips of beeps to learn from, and four to select by."""
    from tiny import tiny_dataset  # most tests need no torch

    return tiny_dataset(tmp_path / "data")


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    """A tiny checkpoint of random weights."""
    from tiny import tiny_checkpoint

    return str(tiny_checkpoint(tmp_path / "checkpoint"))


@pytest.fixture(scope="session")
def both(demo_folder: Path) -> "Both":
    """The demo's bundle, opened once in Python and for Java."""
    from java_and_python import Both
    from malgwi.java import java_cli
    from malgwi.recognition.recognise import open_recogniser

    jar = java_cli()
    if jar is None:
        pytest.skip("no Java command line here: `make java-test` builds it (needs a JDK)")
    bundle = demo_folder / "demo.malgwi"
    return Both(jar, bundle, open_recogniser(bundle))


@pytest.fixture(scope="session")
def clips() -> "list[Samples]":
    """The demo's test clips: voices and sentences that the model never heard."""
    from malgwi.speech.audio import read
    from places import COMMANDS

    return [read(path) for path in sorted((COMMANDS / "test").glob("*.ogg"))]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print figures that a reader of the test's output is to see."""

    def shown(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return shown
