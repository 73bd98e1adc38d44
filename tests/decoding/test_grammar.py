"""Grammars: parsed, compiled and searched (grammar_{text,graph,path}.py)."""

import itertools
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from bundles import level_bundle
from level_model import level_clip, level_dataset
from malgwi.cli.main import main
from malgwi.decoding import grammar_graph, grammar_path, grammar_text
from malgwi.decoding.grammar_graph import Grammar, compile_rules, read_grammar
from malgwi.decoding.grammar_path import GrammarSearch, best_sentence
from malgwi.decoding.grammar_text import GrammarError, parse
from malgwi.decoding.search import Search
from malgwi.evaluation.evaluate import evaluate
from malgwi.speech.text import join_units
from malgwi.speech.vocab import Vocab

GOLDEN = json.loads((places.GOLDEN / "grammar.json").read_text(encoding="utf-8"))
VOCAB = Vocab(tuple(GOLDEN["tokens"]), GOLDEN["blank"], GOLDEN["delimiter"])
JSGF = "#JSGF V1.0;\n"


def _cases(key: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in GOLDEN[key]]


def _compiled(text: str, vocab: Vocab = VOCAB) -> Grammar:
    return compile_rules(parse(text), vocab)


def _sentences(grammar: Grammar, vocab: Vocab = VOCAB) -> list[str]:
    """Return all that a grammar allows, by walking every way through it."""
    before: list[set[tuple[int, ...]]] = [{()}]
    counts = np.diff(np.append(grammar.firsts, len(grammar.sources)))
    arcs = np.split(grammar.sources, np.cumsum(counts)[:-1])
    for token, sources in zip(grammar.tokens[1:].tolist(), arcs, strict=True):
        before.append({(*way, token) for source in sources for way in before[source]})
    spelt = {way for final in grammar.finals for way in before[final]}
    return sorted(join_units([vocab.emits[token] for token in way]) for way in spelt)


def _scores(rows: list[list[float | str]]) -> npt.NDArray[np.float64]:
    return np.array([[float(v) for v in row] for row in rows]).reshape(len(rows), len(VOCAB))


def test_the_constants_are_javas() -> None:
    assert GOLDEN["constants"] == {
        "none_below": grammar_path.NONE_BELOW,
        "nodes": grammar_graph.MOST_NODES,
        "arcs": grammar_graph.MOST_ARCS,
        "work": grammar_graph.MOST_WORK,
        "characters": grammar_text.MOST_CHARACTERS,
        "depth": grammar_text.MOST_DEPTH,
    }


@pytest.mark.parametrize("case", _cases("grammars"))
def test_golden_sentences(case: dict[str, Any]) -> None:
    assert _sentences(_compiled(case["grammar"])) == case["sentences"]


@pytest.mark.parametrize("case", _cases("refused"))
def test_golden_refusals(case: dict[str, Any]) -> None:
    with pytest.raises(GrammarError) as refused:
        _compiled(case["grammar"])
    assert case["named"] in str(refused.value)


@pytest.mark.parametrize("case", _cases("searches"))
def test_golden_paths(case: dict[str, Any]) -> None:
    path = best_sentence(_scores(case["scores"]), _compiled(case["grammar"]), VOCAB.blank)
    assert (None if path is None else path.tolist()) == case["path"]


@pytest.mark.parametrize("case", _cases("answers"))
@pytest.mark.parametrize("piece", [1, 100])
def test_golden_answers(case: dict[str, Any], piece: int) -> None:
    search = GrammarSearch(_compiled(case["grammar"]), VOCAB, case["none_below"])
    logits = np.log(_scores(case["probabilities"])).astype(np.float32)
    for start in range(0, len(logits), piece):
        search.alternatives()  # looking in between changes nothing
        search.advance(logits[start : start + piece])
    frames = search.frame_tokens()
    assert VOCAB.decode(frames.ids.tolist()) == case["text"]
    assert len(frames.probabilities) == len(logits)
    nearest = [(a.text, pytest.approx(a.score, abs=1e-6)) for a in search.alternatives()]
    assert nearest == ([] if case["nearest"] is None else [(case["nearest"], case["score"])])


def _transcribe(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(["transcribe", *arguments])
    return status, *capsys.readouterr()


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(level_bundle(tmp_path / "levels.malgwi"))
    clip = str(level_clip(tmp_path / "clip.wav", "_ab|ba_"))
    other = str(level_clip(tmp_path / "other.wav", "_bbb_"))
    grammar = tmp_path / "commands.txt"
    grammar.write_text("Ab, bb!\naa\n")
    status, out, _ = _transcribe([model, clip, other, "--grammar", str(grammar)], capsys)
    assert (status, out) == (0, f"{clip}\t\n{other}\t\n")
    command = [model, clip, "--grammar", str(grammar), "--none-below", "-20"]
    status, out, _ = _transcribe(command, capsys)
    assert (status, out) == (0, "ab bb\n")
    status, out, _ = _transcribe([*command, "--nbest", "1", "--format", "json"], capsys)
    found = json.loads(out)
    assert found["text"] == "ab bb"
    assert [word["text"] for word in found["words"]] == ["ab", "bb"]
    # The last letter is heard as another, three frames that stand 10 nats over what it needs.
    assert found["nbest"] == [{"text": "ab bb", "score": pytest.approx(-30 / 4, abs=0.01)}]


def test_a_recording_that_fits_no_sentence_counts_among_the_best_too(tmp_path: Path) -> None:
    model = level_bundle(tmp_path / "levels.malgwi")
    rows = [("a", "anna", "_ab_|_ab_", "ab ab"), ("b", "bob", "b", "ab ab")]
    grammar = tmp_path / "commands.txt"
    grammar.write_text("ab ab\n")
    data = level_dataset(tmp_path / "data", rows)
    found = evaluate(model, data, search=Search(grammar=grammar, nbest=1))
    assert [found.wer, len(found.best), found.to_json()["wer_nbest"]] == [0.5, 2, 0.5]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--grammar", "absent.txt"], "absent.txt: can't be read"),
        (["--grammar", "odd.txt"], "odd.txt: line 1: the model has no token for 'xyz'"),
        (["--grammar", "good.txt", "--beam", "3"], "--grammar says all that may be said"),
        (["--grammar", "good.txt", "--greedy"], "--grammar says all that may be said"),
        (["--grammar", "good.txt", "--none-below", "1"], "--none-below 1.0: expected 0 or less"),
        (["--grammar", "good.txt", "--none-below", "nan"], "--none-below nan: expected 0 or less"),
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
    Path("good.txt").write_text("ab")
    Path("odd.txt").write_text("xyz")
    level_bundle(Path("levels.malgwi"))
    status, out, err = _transcribe(["levels.malgwi", "clip.wav", *arguments], capsys)
    assert (status, out) == (2, "")
    assert err.startswith("malgwi: error: ")
    assert named in err


def test_beginnings_that_are_alike_share_their_nodes() -> None:
    grammar = _compiled("abc\nabb\nab")
    assert grammar.tokens.tolist()[1:] == [0, 1, 2, 1]
    assert grammar.sources.tolist() == [0, 1, 2, 2]
    assert grammar.finals.tolist() == [2, 3, 4]


def test_vocabulary_without_a_delimiter() -> None:
    vocab = Vocab(("a", "b", "[PAD]"), blank=2, delimiter=None)
    assert _sentences(_compiled("a b\nb", vocab), vocab) == ["ab", "b"]


def test_a_model_with_capital_letters_only() -> None:
    vocab = Vocab(("A", "B", "|", "[PAD]"), blank=3, delimiter=2)
    assert _sentences(_compiled("ab a\nB", vocab), vocab) == ["AB A", "B"]


def test_korean_words_are_spelt_in_jamo() -> None:
    vocab = Vocab.from_texts(["말귀 켜 줘"], "jamo")
    assert _sentences(_compiled("말귀 켜 줘\n말", vocab), vocab) == ["말", "말귀 켜 줘"]


@st.composite
def _problems(draw: st.DrawFn) -> tuple[str, npt.NDArray[np.float64]]:
    words = st.lists(st.sampled_from(["a", "b", "ab", "aa", "c"]), min_size=1, max_size=2)
    sentences = draw(st.lists(words.map(" ".join), min_size=1, max_size=4))
    frames = draw(st.integers(1, 5))
    # Whole numbers, so that there are ties and no rounding.
    row = st.lists(st.integers(-4, 0), min_size=5, max_size=5)
    scores = draw(st.lists(row, min_size=frames, max_size=frames))
    return "\n".join(sentences), np.array(scores, dtype=np.float64)


@given(_problems())
def test_no_allowed_path_is_likelier(problem: tuple[str, npt.NDArray[np.float64]]) -> None:
    text, scores = problem
    allowed = {tuple(VOCAB.encode(line)) for line in text.splitlines()}
    frames = np.arange(len(scores))
    totals = [
        scores[frames, list(path)].sum()
        for path in itertools.product(range(5), repeat=len(scores))
        if tuple(token for token, _ in groupby(path) if token != VOCAB.blank) in allowed
    ]
    found = best_sentence(scores, _compiled(text), VOCAB.blank)
    if found is None:
        assert not totals
    else:
        assert VOCAB.decode(found.tolist()) in text.splitlines()
        assert scores[frames, found].sum() == max(totals)


def test_long_recordings() -> None:
    # 1,000 frames are traced back in stretches of 32.
    labels = VOCAB.encode("abc cba " * 20 + "b")
    frames = [token for label in labels for token in [label] * 4 + [VOCAB.blank]]
    scores = np.full((len(frames), len(VOCAB)), -5.0)
    scores[np.arange(len(frames)), frames] = -0.01
    text = "abc cba " * 20
    found = best_sentence(scores, _compiled(f"{text} a\n{text} b\n{text}"), VOCAB.blank)
    assert found is not None
    assert found.tolist() == frames


def _deep(levels: int, rule: str) -> str:
    rules = "".join(f"<r{n}> = {rule.format(n + 1)};\n" for n in range(levels))
    return f"{JSGF}public <s> = <r0>;\n{rules}<r{levels}> = a;"


def test_the_deepest_grammar_compiles() -> None:
    deep = _deep(48, "(" * 50 + "<r{}>" + ")" * 50)
    assert _compiled(deep).finals.tolist() == [1]


HOSTILE = {
    "over 50 brackets": JSGF + "public <s> = " + "(" * 10_000 + "a;",
    "over 50 rules in each other": _deep(200, "<r{}>"),
    "over 50,000 letters": _deep(40, "<r{0}> b <r{0}>"),
    "500,000 ways": _deep(45, "<r{0}> | <r{0}>"),
    "when all rules are filled in": JSGF
    + "public <s> = "
    + " ".join(["[a | b | ab]"] * 2_000)
    + ";",
    "a grammar may have 1,000,000": "a" * 1_000_001,
    "ends within a rule": JSGF + "grammar " + "a " * 100_000,
}


@pytest.mark.parametrize("message", HOSTILE)
def test_hostile_grammars_are_refused(message: str) -> None:
    """What compiled all that they stand for would never end."""
    with pytest.raises(GrammarError, match=message):
        _compiled(HOSTILE[message])


@given(st.text(alphabet="abc<>[]()|;= \n#JSGFpublic*/\x00é", max_size=60))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    for whole in (text, JSGF + text, JSGF + "public <s> = " + text + ";"):
        try:
            grammar = _compiled(whole)
        except GrammarError:
            continue
        assert len(grammar.finals)


def test_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "commands.txt"
    path.write_text("\ufeffab\nc a\n", encoding="utf-8")
    assert _sentences(read_grammar(path, VOCAB)) == ["ab", "c a"]
    path.write_text("ab\nxyz\n", encoding="utf-8")
    with pytest.raises(GrammarError, match=r"commands.txt: line 2: .* no token for 'xyz'"):
        read_grammar(path, VOCAB)
