"""The cache holds each clip's features, exactly as computed, whatever happens to it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from accelerate import Accelerator
from transformers import OmniASRFeatureExtractor, Wav2Vec2FeatureExtractor

from corpora import whole
from malgwi.dataset.manifest import Stretch, Utterance, load_dataset
from malgwi.dataset.sound import read_utterance
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.convolutions import convolve_alone
from malgwi.model.ctc_model import CtcModel
from malgwi.model.lower_layers import LowerLayers
from malgwi.model.normalisation import standardise
from malgwi.speech import audio
from malgwi.speech.frames import WAV2VEC2
from malgwi.training.clip_cache import (
    Array,
    ClipCache,
    Stream,
    cache_folder,
    each,
    file_hash,
    fill,
)
from malgwi.training.clips import FeatureSource, collect, together
from malgwi.training.features import Extractor, cache_bytes, padded, rounded
from tiny import tiny_checkpoint, tiny_dataset, tiny_model


@pytest.fixture
def extractor() -> Extractor:
    return Extractor(tiny_model().wav2vec2.feature_extractor.conv_layers, WAV2VEC2, 1e-7)


def _clip(path: Path, seconds: float = 1.0, seed: int = 0) -> Path:
    samples = 0.1 * np.random.default_rng(seed).standard_normal(int(16_000 * seconds))
    soundfile.write(path, samples, 16_000)
    return path


def _features(extractor: Extractor) -> Callable[[Utterance], Array]:
    return lambda utterance: extractor.features(read_utterance(utterance))


def test_normalised_as_transformers_does() -> None:
    samples = np.random.default_rng(0).standard_normal(999).astype(np.float32) * 3 + 1
    extract: Any = Wav2Vec2FeatureExtractor
    theirs = extract(do_normalize=True)(samples, sampling_rate=16_000)
    assert np.array_equal(standardise(samples, 1e-7), theirs.input_values[0])
    quiet = (samples / 1000).astype(np.float32)  # so that epsilon is heard
    extract = OmniASRFeatureExtractor
    theirs = extract(do_normalize=True)(quiet, sampling_rate=16_000)
    assert np.allclose(standardise(quiet, 1e-5), theirs.input_values[0, 0], atol=1e-5)
    assert not np.allclose(standardise(quiet, 1e-7), theirs.input_values[0, 0], atol=0.1)
    assert standardise(samples, None) is samples


def test_features_are_the_convolutions_output_rounded(extractor: Extractor) -> None:
    samples = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    found = extractor.features(samples)
    assert found.shape == (49, 8)
    assert found.dtype == np.float16
    with torch.no_grad():
        ready = torch.from_numpy(standardise(samples, 1e-7))[None]
        exact = tiny_model().wav2vec2.feature_extractor(ready)[0].T.numpy()
    assert np.array_equal(found, exact.astype(np.float16))


def test_what_overflows_half_precision_stays_single() -> None:
    exact = np.array([[1.0, 70_000.0]], dtype=np.float32)
    assert rounded(exact).dtype == np.float32
    assert np.array_equal(rounded(exact), exact)
    assert rounded(exact / np.float32(2)).dtype == np.float16


def test_a_clip_without_a_frame_is_refused(extractor: Extractor) -> None:
    with pytest.raises(MalgwiError, match=r"399 samples are too few for one frame; .* 400"):
        extractor.features(np.zeros(399, dtype=np.float32))


def test_the_cache_gives_back_what_was_put_in(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    many = {f"clip{i}": rng.standard_normal((5 + i, 8)).astype(np.float16) for i in range(5)}
    many["loud"] = np.full((3, 8), 1e6, dtype=np.float32)
    cache = ClipCache(tmp_path)
    for name, features in many.items():
        assert name not in cache
        cache.add(name, features)
        assert np.array_equal(cache.get(name), features)  # while it grows
    again = ClipCache(tmp_path)
    for name, features in many.items():
        assert again.get(name).dtype == features.dtype
        assert np.array_equal(again.get(name), features)


def test_what_a_killed_process_left_is_used_or_ignored(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    first, second = (np.full((4, 8), value, dtype=np.float16) for value in (1, 2))
    cache.add("first", first)
    cache.add("second", second)
    lines = next(tmp_path.glob("*.jsonl"))
    whole = lines.read_text()
    lines.write_text(whole[:-10])  # killed while it wrote the line
    assert "second" not in ClipCache(tmp_path)
    assert np.array_equal(ClipCache(tmp_path).get("first"), first)
    lines.write_text(whole)
    data = lines.with_suffix(".bin")
    data.write_bytes(data.read_bytes()[:-1])  # the file was cut off
    assert "second" not in ClipCache(tmp_path)
    assert "first" in ClipCache(tmp_path)


@pytest.mark.parametrize(
    "row",
    [
        {"clip": "x", "start": -4, "shape": [1, 8], "dtype": "float16"},
        {"clip": "x", "start": 0, "shape": [999, 8], "dtype": "float16"},
        {"clip": "x", "start": 0, "shape": [1, 8], "dtype": "object"},
        {"clip": "x", "start": 0, "shape": [-1, -8], "dtype": "float16"},
        {"clip": "x", "start": 0, "shape": "ab", "dtype": "float16"},
        ["x"],
        None,
    ],
)
def test_a_line_that_cannot_be_is_ignored(row: object, tmp_path: Path) -> None:
    (tmp_path / "part.bin").write_bytes(bytes(64))
    (tmp_path / "part.jsonl").write_text(json.dumps(row) + "\n")
    assert "x" not in ClipCache(tmp_path)


def test_two_processes_fill_one_cache(tmp_path: Path) -> None:
    one, two = ClipCache(tmp_path), ClipCache(tmp_path)
    one.add("a", np.ones((2, 8), dtype=np.float16))
    two.add("b", np.zeros((2, 8), dtype=np.float16))
    assert "b" not in one
    one.refresh()
    assert one.get("b").sum() == 0


def test_only_new_clips_are_computed_and_bad_ones_named(
    tmp_path: Path, extractor: Extractor
) -> None:
    good, bad = _clip(tmp_path / "good.wav"), tmp_path / "bad.wav"
    short = _clip(tmp_path / "short.wav", 0.02)
    bad.write_bytes(b"RIFFnonsense")
    damaged = Stretch(file_hash(bad), 16_000)
    clips = [
        Utterance(path.stem, path, stretch, "", "train")
        for path, stretch in ((good, whole(good)), (bad, damaged), (short, whole(short)))
    ]
    cache = ClipCache(tmp_path / "cache")
    seen: list[Utterance] = []
    failed = fill(cache, each(_features(extractor)), clips, seen.append)
    assert [u.id for u in seen] == ["good", "bad", "short"]
    assert list(failed) == ["bad", "short"]
    assert "320 samples are too few" in failed["short"]
    key = clips[0].stretch.key
    assert np.array_equal(cache.get(key), extractor.features(audio.read(good)))
    good.unlink()  # a clip that is there isn't read again
    assert fill(cache, each(_features(extractor)), clips[:1], seen.append) == {}


def test_clips_computed_together_have_the_features_of_each(
    tmp_path: Path, extractor: Extractor
) -> None:
    """As an accelerator has them; one without a frame and one that is no sound come through."""
    lengths = (0.5, 1.0, 0.01, 0.7, 0.3)
    paths = [_clip(tmp_path / f"{n}.wav", seconds, n) for n, seconds in enumerate(lengths)]
    clips = [Utterance(p.stem, p, whole(p), "a", "train") for p in paths]
    paths[3].write_bytes(b"no sound at all")

    def found(compute: Stream) -> list[tuple[str, Array | MalgwiError]]:
        return [(clip.id, features) for clip, features in compute(iter(clips))]

    alone = found(each(_features(extractor)))
    assert [isinstance(features, MalgwiError) for _, features in alone] == [
        *(False, False, True, True, False)
    ]
    for seconds in (0.1, 1.6, 100.0):  # one at a time, two, all
        batched = found(together(extractor, read_utterance, seconds))
        assert [name for name, _ in batched] == ["0", "1", "2", "3", "4"]
        for (_, ours), (_, theirs) in zip(batched, alone, strict=True):
            if isinstance(theirs, MalgwiError) or isinstance(ours, MalgwiError):
                assert str(ours) == str(theirs)
            else:
                assert ours.shape == theirs.shape
                assert np.allclose(ours, theirs, atol=2e-3)


def test_an_accelerator_computes_clips_together(
    tmp_path: Path, extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Accelerator, "device", torch.device("meta"))
    data = load_dataset(tiny_dataset(tmp_path / "data", clips=5))
    sizes: list[int] = []
    one_by_one = Extractor.features_of

    def counted(self: Extractor, clips: Any) -> Any:
        sizes.append(len(clips))
        return one_by_one(self, clips)

    monkeypatch.setattr(Extractor, "features_of", counted)
    source = FeatureSource(extractor, ClipCache(tmp_path / "cache"))
    collect(data.split("train"), data.vocab, source, Accelerator(), learn=True)
    assert sizes == [5]


def test_clips_computed_together_are_bounded_by_the_longest(
    tmp_path: Path, extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are padded to it: beside 2 s, two of 0.5 s take 6 s. None waits for another order."""
    sizes: list[int] = []
    real = Extractor.features_of

    def counted(self: Extractor, clips: Any) -> Any:
        sizes.append(len(clips))
        return real(self, clips)

    monkeypatch.setattr(Extractor, "features_of", counted)
    lengths = (0.5, 0.5, 2.0, 0.5, 0.5, 0.5)
    paths = [_clip(tmp_path / f"{n}.wav", seconds, n) for n, seconds in enumerate(lengths)]
    clips = [Utterance(p.stem, p, whole(p), "a", "train") for p in paths]
    assert [c.id for c, _ in together(extractor, read_utterance, 4.0)(clips)] == list("012345")
    assert sizes == [2, 2, 2]


def test_an_accelerator_with_little_memory_computes_fewer_together(
    tmp_path: Path, extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [_clip(tmp_path / f"{n}.wav", 0.5, n) for n in range(5)]
    clips = [Utterance(p.stem, p, whole(p), "a", "train") for p in paths]
    whole_batch = list(together(extractor, read_utterance)(clips))
    sizes: list[int] = []
    real, room = Extractor.features_of, 1

    def small(self: Extractor, clips: Any) -> Any:
        sizes.append(len(clips))
        if len(clips) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0")
        return real(self, clips)

    monkeypatch.setattr(Extractor, "features_of", small)
    halves = list(together(extractor, read_utterance)(clips))
    assert sizes == [5, 2, 1, 1, 3, 1, 2, 1, 1]
    for (clip, ours), (same, theirs) in zip(halves, whole_batch, strict=True):
        assert clip is same
        assert not isinstance(ours, MalgwiError)
        assert not isinstance(theirs, MalgwiError)
        assert np.allclose(ours, theirs, atol=2e-3)
    room = 0
    with pytest.raises(torch.OutOfMemoryError):
        list(together(extractor, read_utterance)(clips))


def test_other_sound_never_goes_under_a_clips_name(tmp_path: Path, extractor: Extractor) -> None:
    path = _clip(tmp_path / "a.wav")
    clip = Utterance("a", path, whole(path), "", "train")
    path.write_bytes(_clip(tmp_path / "b.wav", seed=1).read_bytes())
    cache = ClipCache(tmp_path / "cache")
    failed = fill(cache, each(_features(extractor)), [clip], lambda _: None)
    assert "has changed since the data set was prepared" in failed["a"]
    assert clip.stretch.key not in cache


def test_stretches_of_one_recording_have_features_of_their_own(
    tmp_path: Path, extractor: Extractor
) -> None:
    path = _clip(tmp_path / "long.wav", 3.0)
    digest = whole(path).sha256
    first, second = (
        Utterance(name, path, Stretch(digest, 16_000, start), "", "train")
        for name, start in (("a", 0), ("b", 20_001))
    )
    cache = ClipCache(tmp_path / "cache")
    assert fill(cache, each(_features(extractor)), [first, second], lambda _: None) == {}
    sound = audio.read(path)
    for clip, start in ((first, 0), (second, 20_001)):
        expected = extractor.features(sound[start : start + 16_000])
        assert np.array_equal(cache.get(clip.stretch.key), expected)


def test_the_key_names_all_that_matters(extractor: Extractor) -> None:
    key = extractor.key()
    assert key == Extractor(extractor.cnn, WAV2VEC2, 1e-7).key()
    assert key != Extractor(extractor.cnn, WAV2VEC2, None).key()
    assert key != Extractor(extractor.cnn, WAV2VEC2, 1e-5).key()
    with torch.no_grad():
        next(iter(extractor.cnn.parameters())).view(-1)[0] += 1e-3
    assert key != extractor.key()


def test_the_key_of_activations_names_what_is_below(extractor: Extractor) -> None:
    ctc = CtcModel(tiny_model(num_hidden_layers=3), blank=6, frozen_layers=2)
    below = Extractor(ctc.cnn, WAV2VEC2, 1e-7, LowerLayers(ctc))
    key = below.key()
    assert (below.name, below.channels) == (f"activations-{key}", 16)
    assert (extractor.name, extractor.channels) == (f"features-{extractor.key()}", 8)
    encoder = ctc.base.encoder
    with torch.no_grad():
        encoder.layers[2].final_layer_norm.weight[0] += 1
        ctc.model.lm_head.bias[0] += 1
        assert below.key() == key
        for weight in (
            encoder.layers[1].final_layer_norm.weight,
            encoder.pos_conv_embed.conv.bias,
            ctc.base.feature_projection.projection.bias,
            ctc.base.feature_extractor.conv_layers[0].conv.weight[0, 0],
        ):
            before = weight[0].clone()
            weight[0] += 1
            assert below.key() != key
            weight[0] = before
            assert below.key() == key
    assert Extractor(ctc.cnn, WAV2VEC2, None, below.layers).key() != key


def test_activations_are_rounded_once_and_alike_together(extractor: Extractor) -> None:
    """From the exact features: rounding those first would be heard."""
    ctc = CtcModel(tiny_model(num_hidden_layers=3), blank=6, frozen_layers=2)
    layers = LowerLayers(ctc)
    below = Extractor(ctc.cnn, WAV2VEC2, 1e-7, layers)
    clips = [np.sin(np.arange(n) / 9).astype(np.float32) for n in (9000, 16_000)]
    alone = [below.features(clip) for clip in clips]
    for clip, found in zip(clips, alone, strict=True):
        exact = convolve_alone(ctc.cnn, below.waveform(clip)).detach()[None]
        expected = layers.activations(exact, torch.tensor([exact.shape[1]]))[0].numpy()
        assert found.dtype == np.float16
        assert found.shape == (WAV2VEC2.count(len(clip)), 16)
        assert np.array_equal(found, expected.astype(np.float16))
    for found, other in zip(alone, below.features_of(clips), strict=True):
        assert found.shape == other.shape
        assert np.allclose(found, other, atol=2e-3)


@pytest.mark.parametrize(
    "version",
    ["soxr.__version__", "soundfile.__libsndfile_version__", "av.__version__"],
    ids=["resampler", "libsndfile", "FFmpeg"],
)
def test_another_decoder_may_hear_another_sound(
    extractor: Extractor, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = extractor.key()
    monkeypatch.setattr(version, "0")
    assert key != extractor.key()


def test_the_cache_lies_in_the_data_set_or_beside_the_run(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert cache_folder(data, tmp_path / "run", "k") == data / "cache" / "k"
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "cache").touch()  # stands for a folder that can't be written
    beside = tmp_path / "run.v2.cache" / "k"
    assert cache_folder(blocked, tmp_path / "run.v2", "k") == beside


def test_the_budget() -> None:
    assert cache_bytes(1.0, WAV2VEC2, 512) == 51_200


def test_padding_to_a_multiple_in_the_widest_type() -> None:
    short, long = np.ones((2, 3), dtype=np.float16), np.ones((5, 3), dtype=np.float16)
    batch, lengths = padded([short, long], multiple=4)
    assert (batch.shape, batch.dtype, lengths.tolist()) == ((2, 8, 3), torch.float16, [2, 5])
    assert batch[0, 2:].sum() == 0
    batch, _ = padded([short, long.astype(np.float32)])
    assert (batch.shape, batch.dtype) == ((2, 5, 3), torch.float32)


def test_clips_cached_or_not_are_the_same(tmp_path: Path) -> None:
    data = load_dataset(tiny_dataset(tmp_path / "data"))
    loaded = load_checkpoint(tiny_checkpoint(tmp_path / "checkpoint"))
    extractor = Extractor(loaded.model.wav2vec2.feature_extractor.conv_layers, loaded.grid, 1e-7)
    cached = FeatureSource(extractor, ClipCache(tmp_path / "cache"))
    plain = FeatureSource(extractor)
    part, accelerator = data.split("train"), Accelerator()
    seconds: list[float] = []
    ours, none = collect(part, data.vocab, cached, accelerator, seconds.append, learn=True)
    theirs, _ = collect(part, data.vocab, plain, accelerator, learn=True)
    assert none == {}
    assert ours == theirs
    assert sum(seconds) == pytest.approx(sum(u.duration for u in part))
    for clip in ours:
        assert np.array_equal(cached.get(clip.utterance), plain.get(clip.utterance))
        assert len(cached.get(clip.utterance)) == clip.frames


def test_clips_that_cannot_be_learnt_are_set_aside(tmp_path: Path) -> None:
    data = load_dataset(tiny_dataset(tmp_path / "data"))
    loaded = load_checkpoint(tiny_checkpoint(tmp_path / "checkpoint"))
    extractor = Extractor(loaded.model.wav2vec2.feature_extractor.conv_layers, loaded.grid, 1e-7)
    part = list(data.split("train"))
    part[0] = replace(part[0], text="abcd" * 100)
    part[1] = replace(part[1], text="")
    part[2].audio.unlink()
    source = FeatureSource(extractor, ClipCache(tmp_path / "cache"))
    clips, aside = collect(part, data.vocab, source, Accelerator(), learn=True)
    assert [c.id for c in clips] == [u.id for u in part[3:]]
    assert "frames for 400 labels and repeats" in aside["clip00"]
    assert "for 0 labels" in aside["clip01"]
    assert "no such file" in aside["clip02"]
    scored, _ = collect(part, data.vocab, source, Accelerator(), learn=False)
    assert len(scored) == len(part) - 1  # for scoring, only the missing file is set aside
