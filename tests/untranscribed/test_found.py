"""Speech in recordings of any kind, among all else, and what is known already."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import places
from corpora import whole
from malgwi.bundle.detector import open_detector
from malgwi.bundle.golden import wav_samples
from malgwi.dataset.manifest import Dataset, Utterance
from malgwi.errors import MalgwiError
from malgwi.speech.audio import SAMPLE_RATE, Samples
from malgwi.untranscribed.found import Speech, find_all
from malgwi.untranscribed.speech import NO_PAUSE, NOT_SPEECH, TOO_SHORT, in_data_set
from tiny import tiny_vocab

SPEECH = wav_samples((places.GOLDEN / "speech.wav").read_bytes())
"""Three seconds or so."""
RANDOM = np.random.default_rng(0)
PAUSE = np.zeros(SAMPLE_RATE, np.float32)
NOISE: Samples = (0.1 * RANDOM.standard_normal(3 * SAMPLE_RATE)).astype(np.float32)
TIME = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
CHORD: Samples = (0.1 * np.sin(2 * np.pi * np.outer([262, 330, 392], TIME)).sum(axis=0)).astype(
    np.float32
)


def write(path: Path, *parts: Samples) -> Path:
    soundfile.write(path, np.concatenate(parts), SAMPLE_RATE, subtype="PCM_16")
    return path


def dataset(folder: Path, *utterances: Utterance) -> Dataset:
    return Dataset(folder, utterances, tiny_vocab(), {})


def found(folder: Path, data: Dataset | None = None, done: Path | None = None) -> Speech:
    files = sorted(folder.iterdir())
    known = data or dataset(folder)
    return find_all(files, folder, known, open_detector().hears_speech, done)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "more"
    place.mkdir()
    return place


def test_speech_is_found_between_noise_and_music(folder: Path) -> None:
    """Each is a stretch of its own, from pause to pause."""
    write(folder / "a.wav", PAUSE, NOISE, PAUSE, SPEECH, PAUSE, CHORD, PAUSE)
    speech = found(folder)
    begin, end = 5 * SAMPLE_RATE, 5 * SAMPLE_RATE + len(SPEECH)
    assert speech.utterances
    for utterance in speech.utterances:
        assert begin - 5_000 <= utterance.stretch.first
        assert utterance.stretch.end <= end + 5_000
        assert utterance.stretch.sha256 == whole(folder / "a.wav").sha256
        assert utterance.id == f"a.wav@{utterance.stretch.first / SAMPLE_RATE:.2f}"
        assert (utterance.text, utterance.split) == ("", "untranscribed")
    assert speech.left_out[NOT_SPEECH] == pytest.approx(6.5, abs=1.0)
    speech.check()


def test_noise_alone_is_nothing_to_learn_from(folder: Path) -> None:
    write(folder / "noise.wav", PAUSE, NOISE, PAUSE)
    write(folder / "tone.wav", PAUSE, CHORD, PAUSE)
    write(folder / "click.wav", NOISE[:3_200], PAUSE[:4_000])
    speech = found(folder)
    assert set(speech.left_out) == {NOT_SPEECH, TOO_SHORT}
    with pytest.raises(MalgwiError, match=r"more: no speech in it to learn from \(.* no speech"):
        speech.check()


def test_what_has_no_pause_is_cut_nowhere(folder: Path) -> None:
    """Fifteen seconds of a voice that is always there: all its parts end inside words."""
    write(folder / "a.wav", np.tile(CHORD, 5))
    speech = find_all([folder / "a.wav"], folder, dataset(folder), lambda _: True)
    assert speech.utterances == []
    assert set(speech.left_out) == {NO_PAUSE}


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_speech_of_the_data_set_is_left_out(
    tmp_path: Path, folder: Path, split: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clip that was cut out of the hour, as a file of another kind; and the same file."""
    clip = tmp_path / "clip.flac"
    soundfile.write(clip, SPEECH, SAMPLE_RATE, subtype="PCM_16")
    held = Utterance("held", clip, whole(clip), "words", split)
    write(folder / "hour.wav", NOISE, PAUSE, SPEECH, PAUSE)
    why = in_data_set(held)
    assert split in why
    speech = found(folder, dataset(tmp_path, held))
    assert speech.utterances == []
    assert set(speech.left_out) == {NOT_SPEECH, why}
    assert speech.known == {str(folder / "hour.wav"): speech.left_out[why]}
    assert speech.to_json()["in_data_set"] == speech.known
    speech.tell()
    assert f"the first {folder / 'hour.wav'}" in capsys.readouterr().err
    # Its recording is gone, but a copy of it is known by its hash.
    (folder / "copy.flac").write_bytes(clip.read_bytes())
    (folder / "hour.wav").unlink()
    clip.unlink()
    speech = found(folder, dataset(tmp_path, held))
    assert speech.utterances == []
    assert set(speech.left_out) == {why}


def test_what_cannot_be_read_is_named_and_the_rest_is_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "a.wav", SPEECH, PAUSE)
    (folder / "b.wav").write_bytes(b"not a recording")
    (folder / "c.wav").symlink_to(folder / "gone.wav")
    (folder / "d.wav").write_bytes((folder / "a.wav").read_bytes())
    speech = found(folder)
    assert {Path(name).name for name in speech.unreadable} == {"b.wav", "c.wav"}
    assert speech.utterances
    assert all(u.audio.name == "a.wav" for u in speech.utterances)  # and its copy only once
    speech.tell()
    said = capsys.readouterr().err
    assert "b.wav" in said
    assert "c.wav" in said
    for name in ("a.wav", "d.wav"):
        (folder / name).unlink()
    with pytest.raises(MalgwiError, match=r"none of the 2 recordings can be read; the first: "):
        found(folder).check()


def test_what_was_looked_through_is_not_again(folder: Path) -> None:
    """A killed process left one recording whole, and half of a line."""
    first, second = write(folder / "a.wav", SPEECH, PAUSE), write(folder / "b.wav", PAUSE, SPEECH)
    done = folder.parent / "done.jsonl"
    whole_result = found(folder, done=done)
    lines = done.read_bytes().splitlines(keepends=True)
    done.write_bytes(lines[0] + lines[1][:20])
    asked: list[int] = []

    def counted(samples: Samples) -> bool:
        asked.append(len(samples))
        return True

    again = find_all([first, second], folder, dataset(folder), counted, done)
    assert [u.id for u in again.utterances] == [u.id for u in whole_result.utterances]
    assert len(asked) == sum(u.audio == second for u in again.utterances)
    assert done.read_bytes() == b"".join(lines)
