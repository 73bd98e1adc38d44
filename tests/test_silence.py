"""Nothing leaves: sessions of ours in a network namespace of their own, with an empty home.

onnxruntime reports from 1.29 on, unless it is told not to. A session with such a version and
without our guard is the control: it must be seen to report, else the others prove nothing.
"""

import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from bundles import level_bundle, level_onnx
from malgwi.java import java_cli
from places import TOP
from silence import Observed, hosts, no_namespace, observe

REPORTING = TOP / "build" / "onnxruntime-1.29.0"
SECONDS = 15
"""The first report of 1.29.0 is due after about five."""

SESSION = """
import sys, time
{guard}
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
{late}
print(onnxruntime.__version__)
time.sleep(float(sys.argv[2]))
"""

OURS = """
import sys, time
from pathlib import Path
from malgwi.bundle.check import check
result = check(Path(sys.argv[1]))
assert result.equal
print(result.onnxruntime)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observed]:
    """All sessions at once, since each waits longer than it works."""
    if reason := no_namespace():
        text = f"NOT TESTED that nothing leaves: no network namespace can be made here ({reason})"
        warnings.warn(text, stacklevel=1)
        pytest.skip(text)
    assert REPORTING.is_dir(), f"{REPORTING} is missing: make {REPORTING.relative_to(TOP)}/ready"
    folder = tmp_path_factory.mktemp("silence")
    model, bundle = str(level_onnx(folder / "m.onnx")), str(level_bundle(folder / "m.malgwi"))
    reporting = f"{REPORTING}:{TOP / 'src'}"
    ours = os.pathsep.join(path for path in sys.path if path)

    def python(code: str, file: str, path: str) -> tuple[list[str], str]:
        return [sys.executable, "-c", code, file, str(SECONDS)], path

    sessions = {
        "unguarded": python(SESSION.format(guard="", late=""), model, reporting),
        "too late": python(SESSION.format(guard="", late="import malgwi"), model, reporting),
        "guarded": python(SESSION.format(guard="import malgwi", late=""), model, reporting),
        "ours": python(OURS, bundle, ours),
    }
    if jar := java_cli():
        sessions["java"] = (["java", "-jar", str(jar), bundle, "--check"], "")

    def run(name: str) -> Observed:
        command, path = sessions[name]
        # No CI of the machine's: its variables turn reports off too.
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
        return observe(command, folder / name, environment)

    with ThreadPoolExecutor(len(sessions)) as pool:
        return dict(zip(sessions, pool.map(run, sessions), strict=True))


@pytest.mark.parametrize("name", ["unguarded", "too late"])
def test_the_control_is_seen_to_report(observed: dict[str, Observed], name: str) -> None:
    control = observed[name]
    assert control.said == "1.29.0"
    assert control.hosts == {"mobile.events.data.microsoft.com"}
    folder = "cache/Microsoft/DeveloperTools/.onnxruntime"
    assert {f"{folder}/deviceid", f"{folder}/onnxruntime.db"} <= control.files


def test_our_guard_silences_even_the_version_that_reports(observed: dict[str, Observed]) -> None:
    assert observed["guarded"] == Observed("1.29.0", 0, frozenset(), frozenset())


def test_nothing_leaves_a_session_of_ours(observed: dict[str, Observed]) -> None:
    ours = observed["ours"]
    assert ours.said.startswith("1.28.")
    assert (ours.packets, ours.hosts, ours.files) == (0, frozenset(), frozenset())


def test_nothing_leaves_the_java_core(observed: dict[str, Observed]) -> None:
    if java_cli() is None:
        pytest.skip("no Java or no jar: run `make java-test` first")
    java = observed["java"]
    assert "same text" in java.said
    assert (java.packets, java.hosts, java.files) == (0, frozenset(), frozenset())


def test_host_names_are_read_from_queries() -> None:
    assert hosts(b"\x00\x01\x05\xb5\x03www\x07example\x03org\x00\x00\x1c") == ["www.example.org"]
