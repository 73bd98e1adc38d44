"""The model card: the export's own figures, and nothing that markup could carry."""

from typing import Any

from malgwi.bundle.card import lm_section, write_card

FIGURES: dict[str, Any] = {
    "split": "valid",
    "utterances": 114,
    "words": 723,
    "wer": 0.1881,
    "cer": 0.0462,
    "wer_fp32": 0.1909,
    "cer_fp32": 0.047,
    "model_bytes": 8_222_602,
    "model_bytes_fp32": 30_680_321,
    "measure": "WER",
    "gate": "met",
}


def card(**changes: Any) -> str:
    facts: dict[str, Any] = {
        "name": "commands",
        "language": "en",
        "licence": "CC0-1.0",
        "precision": "int8-reduced",
        "dataset": "commands",
        "figures": FIGURES,
        "trained": {"from": "starter"},
        "golden": 3,
    }
    return write_card(**(facts | changes))


def test_it_states_the_figures() -> None:
    text = card()
    assert "| fp32 | 0.1909 | 0.0470 | 30.7 |" in text
    assert "| this model | 0.1881 | 0.0462 | 8.2 |" in text
    assert "114 clips, 723 words" in text
    assert "- from: starter" in text
    assert "CC0-1.0" in text
    assert "Fewer than 500" not in text
    assert "holds 3 clips" in text
    assert "can't prove" in card(golden=0)


def test_it_says_when_there_was_too_little_to_tell() -> None:
    assert "Fewer than 500 words" in card(figures=FIGURES | {"gate": "inconclusive"})


def test_it_says_which_rate_counts() -> None:
    assert "CER is the rate that counts" not in card()
    text = card(figures=FIGURES | {"measure": "CER", "gate": "inconclusive"})
    assert "CER is the rate that counts" in text
    assert "Fewer than 1,000 characters" in text


def test_fp32_is_one_row() -> None:
    assert "this model" not in card(precision="fp32")


def test_names_are_no_markup() -> None:
    text = card(name="a\n# b | <script>", dataset="[x](y)")
    assert "# a \\# b \\| \\<script\\>" in text
    assert "\\[x\\](y)" in text


def test_what_it_says_of_a_language_model_is_replaced() -> None:
    first = lm_section(card(), {"lm_name": "a*b.arpa"})
    assert "a\\*b.arpa, chooses among spellings" in first
    assert "tuned" not in first
    figures = {"lm_name": "c.arpa", "wer_lm": 0.12345, "cer_lm": 0.05, "lm_split": "valid"}
    again = lm_section(first, figures)
    assert again.count("## Language model") == 1
    assert "a\\*b" not in again
    assert "split, on which its weights may have been tuned: WER 0.1235, CER 0.0500." in again
