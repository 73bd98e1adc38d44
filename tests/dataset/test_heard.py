"""Which channel each row is heard in, from the corpus to what training and pages read."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annotation_files import simple_eaf
from corpora import found, write_jsonl
from malgwi.corpus.annotated import open_project
from malgwi.corpus.conventions import Conventions
from malgwi.corpus.row import Fault, Row
from malgwi.dataset.heard import by_channel
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.measure import measure
from malgwi.dataset.prepare import prepare
from malgwi.dataset.slices import Part
from malgwi.dataset.sound import read_utterance
from malgwi.speech.audio import Samples
from malgwi.training.waveforms import Waveforms
from places import COMMANDS

WORDS = ("red", "green", "blue", "black", "white", "brown")


def voices() -> tuple[Samples, Samples]:
    """Return two people's speech, equally long, in whole 16-bit steps."""
    clips = sorted(COMMANDS.rglob("*.ogg"))
    sounds = [soundfile.read(path, dtype="int16")[0] for path in (clips[0], clips[-1])]
    length = min(map(len, sounds))
    one, other = (sound[:length].astype(np.float32) / 32_768 for sound in sounds)
    return one, other


def write_call(path: Path, rate: int = 16_000) -> tuple[Samples, Samples]:
    """Write a call with a person on each channel, and return what each says."""
    one, other = voices()
    soundfile.write(path, np.stack([one, other], 1), rate, subtype="PCM_16")
    return one, other


def heard(folder: Path) -> dict[str, tuple[Utterance, Samples]]:
    return {u.id: (u, read_utterance(u)) for u in load_dataset(folder).utterances}


def test_each_channel_becomes_an_utterance_with_its_own_voice(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    sounds = [write_call(tmp_path / "calls" / f"{n}.wav", 16_000 + n) for n in range(3)]
    rows = [
        {"audio_filepath": f"{n}.wav", "text": WORDS[n], "split": split}
        for n, split in enumerate(("train", "valid", "test"))
    ]
    write_jsonl(tmp_path / "calls/manifest.jsonl", rows)
    result = prepare(tmp_path / "calls", tmp_path / "out", channel="each")
    got = heard(tmp_path / "out")
    assert sorted(got) == ["0-0", "0-1", "1-0", "1-1", "2-0", "2-1"]
    assert [got[name][0].stretch.channel for name in sorted(got)] == [0, 1] * 3
    for place in (0, 1):  # at 16 kHz nothing is resampled: the very samples of that person
        utterance, samples = got[f"0-{place}"]
        np.testing.assert_array_equal(samples, sounds[0][place])
        np.testing.assert_array_equal(Waveforms().read(utterance), sounds[0][place])
    assert got["0-0"][0].text == got["0-1"][0].text == "red"
    assert not found(result, "several-channels")
    assert not found(result, "channel-chosen")


@pytest.mark.parametrize("asked", [0, 1, "mix"])
def test_one_channel_or_the_average_of_all(tmp_path: Path, asked: int | str) -> None:
    """Of two that cancel each other one is chosen, unless the average is asked for."""
    one, _ = voices()
    both = np.stack([one, -0.5 * one], 1).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", both, 16_000, subtype="FLOAT")
    [row] = by_channel([Row("a", tmp_path / "a.wav", "red")], asked)
    [recording] = measure(row.audio, [Part(row.channel)])
    assert (recording.channel, recording.channel_chosen) == (None if asked == "mix" else asked, "")
    meant = both.mean(axis=1) if asked == "mix" else both[:, int(asked)]
    assert recording.sound_sha256 == hashlib.sha256(meant.tobytes()).hexdigest()


def test_what_the_corpus_names_counts_more_and_a_name_is_not_guessed(tmp_path: Path) -> None:
    write_call(tmp_path / "call.wav")
    soundfile.write(tmp_path / "desk.wav", voices()[0], 16_000)
    told: list[tuple[str, int | str]] = [
        ("call", 1),
        ("call", "mix"),
        ("call", "close-talk"),
        ("desk", "close-talk"),
    ]
    rows = [Row(name, tmp_path / f"{name}.wav", "red", channel=channel) for name, channel in told]
    rows.append(Row("gone", tmp_path / "gone.wav", "red"))
    named, mixed, unknown, single, gone = by_channel(rows, "each")
    assert [row.channel for row in (named, mixed, single, gone)] == [1, "mix", None, None]
    assert [row.id for row in (named, single, gone)] == ["call", "desk", "gone"]
    assert unknown.fault == Fault(
        "damaged-row",
        "'close-talk' names none of the 2 channels of call.wav; expected a number from 0, A, B, "
        "left, right or mix",
    )


def test_an_stm_of_a_call_gives_each_person_their_channel(tmp_path: Path) -> None:
    """As training hears them, too; of the average, each text would have two voices."""
    (tmp_path / "calls").mkdir()
    one, other = write_call(tmp_path / "calls/call.wav")
    last = len(one) / 16_000
    lines = [
        f"call {channel} {who} {start:.3f} {end:.3f} <o> {text}"
        for channel, who, start, end, text in (
            ("A", "ann", 0.0, last / 2, "red green"),
            ("B", "ben", 0.2, last / 2, "blue black"),
            ("A", "ann", last / 2, last, "white"),
            ("B", "ben", last / 2, last, "brown"),
        )
    ]
    (tmp_path / "calls/call.stm").write_text("\n".join(lines) + "\n")
    call = open_project(tmp_path / "calls", Conventions(tier=("channel *",)))
    rows = list(by_channel(call.rows(), None))
    assert [row.channel for row in rows] == [0, 0, 1, 1]
    texts = {"red green": one, "blue black": other, "white": one, "brown": other}
    for row in rows:
        [recording] = measure(row.audio, [part := Part(row.channel, 1_600, 16_000)])
        meant = texts[row.text][part.first : part.end]
        assert recording.sound_sha256 == hashlib.sha256(meant.tobytes()).hexdigest()
    # Where nothing but the first channel is named, nobody says that there are others.
    (tmp_path / "calls/call.stm").write_text(f"call 1 ann 0.0 {last:.3f} <o> red green\n")
    assert [row.channel for row in open_project(tmp_path / "calls").rows()] == [None]


def test_what_was_transcribed_a_channel_at_a_time_comes_back_so(tmp_path: Path) -> None:
    write_call(tmp_path / "call.wav")
    soundfile.write(tmp_path / "mono.wav", voices()[0], 16_000)
    (tmp_path / "call.0.labels.txt").write_text("0\t1\tyes\n")
    (tmp_path / "call.1.labels.txt").write_text("0\t1\tyes\n")
    (tmp_path / "mono.0.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nyes\n")
    (tmp_path / "tape.2.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nyes\n")
    shutil.copy(tmp_path / "call.wav", tmp_path / "tape.wav")
    project = open_project(tmp_path, Conventions(tier=("*",)))
    found = {row.id: row for row in by_channel(project.rows(), None)}
    assert {name: (row.channel, row.fault) for name, row in found.items()} == {
        "call-0-0-1000": (0, None),
        "call-1-0-1000": (1, None),
        "mono-0-0-1000": (None, None),
        "tape-0-1000": (None, None),  # a second version
    }


def test_tiers_that_were_added_for_each_channel(tmp_path: Path) -> None:
    write_call(tmp_path / "call.wav")
    names = [f"malgwi utterances of channel {n}" for n in ("0", "1", "1 2", "7")]
    simple_eaf(tmp_path / "call.eaf", {name: [(0, 1000, f"said in {name}")] for name in names})
    project = open_project(tmp_path, Conventions(tier=("malgwi utterances*",)))
    found = list(by_channel(project.rows(), None))
    assert [row.channel for row in found[:3]] == [0, 1, 1]
    assert (
        "'7' names none of the 2 channels of call.wav" in (found[3].fault or Fault("", "")).detail
    )


def test_channels_of_a_recording_stay_in_one_split(tmp_path: Path) -> None:
    """Each hears what is said into the other."""
    noise = np.random.default_rng(0).normal(0, 0.1, (40, 8_000, 2)).astype(np.float32)
    for n, sound in enumerate(noise):
        soundfile.write(tmp_path / f"{n:02}.wav", sound, 16_000)
    rows = [{"audio_filepath": f"{n:02}.wav", "text": "red"} for n in range(40)]
    write_jsonl(tmp_path / "manifest.jsonl", rows)
    prepare(tmp_path, tmp_path / "out", channel="each")
    splits = {u.id: u.split for u in load_dataset(tmp_path / "out").utterances}
    assert len(splits) == 80
    assert set(splits.values()) == {"train", "valid", "test"}
    assert all(splits[f"{n:02}-0"] == splits[f"{n:02}-1"] for n in range(40))
