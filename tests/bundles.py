"""Bundles for tests: an ONNX model that spells by loudness, as `level_model` does, in 2 kB."""

import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from level_model import LEVELS, PLAN, VOCAB, level_samples
from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.golden import GoldenClip, wav_bytes, wav_samples
from malgwi.bundle.write import write_bundle
from malgwi.speech.frames import FrameGrid

DECODING = Decoding(VOCAB, FrameGrid((400,), (320,)), PLAN)
GOLDEN = "_a_b_|_b_"


def level_onnx(
    path: Path,
    *,
    metadata: str | None = json.dumps(DECODING.to_json()),
    tokens: int = 4,
    input_name: str = "samples",
    element: int = TensorProto.FLOAT,
) -> Path:
    """Write a model whose logit of a token falls with the distance from the token's level."""
    levels = np.array([LEVELS[t] for t in "ab|_"] + [9.0] * 8, np.float32)[:tokens]
    wave = np.zeros((1, 1, 400), np.float32)
    wave[0, 0, [0, 160]] = 0.5, -0.5
    nodes = [
        helper.make_node("Cast", [input_name], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["float", "axis"], ["x"]),
        helper.make_node("Conv", ["x", "wave"], ["signed"], strides=[320]),
        helper.make_node("Abs", ["signed"], ["held"]),
        helper.make_node("Add", ["held", "levels"], ["distance"]),
        helper.make_node("Abs", ["distance"], ["far"]),
        helper.make_node("Mul", ["far", "slope"], ["scores"]),
        helper.make_node("Transpose", ["scores"], ["logits"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "levels",
        [helper.make_tensor_value_info(input_name, element, [1, "samples"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "frames", tokens])],
        [
            numpy_helper.from_array(np.array([1]), "axis"),
            numpy_helper.from_array(wave, "wave"),
            numpy_helper.from_array(-levels[:, None], "levels"),
            numpy_helper.from_array(np.array(-50.0, np.float32), "slope"),
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    if metadata is not None:
        entry = model.metadata_props.add()
        entry.key, entry.value = METADATA_KEY, metadata
    onnx.save(model, path)
    return path


def level_clip(spelling: str = GOLDEN) -> GoldenClip:
    """Return a clip and what the model hears in it: three frames a character."""
    wav = wav_bytes(level_samples(spelling))
    samples = wav_samples(wav)
    ids = ["ab|_".index(char) for char in spelling for _ in range(3)]
    assert DECODING.grid.count(len(samples)) == len(ids)
    return GoldenClip(wav, VOCAB.decode(ids), ids)


def level_bundle(path: Path, **changes: Any) -> Path:
    """Write a bundle of the model; `changes` are arguments of `write_bundle`."""
    model = changes.pop("model", None) or [level_onnx(path.with_suffix(".onnx"))]
    contents: dict[str, Any] = {
        "decoding": DECODING,
        "golden": [level_clip()],
        "name": "levels",
        "language": "en",
        "licence": "CC0-1.0",
        "card": "# levels\n",
        "figures": {"wer": 0.0},
    }
    write_bundle(path, model=model, **(contents | changes))
    return path


Pack = list[tuple[zipfile.ZipInfo, bytes]]
"""The entries of an archive."""


def pack(path: Path, change: Callable[[Pack], None]) -> Path:
    """Write the archive anew after `change` has edited its entries."""
    with zipfile.ZipFile(path) as archive:
        parts: Pack = [(info, archive.read(info)) for info in archive.infolist()]
    change(parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names, which are meant
        with zipfile.ZipFile(path, "w") as archive:
            for info, content in parts:
                archive.writestr(info, content)
    return path


def plain(name: str, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """Return an entry to add."""
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    return info
