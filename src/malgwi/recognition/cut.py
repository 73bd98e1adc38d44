"""Long recordings with untimed texts → a corpus of stretches, and a list of what was left out."""

import json
import os
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from malgwi.bundle.golden import wav_bytes
from malgwi.decoding.search import KNOWN_TEXT
from malgwi.each import Advance, Each, here, in_order
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.publish import claim_folder, publish_folder
from malgwi.recognition.cut_recording import CutRecording, Heard, listening, why
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import BLOCK_S, Recogniser, open_recogniser
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks, known_seconds
from malgwi.text_file import TextFiles, is_utf8

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

    def add(self, one: CutRecording) -> None:
        """Add a recording."""
        self.recordings += 1
        self.seconds += one.samples / SAMPLE_RATE
        self.stretches += len(one.kept)
        self.kept_seconds += sum(
            one.seconds(part.end_frame) - one.seconds(part.start_frame) for part in one.kept
        )
        self.sentences += one.sentences
        self.kept_sentences += sum(part.sentences for part in one.kept)
        self.sounds += sum(row["text"] is None for row in one.unused)

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
        warn: called with a sentence about what is odd.

    Raises:
        MalgwiError: the model can't be opened, the folder is taken, or there is no stretch.
    """
    claim_folder(output, replace=replace)
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    total = sum(known_seconds(pair.audio) for pair in pairs)

    def all_heard() -> Iterator[Heard]:
        with audio_progress("cutting", total) as advance:
            left = dict(enumerate(pairs))
            heard = hear(here(recogniser), left, channel, advance, warn=warn)
            yield from in_order(heard, left)

    return write_corpus(
        all_heard(),
        output,
        recordings=[pair.audio for pair in pairs],
        clips=clips,
        replace=replace,
        warn=warn,
    )


def hear(
    each: Each[Recogniser],
    pairs: Mapping[int, Pair],
    channel: int | str | None,
    advance: Advance,
    *,
    warn: Callable[[str], object],
) -> Iterator[tuple[int, Heard]]:
    """Yield what each pair gives, in any order, by its number; texts that can't be read first.

    `warn` is called with a sentence about texts.
    """
    files = TextFiles()
    texts: dict[int, tuple[Pair, str]] = {}
    for n, pair in pairs.items():
        try:
            texts[n] = pair, files.read(pair.text)
        except (MalgwiError, OSError) as error:
            yield n, Heard(pair.audio, (), why(error, pair))
    for note in files.notes():
        warn(note)
    for n, found in each(listening(channel), texts.items(), advance):
        if isinstance(found, MalgwiError):
            yield n, Heard(pairs[n].audio, (), str(found))
        else:
            yield n, found


def write_corpus(
    all_heard: Iterable[Heard],
    output: Path,
    *,
    recordings: Sequence[Path],
    clips: bool,
    replace: bool,
    warn: Callable[[str], object],
) -> Cuts:
    """Write a corpus of what was heard of recordings, in their order, as `cut` does.

    Raises:
        MalgwiError: the folder can't be written, nothing was kept, or the only one isn't heard.
    """
    sums, names = Cuts(), _names(recordings)
    with publish_folder(output, replace=replace) as folder:
        if clips:
            (folder / CLIPS).mkdir()
        with _opened(folder / MANIFEST) as manifest, _opened(folder / LEFT_OUT) as left_out:
            for number, (audio, said, one, root) in enumerate(all_heard):
                for sentence in said:
                    warn(sentence)
                if isinstance(one, str):
                    if len(recordings) == 1:
                        raise MalgwiError(one)
                    warn(one)
                    sums.failed += 1
                    _write(left_out, [{"audio": str(audio), "reason": one}])
                    continue
                named = _named(root / audio, output, number if clips else None)
                if not is_utf8(named(0)):
                    warn(
                        f"{audio}: its path isn't UTF-8, and prepare reads no table that names it; "
                        "rename it and cut again, or cut with --clips"
                    )
                rows = [
                    one.row(part, named(at), names[audio], whole=not clips)
                    for at, part in enumerate(one.kept)
                ]
                if clips:
                    _write_clips(
                        one, root / audio, [folder / row["audio_filepath"] for row in rows]
                    )
                _write(manifest, rows)
                _write(left_out, one.unused)
                sums.add(one)
        if not sums.stretches:
            raise MalgwiError(
                "nothing was found that could be kept; check that the texts belong to the "
                "recordings, and that the model knows their language"
            )
    return sums


def _names(recordings: Sequence[Path]) -> dict[Path, str]:
    """Return what tells each recording from the others: its name, or as many folders as it takes.

    `prepare` takes clips of one name for parts of one recording, and divides them by their times.
    """
    of_name: dict[str, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(recordings):
        of_name[path.name].append(path)
    names: dict[Path, str] = {}
    for paths in of_name.values():
        for parts in range(1, 1 + max(len(path.parts) for path in paths)):
            ends = {path: Path(*path.parts[-parts:]).as_posix() for path in paths}
            if len(set(ends.values())) == len(paths):
                break
        names |= ends
    return names


def _named(audio: Path, output: Path, number: int | None) -> Callable[[int], str]:
    """Return what the stretches of a recording are called in the manifest."""
    if number is not None:
        return lambda at: f"{CLIPS}/{number:03d}-{at:05d}.wav"
    try:
        name = os.path.relpath(audio.resolve(), output.resolve())
    except ValueError:  # another drive of Windows
        name = str(audio.resolve())
    return lambda _: Path(name).as_posix()


def _opened(path: Path) -> TextIO:
    # A file's name needn't be UTF-8; what isn't becomes the escapes of JSON.
    return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")


def _write(file: TextIO, rows: Sequence[dict[str, Any]]) -> None:
    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_clips(one: CutRecording, audio: Path, paths: Sequence[Path]) -> None:
    """Write stretches of a recording, which are in order, in one decode of it."""
    wanted = [
        (part.start_frame * one.hop, min(part.end_frame * one.hop, one.samples))
        for part in one.kept
    ]
    held: Samples = np.zeros(0, np.float32)
    first = done = 0
    for block in blocks(audio, BLOCK_S, lambda _: None, one.channel):
        held = np.append(held, block)
        while done < len(wanted) and wanted[done][1] <= first + len(held):
            start, end = wanted[done]
            paths[done].write_bytes(wav_bytes(held[start - first : end - first]))
            done += 1
        keep = wanted[done][0] if done < len(wanted) else first + len(held)
        drop = max(0, min(keep - first, len(held)))
        first, held = first + drop, held[drop:]
