"""The facts by which two parts of a work are known to have the same model and options."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import machine

import malgwi
from malgwi.bundle.bundle import is_bundle
from malgwi.bundle.container import INFO, open_entry
from malgwi.decoding.search import Search

_OF_SOUND = ("av", "numpy", "soundfile", "soxr")
_LIBRARIES = (*_OF_SOUND, "onnxruntime")
_OF_CHECKPOINTS = ("torch", "transformers")
_CHECKPOINT = {".json", ".txt", ".safetensors", ".bin"}
_FLAGS = {"width": "--beam", "detector": "the detector"}


def same_model(model: str | Path, search: Search) -> dict[str, str]:
    """Return what decides on a transcript but the recording: versions, model, how words are found.

    A bundle is known by the hashes that it states, a folder by its files, a hub id by its name.
    """
    path = Path(model)
    libraries = _LIBRARIES if is_bundle(path) else _LIBRARIES + _OF_CHECKPOINTS
    return {
        **_machine(libraries),
        "model": f"{model}{_model_digest(path)}",
        **{
            _FLAGS.get(name, "--" + name.replace("_", "-")): _shown(value)
            for name, value in asdict(search).items()
        },
    }


def same_sound() -> dict[str, str]:
    """Return what decides on the samples of a recording but its file: versions, processor."""
    return _machine(_OF_SOUND)


def digest(paths: Iterable[Path]) -> str:
    """Return the first digits of the SHA-256 of some files."""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return f"SHA-256 {whole.hexdigest()[:16]}"


def _machine(libraries: Iterable[str]) -> dict[str, str]:
    return {
        "Malgwi": malgwi.__version__,
        **{name: _version(name) for name in libraries},
        "processor": machine(),
    }


def _model_digest(path: Path) -> str:
    if is_bundle(path):
        with open_entry(path, INFO) as info:
            return f" (SHA-256 {hashlib.sha256(info.read()).hexdigest()[:16]})"
    if path.is_dir():
        files = (file for file in path.iterdir() if file.suffix in _CHECKPOINT)
        return f" ({digest(sorted(files))})"
    return ""


def _shown(value: object) -> str:
    return f"{value} ({digest([value])})" if isinstance(value, Path) else str(value)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
