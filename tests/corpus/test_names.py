"""Ids and names of splits, as all rows together mean them: corpus/names.py."""

from pathlib import Path

import pytest

from malgwi.corpus.names import with_own_ids, with_splits
from malgwi.corpus.row import Row, broken


def row(row_id: str, audio: str, path_id: str | None = None, channel: int | None = None) -> Row:
    return Row(row_id, Path(audio), "text", path_id=path_id, channel=channel)


def ids(rows: list[Row]) -> list[str]:
    return [row.id for row in with_own_ids(rows)[0]]


def test_ids_that_name_sentences_give_way_to_paths_everywhere() -> None:
    rows = [row("1", "a.wav", "a"), row("2", "b.wav", "b"), row("1", "c.wav", "c")]
    found, said = with_own_ids([*rows, broken("m.csv:5", "damaged-row", "")])
    assert [r.id for r in found] == ["a", "b", "c", "m.csv:5"]
    assert said == (
        "The tables' ids don't name single recordings (1 is a and c), so the recordings' paths "
        "name the clips"
    )


def test_ids_that_name_clips_stay_though_a_row_stands_twice() -> None:
    rows = [row("1", "a.wav", "a"), row("2", "b.wav", "b"), row("1", "x/../a.wav", "a")]
    assert with_own_ids(rows) == (rows, None)


def test_ids_of_calls_with_a_speaker_a_channel() -> None:
    assert ids([row("call", "a.wav", "a-0", 0), row("call", "a.wav", "a-1", 1)]) == ["a-0", "a-1"]


def test_recordings_that_differ_in_their_ending_only_keep_it() -> None:
    assert ids([row("a", "a.wav"), row("b", "b.wav"), row("a", "a.mp3")]) == [
        "a.wav",
        "b",
        "a.mp3",
    ]
    assert ids([row("1", "a.wav", "a"), row("1", "a.mp3", "a")]) == ["a.wav", "a.mp3"]
    assert with_own_ids([row("a", "a.wav"), row("a", "a.mp3")])[1] is None  # there was no other id


def splits(
    *places: str, by_name: bool | None = None, table: str = ""
) -> tuple[list[str | None], list[str]]:
    rows = [
        Row(place, Path(place), "", folders=Path(place).parts[:-1], table=table) for place in places
    ]
    found, notes = with_splits(rows, by_name)
    return [row.split for row in found], notes


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["train/a", "dev/b", "test/c"], ["train", "valid", "test"]),
        (["train-clean-100/1/a", "dev-other/2/b"], ["train", "valid"]),
        (["train/a", "test/b", "other/c"], ["train", "test", None]),
        (["Anna/a", "Val/b", "Dev_P/c", "test_speaker_2/d"], [None] * 4),
        (["train/Anna/a", "train/Val/b", "test/Dev/c"], ["train", "train", "test"]),
        (["Anna/train/a", "Anna/test/b", "Val/train/c", "Val/test/d"], ["train", "test"] * 2),
        (["wav/train/a", "wav/val/b"], ["train", "valid"]),
        (["a", "b", "test/c"], [None, None, "test"]),
        (["test/a"], ["test"]),
        (["wavs/a", "Test/b"], [None, "test"]),
        (["wavs/a", "validation/b", "Val/c"], [None, "valid", "valid"]),
        (["anna/a", "val/b", "dev/c"], [None] * 3),
    ],
)
def test_folders_are_splits_where_train_or_all_beside_them_are(
    places: list[str], expected: list[str | None]
) -> None:
    assert splits(*places)[0] == expected


def test_what_was_taken_is_said_and_can_be_overruled() -> None:
    people = ("Anna/a", "Bob/a", "Eve/a", "Val/b", "test_2/d")
    assert splits(*people)[1] == [
        "Val, test_2: taken for no split, since Anna, Bob and 1 more beside them aren't, and none "
        "is called train or just test (--split-names yes takes them)"
    ]
    assert splits(*people, by_name=True) == (
        [None, None, None, "valid", "test"],
        [
            "Splits by name: Val (valid), test_2 (test) (--split-names no takes none by names)",
        ],
    )
    assert splits("train/a", "test/b", by_name=False) == ([None, None], [])
    assert splits("clips/a", table="test_manifest")[1] == [
        "Splits by name: test_manifest (test) (--split-names no takes none by names)"
    ]


def test_tables_of_speakers_are_no_splits_and_folders_come_first() -> None:
    def found(*rows: tuple[str, str]) -> list[str | None]:
        listed = [Row(f, Path(), "", folders=(f,) if f else (), table=t) for f, t in rows]
        return [row.split for row in with_splits(listed, None)[0]]

    assert found(("wav", "Anna"), ("wav", "Val")) == [None, None]
    assert found(("wav", "train"), ("wav", "dev_manifest")) == ["train", "valid"]
    assert found(("train", "test"), ("", "test")) == ["train", "test"]


def test_a_split_that_a_column_names_is_kept() -> None:
    named = Row("a", Path(), "", split="test", folders=("train",))
    assert with_splits([named], True) == ([named], [])
