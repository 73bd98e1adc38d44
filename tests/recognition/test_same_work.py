"""What makes a part one of another work."""

from pathlib import Path

import malgwi
from bundles import level_bundle
from malgwi.decoding.search import Search
from malgwi.recognition.same_work import same_model


def _differ(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {name for name in one | other if one.get(name) != other.get(name)}


def test_a_bundle_is_known_by_its_hashes_and_a_folder_by_its_files(tmp_path: Path) -> None:
    bundle = level_bundle(tmp_path / "m.malgwi")
    facts = same_model(bundle, Search())
    assert facts["Malgwi"] == malgwi.__version__
    assert facts["model"].startswith(f"{bundle} (SHA-256 ")
    assert not {"torch", "transformers"} & facts.keys()
    level_bundle(bundle, figures={"wer": 0.5})
    assert _differ(facts, same_model(bundle, Search())) == {"model"}
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.safetensors").write_bytes(b"weights")
    facts = same_model(run, Search())
    assert facts["torch"] != "none"
    (run / "notes.md").write_text("mine")
    assert same_model(run, Search()) == facts
    (run / "model.safetensors").write_bytes(b"Weights")
    assert _differ(facts, same_model(run, Search())) == {"model"}
    assert same_model("starter", Search())["model"] == "starter"


def test_how_words_are_found(tmp_path: Path) -> None:
    lm = tmp_path / "lm.bin"
    lm.write_bytes(b"1")
    facts = same_model("starter", Search(lm=lm, hotwords=("a",), width=8))
    for other, name in (
        (Search(lm=lm, hotwords=("b",), width=8), "--hotwords"),
        (Search(lm=lm, hotwords=("a",)), "--beam"),
        (Search(lm=lm, hotwords=("a",), width=8, detector=False), "the detector"),
    ):
        assert _differ(facts, same_model("starter", other)) == {name}
    lm.write_bytes(b"2")
    changed = same_model("starter", Search(lm=lm, hotwords=("a",), width=8))
    assert _differ(facts, changed) == {"--lm"}
