"""Metrics wait for the run's folder and are cut back on resume."""

import json
from pathlib import Path

from malgwi.training.log import METRICS, TENSORBOARD, Metrics, named, read_metrics


def test_rows_wait_for_the_folder(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.add(step=1, loss=2.0)
    assert list(tmp_path.iterdir()) == []
    metrics.attach(tmp_path)
    metrics.add(step=2, loss=1.0, finding="plateau")
    metrics.close()
    assert read_metrics(tmp_path / METRICS) == metrics.rows
    assert [row["step"] for row in metrics.rows] == [1, 2]
    assert list((tmp_path / TENSORBOARD).glob("events*"))


def test_a_resumed_run_takes_over_its_rows_only(tmp_path: Path) -> None:
    path = tmp_path / METRICS
    rows = [{"step": 1}, {"step": 2}, {"step": 2, "wer": 0.5}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"step": 3, "lo')
    assert read_metrics(path) == rows  # the line cut short doesn't count
    metrics = Metrics()
    metrics.resume(tmp_path, count=2, step=2)
    metrics.add(step=3, loss=1.0)
    metrics.close()
    assert read_metrics(path) == [{"step": 1}, {"step": 2}, {"step": 3, "loss": 1.0}]


def test_no_file_no_rows(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / METRICS) == []


def test_a_row_ends_at_a_line_feed_alone(tmp_path: Path) -> None:
    (tmp_path / METRICS).write_text('{"step": 1, "finding": "\u2028\x85"}\n{"st', encoding="utf-8")
    assert read_metrics(tmp_path / METRICS) == [{"step": 1, "finding": "\u2028\x85"}]


def test_the_first_few_are_named() -> None:
    reasons = {f"clip{i}": "silent" for i in range(7)}
    assert list(named(reasons, 2)) == ["  clip0: silent", "  clip1: silent", "  … and 5 more"]
    assert list(named({"a": "b"})) == ["  a: b"]
