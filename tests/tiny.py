"""Tiny random-weight checkpoints and a data set of beeps, for tests of training."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
import transformers

from corpora import whole
from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB, Utterance, write_manifest
from malgwi.model.checkpoint import Checkpoint, save_checkpoint
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab

FAMILIES = ("wav2vec2-group", "wav2vec2-layer", "hubert", "wavlm")
WORDS = ("da", "bad", "cab", "dad")
_CLASSES = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "wavlm": "WavLM"}


def tiny_config(family: str = "wav2vec2-group", **changes: Any) -> Any:
    """Return a configuration of a few thousand weights; `layer` has the large models' norms."""
    name, _, norm = family.partition("-")
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
        "feat_extract_norm": "layer" if norm == "layer" else "group",
        "do_stable_layer_norm": norm == "layer",
        "conv_bias": norm == "layer",
        "layerdrop": 0.0,
        "mask_time_prob": 0.1,
        "mask_time_length": 4,
    }
    config_class = getattr(transformers, _CLASSES[name] + "Config")
    return config_class(**(settings | changes))


def tiny_model(family: str = "wav2vec2-group", seed: int = 0, **changes: Any) -> Any:
    """Return a random-weight CTC model in eval mode."""
    torch.manual_seed(seed)
    model_class = getattr(transformers, _CLASSES[family.partition("-")[0]] + "ForCTC")
    return model_class(tiny_config(family, **changes)).eval()


def tiny_vocab() -> Vocab:
    """Return the vocabulary of `WORDS`: a b c d | [UNK] [PAD]."""
    return Vocab.from_texts(WORDS)


def tiny_checkpoint(folder: Path, family: str = "wav2vec2-group", **changes: Any) -> Path:
    """Write a checkpoint with `tiny_vocab` and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    model = tiny_model(family, **changes)
    save_checkpoint(folder, Checkpoint(model, tiny_vocab(), WAV2VEC2, do_normalize=True))
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


def _beep(letter: str) -> Any:
    time = np.arange(1920) / 16_000
    if letter == " ":
        return np.zeros(len(time))
    return 0.3 * np.sin(2 * np.pi * 300 * (1 + "abcd".index(letter)) * time)
