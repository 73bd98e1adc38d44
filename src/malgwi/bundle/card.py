"""The model card that travels in a bundle as `README.md`: what it is, what it scored, its use."""

from collections.abc import Mapping
from typing import Any

_PRECISIONS = {
    "fp32": "fp32",
    "int8": "int8 weights",
    "int8-reduced": "int8 weights of 7 bits, which no processor's sums overflow",
}
_NO_PROOF = (
    "There are none, since no recording of the validation data may travel: this bundle can't prove",
    "that it runs as it should.",
)
_LM_TITLE = "## Language model"


def write_card(
    *,
    name: str,
    language: str,
    licence: str,
    precision: str,
    dataset: str,
    figures: Mapping[str, Any],
    trained: Mapping[str, Any],
    golden: int,
) -> str:
    """Return the card as Markdown, from the run's and the export's own figures."""
    lines = [
        f"# {_plain(name)}",
        "",
        "A speech recogniser of the Wav2Vec2 family (CTC) for",
        f"16 kHz mono speech, exported by Malgwi. Language: {_plain(language)}. Licence of the",
        f"model: {_plain(licence)}. Stored as {_PRECISIONS[precision]}.",
        "",
        "## Measured",
        "",
        f"On the {figures['split']} split of {_plain(dataset)}: {figures['utterances']} clips, "
        f"{figures['words']} words.",
        "",
        "| | WER | CER | 10^6 bytes |",
        "| --- | --- | --- | --- |",
        f"| fp32 | {figures['wer_fp32']:.4f} | {figures['cer_fp32']:.4f} | "
        f"{figures['model_bytes_fp32'] / 1e6:.1f} |",
    ]
    if precision != "fp32":
        lines.append(
            f"| this model | {figures['wer']:.4f} | {figures['cer']:.4f} | "
            f"{figures['model_bytes'] / 1e6:.1f} |"
        )
    by_characters = figures["measure"] == "CER"
    if by_characters:
        lines += [
            "",
            "Spaces don't separate the words of these texts: CER is the rate that counts.",
        ]
    if figures["gate"] == "inconclusive":
        few = "1,000 characters" if by_characters else "500 words"
        lines += ["", f"Fewer than {few}: too few to tell small differences."]
    lines += [
        "",
        "These clips chose the checkpoint during training, so expect somewhat more errors on new",
        "speech, and many more on other voices, rooms, microphones and words than it was trained",
        "on. It writes what it hears, without punctuation or capitals, and can be confidently",
        "wrong. Don't let anything that matters depend on it alone.",
        "",
    ]
    if trained:
        lines += ["## Trained", "", *(f"- {k}: {_plain(str(v))}" for k, v in trained.items()), ""]
    lines += [
        "## Golden clips",
        "",
        *(_proof(golden) if golden else _NO_PROOF),
        "",
        "## Run",
        "",
        "    malgwi transcribe NAME.malgwi recording.wav",
        "    java -jar malgwi-core-cli.jar NAME.malgwi recording.wav",
        "",
        "or open the file in the Android app. `model.onnx`, with `model.weights` beside it where",
        "there is one, runs in any ONNX runtime: raw samples from -1 to 1 go in, logits come out;",
        "its metadata say how to decode them.",
        "",
    ]
    return "\n".join(lines)


def _proof(golden: int) -> list[str]:
    return [
        f"`golden/` holds {golden} clips of the validation data (recordings of people, where the",
        "data set holds any) with the text that this very model must give. So every copy of the",
        "bundle can prove that it runs as it should: `malgwi check NAME.malgwi`.",
    ]


def lm_section(card: str, figures: Mapping[str, Any]) -> str:
    """Return a card with what it says of a language model at its end, instead of earlier words."""
    kept = card.partition(_LM_TITLE)[0].rstrip("\n")
    lines = [
        kept,
        "",
        _LM_TITLE,
        "",
        f"A word n-gram model, {_plain(str(figures['lm_name']))}, chooses among spellings (beam",
        "search). It knows the words of its text, and likes them: names and rare words may become",
        "others. `--greedy` does without it.",
        "",
    ]
    if "wer_lm" in figures:
        cer = f", CER {figures['cer_lm']:.4f}" if "cer_lm" in figures else ""
        lines += [
            f"On the {_plain(str(figures['lm_split']))} split, on which its weights may have been "
            f"tuned: WER {figures['wer_lm']:.4f}{cer}.",
            "",
        ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return `text` as one line that Markdown doesn't take for markup."""
    return "".join("\\" + c if c in "\\`*_[]<>#|" else c for c in " ".join(text.split()))
