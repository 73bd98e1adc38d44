"""The sound of clips in any order: waveforms.py, and the cache of stretches that it reads."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from accelerate import Accelerator

from malgwi.dataset.manifest import MANIFEST, Stretch, Utterance, load_dataset, write_manifest
from malgwi.dataset.sound import Recordings, read_utterance
from malgwi.model.checkpoint import load_checkpoint
from malgwi.speech import audio
from malgwi.speech.audio import Samples
from malgwi.training import clip_cache
from malgwi.training.clip_cache import ClipCache, file_hash
from malgwi.training.config import TrainConfig
from malgwi.training.evaluations import evaluate
from malgwi.training.features import Extractor
from malgwi.training.fitting import Trial, try_pace, typical_steps
from malgwi.training.run_folder import RunFolder
from malgwi.training.state import Position
from malgwi.training.usable_clips import UsableClips, collect_usable_clips
from malgwi.training.waveforms import Waveforms, kept, sound_bytes, sound_key
from tiny import tiny_checkpoint, tiny_dataset, tiny_setup


def _joined(folder: Path, ending: str) -> Path:
    """Write the tiny data set again, its clips joined to one recording."""
    tiny_dataset(folder)
    clips = load_dataset(folder).utterances
    path = folder / f"long.{ending}"
    soundfile.write(path, np.concatenate([read_utterance(u) for u in clips]), 16_000)
    digest, place, joined = file_hash(path), 0, []
    for u in clips:
        joined.append(replace(u, audio=path, stretch=Stretch(digest, u.stretch.samples, place)))
        place += u.stretch.samples
    write_manifest(folder / MANIFEST, joined, folder)
    return path


def _collected(folder: Path, **settings: object) -> UsableClips:
    loaded = load_checkpoint(tiny_checkpoint(folder / "checkpoint"))
    extractor = Extractor(loaded.model.wav2vec2.feature_extractor.conv_layers, loaded.grid, 1e-7)
    return collect_usable_clips(
        TrainConfig(**settings),  # type: ignore[arg-type]
        load_dataset(folder),
        extractor,
        Accelerator(),
        run=folder / "run",
        cnn_trained=False,
    )


def test_stretches_of_a_compressed_recording_are_kept_in_16_bits(tmp_path: Path) -> None:
    path = _joined(tmp_path, "mp3")
    found = _collected(tmp_path, augment_speed=0.1)
    waveforms = found.train_source.waveforms
    assert waveforms.cache is not None
    assert waveforms.cache.folder == tmp_path / "cache" / f"sound-{sound_key()}"
    decoded = audio.read(path)
    first, *others = load_dataset(tmp_path).split("train")
    assert first.stretch.key not in waveforms.cache  # nothing stands before it
    assert np.array_equal(waveforms.read(first), decoded[: first.stretch.samples])
    for u in others:
        exact = decoded[u.stretch.first : u.stretch.end]
        rounded = np.rint(exact * 32_768) / 32_768
        assert np.array_equal(waveforms.read(u), rounded)
        assert np.array_equal(Waveforms().read(u), rounded)  # the same without the cache
        assert not np.array_equal(exact, rounded)
    assert sum(path.stat().st_size for path in waveforms.cache.folder.glob("*.bin")) == (
        sound_bytes(others)
    )


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_what_is_read_in_place_is_not_copied(tmp_path: Path, ending: str) -> None:
    path = _joined(tmp_path, ending)
    waveforms = _collected(tmp_path, augment_speed=0.1).train_source.waveforms
    assert waveforms.cache is None
    decoded = audio.read(path)
    for u in load_dataset(tmp_path).split("train"):
        assert np.array_equal(waveforms.read(u), decoded[u.stretch.first : u.stretch.end])


def test_sound_is_kept_only_for_those_that_hear_it_again(tmp_path: Path) -> None:
    """Features that are kept take its place; validation hears it once the convolutions change."""
    _joined(tmp_path, "mp3")
    assert _collected(tmp_path).train_source.waveforms.cache is None
    late = _collected(tmp_path, unfreeze_cnn_after=0.5).valid_source.waveforms.cache
    assert late is not None
    valid = load_dataset(tmp_path).split("valid")
    assert all(u.stretch.key in late for u in valid)


def test_validation_hears_what_is_kept_once_the_convolutions_are_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 4 clips that lie behind others in an MP3, none is decoded, whatever order they come in."""
    _joined(tmp_path, "mp3")
    config = TrainConfig(max_steps=1, freeze_cnn=False, precision="fp32")
    setup = tiny_setup(config, tmp_path, str(tiny_checkpoint(tmp_path / "c")), tmp_path / "run")
    decoded: list[str] = []
    read = Recordings.read

    def counted(self: Recordings, utterance: Utterance, *args: Any) -> Samples:
        decoded.append(utterance.id)
        return read(self, utterance, *args)

    monkeypatch.setattr(Recordings, "read", counted)
    folder = RunFolder(tmp_path, tmp_path, None, main=False)
    assert evaluate(setup, Position(step=1, cnn_trained=True), folder, lambda: False)
    trial = Trial(typical_steps(setup.inputs, setup.splits.train, 3), setup.splits.valid)
    try_pace(
        setup.learner,
        setup.inputs,
        trial,
        setup.splits,
        vocab=setup.data.vocab,
        config=config,
        position=Position(),
        patience=0.0,
    )
    assert len(setup.splits.valid) == 4
    assert not {clip.id for clip in setup.splits.valid} & set(decoded)


def test_sound_beyond_the_budget_is_decoded_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _joined(tmp_path, "mp3")
    assert (
        _collected(tmp_path, freeze_cnn=False, cache_gb=1e-7).train_source.waveforms.cache is None
    )
    assert "go beyond --cache-gb: they are decoded anew" in capsys.readouterr().err


def test_a_recording_that_changed_is_never_kept(tmp_path: Path) -> None:
    path = _joined(tmp_path, "mp3")
    last = load_dataset(tmp_path).utterances[-1]
    path.write_bytes(path.read_bytes() + b"\0")
    cache, recordings = ClipCache(tmp_path / "cache"), Recordings()
    failed = clip_cache.fill(
        cache, clip_cache.each(lambda u: kept(u, recordings)), [last], lambda _: None
    )
    assert "has changed since the data set was prepared" in failed[last.id]
    assert last.stretch.key not in cache


def test_full_scale_is_clipped() -> None:
    whole = audio.to_16_bits(np.array([1.5, 1.0, -1.0, -1.5, 0.6 / 32_768], np.float32))
    assert whole.tolist() == [32_767, 32_767, -32_768, -32_768, 1]
    assert audio.from_16_bits(whole)[2] == -1.0


def test_an_hour_takes_115_mb(tmp_path: Path) -> None:
    assert sound_bytes([Utterance("a", tmp_path, Stretch("", 57_600_000), "", "")]) == 115_200_000
