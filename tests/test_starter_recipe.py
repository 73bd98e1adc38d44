"""The recipe of the starter, in small: texts, plans, changes of sound, training, measuring."""

import csv
import importlib
import json
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
import torch

from malgwi.model.checkpoint import load_checkpoint
from malgwi.speech.audio import read
from malgwi.speech.vocab import Vocab
from places import TOP
from tiny import tiny_checkpoint

NAMES = (
    "voices",
    "engines",
    "sentences",
    "synthesise",
    "augment",
    "draw",
    "train",
    "measure",
    "pack",
)


@pytest.fixture(scope="module")
def recipe() -> Iterator[dict[str, ModuleType]]:
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:  # other folders of scripts have modules of these names too
            patch.delitem(sys.modules, name, raising=False)
        patch.syspath_prepend(str(TOP / "tools" / "starter"))
        yield {name: importlib.import_module(name) for name in NAMES}
        for name in NAMES:
            sys.modules.pop(name)


def a_corpus(folder: Path, clips: int, split: str = "train", speaker: str = "x") -> Path:
    folder.mkdir(parents=True)
    with (folder / "metadata.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["file_name", "transcription", "speaker", "split"])
        for number in range(clips):
            tone = 0.3 * np.sin(np.arange(16_000 + 1600 * number) * 0.05 * (number + 1))
            soundfile.write(folder / f"{number}.wav", tone, 16_000)
            rows.writerow([f"{number}.wav", "Bad, dad!", speaker, split])
    return folder


def test_sentences_are_readable_and_share_no_run_with_what_is_measured(
    recipe: dict[str, ModuleType], tmp_path: Path
) -> None:
    sentences = recipe["sentences"]
    (tmp_path / "m.csv").write_text(
        'file_name,transcription\na.wav,"He was not, an ill disposed young man."\nb.wav,five five\n'
    )
    never = sentences.never_said([tmp_path / "m.csv"])
    texts = [
        "she said he was not an ill disposed one",  # shares "he was not an ill"
        "he was not an evil disposed young man",  # four words in a row only
        "Five five!",  # too short, and measured
        "they sold 12 cows at the fair",  # a digit: nobody knows how it was read
        "a well-known painter of his day",  # a hyphen: one word or two?
        "the dog barked at the gate ",
        "The dog barked, at the gate.",  # the same, said
    ]
    assert sentences.chosen(texts, never) == {
        "he was not an evil disposed young man": "He was not an evil disposed young man.",
        "the dog barked at the gate": "The dog barked at the gate.",
    }


def test_wordnet_gives_its_examples(recipe: dict[str, ModuleType], tmp_path: Path) -> None:
    line = (
        '001 00 n 01 dog 0 000 | a pet (not a cat); a scoundrel; "the dog barked"; "a hot dog"  \n'
    )
    for part in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text("  1 licence\n" + (line if part == "noun" else ""))
    found = list(recipe["sentences"].wordnet(tmp_path))
    assert found[:2] == ["the dog barked", "a hot dog"]
    assert {text.strip() for text in found[2:]} <= {"a pet", "a scoundrel", ""}


def test_patterns_leave_no_gap_and_no_digit(recipe: dict[str, ModuleType]) -> None:
    sentences = recipe["sentences"]
    made = list(sentences.patterns(200, random.Random(3)))  # noqa: S311 - nothing secret
    assert all(sentences.readable(text) == text for text in made)


def test_voices_of_the_demo_are_never_trained_on(recipe: dict[str, ModuleType]) -> None:
    voices = recipe["voices"]
    held = {v.name for v in voices.voices("kokoro", held_out=True)}
    assert held == {"af_sarah", "am_michael", "bf_emma", "bm_lewis"}
    assert not held & {v.name for v in voices.voices("kokoro", held_out=False)}
    with pytest.raises(ValueError, match="engine 'piper': expected one of espeak, festival"):
        voices.voices("piper", held_out=False)


def test_a_plan_gives_all_voices_in_turn_and_goes_on_as_it_began(
    recipe: dict[str, ModuleType],
) -> None:
    voices, synthesise = recipe["voices"], recipe["synthesise"]
    who = voices.voices("flite", held_out=False)
    texts = [f"text {n}" for n in range(10)]
    short = list(synthesise.plan(who, texts, 4, "flite"))
    longer = list(synthesise.plan(who, texts, 8, "flite"))
    assert longer[:4] == short
    assert [clip.voice for clip in short] == who
    assert len({clip.text for clip in longer}) == 8
    others = list(synthesise.plan(who, ["a", *texts], 8, "flite"))
    by_name = {clip.file_name: clip.text for clip in longer}
    assert all(by_name.get(clip.file_name, clip.text) == clip.text for clip in others)


def test_a_clip_of_impossible_length_is_dropped(recipe: dict[str, ModuleType]) -> None:
    plausible = recipe["synthesise"].plausible
    assert plausible(20, 16_000 * 2, 16_000)  # 10 letters a second
    assert not plausible(20, 16_000 * 5, 16_000)  # 4
    assert not plausible(60, 16_000 * 2, 16_000)  # 30
    assert not plausible(20, 0, 16_000)


def test_a_longer_tract_moves_what_stands_in_a_spectrum(recipe: dict[str, ModuleType]) -> None:
    spectrum = np.arange(10, dtype=np.float32)[:, None]
    stretched = recipe["engines"].stretched
    assert stretched(spectrum, 2.0)[:, 0].tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4, 4]
    assert stretched(spectrum, 0.5)[:, 0].tolist() == [0, 2, 4, 6, 8, 9, 9, 9, 9, 9]


def test_changed_sound_is_finite_long_enough_and_the_same_for_the_same_draw(
    recipe: dict[str, ModuleType],
) -> None:
    augment = recipe["augment"]
    always = augment.Changes(
        room=1.0, equaliser=1.0, band=1.0, second=1.0, clipping=1.0, mu_law=1.0
    )
    tone = np.sin(np.arange(8_000) * 0.2).astype(np.float32)
    for seed in range(20):
        first, again = (
            augment.heard(tone, np.random.default_rng(seed), always, fewest=7_900, second=tone[:99])
            for _ in range(2)
        )
        assert np.array_equal(first, again)
        assert np.isfinite(first).all()
        assert len(first) >= 7_900
        assert first.dtype == np.float32


def test_nothing_is_changed_where_nothing_may_be(recipe: dict[str, ModuleType]) -> None:
    augment = recipe["augment"]
    never = augment.Changes(0.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    tone = np.sin(np.arange(8_000) * 0.2).astype(np.float32)
    heard = augment.heard(tone, np.random.default_rng(0), never)
    assert np.allclose(heard, tone, atol=1e-4)  # noise 100 dB below at the most


def test_mu_law_keeps_ends_and_zero(recipe: dict[str, ModuleType]) -> None:
    kept = recipe["augment"].mu_law(np.array([0, 0.5, -0.5, 0.001], np.float32))
    assert kept[:3] == pytest.approx([0, 0.5, -0.5])
    assert kept[3] == pytest.approx(0.001, rel=0.2)


def test_lengths_that_transform_fast(recipe: dict[str, ModuleType]) -> None:
    fast = recipe["augment"].fast_length
    assert [fast(n) for n in (512, 513, 641, 769, 1024)] == [512, 640, 768, 1024, 1024]


def test_the_rate_rises_and_ends_at_nothing(recipe: dict[str, ModuleType]) -> None:
    rate_at = recipe["train"].rate_at
    assert rate_at(0.02, 1.0) == pytest.approx(0.5)  # half of the warm-up
    assert rate_at(0.04, 1.0) == pytest.approx(1.0)
    assert rate_at(0.52, 1.0) == pytest.approx(0.5)  # half of the cosine
    assert rate_at(1.0, 1.0) == pytest.approx(0.0)
    assert rate_at(1.5, 1.0) == pytest.approx(0.0)


def test_folders_are_drawn_by_share_and_those_that_begin_to_grow_less(
    recipe: dict[str, ModuleType],
) -> None:
    draw = recipe["draw"]
    sound = np.zeros(4, np.int16)
    large = draw.Source(Path("a"), None, 1.0, {str(n): (sound, []) for n in range(400)})
    small = draw.Source(Path("b"), None, 3.0, {str(n): (sound, []) for n in range(20)})
    nothing = draw.Source(Path("c"), None, 9.0)
    found = draw.drawn([nothing, large, small], 2000, np.random.default_rng(0))
    share = sum(i == 2 for i, _ in found) / len(found)
    assert share == pytest.approx(0.3 / 1.3, abs=0.03)  # 3 times 20 of 200 clips
    assert all(i for i, _ in found)


def test_a_source_says_folder_split_and_share(recipe: dict[str, ModuleType]) -> None:
    parse = recipe["draw"].Source.parse
    source = parse("speech/kathleen:train=2.5")
    assert (source.folder, source.split, source.share) == (Path("speech/kathleen"), "train", 2.5)
    assert parse("speech").split is None
    with pytest.raises(ValueError, match="a share above 0"):
        parse("speech=0")


def test_only_the_split_asked_for_is_read_and_only_once(
    recipe: dict[str, ModuleType], tmp_path: Path
) -> None:
    draw = recipe["draw"]
    source = draw.Source.parse(f"{a_corpus(tmp_path / 'c', 3, 'valid')}:train")
    vocab = Vocab.from_texts(["bad dad"])
    with ThreadPoolExecutor(1) as pool:
        source.read_new(vocab, pool)
        assert not source.clips
        source.split = "valid"
        source.read_new(vocab, pool, 2)
        assert len(source.clips) == 2
        source.read_new(vocab, pool)
        source.read_new(vocab, pool)
    assert source.provenance["clips"] == 3
    assert source.provenance["hours"] == pytest.approx((3 + 0.3) / 3600, abs=1e-3)
    assert source.clips["0.wav"][1] == vocab.encode("bad dad")


def test_packed_clips_are_small_and_of_the_same_length(
    recipe: dict[str, ModuleType], tmp_path: Path
) -> None:
    corpus = a_corpus(tmp_path / "c", 2)
    for _ in range(2):
        size = recipe["pack"].pack(corpus, tmp_path / "packed")
    assert size < 0.4 * sum(path.stat().st_size for path in corpus.glob("*.wav"))
    with (tmp_path / "packed" / "metadata.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["file_name"] for row in rows] == ["0.ogg", "1.ogg"]
    assert rows[1]["transcription"] == "Bad, dad!"
    assert len(read(tmp_path / "packed" / "1.ogg")) == 17_600


def test_training_writes_a_checkpoint_goes_on_and_says_what_it_heard(
    recipe: dict[str, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, measure = recipe["train"], recipe["measure"]
    start = tiny_checkpoint(tmp_path / "start")
    corpus = a_corpus(tmp_path / "one", 6)
    command = [
        *(str(corpus), "--start", str(start), "--work", str(tmp_path / "work"), "--train-cnn"),
        *("--batch-seconds", "4", "--rate", "1e-3", "--output", str(tmp_path / "out")),
    ]
    train.main([*command, "--minutes", "0.02"])
    first = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert first["steps"] > 0
    assert first["trained_on"][0]["speakers"] == ["x"]
    train.main([*command, "--minutes", "0.04"])
    second = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert second["steps"] > first["steps"]
    learnt, begun = load_checkpoint(tmp_path / "out"), load_checkpoint(start)
    assert learnt.vocab == begun.vocab
    pairs = zip(learnt.model.parameters(), begun.model.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)
    sizes = [(f / "model.safetensors").stat().st_size for f in (tmp_path / "out", start)]
    assert sizes[0] < 0.6 * sizes[1]  # fp16

    sets = [
        measure.Clips.parse(f"same={corpus}:train", 4),
        measure.Clips.parse(f"other={a_corpus(tmp_path / 'two', 2, speaker='y')}@0"),
    ]
    text = "\n".join(measure.report([tmp_path / "out", start], sets, 1))
    assert f"trained on from {second['start']}: one (0.0" in text
    assert "| same (voice trained on) | 3 |" in text
    assert "| other | 1 |" in text
    assert measure.UNKNOWN in text
    with pytest.raises(ValueError, match="no such clip"):
        measure.Clips.parse(f"none={corpus}:dev")
