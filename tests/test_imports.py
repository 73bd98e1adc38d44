"""Which modules may load which libraries: the pure ones stay pure, and the command line fast."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import malgwi

LIBRARIES = (
    *("torch", "transformers", "onnxruntime", "onnx", "matplotlib", "accelerate", "datasets"),
    *("fsspec", "aiohttp"),
)
HEAVY = {
    "malgwi.__main__",  # runs
    "malgwi.demo",
    "malgwi.export.attention",
    "malgwi.export.grouped",
    "malgwi.export.onnx_graph",
    "malgwi.export.parity",
    "malgwi.export.piece_loop",
    "malgwi.export.pieces",
    "malgwi.export.quantise",
    "malgwi.export.unfolded",
    "malgwi.export.weights_apart",
    "malgwi.hours",
    "malgwi.model.checkpoint",
    "malgwi.model.convolutions",
    "malgwi.model.ctc_model",
    "malgwi.model.dropout",
    "malgwi.model.families",
    "malgwi.model.fewer_layers",
    "malgwi.model.head",
    "malgwi.model.language_adapters",
    "malgwi.model.log_mel",
    "malgwi.model.lora",
    "malgwi.model.lower_layers",
    "malgwi.starts",
    "malgwi.training.clips",
    "malgwi.training.distil",
    "malgwi.training.evaluations",
    "malgwi.training.features",
    "malgwi.training.fitting",
    "malgwi.training.learner",
    "malgwi.training.lost_process",
    "malgwi.training.loop",
    "malgwi.training.memory",
    "malgwi.training.out_of_memory",
    "malgwi.training.optimise",
    "malgwi.training.outlook",
    "malgwi.training.record",
    "malgwi.training.run_folder",
    "malgwi.training.setup",
    "malgwi.training.shrink",
    "malgwi.training.sparing",
    "malgwi.training.state",
    "malgwi.training.step_inputs",
    "malgwi.training.teacher",
    "malgwi.training.train",
    "malgwi.training.trained_weights",
    "malgwi.training.usable_clips",
    "malgwi.training.validate",
    "malgwi.untranscribed.listener",
    "malgwi.untranscribed.next",
    "malgwi.untranscribed.rounds",
}
"""Modules that stand on torch or onnx; all others load without any of `LIBRARIES`."""


def _modules() -> list[str]:
    source = Path(malgwi.__file__).parent
    paths = [path.relative_to(source.parent).with_suffix("") for path in source.rglob("*.py")]
    return sorted(".".join(path.parts).removesuffix(".__init__") for path in paths)


def _loaded(modules: list[str], libraries: tuple[str, ...]) -> dict[str, str]:
    """Return each library that was loaded, and the first of the modules with which it came."""
    code = (
        "import importlib, json, sys\n"
        "first = {}\n"
        f"for module in {modules!r}:\n"
        "    importlib.import_module(module)\n"
        f"    for library in {libraries!r}:\n"
        "        if library in sys.modules:\n"
        "            first.setdefault(library, module)\n"
        "print(json.dumps(first))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    found: dict[str, str] = json.loads(out)
    return found


def test_pure_modules_load_no_heavy_library() -> None:
    assert _loaded([name for name in _modules() if name not in HEAVY], LIBRARIES) == {}


def test_the_heavy_ones_exist_and_the_check_can_fail() -> None:
    assert set(_modules()) >= HEAVY
    assert _loaded(["malgwi.model.ctc_model"], LIBRARIES)["torch"] == "malgwi.model.ctc_model"


@pytest.mark.parametrize("module", ["malgwi", "malgwi.cli.main"])
def test_the_command_line_starts_without_numpy(module: str) -> None:
    slow = ("numpy", "rich", "soundfile", "jiwer", "starlette", "uvicorn")
    assert _loaded([module], slow) == {}
