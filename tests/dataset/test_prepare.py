"""From a corpus to a data set: prepare.py."""

import json
import resource
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console

from corpora import (
    TIMIT,
    audiofolder,
    found,
    nothing_left,
    whole,
    write_clip,
    write_csv,
    write_jsonl,
)
from malgwi import __version__
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.prepare import PrepareResult, prepare
from malgwi.dataset.sound import read_utterance
from malgwi.errors import MalgwiError
from malgwi.speech.notation import Notation
from malgwi.speech.text import Normalisation
from places import SPEECH


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


def test_validated_is_for_a_release_of_common_voice(tmp_path: Path) -> None:
    write_clip(tmp_path / "cv/clips/a.mp3")
    write_csv(tmp_path / "cv/train.tsv", [{"path": "a.mp3", "sentence": "one"}], "\t")
    for source, what in (
        (audiofolder(tmp_path / "in", clips=1), "the format audiofolder"),
        (tmp_path / "cv/train.tsv", "common-voice, one table of it"),
    ):
        with pytest.raises(MalgwiError, match=f"--validated: is for the folder.*{what}"):
            prepare(source, tmp_path / "out", validated=True)
