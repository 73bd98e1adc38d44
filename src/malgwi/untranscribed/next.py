"""`malgwi next`: which stretches of untranscribed recordings to write down next.

Every stretch of speech is heard by the model: its words with their confidences, brought to
probabilities by the validation split where there is a data set, say how many words are wrong;
its encoder says what else sounds like it. What is chosen is a list to work through.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from malgwi.bundle.detector import open_detector
from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.dataset.sound import Recordings
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import fit, judge
from malgwi.page.examples import write_show
from malgwi.progress import audio_progress, say
from malgwi.publish import publish_folder
from malgwi.recognition.sources import recordings
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.text import Normalisation, normalise
from malgwi.speech.vocab import Vocab
from malgwi.terminal import printable
from malgwi.training.config import TRAIN
from malgwi.untranscribed.choose import choose
from malgwi.untranscribed.found import Speech, find_all
from malgwi.untranscribed.listener import Listened, Listener, open_listener

LIST, PAGE = "manifest.jsonl", "next.html"
"""Files of the result: for `malgwi prepare` once texts are filled in; for people."""
VALID = "valid"
_AS_IT_IS = ConfidenceMap(1.0, 0.0)


@dataclass(frozen=True)
class Chosen:
    """One stretch to write down."""

    audio: Path
    start: float
    """Seconds."""
    end: float
    draft: str
    """What the model hears."""
    wrong: float
    """Words of the draft that are probably wrong."""
    channel: int | None
    """Which was heard; None is the average of all."""


@dataclass(frozen=True)
class Next:
    """What to write down next."""

    model: str
    folder: str
    minutes: float
    """That were asked for."""
    calibrated: bool
    """Whether confidences were brought to probabilities."""
    chosen: Sequence[Chosen]
    """The most useful first."""
    speech: dict[str, Any]
    """What the recordings hold, and what was left out."""

    @property
    def chosen_minutes(self) -> float:
        """Of all that was chosen."""
        return sum(one.end - one.start for one in self.chosen) / 60

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        chosen = [{**asdict(one), "audio": str(one.audio)} for one in self.chosen]
        return {**asdict(self), "chosen_minutes": self.chosen_minutes, "chosen": chosen}


def choose_next(
    model: str,
    folder: Path,
    output: Path,
    *,
    minutes: float,
    dataset: Path | None = None,
    seed: int = 0,
    replace: bool = False,
) -> Next:
    """Choose stretches to write down, and write the list and a page to listen to them.

    Args:
        model: a run or checkpoint that can spell.
        folder: of recordings of any length, or one of them.
        output: a folder for `manifest.jsonl` and `next.html`.
        minutes: of what is chosen, at most.
        dataset: what is transcribed already; None is what the run learnt from, if it is there.
        seed: of what is drawn where there are very many stretches.
        replace: whether `output` may replace an earlier one.

    Raises:
        MalgwiError: the model, the recordings or the data set can't be used; there is no speech;
            or `output` can't be written. Recordings that can't be read are in `Next.speech`:
            `check_all_read` raises for them.
    """
    if not minutes > 0:
        raise MalgwiError(f"--minutes {minutes:g}: expected more than 0")
    files = [Path(str(file)).absolute() for file in recordings([folder])]
    data = _data(model, dataset)
    with publish_folder(output, replace=replace) as place:
        checkpoint, listen = open_listener(model)
        assert checkpoint.vocab is not None  # noqa: S101 - `open_listener` has looked
        rules = checkpoint.vocab.rules if data is None else data.vocab.rules
        known = data or Dataset(folder, (), checkpoint.vocab, {})
        speech = find_all(files, folder.absolute(), known, open_detector().hears_speech)
        speech.tell()
        speech.check()
        confidence = None if data is None else calibration(data, listen)
        if data is None:
            say(
                "no data set to calibrate with (--data): confidences are the model's own, and what "
                "is transcribed already isn't left out"
            )
        elif confidence is None:
            say(
                printable(
                    f"{data.folder}: nothing in its split {VALID!r} to calibrate with: confidences "
                    "are the model's own"
                )
            )
        found = _choose(
            speech,
            listen,
            rules,
            confidence or _AS_IT_IS,
            budget=60 * minutes,
            seed=seed,
        )
        result = Next(
            model, str(folder), minutes, confidence is not None, found[0], speech.to_json()
        )
        _write(result, found[1], place, output, checkpoint.vocab)
    return result


def check_all_read(found: Next) -> None:
    """Make a choice among some of the recordings fail, after it was written and told.

    Raises:
        MalgwiError: names the first that can't be read.
    """
    if unreadable := found.speech["unreadable"]:
        raise MalgwiError(
            f"{len(unreadable)} of {found.speech['recordings']} recordings can't be read, the "
            f"first: {next(iter(unreadable.values()))}"
        )


def _data(model: str, dataset: Path | None) -> Dataset | None:
    """Return the data set that is given, or that a run learnt from if it is there."""
    if dataset is not None:
        return load_dataset(dataset)
    try:
        facts = json.loads((Path(model) / TRAIN).read_text(encoding="utf-8"))["facts"]
        learnt_from = Path(facts["dataset"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        return load_dataset(learnt_from)
    except MalgwiError as error:
        say(printable(f"{model}: what it learnt from can't be used: {error}"))
        return None


def calibration(data: Dataset, listen: Listener) -> ConfidenceMap | None:
    """Return the map to probabilities that the validation split gives, if there is one."""
    clips = [u for u in data.utterances if u.split == VALID]
    judged, recordings_ = [], Recordings()
    with audio_progress(f"listening to {VALID}", sum(u.duration for u in clips)) as advance:
        for clip in clips:
            try:
                heard = listen(recordings_.read(clip)).transcript
            except MalgwiError as error:
                say(printable(f"left out: {error}"))
            else:
                rules = data.vocab.rules
                judged += judge(heard.words, normalise(clip.text, rules), rules)
            advance(clip.duration)
    return fit(judged) if judged else None


def _choose(
    speech: Speech,
    listen: Listener,
    rules: Normalisation,
    confidence: ConfidenceMap,
    *,
    budget: float,
    seed: int,
) -> tuple[list[Chosen], list[Utterance]]:
    """Return what is chosen, and as utterances whose texts are the drafts."""
    heard: list[tuple[Utterance, Listened]] = []
    stretches, sound = speech.utterances, Recordings()
    with audio_progress("listening", sum(u.duration for u in stretches)) as advance:
        for stretch in stretches:
            heard.append((stretch, listen(sound.read(stretch))))
            advance(stretch.duration)
    wrong = [sum(1 - confidence(w.confidence) for w in one.transcript.words) for _, one in heard]
    places = choose(
        wrong,
        [stretch.duration for stretch, _ in heard],
        np.stack([one.sound for _, one in heard]),
        budget=budget,
        seed=seed,
    )
    chosen, utterances = [], []
    for place in places:
        stretch, one = heard[place]
        draft = normalise(one.transcript.text, rules)
        start, end = stretch.stretch.first / SAMPLE_RATE, stretch.stretch.end / SAMPLE_RATE
        channel = stretch.stretch.channel
        chosen.append(Chosen(stretch.audio, start, end, draft, round(wrong[place], 2), channel))
        utterances.append(
            Utterance(stretch.id, stretch.audio, stretch.stretch, draft, stretch.split)
        )
    return chosen, utterances


def _write(
    result: Next, utterances: Sequence[Utterance], place: Path, output: Path, vocab: Vocab
) -> None:
    """Write the list, whose texts are empty until somebody fills them in, and the page."""
    with (place / LIST).open("w", encoding="utf-8", errors="backslashreplace") as file:
        for rank, one in enumerate(result.chosen, 1):
            row: dict[str, Any] = {
                "audio_filepath": str(one.audio),
                "offset": round(one.start, 4),
                "duration": round(one.end - one.start, 4),
                "text": "",
                "draft": one.draft,
                "rank": rank,
            }
            if one.channel is not None:
                row["channel"] = one.channel
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    shown = Dataset(output, tuple(utterances), vocab, {"name": f"{output.name}: to write down"})
    write_show(place / PAGE, shown, utterances)
