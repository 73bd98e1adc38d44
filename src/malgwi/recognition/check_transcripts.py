"""Let a model listen to a finished data set, and leave the ranking and a page beside it."""

import json
from pathlib import Path

from malgwi.dataset.manifest import load_dataset
from malgwi.each import Each
from malgwi.publish import publish_file
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.suspects import PAGE, SUSPECTS, Ranking, rank
from malgwi.recognition.suspects_page import write_suspects


def check_transcripts(
    recogniser: Recogniser, folder: Path, each: Each[Recogniser] | None = None
) -> Ranking:
    """Rank the transcripts of a data set into `suspects.json` and `suspects.html` of its folder.

    `each` says where the clips are heard; None is here.

    Raises:
        MalgwiError: the folder is no data set, or can't be written to.
    """
    dataset = load_dataset(folder)
    ranking = rank(recogniser, dataset.utterances, each)
    with publish_file(folder / SUSPECTS) as fresh:
        text = json.dumps(ranking.to_json(), ensure_ascii=False, indent=2)
        fresh.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    name = str(dataset.info.get("name") or folder.name)
    write_suspects(folder / PAGE, name, ranking, dataset.utterances)
    return ranking
