"""One transcript as text, JSON or subtitles."""

import json
from pathlib import Path

from malgwi.decoding.decode import Transcript
from malgwi.recognition.subtitles import srt, vtt

FORMATS = {"text": ".txt", "json": ".json", "srt": ".srt", "vtt": ".vtt"}
"""Each format and the ending of its files."""


def render(transcript: Transcript, file: Path, form: str, channel: int | None = None) -> str:
    """Return one transcript in one of `FORMATS`, ending in a line feed.

    JSON is one line: `file`, `text`, `duration_ms` and `words` with times and confidences, and
    `channel` where one of several was listened to. Text is one line, or one for each alternative
    where they were asked for: its score, a tab, its text.
    """
    match form:
        case "text":
            if transcript.alternatives:
                return "".join(f"{a.score:.4f}\t{a.text}\n" for a in transcript.alternatives)
            return transcript.text + "\n"
        case "json":
            found = transcript.to_json(str(file))
            if channel is not None:
                found["channel"] = channel
            return json.dumps(found, ensure_ascii=False) + "\n"
        case "srt":
            return srt(transcript.timed_words)
        case _:
            return vtt(transcript.timed_words)
