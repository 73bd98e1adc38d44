"""From a corpus to a data set, and everything that may be wrong with one: prepare.py."""

import json
import resource
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console

from corpora import TIMIT, audiofolder, whole, write_clip, write_csv, write_jsonl
from malgwi import __version__
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.prepare import PrepareResult, prepare
from malgwi.dataset.sound import read_utterance
from malgwi.errors import MalgwiError
from malgwi.speech.notation import Notation
from malgwi.speech.text import Normalisation
from malgwi.speech.vocab import Vocab
from places import SPEECH


def found(result: PrepareResult, name: str) -> dict[str, str]:
    finding = result.report.finding(name)
    return dict(finding.details) if finding else {}


def splits(folder: Path) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for u in load_dataset(folder).utterances:
        result.setdefault(u.split, []).append(u.id)
    return result


def nothing_left(folder: Path) -> bool:
    return not [p for p in folder.parent.iterdir() if p.name.startswith((folder.name, "."))]


def test_timit_layout_becomes_a_data_set(tmp_path: Path) -> None:
    result = prepare(TIMIT, tmp_path / "out", language="en", name="tiny")
    data = load_dataset(tmp_path / "out")
    assert len(data.utterances) == 24
    assert data.utterances[0] == Utterance(
        id="train/DR1/FSLT0/SX1",
        audio=data.utterances[0].audio,
        stretch=whole(TIMIT / "TRAIN/DR1/FSLT0/SX1.WAV"),
        text="the small boat drifted under the old stone bridge",
        split=data.utterances[0].split,
        speaker="FSLT0",
        raw_text="The small boat drifted under the old stone bridge.",
        columns={"dialect": "DR1", "sentence_type": "SX"},
    )
    assert data.utterances[0].audio.resolve() == (TIMIT / "TRAIN/DR1/FSLT0/SX1.WAV").resolve()
    info = soundfile.info(TIMIT / "TRAIN/DR1/FSLT0/SX1.WAV")
    assert data.utterances[0].duration == pytest.approx(info.duration, abs=1e-4)
    speakers = {s: {u.speaker for u in data.split(s)} for s in ("train", "valid", "test")}
    assert speakers["test"] == {"MKED0"}
    assert speakers["train"] | speakers["valid"] == {"FSLT0", "MKAL0"}
    assert not speakers["train"] & speakers["valid"]
    assert result.info == data.info
    assert data.info["splits"]["test"]["clips"] == 8
    assert {k: data.info[k] for k in ("name", "language", "unit", "format", "malgwi")} == {
        "name": "tiny",
        "language": "en",
        "unit": "character",
        "format": "timit",
        "malgwi": __version__,
    }
    assert result.report.notes == (
        "The corpus names no valid: taken from train, about 10% each by speaker.",
    )
    saved = json.loads((tmp_path / "out/preflight.json").read_text("utf-8"))
    assert saved == json.loads(json.dumps(result.report.to_json()))


def test_splits_by_speaker_do_not_depend_on_order(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=60, speakers=20)
    prepare(source, tmp_path / "a")
    lines = (source / "metadata.csv").read_text().splitlines()
    (source / "metadata.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    prepare(source, tmp_path / "b")
    first, second = splits(tmp_path / "a"), splits(tmp_path / "b")
    assert {k: sorted(v) for k, v in first.items()} == {k: sorted(v) for k, v in second.items()}
    assert {k: len(v) for k, v in first.items()} == {"train": 48, "valid": 6, "test": 6}
    heard = Counter((u.speaker, u.split) for u in load_dataset(tmp_path / "a").utterances)
    assert len(heard) == 20  # no speaker in two splits


def test_one_speaker_is_split_by_utterance_and_said(tmp_path: Path) -> None:
    result = prepare(audiofolder(tmp_path / "in", clips=20, speakers=1), tmp_path / "out")
    assert {k: len(v) for k, v in splits(tmp_path / "out").items()} == {
        "train": 16,
        "valid": 2,
        "test": 2,
    }
    assert result.report.notes == (
        "The corpus names no valid and test: taken from train, 10% each by utterance, "
        "since there is one speaker.",
    )
    assert found(result, "speakers-shared") == {"s0": "2 clips of valid, 2 clips of test"}


def test_one_talkative_speaker_stays_in_train(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=40, speakers=0)
    lines = (source / "metadata.csv").read_text().splitlines()
    for i in range(40):
        lines[i + 1] += "most" if i < 34 else f"few{i % 3}"
    (source / "metadata.csv").write_text("\n".join(lines) + "\n")
    prepare(source, tmp_path / "out")
    data = load_dataset(tmp_path / "out")
    assert {u.speaker for u in data.split("train")} >= {"most"}
    assert len(data.split("valid")) in (2, 4)
    assert len(data.split("test")) in (2, 4)


def test_given_splits_are_kept(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=12)
    lines = (source / "metadata.csv").read_text().splitlines()
    names = ["train"] * 8 + ["dev"] * 2 + ["test"] * 2
    rows = [f"{line},{name}" for line, name in zip(lines[1:], names, strict=True)]
    (source / "metadata.csv").write_text("\n".join([lines[0] + ",split", *rows]) + "\n")
    result = prepare(source, tmp_path / "out")
    assert {k: len(v) for k, v in splits(tmp_path / "out").items()} == {
        "train": 8,
        "valid": 2,
        "test": 2,
    }
    assert result.report.notes == ()


def timit_tree(root: Path) -> Path:
    """Write ten speakers of train and two of test, each with SA1, SX1 and SI1."""
    speakers = [("TRAIN", f"FAA{i}0") for i in range(10)] + [("TEST", "MDAB0"), ("TEST", "FXYZ0")]
    for number, (part, speaker) in enumerate(speakers):
        for place, name in enumerate(("SA1", "SX1", "SI1")):
            folder = root / part / "DR1" / speaker
            write_clip(folder / f"{name}.WAV", hz=200 + 3 * number + 100 * place)
            text = "the same for all" if name == "SA1" else f"{speaker} {name}"
            text = text.translate(str.maketrans("0123456789", "abcdefghij"))
            (folder / f"{name}.TXT").write_text(f"0 16000 {text}\n")
    return root


def test_timit_validation_has_no_sa_sentences(tmp_path: Path) -> None:
    result = prepare(timit_tree(tmp_path / "in"), tmp_path / "out")
    data = load_dataset(tmp_path / "out")
    (speaker,) = {u.speaker for u in data.split("valid")}
    assert sorted(u.columns["sentence_type"] for u in data.split("valid")) == ["SI", "SX"]
    assert found(result, "left-out") == {
        f"train/DR1/{speaker}/SA1": "SA sentence of a valid speaker"
    }
    assert speaker not in {u.speaker for u in data.split("train")}
    assert Counter(u.columns["sentence_type"] for u in data.split("test")) == {
        "SA": 2,
        "SI": 2,
        "SX": 2,
    }
    assert sorted(found(result, "prompts-shared")) == ["test/DR1/FXYZ0/SA1", "test/DR1/MDAB0/SA1"]


def test_timit_options(tmp_path: Path) -> None:
    source = timit_tree(tmp_path / "in")
    result = prepare(source, tmp_path / "out", drop_sa=True, timit_core_test=True)
    data = load_dataset(tmp_path / "out")
    assert {u.columns["sentence_type"] for u in data.utterances} == {"SI", "SX"}
    assert {u.speaker for u in data.split("test")} == {"MDAB0"}
    reasons = Counter(found(result, "left-out").values())
    assert reasons == {
        "SA sentence (--drop-sa)": 12,
        "not in the core test (--timit-core-test)": 2,
    }
    with pytest.raises(MalgwiError, match=r"--drop-sa: is for TIMIT; .* has the format audio"):
        prepare(audiofolder(tmp_path / "af", clips=2), tmp_path / "no", drop_sa=True)


def test_everything_bad_is_set_aside_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=20)
    lines = (source / "metadata.csv").read_text().splitlines()

    def add(name: str, text: str = "some words", make: Any = None) -> None:
        if make is not None:
            soundfile.write(source / name, make, 16_000, subtype="FLOAT")
        lines.append(f"{name},{text},s1")

    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 61).astype(np.float32)
    add("missing.wav")
    (source / "text.wav").write_text("no audio")
    add("text.wav")
    (source / "raw.raw").write_bytes(bytes(32_000))
    add("raw.raw")
    add("empty.wav", make=noise[:0])
    add("short.wav", make=noise[:399])
    add("silent.wav", make=0 * noise[:16_000])
    add("long.wav", make=noise)
    add("nan.wav", make=np.where(np.arange(16_000) == 9, np.nan, noise[:16_000]))
    add("cut.wav", make=noise[:32_000])
    (source / "cut.wav").write_bytes((source / "cut.wav").read_bytes()[:40_000])
    add("quick.wav", "far too many words for this", make=noise[100:4_000])
    add("digits.wav", "room 20", make=noise[:16_001])
    add("symbols.wav", "...!", make=noise[:16_002])
    add("untold.wav", "", make=noise[:16_003])
    add("../in/clips/000.wav")
    add("../secret.wav")
    add("/etc/hostname")
    lines.append("clips/001.wav,again,s1")
    lines.append("lonely.wav")
    (source / "metadata.csv").write_text("\n".join(lines) + "\n")
    result = prepare(source, tmp_path / "out")
    names = {f.name: list(f.details) for f in result.report.findings if f.severity == "error"}
    assert names == {
        "no-recording": ["missing"],
        "unreadable": ["text", "raw", "nan"],
        "truncated": ["cut"],
        "no-samples": ["empty"],
        "too-short": ["short"],
        "silent": ["silent"],
        "too-long": ["long"],
        "frames-below-labels": ["quick"],
        "digits": ["digits"],
        "unspeakable": ["symbols"],
        "no-text": ["untold"],
        "damaged-row": ["metadata.csv:39"],
        "outside": ["metadata.csv:36", "metadata.csv:37"],
        "duplicate-id": ["clips/000 (row 2 of it)", "clips/001 (row 2 of it)"],
    }
    assert result.report.set_aside == 18
    assert len(load_dataset(tmp_path / "out").utterances) == 20
    assert "nan.wav: a sample at 0.001 s is NaN" in found(result, "unreadable")["nan"]


def test_copies_across_splits_are_taken_out_of_train(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=20, speakers=0)
    prepare(source, tmp_path / "a")
    test = splits(tmp_path / "a")["test"][0]
    train = splits(tmp_path / "a")["train"][0]
    shutil.copy(source / f"{test}.wav", source / f"{train}.wav")
    result = prepare(source, tmp_path / "b")
    assert found(result, "duplicate-across-splits") == {train: f"as {test} (test)"}
    assert train not in splits(tmp_path / "b")["train"]


def test_vocabulary_from_train_or_all(tmp_path: Path) -> None:
    rows = []
    texts = {"train": "ab", "valid": "bc", "test": "cd"}
    for split, text in texts.items():
        write_clip(tmp_path / f"in/{split}/x.wav")
        rows.append({"audio_filepath": f"{split}/x.wav", "text": text})
    write_jsonl(tmp_path / "in/manifest.jsonl", rows)
    result = prepare(tmp_path / "in", tmp_path / "a")
    assert load_dataset(tmp_path / "a").vocab.tokens == ("a", "b", "|", "[UNK]", "[PAD]")
    assert found(result, "unknown-characters") == {"valid/x": "c", "test/x": "c d"}
    result = prepare(tmp_path / "in", tmp_path / "b", vocab_from="all")
    assert load_dataset(tmp_path / "b").vocab.tokens[:4] == ("a", "b", "c", "d")
    assert found(result, "unknown-characters") == {}
    with pytest.raises(
        MalgwiError, match="--vocab-from test: expected train, all, a model or a data"
    ):
        prepare(tmp_path / "in", tmp_path / "c", vocab_from="test")


def test_jamo(tmp_path: Path) -> None:
    for i, text in enumerate(["말귀", "한국어", "가나"]):
        write_clip(tmp_path / f"in/{i}.wav", hz=300 + 9 * i)
        with (tmp_path / "in/metadata.csv").open("a", encoding="utf-8") as file:
            file.write(f"{'file_name,text' + chr(10) if i == 0 else ''}{i}.wav,{text}\n")
    prepare(tmp_path / "in", tmp_path / "out", unit="jamo", vocab_from="all")
    data = load_dataset(tmp_path / "out")
    assert data.vocab.unit == "jamo"
    assert data.vocab.tokens[:-3] == tuple("ᄀᄂᄆᄋ하ᅥᅮᅱᆨᆫᆯ")
    assert {u.text for u in data.utterances} == {"말귀", "한국어", "가나"}


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        (1, "1 usable utterances are too few for train, valid and test"),
        (2, "2 usable utterances are too few for train, valid and test .*Add recordings"),
    ],
)
def test_too_few_clips(tmp_path: Path, clips: int, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        prepare(audiofolder(tmp_path / "in", clips=clips), tmp_path / "out")
    assert nothing_left(tmp_path / "out")


def test_three_clips_are_enough(tmp_path: Path) -> None:
    prepare(audiofolder(tmp_path / "in", clips=3), tmp_path / "out")
    assert {k: len(v) for k, v in splits(tmp_path / "out").items()} == {
        "train": 1,
        "valid": 1,
        "test": 1,
    }


def test_nothing_usable_says_why(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3)
    write_csv(
        source / "metadata.csv",
        [{"file_name": f"{i}.wav", "text": "..." if i else "one"} for i in range(3)],
    )
    with pytest.raises(
        MalgwiError,
        match=r"nothing usable is left of the corpus \(3 rows in all\); set aside: unspeakable 2, "
        r"no-recording 1\. First: 1: '\.\.\.'\. To do: transcribe it",
    ):
        prepare(source, tmp_path / "out")
    assert nothing_left(tmp_path / "out")


def test_recordings_that_are_not_there_are_counted_in_every_layout(tmp_path: Path) -> None:
    """Of TIMIT, LibriSpeech, Common Voice, and tables: named by id, with the place looked at."""
    timit = tmp_path / "timit"
    shutil.copytree(TIMIT, timit)
    gone = timit / "TRAIN/DR1/FSLT0/SX1.WAV"
    gone.unlink()
    (timit / "TRAIN/DR1/FSLT0/SX2.WAV").unlink()
    (timit / "TRAIN/DR1/FSLT0/SX2.WAV").mkdir()
    result = prepare(timit, tmp_path / "out1")
    assert found(result, "no-recording") == {
        "train/DR1/FSLT0/SX1": f"{gone} is missing",
        "train/DR1/FSLT0/SX2": f"{gone.with_name('SX2.WAV')} is not a file",
    }
    assert result.report.set_aside == 2
    chapter = tmp_path / "libri/train-clean/1/2"
    for number in range(4):
        write_clip(chapter / f"1-2-{number}.flac", hz=300 + number)
    lines = [f"1-2-{number} A B{'C' * number}\n" for number in range(5)]
    (chapter / "1-2.trans.txt").write_text("".join(lines))
    missing = found(prepare(tmp_path / "libri", tmp_path / "out2"), "no-recording")
    assert missing == {"train-clean/1/2/1-2-4": f"{chapter / '1-2-4.flac'} is missing"}
    voice = tmp_path / "voice"
    for number in range(4):
        write_clip(voice / f"clips/{number}.wav", hz=300 + number)
    names = ["0.wav", "1.wav", "2.wav", "3.wav", "gone", ".", "x" * 300 + ".wav"]
    rows = [{"path": name, "sentence": "a b"} for name in names]
    write_csv(voice / "train.tsv", rows, "\t")
    result = prepare(voice, tmp_path / "out3")
    assert list(found(result, "no-recording")) == ["clips/gone", "clips/" + "x" * 300]
    assert list(found(result, "damaged-row")) == ["train.tsv:7"]


def test_a_split_of_which_nothing_is_left_is_named(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=6, split="train")
    with (source / "metadata.csv").open("a") as file:
        file.write("gone.wav,one,s1,test\n")
    with pytest.raises(MalgwiError, match=r"nothing usable is left of the split test .*gone\.wav"):
        prepare(source, tmp_path / "out")


def test_a_corpus_without_train_is_refused(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3, split="test")
    with pytest.raises(MalgwiError, match=r"no training split; found test\. Call one train"):
        prepare(source, tmp_path / "out")


def test_a_test_part_alone_goes_by_the_vocabulary_of_a_model(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3, split="test")
    model = Vocab(("<pad>", "|", "<s>", "E", "O", "ä"), blank=0, delimiter=1)
    result = prepare(source, tmp_path / "out", vocab_from="a-model", vocab=model)
    data = load_dataset(tmp_path / "out")
    assert {u.split for u in data.utterances} == {"test"}
    assert len(data.utterances) == 3
    assert data.vocab.tokens == ("e", "o", "ä", "|", "[UNK]", "[PAD]")
    assert result.info["vocab_from"] == "a-model"
    again = prepare(source, tmp_path / "again", vocab_from="out", vocab=data.vocab)
    assert load_dataset(tmp_path / "again").vocab == data.vocab
    assert again.info["splits"]["train"]["clips"] == 0


def test_a_given_vocabulary_leaves_the_splits_of_a_whole_corpus(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3)
    vocab = Vocab.from_texts(["한국"], "jamo")
    prepare(source, tmp_path / "out", vocab_from="other", vocab=vocab)
    assert {k: len(v) for k, v in splits(tmp_path / "out").items()} == {
        "train": 1,
        "valid": 1,
        "test": 1,
    }
    assert load_dataset(tmp_path / "out").vocab == vocab


def test_no_rows(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,text\n")
    with pytest.raises(MalgwiError, match=r"m\.csv: no rows in it; expected a table with a header"):
        prepare(tmp_path / "m.csv", tmp_path / "out")


def test_output_in_the_way(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(MalgwiError, match="is a file; expected a folder"):
        prepare(source, tmp_path / "file")
    prepare(source, tmp_path / "out")
    with pytest.raises(MalgwiError, match="already holds a result"):
        prepare(source, tmp_path / "out")
    prepare(source, tmp_path / "out", name="second", replace=True)
    assert load_dataset(tmp_path / "out").info["name"] == "second"


def test_full_disk(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=20)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(MalgwiError, match=r"out: not written \(File too large"):
            prepare(source, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert nothing_left(tmp_path / "out")


def test_report_is_printed(tmp_path: Path) -> None:
    console = Console(width=200, record=True)
    prepare(audiofolder(tmp_path / "in"), tmp_path / "out", console=console)
    text = console.export_text()
    assert "characters/s" in text
    assert "kept characters: " in text


def test_hub_clips_live_in_the_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    clips = [write_clip(tmp_path / f"{i}.flac", hz=300 + i) for i in range(4)]
    sounds = [{"bytes": clip.read_bytes(), "path": clip.name} for clip in clips]
    table = datasets.Dataset.from_dict({"audio": sounds, "text": ["a b", "b c", "c d", "d e"]})
    table.cast_column("audio", datasets.Audio(decode=False)).to_parquet(tmp_path / "x/all.parquet")
    prepare(f"hub:{tmp_path / 'x'}", tmp_path / "out")
    shutil.rmtree(tmp_path / "x")
    (tmp_path / "out").rename(tmp_path / "moved")
    data = load_dataset(tmp_path / "moved")
    assert len(data.utterances) == 4
    assert all((tmp_path / "moved/audio") in u.audio.parents for u in data.utterances)
    assert all(u.audio.is_file() for u in data.utterances)


@pytest.mark.skipif(not SPEECH.exists(), reason="the shared speech folder isn't here")
def test_real_speech(tmp_path: Path) -> None:
    result = prepare(SPEECH / "real-samples", tmp_path / "out")
    assert result.report.totals["all"]["clips"] == 10
    assert result.report.set_aside == 0
    assert result.report.finding("fast") is None


def texts_of(tmp_path: Path, texts: list[str], **how: Any) -> tuple[PrepareResult, dict[str, str]]:
    """Prepare a corpus of such texts; return the result, and each text that is left by its id."""
    corpus = tmp_path / "corpus"
    for number in range(len(texts)):
        write_clip(corpus / f"c{number}.wav", seconds=2, hz=200 + 50 * number)
    rows = [{"file_name": f"c{n}.wav", "text": text} for n, text in enumerate(texts)]
    write_csv(corpus / "metadata.csv", rows)
    result = prepare(corpus, tmp_path / "data", **how)
    return result, {u.id: u.text for u in load_dataset(tmp_path / "data").utterances}


def test_the_language_decides_how_letters_become_small(tmp_path: Path) -> None:
    texts = ["İstanbul", "Işık yandı", "IRMAK", "iyi", "ILIK", "İyi"]
    result, left = texts_of(tmp_path, texts, language="Turkish")
    assert list(left.values()) == ["istanbul", "ışık yandı", "ırmak", "iyi", "ılık", "iyi"]
    assert result.info["language"] == "tr"
    assert load_dataset(tmp_path / "data").vocab.rules == Normalisation("tr")


def test_kept_letters_and_digits_travel_with_the_data(tmp_path: Path) -> None:
    texts = ["Oʻzbek 1a", "toʻgʻri", "ni3 hao3", "a·b", "yes", "no"]
    result, left = texts_of(tmp_path, texts, keep_letters="ʻ", keep_digits=True)
    assert list(left.values()) == ["oʻzbek 1a", "toʻgʻri", "ni3 hao3", "ab", "yes", "no"]
    assert found(result, "joined") == {"c3": "· in 'a·b'"}
    assert load_dataset(tmp_path / "data").vocab.rules == Normalisation("und", "ʻ", True)


def test_digits_in_most_words_are_told_even_when_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"digits 4.* --keep-digits"):
        texts_of(tmp_path, ["ni3 hao3", "ma1 ma5", "hen3", "bu4"])


def test_tags_and_double_transcriptions(tmp_path: Path) -> None:
    texts = ["[laughter] yes", "♪", "b/ (PC)/(피씨)방", "no", "well <i>then</i>", "[noise] oh"]
    result, left = texts_of(tmp_path, texts)
    assert left == {"c0": "yes", "c2": "피씨방", "c3": "no", "c4": "well then", "c5": "oh"}
    assert found(result, "tags-only") == {"c1": "♪ in '♪'"}
    assert set(found(result, "tags")) == {"c0", "c2", "c5"}
    assert "Tags: [laughter] 1, ♪ 1, b/ 1, [noise] 1 (--tags drop, keep or set-aside)" in (
        result.report.notes
    )
    raw = {u.id: u.raw_text for u in load_dataset(tmp_path / "data").utterances}
    assert raw["c2"] == texts[2]


def test_clips_with_tags_are_set_aside_where_asked(tmp_path: Path) -> None:
    texts = ["[laughter] yes", "b", "c", "d"]
    result, left = texts_of(tmp_path, texts, notation=Notation("set-aside"))
    assert set(left) == {"c1", "c2", "c3"}
    assert set(found(result, "tagged")) == {"c0"}


def test_a_table_in_korean_encoding_is_read_and_said(tmp_path: Path) -> None:
    corpus = audiofolder(tmp_path / "corpus", transcription="안녕하세요")
    table = corpus / "metadata.csv"
    table.write_bytes(table.read_text(encoding="utf-8").encode("cp949"))
    result = prepare(corpus, tmp_path / "data")
    assert "metadata.csv: read as cp949, since not UTF-8" in result.report.notes
    assert load_dataset(tmp_path / "data").utterances[0].text == "안녕하세요"


def test_a_data_set_of_the_first_normalisation_is_refused(tmp_path: Path) -> None:
    prepare(audiofolder(tmp_path / "corpus"), tmp_path / "data")
    place = tmp_path / "data" / "dataset.json"
    info = json.loads(place.read_text(encoding="utf-8"))
    for old in ({"normalisation": 1}, {}):
        rest = {key: value for key, value in info.items() if key != "normalisation"}
        place.write_text(json.dumps({**rest, **old}), encoding="utf-8")
        with pytest.raises(
            MalgwiError, match=r"data: .*version 1 of the rules; .* Prepare it again"
        ):
            load_dataset(tmp_path / "data")


def test_recordings_without_row_and_folders_of_people_are_told(tmp_path: Path) -> None:
    rows = []
    for number, place in enumerate(["Anna/a", "Anna/b", "Val/a", "Dev_P/a"]):
        write_clip(tmp_path / f"in/{place}.wav", hz=300 + 50 * number)
        rows.append({"file_name": f"{place}.wav", "text": "a b"})
    write_clip(tmp_path / "in/Anna/forgotten.wav")
    write_csv(tmp_path / "in/metadata.csv", rows)
    result = prepare(tmp_path / "in", tmp_path / "out")
    assert found(result, "no-row") == {"Anna/forgotten.wav": ""}
    assert result.report.set_aside == 0
    assert result.report.notes[0].startswith("Dev_P, Val: taken for no split, since Anna beside")
    write_csv(tmp_path / "in/metadata.csv", rows[2:])
    with pytest.raises(MalgwiError, match=r"no training split; found valid.*--split-names no"):
        prepare(tmp_path / "in", tmp_path / "out", replace=True)


def test_ids_that_name_sentences_set_nothing_aside(tmp_path: Path) -> None:
    for name in "abcdef":
        write_clip(tmp_path / f"in/{name}.wav", hz=300 + 50 * ord(name))
    rows = [{"id": str(n % 2), "path": f"{c}.wav", "text": "a b"} for n, c in enumerate("abcdef")]
    write_csv(tmp_path / "in/train.csv", rows)
    result = prepare(tmp_path / "in", tmp_path / "out")
    assert sorted(u.id for u in load_dataset(tmp_path / "out").utterances) == list("abcdef")
    assert result.report.set_aside == 0
    assert result.report.notes[0].startswith("The tables' ids don't name single recordings (0 is")


def test_validated_is_for_a_release_of_common_voice(tmp_path: Path) -> None:
    write_clip(tmp_path / "cv/clips/a.mp3")
    write_csv(tmp_path / "cv/train.tsv", [{"path": "a.mp3", "sentence": "one"}], "\t")
    for source, what in (
        (audiofolder(tmp_path / "in", clips=1), "the format audiofolder"),
        (tmp_path / "cv/train.tsv", "common-voice, one table of it"),
    ):
        with pytest.raises(MalgwiError, match=f"--validated: is for the folder.*{what}"):
            prepare(source, tmp_path / "out", validated=True)


def test_stretches_of_one_recording_are_as_good_as_clips(tmp_path: Path) -> None:
    """The same speech as files and as parts of one: the same texts, samples and findings."""
    clips = audiofolder(tmp_path / "clips", clips=24, speakers=0)
    paths = sorted((clips / "clips").glob("*.wav"))
    silence, place = np.zeros(3_201, np.int16), 0
    parts, rows = [], []
    texts = (clips / "metadata.csv").read_text().splitlines()[1:]
    for path, line in zip(paths, texts, strict=True):
        sound, _ = soundfile.read(path, dtype="int16")
        times = {"offset": place / 16_000, "duration": len(sound) / 16_000}
        rows.append({"audio_filepath": "long.flac", "text": line.split(",")[1], **times})
        parts += [sound, silence]
        place += len(sound) + len(silence)
    joined = tmp_path / "joined"
    joined.mkdir()
    soundfile.write(joined / "long.flac", np.concatenate(parts), 16_000)
    write_jsonl(joined / "manifest.jsonl", rows[::-1])
    prepare(joined, tmp_path / "out")
    prepare(clips, tmp_path / "expected")
    found, expected = (load_dataset(tmp_path / n).utterances for n in ("out", "expected"))
    assert [u.text for u in found] == [u.text for u in expected]  # in time, not in order of rows
    assert [u.stretch.first for u in found] == [19_201 * i for i in range(24)]
    assert found[1].id == "long-1200-2200"
    for ours, theirs in zip(found, expected, strict=True):
        assert np.array_equal(read_utterance(ours), read_utterance(theirs))
    assert len({u.stretch.sha256 for u in found}) == 1


def test_times_that_cannot_be_are_set_aside(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    soundfile.write(source / "a.wav", np.random.default_rng(0).normal(0, 0.1, 640_000), 16_000)
    good: list[dict[str, float]] = [{"start": i, "end": i + 0.9} for i in range(30)]
    bad: list[dict[str, float]] = [
        {"start": 5, "end": 4},
        {"start": -1, "end": 4},
        {"start": 39, "end": 41},
        {"start": 50, "end": 51},
        {"start": 3, "end": 3.01},
        {"start": 10.5, "end": 11.5},
        {"start": 5, "end": 5.9},
    ]
    rows = [{**times, "audio_filepath": "a.wav", "text": "one two"} for times in good + bad]
    result = prepare(write_jsonl(source / "manifest.jsonl", rows), tmp_path / "out")
    assert found(result, "bad-times") == {
        "a-5000-4000": "from 5 s to 4 s",
        "a--1000-4000": "from -1 s to 4 s",
    }
    assert found(result, "past-end") == {
        "a-39000-41000": "goes up to 41.000 s, the recording to 40.000 s",
        "a-50000-51000": "goes up to 51.000 s, the recording to 40.000 s",
    }
    assert found(result, "too-short") == {"a-3000-3010": "160 samples"}
    assert found(result, "overlap") == {
        "a-10500-11500": "with a-10000-10900",
        "a-11000-11900": "with a-10500-11500",
    }
    assert found(result, "duplicate-id") == {"a-5000-5900 (row 2 of it)": "a.wav"}
    assert set(splits(tmp_path / "out")) == {"train", "valid", "test"}
