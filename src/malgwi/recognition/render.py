"""One transcript as text, JSON, subtitles or tiers."""

import json

from malgwi.annotation.annotation import Tier
from malgwi.annotation.audacity import labels
from malgwi.annotation.ctm import ctm
from malgwi.annotation.elan_tiers import new_document
from malgwi.annotation.stm import stm
from malgwi.annotation.textgrid import textgrid
from malgwi.decoding.decode import Transcript
from malgwi.recognition.subtitles import srt, vtt
from malgwi.recognition.utterances import each_word, elan_tiers, spoken, utterances
from malgwi.stores.address import Location

FORMATS = {
    "text": ".txt",
    "json": ".json",
    "srt": ".srt",
    "vtt": ".vtt",
    "eaf": ".eaf",
    "textgrid": ".TextGrid",
    "audacity": ".labels.txt",
    "ctm": ".ctm",
    "stm": ".stm",
}
"""Each format and the ending of its files."""
CORRECTED = ("eaf", "textgrid", "audacity")
"""Formats of programs in which people go on working, so that what is there is never replaced."""
ALONE = ("srt", "vtt", "eaf", "textgrid", "audacity")
"""Formats whose files are about one recording."""


def render(
    transcript: Transcript,
    file: Location,
    form: str,
    channel: int | None = None,
    folder: Location | None = None,
) -> str:
    """Return one transcript in one of `FORMATS`, ending in a line feed.

    JSON is one line: `file`, `text`, `duration_ms` and `words` with times and confidences, and
    `channel` where one of several was listened to. Text is one line, or one for each alternative
    where they were asked for: its score, a tab, its text. `folder` is where the result will lie.
    """
    match form:
        case "text":
            if transcript.alternatives:
                return "".join(f"{a.score:z.4f}\t{a.text}\n" for a in transcript.alternatives)
            return transcript.text + "\n"
        case "json":
            found = transcript.to_json(str(file))
            if channel is not None:
                found["channel"] = channel
            return json.dumps(found, ensure_ascii=False) + "\n"
        case "srt":
            return srt(transcript.timed_words)
        case "vtt":
            return vtt(transcript.timed_words)
        case _:
            return _tiers(transcript, file, form, channel, folder)


def _tiers(
    transcript: Transcript, file: Location, form: str, channel: int | None, folder: Location | None
) -> str:
    words = transcript.timed_words
    said = tuple(map(spoken, utterances(words)))
    number = 1 if channel is None else channel + 1  # NIST's channels are 1 and 2, or A and B
    match form:
        case "eaf":
            return new_document(elan_tiers(words), file, folder).decode()
        case "textgrid":
            tiers = Tier("utterances", said), Tier("words", each_word(words))
            return textgrid(tiers, transcript.duration_ms / 1000)
        case "audacity":
            return labels(said)
        case "stm":
            return stm(said, file.stem, number)
        case _:
            confidences = (word.confidence for word in words)
            return ctm(zip(each_word(words), confidences, strict=True), file.stem, number)
