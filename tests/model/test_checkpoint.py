"""Checkpoints of the family are read, given a head, and written so that transformers agrees."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import Wav2Vec2ForCTC, Wav2Vec2Processor

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import (
    STARTER,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
    starter_folder,
)
from malgwi.model.families import FAMILIES, logits_of
from malgwi.model.head import with_vocab
from malgwi.model.normalisation import standardise
from malgwi.speech.frames import WAV2VEC2, FrameGrid
from malgwi.speech.text import Normalisation
from malgwi.speech.vocab import Vocab
from tiny import FAMILIES as TINY
from tiny import NEW_FAMILIES, tiny_checkpoint, tiny_config, tiny_model, tiny_vocab

SIMILAR = {"hubert-batch", "conformer-rotary", "bert-rotary"}
"""What differs from others in the encoder only."""


def _samples() -> torch.Tensor:
    return torch.randn(1, 16_000, generator=torch.Generator().manual_seed(3))


def _logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        logits: torch.Tensor = model.eval()(_samples()).logits
    return logits


def _edit(folder: Path, file: str, **changes: object) -> None:
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_the_starter() -> None:
    checkpoint = load_checkpoint(STARTER)
    assert checkpoint.vocab == Vocab.read(starter_folder() / "vocab.json")
    assert checkpoint.licence == "apache-2.0"
    assert checkpoint.vocab.tokens[27:] == ("|", "[UNK]", "[PAD]")
    assert checkpoint.grid == WAV2VEC2
    assert checkpoint.do_normalize
    assert checkpoint.model.dtype == torch.float32
    assert not checkpoint.model.training


@pytest.mark.parametrize("family", TINY)
def test_saved_and_loaded_by_transformers_alike(family: str, tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path / "run", family)
    ours = load_checkpoint(folder)
    assert ours.vocab == tiny_vocab()
    theirs = transformers.AutoModelForCTC.from_pretrained(folder)
    assert torch.equal(_logits(ours.model), _logits(theirs))
    processor: Any = Wav2Vec2Processor.from_pretrained(folder)
    assert len(processor.tokenizer) == 7  # no <s> and </s> behind the vocabulary
    ids = [6, 0, 0, 6, 0, 4, 4, 1, 5, 6, 2]  # blank a a blank a | | b [UNK] blank c
    assert ours.vocab.decode(ids) == "aa bc"
    assert processor.decode(ids).replace("[UNK]", "") == "aa bc"
    extractor = processor.feature_extractor
    assert extractor.do_normalize
    assert extractor.return_attention_mask == (family == "wav2vec2-layer")


@pytest.mark.parametrize("family", sorted(set(NEW_FAMILIES) - SIMILAR))
def test_later_families_are_saved_and_loaded_by_transformers_alike(
    family: str, tmp_path: Path
) -> None:
    ours = load_checkpoint(tiny_checkpoint(tmp_path, family))
    assert ours.vocab == tiny_vocab()
    assert ours.grid.count(16_000) == 49
    theirs = transformers.AutoModelForCTC.from_pretrained(tmp_path)
    processor_class: Any = transformers.AutoProcessor
    processor = processor_class.from_pretrained(tmp_path)
    assert processor.decode([6, 0, 0, 6, 0, 4, 4, 1, 6, 2]) == "aa bc"
    quiet = (0.001 * _samples()[0].numpy()).astype(np.float32)
    given = processor(quiet, sampling_rate=16_000, return_tensors="pt")
    ready = torch.from_numpy(standardise(quiet, ours.epsilon))[None]
    with torch.inference_mode():
        expected = theirs(given[theirs.main_input_name]).logits
        torch.testing.assert_close(logits_of(ours.model, ready), expected, atol=1e-5, rtol=1e-5)


def test_wav2vec2_bert_as_it_is_published(tmp_path: Path) -> None:
    """Without a head or a number of tokens, and with an extractor but no tokenizer."""
    torch.manual_seed(1)
    model: Any = transformers.Wav2Vec2BertModel(tiny_config("bert", vocab_size=None))
    model.save_pretrained(tmp_path)
    extractor = {
        "feature_extractor_type": "SeamlessM4TFeatureExtractor",
        "feature_size": 80,
        "num_mel_bins": 80,
        "padding_value": 1,
        "return_attention_mask": True,
        "sampling_rate": 16_000,
        "stride": 2,
    }
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(extractor))
    loaded = load_checkpoint(tmp_path)
    assert (loaded.vocab, loaded.epsilon, loaded.grid) == (
        None,
        None,
        FrameGrid((400, 2), (160, 2)),
    )
    expected = model.state_dict()
    found = loaded.model.wav2vec2_bert.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(weight, expected[key]) for key, weight in found.items())
    ready, known = with_vocab(loaded, tiny_vocab())
    assert (known, ready.model.lm_head.out_features) == (0, 7)
    for changes, message in (
        ({"num_mel_bins": 128}, "hears 128 log-mel bins, 2 of them to a frame of 160 numbers"),
        ({"stride": 1}, "hears 80 log-mel bins, 1 of them to a frame of 160 numbers; expected 80"),
        ({"sampling_rate": 8_000}, "it was trained at 8000 Hz"),
    ):
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(extractor | changes))
        with pytest.raises(MalgwiError, match=message):
            load_checkpoint(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(extractor))
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"add_adapter": True}, "has an adapter that shortens the frames"),
        ({"use_intermediate_ffn_before_adapter": True}, "use_intermediate_ffn_before_adapter"),
        ({"feature_projection_input_dim": 80}, "2 of them to a frame of 80 numbers; expected 80"),
    )
    for edits, message in wrong:
        before = (tmp_path / "config.json").read_text()
        _edit(tmp_path, "config.json", **edits)
        with pytest.raises(MalgwiError, match=message):
            load_checkpoint(tmp_path)
        (tmp_path / "config.json").write_text(before)


def test_omnilingual_as_it_is_published(tmp_path: Path) -> None:
    model = tiny_model("omniasr", vocab_size=8, pad_token_id=1)
    model.config.blank_token_id = 0
    model.save_pretrained(tmp_path)
    tokens = ["<s>", "<pad>", "</s>", "<unk>", " ", "a", "b", "ä"]
    pieces: Any = {"model": {"type": "Unigram", "vocab": [[token, 0.0] for token in tokens]}}
    (tmp_path / "tokenizer.json").write_text(json.dumps(pieces))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"pad_token": "<pad>"}))
    loaded = load_checkpoint(tmp_path)
    assert (loaded.epsilon, loaded.model.config.audio_config.mask_time_prob) == (1e-5, 0.0)
    assert loaded.vocab is not None
    assert (loaded.vocab.tokens, loaded.vocab.blank, loaded.vocab.delimiter) == (
        *(tuple(tokens), 0),
        4,
    )
    assert loaded.vocab.decode([0, 5, 5, 0, 5, 4, 1, 6, 7]) == "aa bä"
    pieces["model"]["vocab"] = [["<pad>", 0.0], 5, ["a", 0.0]]
    (tmp_path / "tokenizer.json").write_text(json.dumps(pieces))
    with pytest.raises(MalgwiError, match=r"tokenizer\.json: the ids must be 0 to"):
        load_checkpoint(tmp_path)
    row = loaded.model.ctc_head.weight[6].detach().clone()
    ready, known = with_vocab(loaded, tiny_vocab())
    assert known == 5  # a, b, the space, the unknown and the blank, but neither c nor d
    assert torch.equal(ready.model.ctc_head.weight[1], row)
    assert (ready.model.config.blank_token_id, ready.model.config.pad_token_id) == (6, 6)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlanguage: en\nlicense: cc-by-nc-4.0\ntags:\n- x\n---\n# MMS", "cc-by-nc-4.0"),
        ("---\nlicense:\n- 'apache-2.0'\n---\n", "apache-2.0"),
        ("---\nlicense: other\nlicense_name: my-own\n---\n", "my-own"),
        ("---\nlanguage: en\n---\nlicense: mit\n", None),
        ("license: mit", None),
    ],
)
def test_the_licence_of_the_model_card_is_kept(
    card: str, licence: str | None, tmp_path: Path
) -> None:
    folder = tiny_checkpoint(tmp_path / "a")
    (folder / "README.md").write_text(card)
    loaded = load_checkpoint(folder)
    assert loaded.licence == licence
    (tmp_path / "b").mkdir()
    save_checkpoint(tmp_path / "b", loaded)
    assert load_checkpoint(tmp_path / "b").licence == licence
    (tmp_path / "b" / "README.md").write_text("---\nlicense: mine\n---\n")
    inherited = f"; of the checkpoint that it learnt from: {licence}" if licence else ""
    assert load_checkpoint(tmp_path / "b").licence == f"mine{inherited}"


def test_settings_that_a_family_does_not_have(tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path, "omniasr")
    config = load_checkpoint(folder, {"mask_time_prob": 0.1}).model.config.audio_config
    assert (config.mask_time_prob, config.mask_time_length) == (0.1, 10)
    with pytest.raises(MalgwiError, match="final_dropout is given, which a model of the type omni"):
        load_checkpoint(folder, {"final_dropout": 0.1})
    assert not hasattr(
        load_checkpoint(folder, {"final_dropout": 0.0}).model.config, "final_dropout"
    )


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("parakeet_ctc", "hears log-mel features"),
        ("lasr_ctc", "hears log-mel features"),
        ("granite_speech5_ctc", "hears log-mel features"),
        ("granite_speech", "a language model writes its text"),
        ("omniasr", "a language model writes its text"),
    ],
)
def test_other_speech_models_are_refused_with_the_reason(
    kind: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}))
    with pytest.raises(
        MalgwiError, match=rf"of the type '{kind}' \(.*{reason}.*omniasr_ctc, wav2vec2-bert$"
    ):
        load_checkpoint(tmp_path)


def test_a_family_that_the_installed_transformers_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_checkpoint(tmp_path)
    known = FAMILIES["wav2vec2"]
    monkeypatch.setitem(FAMILIES, "wav2vec2", replace(known, model="Wav2Vec9ForCTC"))
    with pytest.raises(MalgwiError, match=r"transformers [\d.]+ doesn't have; install a newer one"):
        load_checkpoint(folder)


def test_unit_and_normalisation_are_kept(tmp_path: Path) -> None:
    model = tiny_model(vocab_size=8, pad_token_id=7)
    vocab = Vocab.from_texts(["말귀"], unit="jamo", rules=Normalisation("ko"))
    assert len(vocab) == 8
    save_checkpoint(tmp_path, Checkpoint(model, vocab, WAV2VEC2, False))
    loaded = load_checkpoint(tmp_path)
    assert (loaded.vocab, loaded.language, loaded.do_normalize) == (vocab, "ko", False)
    assert json.loads((tmp_path / "config.json").read_text())["malgwi"] == {
        "unit": "jamo",
        "normalisation": vocab.rules.to_json(),
    }
    ids = vocab.encode("말귀")
    assert loaded.vocab is not None
    assert loaded.vocab.decode(ids) == "말귀"
    processor: Any = Wav2Vec2Processor.from_pretrained(tmp_path)
    assert processor.decode(ids) == "".join(vocab.tokens[i] for i in ids)


def test_settings_replace_those_of_the_checkpoint(tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path, mask_time_prob=0.0)
    assert not hasattr(load_checkpoint(folder).model.wav2vec2, "masked_spec_embed")
    settings = {"mask_time_prob": 0.2, "hidden_dropout": 0.33}
    model = load_checkpoint(folder, settings).model
    assert model.config.hidden_dropout == 0.33
    assert model.wav2vec2.encoder.dropout.p == 0.33
    assert model.wav2vec2.masked_spec_embed.shape == (16,)


@pytest.mark.parametrize("style", ["weight_g", "original0"])
@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
def test_both_styles_of_weight_norm_keys(style: str, file: str, tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    pairs = (
        (".parametrizations.weight.original0", ".weight_g"),
        (".parametrizations.weight.original1", ".weight_v"),
    )
    for new, old in pairs:
        for key in [k for k in weights if k.endswith((new, old))]:
            renamed = key.replace(new, old) if style == "weight_g" else key.replace(old, new)
            weights[renamed] = weights.pop(key) + 1.0
    assert sum(style in key for key in weights) == 1
    if file.endswith("safetensors"):
        save_file(weights, folder / file, metadata={"format": "pt"})
    else:
        torch.save(weights, folder / file)
    conv = load_checkpoint(folder).model.wav2vec2.encoder.pos_conv_embed.conv
    key = next(k for k in weights if k.endswith(("weight_v", "original1")))
    assert torch.equal(conv.parametrizations.weight.original1, weights[key])


@pytest.mark.parametrize("kind", ["Wav2Vec2ForPreTraining", "Wav2Vec2Model"])
def test_checkpoints_without_a_head(kind: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = getattr(transformers, kind)(tiny_config(vocab_size=32)).eval()
    model.save_pretrained(tmp_path)
    loaded = load_checkpoint(tmp_path)
    assert loaded.vocab is None
    base = getattr(model, "wav2vec2", model)
    with torch.inference_mode():
        expected = base(_samples()).last_hidden_state
        found = loaded.model.wav2vec2(_samples()).last_hidden_state
    assert torch.equal(expected, found)
    ready, known = with_vocab(loaded, tiny_vocab())
    assert (known, ready.model.lm_head.out_features) == (0, 7)
    assert _logits(ready.model).shape == (1, 49, 7)


def test_a_head_without_a_tokenizer_is_no_head(tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path)
    (folder / "vocab.json").unlink()
    headed = load_checkpoint(folder)
    assert headed.vocab is None
    assert "put the vocab.json" in headed.why_mute
    headed.model.wav2vec2.save_pretrained(folder)
    assert "fine-tune it first" in load_checkpoint(folder).why_mute


def test_other_convolution_sizes_are_supported(tmp_path: Path) -> None:
    sizes: dict[str, Any] = {
        "conv_kernel": (10, 4, 4),
        "conv_stride": (8, 4, 4),
        "conv_dim": (8, 8, 8),
    }
    folder = tiny_checkpoint(tmp_path, num_feat_extract_layers=3, **sizes)
    loaded = load_checkpoint(folder)
    assert loaded.grid == FrameGrid((10, 4, 4), (8, 4, 4))
    assert _logits(loaded.model).shape[1] == loaded.grid.count(16_000) == 124


@pytest.mark.parametrize("file", ["vocab.json", "added_tokens.json"])
def test_tokens_behind_the_rows_of_the_head_are_never_emitted(file: str, tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path)
    vocab = load_checkpoint(folder).vocab
    place = folder / file
    ids = json.loads(place.read_text()) if place.is_file() else {}
    place.write_text(json.dumps(ids | {"<s>": 7, "</s>": 8}))  # the head has 7 rows
    assert load_checkpoint(folder).vocab == vocab
    place.write_text(json.dumps(ids | {"x": 7}))  # a letter is no such token
    with pytest.raises(MalgwiError, match="the head has 7 outputs, the tokenizer 8 tokens"):
        load_checkpoint(folder)


def _no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _other_type(folder: Path) -> None:
    _edit(folder, "config.json", model_type="bert")


def _bad_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def _list_config(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def _no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _cut_weights(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


def _lost_weights(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    name = "wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original1"
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _fewer_layers(folder: Path) -> None:
    _edit(folder, "config.json", num_hidden_layers=1)


def _other_norms(folder: Path) -> None:
    tiny_checkpoint(folder, "wav2vec2-layer")
    _edit(folder, "config.json", feat_extract_norm="group")


def _adapters_forgotten(folder: Path) -> None:
    tiny_checkpoint(folder, "mms")
    _edit(folder, "config.json", adapter_attn_dim=None)


def _list_of_types(folder: Path) -> None:
    _edit(folder, "config.json", model_type=["wav2vec2"])


def _named_extractor(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    _edit(folder, "processor_config.json", feature_extractor="Wav2Vec2FeatureExtractor")


def _other_rate(folder: Path) -> None:
    _edit(folder, "preprocessor_config.json", sampling_rate=8000)


def _small_vocab(folder: Path) -> None:
    (folder / "vocab.json").write_text(json.dumps({"a": 0, "[PAD]": 1}))


def _no_blank(folder: Path) -> None:
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate("abcdefg")}))


def _gap_in_vocab(folder: Path) -> None:
    _edit(folder, "vocab.json", a=17)


def _huge_hop(folder: Path) -> None:
    _edit(folder, "config.json", conv_stride=[5, 4, 4, 4, 4, 4, 4])


def _zero_stride(folder: Path) -> None:
    _edit(folder, "config.json", conv_stride=[5, 0, 2, 2, 2, 2, 2])


def _no_sizes(folder: Path) -> None:
    _edit(folder, "config.json", audio_config=None)


def _with_adapter(folder: Path) -> None:
    _edit(folder, "config.json", add_adapter=True)


def _several_languages(folder: Path) -> None:
    (folder / "vocab.json").write_text(json.dumps({"eng": {"a": 0}, "deu": {"a": 0}}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_config, "no config.json; expected a folder with a Hugging Face checkpoint"),
        (_other_type, "is of the type 'bert'; expected one of wav2vec2, hubert, wavlm, "),
        (_bad_config, "config.json is not readable JSON"),
        (_list_config, "config.json must hold a JSON object"),
        (_no_weights, "its weights can't be loaded"),
        (_cut_weights, "its weights can't be loaded"),
        (_lost_weights, "1 weights are missing .*, the first '.*pos_conv_embed"),
        # 16 of a layer; a weight and a bias for each of six convolutions; 6 of each of two adapters
        (_fewer_layers, r"16 weights .* have no place .*, the first '.*layers\.1\."),
        (_other_norms, r"12 weights .* have no place .*, the first '.*conv_layers\.1\."),
        (_adapters_forgotten, r"12 weights .* have no place .*, the first '.*adapter_layer\."),
        (_list_of_types, r"is of the type \['wav2vec2'\]; expected one of wav2vec2, "),
        (_named_extractor, "processor_config.json: feature_extractor must be a JSON object"),
        (_other_rate, "trained at 8000 Hz; expected 16000 Hz"),
        (_small_vocab, "the head has 7 outputs, the tokenizer 2 tokens"),
        (_no_blank, r"has neither '\[PAD\]' nor '<pad>'"),
        (_gap_in_vocab, "the ids must be 0 to 6, each once"),
        (_huge_hop, "one frame every 20480 samples"),
        (_zero_stride, "convolution sizes must be 1 or more"),
        (_no_sizes, "config.json: 'NoneType' object has no attribute"),
        (_with_adapter, "adapter that shortens the frames"),
        (_several_languages, "holds 2 languages; fine-tune it in one"),
    ],
)
def test_what_is_wrong_is_said(spoil: Any, message: str, tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path / "run")
    spoil(folder)
    with pytest.raises(MalgwiError, match=message) as caught:
        load_checkpoint(folder)
    assert str(folder) in str(caught.value)


def test_a_name_that_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MalgwiError, match=r"no config\.json|no such folder"):
        load_checkpoint("nobody/nothing-of-this-name")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(MalgwiError, match="is a file; expected a folder"):
        load_checkpoint(file)


def test_nothing_to_save_without_a_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match="no vocabulary to save"):
        save_checkpoint(tmp_path, Checkpoint(tiny_model(), None, WAV2VEC2, True))


def test_the_starter_saved_again_is_the_starter(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, load_checkpoint(STARTER))
    theirs = Wav2Vec2ForCTC.from_pretrained(starter_folder(), dtype=torch.float32)
    assert torch.equal(_logits(Wav2Vec2ForCTC.from_pretrained(tmp_path)), _logits(theirs))
    shutil.rmtree(tmp_path)


def test_a_checkpoint_of_the_first_normalisation_is_refused(tmp_path: Path) -> None:
    model = tiny_model(vocab_size=8, pad_token_id=7)
    vocab = Vocab.from_texts(["말귀"], unit="jamo")
    save_checkpoint(tmp_path, Checkpoint(model, vocab, WAV2VEC2, False))
    config = json.loads((tmp_path / "config.json").read_text())
    del config["malgwi"]["normalisation"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(MalgwiError, match=r"by version 1 of the rules; expected version 2.*again"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("family", ["wav2vec2-layer", "sew-d"])
def test_a_mask_embedding_that_is_not_in_the_file_is_drawn(family: str, tmp_path: Path) -> None:
    """Evenly from 0 to 1, as transformers has it; a checkpoint trained without masks has none."""
    folder = tiny_checkpoint(tmp_path / family, family, mask_time_prob=0.0, mask_feature_prob=0.0)
    weights = load_file(folder / "model.safetensors")
    [name] = [name for name in tiny_model(family).state_dict() if "masked_spec_embed" in name]
    weights.pop(name, None)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    torch.manual_seed(3)
    drawn = load_checkpoint(folder, {"mask_time_prob": 0.1}).model.get_parameter(name)
    assert drawn.requires_grad
    torch.manual_seed(3)
    again = load_checkpoint(folder, {"mask_time_prob": 0.1}).model.get_parameter(name)
    assert torch.equal(drawn, again)
    assert 0 <= drawn.amin().item() < 0.5 < drawn.amax().item() < 1  # 16 numbers
