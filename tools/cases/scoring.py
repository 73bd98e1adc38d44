"""Training, checkpoints, golden clips and subtitles."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from cases.case import Case, Exactly, Starts, Topic
from cases.speech import TOP, clips, prepared, refused, table
from malgwi.decoding.decode import TimedWord
from malgwi.export.golden_clips import beginning, shared
from malgwi.recognition.subtitles import cues, srt
from malgwi.speech.score import Measure, rank


def _extra_tokens(folder: Path) -> str:
    """Save the demo's run with a tokenizer that has two tokens more than the head has rows."""
    from malgwi.model.checkpoint import load_checkpoint, save_checkpoint

    save_checkpoint(folder / "m", load_checkpoint(str(TOP / "demo/run")))
    place = folder / "m/vocab.json"
    vocab = json.loads(place.read_text(encoding="utf-8"))
    vocab |= {"<s>": len(vocab), "</s>": len(vocab) + 1}
    place.write_text(json.dumps(vocab), encoding="utf-8")
    loaded = load_checkpoint(str(folder / "m")).vocab
    return "loads" if loaded else "no vocabulary"


def _shared(*shares: str) -> Callable[[Path], str]:
    from malgwi.dataset.manifest import Stretch, Utterance

    def measure(folder: Path) -> str:
        asked = [
            Utterance("x", folder / "x.wav", Stretch(f"{i:064}", 1), "x", "valid", f"s{i}", "",
                      {"share": share} if share else {})
            for i, share in enumerate(shares)
        ]  # fmt: skip
        allowed = shared(asked, ())
        return "all travel" if allowed is None else f"{sum(allowed)} of {len(allowed)} may travel"

    return measure


def _cut_at_a_pause(_: Path) -> str:
    samples = np.full(20 * 16_000, 0.5, np.float32)
    samples[::2] = -0.5  # a constant is no sound
    samples[96_000:97_600] = 0  # 6 s
    return f"its first {len(beginning(samples)) / 16_000:.2f} s"


def _word(text: str, start_ms: int, end_ms: int) -> TimedWord:
    return TimedWord(text, start_ms, end_ms, 0.9)


def _short(_: Path) -> str:
    cue = cues([_word("yes", 5_000, 5_060)])[0]
    return f"{(cue.end_ms - cue.start_ms) / 1000:.1f} s"


def _markup(_: Path) -> str:
    return srt([_word("a<b>", 0, 900)]).splitlines()[2]


UNSPACED = "今天天气很好我们去公园走走然后去吃饭再回家看电视" * 8


def _unspaced(_: Path) -> str:
    return _measures([_word(UNSPACED, 200, 3_600_000)])


def _korean(_: Path) -> str:
    words = ("오늘은날씨가아주좋아서", "우리는공원에가서산책을하고", "그리고점심을먹으러갔다가")
    return _measures([_word(word, 1000 * i, 1000 * i + 900) for i, word in enumerate(words)])


def _measures(words: Sequence[TimedWord]) -> str:
    import unicodedata

    shown = cues(words)
    widths = [
        sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
        for cue in shown
        for line in cue.lines
    ]
    fit = max(widths) <= 42 and max(len(cue.lines) for cue in shown) <= 2
    return "two lines of 42 columns" if fit else f"a line of {max(widths)} columns"


def _better(
    measure: Measure, before: tuple[float, float], now: tuple[float, float], _: Path
) -> str:
    """Return which weights a run publishes, by the WER and CER that they had."""
    later = rank(measure, *now) < rank(measure, *before)
    return f"the {'later' if later else 'earlier'} weights"


def _trained_unspaced(folder: Path) -> str:
    """Train on the shipped speech, each letter of its texts a Thai one, and look what is published.

    The weights that score best by WER say nothing there: it stays above 1.
    """
    from malgwi.training.config import TrainConfig
    from malgwi.training.train import train

    thai = dict(zip("abcdefghijklmnopqrstuvwxyz'", "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝ", strict=True))
    rows = [
        (str(clip.path), split, "".join(thai.get(char, "") for char in clip.text))
        for split in ("train", "dev", "test")
        for clip in clips(split)
    ]
    table(folder / "c/list.csv", ["path", "split", "text"], rows)
    data = prepared(folder / "c", language="th", allow_outside=True).folder
    train(data, folder / "run", TrainConfig(learning_rate=5e-4, eval_every=25, max_minutes=4))
    metrics = (folder / "run/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    rates = [row for row in map(json.loads, metrics) if "cer" in row]
    figures = json.loads((folder / "run/train.json").read_text(encoding="utf-8"))["figures"]
    lowest = min(rates, key=lambda row: float(row["cer"]))
    published = "the lowest CER" if figures["best_step"] == lowest["step"] else "another"
    return f"{published} of all evaluations is published, CER {lowest['cer']:.2f}"


def _resumed_otherwise(_: Path) -> str:
    from malgwi.training.config import config_from_dict
    from malgwi.training.train import train

    run, data = TOP / "demo/run", TOP / "demo/dataset"
    saved = json.loads((run / "train.json").read_text(encoding="utf-8"))["config"]
    other = config_from_dict({**saved, "epochs": 40})
    return refused(
        lambda: train(data, run, other, resume=True), "malgwi train", "--checkpoint", "--epochs 40"
    )


TOPIC = Topic(
    "Training, golden clips, subtitles",
    "",
    [
        Case("script without spaces", "WER and CER 1.000 and 1.000, later 1.040 and 0.368",
             "the earlier weights, which say nothing",
             partial(_better, "CER", (1.0, 1.0), (1.04, 0.368)), Exactly("the later weights")),
        Case("script without spaces",
             "the shipped speech in Thai letters, trained for four minutes",
             "the first, mute weights: CER 1.000, the last have .287", _trained_unspaced,
             Starts("the lowest CER of all evaluations is published"), slow=True),
        Case("no word right yet", "WER 1.0 mute, then 1.2 with half of the letters right",
             "the earlier weights, which say nothing",
             partial(_better, "WER", (1.0, 1.0), (1.2, 0.5)), Exactly("the later weights")),
        Case("`--resume --epochs 40`", "other settings on resume",
             '"start a new run", without saying how', _resumed_otherwise,
             Exactly("refused, names malgwi train and --checkpoint and --epochs 40")),
        Case("`<s>`, `</s>` behind the head", "a tokenizer with two tokens more than the head",
             "refused: the head has fewer outputs", _extra_tokens, Exactly("loads")),
        Case("long clips only", "a golden clip of 20 s with a pause at 6 s",
             "no export: no clip of at most 8 s", _cut_at_a_pause, Exactly("its first 6.05 s")),
        Case("speakers who agree and who don't", "column `share`: yes, no, nothing",
             "all travelled in the bundle", _shared("yes", "no", ""), Exactly("1 of 3 may travel")),
        Case("no column `share`", "three speakers", "all travelled in the bundle",
             _shared("", "", ""), Exactly("all travel")),
        Case("short words in subtitles", "`yes`, 60 ms long", "a cue of 60 ms", _short,
             Exactly("0.7 s")),
        Case("markup in subtitles", "`a<b>` in SRT", "a<b>, which players take for markup",
             _markup, Exactly("a&lt;b&gt;")),
        Case("subtitles without spaces", 'an hour of Chinese, one "word"',
             "one cue of an hour, one line of 192 characters", _unspaced,
             Exactly("two lines of 42 columns")),
        Case("Korean subtitles", "words of 10 syllables", "lines 84 columns wide", _korean,
             Exactly("two lines of 42 columns")),
    ],
)  # fmt: skip
