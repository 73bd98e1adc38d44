"""An evaluation on a Ray cluster finds what one machine finds: `make cluster-test`."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from corpora import whole
from level_model import level_clip, level_dataset
from malgwi.cluster import machines as module
from malgwi.cluster import openings
from malgwi.cluster.evaluate import evaluate_on_cluster
from malgwi.dataset.manifest import Stretch, Utterance, load_dataset, write_manifest
from malgwi.errors import MalgwiError
from malgwi.evaluation.evaluate import evaluate
from malgwi.evaluation.results import Results
from ray_clusters import at_work, deadly, nodes

ROWS = [
    (f"u{n:02}", "az"[n % 2], "_" + "ab|"[: n % 3 + 1] * (n + 1) + "_", "ab ba"[: n % 5 + 1])
    for n in range(40)
]
TOTAL = len(ROWS) + 6


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty clips, two of them gone, and six utterances of one recording."""
    at_work(tmp_path, monkeypatch)
    level_dataset(Path("data"), ROWS)
    long = level_clip(Path("data/clips/long.wav"), "_ab_|_b_" * 60)
    sha256 = whole(long).sha256
    more = [
        Utterance(f"long-{n}", long, Stretch(sha256, 16_000, 20_000 * n), "ab b", "test", "z")
        for n in range(6)
    ]
    utterances = [*load_dataset(Path("data")).utterances, *more]
    write_manifest(Path("data/manifest.jsonl"), utterances, Path("data"))
    for n in (3, 21):
        Path(f"data/clips/clip{n}.wav").unlink()


def _content(folder: str) -> dict[str, bytes]:
    """All but the times that were measured, and the page's."""
    found = {path.name: path.read_bytes() for path in Path(folder).glob("[!.]*")}
    results = json.loads(found["results.json"])
    assert results.pop("seconds") > 0
    assert results.pop("real_time_factor") > 0
    found["results.json"] = json.dumps(results).encode()
    return found


def _alone() -> dict[str, bytes]:
    evaluate("m.malgwi", Path("data"), output=Path("one"), html=Path("one.html"))
    return _content("one")


def _on(address: str, html: Path | None = None) -> Results:
    return evaluate_on_cluster(address, "m.malgwi", Path("data"), output=Path("out"), html=html)


def _page(name: str) -> str:
    return re.sub(r"\d+ × real time", "", Path(name).read_text(encoding="utf-8"))


def test_figures_and_page_are_those_of_one_machine() -> None:
    found = _on("local", html=Path("out.html"))
    assert _content("out") == _alone()
    assert _page("out.html") == _page("one.html")
    assert [clip.id for clip in found.unreadable] == ["u03", "u21"]
    assert len(found.utterances) == TOTAL - 2
    assert not Path("out.parts").exists()


def test_a_clip_that_kills_its_process_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    deadly(monkeypatch, "clip7.wav")
    found = _on("local")
    assert [clip.id for clip in found.unreadable] == ["u03", "u07", "u21"]
    assert re.fullmatch(
        r".*/clip7\.wav: its process died or gave no answer, also when begun again \(.*\)",
        found.unreadable[1].reason,
    )
    monkeypatch.undo()


def test_a_machine_that_dies_and_versions_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    with nodes(processors=1) as cluster:
        other = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        with monkeypatch.context() as patch:
            patch.setattr(openings, "same_model", lambda *_: {"Malgwi": "0.0.9"})
            with pytest.raises(
                MalgwiError, match=r"machine .*: Malgwi is 0\.1\.0, expected 0\.0\.9"
            ):
                _on(cluster.address)
        record = Path("out.parts/1-of-1.jsonl")

        def kill() -> None:
            while not record.is_file() or len(record.read_bytes().splitlines()) < 4:
                time.sleep(0.01)
            cluster.remove_node(other, allow_graceful=False)

        killer = Thread(target=kill)
        killer.start()
        _on(cluster.address)
        killer.join()
    assert _content("out") == _alone()


def test_what_one_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processors; the model, where the folder is another one there, which has none."""
    with pytest.raises(MalgwiError, match="--worker-cpus 999 --worker-gpus 0: no machine of"):
        evaluate_on_cluster("local", "m.malgwi", Path("data"), output=Path("o"), cpus=999)
    elsewhere = Path("elsewhere").absolute()
    elsewhere.mkdir()
    monkeypatch.setattr(module, "_folder", lambda: str(elsewhere))
    with pytest.raises(MalgwiError, match=r"machine .* can't do it: m\.malgwi: .*; each needs"):
        _on("local")


def test_a_run_that_is_killed_goes_on() -> None:
    words = [sys.executable, "-m", "malgwi", "evaluate", "m.malgwi", "data", "--output", "out"]
    words += ["--cluster", "local"]
    first = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    record = Path("out.parts/1-of-1.jsonl")
    while first.poll() is None and (
        not record.is_file() or len(record.read_bytes().splitlines()) < 8
    ):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = record.read_bytes().splitlines()
    assert 8 <= len(before) < 42
    again = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False)
    assert again.returncode == 2
    assert "2 of 46 clips can't be read" in again.stderr
    assert _content("out") == _alone()
