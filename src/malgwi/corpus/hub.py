"""A data set of the Hugging Face hub, or a local folder that `datasets` can load.

`datasets` fetches and unpacks; the audio is taken as the bytes that are stored, and decoded by
`malgwi.speech.audio` like everything else, so that neither torchcodec nor FFmpeg is needed.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from malgwi.corpus.columns import SPEAKER, TEXT
from malgwi.corpus.row import Row, answer_of, broken, split_of
from malgwi.errors import MalgwiError
from malgwi.extras import install

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def read_hub(name: str, clips: Path) -> Iterator[Row]:
    """Yield the rows of `owner/name` or `owner/name:config`, their audio written into `clips`.

    Raises:
        MalgwiError: `datasets` is missing, can't load the name, or finds no audio or text.
    """
    try:
        import datasets
    except ImportError as error:
        raise MalgwiError(f"hub:{name}: needs an extra; {install('hub')}") from error
    path, _, config = name.partition(":")
    try:
        loaded = datasets.load_dataset(path, config or None)
    except Exception as error:  # `datasets` raises whatever its parts raise
        raise MalgwiError(f"hub:{name}: can't be loaded ({_reason(error, path)}") from error
    for split_name, part in loaded.items():
        audio, text, speaker = _columns(name, part.features, datasets.Audio)
        # A single split is no split, whatever it is called: all three are made of it.
        split = None if len(loaded) == 1 else split_of(split_name)
        for number, record in enumerate(part.cast_column(audio, datasets.Audio(decode=False))):
            row_id = f"{split_name}/{number:06}"
            if split is None and len(loaded) > 1:
                yield broken(row_id, "unknown-split", split_name)
                continue
            if record[audio] is None:
                yield replace(
                    broken(row_id, "no-recording", f"nothing in the column {audio}"),
                    speaker=_speaker(record, speaker),
                    columns=_answers(part.features, record),
                )
                continue
            ending = _ENDING.search(str(record[audio]["path"] or ""))
            yield Row(
                id=row_id,
                audio=_write(
                    clips / f"{row_id}{ending[0].lower() if ending else ''}", record[audio]
                ),
                text=str(record[text] or ""),
                split=split,
                speaker=_speaker(record, speaker),
                columns=_answers(part.features, record),
            )


def _reason(error: BaseException, path: str) -> str:
    """Return the first cause of an error in a line, and the remedy."""
    while error.__cause__ is not None:
        error = error.__cause__
    said = (str(error).strip() or repr(error)).splitlines()[0][:300]
    if "torchcodec" in said:  # repositories of loose audio files, which `datasets` encodes anew
        return (
            "it holds loose audio files). Get them and prepare the folder: hf download "
            f"--repo-type dataset {path} --local-dir FOLDER"
        )
    return (
        f"{said}). Check the name and the network, or name a configuration: hub:owner/name:config"
    )


def _columns(name: str, features: Any, audio_type: type) -> tuple[str, str, str | None]:
    audio = next((key for key, kind in features.items() if isinstance(kind, audio_type)), None)
    text = next((key for key in TEXT if key in features), None)
    if audio is None or text is None:
        raise MalgwiError(
            f"hub:{name}: no column of audio or none of text; found {', '.join(features)}; "
            f"expected an Audio column and one of {', '.join(TEXT)}"
        )
    return audio, text, next((key for key in SPEAKER if key in features), None)


def _speaker(record: dict[str, Any], column: str | None) -> str | None:
    value = None if column is None else record[column]
    return None if value is None else str(value) or None


def _answers(features: Any, record: dict[str, Any]) -> dict[str, str]:
    """Return what a record says of consent and share."""
    found = {}
    for column in filter(answer_of, features):
        value, classes = record[column], getattr(features[column], "names", None)
        if classes and value is not None:
            value = None if value < 0 else classes[value]
        if value is not None:
            found[column] = str(value)
    return found


def _write(target: Path, audio: dict[str, Any]) -> Path:
    """Write a clip's stored bytes, which the data set holds itself or in a file of its cache."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stored = audio.get("bytes")
    if stored is None and audio.get("path") and Path(audio["path"]).is_file():
        stored = Path(audio["path"]).read_bytes()
    if stored is not None:
        target.write_bytes(stored)
    return target
