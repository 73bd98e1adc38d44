"""The tutorial's figure, on TIMIT itself: its recipe and ours, scored clip by clip and its own way.

    python benchmarks/timit.py TIMIT --output timit [--checkpoint facebook/wav2vec2-base]

For whoever has TIMIT (LDC93S1), the hub and a GPU; `make prove-timit TIMIT=FOLDER` runs it. The
commands of Malgwi do all of it, one after the other: what is done already in the output folder is
left alone, a run that was stopped goes on. Then transformers' Trainer predicts the test part from
each run's weights as the tutorial has it, in batches of 8, and its way of scoring is taken of that:
the Trainer fills the logits of shorter clips with -100 in every class, and the largest of equal
numbers is the first one, token 0: a letter, where the blank comes last. So a letter is added to the
end of nearly every clip. Clips whose last token was that letter already show nothing of it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PUBLISHED = {"greedy": 0.186, "trainer": 0.282}
"""WER of the tutorial (Hugging Face, 2021): what it says at its end, and its table's last line."""
RECIPES = {"--recipe tutorial": ["--recipe", "tutorial"], "malgwi train": []}
FILLED = -100.0


def main() -> None:
    """Parse the command line; be one part, or run what isn't done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("timit", type=Path, help="the folder that holds TRAIN and TEST")
    parser.add_argument("--output", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--checkpoint", default="facebook/wav2vec2-base")
    parser.add_argument("--train", default="", help="further flags of both `malgwi train`")
    parser.add_argument("--eval-batch", type=int, default=8, help="of the Trainer (8 is its own)")
    parser.add_argument("--predict", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.predict:
        print(json.dumps(trainers_score(args.predict, args.output / "dataset", args.eval_batch)))
        return
    show(prove(args.timit, args.output, args.checkpoint, args.train.split(), args.eval_batch))


def prove(
    timit: Path, output: Path, checkpoint: str, flags: Sequence[str], eval_batch: int
) -> dict[str, Any]:
    """Run all parts; return, and keep in `figures.json`, what each recipe came to."""
    output.mkdir(parents=True, exist_ok=True)
    data, lm = output / "dataset", output / "lm.arpa"
    if not data.is_dir():
        malgwi("prepare", timit, "--format", "timit", "--vocab-from", "all", "--output", data)
    if not lm.is_file():
        malgwi("lm", data, "--output", lm)
    figures: dict[str, Any] = {}
    for name, recipe in RECIPES.items():
        run = output / name.replace(" ", "-").lstrip("-")
        done = run.with_suffix(".json")
        if not done.is_file():
            words = ["train", data, "--checkpoint", checkpoint, "--output", run, *recipe, *flags]
            _, spent = malgwi(*words, *(["--resume"] if (run / "train.json").is_file() else []))
            done.write_text(json.dumps(spent) + "\n", encoding="utf-8")
        tuned = run.with_suffix(".bin")
        if not tuned.is_file():
            malgwi("tune", run, data, "--lm", lm, "--output", tuned)
        greedy, _ = malgwi("evaluate", run, data, "--json")
        fused, _ = malgwi("evaluate", run, data, "--lm", tuned, "--json")
        own = [__file__, timit, "--output", output, "--eval-batch", eval_batch, "--predict", run]
        predicted, _ = child([sys.executable, *map(str, own)])
        figures[name] = {
            "greedy": json.loads(greedy)["wer"],
            "lm": json.loads(fused)["wer"],
            "trainer": json.loads(predicted.splitlines()[-1]),
            **json.loads(done.read_text(encoding="utf-8")),
        }
        text = json.dumps({"published": PUBLISHED, **figures}, indent=2)
        (output / "figures.json").write_text(text + "\n", encoding="utf-8")
    return figures


def malgwi(*words: object) -> tuple[str, dict[str, float]]:
    """Run a command of Malgwi, said before; return what it printed, and what it took."""
    line = [str(word) for word in words]
    print("malgwi " + " ".join(line), file=sys.stderr, flush=True)
    return child([sys.executable, "-m", "malgwi", *line])


def child(words: Sequence[str]) -> tuple[str, dict[str, float]]:
    """Run a process to its end; return its output, its seconds and its peak of memory in MB.

    Raises:
        SystemExit: it failed; what it said stands above.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(words, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(words[1:4])} ...: exit status {process.returncode}")
    seconds, peak = round(time.monotonic() - begun, 1), round(usage.ru_maxrss / 1000)
    return said, {"seconds": seconds, "peak_memory_mb": peak}


def trainers_score(run: Path, dataset: Path, eval_batch: int) -> dict[str, Any]:
    """Predict the test split with transformers' Trainer, and score it as the tutorial does.

    Returns:
        `wer`; `wer_unfilled`, of the same predictions without what was filled in; `changed`, the
        share of clips whose text is another with it; `words_a_clip`.
    """
    import numpy as np
    import torch
    from transformers import Trainer, TrainingArguments, Wav2Vec2ForCTC, Wav2Vec2Processor

    from malgwi.dataset.manifest import load_dataset
    from malgwi.dataset.sound import read_utterance
    from malgwi.speech import score

    data = load_dataset(dataset)
    utterances = data.split("test")
    processor: Any = Wav2Vec2Processor.from_pretrained(run)
    extract = processor.feature_extractor
    clips = [
        {"input_values": extract(read_utterance(u), sampling_rate=16_000).input_values[0]}
        for u in utterances
    ]

    def collate(batch: list[dict[str, Any]]) -> Any:
        return extract.pad(batch, padding=True, return_tensors="pt")

    trainer = Trainer(
        model=Wav2Vec2ForCTC.from_pretrained(run),
        args=TrainingArguments(
            output_dir=tempfile.gettempdir(),  # it writes nothing there
            per_device_eval_batch_size=eval_batch,
            use_cpu=not torch.cuda.is_available(),
            report_to=[],
            remove_unused_columns=False,
            disable_tqdm=True,
        ),
        data_collator=collate,
    )
    table: Any = clips
    logits: Any = trainer.predict(table).predictions
    texts = [data.vocab.decode(ids) for ids in np.argmax(logits, axis=-1).tolist()]
    unfilled = [
        data.vocab.decode(np.argmax(one[(one != FILLED).any(axis=-1)], axis=-1).tolist())
        for one in logits
    ]
    said = [u.text for u in utterances]
    changed = sum(a != b for a, b in zip(texts, unfilled, strict=True))
    return {
        "wer": score.wer(said, texts),
        "wer_unfilled": score.wer(said, unfilled),
        "changed": round(changed / len(said), 3),
        "words_a_clip": round(sum(len(text.split()) for text in said) / len(said), 1),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the table: WER of the whole test part."""
    table = Table("", "clip by clip", "with LM", "the Trainer's", "seconds", "peak MB")
    table.add_row("the tutorial", f"{PUBLISHED['greedy']:.3f}", "", f"{PUBLISHED['trainer']:.3f}")
    for name, found in figures.items():
        rates = (found["greedy"], found["lm"], found["trainer"]["wer"])
        spent = f"{found['seconds']:.0f}", f"{found['peak_memory_mb']:.0f}"
        table.add_row(name, *(f"{rate:.3f}" for rate in rates), *spent)
    Console().print(table)


if __name__ == "__main__":
    main()
