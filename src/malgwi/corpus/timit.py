"""TIMIT as the LDC distributes it (LDC93S1): `TRAIN|TEST/DRn/SPEAKER/SENTENCE.WAV` and `.TXT`.

The `.WAV` files hold NIST SPHERE. Copies differ in the case of names, and one widespread copy
adds a RIFF twin of each file, `SA1.WAV.wav`.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from malgwi.corpus.place import inside
from malgwi.corpus.row import TEST, TRAIN, Fault, Row, broken

_CORE_TEST = (
    "MDAB0 MWBT0 FELC0 MTAS1 MWEW0 FPAS0 MJMP0 MLNT0 FPKT0 MLLL0 MTLS0 FJLM0 "
    "MBPM0 MKLT0 FNLP0 MCMJ0 MJDH0 FMGD0 MGRT0 MNJM0 FDHC0 MJLN0 MPAM0 FMLD0"
)
CORE_TEST = frozenset(_CORE_TEST.split())
"""The 24 speakers of the core test set (TIMIT's `doc/testset.doc`): 192 SX and SI sentences."""

_DIALECT = re.compile(r"dr[1-8]$", re.IGNORECASE)
_SENTENCE = re.compile(r"(sa|si|sx)\d+$", re.IGNORECASE)


def find_root(source: Path) -> Path | None:
    """Return the folder of `source`, or up to two below, that holds TRAIN and TEST."""
    for pattern in ("*", "*/*", "*/*/*"):
        for folder in sorted(source.glob(pattern)):
            if folder.name.lower() == TRAIN and _dialects(folder):
                return folder.parent
    return None


def read_timit(source: Path, *, allow_outside: bool) -> Iterator[Row]:
    """Yield TIMIT's rows: columns `dialect` (DR1 to DR8) and `sentence_type` (SA, SI, SX).

    What links lead to out of `source` is only read where that is allowed.
    """
    within = None if allow_outside else source
    root = find_root(source) or source
    for split in (TRAIN, TEST):
        for part in (p for p in sorted(root.iterdir()) if p.name.lower() == split):
            for dialect in _dialects(part):
                for speaker in sorted(p for p in dialect.iterdir() if p.is_dir()):
                    yield from _speaker_rows(speaker, split, dialect.name.upper(), within)


def _dialects(part: Path) -> list[Path]:
    if not part.is_dir():
        return []
    return sorted(p for p in part.iterdir() if p.is_dir() and _DIALECT.match(p.name))


def _speaker_rows(folder: Path, split: str, dialect: str, within: Path | None) -> Iterator[Row]:
    speaker = folder.name.upper()
    files = {path.name.lower(): path for path in sorted(folder.iterdir())}
    sentences = sorted(
        {name.split(".")[0] for name in files if _SENTENCE.match(name.split(".")[0])}
    )
    for sentence in sentences:
        audio = files.get(f"{sentence}.wav") or files.get(f"{sentence}.wav.wav")
        row_id = f"{split}/{dialect}/{speaker}/{sentence.upper()}"
        if audio is None:
            wanted = folder / f"{sentence.upper()}.WAV"
            yield broken(row_id, "no-recording", f"{wanted} is missing")
            continue
        transcript = files.get(f"{sentence}.txt")
        if transcript is None:
            yield broken(row_id, "no-transcript", f"{audio.with_suffix('.TXT')} is missing")
            continue
        led_out = [p for p in (audio, transcript) if within and inside(p, within) is None]
        if led_out:
            yield broken(row_id, "outside", f"{led_out[0]} is a link to {led_out[0].resolve()}")
            continue
        try:
            text = _sentence_text(transcript)
        except (ValueError, OSError) as error:
            yield broken(row_id, "damaged-row", f"{transcript}: {error}")
            continue
        yield Row(
            id=row_id,
            audio=audio,
            text=text,
            split=split,
            speaker=speaker,
            columns={"dialect": dialect, "sentence_type": sentence[:2].upper()},
        )


def _sentence_text(path: Path) -> str:
    """Return the sentence of a line "first-sample last-sample sentence"."""
    content = path.read_bytes().decode("utf-8")
    parts = content.split(maxsplit=2)
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        raise ValueError(f'found {content[:40]!r}, expected "start end sentence"')
    return parts[2].strip() if len(parts) == 3 else ""


def leave_out(
    rows: Iterable[Row], faults: list[tuple[str, Fault]], *, drop_sa: bool, core_test: bool
) -> list[Row]:
    """Return the rows that stay; the others go to `faults`.

    `drop_sa` leaves out the two SA sentences, which every speaker reads; `core_test` keeps of the
    test part its 24 core speakers, without SA sentences.
    """
    kept = []
    for row in rows:
        is_sa = reads_sa(row)
        if drop_sa and is_sa:
            faults.append((row.id, Fault("left-out", "SA sentence (--drop-sa)")))
        elif core_test and row.split == TEST and (is_sa or row.speaker not in CORE_TEST):
            faults.append((row.id, Fault("left-out", "not in the core test (--timit-core-test)")))
        else:
            kept.append(row)
    return kept


def reads_sa(row: Row) -> bool:
    """Say whether a row is one of the two sentences that every speaker of TIMIT reads."""
    return row.columns.get("sentence_type") == "SA"
