"""Which split of the data set a clip goes into: prepare.py with splits.py."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from corpora import audiofolder, found, nothing_left, splits, write_clip, write_csv
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.errors import MalgwiError
from malgwi.speech.vocab import Vocab


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


def test_copies_across_splits_are_taken_out_of_train(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=20, speakers=0)
    prepare(source, tmp_path / "a")
    test = splits(tmp_path / "a")["test"][0]
    train = splits(tmp_path / "a")["train"][0]
    shutil.copy(source / f"{test}.wav", source / f"{train}.wav")
    result = prepare(source, tmp_path / "b")
    assert found(result, "duplicate-across-splits") == {train: f"as {test} (test)"}
    assert train not in splits(tmp_path / "b")["train"]


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


def test_a_split_of_which_nothing_is_left_is_named(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=6, split="train")
    with (source / "metadata.csv").open("a") as file:
        file.write("gone.wav,one,s1,test\n")
    with pytest.raises(MalgwiError, match=r"nothing usable is left of the split test .*gone\.wav"):
        prepare(source, tmp_path / "out")


def test_why_a_split_is_empty_is_not_what_is_wrong_with_others(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3, split="train")
    with (source / "metadata.csv").open("a") as file:
        file.write("a.wav,one 1,s1,train\nb.wav,one 1,s1,train\ngone.wav,[laughs] one,s1,test\n")
    with pytest.raises(
        MalgwiError,
        match=r"split test \(6 rows in all\); set aside: no-recording 1\. First: gone: .*gone\.wav",
    ):
        prepare(source, tmp_path / "out")


def test_a_corpus_without_train_is_refused(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3, split="test")
    with pytest.raises(MalgwiError, match=r"no training split; found test\. Call one train"):
        prepare(source, tmp_path / "out")


def test_a_test_part_alone_goes_by_the_vocabulary_of_a_model(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3, split="test")
    with (source / "metadata.csv").open("a") as file:
        file.write(",damaged,s1,test\n")
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
