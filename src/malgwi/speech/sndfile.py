"""What libsndfile reads, in order and to the end: FLAC, SPHERE, AIFF, Ogg Vorbis and Opus, more."""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from malgwi.speech.recording import (
    BLOCK_VALUES,
    HIGHEST_RATE,
    LOWEST_RATE,
    PADDING_S,
    AudioError,
    AudioInfo,
    Frames,
    Warn,
    refuse_rate,
    truncated,
)

_STEP = 4_096  # frames; one FLAC block
_DATA_CHUNK = re.compile(r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", re.MULTILINE)
_SIZE_UNKNOWN = 0x7FFF_0000  # streaming writers put 2 or 4 GB where they can't know the size
_SPHERE_COUNT = re.compile(rb"sample_count -i (\d+)")
_SPHERE_CODING = re.compile(rb"sample_coding -s\d+ ([^\s]+)")
_FLAC_COUNT = (1 << 36) - 1  # the bits of STREAMINFO that hold the count of samples


class SndfileReader:
    """Files whose format says where the sound ends."""

    def info(self, path: Path) -> AudioInfo:
        """Read the header."""
        with opened(path) as sound:
            return AudioInfo(sound.samplerate, sound.channels, _claimed(path, sound))

    def frames(
        self, path: Path, block_s: float, warn: Warn, first: int = 0
    ) -> Iterator[tuple[int, Frames]]:
        """Yield the sound, as far as the decoder gets, from sample `first` on.

        That is the sound of a decode from the start in FLAC, whose blocks stand alone.
        """
        with opened(path) as sound:
            done, troubles = min(first, int(sound.frames)), ""
            if first:
                try:
                    sound.seek(done)
                except RuntimeError as error:  # what its header counts isn't there
                    warn(truncated(path, done / sound.samplerate, f" or before ({error})"))
                    return
            for block, trouble in decoded(sound, block_s):
                done += len(block)
                troubles += trouble
                yield sound.samplerate, block
            missing = _claimed(path, sound) - done
            if troubles or missing > PADDING_S * sound.samplerate:
                warn(truncated(path, done / sound.samplerate, troubles))


def opened(path: Path, part: BinaryIO | None = None) -> Any:
    """Open a recording, or the `part` of it that is a file of its own.

    Raises:
        AudioError: libsndfile doesn't know it, or its header claims an absurd rate.
    """
    import soundfile

    try:
        # As bytes, since a name needn't be UTF-8; on Windows, names are text.
        name = str(path) if os.name == "nt" else os.fsencode(path)
        sound = soundfile.SoundFile(name if part is None else part)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: not readable as audio ({error.error_string}); expected WAV, FLAC, Ogg, "
            f"MP3, SPHERE, AIFF or a video. Convert it again or leave it out"
        ) from error
    if not LOWEST_RATE <= sound.samplerate <= HIGHEST_RATE:
        sound.close()
        refuse_rate(path, sound.samplerate)
    # soundfile seeks to where it stands after each read, which makes decoders start anew.
    sound.seekable = lambda: False
    return closing(sound)


def decoded(sound: Any, block_s: float) -> Iterator[tuple[Frames, str]]:
    """Yield blocks, each with what went wrong at its end where the decoder lost its way."""
    size = max(1, min(int(block_s * sound.samplerate), BLOCK_VALUES // sound.channels))
    while True:
        block, trouble = _fill(sound, size)
        if len(block) or trouble:
            yield block, trouble
        if trouble or len(block) < size:
            return


def _fill(sound: Any, size: int) -> tuple[Frames, str]:
    """Read up to `size` frames; return them, and what went wrong.

    In small steps, so that an error costs the frames of one step at most.
    """
    block = np.empty((size, sound.channels), np.float32)
    done = 0
    while done < size:
        step = block[done : done + _STEP]
        try:
            got = int(sound.buffer_read_into(step, "float32"))
        except RuntimeError as error:
            return block[:done], f" ({error})"
        done += got
        if got < len(step):
            break
    return block[:done], ""


def _claimed(path: Path, sound: Any) -> int:
    """Return the samples per channel that the header claims, which libsndfile corrects.

    libsndfile reports as many frames as fit the file, and says what stood there in its log.
    """
    if sound.format == "NIST":
        with path.open("rb") as file:
            count = _SPHERE_COUNT.search(file.read(1024))
        return max(int(count[1]), sound.frames) if count else int(sound.frames)
    sizes = _DATA_CHUNK.search(sound.extra_info)
    if sizes and int(sizes[2]) < int(sizes[1]) < _SIZE_UNKNOWN:
        return int(sound.frames) * int(sizes[1]) // max(1, int(sizes[2]))
    return int(sound.frames)


def flac_info(head: bytes) -> AudioInfo:
    """Return what a FLAC file says at its beginning, which no decoder has to be trusted for.

    libsndfile loses the end of one that doesn't count its samples.
    """
    bits = int.from_bytes(head[18:26], "big")
    return AudioInfo(bits >> 44, (bits >> 41 & 0b111) + 1, bits & _FLAC_COUNT)


def refuse_packed_sphere(path: Path, head: bytes) -> None:
    """Refuse SPHERE files whose samples another program has packed.

    Raises:
        AudioError: names the packing and the tool.
    """
    coding = _SPHERE_CODING.search(head)
    if coding and b"embedded" in coding[1]:
        packing = coding[1].decode("latin-1")
        raise AudioError(
            f"{path}: its SPHERE header says that the samples are packed ({packing}); expected "
            f"plain PCM. Unpack it, such as: sph2pipe -f wav {path.name} {path.stem}.wav"
        )
