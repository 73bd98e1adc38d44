"""What a CTC model heard in every frame: token, time and probability, and how that collapses."""

import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from malgwi.decoding.confidence import calibrated
from malgwi.decoding.decode import Transcript, decode, probabilities
from malgwi.recognition.recognise import BLOCK_S, Recogniser, too_short
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks
from malgwi.speech.channels import listened
from malgwi.speech.vocab import Vocab
from malgwi.terminal import printable


@dataclass(frozen=True)
class Inspection:
    """One recording, frame by frame."""

    file: str
    samples: Samples
    """The recording, mono at 16 kHz."""
    vocab: Vocab
    transcript: Transcript
    probabilities: npt.NDArray[np.float64]
    """(frames, vocabulary), each row sums to 1."""
    calibrated: bool = False
    """Whether the confidence of a word is the probability that it is right; a bundle's map that was
    fitted to what its language model finds says nothing of frames, which are decoded greedily."""

    @property
    def best(self) -> npt.NDArray[np.float64]:
        """The probability of each frame's best token."""
        ids = np.array(self.transcript.frame_tokens, dtype=np.int64)
        chosen: npt.NDArray[np.float64] = self.probabilities[np.arange(len(ids)), ids]
        return chosen

    def to_json(self) -> dict[str, Any]:
        """Return the transcript's JSON, `calibrated`, `strip`, and `frames` with an entry each."""
        tokens = [self.vocab.tokens[i] for i in self.transcript.frame_tokens]
        return {
            **self.transcript.to_json(self.file),
            "calibrated": self.calibrated,
            "strip": " ".join(tokens),
            "frames": [
                {
                    "ms": self.transcript.frame_ms(frame),
                    "token": token,
                    "probability": round(float(chance), 4),
                }
                for frame, (token, chance) in enumerate(zip(tokens, self.best, strict=True))
            ],
        }


def inspect_file(
    recogniser: Recogniser,
    path: Path,
    *,
    channel: int | str | None = None,
    warn: Callable[[str], object] = warnings.warn,
) -> Inspection:
    """Run the model over one recording and keep every frame's probabilities.

    `channel` is counted from 0, or `mix`, the average of all; None: chosen by what they hold.
    `warn` is called with a sentence about a truncated file, or one too short for a frame, whose
    transcript is empty.

    Raises:
        MalgwiError: the recording can't be read, or the model's output is not a number.
    """
    [chosen] = listened(path, channel, warn)
    parts = blocks(path, BLOCK_S, warn, chosen)
    samples = np.concatenate([np.zeros(0, np.float32), *parts])
    if not recogniser.grid.count(len(samples)):
        warn(too_short(path, len(samples), recogniser))
    return inspect_samples(recogniser, samples, str(path))


def inspect_samples(recogniser: Recogniser, samples: Samples, file: str) -> Inspection:
    """Run the model over samples at 16 kHz, which `file` names."""
    not_speech: list[tuple[int, int]] = []
    form = replace(
        recogniser.long_form, dropped=lambda at: not_speech.append((at.first_frame, at.end_frame))
    )
    logits = form.whole_logits([samples])
    hop = recogniser.grid.hop
    transcript = decode(
        logits, recogniser.vocab, samples=len(samples), hop=hop, sample_rate=SAMPLE_RATE
    )
    transcript = replace(transcript, not_speech=tuple(not_speech))
    confidence = recogniser.greedy_confidence
    return Inspection(
        file,
        samples,
        recogniser.vocab,
        calibrated(transcript, confidence),
        probabilities(logits),
        calibrated=confidence is not None,
    )


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print the tokens of all frames with times and probabilities, the text, and the words."""
    transcript = inspection.transcript
    hop_ms = transcript.hop * 1000 / transcript.sample_rate
    console.print(
        f"{printable(inspection.file)}: {transcript.duration_ms / 1000:.2f} s, "
        f"{len(transcript.frame_tokens)} frames of {hop_ms:g} ms; under each token its "
        "probability in %",
        highlight=False,
        markup=False,
    )
    for line in _strip(inspection, console.width):
        console.print(line)
    for frames in transcript.not_speech:
        first, last = (transcript.frame_ms(frame) / 1000 for frame in frames)
        console.print(f"{first:.2f} to {last:.2f} s: no speech, so the model wasn't asked")
    console.print(Text("text  ", style="bold") + Text(transcript.text))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("word", "start", "end", "confidence"):
        table.add_column(name, justify="left" if name == "word" else "right")
    for word in transcript.timed_words:
        start, end = f"{word.start_ms / 1000:.2f}", f"{word.end_ms / 1000:.2f}"
        table.add_row(Text(word.text), start, end, f"{word.confidence:.2f}")
    console.print(table)
    if not inspection.calibrated:
        console.print("The confidences are the model's own, not calibrated (docs/align.md).")


def _strip(inspection: Inspection, width: int) -> list[Text]:
    """Return pairs of lines: a time and the tokens that follow it, and their probabilities."""
    transcript, tokens = inspection.transcript, inspection.vocab.tokens
    shown = [Text(visible(tokens[i])) for i in transcript.frame_tokens]
    cell = max((text.cell_len for text in shown), default=1)
    a_line = max(1, (width - 9) // (cell + 1))
    lines = []
    for start in range(0, len(shown), a_line):
        above = Text(f"{transcript.frame_ms(start) / 1000:7.2f}  ", style="cyan")
        below = Text(" " * 9)
        for frame in range(start, min(start + a_line, len(shown))):
            token, chance = shown[frame].copy(), inspection.best[frame]
            if transcript.frame_tokens[frame] == inspection.vocab.blank:
                token.stylize("dim")
            token.pad_right(cell + 1 - token.cell_len)
            above.append_text(token)
            style = "dim" if chance >= 0.5 else "yellow"
            below.append(f"{round(100 * chance)}".ljust(cell + 1), style=style)
        lines += [above, below]
    return lines


def visible(token: str) -> str:
    """Return how a token is drawn on its own.

    Fonts draw the letters inside a Korean syllable (U+1100 block) joined, or not at all; the
    letters as written alone (U+3131 block) take their place. The delimiter's `|` stays.
    """
    return "".join(map(_standing_alone, token))


def _standing_alone(char: str) -> str:
    name = unicodedata.name(char, "")
    for part in ("HANGUL CHOSEONG ", "HANGUL JUNGSEONG ", "HANGUL JONGSEONG "):
        if name.startswith(part):
            try:
                return unicodedata.lookup("HANGUL LETTER " + name.removeprefix(part))
            except KeyError:  # archaic letters without a form of their own
                return char
    return char
