"""What users ask of decoding, from the option to the transcript."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import places
from bundles import level_bundle, level_clip
from level_model import VOCAB, level_recogniser, level_samples
from malgwi.decoding.fusion import check_letters
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.lm.arpa import write_arpa
from malgwi.lm.kneser_ney import estimate
from malgwi.lm.lm_file import parse_lm, write_lm
from malgwi.lm.ngram import LanguageModel, Weights
from malgwi.recognition.recognise import (
    Recogniser,
    open_recogniser,
    transcribe_blocks,
    transcribe_file,
)
from malgwi.speech.text import Normalisation
from malgwi.speech.vocab import Vocab

GOLDEN = json.loads((places.GOLDEN / "ngram.json").read_text(encoding="utf-8"))


def _lm(*sentences: str) -> LanguageModel:
    model = estimate([s.split() for s in sentences], order=2)
    return model.weighted(Weights(alpha=5.0, beta=0.0, unknown=8.0))


def _searching(search: Search, own: LanguageModel | None = None) -> Recogniser:
    begin = search.over(VOCAB, own)
    return replace(level_recogniser(), search=begin, nbest=search.nbest)


def test_nothing_asked_for_is_greedy() -> None:
    assert DEFAULT.over(VOCAB, None) is None
    assert Search(hotwords=("", " ")).over(VOCAB, None) is None
    assert DEFAULT.over(VOCAB, _lm("ab")) is not None
    assert Search(greedy=True).over(VOCAB, _lm("ab")) is None


def test_a_search_without_a_language_model_hears_what_greedy_decoding_hears() -> None:
    samples = [level_samples("_ab_|_ba_a_||_b_" * 9)]
    greedy = transcribe_blocks(level_recogniser(), samples)
    found = transcribe_blocks(_searching(Search(width=8)), samples)
    assert found.text == greedy.text
    assert [w._replace(confidence=0) for w in found.timed_words] == [
        w._replace(confidence=0) for w in greedy.timed_words
    ]
    assert found.alternatives == ()


def test_alternatives_are_in_the_json_when_asked_for() -> None:
    found = transcribe_blocks(_searching(Search(nbest=3)), [level_samples("_ab_")])
    assert len(found.alternatives) == 3
    assert found.alternatives[0].text == found.text == "ab"
    json = found.to_json("x.wav")
    assert [list(a) for a in json["nbest"]] == [["text", "score"]] * 3
    assert json["nbest"][0]["score"] == round(found.alternatives[0].score, 4)
    assert "nbest" not in transcribe_blocks(level_recogniser(), []).to_json("x.wav")


def test_too_short_and_silent_recordings() -> None:
    recogniser = _searching(DEFAULT, _lm("ab", "a b"))
    assert transcribe_blocks(recogniser, [level_samples("")[:80]]).text == ""
    assert transcribe_blocks(recogniser, [level_samples("____")]).text == ""


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in GOLDEN["letters"]])
def test_golden_letters(case: dict[str, Any]) -> None:
    data = base64.b64decode(GOLDEN["models"][case["model"]]["bin"])
    lm = parse_lm(memoryview(data), "lm.bin")
    vocab = Vocab(tuple(case["tokens"]), case["blank"], case["delimiter"], case["unit"])
    if not case["error"]:
        check_letters(lm, vocab)
        return
    with pytest.raises(MalgwiError) as caught:
        DEFAULT.over(vocab, lm)
    assert str(caught.value) == f"lm.bin: {case['error']}"


def test_a_language_model_of_other_letters_is_refused() -> None:
    over = DEFAULT.over
    assert over(VOCAB, _lm("ab straße", "ba für")) is not None  # half of its words are heard
    with pytest.raises(MalgwiError, match=r"3 of 4 words have letters that .*\(x é\), and would"):
        over(VOCAB, _lm("ab xé xa bx"))
    many = _lm(*(f"a{'b' * i}" for i in range(1, 900)), *("x" + "y" * i for i in range(1, 1200)))
    with pytest.raises(MalgwiError, match=r"of 70\d words .*\(x y\)"):
        over(VOCAB, many)


@pytest.mark.parametrize("name", ["lm.arpa", "lm.bin"])
def test_a_language_model_of_the_users_own(name: str, tmp_path: Path) -> None:
    lm = _lm("a b", "a b b")
    (write_arpa if name.endswith("arpa") else write_lm)(lm, tmp_path / name)
    bundle = level_bundle(tmp_path / "x.malgwi")
    assert open_recogniser(bundle).search is None
    recogniser = open_recogniser(bundle, search=Search(lm=tmp_path / name))
    assert recogniser.search is not None
    scores = [
        transcribe_blocks(one, [level_samples("_a|b_")]).alternatives[0].score
        for one in (
            open_recogniser(bundle, search=Search(lm=tmp_path / name, nbest=1)),
            open_recogniser(bundle, search=Search(nbest=1)),
        )
    ]
    assert abs(scores[0] - scores[1]) > 1.0
    with pytest.raises(MalgwiError, match="absent: can't be read"):
        open_recogniser(bundle, search=Search(lm=tmp_path / "absent"))


def test_a_bundle_with_a_language_model_uses_it(tmp_path: Path) -> None:
    clip = replace(level_clip(), lm_text="ab b")
    bundle = level_bundle(tmp_path / "x.malgwi", golden=[clip], lm=_lm("ab b"))
    assert open_recogniser(bundle).search is not None
    assert open_recogniser(bundle, search=Search(greedy=True)).search is None
    audio = tmp_path / "x.wav"
    audio.write_bytes(clip.wav)
    assert transcribe_file(open_recogniser(bundle), audio).text == "ab b"


@pytest.mark.parametrize(
    "wishes", [{"lm": Path("x")}, {"hotwords": ("a",)}, {"width": 4}, {"width": 0}, {"nbest": 2}]
)
def test_greedy_goes_with_nothing_else(wishes: dict[str, object]) -> None:
    with pytest.raises(MalgwiError, match="--greedy takes the best token"):
        Search(greedy=True, **wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wishes",
    [{"greedy": True}, {"lm": Path("x")}, {"hotwords": ("a",)}, {"width": 4}, {"width": 0}],
)
def test_a_grammar_goes_with_no_search(wishes: dict[str, object]) -> None:
    with pytest.raises(MalgwiError, match="--grammar says all that may be said"):
        Search(grammar=Path("x"), **wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize("wishes", [{}, {"greedy": True}, {"grammar": Path("x")}, {"width": 4}])
def test_a_boost_is_nothing_without_hotwords(wishes: dict[str, object]) -> None:
    with pytest.raises(MalgwiError, match="--boost 2 is what letters of hotwords are worth"):
        Search(boost=2.0, **wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize("wishes", [{}, {"greedy": True}, {"hotwords": ("a",)}])
def test_a_least_score_is_nothing_without_a_grammar(wishes: dict[str, object]) -> None:
    with pytest.raises(MalgwiError, match="--none-below -2 is for the sentences of a grammar"):
        Search(none_below=-2.0, **wishes)  # type: ignore[arg-type]


def test_a_least_score_above_0() -> None:
    for score in (0.5, float("nan")):
        with pytest.raises(MalgwiError, match=r"--none-below .*: expected 0 or less"):
            Search(grammar=Path("x"), none_below=score)


@pytest.mark.parametrize("threads", [0, -1, 1_000])
def test_threads_out_of_range(threads: int, tmp_path: Path) -> None:
    for model in (level_bundle(tmp_path / "x.malgwi"), "starter"):
        with pytest.raises(MalgwiError, match=f"--threads {threads}: expected 1 to 999"):
            open_recogniser(model, threads=threads)


def test_options_out_of_range() -> None:
    with pytest.raises(MalgwiError, match="--nbest 1001"):
        Search(nbest=1001)
    with pytest.raises(MalgwiError, match="beam width 0"):
        Search(width=0).over(VOCAB, None)
    with pytest.raises(MalgwiError, match="hotword 'zoo': the model has no letter z, o"):
        Search(hotwords=("zoo",)).over(VOCAB, None)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (None, []),  # nobody said
        (Normalisation("de"), []),
        (Normalisation("tr"), ["--language tr; --language und"]),
        (Normalisation("uz", "ʻ"), ["--language uz --keep-letters 'ʻ'; --language und"]),
        (Normalisation("zh", keep_digits=True), ["--language zh --keep-digits; --language und"]),
    ],
)
def test_a_language_model_normalised_otherwise_than_the_model_is_told(
    tmp_path: Path, rules: Normalisation | None, told: list[str]
) -> None:
    path = tmp_path / "lm.bin"
    write_lm(replace(_lm("ab b"), rules=rules), path)
    bundle = level_bundle(tmp_path / "x.malgwi")
    warned: list[str] = []
    open_recogniser(bundle, search=Search(lm=path), warn=warned.append)
    expected = [f"{path}: its text was normalised otherwise than the model's: {t}" for t in told]
    assert warned == expected
