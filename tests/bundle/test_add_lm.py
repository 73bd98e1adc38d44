"""A copy of a bundle with a language model: the same model, decoded and judged as it was."""

import json
from dataclasses import replace
from pathlib import Path

import onnx

from bundles import DECODING, level_bundle, level_onnx
from malgwi.bundle.add_lm import add_lm
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.check import check
from malgwi.bundle.detector import DetectorPlan, shipped_detector
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.lm.kneser_ney import estimate


def with_lm(bundle: Path) -> Path:
    """Return a copy of a bundle with a language model."""
    output = bundle.with_name("lm.malgwi")
    lm = estimate([["ab", "b"]], order=2)
    confidence = ConfidenceMap(1.0, 0.0)
    add_lm(
        bundle, lm, output, wer=0.0, cer=0.0, split="valid", made_from="a", confidence=confidence
    )
    return output


def test_the_detector_stays_the_one_that_the_bundle_has(tmp_path: Path) -> None:
    """Another version of it hears other words, and other golden texts."""
    with shipped_detector() as path:
        detector = onnx.load(path)
    detector.producer_name = "an earlier one"
    files = {"detector.onnx": detector.SerializeToString(), "detector-licence.txt": b"its licence"}
    decoding = replace(DECODING, detector=DetectorPlan())
    model = level_onnx(tmp_path / "m.onnx", metadata=json.dumps(decoding.to_json()))
    bundle = level_bundle(
        tmp_path / "x.malgwi", model=[model], decoding=decoding, golden=[], others=files
    )
    copy = open_bundle(with_lm(bundle))
    assert {name: copy.read(name) for name in files} == files


def test_the_decoding_object_stays_that_of_the_model(tmp_path: Path) -> None:
    """Keys may be missing that mean what is usual, and others may be there (docs/bundle.md)."""
    keys = DECODING.to_json() | {"normalisation": {"version": 2}, "of_a_later_writer": 1}
    model = level_onnx(tmp_path / "m.onnx", metadata=json.dumps(keys))
    bundle = level_bundle(tmp_path / "x.malgwi", model=[model], keys=keys)
    assert check(bundle).proven
    assert check(with_lm(bundle)).proven


def test_what_else_a_bundle_has_stays(tmp_path: Path) -> None:
    bundle = level_bundle(tmp_path / "x.malgwi", others={"NOTICE.txt": b"who made it"})
    copy = open_bundle(with_lm(bundle))
    assert copy.read("NOTICE.txt") == b"who made it"
    assert list(copy.files) == ["golden/1.wav", "README.md", "NOTICE.txt", "lm.bin", "model.onnx"]
