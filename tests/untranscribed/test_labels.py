"""What a run hears, how far it is to be trusted, and that nothing is heard twice."""

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from corpora import whole
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.decode import Transcript, Word
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.lm.make import make_lm
from malgwi.recognition.recognise import Recogniser
from malgwi.speech.text import PLAIN
from malgwi.untranscribed import labels
from malgwi.untranscribed.labels import Ear, Heard, label, open_ear
from tiny import tiny_checkpoint, tiny_dataset


@pytest.fixture
def beeps(tmp_path: Path) -> Path:
    return tiny_dataset(tmp_path / "beeps")


def transcript(*words: tuple[str, float]) -> Transcript:
    return Transcript(
        text=" ".join(text for text, _ in words),
        words=tuple(Word(text, 0, 1, chance) for text, chance in words),
        frame_tokens=(0,),
        samples=320,
        hop=320,
        sample_rate=16_000,
    )


def test_the_whole_of_it(beeps: Path, tmp_path: Path) -> None:
    """A random model; what matters is that both ways are scored on valid, and by which rule."""
    run = tiny_checkpoint(tmp_path / "run")
    lm = tmp_path / "lm.bin"
    make_lm([beeps], lm)
    data = load_dataset(beeps)
    greedy, ear = open_ear(run, data, None, "WER"), open_ear(run, data, lm, "WER")
    assert not greedy.with_lm
    assert (ear.wer, ear.cer) <= (greedy.wer, greedy.cer)
    assert [one.id for one in ear.valid] == [u.id for u in data.split("valid")]
    found = label(ear, data.split("train"), data.vocab.rules, tmp_path / "heard")
    assert list(found) == [u.id for u in data.split("train")]


@pytest.mark.parametrize(("lm_rate", "helps"), [(0.4, True), (0.5, False)])
def test_the_language_model_is_used_where_it_helps(
    beeps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lm_rate: float, helps: bool
) -> None:
    def heard(_run: Path, _data: Any, search: Search) -> Ear:
        rate = 0.5 if search.greedy else lm_rate
        nobody: Any = None
        return Ear(nobody, not search.greedy, rate, rate, ConfidenceMap(1.0, 0.0), [])

    monkeypatch.setattr(labels, "_ear", heard)
    assert open_ear(beeps, load_dataset(beeps), tmp_path / "lm", "WER").with_lm is helps


def test_each_stretch_is_heard_once(
    beeps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed process left the first, and half of the second; one can't be read."""
    said: dict[str, Transcript | None] = {
        "clip00": transcript(("Da,", 0.5), ("dad", 0.25)),
        "clip01": transcript(),
        "clip02": None,
    }
    asked: list[str] = []

    def spoken(_: Recogniser, utterance: Utterance, *_args: Any, **_named: Any) -> Transcript:
        asked.append(utterance.id)
        if (found := said[utterance.id]) is None:
            raise MalgwiError("cut off")
        return found

    monkeypatch.setattr(labels, "transcribe_utterance", spoken)
    nobody: Any = None
    ear = Ear(nobody, with_lm=False, wer=1.0, cer=1.0, confidence=ConfidenceMap(1.0, 0.0), valid=[])
    stretches = load_dataset(beeps).split("train")[:3]
    file = tmp_path / "heard"
    found = label(ear, stretches, PLAIN, file)
    expected = [
        Heard("clip00", "da dad", [0.5, 0.25]),
        Heard("clip01", ""),
        Heard("clip02", "", unreadable="cut off"),
    ]
    assert [json.loads(json.dumps(one.to_json())) for one in found.values()] == [
        json.loads(json.dumps(one.to_json())) for one in expected
    ]
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1][:9])
    asked.clear()
    assert list(label(ear, stretches, PLAIN, file)) == list(found)
    assert asked == ["clip01", "clip02"]
    assert file.read_bytes() == b"".join(lines)


def test_a_recording_that_is_gone_is_no_label(beeps: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, [0.1] * 16_000, 16_000)
    gone = Utterance("gone", path, whole(path), "", "untranscribed")
    path.unlink()
    ear = open_ear(tiny_checkpoint(tmp_path / "run"), load_dataset(beeps), None, "WER")
    found = label(ear, [gone], PLAIN, tmp_path / "heard")
    assert "short.wav" in (found["gone"].unreadable or "")
