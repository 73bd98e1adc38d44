"""The bundle, `NAME.malgwi`: written, opened and verified as `docs/bundle.md` specifies it.

A bundle is input from outside: whatever it holds, opening it ends in a `Bundle` or a
`BundleError`, reads no more than the stated sizes and never a file outside. Nothing here needs
onnxruntime; `runtime.py` runs the model.
"""

import hashlib
import io
import json
import re
import stat
import struct
import tempfile
import wave
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NoReturn

import numpy as np

from malgwi import __version__
from malgwi.confidence import LARGEST_OFFSET, LARGEST_SLOPE, ConfidenceMap
from malgwi.errors import MalgwiError
from malgwi.frames import FrameGrid
from malgwi.lm_file import LARGEST as LARGEST_LM
from malgwi.lm_file import lm_bytes, parse_lm
from malgwi.ngram import LanguageModel
from malgwi.publish import publish_file
from malgwi.vocab import Vocab
from malgwi.windows import Samples, WindowPlan

if TYPE_CHECKING:
    from malgwi.text import Unit

FORMAT, VERSION = "malgwi-bundle", 1
MODEL, LM, INFO, CARD = "model.onnx", "lm.bin", "bundle.json", "README.md"
SAMPLE_RATE = 16_000
METADATA_KEY = "malgwi.decoding"
"""Where the decoding object stands in the model's `metadata_props`."""

LARGEST_MODEL = 2**31 - 1
"""Bytes; what one protobuf message, which an ONNX file is, may have."""
LONGEST_CLIP_S = 30
_LARGEST = {INFO: 1 << 22, MODEL: LARGEST_MODEL, LM: LARGEST_LM, CARD: 1 << 20}
_LARGEST_OTHER = 1 << 22
_MOST_ENTRIES, _MOST_GOLDEN, _LARGEST_DIRECTORY = 64, 8, 1 << 16
_NAME = re.compile(r"(golden/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_END_RECORD = struct.Struct("<4s4H2LH")
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_CHUNK = 1 << 20

Precision = Literal["fp32", "int8", "int8-reduced"]

# What zipfile raises on damaged archives, besides its own error.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


class BundleError(MalgwiError):
    """A bundle is damaged, hostile or of another version; the message says where and how."""


@dataclass(frozen=True)
class Decoding:
    """What turns a model's logits into text; rides in `bundle.json` and in the model."""

    vocab: Vocab
    grid: FrameGrid
    windows: WindowPlan
    input: str = "samples"
    output: str = "logits"

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `docs/bundle.md`."""
        return {
            "tokens": list(self.vocab.tokens),
            "blank_id": self.vocab.blank,
            "delimiter_id": self.vocab.delimiter,
            "unit": self.vocab.unit,
            "sample_rate": SAMPLE_RATE,
            "receptive_field": self.grid.receptive_field,
            "hop": self.grid.hop,
            "window_samples": self.windows.window_samples,
            "left_samples": self.windows.left_samples,
            "right_samples": self.windows.right_samples,
            "silence_dbfs": self.windows.silence_dbfs,
            "input": self.input,
            "output": self.output,
        }

    @classmethod
    def from_json(cls, keys: Mapping[str, Any], where: str) -> "Decoding":
        """Check and take over the keys of `docs/bundle.md`; others are ignored.

        Raises:
            BundleError: names the key, the value found and the range.
        """
        tokens = _strings(keys, "tokens", where, least=2, most=65_536)
        last = len(tokens) - 1
        delimiter = None
        if keys.get("delimiter_id", 0) is not None:
            delimiter = _integer(keys, "delimiter_id", where, 0, last)
        unit: Unit = "jamo" if _choice(keys, "unit", where, "character", "jamo") else "character"
        _integer(keys, "sample_rate", where, SAMPLE_RATE, SAMPLE_RATE)
        hop = _integer(keys, "hop", where, 1, 100_000)
        field = _integer(keys, "receptive_field", where, hop, 1_000_000)
        plan = WindowPlan(
            window_samples=_integer(keys, "window_samples", where, field, 100_000_000),
            left_samples=_integer(keys, "left_samples", where, 0, 100_000_000),
            right_samples=_integer(keys, "right_samples", where, 0, 100_000_000),
            silence_dbfs=_number(keys, "silence_dbfs", where, -200.0, 0.0),
        )
        # One convolution of this size cuts frames exactly as the stack does.
        grid = FrameGrid((field,), (hop,))
        try:
            vocab = Vocab(
                tuple(tokens), _integer(keys, "blank_id", where, 0, last), delimiter, unit
            )
            plan.check(grid)
        except MalgwiError as error:
            raise BundleError(f"{where}: {error}") from error
        names = [_text(keys, key, where, most=100) for key in ("input", "output")]
        return cls(vocab, grid, plan, *names)


@dataclass(frozen=True)
class Golden:
    """A clip that travels in the bundle, and what its model makes of it."""

    audio: str
    """The entry's name, such as `golden/1.wav`."""
    text: str
    tokens: tuple[int, ...]
    """The best token id of every frame."""
    lm_text: str | None = None
    """With the bundle's language model; None where it has none."""


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

    def language_model(self) -> LanguageModel | None:
        """Return the language model, hash verified; None where there is none.

        Raises:
            BundleError: it isn't what `bundle.json` says, or is damaged.
        """
        if LM not in self.files:
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
        longest = min(LONGEST_CLIP_S * SAMPLE_RATE, self.decoding.windows.window_samples)
        frames = self.decoding.grid.count(len(samples))
        if len(samples) > longest or frames != len(golden.tokens) or not frames:
            raise BundleError(
                f"{where}: {len(samples)} samples, {frames} frames; expected "
                f"{len(golden.tokens)} frames, as many as it has tokens, and at most {longest} "
                "samples. Export again"
            )
        return samples

    @contextmanager
    def model(self) -> Iterator[Path]:
        """Yield the path of the verified model; it may be gone when the block ends.

        From an archive it is streamed into a private temporary file, hashed on the way, so that
        it never stands in memory twice. onnxruntime needs the file only while it loads it.

        Raises:
            BundleError: it isn't what `bundle.json` says.
        """
        if self.path.is_dir():
            for _ in self._verified(MODEL):
                pass
            yield self.path / MODEL
            return
        with tempfile.TemporaryDirectory(prefix="malgwi-") as folder:
            path = Path(folder) / MODEL
            with path.open("wb") as out:
                for chunk in self._verified(MODEL):
                    out.write(chunk)
            yield path

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
            with _open_entry(self.path, name) as stream:
                while chunk := stream.read(min(_CHUNK, fact.bytes - size + 1)):
                    size += len(chunk)
                    if size > fact.bytes:
                        break
                    digest.update(chunk)
                    yield chunk
        except ZIP_ERRORS as error:
            _damaged(self.path, f"{name} can't be read ({error})", error)
        if size != fact.bytes:
            more = "more than" if size > fact.bytes else f"{size} of"
            _damaged(self.path, f"{name} has {more} the {fact.bytes} bytes that {INFO} states")
        if digest.hexdigest() != fact.sha256:
            _damaged(
                self.path,
                f"{name} has SHA-256 {digest.hexdigest()[:16]}…, {INFO} states {fact.sha256[:16]}…",
            )


def open_bundle(path: Path) -> Bundle:
    """Open an archive or an unpacked folder and check all but its files' contents.

    Raises:
        BundleError: it isn't a bundle, is damaged, breaks a limit, or is of another version.
    """
    try:
        sizes = _folder_sizes(path) if path.is_dir() else _archive_sizes(path)
        if INFO not in sizes:
            raise BundleError(f"{path}: no {INFO} in it; expected a bundle from `malgwi export`")
        with _open_entry(path, INFO) as stream:
            raw = stream.read(_LARGEST[INFO] + 1)
    except FileNotFoundError as error:
        raise BundleError(f"{path}: no such file; expected a .malgwi bundle") from error
    except ZIP_ERRORS as error:
        _damaged(path, str(error) or type(error).__name__, error)
    return _parse(path, _load_json(raw, f"{path}: {INFO}"), sizes)


def _parse(path: Path, info: dict[str, Any], sizes: Mapping[str, int]) -> Bundle:
    where = f"{path}: {INFO}"
    if info.get("format") != FORMAT:
        raise BundleError(
            f"{where}: format is {_shown(info.get('format'))}, expected {FORMAT!r}; "
            "this isn't a Malgwi bundle"
        )
    version = info.get("format_version")
    if version != VERSION or isinstance(version, bool):
        raise BundleError(
            f"{where}: format version {_shown(version)}; this reader knows {VERSION}. "
            "Update malgwi, or export the model again"
        )
    precision = info.get("precision")
    if precision not in ("fp32", "int8", "int8-reduced"):
        _wrong(where, "precision", precision, "fp32, int8 or int8-reduced")
    decoding_keys = _object(info, "decoding", where)
    decoding = Decoding.from_json(decoding_keys, f"{where}: decoding")
    files = {
        name: _file_fact(name, fact, where) for name, fact in _object(info, "files", where).items()
    }
    _match_files(path, files, sizes)
    golden = tuple(
        _golden(entry, f"{where}: golden[{i}]", files, decoding)
        for i, entry in enumerate(_list(info, "golden", where, 1, _MOST_GOLDEN))
    )
    name = _text(info, "name", where, most=100)
    return Bundle(
        path=path,
        name=name,
        language=_text(info, "language", where, most=100),
        licence=_text(info, "licence", where, most=1_000),
        precision=precision,
        decoding=decoding,
        decoding_keys=decoding_keys,
        golden=golden,
        files=files,
        figures=_object(info, "figures", where) if "figures" in info else {},
        confidence=_confidence(info, where),
    )


def _confidence(info: Mapping[str, Any], where: str) -> ConfidenceMap | None:
    if "confidence" not in info:
        return None
    keys, where = _object(info, "confidence", where), f"{where}: confidence"
    return ConfidenceMap(
        _number(keys, "slope", where, 0.0, LARGEST_SLOPE),
        _number(keys, "offset", where, -LARGEST_OFFSET, LARGEST_OFFSET),
    )


def _file_fact(name: str, fact: Any, where: str) -> FileFact:
    where = f"{where}: files[{_shown(name)}]"
    if not _NAME.fullmatch(name) or name == INFO:
        raise BundleError(f"{where}: not a name that a bundle may hold")
    if not isinstance(fact, dict):
        _wrong(where, "value", fact, "an object with bytes and sha256")
    digest = _text(fact, "sha256", where, most=64)
    if not re.fullmatch("[0-9a-f]{64}", digest):
        _wrong(where, "sha256", digest, "64 lower-case hexadecimal digits")
    return FileFact(_integer(fact, "bytes", where, 0, _largest(name)), digest)


def _match_files(path: Path, files: Mapping[str, FileFact], sizes: Mapping[str, int]) -> None:
    """Compare the stated files with those that are there."""
    if MODEL not in files:
        raise BundleError(f"{path}: {INFO}: files doesn't list {MODEL}; export again")
    missing = sorted(set(files) - set(sizes))
    if missing:
        _damaged(path, f"{missing[0]} is missing")
    unknown = sorted(set(sizes) - set(files) - {INFO})
    if unknown and not path.is_dir():
        _damaged(path, f"{unknown[0]} isn't listed in {INFO}")
    for name, fact in files.items():
        if sizes[name] != fact.bytes:
            _damaged(path, f"{name} has {sizes[name]} bytes, {INFO} states {fact.bytes}")


def _golden(entry: Any, where: str, files: Mapping[str, FileFact], decoding: Decoding) -> Golden:
    if not isinstance(entry, dict):
        _wrong(where, "value", entry, "an object with audio, text and tokens")
    audio = _text(entry, "audio", where, most=200)
    if audio not in files or not audio.startswith("golden/") or not audio.endswith(".wav"):
        _wrong(where, "audio", audio, "the name of a golden/*.wav that files lists")
    tokens = _list(entry, "tokens", where, 1, LONGEST_CLIP_S * SAMPLE_RATE)
    last = len(decoding.vocab) - 1
    for token in tokens:
        if not isinstance(token, int) or isinstance(token, bool) or not 0 <= token <= last:
            _wrong(where, "tokens", token, f"integers from 0 to {last}")
    text, lm_text = entry.get("text"), entry.get("lm_text")
    if not isinstance(text, str):
        _wrong(where, "text", text, "a string")
    if not isinstance(lm_text, str if LM in files else type(None)):
        _wrong(where, "lm_text", lm_text, f"a string, or nothing in a bundle without {LM}")
    return Golden(audio, text, tuple(tokens), lm_text)


def _folder_sizes(path: Path) -> dict[str, int]:
    """Return the size of every file that a bundle may hold; nothing else is looked at."""
    sizes = {}
    for child in [*path.iterdir(), *_golden_children(path)]:
        name = child.relative_to(path).as_posix()
        if not _NAME.fullmatch(name) or name == "golden":
            continue
        facts = child.lstat()
        if not stat.S_ISREG(facts.st_mode):
            _damaged(path, f"{name} isn't a plain file (a link or a folder)")
        _check_size(path, name, facts.st_size)
        sizes[name] = facts.st_size
    return sizes


def _golden_children(path: Path) -> Iterator[Path]:
    golden = path / "golden"
    if golden.is_symlink():
        _damaged(path, "golden is a symbolic link")
    return golden.iterdir() if golden.is_dir() else iter(())


def _archive_sizes(path: Path) -> dict[str, int]:
    """Check the table of contents of an archive, and return the size of every entry."""
    _check_end_record(path)
    sizes: dict[str, int] = {}
    folded: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            _check_entry(path, entry)
            if entry.filename.lower() in folded:
                _damaged(path, f"two entries are named {entry.filename!r}")
            folded.add(entry.filename.lower())
            sizes[entry.filename] = entry.file_size
    return sizes


def _check_end_record(path: Path) -> None:
    """Look at the end of the archive before zipfile reads a table of whatever size it claims."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        if size < _END_RECORD.size:
            raise BundleError(f"{path}: {size} bytes; not a bundle, or cut off. Copy it again")
        file.seek(size - _END_RECORD.size)
        magic, disk, first, here, count, length, start, comment = _END_RECORD.unpack(file.read())
    if magic != b"PK\x05\x06" or comment:
        raise BundleError(
            f"{path}: doesn't end as a ZIP archive without comment does; it is cut off or no "
            "bundle. Copy it again"
        )
    if disk or first or here != count or not 0 < count <= _MOST_ENTRIES:
        _damaged(path, f"{count} entries; expected 1 to {_MOST_ENTRIES} on one disk")
    if length > _LARGEST_DIRECTORY or start + length != size - _END_RECORD.size:
        _damaged(path, f"its table of contents ({length} bytes at {start}) isn't where it belongs")


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if not _NAME.fullmatch(name) or name != entry.filename:
        _damaged(path, f"{_shown(name)} is not a name that a bundle may hold")
    if entry.flag_bits & 0x1:
        _damaged(path, f"{name} is encrypted")
    if entry.compress_type not in (_STORED, _DEFLATED):
        _damaged(path, f"{name} is packed by method {entry.compress_type}; expected 0 or 8")
    if entry.compress_type == _STORED and entry.compress_size != entry.file_size:
        _damaged(path, f"{name} is stored, but in {entry.compress_size} of {entry.file_size} bytes")
    if name in (MODEL, LM) and entry.compress_type != _STORED:
        _damaged(path, f"{name} is deflated; expected stored")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        _damaged(path, f"{name} isn't a plain file (a link or a folder)")
    _check_size(path, name, entry.file_size)


def _check_size(path: Path, name: str, size: int) -> None:
    if size > _largest(name):
        _damaged(path, f"{name} has {size} bytes; a bundle may hold {_largest(name)}")


def _largest(name: str) -> int:
    return _LARGEST.get(name, _LARGEST_OTHER)


@contextmanager
def _open_entry(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a file of a folder or archive whose names have been checked."""
    if path.is_dir():
        with (path / name).open("rb") as stream:
            yield stream
    else:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            yield stream


def _damaged(path: Path, what: str, cause: Exception | None = None) -> NoReturn:
    raise BundleError(f"{path}: damaged: {what}; copy it again, or export it again") from cause


# Keys of outside JSON.


def _load_json(raw: bytes, where: str) -> dict[str, Any]:
    """Parse an object strictly."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key occurs twice in one object")
        return found

    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=unique, parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode()  # refuses halves of surrogate pairs
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where}: not readable as JSON ({error}); export again") from error
    if not isinstance(value, dict):
        raise BundleError(f"{where}: expected a JSON object; export again")
    return value


def _shown(value: Any) -> str:
    return repr(value)[:80]


def _wrong(where: str, key: str, value: Any, expected: str) -> NoReturn:
    raise BundleError(f"{where}: {key} is {_shown(value)}; expected {expected}. Export again")


def _object(keys: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = keys.get(key)
    if not isinstance(value, dict):
        _wrong(where, key, value, "an object")
    return value


def _list(keys: Mapping[str, Any], key: str, where: str, least: int, most: int) -> list[Any]:
    value = keys.get(key)
    if not isinstance(value, list) or not least <= len(value) <= most:
        _wrong(where, key, value, f"a list of {least} to {most}")
    return value


def _strings(keys: Mapping[str, Any], key: str, where: str, *, least: int, most: int) -> list[str]:
    values = _list(keys, key, where, least, most)
    for value in values:
        if not isinstance(value, str) or not 1 <= len(value) <= 64:
            _wrong(where, key, value, "strings of 1 to 64 characters")
    return values


def _text(keys: Mapping[str, Any], key: str, where: str, *, most: int) -> str:
    value = keys.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        _wrong(where, key, value, f"a string of 1 to {most} characters, none a control character")
    return value


def _choice(keys: Mapping[str, Any], key: str, where: str, *choices: str) -> int:
    """Return the index of the value among `choices`."""
    value = keys.get(key)
    if value not in choices:
        _wrong(where, key, value, " or ".join(choices))
    return choices.index(value)


def _integer(keys: Mapping[str, Any], key: str, where: str, least: int, most: int) -> int:
    value = keys.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        expected = str(least) if least == most else f"an integer from {least} to {most}"
        _wrong(where, key, value, expected)
    return value


def _number(keys: Mapping[str, Any], key: str, where: str, least: float, most: float) -> float:
    value = keys.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        _wrong(where, key, value, f"a number from {least:g} to {most:g}")
    return float(value)


# Writing.


@dataclass(frozen=True)
class Clip:
    """A golden clip to be written."""

    wav: bytes
    """`wav_bytes` of it."""
    text: str
    tokens: Sequence[int]
    lm_text: str | None = None
    """Where a language model goes with it."""


def wav_bytes(samples: Samples) -> bytes:
    """Return samples from -1 to 1 as a 16-bit mono WAV file at 16 kHz."""
    data = np.clip(np.rint(samples * 32_768.0), -32_768, 32_767).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(data.tobytes())
    return out.getvalue()


def wav_samples(wav: bytes) -> Samples:
    """Return what `wav_bytes` wrote as float32 from -1 to 1.

    Raises:
        ValueError: it is no WAV file, or one of another form.
    """
    try:
        with wave.open(io.BytesIO(wav)) as file:
            form = (file.getnchannels(), file.getsampwidth() * 8, file.getframerate())
            data = file.readframes(LONGEST_CLIP_S * SAMPLE_RATE + 1)
    except (wave.Error, EOFError, struct.error, RuntimeError) as error:
        raise ValueError(f"not a WAV file ({error})") from error
    if form != (1, 16, SAMPLE_RATE):
        raise ValueError(
            f"{form[0]} channels of {form[1]} bits at {form[2]} Hz; expected one of 16 bits at "
            f"{SAMPLE_RATE} Hz"
        )
    whole = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
    return whole.astype(np.float32) / np.float32(32_768)


def write_bundle(
    path: Path,
    *,
    model: Path,
    decoding: Decoding,
    golden: Sequence[Clip],
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

    Raises:
        BundleError: what is to be written is no valid bundle.
        MalgwiError: the file can't be written.
    """
    if model.stat().st_size > LARGEST_MODEL:
        raise BundleError(
            f"{model}: {model.stat().st_size} bytes; a bundle's model may have {LARGEST_MODEL}. "
            "Take a smaller checkpoint, or --precision int8"
        )
    small = {f"golden/{i}.wav": clip.wav for i, clip in enumerate(golden, 1)}
    small[CARD] = card.encode()
    stored = {LM: lm_bytes(lm)} if lm else {}
    facts = {
        n: FileFact(len(b), hashlib.sha256(b).hexdigest())
        for n, b in [*small.items(), *stored.items()]
    }
    with model.open("rb") as file:
        facts[MODEL] = FileFact(
            model.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
        )
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
            with model.open("rb") as file, archive.open(_entry(MODEL, _STORED), "w") as out:
                while chunk := file.read(_CHUNK):
                    out.write(chunk)
        open_bundle(part).verify()


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = method
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry
