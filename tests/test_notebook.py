"""The notebook, run from top to bottom as a student would."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "malgwi.ipynb"


def test_every_cell_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two threads that wait for each other took five times as long beside another test.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    cells = {cell.id: cell for cell in notebook.cells}
    setting = next(cell for cell in notebook.cells if "max_minutes=MINUTES" in cell.source)
    setting.source = setting.source.replace("max_minutes=MINUTES", "max_steps=50")

    where = {"metadata": {"path": tmp_path}}
    NotebookClient(notebook, timeout=1200, startup_timeout=600, resources=where).execute()

    said = "\n".join(map(_said, notebook.cells))
    before = re.search(r"WER before training (\d\.\d+)", said)
    after = re.search(r"WER after training  (\d\.\d+)", said)
    assert before
    assert after
    assert float(after[1]) < float(before[1])
    assert 1 <= len(re.findall(r"^spoken ", said, re.MULTILINE)) <= 8
    assert re.search(r"^\d\d tokens: .*\| \[UNK\] \[PAD\]$", said, re.MULTILINE)
    assert re.search(r"\d+\.\d MB, WER \d\.\d+", said)
    assert (tmp_path / "malgwi-notebook" / "notebook.malgwi").is_file()
    pictures = [
        c for c in cells.values() if any("image/png" in o.get("data", {}) for o in _outputs(c))
    ]
    assert len(pictures) == 2
    assert (
        sum(
            "audio" in str(output.get("data", {})) for c in cells.values() for output in _outputs(c)
        )
        == 3
    )


def test_it_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert [cell.id for cell in notebook.cells if cell.get("outputs")] == []


def _outputs(cell: Any) -> list[Any]:
    return list(cell.get("outputs", []))


def _said(cell: Any) -> str:
    return "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for output in _outputs(cell)
    )
