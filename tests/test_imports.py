"""Which modules may load which libraries: the pure ones stay pure, and the command line fast."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "onnxruntime", "onnx", "matplotlib", "accelerate", "datasets")
PURE = (
    "malgwi",
    "malgwi.android.android",
    "malgwi.recognition.align",
    "malgwi.decoding.alignment",
    "malgwi.lm.arpa",
    "malgwi.speech.audio",
    "malgwi.decoding.beam",
    "malgwi.bundle.bundle",
    "malgwi.evaluation.calibration",
    "malgwi.cli.main",
    "malgwi.decoding.confidence",
    "malgwi.training.config",
    "malgwi.bundle.container",
    "malgwi.decoding.decode",
    "malgwi.errors",
    "malgwi.evaluation.evaluate",
    "malgwi.bundle.fields",
    "malgwi.speech.frames",
    "malgwi.lm.kneser_ney",
    "malgwi.lm.make",
    "malgwi.lm.lm_file",
    "malgwi.dataset.manifest",
    "malgwi.evaluation.page",
    "malgwi.dataset.preflight",
    "malgwi.dataset.prepare",
    "malgwi.publish",
    "malgwi.speech.score",
    "malgwi.recognition.subtitles",
    "malgwi.recognition.suspects",
    "malgwi.speech.text",
    "malgwi.recognition.transcribe",
    "malgwi.speech.vocab",
    "malgwi.decoding.windows",
)


def _loaded(module: str, libraries: tuple[str, ...]) -> list[str]:
    code = f"import sys, {module}; print([n for n in {libraries!r} if n in sys.modules])"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    return list(eval(out))  # noqa: S307 - our own output


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_load_no_heavy_library(module: str) -> None:
    assert _loaded(module, HEAVY) == []


def test_the_check_can_fail() -> None:
    assert _loaded("malgwi.model.ctc_model", HEAVY) != []


@pytest.mark.parametrize("module", ["malgwi", "malgwi.cli.main"])
def test_the_command_line_starts_without_numpy(module: str) -> None:
    assert _loaded(module, ("numpy", "rich", "soundfile", "jiwer")) == []
