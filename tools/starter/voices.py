"""The voices that read the starter's sentences: engine, licence, and which are never trained on."""

from __future__ import annotations

from dataclasses import dataclass

HELD_OUT = ("af_sarah", "am_michael", "bf_emma", "bm_lewis")
"""Kokoro's voices of the demo (two train it, two test it) and of our figures: never trained on,
alone or in a mixture."""


@dataclass(frozen=True)
class Voice:
    """One speaker of a synthesiser."""

    engine: str
    name: str
    licence: str
    british: bool = False
    held_out: bool = False

    @property
    def speaker(self) -> str:
        """The name in `metadata.csv`."""
        return f"{self.engine}-{self.name}"


_KOKORO_US = (
    "af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah "
    "af_sky am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa"
)
_KOKORO_GB = "bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis"
_KOKORO_OTHERS = (
    "ef_dora em_alex ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola jf_alpha "
    "jm_kumo pf_dora pm_alex zf_xiaoxiao zm_yunjian zm_yunxi"
)
"""Voices of other languages, which read English too."""
_ESPEAK = (
    "en-us+m1 en-us+f2 en-gb+m3 en-gb+f4 en-gb-scotland+m2 en-gb-x-rp+f3 en-us+klatt2 "
    "en-us+Andy en-gb+Annie en-029+m7 en-gb-x-gbcwmd+f5 en-us-nyc+max en-us+linda en-gb+steph"
)

_KOKORO_LICENCE = "Apache-2.0; ONNX export MIT"
_CMU = "CMU, BSD-like"

VOICES = (
    *(
        Voice("kokoro", name, _KOKORO_LICENCE, name in _KOKORO_GB.split(), name in HELD_OUT)
        for name in f"{_KOKORO_US} {_KOKORO_GB} {_KOKORO_OTHERS}".split()
    ),
    Voice("hibari", "heart", "Apache-2.0"),
    Voice("pico", "en-US", "Apache-2.0"),
    Voice("pico", "en-GB", "Apache-2.0"),
    *(Voice("flite", name, _CMU) for name in ("slt", "rms", "awb", "kal16")),
    Voice("festival", "cmu_us_slt_arctic_hts", _CMU),
    Voice("festival", "kal_diphone", "Edinburgh and CMU, BSD-like"),
    Voice("festival", "ked_diphone", "Edinburgh and CMU, BSD-like"),
    *(
        Voice("espeak", name, "GPL-3, of the program; its sound is free")
        for name in _ESPEAK.split()
    ),
    # Its card says CC0, but it was fine-tuned from a voice whose terms differ: measured with only.
    Voice("piper", "joe", "see the model's card", held_out=True),
)


def voices(engine: str, *, held_out: bool) -> list[Voice]:
    """Return the voices of an engine: those never trained on, or the others.

    Raises:
        ValueError: it has none such.
    """
    found = [v for v in VOICES if v.engine == engine and v.held_out == held_out]
    if not found:
        engines = sorted({v.engine for v in VOICES if v.held_out == held_out})
        raise ValueError(f"engine {engine!r}: expected one of {', '.join(engines)}")
    return found
