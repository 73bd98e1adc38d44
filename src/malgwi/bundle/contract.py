"""What a bundle promises: its format, and the keys that turn its model's logits into text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from malgwi.bundle.detector import DetectorPlan
from malgwi.bundle.fields import Fields
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import BundleError, MalgwiError
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.frames import FrameGrid
from malgwi.speech.text import Normalisation, Unit
from malgwi.speech.vocab import Vocab

FORMAT, VERSION = "malgwi-bundle", 2
METADATA_KEY = "malgwi.decoding"
"""Where the decoding object stands in the model's `metadata_props`."""
LONGEST_CLIP_S = 30
LONGEST_NAME, LONGEST_LICENCE = 100, 1_000
"""Characters."""
_LONGEST, _MOST_DB = 1_600_000, 60
Precision = Literal["fp32", "int8", "int8-reduced"]


@dataclass(frozen=True)
class Decoding:
    """What turns a model's logits into text; rides in `bundle.json` and in the model."""

    vocab: Vocab
    grid: FrameGrid
    segments: SegmentPlan
    detector: DetectorPlan | None = None
    """None: whatever isn't quiet is taken for speech."""
    input: str = "samples"
    output: str = "logits"

    def to_json(self) -> dict[str, Any]:
        """Return the keys of `docs/bundle.md`."""
        return {
            "tokens": list(self.vocab.tokens),
            "blank_id": self.vocab.blank,
            "delimiter_id": self.vocab.delimiter,
            "unit": self.vocab.unit,
            "normalisation": self.vocab.rules.to_json(),
            "sample_rate": SAMPLE_RATE,
            "receptive_field": self.grid.receptive_field,
            "hop": self.grid.hop,
            **asdict(self.segments),
            "detector": asdict(self.detector) if self.detector else None,
            "input": self.input,
            "output": self.output,
        }

    @classmethod
    def from_json(cls, keys: Mapping[str, Any], where: str) -> "Decoding":
        """Check and take over the keys of `docs/bundle.md`; others are ignored.

        Raises:
            BundleError: names the key, the value found and the range.
        """
        fields = Fields(keys, where)
        tokens = fields.strings("tokens", least=2, most=65_536)
        last = len(tokens) - 1
        blank = fields.integer("blank_id", 0, last)
        delimiter = None
        if keys.get("delimiter_id", 0) is not None:
            delimiter = fields.integer("delimiter_id", 0, last)
        unit: Unit = fields.choice("unit", *get_args(Unit))
        fields.integer("sample_rate", SAMPLE_RATE, SAMPLE_RATE)
        hop = fields.integer("hop", 1, SAMPLE_RATE)
        field = fields.integer("receptive_field", hop, 1_000_000)
        lengths = [name for name in asdict(SegmentPlan()) if name.endswith("_samples")]
        levels = [name for name in asdict(SegmentPlan()) if name.endswith("_db")]
        plan = SegmentPlan(
            **{name: fields.integer(name, 0, _LONGEST) for name in lengths},
            **{name: fields.integer(name, 0, _MOST_DB) for name in levels},
            silence_dbfs=fields.number("silence_dbfs", -200.0, 0.0),
        )
        # One convolution of this size cuts frames exactly as the stack does.
        grid = FrameGrid((field,), (hop,))
        try:
            rules = Normalisation.from_json(keys.get("normalisation"), where, "Export it again")
            vocab = Vocab(tuple(tokens), blank, delimiter, unit, rules)
            plan.check(grid)
        except MalgwiError as error:
            raise BundleError(f"{where}: {error}") from error
        names = [fields.text(key, most=100) for key in ("input", "output")]
        return cls(vocab, grid, plan, _detector(fields), *names)


def _detector(fields: Fields) -> DetectorPlan | None:
    if fields.keys.get("detector") is None:
        return None
    found = fields.object("detector")
    return DetectorPlan(
        found.integer("speech_frames", 1, 1_000),
        found.number("speech_probability", 0.0, 1.0),
        found.integer("speech_percent", 0, 100),
        found.number("sure_probability", 0.0, 1.0),
        found.number("level_dbfs", -90.0, 0.0),
    )
