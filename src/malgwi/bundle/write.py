"""A bundle is written whole or not at all; equal contents give equal bytes."""

import hashlib
import json
import stat
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from malgwi import __version__
from malgwi.bundle.bundle import _CHUNK, FileFact, open_bundle
from malgwi.bundle.container import (
    CARD,
    DETECTOR,
    DETECTOR_LICENCE,
    INFO,
    LARGEST_MODEL,
    LM,
    MODEL,
    WEIGHTS,
)
from malgwi.bundle.contract import FORMAT, VERSION, Decoding, Precision
from malgwi.bundle.detector import shipped_detector
from malgwi.bundle.golden import GoldenClip
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.errors import BundleError
from malgwi.lm.lm_file import lm_bytes
from malgwi.lm.ngram import LanguageModel
from malgwi.publish import Place, publish_file

_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


def write_bundle(
    path: Path | Place,
    *,
    model: Sequence[Path],
    decoding: Decoding,
    golden: Sequence[GoldenClip],
    lm: LanguageModel | None = None,
    name: str,
    language: str = "und",
    licence: str = "unknown",
    precision: Precision = "fp32",
    figures: Mapping[str, Any] | None = None,
    confidence: ConfidenceMap | None = None,
    card: str = "",
) -> None:
    """Write a bundle whole or not at all; equal contents give equal bytes.

    `model` is an ONNX file and, where its large weights lie apart, the file that it names
    `model.weights`.

    Raises:
        BundleError: what is to be written is no valid bundle.
        MalgwiError: the file can't be written.
    """
    for part_of in model:
        size = part_of.stat().st_size
        if size > LARGEST_MODEL:
            raise BundleError(
                f"{part_of}: {size} bytes; a bundle's model may have {LARGEST_MODEL}. "
                "Take a smaller checkpoint, or --precision int8"
            )
    small = {f"golden/{i}.wav": clip.wav for i, clip in enumerate(golden, 1)}
    small[CARD] = card.encode()
    stored = {LM: lm_bytes(lm)} if lm else {}
    if decoding.detector:
        with shipped_detector() as detector:
            stored[DETECTOR] = detector.read_bytes()
            small[DETECTOR_LICENCE] = detector.with_name("LICENSE").read_bytes()
    facts = {
        n: FileFact(len(b), hashlib.sha256(b).hexdigest())
        for n, b in [*small.items(), *stored.items()]
    }
    large = dict(zip((MODEL, WEIGHTS), model, strict=False))
    for entry, file_of in large.items():
        with file_of.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[entry] = FileFact(file_of.stat().st_size, digest)
    info = {
        "format": FORMAT,
        "format_version": VERSION,
        "name": name,
        "language": language,
        "licence": licence,
        "precision": precision,
        "decoding": decoding.to_json(),
        "golden": [
            {
                "audio": audio,
                "text": clip.text,
                **({"lm_text": clip.lm_text} if lm else {}),
                "tokens": [int(t) for t in clip.tokens],
            }
            for audio, clip in zip(small, golden, strict=False)
        ],
        "files": {n: {"bytes": f.bytes, "sha256": f.sha256} for n, f in facts.items()},
        "figures": dict(figures or {}),
        **({"confidence": asdict(confidence)} if confidence else {}),
        "created_by": f"malgwi {__version__}",
    }
    with publish_file(path) as part:
        with zipfile.ZipFile(part, "w", allowZip64=False) as archive:
            text = json.dumps(info, ensure_ascii=False, allow_nan=False, indent=1)
            for entry, content in {INFO: text.encode(), **small}.items():
                archive.writestr(_entry(entry, _DEFLATED), content)
            for entry, content in stored.items():
                archive.writestr(_entry(entry, _STORED), content)
            for entry, file_of in reversed(large.items()):
                with file_of.open("rb") as file, archive.open(_entry(entry, _STORED), "w") as to:
                    while chunk := file.read(_CHUNK):
                        to.write(chunk)
        open_bundle(part).verify()


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = method
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry
