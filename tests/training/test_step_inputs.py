"""Steps are planned alike everywhere, and their draws depend on seed, step and clip only."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from malgwi.dataset.manifest import load_dataset
from malgwi.model.checkpoint import load_checkpoint
from malgwi.training.clips import FeatureSource, collect
from malgwi.training.config import TrainConfig
from malgwi.training.features import Extractor
from malgwi.training.step_inputs import Inputs, Step, StepInputs
from tiny import tiny_checkpoint, tiny_dataset

CONFIG = TrainConfig(batch_clips=5, epochs=2, mask_feature_prob=0.3, mask_feature_length=2)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("inputs")
    data = load_dataset(tiny_dataset(folder / "data", clips=11))
    loaded = load_checkpoint(tiny_checkpoint(folder / "checkpoint"), CONFIG.model_settings())
    source = FeatureSource(
        Extractor(loaded.model.wav2vec2.feature_extractor.conv_layers, loaded.grid, 1e-7)
    )
    clips, _ = collect(data.split("train"), data.vocab, source, Accelerator(), learn=True)
    return clips, source, loaded.model.config


def _inputs(parts: Any, config: TrainConfig = CONFIG, **where: Any) -> StepInputs:
    return StepInputs(config, *parts, **where)


def _prepared(
    parts: Any, config: TrainConfig = CONFIG, *, first: int, **where: Any
) -> Iterator[tuple[Step, Inputs]]:
    inputs = _inputs(parts, config, **where)
    return inputs.prepared(inputs.steps(first))


@pytest.mark.parametrize(
    ("changes", "total"),
    [({}, 6), ({"epochs": 1.34}, 4), ({"epochs": 0.01}, 1), ({"max_steps": 20}, 20)],
)
def test_the_number_of_steps(changes: dict[str, Any], total: int, parts: Any) -> None:
    inputs = _inputs(parts, replace(CONFIG, **changes))
    assert inputs.total == total
    assert [step.number for step in inputs.steps(0)] == list(range(total))


def test_each_epoch_has_each_clip_once(parts: Any) -> None:
    steps = list(_inputs(parts).steps(0))
    for epoch in (0, 1):
        assert sorted(i for s in steps if s.epoch == epoch for i in s.batch) == list(range(11))


def test_it_goes_on_anywhere(parts: Any) -> None:
    steps = list(_inputs(parts).steps(0))
    assert list(_inputs(parts).steps(4)) == steps[4:]
    late = next(_prepared(parts, first=4))
    early = list(_prepared(parts, first=0))[4]
    assert late[0] == early[0]
    for name, value in early[1].forward.items():
        assert torch.equal(late[1].forward[name], value), name


def test_features_labels_and_masks_fit_each_other(parts: Any) -> None:
    clips, source, _ = parts
    step, inputs = next(_prepared(parts, first=0))
    forward = inputs.forward
    assert inputs.counts
    assert forward["features"].shape[1] % 25 == 0
    assert forward["time_mask"].shape == forward["features"].shape[:2]
    assert forward["feature_mask"].shape == (5, 16)
    for row, index in enumerate(step.batch):
        length = int(forward["frame_lengths"][row])
        expected = torch.from_numpy(source.get(clips[index].utterance).copy())
        assert torch.equal(forward["features"][row, :length], expected)
        assert not forward["time_mask"][row, length:].any()
        labels = forward["labels"][row, : forward["label_lengths"][row]]
        assert tuple(labels.tolist()) == clips[index].labels


def test_processes_share_a_step_and_draw_the_same_masks(parts: Any) -> None:
    alone = next(_prepared(parts, first=0))
    shares = [next(_prepared(parts, process=p, processes=2, first=0)) for p in (0, 1)]
    assert all(step == alone[0] for step, _ in shares)
    clips = {c.id: row for row, c in enumerate(alone[1].clips)}
    assert sorted(clips) == sorted(c.id for _, share in shares for c in share.clips)
    for _, share in shares:
        for row, clip in enumerate(share.clips):
            same = alone[1].forward["feature_mask"][clips[clip.id]]
            assert torch.equal(share.forward["feature_mask"][row], same)


def test_a_process_without_a_clip_takes_part_without_weight(parts: Any) -> None:
    lonely = next(s for s in _inputs(parts).steps(0) if len(s.batch) == 1)
    first, second = (_inputs(parts, process=p, processes=2).inputs(lonely) for p in (0, 1))
    assert (first.counts, second.counts) == (True, False)
    assert first.clips == second.clips


def test_masks_change_from_step_to_step_and_can_be_off(parts: Any) -> None:
    everything = replace(CONFIG, batch_clips=11)
    one, two = (i.forward["feature_mask"] for _, i in _prepared(parts, everything, first=0))
    assert not torch.equal(one.sort(0).values, two.sort(0).values)
    clips, source, settings = parts
    quiet = type(settings)(**(settings.to_dict() | {"apply_spec_augment": False}))
    forward = next(_prepared((clips, source, quiet), first=0))[1].forward
    assert "time_mask" not in forward
    assert "feature_mask" not in forward


def test_waveforms_where_the_convolutions_are_trained(parts: Any) -> None:
    late = replace(CONFIG, unfreeze_cnn_after=0.5)
    prepared = [inputs.forward for _, inputs in _prepared(parts, late, first=0)]
    assert [forward["features"] is None for forward in prepared] == [False] * 3 + [True] * 3
    frames = [parts[1].extractor.grid.count(len(w)) for w in prepared[3]["waveforms"]]
    assert prepared[3]["time_mask"].shape == (len(frames), -(-max(frames) // 25) * 25)


def test_changed_waveforms_give_other_features_each_time(parts: Any) -> None:
    config = replace(CONFIG, augment_noise_db=0.0, batch_clips=11)
    first, second = (next(_prepared(parts, config, first=0)) for _ in range(2))
    assert torch.equal(first[1].forward["features"], second[1].forward["features"])
    plain = next(_prepared(parts, replace(config, augment_noise_db=None), first=0))
    assert not torch.equal(first[1].forward["features"], plain[1].forward["features"])
