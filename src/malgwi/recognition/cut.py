"""Long recordings with untimed texts → a corpus of stretches, and a list of what was left out."""

import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from malgwi.bundle.golden import wav_bytes
from malgwi.channel_names import MIX
from malgwi.dataset.splits import RECORDING, RECORDING_OFFSET
from malgwi.decoding.search import KNOWN_TEXT
from malgwi.each import Advance, Each, Work, here, in_order
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.publish import claim_folder, publish_folder
from malgwi.recognition.align import recording_logits
from malgwi.recognition.locate import FOREIGN_FRAMES, Located, foreign_sound, locate, surroundings
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import BLOCK_S, Recogniser, open_recogniser
from malgwi.recognition.stretches import Stretch, stretches
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks, known_seconds
from malgwi.speech.channels import listened
from malgwi.text_file import TextFiles

MANIFEST, LEFT_OUT, CLIPS = "manifest.jsonl", "left-out.jsonl", "clips"


@dataclass
class Cuts:
    """What became of recordings."""

    recordings: int = 0
    seconds: float = 0.0
    stretches: int = 0
    kept_seconds: float = 0.0
    sentences: int = 0
    kept_sentences: int = 0
    sounds: int = 0
    """Stretches in which something is heard that the text lacks."""
    failed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "recordings": self.recordings,
            "failed": self.failed,
            "seconds": round(self.seconds, 3),
            "stretches": self.stretches,
            "kept_seconds": round(self.kept_seconds, 3),
            "sentences": self.sentences,
            "kept_sentences": self.kept_sentences,
            "sounds_without_text": self.sounds,
        }


def cut(
    model: str | Path,
    pairs: Sequence[Pair],
    output: Path,
    *,
    clips: bool = False,
    replace: bool = False,
    threads: int | None = None,
    channel: int | str | None = None,
    each: Each[Recogniser] | None = None,
    warn: Callable[[str], object] = warnings.warn,
) -> Cuts:
    """Write a corpus of stretches of recordings with their texts.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        pairs: recordings with their texts. Of several, one that can't be read or whose text
            isn't its own is named, and the others go on.
        output: the folder to write.
        clips: write each stretch as a WAV file, instead of naming its place in the recording.
        replace: replace an earlier result there.
        threads: processor threads for the model.
        channel: of every recording, counted from 0; `mix`, the average of all; None to choose by
            what they hold.
        each: where the recordings are listened to; None is here, one after the other.
        warn: called with a sentence about what is odd.

    Raises:
        MalgwiError: the model can't be opened, the folder is taken, or there is no stretch.
    """
    claim_folder(output, replace=replace)
    files = TextFiles()
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    found = Cuts()
    total = sum(known_seconds(pair.audio) for pair in pairs)
    with publish_folder(output, replace=replace) as folder:
        if clips:
            (folder / CLIPS).mkdir()
        with (
            (folder / MANIFEST).open("w", encoding="utf-8", newline="\n") as manifest,
            (folder / LEFT_OUT).open("w", encoding="utf-8", newline="\n") as left_out,
            audio_progress("cutting", total) as heard,
        ):
            all_heard = _listened(each or here(recogniser), pairs, files, channel, heard)
            for number, (pair, (said, one)) in enumerate(zip(pairs, all_heard, strict=True)):
                for sentence in said:
                    warn(sentence)
                if isinstance(one, str):
                    if len(pairs) == 1:
                        raise MalgwiError(one)
                    warn(one)
                    found.failed += 1
                    _write(left_out, [{"audio": str(pair.audio), "reason": one}])
                    continue
                named = _named(pair.audio, output, number if clips else None)
                rows = [
                    one.row(part, named(at), whole=not clips) for at, part in enumerate(one.parts)
                ]
                if clips:
                    _write_clips(one, [folder / row["audio_filepath"] for row in rows])
                _write(manifest, rows)
                _write(left_out, one.unused)
                one.count(found)
        for note in files.notes():
            warn(note)
        if not found.stretches:
            raise MalgwiError(
                "nothing was found that could be kept; check that the texts belong to the "
                "recordings, and that the model knows their language"
            )
    return found


class _Heard(NamedTuple):
    """What a recording gives."""

    said: Sequence[str]
    """What is odd about it."""
    found: "_Recording | str"
    """Or why nothing is found in it."""


def _listened(
    each: Each[Recogniser],
    pairs: Sequence[Pair],
    files: TextFiles,
    channel: int | str | None,
    advance: Advance,
) -> Iterator[_Heard]:
    """Yield what each pair gives, in their order."""
    texts: dict[int, tuple[Pair, str]] = {}
    failed: dict[int, _Heard] = {}
    for n, pair in enumerate(pairs):
        try:
            texts[n] = pair, files.read(pair.text)
        except (MalgwiError, OSError) as error:
            failed[n] = _Heard((), _why(error, pair))
    work = Work(
        partial(_listen, channel=channel),
        seconds=lambda item: known_seconds(item[0].audio),
        name=lambda item: item[0].audio,
    )
    found = in_order(each(work, texts.items(), advance), texts)
    for n in range(len(pairs)):
        one = failed[n] if n in failed else next(found)
        yield _Heard((), str(one)) if isinstance(one, MalgwiError) else one


def _listen(
    recogniser: Recogniser,
    item: tuple[Pair, str],
    advance: Advance,
    *,
    channel: int | str | None,
) -> _Heard:
    pair, text = item
    said: list[str] = []
    try:
        one = _Recording.listen(recogniser, pair, text, channel, warn=said.append, heard=advance)
    except (MalgwiError, OSError) as error:
        return _Heard(said, _why(error, pair))
    return _Heard(said, one)


def _why(error: MalgwiError | OSError, pair: Pair) -> str:
    if isinstance(error, MalgwiError):
        return str(error)
    # A disk or a share that fails meanwhile.
    return f"{pair.audio}: not readable ({error.strerror or error})"


@dataclass(frozen=True)
class _Recording:
    """What was found in a recording that was listened to, of its text."""

    pair: Pair
    channel: int | None
    mixed: bool
    """Whether the average of all channels was asked for."""
    samples: int
    hop: int
    sentences: int
    """Of the text, or parts of long ones."""
    parts: Sequence[Stretch]
    unused: Sequence[dict[str, Any]]
    """A row for each thing left out, in the order of the sound."""

    @classmethod
    def listen(
        cls,
        recogniser: Recogniser,
        pair: Pair,
        text: str,
        asked: int | str | None,
        *,
        warn: Callable[[str], object],
        heard: Callable[[float], object],
    ) -> "_Recording":
        """Listen to it.

        Raises:
            MalgwiError: it can't be read, or the text isn't its own.
        """
        [channel] = listened(pair.audio, asked, warn)
        logits, samples = recording_logits(
            recogniser, pair.audio, channel=channel, warn=warn, heard=heard
        )
        try:
            located = locate(logits, recogniser.vocab, text)
        except MalgwiError as error:
            raise MalgwiError(f"{pair.text}: {error}") from error
        if not located.belongs:
            raise MalgwiError(
                f"{pair.text}: hardly a sentence of it is said in {pair.audio}; check that they "
                "belong together, and that the model knows the language"
            )
        hop = recogniser.grid.hop
        parts, unused = stretches(located, hop / SAMPLE_RATE)
        reasons = {each.at: each.reason for each in unused}
        found = cls(pair, channel, asked == MIX, samples, hop, len(located.pieces), parts, ())
        return replace_fields(found, unused=found.left(located, reasons))

    def seconds(self, frame: int) -> float:
        return min(frame * self.hop, self.samples) / SAMPLE_RATE

    def left(self, located: Located, reasons: Mapping[int, str]) -> list[dict[str, Any]]:
        """Return a row for each thing left out, in the order of the sound."""
        rows = []
        for at, (piece, place) in enumerate(zip(located.pieces, located.places, strict=True)):
            if place is None:
                start, end = surroundings(located.places, at, len(located.sounding))
                why = "not found"
                if located.missing[at]:
                    why = f"the model has no token for {located.missing[at]}"
            elif at in reasons:
                start, end, why = place.start_frame, place.end_frame, reasons[at]
            else:
                continue
            rows.append(self._left(start, end, why, piece.line, piece.written))
        for start, end in foreign_sound(located, FOREIGN_FRAMES):
            rows.append(self._left(start, end, "not in the text", None, None))
        return sorted(rows, key=lambda row: (row["start"], row["end"]))

    def _left(
        self, start: int, end: int, reason: str, line: int | None, text: str | None
    ) -> dict[str, Any]:
        return {
            "audio": str(self.pair.audio),
            "start": self.seconds(start),
            "end": self.seconds(end),
            "reason": reason,
            "line": line,
            "text": text,
        }

    def row(self, part: Stretch, name: str, *, whole: bool) -> dict[str, Any]:
        """Return a stretch as a line of the manifest."""
        start, end = self.seconds(part.start_frame), self.seconds(part.end_frame)
        found: dict[str, Any] = {"audio_filepath": name}
        if whole:
            found |= {"offset": start, "duration": round(end - start, 6)}
            if self.channel is not None or self.mixed:
                found["channel"] = MIX if self.channel is None else self.channel
        lines = sorted({piece.line for piece in part.pieces})
        return found | {
            "text": part.text,
            "score": round(part.score, 3),
            "line": lines[0],
            RECORDING: self.pair.audio.name,
            **({} if whole else {RECORDING_OFFSET: start}),
        }

    def count(self, to: Cuts) -> None:
        """Add it to the sums."""
        parts = self.parts
        to.recordings += 1
        to.seconds += self.samples / SAMPLE_RATE
        to.stretches += len(parts)
        to.kept_seconds += sum(
            self.seconds(part.end_frame) - self.seconds(part.start_frame) for part in parts
        )
        to.sentences += self.sentences
        to.kept_sentences += sum(len(part.pieces) for part in parts)
        to.sounds += sum(row["text"] is None for row in self.unused)


def _named(audio: Path, output: Path, number: int | None) -> Callable[[int], str]:
    """Return what the stretches of a recording are called in the manifest."""
    if number is not None:
        return lambda at: f"{CLIPS}/{number:03d}-{at:05d}.wav"
    try:
        name = os.path.relpath(audio.resolve(), output.resolve())
    except ValueError:  # another drive of Windows
        name = str(audio.resolve())
    return lambda _: Path(name).as_posix()


def _write(file: Any, rows: Sequence[dict[str, Any]]) -> None:
    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_clips(one: _Recording, paths: Sequence[Path]) -> None:
    """Write stretches of a recording, which are in order, in one decode of it."""
    wanted = [
        (part.start_frame * one.hop, min(part.end_frame * one.hop, one.samples))
        for part in one.parts
    ]
    held: Samples = np.zeros(0, np.float32)
    first = done = 0
    for block in blocks(one.pair.audio, BLOCK_S, lambda _: None, one.channel):
        held = np.append(held, block)
        while done < len(wanted) and wanted[done][1] <= first + len(held):
            start, end = wanted[done]
            paths[done].write_bytes(wav_bytes(held[start - first : end - first]))
            done += 1
        keep = wanted[done][0] if done < len(wanted) else first + len(held)
        drop = max(0, min(keep - first, len(held)))
        first, held = first + drop, held[drop:]
