"""A bundle and a language model to a bundle with both, without exporting again."""

from pathlib import Path

from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.card import lm_section
from malgwi.bundle.container import CARD, LM
from malgwi.bundle.golden import GoldenClip
from malgwi.bundle.runtime import load_bundle_model
from malgwi.bundle.write import write_bundle
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.search import found, with_lm
from malgwi.lm.ngram import LanguageModel
from malgwi.publish import Place


def add_lm(
    bundle: Path,
    lm: LanguageModel,
    output: Path | Place,
    *,
    wer: float,
    cer: float,
    split: str,
    made_from: str,
    confidence: ConfidenceMap,
) -> None:
    """Write a copy of a bundle with a language model, which replaces one that it has.

    Args:
        bundle: the bundle to copy.
        lm: with its weights.
        output: the bundle to write, whole or not at all.
        wer: the word error rate of the two together.
        cer: their character error rate.
        split: the data that it was scored and the weights were tuned on.
        made_from: what people call the language model.
        confidence: the map for the words that the two find together.

    Raises:
        MalgwiError: the bundle is damaged, or the output can't be written.
    """
    source = open_bundle(bundle)
    source.verify()
    model, decoding = load_bundle_model(source), source.decoding
    begin = with_lm(decoding.vocab, lm)
    clips = []
    for golden in source.golden:
        logits = model.whole_logits(source.samples(golden))
        text = found(begin, logits)
        clips.append(GoldenClip(source.read(golden.audio), golden.text, golden.tokens, text))
    figures = {
        **source.figures,
        "wer_lm": wer,
        "cer_lm": cer,
        "lm_split": split,
        "lm_name": made_from,
    }
    card = source.read(CARD).decode(errors="replace") if CARD in source.files else ""
    anew = {*source.model_files, LM, CARD}
    others = (n for n in source.files if n not in anew and not n.startswith("golden/"))
    with source.unpacked(*source.model_files) as paths:
        write_bundle(
            output,
            model=paths,
            decoding=decoding,
            golden=clips,
            lm=lm,
            name=source.name,
            language=source.language,
            licence=source.licence,
            precision=source.precision,
            figures=figures,
            confidence=confidence,
            card=lm_section(card, figures),
            keys=source.decoding_keys,
            others={name: source.read(name) for name in others},
        )
