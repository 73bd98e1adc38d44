"""The sound of clips as training hears it, in any order and again and again.

A stretch in the middle of an MP3, or of a recording of another rate than 16 kHz, takes the decode
of all that is before it. So such stretches are kept in a cache, as 16 bits a sample: 115 MB an
hour. They are rounded to 16 bits whether there is a cache or not, so that a run is the same either
way. All else is read where it is, as it is.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.speech.audio import Samples, from_16_bits, to_16_bits
from malgwi.training.clip_cache import Array, ClipCache

VERSION = 1
"""Changes when the same stretch would give other samples."""
SAMPLE_BYTES = 2


@dataclass(frozen=True)
class Waveforms:
    """Reads the sound of clips, for any number of threads."""

    cache: ClipCache | None = None

    def read(self, utterance: Utterance, recordings: Recordings | None = None) -> Samples:
        """Return the samples of a clip.

        `recordings` is shared by those who read in the order of time.

        Raises:
            MalgwiError: as `Recordings.read`.
        """
        key = utterance.stretch.key
        if self.cache is not None and key in self.cache:
            return from_16_bits(self.cache.get(key)[:, 0])
        recordings = recordings or Recordings()
        samples = recordings.read(utterance)
        return from_16_bits(to_16_bits(samples)) if is_rounded(utterance, recordings) else samples


def is_rounded(utterance: Utterance, recordings: Recordings) -> bool:
    """Say whether training hears an utterance in 16 bits.

    Raises:
        MalgwiError: the recording can't be read.
    """
    return utterance.stretch.first > 0 and not recordings.in_place(utterance)


def kept(utterance: Utterance, recordings: Recordings) -> Array:
    """Return what the cache keeps of an utterance.

    Raises:
        MalgwiError: as `Recordings.read`.
    """
    return to_16_bits(recordings.read(utterance))[:, None]


def sound_bytes(utterances: Iterable[Utterance]) -> int:
    """Return how many bytes of samples the cache keeps of utterances."""
    return SAMPLE_BYTES * sum(u.stretch.samples for u in utterances)


def sound_key() -> str:
    """Return a hash of everything but the clip that its samples depend on."""
    import soundfile
    import soxr

    try:
        import av

        ffmpeg = av.__version__
    except ImportError:
        ffmpeg = ""
    facts = [VERSION, soxr.__version__, soundfile.__libsndfile_version__, ffmpeg]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
