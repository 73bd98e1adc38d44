"""`malgwi train --also`: learn from transcripts, then from what the model itself writes down, too.

Round 0 is the run that `malgwi train` makes. Every further one starts from the checkpoint again,
with the transcripts and the labels of the best run so far; a round that measures no better on the
validation split is the last one, and the best run is the result. Until then all lies in `RUN.also`:
what was found in each recording, and for each round what was heard, a data set and a run. Each is
made of those before alone, so that a command that was killed comes to the same result in the end.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from malgwi.bundle.detector import open_detector
from malgwi.dataset.manifest import Dataset, Utterance, load_dataset, write_manifest
from malgwi.dataset.shares import write_part
from malgwi.errors import GateError, MalgwiError
from malgwi.lm.make import make_lm
from malgwi.progress import clock, say
from malgwi.publish import claim_folder, publish_folder
from malgwi.recognition.sources import recordings
from malgwi.speech.score import Measure, measure_for
from malgwi.terminal import printable
from malgwi.training.config import STATE, TRAIN, TrainConfig, config_from_dict
from malgwi.training.record import fingerprint
from malgwi.training.setup import start_processes
from malgwi.training.train import train
from malgwi.unfinished import MARK
from malgwi.untranscribed.found import Speech, find_all
from malgwi.untranscribed.kept_rounds import Work, check_same, is_begun, open_work, write_json
from malgwi.untranscribed.labels import VALID, label, open_ear
from malgwi.untranscribed.outcome import ALSO, LABELS, Also, Labels, Round
from malgwi.untranscribed.pick import balanced, pace, pick, repeated

ROUNDS, SHARE = 2, 0.75
_LM, _DATASET, _RUN, _FACTS, _HEARD = "lm.bin", "dataset", "run", "labels.json", "heard.jsonl"
_ENDED = ("finished", "patience")


def train_also(
    dataset: Path,
    output: Path,
    config: TrainConfig,
    *,
    folder: Path,
    checkpoint: str = "starter",
    rounds: int = ROUNDS,
    share: float = SHARE,
    resume: bool = False,
    replace: bool = False,
) -> Also:
    """Train on a data set and on recordings without transcripts, and write the better run.

    Args:
        dataset: a folder written by `malgwi prepare`; its splits `train` and `valid` are used, and
            whatever is in one of its splits is left out of the recordings.
        output: the run folder to write; until then `output.also` holds the rounds.
        config: of each round's run.
        folder: of recordings, or one of them.
        checkpoint: what each round starts from.
        rounds: with labels, at most; 1 or more.
        share: labels are kept of which the model is as sure as of the surest such share of
            the validation clips.
        resume: go on in `output.also`, to the result of a command that was never stopped.
        replace: replace a run folder, and what is unfinished, that are there.

    Raises:
        MalgwiError: the data set, the recordings or the checkpoint can't be used; there is nothing
            to learn from; or a round failed, and those before it are kept for `resume`.
        GateError: round 0 diverged.
    """
    _check(config, rounds, share)
    data = load_dataset(dataset)
    asked = {
        "dataset": fingerprint(data),
        "folder": str(folder.absolute()),
        "checkpoint": checkpoint,
        "rounds": rounds,
        "share": share,
    }
    if resume and not replace and (there := _published(output, config, asked)):
        if is_begun(output):  # it was killed between its last two steps
            Work(output).remove()
        say(printable(there.to_text()))
        return there
    for split in ("train", VALID):
        data.split(split)  # that there is none is told before the work
    files = [Path(str(file)).absolute() for file in recordings([folder])]
    begun = {**asked, "recordings": sorted([str(file), _size(file)] for file in files)}
    claim_folder(output, replace=replace)
    with open_work(output, config, begun, resume=resume, replace=replace) as work:
        speech = find_all(files, folder.absolute(), data, open_detector().hears_speech, work.found)
        speech.tell()
        try:
            speech.check()
        except MalgwiError:
            work.remove()
            raise
        made = _Rounds(data, config, checkpoint, speech, share=share, work=work)
        stopped = made.all(rounds)
        found = Also(
            output,
            str(dataset),
            str(folder),
            made.measure,
            made.best,
            tuple(made.done),
            speech.to_json(),
        )
        if stopped:
            say(printable(f"stopped; the same command with --resume goes on ({work.folder})"))
            return changed(found, stopped="signal")
        _publish(found, work, data, asked, replace=replace)
        work.remove()
    say(printable(found.to_text()))
    return found


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # a link that leads nowhere; it is named in its turn
        return -1


def _check(config: TrainConfig, rounds: int, share: float) -> None:
    """Refuse what can't be done.

    Raises:
        MalgwiError: names the flag.
    """
    if rounds < 1:
        raise MalgwiError(f"--also-rounds {rounds}: expected 1 or more")
    if not 0 < share <= 1:
        raise MalgwiError(f"--also-share {share:g}: expected more than 0, at most 1")
    if config.max_minutes is not None:
        raise MalgwiError(
            "--max-minutes: ends one run, and --also makes several; give --fit-minutes or "
            "--max-steps, which hold for each of them"
        )
    if start_processes(config).num_processes > 1:
        raise MalgwiError("--also: works in one process; start it without accelerate or torchrun")


class _Rounds:
    """The rounds of one command, as far as they are made."""

    def __init__(
        self,
        data: Dataset,
        config: TrainConfig,
        checkpoint: str,
        speech: Speech,
        *,
        share: float,
        work: Work,
    ) -> None:
        self._data, self._config, self._checkpoint = data, config, checkpoint
        self._stretches, self._share, self._work = speech.utterances, share, work
        texts = [utterance.text for utterance in data.split(VALID)]
        self.measure: Measure = measure_for(texts, delimiter=data.vocab.delimiter is not None)
        self.done: list[Round] = []
        self.best = 0

    def all(self, rounds: int) -> bool:
        """Make all that are worth it; say whether the user stopped them.

        Raises:
            MalgwiError: one failed.
        """
        for number in range(rounds + 1):
            try:
                labels = self._labels(number) if number else None
                if number and labels is None:
                    break
                one = self._run(number, labels)
            except GateError as error:
                if not number:
                    raise
                one = Round(number, labels, failed=str(error))
            except MalgwiError as error:
                raise MalgwiError(
                    f"round {number} of --also: {error}. What was done is kept: mend that, and "
                    "give the same command with --resume"
                ) from error
            if one is None:
                return True
            self.done.append(one)
            if number:
                if not one.beats(self.done[self.best], self.measure):
                    break
                self.best = number
        return False

    def _labels(self, number: int) -> Labels | None:
        """Write a round's data set, where it isn't there; None: no label is kept."""
        place = self._work.round(number)
        facts = place / _FACTS
        if not facts.exists():
            write_json(facts, asdict(self._label(place)))
        labels = Labels(**json.loads(facts.read_text(encoding="utf-8")))
        if not labels.clips:
            return None
        say(
            f"round {number}: {labels.clips} labels ({labels.hours:.2f} h) beside the transcripts, "
            f"by the run of round {labels.labelled_by}; {labels.right:.0%} of their words are "
            f"expected to be right{self._expected(labels)}"
        )
        return labels

    def _label(self, place: Path) -> Labels:
        """Let the best run so far write down what it hears, and write the data set with that."""
        ear = open_ear(self._work.round(self.best) / _RUN, self._data, self._lm(), self.measure)
        heard = label(ear, self._stretches, self._data.vocab.rules, place / _HEARD)
        transcribed = self._data.split("train")
        picked = pick(
            heard.values(),
            {u.id: u.duration for u in self._stretches},
            ear.valid,
            ear.confidence,
            pace(transcribed),
            share=self._share,
        )
        labelled = [
            changed(
                u,
                text=heard[u.id].text,
                split="train",
                columns={"confidence": f"{picked.kept[u.id]:.3f}"},
            )
            for u in self._stretches
            if u.id in picked.kept
        ]
        times = balanced(_hours(transcribed), _hours(labelled))
        valid = self._data.split(VALID)
        beside = [*labelled, *valid]
        everything = (*repeated(transcribed, times, [u.id for u in beside]), *beside)
        write_part(self._data, everything, place / _DATASET)
        write_manifest(place / LABELS, labelled, self._work.output)
        return Labels(
            self.best,
            ear.with_lm,
            len(labelled),
            _hours(labelled),
            sum(picked.kept.values()) / max(len(labelled), 1),
            times,
            picked.counts(),
        )

    def _lm(self) -> Path | None:
        """Return the language model of the transcripts, if words are separated in them."""
        if self._data.vocab.delimiter is None:
            return None
        path = self._work.folder / _LM
        if not path.exists():
            make_lm([self._data.folder], path)
        return path

    def _run(self, number: int, labels: Labels | None) -> Round | None:
        """Make a round's run, or what is left of it; None: the user stopped it."""
        place = self._work.round(number)
        run, dataset = place / _RUN, place / _DATASET if number else self._data.folder
        if _figures(run).get("status") not in _ENDED:
            there = (run / TRAIN).is_file()
            found = train(dataset, run, self._config, checkpoint=self._checkpoint, resume=there)
            if found.stopped == "signal":
                return None
        figures = _figures(run)
        return Round(
            number,
            labels,
            figures["best_wer"],
            figures["best_cer"],
            figures["best_step"],
            figures["steps"],
            figures["train_seconds"],
            figures["audio_seconds"],
        )

    def _expected(self, labels: Labels) -> str:
        """Return how long a run will take, by the one before."""
        last = self.done[-1]
        if self._config.max_steps or self._config.fit_minutes or not last.audio_seconds:
            seconds = last.train_seconds
        else:
            hours = _hours(self._data.split("train"))
            before = _learnt(hours, last.labels)
            seconds = last.train_seconds * _learnt(hours, labels) / max(before, 1e-9)
        return f"; about {clock(seconds)} of steps"


def _hours(utterances: Sequence[Utterance]) -> float:
    return sum(utterance.duration for utterance in utterances) / 3600


def _learnt(transcribed: float, labels: Labels | None) -> float:
    """Return the hours of a pass."""
    return transcribed if labels is None else transcribed * labels.repeated + labels.hours


def _figures(run: Path) -> dict[str, Any]:
    """Return what a run came to, as far as it is; nothing where it isn't there."""
    path = run / TRAIN
    if not path.is_file():
        return {}
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return figures


def _publish(
    found: Also, work: Work, data: Dataset, asked: Mapping[str, Any], *, replace: bool
) -> None:
    """Copy the run that is the best, without its state, which can't go on from other data."""
    place = work.round(found.selected)
    with publish_folder(found.run, replace=replace) as folder:
        shutil.copytree(
            place / _RUN, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(STATE, MARK)
        )
        record = json.loads((folder / TRAIN).read_text(encoding="utf-8"))
        record["facts"] |= {
            "dataset": str(data.folder.resolve()),
            "dataset_sha256": fingerprint(data),
            ALSO: asked,
        }
        record[ALSO] = found.to_json()
        write_json(folder / TRAIN, record)
        if found.selected:
            shutil.copyfile(place / LABELS, folder / LABELS)


def _published(output: Path, config: TrainConfig, asked: Mapping[str, Any]) -> Also | None:
    """Return what a run that is there says of its rounds; None: it isn't one of several.

    Raises:
        MalgwiError: it was made with other numbers or things than are asked for now.
    """
    try:
        record = json.loads((output / TRAIN).read_text(encoding="utf-8"))
        found = Also.from_json(record[ALSO])
        made_with = config_from_dict(record["config"])
        before = record["facts"].get(ALSO, asked)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    check_same(output, made_with, config, before, asked)
    return found
