"""Words of a known text and their times: align.py, and `malgwi align`."""

import json
from pathlib import Path

import numpy as np
import pytest

from level_model import VOCAB, level_clip, level_logits, level_recogniser, level_samples
from malgwi.cli.main import main
from malgwi.decoding import skips
from malgwi.decoding.long_form import certain
from malgwi.errors import MalgwiError
from malgwi.recognition import align as module
from malgwi.recognition.align import (
    ScoredFrames,
    TextWord,
    align_file,
    align_text,
    spell_out,
    text_words,
)
from malgwi.speech.vocab import Vocab


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_recogniser", lambda model, **_: level_recogniser())


def _align(spelling: str, text: str) -> module.Alignment:
    samples = level_samples(spelling)
    return align_text(level_logits(samples), VOCAB, text, samples=len(samples), hop=320)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Hello,  world!\n", [("Hello,", "hello"), ("world!", "world")]),
        ("a well-known Ö", [("a", "a"), ("well-known", "well known"), ("Ö", "ö")]),
        ("one — two …", [("one —", "one"), ("two …", "two")]),
        ("« oui »", [("« oui »", "oui")]),
        ("– …", [("– …", "")]),
    ],
)
def test_text_to_words(text: str, words: list[tuple[str, str]]) -> None:
    assert text_words(text, VOCAB) == [TextWord(*word) for word in words]


def test_quotation_marks_around_several_words_are_not_spoken() -> None:
    # As in what is learnt from (tests/golden/text.json); the letters of `it's` stay.
    text = "'Ab ba' it's ‘a b c’"
    words = ["ab", "ba", "it's", "a", "b", "c"]
    assert [word.spoken for word in text_words(text, VOCAB)] == words
    assert [word.written for word in text_words(text, VOCAB)] == text.split()
    # The model knows no apostrophe: the text would be refused.
    found = _align("_ab|ba_", "'Ab ba'")
    times = [(w.text, w.start_frame, w.end_frame) for w in found.transcript.words]
    assert times == [("'Ab", 3, 9), ("ba'", 12, 18)]
    assert found.score == 0.0


def test_times_are_those_of_the_letters() -> None:
    found = _align("_ab|ba_", "Ab, Ba!")
    assert found.transcript.text == "Ab, Ba!"
    words = [(w.text, w.start_frame, w.end_frame) for w in found.transcript.words]
    assert words == [("Ab,", 3, 9), ("Ba!", 12, 18)]
    chance = pytest.approx(0.9802, abs=1e-4)  # 1 / (1 + 3 e^-5)
    assert [w.confidence for w in found.transcript.words] == [chance, chance]
    assert found.characters == (("a", 60, 120), ("b", 120, 180), ("b", 240, 300), ("a", 300, 360))
    assert found.score == 0.0
    assert found.worst == ScoredFrames(0, 21, 0.0)


def test_a_hyphened_word_is_one_and_spoken_as_two() -> None:
    found = _align("_ab|b|a_", "ab-b a")
    words = [(w.text, w.start_frame, w.end_frame) for w in found.transcript.words]
    assert words == [("ab-b", 3, 15), ("a", 18, 21)]


def test_what_is_between_the_words_of_one_has_no_say_in_its_confidence() -> None:
    logits = level_logits(level_samples("a|b"))
    logits[3:6, 2] = 1.0  # the delimiter, barely the best
    found = align_text(logits, VOCAB, "a-b", samples=3000, hop=320)
    assert found.transcript.words[0].confidence == pytest.approx(0.9802, abs=1e-4)
    assert [c.text for c in found.characters] == ["a", "b"]


def test_what_fits_badly_has_a_worse_score_and_a_place() -> None:
    # The last word is heard as "b", 3 frames that stand 5 nats over anything else.
    found = _align("_ab|ab|ab|ab|b_", "ab ab ab ab a")
    assert found.fit.tolist() == [0.0] * 39 + [-5.0] * 3 + [0.0] * 3
    assert found.score == pytest.approx(-15 / 9)  # letters
    assert found.worst == ScoredFrames(17, 42, -15 / 25)  # the first half second with all three


def test_pauses_cost_nothing_wherever_they_are() -> None:
    pause = certain(1, VOCAB, VOCAB.blank), certain(1, VOCAB, 2)
    a, b = level_logits(level_samples("a")), level_logits(level_samples("b"))
    said = np.concatenate([*pause, a, *pause, b, *pause, *pause, a, *pause])
    found = align_text(said, VOCAB, "ab a", samples=len(said) * 320, hop=320)
    assert found.score == found.worst.score == 0.0
    first, second = found.transcript.words
    length = len(a)
    assert (first.start_frame, second.end_frame) == (2, 8 + 3 * length)
    assert first.end_frame == 4 + 2 * length


def test_a_frame_may_be_longer_than_half_a_second() -> None:
    logits = level_logits(level_samples("ab"))
    found = align_text(logits, VOCAB, "ab", samples=200_000, hop=32_000)
    assert found.worst == ScoredFrames(0, 1, 0.0)


def test_vocabulary_without_a_delimiter() -> None:
    vocab = Vocab(("a", "b", "[PAD]"), blank=2, delimiter=None)
    logits = level_logits(level_samples("ab_b"))[:, [0, 1, 3]]
    found = align_text(logits, vocab, "a b-b", samples=4000, hop=320)
    words = [(w.text, w.start_frame, w.end_frame) for w in found.transcript.words]
    assert words == [("a", 0, 3), ("b-b", 3, 12)]


def test_a_model_with_capital_letters_only() -> None:
    vocab = Vocab(("A", "B", "|", "[PAD]"), blank=3, delimiter=2)
    frames = [certain(1, vocab, token) for token in (3, 0, 1, 2, 1, 3)]
    found = align_text(np.concatenate(frames), vocab, "Ab, b!", samples=6 * 320, hop=320)
    words = [(w.text, w.start_frame, w.end_frame) for w in found.transcript.words]
    assert words == [("Ab,", 1, 3), ("b!", 4, 5)]
    assert found.score == 0.0


def test_korean_words_are_spelt_in_jamo() -> None:
    vocab = Vocab.from_texts(["말귀"], "jamo")
    ids = [id for label in vocab.encode("말귀") for id in (label, vocab.blank)]  # noqa: A001
    logits = np.full((len(ids), len(vocab)), -9.0, np.float32)
    logits[np.arange(len(ids)), ids] = 0.0
    found = align_text(logits, vocab, "말귀!", samples=320 * len(ids), hop=320)
    assert [(w.text, w.end_frame) for w in found.transcript.words] == [("말귀!", 9)]
    assert [c.start_ms for c in found.characters] == [0, 40, 80, 120, 160]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  \n", "no word in it"),
        ("– !", "no word in it"),
        ("ab 20 c-a", r"no token for '02c' in 2 words of the text \('20', 'c-a'\)"),
        ("ab ab ab ab ab ab ab ab ab", "needs 26 frames of audio or more.* the recording has 21"),
    ],
)
def test_texts_that_can_not_be_aligned(text: str, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        _align("_ab|ba_", text)


def test_many_odd_words_are_counted() -> None:
    with pytest.raises(MalgwiError, match=r"in 12 words of the text \('c1'.*'c10', …\)"):
        spell_out(text_words(" ".join(f"c{n}" for n in range(1, 13)), VOCAB), VOCAB)


def test_a_token_without_any_chance_is_no_crash() -> None:
    logits = np.zeros((3, 4), np.float32)
    logits[:, 3] = 2_000.0
    assert (
        align_text(logits, VOCAB, "a", samples=1280, hop=320).transcript.words[0].confidence
        < 1e-300
    )


def test_recordings_longer_than_a_window(tmp_path: Path) -> None:
    spelling = "_" + "ab|ba|" * 20 + "_"
    clip = level_clip(tmp_path / "long.wav", spelling)
    lines = align_file("levels", clip, "ab ba " * 20).splitlines()
    assert len(lines) == 40
    assert lines[0] == "0.06\t0.18\t0.98\tab"
    assert lines[-1] == "7.08\t7.20\t0.98\tba"  # 118 characters of 60 ms before it


def test_formats(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "clip.wav", "_ab|ba_")
    found = json.loads(align_file("levels", clip, "Ab ba.", form="json"))
    assert found["file"] == str(clip)
    assert found["text"] == "Ab ba."
    assert found["duration_ms"] == 425
    assert [(w["text"], w["start_ms"], w["end_ms"]) for w in found["words"]] == [
        ("Ab", 60, 180),
        ("ba.", 240, 360),
    ]
    assert found["score"] == 0.0
    assert found["worst"] == {"start_ms": 0, "end_ms": 420, "score": 0.0}
    assert found["characters"][1] == {"text": "b", "start_ms": 120, "end_ms": 180}
    srt = align_file("levels", clip, "Ab ba.", form="srt")
    assert srt == "1\n00:00:00,060 --> 00:00:00,760\nAb ba.\n"
    assert align_file("levels", clip, "Ab ba.", form="vtt").startswith("WEBVTT\n")
    ctm = align_file("levels", clip, "Ab ba.", form="ctm")
    assert ctm == "clip 1 0.060 0.120 Ab 0.9802\nclip 1 0.240 0.120 ba. 0.9802\n"
    assert ">Ab ba.</ANNOTATION_VALUE>" in align_file("levels", clip, "Ab ba.", form="eaf")
    assert 'text = "Ab ba."' in align_file("levels", clip, "Ab ba.", form="textgrid")
    with pytest.raises(MalgwiError, match="--format 'doc': expected one of text, json, srt, vtt"):
        align_file("levels", clip, "ab ba", form="doc")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = str(level_clip(tmp_path / "clip.wav", "_ab|ba_"))
    words = tmp_path / "words.txt"
    words.write_bytes(b"\xef\xbb\xbfab\r\nba\n")
    assert main(["align", "levels", clip, str(words)]) == 0
    assert capsys.readouterr().out == "0.06\t0.18\t0.98\tab\n0.24\t0.36\t0.98\tba\n"
    assert main(["align", "levels", clip, "--text", "ab ba", "--format", "vtt"]) == 0
    assert capsys.readouterr().out.startswith("WEBVTT")


def test_a_text_that_is_not_said_warns(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "clip.wav", "_ab|ba_")
    warned: list[str] = []
    align_file("levels", clip, "ab ba", warn=warned.append)
    assert warned == []
    align_file(
        "levels", clip, "b", warn=warned.append
    )  # the a's and the delimiter: 9 frames, 5 nats each
    assert warned == [
        f"{clip}: the text doesn't seem to be what is said (score -45.0; texts that fit score over "
        "-6)"
    ]


def test_what_is_too_much_to_compare_is_aligned_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour in which a weak model hears nothing without doubt is more than is searched."""
    clip = level_clip(tmp_path / "clip.wav", "_ab|ba_")
    expected = align_file("levels", clip, "ab ba")
    monkeypatch.setattr(skips, "MOST_CELLS", 0)
    warned: list[str] = []
    assert align_file("levels", clip, "ab ba", warn=warned.append) == expected
    assert [text.partition(" in ")[0] for text in warned] == [
        f"{clip}: whether just this text is said was not found out:"
    ]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "either a text file or --text, not both"),
        (["words.txt", "--text", "ab"], "either a text file or --text, not both"),
        (["absent.txt"], "absent.txt: can't be read (No such file or directory)"),
        (["latin.txt"], "latin.txt: not UTF-8 (byte 1)"),
        (["--text", "xyz"], "no token for 'xyz'"),
        (["--text", "ab " * 30], "clip.wav: the text needs 89 frames"),
    ],
)
def test_what_a_user_gets_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    level_clip(Path("clip.wav"), "_ab|ba_")
    Path("latin.txt").write_bytes(b"a\xe9\n")
    assert main(["align", "levels", "clip.wav", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("malgwi: error: ")
    assert named in err
