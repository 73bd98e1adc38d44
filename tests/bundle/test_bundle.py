"""Bundles written and read; hostile and damaged ones refused by name."""

import hashlib
import io
import json
import re
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import places
from bundles import DECODING, GOLDEN, Pack, level_bundle, level_clip, level_onnx, pack, plain
from malgwi.bundle import write
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.contract import Decoding
from malgwi.bundle.golden import GoldenClip, wav_bytes, wav_samples
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import BundleError
from malgwi.lm.kneser_ney import estimate
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab
from places import TOP


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return level_bundle(tmp_path_factory.mktemp("good") / "levels.malgwi").read_bytes()


@pytest.fixture
def there(tmp_path: Path, good: bytes) -> Path:
    path = tmp_path / "levels.malgwi"
    path.write_bytes(good)
    return path


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write the archive anew with another bundle.json."""

    def rewrite(parts: Pack) -> None:
        info = json.loads(parts[0][1])
        changed = change(info)
        text = changed if isinstance(changed, str) else json.dumps(info)
        parts[0] = (parts[0][0], text.encode("utf-8", "surrogatepass"))

    return pack(path, rewrite)


# What a good bundle is.


def test_it_reads_what_it_wrote(there: Path) -> None:
    found = open_bundle(there)
    assert (found.name, found.language, found.licence) == ("levels", "en", "CC0-1.0")
    assert found.precision == "fp32"
    assert found.decoding == DECODING
    assert found.decoding_keys == DECODING.to_json()
    assert found.figures == {"wer": 0.0}
    assert [g.text for g in found.golden] == ["ab b"]
    assert found.golden[0].tokens == tuple(i for c in GOLDEN for i in ["ab|_".index(c)] * 3)
    assert found.read("README.md") == b"# levels\n"
    found.verify()


def test_the_layout_is_what_the_page_says(there: Path) -> None:
    with zipfile.ZipFile(there) as archive:
        infos = archive.infolist()
    assert [i.filename for i in infos] == ["bundle.json", "golden/1.wav", "README.md", "model.onnx"]
    assert infos[-1].compress_type == zipfile.ZIP_STORED
    assert {stat.S_IFMT(i.external_attr >> 16) for i in infos} == {stat.S_IFREG}


def test_every_key_stands_in_the_specification(there: Path) -> None:
    page = (TOP / "docs" / "bundle.md").read_text(encoding="utf-8")
    info = json.loads(entries(there)["bundle.json"])
    keys = {*info, *info["decoding"], *info["golden"][0], *info["files"]["model.onnx"]}
    documented = set(re.findall(r"[`\"]([a-z0-9_]+)[`\"]", page))
    assert keys <= documented
    table = page.partition("### `decoding`")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([a-z_]+)`", table.partition("`window_samples −")[0])) >= set(
        info["decoding"]
    )


def test_equal_contents_give_equal_bytes(tmp_path: Path, good: bytes) -> None:
    assert level_bundle(tmp_path / "again.malgwi").read_bytes() == good


def test_an_unpacked_folder_is_a_bundle_too(there: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(there).extractall(folder)  # our own archive
    (folder / ".DS_Store").write_bytes(b"never opened")
    found = open_bundle(folder)
    found.verify()
    assert found.decoding == DECODING
    with found.unpacked("model.onnx") as paths:
        assert paths == [folder / "model.onnx"]


def test_the_model_is_streamed_to_a_file_that_goes(there: Path) -> None:
    with open_bundle(there).unpacked("model.onnx") as [path]:
        content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == open_bundle(there).files["model.onnx"].sha256
    assert not path.exists()


def test_golden_samples_are_those_of_16_bits(there: Path) -> None:
    found = open_bundle(there)
    samples = found.samples(found.golden[0])
    assert samples.dtype == np.float32
    assert samples[0] == 0.0
    assert samples[960] == np.float32(6554 / 32768)  # 0.2, rounded to 16 bits


def test_wav_bytes_clip_and_round() -> None:
    given_samples = np.array([1.5, -1.5, 0.5, -0.00002, 1 / 32768], np.float32)
    assert wav_samples(wav_bytes(given_samples)).tolist() == [
        32767 / 32768,
        -1.0,
        0.5,
        -1 / 32768,
        1 / 32768,
    ]


def test_one_convolution_cuts_frames_as_the_stack_does() -> None:
    one = DECODING.grid
    lengths = [*range(1200), 15_999, 16_000, 159_999, 160_000, 1_000_003]
    assert [one.count(n) for n in lengths] == [WAV2VEC2.count(n) for n in lengths]


def test_korean_and_no_delimiter_survive() -> None:
    vocab = Vocab(("ᄀ", "ᅡ", "[PAD]"), blank=2, delimiter=None, unit="jamo")
    decoding = Decoding(vocab, DECODING.grid, SegmentPlan(silence_dbfs=-50))
    keys = json.loads(json.dumps(decoding.to_json(), ensure_ascii=False))
    assert Decoding.from_json(keys, "x") == decoding


def test_unknown_keys_are_ignored(there: Path) -> None:
    def add(info: dict[str, Any]) -> None:
        info["new"] = info["decoding"]["new"] = info["golden"][0]["new"] = 1

    found = open_bundle(edit(there, add))
    assert found.decoding == DECODING
    assert found.decoding_keys["new"] == 1


# What is refused, and how it is called.


def key(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(info: dict[str, Any]) -> None:
        at: Any = info
        for step in path[:-1]:
            at = at[step]
        if to is ...:
            del at[path[-1]]
        else:
            at[path[-1]] = to

    return change


HEX = "0" * 64
BAD_KEYS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (key("format", to="zip"), "format is 'zip', expected 'malgwi-bundle'"),
    (key("format_version", to=1), "format version 1; this reader knows 2"),
    (key("format_version", to=True), "format version True"),
    (key("format_version", to=2.0), r"format version 2\.0"),
    (key("format_version", to="2"), "format version '2'"),
    (key("name", to=""), "name is ''"),
    (key("name", to="a\nb"), r"name is 'a\\nb'"),
    (key("name", to=7), "name is 7"),
    (key("name", to=...), "name is None"),
    (key("precision", to="int4"), "precision is 'int4'; expected fp32, int8 or int8-reduced"),
    (key("precision", to=[]), r"precision is \[\]"),
    (key("decoding", to=[]), r"decoding is \[\]"),
    (key("decoding", "tokens", to=["a"]), "a list of 2 to 65536"),
    (key("decoding", "tokens", to=["a", ""]), "strings of 1 to 64 characters"),
    (key("decoding", "tokens", to=["a", "b", "|", "a"]), "token 'a' occurs twice"),
    (key("decoding", "blank_id", to=4), "blank_id is 4; expected an integer from 0 to 3"),
    (key("decoding", "blank_id", to=-1), "blank_id is -1"),
    (key("decoding", "blank_id", to=1.0), "blank_id is 1.0"),
    (key("decoding", "blank_id", to=True), "blank_id is True"),
    (key("decoding", "delimiter_id", to=...), "delimiter_id is None"),
    (key("decoding", "delimiter_id", to=9), "delimiter_id is 9"),
    (key("decoding", "unit", to="syllable"), "unit is 'syllable'; expected character or jamo"),
    (key("decoding", "sample_rate", to=8000), "sample_rate is 8000; expected 16000"),
    (key("decoding", "hop", to=0), "hop is 0"),
    (key("decoding", "hop", to=16_001), "hop is 16001"),
    (key("decoding", "receptive_field", to=100), "receptive_field is 100"),
    (key("decoding", "window_samples", to=399), "window_samples is 399"),
    (key("decoding", "window_samples", to=6400), "window_samples is 6400; it must be"),
    (key("decoding", "left_samples", to=100), "left_samples is 100; it must be a multiple"),
    (key("decoding", "right_samples", to=320), "right_samples is 320; it must be"),
    (key("decoding", "silence_dbfs", to=1), "silence_dbfs is 1; expected a number"),
    (key("decoding", "silence_dbfs", to="-60"), "silence_dbfs is '-60'"),
    (key("decoding", "input", to=...), "input is None"),
    (key("golden", to=[None] * 9), r"golden is .*; expected a list of 0 to 8"),
    (key("golden", to=[3]), r"golden\[0\]: value is 3"),
    (key("golden", 0, "audio", to="model.onnx"), "audio is 'model.onnx'"),
    (key("golden", 0, "audio", to="golden/2.wav"), "audio is 'golden/2.wav'"),
    (key("golden", 0, "tokens", to=[]), r"tokens is \[\]"),
    (key("golden", 0, "tokens", to=[0, 4]), "tokens is 4; expected integers from 0 to 3"),
    (key("golden", 0, "tokens", to=[0, 1.5]), "tokens is 1.5"),
    (key("golden", 0, "text", to=None), "text is None"),
    (key("files", to={}), "files doesn't list model.onnx"),
    (key("files", "../x", to={"bytes": 1, "sha256": HEX}), "not a name that a bundle may hold"),
    (key("files", "extra", to={"bytes": 1, "sha256": HEX}), "extra is missing"),
    (key("files", "model.onnx", "bytes", to=5), "bundle.json states 5"),
    (key("files", "model.onnx", "bytes", to=2**31), "bytes is 2147483648"),
    (key("files", "model.onnx", "sha256", to="0" * 63), "64 lower-case hexadecimal digits"),
    (key("files", "model.onnx", to="x"), "an object with bytes and sha256"),
    (key("figures", to=[]), r"figures is \[\]; expected an object"),
    (key("confidence", to=None), "confidence is None; expected an object"),
    (lambda info: "[1]", "expected a JSON object"),
]


def _golden_maps() -> list[dict[str, Any]]:
    golden = places.GOLDEN / "calibration.json"
    maps: list[dict[str, Any]] = json.loads(golden.read_text(encoding="utf-8"))["errors"]
    return maps


@pytest.mark.parametrize("wrong", _golden_maps(), ids=json.dumps)
def test_wrong_maps_of_confidence_are_named(there: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=r"confidence: (slope|offset) is .*; expected a number"):
        open_bundle(edit(there, key("confidence", to=wrong)))


def test_the_map_of_confidence_travels(tmp_path: Path) -> None:
    there = level_bundle(tmp_path / "a.malgwi", confidence=ConfidenceMap(0.5, -1.25))
    assert open_bundle(there).confidence == ConfidenceMap(0.5, -1.25)
    assert open_bundle(level_bundle(tmp_path / "b.malgwi")).confidence is None


@pytest.mark.parametrize(("change", "message"), BAD_KEYS)
def test_wrong_keys_are_named(
    there: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        open_bundle(edit(there, change))


def test_a_file_missing_from_a_folder_is_named(there: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(there).extractall(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"model\.onnx is missing"):
        open_bundle(folder)


def test_a_file_changed_in_a_folder_is_found(there: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(there).extractall(folder)
    content = bytearray((folder / "model.onnx").read_bytes())
    content[-1] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with (
        pytest.raises(BundleError, match=r"model\.onnx has SHA-256"),
        open_bundle(folder).unpacked("model.onnx"),
    ):
        pass


def test_a_bomb_that_lies_about_its_size_is_read_no_further(there: Path) -> None:
    """The card says 9 bytes and unpacks to a million; both tables agree on the lie."""

    def swell(parts: Pack) -> None:
        parts[2] = (plain("README.md", zipfile.ZIP_DEFLATED), b"\0" * 1_000_000)

    content = pack(there, swell).read_bytes()
    there.write_bytes(content.replace(struct.pack("<L", 1_000_000), struct.pack("<L", 9)))
    with pytest.raises(BundleError, match=r"README.md"):
        open_bundle(there).read("README.md")


def test_an_entry_that_nothing_lists_is_refused(there: Path) -> None:
    pack(there, lambda parts: parts.append((plain("notes.txt"), b"hello")))
    with pytest.raises(BundleError, match=r"notes\.txt isn't listed in bundle\.json"):
        open_bundle(there)


def test_weights_that_nothing_lists_are_refused_in_a_folder_too(tmp_path: Path) -> None:
    """The model may name them: they would be heard with no hash looked at."""
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(level_bundle(tmp_path / "x.malgwi")).extractall(folder)  # our own archive
    (folder / "notes.txt").write_text("mine")
    open_bundle(folder).verify()
    (folder / "model.weights").write_bytes(b"weights")
    with pytest.raises(BundleError, match=r"model\.weights isn't listed in bundle\.json"):
        open_bundle(folder)


def test_a_changed_file_of_equal_size_is_found(there: Path) -> None:
    def change(parts: Pack) -> None:
        parts[3] = (parts[3][0], parts[3][1][:-1] + bytes([parts[3][1][-1] ^ 1]))

    found = open_bundle(pack(there, change))
    with pytest.raises(BundleError, match=r"model\.onnx has SHA-256"):
        found.verify()
    with pytest.raises(BundleError, match=r"model\.onnx has SHA-256"), found.unpacked("model.onnx"):
        pass


def test_what_is_no_bundle_is_not_called_damaged(tmp_path: Path) -> None:
    """As a run, or a recording given in the model's place."""
    (tmp_path / "run" / "tensorboard").mkdir(parents=True)
    clip = tmp_path / "clip.wav"
    clip.write_bytes(b"RIFF" + bytes(100))
    with pytest.raises(BundleError, match=r"run: no bundle\.json in it; expected a bundle from"):
        open_bundle(tmp_path / "run")
    with pytest.raises(BundleError, match=r"clip\.wav: no ZIP archive; expected a bundle from"):
        open_bundle(clip)


def test_a_missing_file_and_a_folder_of_other_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such file"):
        open_bundle(tmp_path / "none.malgwi")
    with pytest.raises(BundleError, match=r"no bundle\.json in it"):
        open_bundle(tmp_path)


def test_another_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(BundleError, match=r"no bundle\.json in it"):
        open_bundle(path)


@pytest.mark.parametrize(
    ("wav", "message"),
    [
        (b"RIFF", "not a WAV file"),
        (level_clip().wav[:30], "not a WAV file"),
        (level_clip().wav[:-960], "25 frames; expected 27 frames"),
        (level_clip().wav.replace(b"\x01\x00\x01\x00", b"\x01\x00\x02\x00", 1), "2 channels"),
    ],
)
def test_golden_clips_of_another_form_are_refused(tmp_path: Path, wav: bytes, message: str) -> None:
    clip = level_clip()
    with pytest.raises(BundleError, match=message):
        level_bundle(tmp_path / "x.malgwi", golden=[GoldenClip(wav, clip.text, clip.tokens)])
    assert not (tmp_path / "x.malgwi").exists()


def test_nothing_is_written_where_the_contents_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"golden is \["):
        level_bundle(tmp_path / "x.malgwi", golden=[level_clip()] * 9)
    assert [p.name for p in tmp_path.iterdir()] == ["x.onnx"]


@pytest.mark.parametrize("short", [100, 3_000])
def test_more_than_an_archive_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    """Each file is small enough: the table of contents begins too late, or `model.onnx` does."""
    graph, weights = tmp_path / "m.onnx", tmp_path / "w"
    level_onnx(graph)
    weights.write_bytes(bytes(60_000))
    path = level_bundle(tmp_path / "x.malgwi", model=[graph, weights])
    before = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        limit = archive.start_dir - short
        assert (archive.getinfo("model.onnx").header_offset > limit) == (short == 3_000)
        assert all(entry.file_size < limit for entry in archive.infolist())
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    together = sum(fact.bytes for fact in open_bundle(path).files.values())
    with pytest.raises(
        BundleError,
        match=rf"x\.malgwi: its files have {together} bytes .* may have about {limit}\.",
    ):
        level_bundle(path, model=[graph, weights])
    assert path.read_bytes() == before


def test_a_model_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "LARGEST_MODEL", 100)
    with pytest.raises(BundleError, match="a bundle's model may have 100"):
        level_bundle(tmp_path / "x.malgwi", model=[level_onnx(tmp_path / "m.onnx")])


# Damage anywhere: refused, or harmless because every byte that matters is verified.


def outcome(path: Path, content: bytes, whole: dict[str, bytes]) -> str:
    """Read everything; return the error, or nothing when all is as it was."""
    path.write_bytes(content)
    try:
        found = open_bundle(path)
        found.verify()
        same = {name: found.read(name) for name in found.files}
    except BundleError as error:
        return str(error)
    assert same == {name: whole[name] for name in same}
    assert set(same) == set(whole) - {"bundle.json"}
    assert found.decoding == DECODING
    return ""


def test_a_cut_anywhere_is_refused(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "x.malgwi"
    for end in {*range(0, len(good), 97), *range(len(good) - 30, len(good))}:
        path.write_bytes(good[:end])
        with pytest.raises(BundleError, match=r"x\.malgwi: "):
            open_bundle(path)


def test_a_flipped_bit_anywhere_is_refused_or_harmless(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "x.malgwi"
    path.write_bytes(good)
    whole = entries(path)
    start = good.index(b"PK\x01\x02")
    # All of the archive's own structure, and a sample of the files' content.
    regions = {*range(0, len(good), 31), *range(200), *range(start - 64, len(good))}
    refused = 0
    assert not outcome(path, good, whole)
    for at in sorted(regions):
        content = bytearray(good)
        content[at] ^= 1 << (at % 8)
        refused += bool(outcome(path, bytes(content), whole))
    assert refused > 0.5 * len(regions)  # dates, versions and the like are nobody's business


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_damage_is_refused_or_harmless(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.malgwi"
    path.write_bytes(good)
    whole = entries(path)
    content = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "repeat"])):
            case "set":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 64))]
            case "insert":
                content[at:at] = data.draw(st.binary(min_size=1, max_size=16))
            case _:
                content[at:at] = content[max(0, at - 50) : at]
    outcome(path, bytes(content), whole)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_values_in_bundle_json_never_crash(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "keys.malgwi"
    path.write_bytes(good)

    def change(info: dict[str, Any]) -> None:
        at: Any = info
        while isinstance(at, dict | list) and at:
            steps = list(at) if isinstance(at, dict) else list(range(len(at)))
            step = data.draw(st.sampled_from(steps))
            if not isinstance(at[step], dict | list) or data.draw(st.booleans()):
                at[step] = data.draw(JSON)
                return
            at = at[step]

    edit(path, change)
    with suppress(BundleError):
        open_bundle(path).verify()


def test_the_archive_is_read_by_others(there: Path) -> None:
    assert zipfile.ZipFile(io.BytesIO(there.read_bytes())).testzip() is None


# A language model in it.


@pytest.fixture
def with_lm(tmp_path: Path) -> Path:
    clip = replace(level_clip(), lm_text="ab b")
    lm = estimate([["ab", "b"]], order=2)
    return level_bundle(tmp_path / "lm.malgwi", golden=[clip], lm=lm)


def test_a_language_model_travels_stored(with_lm: Path, tmp_path: Path) -> None:
    bundle = open_bundle(with_lm)
    lm = bundle.language_model()
    assert lm
    assert lm.find("ab") is not None
    assert bundle.golden[0].lm_text == "ab b"
    with zipfile.ZipFile(with_lm) as archive:
        assert archive.getinfo("lm.bin").compress_type == zipfile.ZIP_STORED
        archive.extractall(tmp_path / "folder")
    assert open_bundle(tmp_path / "folder").language_model()


def test_a_bundle_without_one_has_none(there: Path) -> None:
    assert open_bundle(there).language_model() is None
    assert open_bundle(there).golden[0].lm_text is None


def test_the_expected_text_and_the_language_model_belong_together(
    with_lm: Path, there: Path
) -> None:
    with pytest.raises(BundleError, match=r"golden\[0\]: lm_text is None; expected a string"):
        open_bundle(edit(with_lm, lambda info: info["golden"][0].pop("lm_text") and None))
    with pytest.raises(BundleError, match=r"lm_text is 'x'; expected .* without lm\.bin"):
        open_bundle(edit(there, lambda info: info["golden"][0].update(lm_text="x")))


def test_a_damaged_language_model_is_refused(with_lm: Path) -> None:
    content = bytearray(with_lm.read_bytes())
    content[content.index(b"MALGWILM") + 8] = 9
    with_lm.write_bytes(content)
    with pytest.raises(BundleError, match=r"lm\.bin"):
        open_bundle(with_lm).verify()


def test_a_language_model_of_another_version_is_refused(with_lm: Path) -> None:
    def newer(parts: Pack) -> None:
        info = json.loads(parts[0][1])
        place = next(i for i, (entry, _) in enumerate(parts) if entry.filename == "lm.bin")
        lm = parts[place][1][:8] + b"\x03\0\0\0" + parts[place][1][12:]
        info["files"]["lm.bin"]["sha256"] = hashlib.sha256(lm).hexdigest()
        parts[place] = (parts[place][0], lm)
        parts[0] = (parts[0][0], json.dumps(info).encode())

    with pytest.raises(BundleError, match=r"lm\.bin: .* version 3; expected .* version 2"):
        open_bundle(pack(with_lm, newer)).verify()


def test_weights_may_lie_beside_the_model(tmp_path: Path) -> None:
    """In the archive before it, unpacked together with it; each is checked."""
    graph, weights = tmp_path / "m.onnx", tmp_path / "w"
    level_onnx(graph)
    weights.write_bytes(b"weights")
    path = level_bundle(tmp_path / "x.malgwi", model=[graph, weights])
    names = [entry.filename for entry in zipfile.ZipFile(path).infolist()]
    assert names == ["bundle.json", "golden/1.wav", "README.md", "model.weights", "model.onnx"]
    found = open_bundle(path)
    assert found.model_files == ("model.onnx", "model.weights")
    with found.unpacked(*found.model_files) as paths:
        assert [p.read_bytes() for p in paths] == [graph.read_bytes(), b"weights"]
        assert len({p.parent for p in paths}) == 1
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(path).extractall(folder)  # our own archive
    (folder / "model.weights").write_bytes(b"weighty")
    with (
        pytest.raises(BundleError, match=r"model\.weights has SHA-256"),
        open_bundle(folder).unpacked(*found.model_files),
    ):
        pass
