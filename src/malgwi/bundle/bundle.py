"""The bundle, `NAME.malgwi`: written, opened and verified as `docs/bundle.md` specifies it.

A bundle is input from outside: whatever it holds, opening it ends in a `Bundle` or a
`BundleError`, reads no more than the stated sizes and never a file outside. `container.py` reads
its files, `fields.py` its keys; here stands what they mean. Nothing here needs onnxruntime;
`runtime.py` runs the model.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from malgwi.bundle.container import (
    DETECTOR,
    INFO,
    LM,
    MODEL,
    NAME,
    WEIGHTS,
    ZIP_ERRORS,
    damaged,
    file_sizes,
    largest,
    no_bundle,
    open_entry,
)
from malgwi.bundle.contract import (
    FORMAT,
    LONGEST_CLIP_S,
    LONGEST_LICENCE,
    LONGEST_NAME,
    VERSION,
    Decoding,
    Precision,
)
from malgwi.bundle.fields import Fields, parse_json, wrong
from malgwi.bundle.golden import Golden, wav_samples
from malgwi.decoding.confidence import LARGEST_OFFSET, LARGEST_SLOPE, ConfidenceMap
from malgwi.errors import BundleError, MalgwiError
from malgwi.lm.lm_file import parse_lm
from malgwi.lm.ngram import LanguageModel
from malgwi.speech.audio import SAMPLE_RATE, Samples
from malgwi.speech.language import UNKNOWN, resolve

_MOST_GOLDEN = 8
_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileFact:
    """What a file must be."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: everything but the bytes of its files, which are checked when read."""

    path: Path
    name: str
    language: str
    licence: str
    precision: Precision
    decoding: Decoding
    decoding_keys: Mapping[str, Any]
    """The decoding object as it stands in `bundle.json`, unknown keys included."""
    golden: tuple[Golden, ...]
    """None in a bundle that can't prove itself."""
    files: Mapping[str, FileFact]
    figures: Mapping[str, Any]
    confidence: ConfidenceMap | None = None
    """From the model's confidence in a word to the probability that it is right."""

    def read(self, name: str) -> bytes:
        """Return a file (not the model), hash verified.

        Raises:
            BundleError: it isn't what `bundle.json` says.
        """
        return b"".join(self._verified(name))

    @property
    def has_lm(self) -> bool:
        """Whether a language model is in it, with which it finds words by default."""
        return LM in self.files

    def language_model(self) -> LanguageModel | None:
        """Return the language model, hash verified; None where there is none.

        Raises:
            BundleError: it isn't what `bundle.json` says, or is damaged.
        """
        if not self.has_lm:
            return None
        data = memoryview(self.read(LM))
        try:
            return parse_lm(data, f"{self.path}: {LM}")
        except MalgwiError as error:
            raise BundleError(str(error)) from error

    def samples(self, golden: Golden) -> Samples:
        """Return a golden clip as float32 from -1 to 1, hash and frame count verified.

        Raises:
            BundleError: it isn't 16-bit mono PCM, or has more or fewer frames than tokens.
        """
        where = f"{self.path}: {golden.audio}"
        try:
            samples = wav_samples(self.read(golden.audio))
        except ValueError as error:
            raise BundleError(f"{where}: {error}. Export again") from error
        longest = min(LONGEST_CLIP_S * SAMPLE_RATE, self.decoding.segments.window_samples)
        frames = self.decoding.grid.count(len(samples))
        if len(samples) > longest or frames != len(golden.tokens) or not frames:
            raise BundleError(
                f"{where}: {len(samples)} samples, {frames} frames; expected "
                f"{len(golden.tokens)} frames, as many as it has tokens, and at most {longest} "
                "samples. Export again"
            )
        return samples

    @property
    def model_files(self) -> tuple[str, ...]:
        """The files that the model is made of, its graph first."""
        return (MODEL, WEIGHTS) if WEIGHTS in self.files else (MODEL,)

    @contextmanager
    def unpacked(self, *names: str) -> Iterator[list[Path]]:
        """Yield the paths of verified files in one folder, such as a model's; gone afterwards.

        From an archive they are streamed into a private temporary folder, hashed on the way, so
        that they never stand in memory twice. What has mapped one there keeps it.

        Raises:
            BundleError: one isn't what `bundle.json` says.
        """
        if self.path.is_dir():
            for name in names:
                for _ in self._verified(name):
                    pass
            yield [self.path / name for name in names]
            return
        # Windows deletes no file that is mapped: there it stays until somebody clears the folder.
        with tempfile.TemporaryDirectory(prefix="malgwi-", ignore_cleanup_errors=True) as folder:
            paths = [Path(folder) / name for name in names]
            for path in paths:
                with path.open("wb") as out:
                    for chunk in self._verified(path.name):
                        out.write(chunk)
            yield paths

    def verify(self) -> None:
        """Read every file and compare its size and SHA-256; check the golden clips' form.

        Raises:
            BundleError: names the first file that differs.
        """
        for name in self.files:
            for _ in self._verified(name):
                pass
        self.language_model()
        for golden in self.golden:
            self.samples(golden)

    def _verified(self, name: str) -> Iterator[bytes]:
        fact = self.files[name]
        digest, size = hashlib.sha256(), 0
        try:
            with open_entry(self.path, name) as stream:
                while chunk := stream.read(min(_CHUNK, fact.bytes - size + 1)):
                    size += len(chunk)
                    if size > fact.bytes:
                        break
                    digest.update(chunk)
                    yield chunk
        except ZIP_ERRORS as error:
            damaged(self.path, f"{name} can't be read ({error})", error)
        if size != fact.bytes:
            more = "more than" if size > fact.bytes else f"{size} of"
            damaged(self.path, f"{name} has {more} the {fact.bytes} bytes that {INFO} states")
        if digest.hexdigest() != fact.sha256:
            damaged(
                self.path,
                f"{name} has SHA-256 {digest.hexdigest()[:16]}…, {INFO} states {fact.sha256[:16]}…",
            )


def is_bundle(path: Path) -> bool:
    """Say whether a path names a bundle, rather than a checkpoint."""
    return path.is_file() or path.suffix == ".malgwi" or (path / "bundle.json").is_file()


def open_bundle(path: Path) -> Bundle:
    """Open an archive or an unpacked folder and check all but its files' contents.

    Raises:
        BundleError: it isn't a bundle, is damaged, breaks a limit, or is of another version.
    """
    try:
        sizes = file_sizes(path)
        if INFO not in sizes:
            raise no_bundle(path, f"no {INFO} in it")
        with open_entry(path, INFO) as stream:
            raw = stream.read(largest(INFO) + 1)
    except FileNotFoundError as error:
        raise BundleError(f"{path}: no such file; expected a .malgwi bundle") from error
    except ZIP_ERRORS as error:
        damaged(path, str(error) or type(error).__name__, error)
    return _parse(path, parse_json(raw, f"{path}: {INFO}"), sizes)


def _parse(path: Path, info: Fields, sizes: Mapping[str, int]) -> Bundle:
    form, version = info.keys.get("format"), info.keys.get("format_version")
    if form != FORMAT:
        raise BundleError(
            f"{info.where}: format is {form!r:.80}, expected {FORMAT!r}; this isn't a Malgwi bundle"
        )
    if version != VERSION or type(version) is not int:
        raise BundleError(
            f"{info.where}: format version {version!r:.80}; this reader knows {VERSION}. "
            "Update malgwi, or export the model again"
        )
    precision: Precision = info.choice("precision", *get_args(Precision))
    decoding_fields = info.object("decoding")
    decoding = Decoding.from_json(decoding_fields.keys, decoding_fields.where)
    files = {
        name: _file_fact(name, fact, info.where) for name, fact in info.object("files").keys.items()
    }
    _match_files(path, files, sizes)
    if (decoding.detector is None) != (DETECTOR not in files):
        raise BundleError(
            f"{info.where}: detector is {decoding_fields.keys.get('detector')!r:.80} and "
            f"{DETECTOR} is {'' if DETECTOR in files else 'not '}in files; export again"
        )
    golden = tuple(
        _golden(entry, f"{info.where}: golden[{i}]", files, decoding)
        for i, entry in enumerate(info.list("golden", 0, _MOST_GOLDEN))
    )
    return Bundle(
        path=path,
        name=info.text("name", most=LONGEST_NAME),
        language=_language(info),
        licence=info.text("licence", most=LONGEST_LICENCE),
        precision=precision,
        decoding=decoding,
        decoding_keys=decoding_fields.keys,
        golden=golden,
        files=files,
        figures=info.object("figures").keys if "figures" in info.keys else {},
        confidence=_confidence(info),
    )


def _language(info: Fields) -> str:
    """Return the tag of a language, however it is written there; unknown names are none."""
    try:
        return resolve(info.text("language", most=100)) or UNKNOWN
    except BundleError:
        raise
    except MalgwiError:
        return UNKNOWN


def _confidence(info: Fields) -> ConfidenceMap | None:
    if "confidence" not in info.keys:
        return None
    fields = info.object("confidence")
    return ConfidenceMap(
        fields.number("slope", 0.0, LARGEST_SLOPE),
        fields.number("offset", -LARGEST_OFFSET, LARGEST_OFFSET),
    )


def _file_fact(name: str, fact: Any, where: str) -> FileFact:
    where = f"{where}: files[{name!r:.80}]"
    if not NAME.fullmatch(name) or name == INFO:
        raise BundleError(f"{where}: not a name that a bundle may hold")
    fields = Fields.of(fact, where, "an object with bytes and sha256")
    digest = fields.text("sha256", most=64)
    if not re.fullmatch("[0-9a-f]{64}", digest):
        wrong(where, "sha256", digest, "64 lower-case hexadecimal digits")
    return FileFact(fields.integer("bytes", 0, largest(name)), digest)


def _match_files(path: Path, files: Mapping[str, FileFact], sizes: Mapping[str, int]) -> None:
    """Compare the stated files with those that are there."""
    if MODEL not in files:
        raise BundleError(f"{path}: {INFO}: files doesn't list {MODEL}; export again")
    missing = sorted(set(files) - set(sizes))
    if missing:
        damaged(path, f"{missing[0]} is missing")
    unknown = sorted(set(sizes) - set(files) - {INFO})
    if path.is_dir():  # others are never opened; weights are, where the model names them
        unknown = [name for name in unknown if name == WEIGHTS]
    if unknown:
        damaged(path, f"{unknown[0]} isn't listed in {INFO}")
    for name, fact in files.items():
        if sizes[name] != fact.bytes:
            damaged(path, f"{name} has {sizes[name]} bytes, {INFO} states {fact.bytes}")


def _golden(entry: Any, where: str, files: Mapping[str, FileFact], decoding: Decoding) -> Golden:
    fields = Fields.of(entry, where, "an object with audio, text and tokens")
    audio = fields.text("audio", most=200)
    if audio not in files or not audio.startswith("golden/") or not audio.endswith(".wav"):
        wrong(where, "audio", audio, "the name of a golden/*.wav that files lists")
    tokens = fields.list("tokens", 1, LONGEST_CLIP_S * SAMPLE_RATE)
    last = len(decoding.vocab) - 1
    for token in tokens:
        if not isinstance(token, int) or isinstance(token, bool) or not 0 <= token <= last:
            wrong(where, "tokens", token, f"integers from 0 to {last}")
    text, lm_text = fields.string("text"), fields.keys.get("lm_text")
    if not isinstance(lm_text, str if LM in files else type(None)):
        wrong(where, "lm_text", lm_text, f"a string, or nothing in a bundle without {LM}")
    return Golden(audio, text, tuple(tokens), lm_text)
