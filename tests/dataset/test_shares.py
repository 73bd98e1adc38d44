"""Nested shares of a training split."""

from pathlib import Path

import pytest

from malgwi.dataset.manifest import Stretch, Utterance, load_dataset
from malgwi.dataset.shares import first_share, in_fair_order, write_part


def clip(name: str, speaker: str | None, seconds: float = 1.0) -> Utterance:
    stretch = Stretch("0" * 64, round(16_000 * seconds))
    return Utterance(name, Path("a.wav"), stretch, "da", "train", speaker)


def test_every_beginning_has_the_speakers_in_proportion() -> None:
    """Eight clips of A and four of B: of any three in a row from the start, two are A's."""
    clips = [clip(f"a{n}", "A") for n in range(8)] + [clip(f"b{n}", "B") for n in range(4)]
    ordered = in_fair_order(clips, seed=0)
    assert sorted(u.id for u in ordered) == sorted(u.id for u in clips)
    for third in range(4):
        assert [u.speaker for u in ordered[3 * third : 3 * third + 3]].count("A") == 2
    assert in_fair_order(clips, seed=0) == ordered
    assert in_fair_order(clips, seed=1) != ordered


def test_speakers_that_nobody_names_are_one() -> None:
    clips = [clip(f"{n}", None) for n in range(5)]
    assert sorted(u.id for u in in_fair_order(clips, seed=3)) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("share", "many"),
    [
        (1.0, 4),
        (0.5, 3),  # 1 + 1 + 4 of 12 s are exactly half
        (0.25, 2),  # 3 s: 2 s are nearer than 6 s
        (0.01, 1),
    ],
)
def test_a_share_is_counted_in_seconds(share: float, many: int) -> None:
    clips = [clip(str(n), "A", seconds) for n, seconds in enumerate((1.0, 1.0, 4.0, 6.0))]
    assert first_share(clips, share) == clips[:many]


def test_a_part_is_a_data_set_that_finds_the_caches_of_the_whole(
    data: Path, tmp_path: Path
) -> None:
    whole = load_dataset(data)
    part = tmp_path / "part"
    for many in (3, 5):  # written again, it holds others
        write_part(whole, whole.utterances[:many], part)
        again = load_dataset(part)
        assert again.utterances == whole.utterances[:many]
        assert (again.vocab.to_ids(), again.info) == (whole.vocab.to_ids(), whole.info)
    (part / "cache" / "features-x").mkdir()
    assert (data / "cache" / "features-x").is_dir()
