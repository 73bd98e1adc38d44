"""What FFmpeg's libraries read, through PyAV: MP3, AAC, and the sound of videos.

Packets are decoded once, in order; nothing is ever sought, since decoders that are thrown into
the middle give other samples. Where a container states times, silence of the right length stands
where it has no sound: before sound that begins late, and in holes. MP3 files that were joined are
read one by one, since each has a tag, a note and padding of its own.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from malgwi.speech import mpeg, ogg
from malgwi.speech.part import Part
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

_TIMED = {"mov", "matroska", "asf", "flv", "mpegts"}
"""Demuxers whose time stamps are the file's own; others count packets, or guess."""
_LENGTH_STATED = {"mov", "matroska", "asf", "avi", "flv", "wv"}
"""Demuxers that know the length of the whole from the file's header."""
_SLACK_S = 0.5
"""What a container may end before the length that it states: the picture's last frame."""
_LONGEST_HOLE_S = 3_600.0
"""Where no length is stated, a clock that jumps further was set anew."""
_FIRST_BYTES = 1 << 14
"""Hold two frames of MP3 or AAC."""


@dataclass(frozen=True)
class ContainerReader:
    """One of FFmpeg's demuxers, named so that no content can choose another one.

    Playlists, for one, name files of their own choice.
    """

    demuxer: str

    def info(self, path: Path) -> AudioInfo:
        """Return what the container says; of joined files, add up what each says."""
        infos = []
        for part in self._parts(path):
            with self._opened(path, part) as container:
                track = _track(container)
                stated = self._stated(part, container, track)
                infos.append(AudioInfo(track.rate, track.channels, stated))
        rate, channels = infos[0].sample_rate, max(info.channels for info in infos)
        samples = sum(round(info.seconds * rate) for info in infos)
        return AudioInfo(rate, channels, samples if all(info.samples for info in infos) else 0)

    def frames(self, path: Path, block_s: float, warn: Warn) -> Iterator[tuple[int, Frames]]:
        """Yield the sound of the default track, and silence where it has none."""
        seconds, wrong = 0.0, list[str]()
        for part in self._parts(path):
            with self._opened(path, part) as container:
                decoding = _Decoding(container, _track(container), self.demuxer)
                yield from _joined(decoding.frames(), block_s)
                trouble = decoding.trouble(path, self._stated(part, container, decoding.track))
                seconds += decoding.seconds
                wrong += [truncated(path, seconds, trouble)] if trouble is not None else []
        if wrong:
            warn(wrong[0])

    def _parts(self, path: Path) -> Iterator[str | BinaryIO]:
        """Yield the files that a file was joined from, else itself."""
        if self.demuxer != "mp3":
            yield str(path)
            return
        with path.open("rb") as file:
            with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
                borders = [0, *mpeg.joints(content), len(content)]
            if len(borders) == 2:
                yield str(path)
                return
            for begin, end in pairwise(borders):
                yield io.BufferedReader(Part(file, begin, end), 1 << 16)

    def _opened(self, path: Path, part: str | BinaryIO) -> Any:
        try:
            import av
        except ImportError as error:
            raise AudioError(
                f"{path}: this format needs PyAV, and that isn't installed; expected WAV, FLAC or "
                "Ogg. Install it: pip install av"
            ) from error
        try:
            container = av.open(part, format=self.demuxer)
        except (av.FFmpegError, ValueError) as error:
            raise AudioError(
                f"{path}: not readable as audio ({error}); convert it again"
            ) from error
        if not container.streams.audio:
            container.close()
            raise AudioError(f"{path}: holds no sound; expected a file with an audio track")
        rate = getattr(_track(container), "rate", None)
        if rate is None:  # PyAV's way to say that it has no decoder for the track
            container.close()
            raise AudioError(
                f"{path}: its sound is packed in a way that isn't known; convert it to WAV or FLAC"
            )
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            container.close()
            refuse_rate(path, rate)
        return container

    def _stated(self, part: str | BinaryIO, container: Any, stream: Any) -> int:
        """Return the samples that a file says it has, at the stream's rate; 0: not said."""
        if self.demuxer == "mp3":
            found = first_frames(Path(part)) if isinstance(part, str) else _first_frames(part)
            return mpeg.stated_samples(found)
        if self.demuxer in _LENGTH_STATED:
            return int((container.duration or 0) * stream.rate // 1_000_000)
        return 0


def first_frames(path: Path) -> bytes:
    """Return the beginning of a stream behind its ID3 tags."""
    with path.open("rb") as file:
        return _first_frames(file)


def _first_frames(file: BinaryIO) -> bytes:
    place = file.seek(0)
    while size := mpeg.tag_size(file.read(10)):
        place += size
        file.seek(place)
    file.seek(place)
    return file.read(_FIRST_BYTES)


def _track(container: Any) -> Any:
    """Return the sound track that players choose: the default one, else the first."""
    tracks = container.streams.audio
    return next((track for track in tracks if _is_default(track)), tracks[0])


def _is_default(track: Any) -> bool:
    import av

    return bool(track.disposition & av.stream.Disposition.default)


@dataclass
class _Decoding:
    """A track on its way through the decoder."""

    container: Any
    track: Any
    demuxer: str
    seconds: float = 0.0
    """Of sound and silence given so far."""
    end: float = 0.0
    """Where the packets of any track end, on the container's clock."""
    zero: float | None = None
    """The container's clock at the first sample given."""
    troubles: list[str] = field(default_factory=list)

    def frames(self) -> Iterator[tuple[int, Frames]]:
        """Yield decoded frames as they come, and silence."""
        import av

        priming = self.demuxer == "aac"  # its first frame is half a window, before any sound
        packets = self.container.demux()  # all tracks: which one ends last tells what is missing
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, IndexError) as error:  # IndexError: a track begins midway
                self.troubles.append(f"{error}")
                return
            if packet is None:
                return
            self._note_end(packet)
            if packet.stream.index != self.track.index:
                continue
            try:
                decoded = packet.decode()
            except av.FFmpegError as error:
                if not self._is_tag(packet):
                    self.troubles.append(f"{error}")
                continue
            for frame in decoded:
                if priming:
                    priming = False
                    continue
                yield from self._silence_before(frame)
                block = _floats(frame)
                self.seconds += len(block) / frame.sample_rate
                yield frame.sample_rate, block

    def trouble(self, path: Path, stated: int) -> str | None:
        """Return what a sentence about missing sound adds; None where all is there."""
        if self.troubles:
            count = len(self.troubles)
            parts = f"{count} part{'' if count == 1 else 's'} can't be decoded"
            return f" or damaged before; {parts} ({self.troubles[0]})"
        missing = stated / self.track.rate - max(self.seconds, self.end)
        cut = self.demuxer == "ogg" and not ogg.whole(path)
        if cut or missing > (PADDING_S if self.demuxer == "mp3" else _SLACK_S):
            return ""
        return None

    def _is_tag(self, packet: Any) -> bool:
        """Say whether a packet of an MP3 is what stands between joined files."""
        return self.demuxer == "mp3" and bytes(packet)[:3] in {b"ID3", b"TAG", b"APE"}

    def _note_end(self, packet: Any) -> None:
        if self.demuxer in _LENGTH_STATED and packet.pts is not None:
            place = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            self.end = max(self.end, place - self._clock_begins())

    def _clock_begins(self) -> float:
        start = self.container.start_time
        return 0.0 if start is None else start / 1_000_000

    def _silence_before(self, frame: Any) -> Iterator[tuple[int, Frames]]:
        """Yield the silence between what was given and where the container has this frame."""
        if self.demuxer not in _TIMED or frame.pts is None:
            return
        place = float(frame.pts * frame.time_base)
        if self.zero is None:
            self.zero = self._clock_begins()
        gap = place - self.zero - self.seconds
        stated = (self.container.duration or 0) / 1_000_000
        furthest = stated + _SLACK_S - self.seconds if stated else _LONGEST_HOLE_S
        if gap < -PADDING_S or gap > furthest:  # another clock, as in joined files
            self.zero = place - self.seconds
        elif gap > PADDING_S:
            rate = frame.sample_rate
            left = round(gap * rate)
            self.seconds += left / rate
            channels = frame.layout.nb_channels
            while left:
                count = min(left, rate * 10)
                left -= count
                yield rate, np.zeros((count, channels), np.float32)


def _floats(frame: Any) -> Frames:
    """Return a decoded frame as (samples, channels), integers divided by full scale."""
    values = frame.to_ndarray()
    planar = frame.format.is_planar
    values = values.T if planar else values.reshape(-1, frame.layout.nb_channels)
    if values.dtype == np.uint8:
        values = (values.astype(np.float32) - 128) / np.float32(128)
    elif values.dtype.kind == "i":
        values = values.astype(np.float32) / np.float32(-float(np.iinfo(values.dtype).min))
    return np.ascontiguousarray(values, np.float32)


def _joined(frames: Iterator[tuple[int, Frames]], block_s: float) -> Iterator[tuple[int, Frames]]:
    """Join decoded frames of one rate and one count of channels to blocks of `block_s` seconds."""
    parts: list[Frames] = []
    kind, held = (0, 0), 0
    for rate, block in frames:
        if (rate, block.shape[1]) != kind and parts:
            yield kind[0], np.concatenate(parts)
            parts, held = [], 0
        kind = (rate, block.shape[1])
        parts.append(block)
        held += len(block)
        if held >= max(1, min(int(block_s * rate), BLOCK_VALUES // kind[1])):
            yield rate, np.concatenate(parts)
            parts, held = [], 0
    if parts:
        yield kind[0], np.concatenate(parts)
