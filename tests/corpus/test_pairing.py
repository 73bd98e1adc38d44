"""Which recording belongs to which annotations, by links, names and lengths."""

import os
import unicodedata
from pathlib import Path

import pytest

from corpora import touch
from malgwi.annotation.annotation import Annotated, Link
from malgwi.corpus.folder import unnamed
from malgwi.corpus.pairing import Pair, Recordings, pair, unpaired


def one(path: Path, *links: str, length: float | None = None) -> Annotated:
    return Annotated(path, (), tuple(Link((link,)) for link in links), length=length)


def paired(
    root: Path, *found: Annotated, media: Path | None = None, allow_outside: bool = False
) -> list[Pair]:
    roots = [root, media] if media else [root]
    return pair(found, Recordings(roots, allow_outside=allow_outside), lambda _: None)


@pytest.mark.parametrize(
    "link",
    [
        "a b.wav",
        "./a%20b.wav",
        "../x/a b.wav",
        "file:///nowhere/a%20b.wav",
        "file:///C:/Users/me/a%20b.wav",
        r"D:\fieldwork\A B.WAV",
        "https://example.org/media/a%20b.wav?download=1",
        "a b",
        "file://localhost/elsewhere/a b.wav",
    ],
)
def test_links_wherever_the_recording_was(tmp_path: Path, link: str) -> None:
    recording = touch(tmp_path / "x/a b.wav")
    touch(tmp_path / "x/talk.wav")
    (found,) = paired(tmp_path, one(tmp_path / "x/talk.eaf", link))
    assert (found.recording, found.how) == (recording, "link")


def test_a_link_to_the_very_file(tmp_path: Path) -> None:
    recording = touch(tmp_path / "a b.wav")
    (found,) = paired(tmp_path, one(tmp_path / "e/x.eaf", recording.as_uri()))
    assert found.recording == recording


@pytest.mark.parametrize("name", ["talk.CAF", "talk.au", "talk.nist", "talk.mka", "talk.mpg"])
def test_kinds_that_few_programs_write(tmp_path: Path, name: str) -> None:
    recording = touch(tmp_path / name)
    (found,) = paired(tmp_path, one(tmp_path / "talk.eaf"))
    assert (found.recording, found.how) == (recording, "name")
    assert unnamed([recording], []) == [recording]


def test_of_several_the_one_that_lost_least_with_its_origin(tmp_path: Path) -> None:
    touch(tmp_path / "v.mp4")
    wav = touch(tmp_path / "v.wav")
    links = (Link(("v.mp4",), 0.0), Link(("v.wav",), 1.25))
    (found,) = paired(tmp_path, Annotated(tmp_path / "x.eaf", (), links))
    assert (found.recording, found.origin) == (wav, 1.25)
    assert unpaired([found], Recordings([tmp_path], allow_outside=False)) == []


def test_names_beside_before_elsewhere_and_in_nfd(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "é안")
    beside = touch(tmp_path / f"a/{name}.mp3")
    touch(tmp_path / "b/é안.wav")
    (found,) = paired(tmp_path, one(tmp_path / "a/é안.TextGrid"))
    assert (found.recording, found.how) == (beside, "name")
    (subtitles,) = paired(tmp_path, one(tmp_path / "a/é안.en.vtt"))
    assert subtitles.recording == beside


def test_two_that_are_equally_good_are_named(tmp_path: Path) -> None:
    first, second = touch(tmp_path / "a/x.wav"), touch(tmp_path / "b/x.wav")
    (found,) = paired(tmp_path, one(tmp_path / "x.srt"))
    assert (found.recording, found.how) == (
        None, f"several recordings are called so: {first} and {second}",
    )  # fmt: skip


def test_what_is_nowhere_is_named_and_nothing_fetched(tmp_path: Path) -> None:
    web = "http://example.org/a.wav"
    remote, lost, nothing = paired(
        tmp_path,
        one(tmp_path / "x.eaf", web),
        one(tmp_path / "y.eaf", "gone.wav", "z\0.wav", "n" * 5000),
        one(tmp_path / "z.eaf"),
    )
    assert remote.how == f"links to {web}, which isn't fetched; download it into the folder"
    assert lost.how.startswith("links to gone.wav and ")
    assert nothing.how == "links to nothing, and no recording has its name"
    assert {remote.recording, lost.recording, nothing.recording} == {None}


def test_links_and_symlinks_lead_out_only_where_allowed(tmp_path: Path) -> None:
    secret = touch(tmp_path / "secret/s.wav")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    linked = one(corpus / "x.eaf", "../secret/s.wav")
    (found,) = paired(corpus, linked)
    assert (found.recording, found.outside) == (None, True)
    assert found.how == (
        "links to ../secret/s.wav, which lies outside of the folder; --allow-outside takes it"
    )
    (found,) = paired(corpus, linked, allow_outside=True)
    assert found.recording is not None
    (found,) = paired(corpus, linked, media=secret.parent)
    assert found.recording is not None
    os.symlink(secret, corpus / "x.wav")  # noqa: PTH211 - a link to a file
    (found,) = paired(corpus, one(corpus / "x.eaf"))
    assert found.recording is None


def test_lengths_decide_where_only_one_fits(tmp_path: Path) -> None:
    lengths = {"r1": 10.0, "r2": 20.04, "r3": 30.0, "r4": 30.02, "used": 20.0}
    for name in lengths:
        touch(tmp_path / f"{name}.wav")
    found = [
        one(tmp_path / "used.eaf"),
        one(tmp_path / "b.TextGrid", length=20.0),
        one(tmp_path / "c.TextGrid", length=30.0),
        one(tmp_path / "d.TextGrid", length=10.0),
        one(tmp_path / "e.TextGrid", length=10.01),
    ]
    recordings = Recordings([tmp_path], allow_outside=False)
    pairs = pair(found, recordings, lambda path: lengths[path.stem])
    assert [(p.recording.stem if p.recording else None) for p in pairs] == [
        "used", "r2", None, None, None,
    ]  # fmt: skip
    assert pairs[1].how == "length"
    assert [path.stem for path in unpaired(pairs, recordings)] == ["r1", "r3", "r4"]


def test_the_name_of_a_file_about_several_recordings_stands_for_none(tmp_path: Path) -> None:
    """As an STM file test.stm of a and b, beside a recording test.wav."""
    first = touch(tmp_path / "a.wav")
    touch(tmp_path / "test.wav")
    stm = tmp_path / "test.stm"
    there, missing = paired(tmp_path, one(stm, "a"), one(stm, "b"))
    assert (there.recording, there.how) == (first, "link")
    assert (missing.recording, missing.how) == (
        None, "links to b, not found; nor is a recording of its own name",
    )  # fmt: skip
    (alone,) = paired(tmp_path, one(stm, "b"))
    assert (alone.recording, alone.how) == (tmp_path / "test.wav", "name")


def test_the_recording_of_another_session_is_not_taken(tmp_path: Path) -> None:
    """Sessions have files of the same names; the recording of the second one isn't there."""
    recording = touch(tmp_path / "one/rec.wav")
    names = (tmp_path / "two/rec.eaf", tmp_path / "one/rec.eaf")
    for links in ((), ("file:///D:/two/rec.wav",)):
        lost, own = paired(tmp_path, *(one(name, *links) for name in names))
        assert own.recording == recording
        assert (lost.recording, lost.how) == (
            None, f"the only recording that is called so, {recording}, is that of {names[1]}",
        )  # fmt: skip
    # Sound and annotations may lie in folders of their own, and each be in those of sessions.
    apart = touch(tmp_path / "wav/3/talk.wav")
    lost, own = paired(tmp_path, one(tmp_path / "eaf/2/talk.eaf"), one(tmp_path / "eaf/3/talk.eaf"))
    assert (lost.recording, own.recording) == (None, apart)


def test_another_folder_may_have_more_about_a_recording(tmp_path: Path) -> None:
    recording = touch(tmp_path / "wav/talk.wav")
    (tmp_path / "wav/old").mkdir()
    found = paired(
        tmp_path,
        one(tmp_path / "eaf/talk.eaf"),
        one(tmp_path / "wav/talk.TextGrid"),
        one(tmp_path / "old/talk.eaf"),
        one(tmp_path / "wav/old/talk.TextGrid", "../talk.wav"),
    )
    assert [one.recording for one in found] == [recording] * 4
