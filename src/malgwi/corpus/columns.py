"""What tables call their columns: the names that mean something, however they are headed."""

import re
from collections.abc import Sequence

from malgwi.corpus.times import BOUNDS, BOUNDS_MS, DURATION, OFFSET

# The names under which published corpora keep these; the first one that is there is taken.
AUDIO = (
    "file_name", "audio_filepath", "path", "audio", "audio_path", "file", "filename", "wav",
    "audio_file", "wav_filename",
)  # fmt: skip
TEXT = ("transcription", "text", "sentence", "transcript", "normalized_text")
SPEAKER = ("speaker", "speaker_id", "client_id", "spk", "spk_id", "speaker_name")
SPLIT = ("split", "subset", "partition", "set")
ID = ("id", "utterance_id", "utt_id")
CHANNEL = ("channel_selector", "channel")
_BOUNDS = tuple(name for pair in (*BOUNDS, BOUNDS_MS) for name in pair)
_ROLES = (AUDIO, TEXT, SPEAKER, SPLIT, ID, CHANNEL, _BOUNDS, (OFFSET,), (DURATION,))
KNOWN = frozenset(name for role in _ROLES for name in role)


def as_known(headed: Sequence[str]) -> list[str]:
    """Return the names of columns, of which known ones stand as they are known.

    Spreadsheets have `Speaker ID` for `speaker_id`. Where one of a role is headed as it is known,
    others that are like names of that role are columns of their own.
    """
    names = [name.strip() for name in headed]
    for role in (role for role in _ROLES if not set(role) & set(names)):
        for place, name in enumerate(names):
            known = re.sub(r"[\s-]+", "_", name.lower())
            if known in role and known not in names:
                names[place] = known
    return names
