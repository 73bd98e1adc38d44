"""A checkpoint laid out as MMS is: the language that is named is loaded, or new adapters begun."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import load_checkpoint
from malgwi.model.language_adapters import (
    alike,
    chosen_language,
    is_adapter,
    languages_of,
    named,
)
from tiny import MMS_LANGUAGES, tiny_checkpoint, tiny_mms


@pytest.fixture
def mms(tmp_path: Path) -> Path:
    return tiny_mms(tmp_path / "mms")


def _logits(model: Any) -> torch.Tensor:
    samples = torch.randn(1, 8000, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        logits: torch.Tensor = model.eval()(samples).logits
    return logits


@pytest.mark.parametrize("language", ["eng", "kor"])
def test_a_language_is_what_transformers_loads(language: str, mms: Path) -> None:
    ours = load_checkpoint(mms, language=language)
    theirs = transformers.Wav2Vec2ForCTC.from_pretrained(
        mms, target_lang=language, ignore_mismatched_sizes=True
    )
    assert torch.equal(_logits(ours.model), _logits(theirs))
    tokenizer: Any = transformers.Wav2Vec2CTCTokenizer.from_pretrained(mms, target_lang=language)
    assert ours.vocab is not None
    assert ours.vocab.tokens == ("<pad>", "<s>", "</s>", "<unk>", *MMS_LANGUAGES[language])
    assert (ours.vocab.blank, ours.vocab.delimiter) == (0, 4)
    ids = [5, 5, 0, 5, 4, 6]
    assert ours.vocab.decode(ids) == tokenizer.decode(ids)
    assert ours.languages == tuple(sorted(MMS_LANGUAGES))
    assert ours.licence == "cc-by-nc-4.0"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("kor", "kor"),
        ("ko", "kor"),
        ("ko-KR", "kor"),
        ("Korean", "kor"),
        ("en_US", "eng"),
        ("uzb-script_latin", "uzb-script_latin"),
        ("UZB-script_Latin", "uzb-script_latin"),
        ("uzb_Script_Cyrillic", "uzb-script_cyrillic"),
    ],
)
def test_whatever_people_call_a_language(wanted: str, found: str) -> None:
    assert chosen_language(wanted, sorted(MMS_LANGUAGES), "c") == found


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("uz", "'uz': could be uzb-script_cyrillic, uzb-script_latin; give one of them"),
        (
            "uzb-script_latn",
            r"'uzb-script_latn': could be uzb-script_cyrillic, uzb-script_latin; give one",
        ),
        ("kro", r"'kro': is none of its 4 languages \(close to it: kor\); give one of them, or"),
        (
            "xyz",
            r"'xyz': is none of its 4 languages \(eng, kor, uzb-script_cyrillic, uzb-script_latin",
        ),
        ("", r"'': is none of its 4 languages"),
        ("../eng", r"'\.\./eng': is none of its 4 languages"),
    ],
)
def test_a_language_that_is_not_there(wanted: str, message: str) -> None:
    with pytest.raises(MalgwiError, match="^checkpoint 'c': --language-adapter " + message):
        chosen_language(wanted, sorted(MMS_LANGUAGES), "c")


def test_a_few_of_many_are_named() -> None:
    assert named(("a", "b")) == "a, b"
    assert named([f"l{n}" for n in range(9)]) == "l0, l1, l2, l3, l4, ..."
    assert alike("uz-Cyrl", sorted(MMS_LANGUAGES)) == ["uzb-script_cyrillic", "uzb-script_latin"]
    assert alike(None, ["eng"]) == alike("und", ["eng"]) == alike("no such", ["eng"]) == []


def test_languages_have_both_a_vocabulary_and_an_adapter(mms: Path) -> None:
    (mms / "adapter.kor.safetensors").unlink()
    (mms / "adapter.fra.safetensors").write_bytes(b"")
    raw = json.loads((mms / "config.json").read_text())
    assert languages_of(str(mms), "c", raw) == ("eng", "uzb-script_cyrillic", "uzb-script_latin")
    assert languages_of(str(mms), "c", raw | {"adapter_attn_dim": None}) == ()
    with pytest.raises(MalgwiError, match="'kor': is none of its 3 languages"):
        load_checkpoint(mms, language="kor")


def test_new_adapters_are_drawn_and_all_else_stays(mms: Path) -> None:
    before = load_checkpoint(mms, language="eng").model.state_dict()
    begun = [load_checkpoint(mms, new_adapters=seed) for seed in (0, 0, 1)]
    first, again, other = (one.model.state_dict() for one in begun)
    assert begun[0].vocab is None
    assert begun[0].begun
    assert len(begun[0].languages) == 4
    for name, weight in first.items():
        if not is_adapter(name):
            assert name.startswith("lm_head.") or torch.equal(weight, before[name]), name
            continue
        assert torch.equal(weight, again[name])
        if name.endswith("norm.weight"):
            assert torch.equal(weight, torch.ones(16))
        elif weight.ndim == 1:
            assert torch.equal(weight, torch.zeros_like(weight))
        else:
            assert 0.01 < float(weight.std()) < 0.03  # of 64 draws around .02
            assert not torch.equal(weight, other[name])


def test_a_vocabulary_of_several_languages_asks_for_one(mms: Path) -> None:
    with pytest.raises(MalgwiError, match=r"vocab\.json holds 4 languages; fine-tune it in one"):
        load_checkpoint(mms)


def test_the_one_language_that_somebody_trained_is_in_the_weights(mms: Path) -> None:
    """As transformers' recipe for MMS leaves it: a nested vocabulary of one language."""
    whole = json.loads((mms / "vocab.json").read_text(encoding="utf-8"))
    (mms / "vocab.json").write_text(json.dumps({"eng": whole["eng"]}))
    one = load_checkpoint(mms, new_adapters=0)
    assert one.vocab is not None
    assert not one.begun
    assert "".join(one.vocab.tokens[4:]) == "|abcde"
    saved = load_file(mms / "model.safetensors")
    assert all(torch.equal(weight, saved[name]) for name, weight in one.model.state_dict().items())


def _without(name: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        weights = load_file(path)
        del weights[name]
        save_file(weights, path)

    return spoil


def _with(name: str, weight: torch.Tensor) -> Callable[[Path], None]:
    return lambda path: save_file({**load_file(path), name: weight}, path)


_FIRST = "wav2vec2.encoder.layers.0.adapter_layer.linear_1"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda path: path.write_bytes(b"no weights"),
            r"adapter\.kor\.safetensors is not readable",
        ),
        (_without(f"{_FIRST}.bias"), rf"1 of its weights .*, the first '{_FIRST}\.bias'"),
        (_without("lm_head.bias"), r"2 of its weights .*, the first 'lm_head\.bias'"),
        (_with("lm_head.bias", torch.zeros(())), r"2 of its weights .*, the first 'lm_head\.bias'"),
        (_with("lm_head.bias", torch.zeros(0)), r"2 of its weights .*, the first 'lm_head\.bias'"),
        (_with(f"{_FIRST}.weight", torch.zeros(9, 16)), "1 of its weights"),
        (_with("more", torch.zeros(1)), r"1 of its weights .*, the first 'more'"),
        (
            _with("lm_head.weight", torch.zeros(3, 16)),
            r"1 of its weights .*, the first 'lm_head\.weight'",
        ),
    ],
)
def test_a_damaged_adapter_is_named(spoil: Callable[[Path], Any], message: str, mms: Path) -> None:
    spoil(mms / "adapter.kor.safetensors")
    with pytest.raises(MalgwiError, match=message):
        load_checkpoint(mms, language="kor")


def test_a_tokenizer_of_another_size_is_named(mms: Path) -> None:
    path = mms / "vocab.json"
    vocabularies = json.loads(path.read_text(encoding="utf-8"))
    vocabularies["kor"]["라"] = len(vocabularies["kor"])
    path.write_text(json.dumps(vocabularies))
    with pytest.raises(MalgwiError, match="the head has 11 outputs, the tokenizer 12 tokens"):
        load_checkpoint(mms, language="kor")


def test_no_language_where_there_are_no_adapters(tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path)
    with pytest.raises(MalgwiError, match="'eng': it has no language adapters"):
        load_checkpoint(folder, language="eng")
    assert load_checkpoint(folder, new_adapters=0).languages == ()
