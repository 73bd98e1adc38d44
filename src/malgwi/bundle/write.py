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
from malgwi.bundle.contract import (
    FORMAT,
    LONGEST_LICENCE,
    LONGEST_NAME,
    VERSION,
    Decoding,
    Precision,
)
from malgwi.bundle.detector import shipped_detector
from malgwi.bundle.fields import LONGEST_ITEM
from malgwi.bundle.golden import GoldenClip
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.errors import BundleError, MalgwiError
from malgwi.lm.lm_file import lm_bytes
from malgwi.lm.ngram import LanguageModel
from malgwi.publish import Place, publish_file
from malgwi.speech.vocab import Vocab
from malgwi.text_file import is_utf8

_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


def check_writable(vocab: Vocab, source: str, *, name: str, licence: str) -> None:
    """Refuse before the work what a bundle wouldn't take after it.

    Args:
        vocab: the model's.
        source: what errors call the model.
        name: of the bundle, or the name of its file.
        licence: of the model.

    Raises:
        MalgwiError: names the token or the option.
    """
    for token in vocab.tokens:
        if not 1 <= len(token) <= LONGEST_ITEM or not is_utf8(token):
            raise MalgwiError(
                f"{source}: its vocabulary has the token {token!r:.80}; a bundle's are text of 1 "
                f"to {LONGEST_ITEM} characters. Call it otherwise in its vocab.json, such as "
                "'<other>', which writes nothing"
            )
    for option, value, longest in (
        ("--name", name, LONGEST_NAME),
        ("--licence", licence, LONGEST_LICENCE),
    ):
        if len(value) > longest or not value.isprintable():
            raise MalgwiError(
                f"{option} {value!r:.80}: {len(value)} characters; expected at most {longest}, "
                "none a control character. Give another"
            )


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
    keys: Mapping[str, Any] | None = None,
    others: Mapping[str, bytes] | None = None,
) -> None:
    """Write a bundle whole or not at all; equal contents give equal bytes.

    `model` is an ONNX file and, where its large weights lie apart, the file that it names
    `model.weights`. A copy of another bundle takes over its decoding object letter for letter
    (`keys`), since the model has the same, and its other files (`others`), the detector among them;
    without these a bundle has the detector that Malgwi brings along.

    Raises:
        BundleError: what is to be written is no valid bundle.
        MalgwiError: the file can't be written.
    """
    large = dict(zip((MODEL, WEIGHTS), model, strict=False))
    for source in model:
        size = source.stat().st_size
        if size > LARGEST_MODEL:
            raise BundleError(
                f"{source}: {size} bytes; a bundle's model may have {LARGEST_MODEL}. "
                "Take a smaller checkpoint, or --precision int8"
            )
    small = {f"golden/{i}.wav": clip.wav for i, clip in enumerate(golden, 1)}
    small[CARD] = card.encode()
    stored = {LM: lm_bytes(lm)} if lm else {}
    for entry, content in (_detector(decoding) if others is None else others).items():
        (stored if entry == DETECTOR else small)[entry] = content
    facts = {
        n: FileFact(len(b), hashlib.sha256(b).hexdigest())
        for n, b in [*small.items(), *stored.items()]
    }
    for entry, source in large.items():
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[entry] = FileFact(source.stat().st_size, digest)
    info = {
        "format": FORMAT,
        "format_version": VERSION,
        "name": name,
        "language": language,
        "licence": licence,
        "precision": precision,
        "decoding": decoding.to_json() if keys is None else dict(keys),
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
        text = json.dumps(info, ensure_ascii=False, allow_nan=False, indent=1)
        try:
            _pack(part, {INFO: text.encode(), **small}, stored, large)
        except zipfile.LargeZipFile as error:
            together = sum(fact.bytes for fact in facts.values())
            raise BundleError(
                f"{path}: its files have {together} bytes together; a bundle may have about "
                f"{zipfile.ZIP64_LIMIT}. Take a smaller checkpoint or language model, or "
                "--precision int8"
            ) from error
        open_bundle(part).verify()


def _detector(decoding: Decoding) -> dict[str, bytes]:
    """Return the files of the detector that Malgwi brings along, where one is asked for."""
    if not decoding.detector:
        return {}
    with shipped_detector() as detector:
        licence = detector.with_name("LICENSE")
        return {DETECTOR: detector.read_bytes(), DETECTOR_LICENCE: licence.read_bytes()}


def _pack(
    path: Path,
    small: Mapping[str, bytes],
    stored: Mapping[str, bytes],
    large: dict[str, Path],
) -> None:
    """Write the archive, the model's graph last."""
    with zipfile.ZipFile(path, "w", allowZip64=False) as archive:
        for entry, content in small.items():
            archive.writestr(_entry(entry, _DEFLATED), content)
        for entry, content in stored.items():
            archive.writestr(_entry(entry, _STORED), content)
        for entry, source in reversed(large.items()):
            with source.open("rb") as file, archive.open(_entry(entry, _STORED), "w") as out:
                while chunk := file.read(_CHUNK):
                    out.write(chunk)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = method
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry
