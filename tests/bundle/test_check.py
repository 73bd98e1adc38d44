"""A bundle that recognises its own golden clips, and altered ones that the check finds."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bundles import level_bundle, level_clip
from malgwi.bundle.check import check, print_check, require_equal
from malgwi.bundle.golden import GoldenClip
from malgwi.errors import BundleError, GateError
from malgwi.lm.kneser_ney import estimate


def test_a_good_bundle_passes(tmp_path: Path) -> None:
    result = check(level_bundle(tmp_path / "x.malgwi", golden=[level_clip(), level_clip("ba_a")]))
    assert result.equal
    assert [(g.text, g.same_tokens) for g in result.golden] == [("ab b", 1.0), ("baa", 1.0)]
    require_equal(result)
    found = result.to_json()
    assert found["equal"] is True
    assert found["golden"][1]["audio"] == "golden/2.wav"


def test_another_text_fails_and_is_shown(tmp_path: Path) -> None:
    clip = level_clip()
    path = level_bundle(tmp_path / "x.malgwi", golden=[replace(clip, text="ab c")])
    result = check(path)
    assert not result.equal
    with pytest.raises(GateError, match=r"golden/1.wav: heard 'ab b', expected 'ab c'"):
        require_equal(result)


def test_few_equal_tokens_with_equal_text_is_a_warning(tmp_path: Path) -> None:
    clip = level_clip()
    tokens = [3, *clip.tokens[1:-2], 3, 2]
    assert tokens != clip.tokens
    result = check(
        level_bundle(tmp_path / "x.malgwi", golden=[GoldenClip(clip.wav, clip.text, tokens)])
    )
    require_equal(result)
    assert result.golden[0].same_tokens == pytest.approx(1 - 1 / 27)
    console = Console(record=True, width=200)
    print_check(result, console)
    assert "Warning" not in console.export_text()
    few = [0] * 27
    result = check(
        level_bundle(tmp_path / "y.malgwi", golden=[GoldenClip(clip.wav, clip.text, few)])
    )
    print_check(result, console)
    text = console.export_text()
    assert "equal" in text
    assert "Warning: under 95%" in text


def test_a_damaged_file_fails_before_anything_runs(tmp_path: Path) -> None:
    path = level_bundle(tmp_path / "x.malgwi")
    content = bytearray(path.read_bytes())
    content[content.index(b"distance")] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"damaged: model\.onnx"):
        check(path)


def test_the_language_model_proves_itself_too(tmp_path: Path) -> None:
    lm = estimate([["ab", "b"]], order=2)
    clip = replace(level_clip(), lm_text="ab b")
    result = check(level_bundle(tmp_path / "x.malgwi", golden=[clip], lm=lm))
    require_equal(result)
    assert result.golden[0].lm_text == "ab b"
    console = Console(record=True, width=200)
    print_check(result, console)
    assert "'ab b' with the language model" in console.export_text()
    wrong = check(level_bundle(tmp_path / "y.malgwi", golden=[replace(clip, lm_text="b")], lm=lm))
    with pytest.raises(GateError, match="heard 'ab b' with its language model, expected 'b'"):
        require_equal(wrong)


def test_without_golden_clips_nothing_is_proven(tmp_path: Path) -> None:
    result = check(level_bundle(tmp_path / "x.malgwi", golden=[]))
    assert (result.golden, result.proven) == ((), False)
    assert result.to_json()["proven"] is False
    require_equal(result)  # nothing is wrong with it
    console = Console(record=True, width=200)
    print_check(result, console)
    assert "It can't prove itself" in console.export_text()
    assert check(level_bundle(tmp_path / "y.malgwi")).proven
