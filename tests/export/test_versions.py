"""The gate by hand, the ranking of layers, and which int8 is taken."""

from pathlib import Path

import pytest

from malgwi.bundle.contract import Decoding
from malgwi.dataset.manifest import Stretch, Utterance, load_dataset
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import GateError
from malgwi.export import quantise, versions
from malgwi.export.cost import Cost
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.versions import Workshop, sensitivity, within_gate
from malgwi.model.checkpoint import load_checkpoint
from tiny import tiny_checkpoint, tiny_dataset


@pytest.mark.parametrize(
    ("rise", "words", "met"),
    [
        (0.0, 1_000, True),
        (0.005, 1_000, True),
        (0.0051, 1_000, False),
        (-0.2, 1_000, True),
        (0.01, 100, True),  # one word of a hundred
        (0.011, 100, False),
        (2 / 723, 723, True),
        (4 / 723, 723, False),
    ],
)
def test_the_gate(rise: float, words: int, met: bool) -> None:
    assert within_gate(0.19 + rise, 0.19, words) == met


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(quantise, "_SMALLEST", 1)
    monkeypatch.setattr(versions, "measure_cost", lambda path: Cost(0.1, 0.01, None))
    checkpoint = load_checkpoint(tiny_checkpoint(tmp_path / "model"))
    data = load_dataset(tiny_dataset(tmp_path / "data", clips=1, valid=2))
    assert checkpoint.vocab
    decoding = Decoding(checkpoint.vocab, checkpoint.grid, SegmentPlan())
    (tmp_path / "work").mkdir()
    return Workshop(tmp_path / "work", checkpoint, decoding, data.split("valid"), lambda text: None)


def test_layers_are_ranked_by_what_leaving_them_out_gains(workshop: Workshop) -> None:
    source = workshop.place / "unfolded.onnx"
    write_onnx(workshop.checkpoint, workshop.decoding, source, unfold=True)
    rows = sensitivity(source, workshop.decoding, workshop.utterances, reduce_range=False)
    assert sorted(row.layer for row in rows) == sorted(
        [
            *(f"conv_layers.{i}" for i in range(1, 7)),
            "feature_projection",
            "pos_conv_embed",
            *(f"layers.{i}.{part}" for i in (0, 1) for part in ("attention", "feed_forward")),
            "lm_head",
        ]
    )
    order = [(row.rate, -row.same_tokens) for row in rows]
    assert order == sorted(order)
    assert all(0 < row.same_tokens <= 1 for row in rows)


def test_reduce_range_is_preferred(workshop: Workshop) -> None:
    workshop.write_fp32()
    chosen, trials = workshop.choose("int8")
    assert [v.precision for v in workshop.variants] == ["fp32", "int8", "int8-reduced"]
    assert chosen is workshop.variants[2]
    assert len(trials) == 2
    assert workshop.variants[0].model_bytes == sum(f.stat().st_size for f in workshop.files("fp32"))
    assert chosen.largest_difference > 0
    assert not workshop.sensitivity


def test_plain_int8_is_taken_where_seven_bits_cost_more(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "PREFER_REDUCED", -1.0)
    monkeypatch.setattr(versions, "overflows", lambda: False)
    workshop.write_fp32()
    assert workshop.choose("int8")[0].precision == "int8"


def test_eight_bits_are_not_taken_by_a_processor_that_computes_them_wrongly(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "PREFER_REDUCED", -1.0)
    monkeypatch.setattr(versions, "overflows", lambda: True)
    workshop.write_fp32()
    assert workshop.choose("int8")[0].precision == "int8-reduced"


def test_fp32_needs_no_gate(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "within_gate", lambda *_: False)
    workshop.write_fp32()
    chosen, trials = workshop.choose("fp32")
    assert chosen.precision == "fp32"
    assert len(trials) == 1


def test_sensitive_layers_stay_in_fp32_until_the_gate_is_met(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, False, True])  # int8; one layer kept; two kept
    monkeypatch.setattr(versions, "within_gate", lambda *_: next(answers))
    workshop.write_fp32()
    chosen, _ = workshop.choose("int8")
    most = tuple(row.layer for row in workshop.sensitivity[:2])
    assert chosen.fp32_layers == most
    assert chosen is workshop.variants[-1]
    assert chosen.precision == "int8-reduced"
    assert set(quantise.layers(workshop.files("int8-reduced")[0])) == set(most)
    # Each version stands on the disk once, however often it was made.
    assert {path.parent for path in workshop.place.rglob("model.onnx")} == {
        workshop.files(name)[0].parent for name in ("fp32", "unfolded", "int8", "int8-reduced")
    }


def test_half_of_the_layers_is_enough_trying(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "within_gate", lambda *_: False)
    workshop.write_fp32()
    with pytest.raises(GateError, match=r"the 4 most sensitive of 13 layers.*--precision fp32"):
        workshop.choose("int8")


def test_some_utterances_are_spread_over_all() -> None:
    all_of_them = [
        Utterance(str(i), Path("x"), Stretch("0" * 64, 16_000), "two words", "valid")
        for i in range(100)
    ]
    some = versions._some(all_of_them, 50)
    assert [u.id for u in some] == [str(i) for i in range(0, 100, 4)]
    assert versions._some(all_of_them, 1_000) == all_of_them
