"""What a person reads of an evaluation in a terminal."""

import io

import pytest
from rich.console import Console

from malgwi.evaluation.report import print_results
from malgwi.evaluation.results import Results
from malgwi.speech.score import score_utterance


@pytest.mark.parametrize(
    ("reference", "hypothesis", "shown"),
    [
        (
            "one two three four five six seven",
            "one two three four five six eleven",
            "REF: one two three four five\nHYP: one two three four five\n\n"
            "REF: six seven\nHYP: six eleven\n         S\n",
        ),
        ("가" * 30, "나" * 30, f"REF: {'가' * 30}\nHYP: {'나' * 30}\n     S\n"),
    ],
)
def test_errors_are_shown_wherever_in_a_long_utterance_they_are(
    reference: str, hypothesis: str, shown: str
) -> None:
    score = score_utterance(reference, hypothesis, id="talk")
    out = io.StringIO()
    results = Results("model", "data", "test", (score,), (), (), (), 1.0, 1.0)
    print_results(results, Console(file=out, width=30))
    assert shown in out.getvalue()
