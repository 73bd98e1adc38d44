"""What people agreed to, from tables and malgwi.toml into data sets, bundles and pages."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from annotation_files import simple_eaf
from corpora import audiofolder, write_clip, write_csv
from malgwi.corpus.annotated import open_project
from malgwi.corpus.conventions import read_consent
from malgwi.corpus.layouts import read_corpus
from malgwi.corpus.row import Fault, Row
from malgwi.dataset.consent import agrees, keep_back, may_share, read_answers
from malgwi.dataset.findings import Entry
from malgwi.dataset.manifest import Stretch, load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.errors import MalgwiError
from malgwi.export.golden_clips import shared
from malgwi.page.examples import write_show
from malgwi.page.shell import Sound, clip_article


def asked(name: str, speaker: str = "ann", place: str = "a.wav", **more: Any) -> Row:
    names = ("consent", "share", "participant")
    columns: dict[str, str] = {key: more.pop(key) for key in names if key in more}
    return Row(name, Path(place), "red", speaker=speaker, columns=columns, **more)


def faults(rows: list[Row]) -> dict[str, tuple[str, str]]:
    return {row.id: (row.fault.finding, row.fault.detail) for row in rows if row.fault}


def test_answers_as_people_write_them() -> None:
    for word in ("yes", "True", " 1", "1.0", "Y", "예", "네", "동의"):
        assert agrees(word) is True
    for word in ("no", "FALSE", "0", "0.0", "n", "아니오", "아니요", "미동의", "거부"):
        assert agrees(word) is False
    assert agrees(unicodedata.normalize("NFD", "예")) is True
    assert agrees(None) is agrees("  ") is None
    with pytest.raises(ValueError, match="'maybe'; expected yes or no"):
        agrees("maybe")


def test_who_did_not_consent_is_left_out_wherever_they_are_heard() -> None:
    rows, notes = read_answers(
        [
            asked("no", consent="아니오", start=5.0, end=8.0),
            asked("behind", "ben", consent="yes", start=7.9, end=9.0),
            asked("after", "ben", consent="yes", start=8.0, end=9.0),
            asked("elsewhere", "ben", consent="yes", start=5.0, end=8.0, channel=1),
            asked("other", "ben", "b.wav", start=5.0, end=8.0),
            asked("unclear", "ben", "b.wav", consent="ask"),
            asked("unsure", "ben", "b.wav", share="mostly"),
        ],
        {},
    )
    assert faults(rows) == {
        "no": ("no-consent", ""),
        "behind": ("no-consent", "at the same time as no"),
        "elsewhere": ("no-consent", "at the same time as no"),  # nobody says which channel `no` is
        "unclear": (
            "unclear-consent",
            "consent: 'ask'; expected yes or no (true, false, 1, 0, 예, 아니오), or nothing",
        ),
        "unsure": (
            "unclear-consent",
            "share: 'mostly'; expected yes or no (true, false, 1, 0, 예, 아니오), or nothing",
        ),
    }
    assert notes == ["Rows that say nothing of consent, as others do: 1; they are used"]
    on_their_own = [asked("no", consent="no", channel=0), asked("b", "ben", channel=1)]
    assert list(faults(read_answers(on_their_own, {})[0])) == ["no"]


def test_a_no_of_either_place_counts() -> None:
    by_speaker = {"consent": {"ann": "no"}, "share": {"ben": "yes"}}
    rows, _ = read_answers(
        [
            asked("a", consent="yes", place="a"),
            asked("b", "ben", share="no", place="b"),
            asked("c", "ben", place="c"),
            asked("d", "tier 1", participant="ann", place="d"),
        ],
        by_speaker,
    )
    assert list(faults(rows)) == ["a", "d"]
    assert [dict(row.columns).get("share") for row in rows] == [None, "no", "yes", None]
    with pytest.raises(MalgwiError, match=r"\[share\] has 'Ben', who doesn't speak here; .* ben"):
        read_answers([asked("b", "ben")], {"share": {"Ben": "yes"}})


def test_a_no_counts_beside_what_is_not_understood() -> None:
    """Whatever is wrong with the row else: they are heard there, and aren't quoted."""
    rows, _ = read_answers(
        [
            asked("a", consent="no", share="mostly", place="a"),
            asked("b", "ben", place="a"),
            asked("c", consent="ask", place="c"),
            asked("d", "ben", place="c"),
            asked("e", consent="no", place="e", fault=Fault("not-utf8", "said")),
            asked("f", "ben", place="e", fault=Fault("outside", "e")),
        ],
        {"consent": {"ann": "no"}},
    )
    assert faults(rows) == {
        "a": ("no-consent", ""),
        "b": ("no-consent", "at the same time as a"),
        "c": ("no-consent", ""),
        "d": ("no-consent", "at the same time as c"),
        "e": ("no-consent", ""),
        "f": ("outside", "e"),
    }
    assert [row.text for row in rows if row.id in "ace"] == ["", "", ""]


def test_a_no_counts_in_a_row_that_is_damaged(tmp_path: Path) -> None:
    """They are heard in its recording, by whatever path others name it, and aren't quoted."""
    for n in range(7):
        write_clip(tmp_path / f"in/{n}.wav", hz=200 + 10 * n)
    (tmp_path / "in/3.wav").unlink()
    (tmp_path / "in/3.wav").symlink_to("2.wav")
    (tmp_path / "in/metadata.csv").write_text(
        "file_name,text,speaker,end,split,Consent\n"
        "0.wav,secret,ann,x,,no\n"
        ",secret,ann,,,no\n"
        "1.wav,secret,ben,,nosuch,\n"
        "2.wav,secret,ann,,,no\n" + "".join(f"../in/{n}.wav,red,c{n},,,yes\n" for n in range(7)),
    )
    (tmp_path / "in/malgwi.toml").write_text("[consent]\nben = false\n")
    prepare(tmp_path / "in", tmp_path / "out")
    assert "secret" not in (tmp_path / "out/preflight.json").read_text()
    assert {u.id for u in load_dataset(tmp_path / "out").utterances} == {"4", "5", "6"}


def test_a_name_is_one_person_however_it_is_written(tmp_path: Path) -> None:
    """Macs write the é of some names as two characters."""
    composed, decomposed = "Jos\xe9", "Jose\u0301"
    tiers = {name: [(at, at + 900, "red")] for at, name in ((0, composed), (1_000, decomposed))}
    simple_eaf(tmp_path / "talk.eaf", tiers | {"Ann": [(2_000, 2_900, "red")]})
    write_clip(tmp_path / "talk.wav", 3.0)
    general = 'tier = ["*"]\nspeaker-from = "tier"\n[consent]\n'
    for name in (composed, decomposed):
        (tmp_path / "malgwi.toml").write_text(f'{general}"{name}" = false\n', "utf-8")
        rows = list(read_corpus(str(tmp_path), "annotated", tmp_path))
        people = open_project(tmp_path).speakers()
        answered, _ = read_answers(rows, read_consent(tmp_path), people)
        assert list(faults(answered)) == ["talk-0-900", "talk-1000-1900"]
        assert people == {composed, "Ann"}


def test_a_space_that_nobody_sees_makes_no_other_person(tmp_path: Path) -> None:
    """Tables that are typed by hand have some; a no holds for all that its speaker said."""
    (tmp_path / "metadata.csv").write_text(
        "file_name,text,speaker\na.wav,red,Ana Ruiz\nb.wav,red,Ana Ruiz \nc.wav,red,Ana  Ruiz\n"
    )
    (tmp_path / "malgwi.toml").write_text('[consent]\n"Ana Ruiz" = false\n')
    rows = list(read_corpus(str(tmp_path), "audiofolder", tmp_path))
    answered, _ = read_answers(rows, read_consent(tmp_path))
    assert list(faults(answered)) == ["a", "b", "c"]


def test_two_spellings_of_a_name_cannot_have_two_answers(tmp_path: Path) -> None:
    one, other = (unicodedata.normalize(form, "René") for form in ("NFC", "NFD"))
    toml = tmp_path / "malgwi.toml"
    toml.write_text(f'[consent]\n"{one}" = false\n"{other}" = false\n', "utf-8")
    assert read_consent(tmp_path)["consent"] == {one: "False"}
    toml.write_text(f'[consent]\n"{one}" = false\n"{other}" = true\n', "utf-8")
    with pytest.raises(MalgwiError, match="has two answers, spelt in two ways"):
        read_consent(tmp_path)


def test_a_table_says_it_and_the_manifest_keeps_it(tmp_path: Path) -> None:
    rows = []
    for n in range(12):
        write_clip(tmp_path / f"in/{n}.wav", hz=200 + 10 * n)
        told = {"consent": "no" if n == 3 else "1", "share": "네" if n % 2 else ""}
        rows.append({"file_name": f"{n}.wav", "transcription": "red", "speaker": f"s{n}", **told})
    write_csv(tmp_path / "in/metadata.csv", rows)
    result = prepare(tmp_path / "in", tmp_path / "out")
    finding = result.report.finding("no-consent")
    assert finding is not None
    assert dict(finding.details) == {"3": ""}
    kept = {u.id: dict(u.columns) for u in load_dataset(tmp_path / "out").utterances}
    assert len(kept) == 11
    assert kept["4"] == {"consent": "yes"}
    assert kept["5"] == {"consent": "yes", "share": "yes"}
    note = "Rows that say nothing of share, as others do: 6; they don't travel in a bundle"
    assert note in result.report.notes
    (tmp_path / "in/malgwi.toml").write_text("[Consent]\ns4 = false\n")
    with pytest.raises(MalgwiError, match="'Consent' is unknown"):
        prepare(tmp_path / "in", tmp_path / "other")


def test_the_hub_says_it_and_who_refused_is_not_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class is a number, which of `yes` and `no` is 0 and 1 the wrong way round."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    clips = [write_clip(tmp_path / f"{n}.wav", hz=200 + 10 * n) for n in range(12)]
    columns = {
        "audio": [{"bytes": clip.read_bytes(), "path": clip.name} for clip in clips],
        "text": ["red"] * 12,
        "speaker": [f"s{n}" for n in range(12)],
        "Consent": [1 if n == 3 else -1 if n == 4 else 0 for n in range(12)],
        "share": [n % 2 == 0 for n in range(12)],
    }
    table = datasets.Dataset.from_dict(columns)
    table = table.cast_column("audio", datasets.Audio(decode=False))
    table = table.cast_column("Consent", datasets.ClassLabel(names=["yes", "no"]))
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: datasets.DatasetDict(train=table))
    result = prepare("hub:owner/name", tmp_path / "out")
    finding = result.report.finding("no-consent")
    assert finding is not None
    assert dict(finding.details) == {"train/000003": ""}
    kept = {u.id: dict(u.columns) for u in load_dataset(tmp_path / "out").utterances}
    assert kept["train/000004"] == {"share": "yes"}
    assert kept["train/000005"] == {"consent": "yes", "share": "no"}
    stored = sorted(path.stem for path in (tmp_path / "out/audio/train").iterdir())
    assert stored == [f"{n:06}" for n in range(12) if n != 3]


def test_malgwi_toml_says_it_of_a_project(tmp_path: Path) -> None:
    """Who speaks on a tier that isn't taken may be named, too; nobody else."""
    people = ((0, "Ann"), (1_000, "Ben"), (2_000, "Cleo"), (3_000, "Guest"))
    tiers = {who: [(start, start + 900, "red")] for start, who in people}
    for split in ("test", "train", "valid"):
        write_clip(tmp_path / "in" / split / "talk.wav", 4.0)
        simple_eaf(tmp_path / "in" / split / "talk.eaf", tiers)
    toml = tmp_path / "in/malgwi.toml"
    general = 'tier = ["*"]\nnot-tier = ["Guest"]\nspeaker-from = "tier"\n'
    answers = '[consent]\nAnn = false\nGuest = "no"\n[share]\nBen = true\n'
    toml.write_text(general + answers)
    result = prepare(tmp_path / "in", tmp_path / "out")
    finding = result.report.finding("no-consent")
    assert finding is not None
    assert list(finding.details) == [f"{s}/talk-0-900" for s in ("test", "train", "valid")]
    said = {u.speaker: u.columns.get("share") for u in load_dataset(tmp_path / "out").utterances}
    assert said == {"Ben": "yes", "Cleo": None}
    for wrong, words in (
        ("[share]\nBen = 3\n", r"share .'Ben': 3.; expected \[share\] and lines such as"),
        ("[consent]\nAnne = false\n", r"\[consent\] has 'Anne', who doesn't speak here; .* Ann,"),
        ("[konsent]\n", r"'konsent' is unknown; expected .*, \[consent\], \[share\]"),
    ):
        toml.write_text(general + wrong)
        with pytest.raises(MalgwiError, match=words):
            prepare(tmp_path / "in", tmp_path / "other")


def test_who_was_set_aside_is_not_shared_behind_another_voice(tmp_path: Path) -> None:
    """Of what Ben says, who doesn't share, some isn't written down, and of some he is unsure."""
    rows = ["file_name,transcription,start,end,speaker,share,split"]
    for split in ("train", "valid", "test"):
        write_clip(tmp_path / "in" / f"{split}.wav", 9.0)
        rows += [
            f"{split}.wav,red,0,1,Ann,yes,{split}",
            f"{split}.wav,green,1,2.1,Ann,yes,{split}",
            f"{split}.wav,,2,3,Ben,no,{split}",
            f"{split}.wav,blue,3,4,Ann,yes,{split}",
            f"{split}.wav,red,4,5,Cleo,yes,{split}",
            f"{split}.wav,green,4.5,5.5,Ben,perhaps,{split}",
            f"{split}.wav,blue,6,7,Ben,no,{split}",
            f"{split}.wav,red,6.5,7.5,Ann,yes,{split}",
        ]
    (tmp_path / "in" / "metadata.csv").write_text("\n".join(rows) + "\n")
    prepare(tmp_path / "in", tmp_path / "out")
    heard = load_dataset(tmp_path / "out").split("valid")
    told = [(u.stretch.first / 16_000, u.columns["share"]) for u in heard]
    assert told == [(0, "yes"), (1, "no"), (3, "yes"), (4, "no"), (6, "no"), (6.5, "yes")]
    # Whoever is there says it themselves: nor does what lies behind Ann at 6.5 s travel.
    assert shared(heard, []) == [True, False, True, False, False, False]


@pytest.mark.parametrize(
    ("channel", "heard", "told"), [(1, 0, "yes"), (1, 1, "no"), (1, None, "no"), (None, 0, "no")]
)
def test_another_channel_is_not_behind_a_voice(
    channel: int | None, heard: int | None, told: str
) -> None:
    ben = asked("ben", "ben", share="no", start=0.0, end=2.0, channel=channel)
    ann = asked("ann", share="yes", start=1.0, end=2.0)
    entry = Entry(ann, None, "red", "train", Stretch("00", 16_000, 16_000, heard))  # type: ignore[arg-type]
    (kept,) = keep_back([entry], [ben, ann])
    assert kept.row.columns["share"] == told


def test_a_page_has_no_sound_of_who_does_not_share(tmp_path: Path) -> None:
    prepare(audiofolder(tmp_path / "in", clips=4, share="no"), tmp_path / "out")
    data = load_dataset(tmp_path / "out")
    write_show(tmp_path / "page.html", data, data.utterances[:2])
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count('data-audio=""') == page.count("not to be shared") == 2
    utterance = data.utterances[0]
    assert may_share(utterance) is False
    frames = clip_article(0, utterance, Sound(1 << 20), "", "", facts="", strip="its spectrogram")
    assert "its spectrogram" not in frames
