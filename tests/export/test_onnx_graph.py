"""Tiny random checkpoints of every family as ONNX: torch's logits at any length."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.runtime import OnnxModel
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import GateError
from malgwi.export import weights_apart
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.parity import check_parity
from malgwi.model.checkpoint import Checkpoint, load_checkpoint
from malgwi.model.families import logits_of
from malgwi.model.log_mel import GRID
from malgwi.speech.frames import WAV2VEC2
from tiny import FAMILIES, tiny_model, tiny_vocab

DECODING = Decoding(tiny_vocab(), WAV2VEC2, SegmentPlan())


def checkpoint(
    family: str = "wav2vec2-group", *, normalise: bool = True, layers: int = 2
) -> Checkpoint:
    model = tiny_model(family, num_hidden_layers=layers)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2.0)  # so that the logits differ enough to be told apart
    return Checkpoint(model, tiny_vocab(), WAV2VEC2, normalise)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Path]:
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    source = checkpoint()
    write_onnx(source, DECODING, path)
    return source, path


@pytest.mark.parametrize("unfold", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_torchs_logits_at_any_length(
    tmp_path: Path, family: str, unfold: bool
) -> None:
    source = checkpoint(family)
    write_onnx(source, DECODING, tmp_path / "m.onnx", unfold=unfold)
    model = OnnxModel(tmp_path / "m.onnx", DECODING, threads=1)
    assert check_parity(source, model) < 1e-4


@pytest.mark.parametrize(
    "family", ["data2vec-audio", "sew", "sew-d", "conformer-rotary", "omniasr", "mms"]
)
def test_later_families_give_torchs_logits_too(tmp_path: Path, family: str) -> None:
    source = checkpoint(family, layers=1)
    logits_of(source.model, torch.zeros(1, 16_000))  # a Conformer keeps positions of this length
    write_onnx(source, DECODING, tmp_path / "m.onnx")
    assert check_parity(source, OnnxModel(tmp_path / "m.onnx", DECODING, threads=1)) < 1e-4


@pytest.mark.parametrize(("family", "unfold"), [("bert", True), ("bert-rotary", False)])
def test_log_mel_features_are_in_the_graph(tmp_path: Path, family: str, unfold: bool) -> None:
    """From the waveform on, at any length: an odd last window of 10 ms makes no frame."""
    source = replace(checkpoint(family, layers=1), grid=GRID)
    decoding = replace(DECODING, grid=GRID)
    write_onnx(source, decoding, tmp_path / "m.onnx", unfold=unfold)
    model = OnnxModel(tmp_path / "m.onnx", decoding, threads=1)
    assert check_parity(source, model) < 1e-4
    for samples, frames in ((560, 1), (879, 1), (880, 2), (7_777, 23), (10_460, 31)):
        clip = np.sin(np.arange(samples, dtype=np.float32) ** 2 / 1e4)
        with torch.inference_mode():
            expected = logits_of(source.model, torch.from_numpy(clip)[None])[0].numpy()
        assert expected.shape == (frames, 7)
        np.testing.assert_allclose(model.logits(clip), expected, atol=1e-4)


def test_lengths_around_every_frame_border(written: tuple[Checkpoint, Path]) -> None:
    model = OnnxModel(written[1], DECODING, threads=1)
    for samples in (400, 719, 720, 721, 1039, 1040, 7777):
        clip = np.sin(np.arange(samples, dtype=np.float32))
        assert len(model.logits(clip)) == (samples - 400) // 320 + 1


@pytest.mark.parametrize("normalise", [True, False])
def test_normalisation_is_inside_only_where_the_checkpoint_asks(
    tmp_path: Path, normalise: bool
) -> None:
    # Group norm in the first layer would hide offset and gain whether normalised or not.
    source = checkpoint("wav2vec2-layer", normalise=normalise)
    write_onnx(source, DECODING, tmp_path / "m.onnx")
    model = OnnxModel(tmp_path / "m.onnx", DECODING, threads=1)
    check_parity(source, model)
    clip = 0.1 * np.random.default_rng(0).standard_normal(8000, dtype=np.float32)
    same = np.allclose(model.logits(clip), model.logits(3 * clip + 0.5), atol=1e-3)
    assert same == normalise
    with pytest.raises(GateError, match="differ from torch's by"):
        check_parity(replace(source, do_normalize=not normalise), model)


def test_another_weight_fails_the_gate(written: tuple[Checkpoint, Path]) -> None:
    source, path = written
    model = OnnxModel(path, DECODING, threads=1)
    check_parity(source, model)
    bias = source.model.lm_head.bias.data
    bias[0] += 0.002
    with pytest.raises(GateError, match=r"400 samples of noise .* by 0.002; expected at most 0"):
        check_parity(source, model)
    bias[0] = float("nan")
    with pytest.raises(GateError, match="by nan"):
        check_parity(source, model)
    bias[0] = 0.0


def test_the_checkpoint_stays_as_it_was(tmp_path: Path) -> None:
    source = checkpoint()
    names = list(source.model.state_dict())
    before = {k: v.clone() for k, v in source.model.state_dict().items()}
    for number in range(2):
        write_onnx(source, DECODING, tmp_path / f"{number}.onnx", unfold=bool(number))
    assert not any(module.training for module in source.model.modules())
    assert list(source.model.state_dict()) == names
    assert all(torch.equal(v, before[k]) for k, v in source.model.state_dict().items())
    assert source.model.wav2vec2.encoder.pos_conv_embed.conv.weight.requires_grad


def test_a_model_in_train_mode_is_exported_for_use(tmp_path: Path) -> None:
    source = checkpoint()
    source.model.train()
    write_onnx(source, DECODING, tmp_path / "m.onnx")
    assert source.model.training
    check_parity(source, OnnxModel(tmp_path / "m.onnx", DECODING, threads=1))


def test_versions_and_metadata(written: tuple[Checkpoint, Path]) -> None:
    graph = onnx.load(written[1])
    onnx.checker.check_model(graph)
    assert graph.ir_version == 8
    assert [(o.domain, o.version) for o in graph.opset_import] == [("", 17)]
    rides = {entry.key: entry.value for entry in graph.metadata_props}
    assert json.loads(rides[METADATA_KEY]) == DECODING.to_json()
    assert not any(t.external_data for t in graph.graph.initializer)


def test_more_than_one_file_holds_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The starter's products of matrices are large enough to lie apart."""
    source = load_checkpoint("starter")
    assert source.vocab
    decoding = Decoding(source.vocab, source.grid, SegmentPlan())
    monkeypatch.setattr(weights_apart, "MOST_EXPORTED", 1 << 20)
    for unfold in (False, True):
        write_onnx(source, decoding, tmp_path / "m.onnx", unfold=unfold)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["m.onnx", "m.weights"]
        assert (tmp_path / "m.weights").stat().st_size > 25e6
        check_parity(source, OnnxModel(tmp_path / "m.onnx", decoding, threads=1))
