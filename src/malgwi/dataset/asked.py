"""What is asked of a corpus, held against what it is: what can't go together is refused."""

from pathlib import Path

from malgwi.corpus.conventions import Conventions
from malgwi.corpus.layouts import ANNOTATED
from malgwi.errors import MalgwiError
from malgwi.speech.language import UNKNOWN
from malgwi.speech.text import Normalisation
from malgwi.speech.vocab import Vocab


def rules_of(vocab: Vocab, called: str, asked: Normalisation) -> Normalisation:
    """Return the rules by which texts of a vocabulary are normalised.

    Raises:
        MalgwiError: others are asked for.
    """
    if asked != Normalisation(UNKNOWN) and (other := asked.differs(vocab.rules)):
        raise MalgwiError(
            f"--vocab-from {called}: its texts were normalised otherwise than is asked for "
            f"here: {other}. Leave these options out"
        )
    return vocab.rules


def check_flags(
    source: str,
    kind: str,
    conventions: Conventions,
    *,
    drop_sa: bool,
    core_test: bool,
    validated: bool,
) -> None:
    """Refuse what is asked of another kind of corpus.

    Raises:
        MalgwiError: with the flag and what it is for.
    """
    if kind != "timit" and (drop_sa or core_test):
        flag = "--drop-sa" if drop_sa else "--timit-core-test"
        raise MalgwiError(f"{flag}: is for TIMIT; {source} has the format {kind}")
    if validated and (kind != "common-voice" or Path(source).is_file()):
        one = ", one table of it" if kind == "common-voice" else ""
        raise MalgwiError(
            f"--validated: is for the folder of a Common Voice release; {source} has the format "
            f"{kind}{one}"
        )
    if kind != ANNOTATED and conventions != Conventions():
        raise MalgwiError(
            "--tier, --not-tier, --speaker-from and --media: are for annotations; "
            f"{source} has the format {kind}"
        )
