"""What never searches, on a bundle whose map of confidence is for its language model's search."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bundles import Pack, level_bundle, level_clip, pack
from level_model import level_clip as recording
from level_model import level_dataset
from malgwi.bundle.container import LM
from malgwi.cli.main import main
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.search import GREEDY
from malgwi.evaluation.evaluate import evaluate
from malgwi.lm.kneser_ney import estimate
from malgwi.recognition.inspection import inspect_file, print_inspection
from malgwi.recognition.recognise import open_recogniser, transcribe_file

STERN = ConfidenceMap(0.5, -8.0)
"""Makes next to nothing of what the level model is sure of."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return recording(tmp_path / "clip.wav", "_ab|ba_")


@pytest.fixture
def knowing(tmp_path: Path) -> Path:
    return level_bundle(
        tmp_path / "knowing.malgwi",
        golden=[replace(level_clip(), lm_text="ab b")],
        lm=estimate([["ab", "b"], ["ab", "ba"]], order=2),
        confidence=STERN,
    )


@pytest.mark.parametrize("greedy", [False, True])
def test_frames_have_the_models_own_confidences(
    knowing: Path, clip: Path, tmp_path: Path, *, greedy: bool
) -> None:
    plain = inspect_file(open_recogniser(level_bundle(tmp_path / "plain.malgwi")), clip)
    opened = open_recogniser(knowing, search=GREEDY) if greedy else open_recogniser(knowing)
    found = inspect_file(opened, clip)
    assert found.transcript == plain.transcript
    assert all(word.confidence > 0.9 for word in found.transcript.words)
    # What is transcribed has the map, as docs/decisions.md says.
    assert all(word.confidence < 0.4 for word in transcribe_file(opened, clip).words)
    assert found.to_json()["calibrated"] is False
    out = io.StringIO()
    print_inspection(found, Console(file=out, width=100))
    assert "own, not calibrated" in out.getvalue()


def test_a_map_of_greedy_decoding_goes_for_frames(clip: Path, tmp_path: Path) -> None:
    bundle = level_bundle(tmp_path / "mapped.malgwi", confidence=STERN)
    found = inspect_file(open_recogniser(bundle), clip)
    assert found.transcript == transcribe_file(open_recogniser(bundle), clip)
    assert all(word.confidence < 0.4 for word in found.transcript.words)
    assert found.to_json()["calibrated"] is True
    out = io.StringIO()
    print_inspection(found, Console(file=out, width=100))
    assert "not calibrated" not in out.getvalue()


def test_the_frames_of_a_page_say_whose_confidences_they_have(
    knowing: Path, tmp_path: Path
) -> None:
    data = level_dataset(tmp_path / "data", [("one", "amy", "_ab|ba_", "ab ab")])
    page = tmp_path / "page.html"
    evaluate(knowing, data, html=page)
    assert page.read_text(encoding="utf-8").count('%, not calibrated">') == 2
    mapped = level_bundle(tmp_path / "mapped.malgwi", confidence=STERN)
    evaluate(mapped, data, html=page)
    assert "not calibrated" not in page.read_text(encoding="utf-8")


@pytest.fixture
def unreadable(knowing: Path) -> Path:
    """The same bundle; who reads its language model finds out that it is damaged."""

    def damage(parts: Pack) -> None:
        (at,) = (i for i, (info, _) in enumerate(parts) if info.filename == LM)
        info, content = parts[at]
        parts[at] = info, content[:-1] + bytes([content[-1] ^ 1])

    return pack(knowing, damage)


def test_only_what_uses_the_language_model_reads_it(
    unreadable: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, grammar = str(unreadable), tmp_path / "grammar.txt"
    grammar.write_text("ab ba\n", encoding="utf-8")
    assert main(["transcribe", model, str(clip)]) == 2
    assert "lm.bin has SHA-256" in capsys.readouterr().err
    assert main(["inspect", model, str(clip), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "ab ba"
    assert main(["align", model, str(clip), "--text", "ab ba"]) == 0
    assert main(["transcribe", model, str(clip), "--greedy"]) == 0
    assert main(["transcribe", model, str(clip), "--grammar", str(grammar)]) == 0
    source = tmp_path / "corpus"
    rows = ["file_name,transcription"]
    for number, spelling in enumerate(("_ab|ba_", "_a|b_", "_ba|ab_", "_b|a_")):
        recording(source / f"{number}.wav", spelling)
        rows.append(f"{number}.wav,{spelling.strip('_').replace('|', ' ')}")
    (source / "metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    out = tmp_path / "dataset"
    assert main(["prepare", str(source), "--output", str(out), "--check-with", model]) == 0
    assert (out / "suspects.json").is_file()
