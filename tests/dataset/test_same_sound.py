"""Utterances found again inside other recordings."""

from pathlib import Path

import numpy as np
import soundfile

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.same_sound import WINDOW, KnownSound, Place, Search, known_sound
from malgwi.speech.audio import Samples

RANDOM = np.random.default_rng(0)


def noise(samples: int) -> Samples:
    return (0.1 * RANDOM.standard_normal(samples)).astype(np.float32)


def utterance(samples: int, name: str = "a", audio: Path = Path("a.wav")) -> Utterance:
    return Utterance(name, audio, Stretch("0" * 64, samples), "text", "valid")


def found(known: KnownSound, *blocks: Samples) -> list[Place]:
    search = Search(known)
    for block in blocks:
        search.feed(block)
    return search.places


def known(*clips: Samples) -> KnownSound:
    sound = KnownSound()
    for number, clip in enumerate(clips):
        sound.add(utterance(len(clip), str(number)), clip)
    return sound


def test_a_clip_is_found_where_it_was_cut_from() -> None:
    """At any place, whatever the blocks are: the two halves agree on it."""
    hour = noise(60_000)
    sound = known(hour[20_001:40_000])
    for blocks in ([hour], np.split(hour, [7, 20_500, 24_000, 33_333]), np.split(hour, 600)):
        places = found(sound, *blocks)
        assert {(place.first, place.end) for place in places} == {(20_001, 40_000)}
        assert {place.utterance.id for place in places} == {"0"}


def test_half_of_it_is_enough() -> None:
    """Its beginning is missing: it starts before the recording does."""
    clip = noise(20_000)
    places = found(known(clip), clip[10_000:])
    assert [(place.first, place.end) for place in places] == [(-10_000, 10_000)]


def test_other_sound_is_not_found() -> None:
    """Nor one at another level, silence, or what is too short to tell."""
    clip = noise(20_000)
    assert found(known(clip), noise(50_000), clip * np.float32(0.5)) == []
    silence = np.zeros(20_000, np.float32)
    assert found(known(silence, clip[: WINDOW - 1]), silence, clip) == []
    assert found(KnownSound(), clip) == []


def test_what_overlaps() -> None:
    place = Place(100, 200, utterance(100))
    assert place.overlaps(199, 50)
    assert place.overlaps(0, 101)
    assert not place.overlaps(200, 50)
    assert not place.overlaps(0, 100)


def test_files_of_integers_and_of_floats_hold_the_same_sound(tmp_path: Path) -> None:
    """What can't be read is left to who uses it."""
    clip = noise(16_000)
    soundfile.write(tmp_path / "a.flac", clip, 16_000, subtype="PCM_16")
    there = utterance(16_000, "a", tmp_path / "a.flac")
    gone = utterance(16_000, "gone", tmp_path / "gone.wav")
    heard: list[float] = []
    places = found(known_sound([there, gone], heard.append), clip)
    assert {place.utterance.id for place in places} == {"a"}
    assert heard == [1.0, 1.0]
