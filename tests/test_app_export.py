"""What the app exports as training data, prepared. DataSetTest.java holds the app to the table."""

import csv
import shutil
from pathlib import Path

import places
from corpora import write_clip
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.prepare import prepare

TABLE = places.GOLDEN / "app_export.csv"


def test_the_apps_export_is_a_corpus(tmp_path: Path) -> None:
    source = tmp_path / "export"
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            write_clip(source / row["file_name"])
    shutil.copy(TABLE, source / "metadata.csv")
    prepare(source, tmp_path / "out")
    found = {u.id: (u.text, u.columns) for u in load_dataset(tmp_path / "out").utterances}
    assert found == {
        "audio/1-1": ("one two three", {"language": "en"}),
        "audio/2-1": ("말귀가 밝다", {"language": "en"}),
        "audio/3-1": ("eins zwei", {"language": "en"}),
    }
