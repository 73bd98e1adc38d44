"""Make rounds of `train --also` that are killed at given points; print what they came to.

A program of its own, started by tests/untranscribed/test_rounds_resume.py, as interrupted_runs is.

    python interrupted_rounds.py DATA CHECKPOINT RECORDINGS FOLDER SCENARIO...
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interrupted_runs import at_call, falling, forked, kill

import torch  # isort: skip

import malgwi.training.evaluations
import malgwi.training.run_folder
import malgwi.untranscribed.found
import malgwi.untranscribed.kept_rounds
import malgwi.untranscribed.labels
import malgwi.untranscribed.rounds
from malgwi.dataset.manifest import Utterance
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.training.config import TrainConfig
from malgwi.untranscribed.kept_rounds import work_folder
from malgwi.untranscribed.labels import Ear, Heard
from malgwi.untranscribed.rounds import train_also

CONFIG = TrainConfig(
    max_steps=4,
    eval_every=2,
    batch_seconds=2,
    learning_rate=1e-2,
    precision="fp32",
    hidden_dropout=0.1,
)


class Anything:
    """A detector that takes beeps for speech."""

    @staticmethod
    def hears_speech(_: Any) -> bool:
        """Say yes."""
        return True


def heard_by(run: Path, *_: Any) -> Ear:
    """Return an ear whose words depend on the weights, since a random model hears nothing."""
    digest = hashlib.sha256((run / "model.safetensors").read_bytes()).digest()
    words: Any = "dad" if digest[0] % 2 else "bad"
    return Ear(
        words,
        with_lm=False,
        wer=0.5,
        cer=0.5,
        confidence=ConfidenceMap(1.0, 0.0),
        valid=[Heard("valid", "da", [0.5])],
    )


def told(word: Any, stretch: Utterance, *_: Any) -> Heard:
    """Return a label that is surer than what is heard in the validation split."""
    words = [word] * round(2 * stretch.duration)
    return Heard(stretch.id, " ".join(words), [0.9] * len(words))


SCENARIOS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "killed in looking for speech": lambda: at_call(
        malgwi.untranscribed.found, "find_speech", 2, lambda *_, **__: kill()
    ),
    "killed in round 0": lambda: at_call(
        torch.nn.utils, "clip_grad_norm_", 3, lambda *_, **__: kill()
    ),
    "killed in labelling": lambda: at_call(
        malgwi.untranscribed.labels, "append_line", 2, lambda *_: kill()
    ),
    "killed before the labels are a data set": lambda: at_call(
        malgwi.untranscribed.rounds, "write_part", 1, lambda *_: kill()
    ),
    "killed after that": lambda: at_call(
        malgwi.untranscribed.rounds, "write_json", 1, lambda *_: kill()
    ),
    "killed in round 1": lambda: at_call(
        torch.nn.utils, "clip_grad_norm_", 7, lambda *_, **__: kill()
    ),
    "killed in round 2": lambda: at_call(
        torch.nn.utils, "clip_grad_norm_", 10, lambda *_, **__: kill()
    ),
    "killed while publishing": lambda: at_call(
        malgwi.untranscribed.rounds, "fingerprint", 2, lambda *_: kill()
    ),
    "killed when all was done": lambda: at_call(
        malgwi.untranscribed.kept_rounds, "remove", 1, lambda *_: kill()
    ),
}


def _outcome(run: Path) -> dict[str, Any]:
    record = json.loads((run / "train.json").read_text())["also"]
    rounds = [{n: v for n, v in one.items() if n != "train_seconds"} for one in record["rounds"]]
    labels = run / "also.jsonl"
    return {
        "weights": hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest(),
        "rounds": rounds,
        "selected": record["selected"],
        "speech": record["speech"],
        "labels": labels.read_text() if labels.exists() else None,
        "left": sorted(p.name for p in run.parent.iterdir() if p.name.startswith((".", "run."))),
    }


def main() -> None:
    """Print one JSON object: scenario to exit codes and outcome."""
    # Each evaluation is better than the one before it, in whatever round.
    malgwi.training.evaluations.validate = falling  # type: ignore[attr-defined]
    malgwi.training.run_folder.draw_curve = lambda *_: None  # type: ignore[attr-defined]
    malgwi.untranscribed.rounds.open_detector = Anything  # type: ignore[assignment, attr-defined]
    malgwi.untranscribed.rounds.open_ear = heard_by  # type: ignore[assignment, attr-defined]
    malgwi.untranscribed.labels._heard = told  # type: ignore[assignment]
    data, checkpoint, recordings = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    found = {}
    for number, name in enumerate(sys.argv[5:]):
        place = Path(sys.argv[4]) / f"scenario{number}"
        place.mkdir()
        run = place / "run"

        def work(run: Path = run, *, resume: bool = False) -> None:
            train_also(
                data,
                run,
                CONFIG,
                folder=recordings,
                checkpoint=checkpoint,
                share=1.0,
                resume=resume,
            )

        def begin(name: str = name, work: Any = work) -> None:
            SCENARIOS[name]()
            work()

        def go_on(work: Any = work) -> None:
            work(resume=True)

        first = forked(begin)
        between = work_folder(run).exists()
        codes = [first, forked(go_on)]
        found[name] = {"codes": codes, "unfinished": between, "end": _outcome(run)}
        shutil.rmtree(place)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
