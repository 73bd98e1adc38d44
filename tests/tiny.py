"""Tiny random-weight checkpoints and a data set of beeps, for tests of training."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
import transformers
from safetensors.torch import save_file

from corpora import whole
from malgwi.dataset.manifest import (
    DATASET,
    MANIFEST,
    VOCAB,
    Utterance,
    load_dataset,
    write_manifest,
)
from malgwi.model.checkpoint import Checkpoint, save_checkpoint
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab
from malgwi.training.config import TrainConfig
from malgwi.training.setup import Setup, set_up, start_processes
from malgwi.training.state import Position

FAMILIES = ("wav2vec2-group", "wav2vec2-layer", "hubert", "wavlm")
WORDS = ("da", "bad", "cab", "dad")
_LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
_SQUEEZED = {"conv_dim": (8,) * 13}
_CONFORMER = {
    "conv_depthwise_kernel_size": 5,
    "conformer_conv_dropout": 0.0,
    "max_source_positions": 20,
}
_SHAW = {"left_max_position_embeddings": 6, "right_max_position_embeddings": 2}
_OWN: dict[str, tuple[str, dict[str, Any]]] = {
    "wav2vec2-group": ("wav2vec2", {}),
    "wav2vec2-layer": ("wav2vec2", _LARGE),
    "mms": ("wav2vec2", _LARGE | {"adapter_attn_dim": 4}),
    "hubert": ("hubert", {}),
    "hubert-batch": ("hubert", {"conv_pos_batch_norm": True}),
    "wavlm": ("wavlm", {}),
    "data2vec-audio": ("data2vec-audio", {"num_conv_pos_embeddings": 2, "conv_pos_kernel_size": 5}),
    "unispeech": ("unispeech", {}),
    "unispeech-sat": ("unispeech-sat", {}),
    "sew": ("sew", _SQUEEZED),
    "sew-d": ("sew-d", _SQUEEZED | {"position_buckets": 4, "max_position_embeddings": 16}),
    "conformer-relative": ("wav2vec2-conformer", _CONFORMER),
    "conformer-rotary": ("wav2vec2-conformer", _CONFORMER | {"position_embeddings_type": "rotary"}),
    "omniasr": ("omniasr_ctc", {}),
    "bert": ("wav2vec2-bert", _CONFORMER | _SHAW),
    "bert-rotary": ("wav2vec2-bert", _CONFORMER | {"position_embeddings_type": "rotary"}),
}
NO_DROPOUT: dict[str, Any] = {
    "hidden_dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "feat_proj_dropout": 0.0,
    "final_dropout": 0.0,
    "layerdrop": 0.0,
}
"""Settings of a run whose steps draw nothing but masks."""
NEW_FAMILIES = tuple(name for name in _OWN if name not in FAMILIES)
"""Those of later versions, which fewer tests go through."""


def tiny_config(family: str = "wav2vec2-group", **changes: Any) -> Any:
    """Return a configuration of a few thousand weights; `layer` has the large models' norms."""
    kind, own = _OWN[family]
    settings: dict[str, Any] = {
        "conv_dim": (8,) * 7,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
        "vocab_size": 7,
        "pad_token_id": 6,
        "layerdrop": 0.0,
        "mask_time_prob": 0.1,
        "mask_time_length": 4,
    }
    settings |= own | changes
    if kind == "omniasr_ctc":
        head = {key: settings[key] for key in ("vocab_size", "pad_token_id")}
        del settings["mask_time_prob"], settings["mask_time_length"]
        settings = head | {"blank_token_id": head["pad_token_id"], "audio_config": settings}
    return transformers.AutoConfig.for_model(kind, **settings)


def tiny_model(family: str = "wav2vec2-group", seed: int = 0, **changes: Any) -> Any:
    """Return a random-weight CTC model in eval mode."""
    torch.manual_seed(seed)
    model_class: Any = transformers.AutoModelForCTC
    return model_class.from_config(tiny_config(family, **changes)).eval()


def tiny_vocab() -> Vocab:
    """Return the vocabulary of `WORDS`: a b c d | [UNK] [PAD]."""
    return Vocab.from_texts(WORDS)


def tiny_checkpoint(folder: Path, family: str = "wav2vec2-group", **changes: Any) -> Path:
    """Write a checkpoint with `tiny_vocab` and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    model = tiny_model(family, **changes)
    save_checkpoint(folder, Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True))
    return folder


MMS_LANGUAGES = {
    "eng": "|abcde",
    "kor": "|가나다abd",
    "uzb-script_cyrillic": "|аб",
    "uzb-script_latin": "|abd",
}
"""The languages of `tiny_mms`, with what each spells behind its four special tokens."""


def tiny_mms(folder: Path) -> Path:
    """Write a checkpoint laid out as MMS is published, every adapter another, and return it.

    The weights hold those of `eng`.
    """
    vocabularies = {
        language: {token: i for i, token in enumerate(("<pad>", "<s>", "</s>", "<unk>", *letters))}
        for language, letters in MMS_LANGUAGES.items()
    }
    rows = {language: len(ids) for language, ids in vocabularies.items()}
    model = tiny_model("mms", vocab_size=rows["eng"], pad_token_id=0)
    model.save_pretrained(folder)
    generator = torch.Generator().manual_seed(1)
    for language, many in rows.items():
        adapter = {
            name: weight.detach() + 0.1 * torch.randn(weight.shape, generator=generator)
            for name, weight in model.named_parameters()
            if ".adapter_layer." in name
        }
        adapter["lm_head.weight"] = torch.randn(many, 16, generator=generator)
        adapter["lm_head.bias"] = torch.randn(many, generator=generator)
        save_file(adapter, folder / f"adapter.{language}.safetensors", metadata={"format": "pt"})
        if language == "eng":
            state = {**model.state_dict(), **adapter}
            save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    files: dict[str, Any] = {
        "vocab.json": vocabularies,
        "tokenizer_config.json": {
            "tokenizer_class": "Wav2Vec2CTCTokenizer",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "word_delimiter_token": "|",
            "target_lang": "eng",
        },
        "preprocessor_config.json": {
            "feature_extractor_type": "Wav2Vec2FeatureExtractor",
            "sampling_rate": 16_000,
            "do_normalize": True,
            "return_attention_mask": True,
        },
    }
    for file, content in files.items():
        (folder / file).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# MMS\n")
    return folder


def tiny_dataset(folder: Path, clips: int = 12, valid: int = 4) -> Path:
    """Write a data set in which each letter is a beep of its own pitch, 0.12 s long."""
    audio = folder / "audio"
    audio.mkdir(parents=True)
    rng = np.random.default_rng(0)
    utterances = []
    for number in range(clips + valid):
        text = " ".join(rng.choice(WORDS, size=int(rng.integers(1, 4))))
        samples = np.concatenate([_beep(letter) for letter in text])
        samples += 0.001 * rng.standard_normal(len(samples))
        path = audio / f"clip{number:02d}.wav"
        soundfile.write(path, samples, 16_000, subtype="PCM_16")
        split = "train" if number < clips else "valid"
        utterances.append(Utterance(path.stem, path, whole(path), text, split))
    write_manifest(folder / MANIFEST, utterances, folder)
    (folder / VOCAB).write_text(json.dumps(tiny_vocab().to_ids()))
    (folder / DATASET).write_text(
        json.dumps({"unit": "character", "language": "en", "normalisation": {"version": 2}})
    )
    return folder


def tiny_setup(config: TrainConfig, data: Path, checkpoint: str, run: Path) -> Setup:
    """Return all that a run needs for its first step."""
    return set_up(
        config,
        load_dataset(data),
        checkpoint,
        start_processes(config),
        run=run,
        saved=None,
        position=Position(),
        begun=0.0,
    )


def _beep(letter: str) -> Any:
    time = np.arange(1920) / 16_000
    if letter == " ":
        return np.zeros(len(time))
    return 0.3 * np.sin(2 * np.pi * 300 * (1 + "abcd".index(letter)) * time)
