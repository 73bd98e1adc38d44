"""Which recordings travel in a bundle to prove it: whose they are, which of them, how much of each.

They are recordings of people. Where the data say whose may be shared, by a column `share`, or the
user names speakers, no one else's travel. Nobody can name who said no.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np

from malgwi.bundle.golden import GoldenClip, hear, wav_bytes, wav_samples
from malgwi.corpus.row import SHARE
from malgwi.dataset.consent import may_share
from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.sound import read_utterance
from malgwi.decoding.search import DEFAULT, found
from malgwi.errors import GateError, MalgwiError
from malgwi.export.trial import Trial
from malgwi.export.versions import Variant, Workshop
from malgwi.lm.ngram import LanguageModel
from malgwi.speech.audio import SAMPLE_RATE, Samples

GOLDEN, LONGEST_GOLDEN_S = 3, 8.0
_TRIED = 60
_QUIET_S = 0.1


def shared(
    utterances: Sequence[Utterance], speakers: Collection[str], everyone: Sequence[Utterance] = ()
) -> list[bool] | None:
    """Return for each utterance whether its recording may travel; None: nobody says anything.

    Args:
        utterances: with the column `share`, or without.
        speakers: of whom recordings may travel, too, but where these say no.
        everyone: all of the data set: whoever says no in it isn't heard behind another voice.

    Raises:
        MalgwiError: a speaker isn't among them, or says no.
    """
    there = {u.speaker for u in utterances if u.speaker}
    strangers = sorted(set(speakers) - there)
    if strangers:
        known = ", ".join(sorted(there)) or "no speaker by name"
        raise MalgwiError(
            f"--share-speaker {strangers[0]}: nobody of that name in the validation split; it has "
            f"{known}"
        )
    for name in speakers:
        if all(may_share(u) is False for u in utterances if u.speaker == name):
            raise MalgwiError(
                f"--share-speaker {name}: the data say that {name}'s recordings may not be shared "
                f"(column {SHARE}); leave the option out, or ask, and prepare them anew"
            )
    if not speakers and not any(SHARE in u.columns for u in (*utterances, *everyone)):
        return None
    kept: dict[str, list[Stretch]] = defaultdict(list)
    for u in (*utterances, *everyone):
        if may_share(u) is False:
            kept[u.stretch.sha256].append(u.stretch)
    return [
        (u.speaker in speakers or may_share(u) is True)
        and not any(u.stretch.overlaps(other) for other in kept[u.stretch.sha256])
        for u in utterances
    ]


def golden_clips(
    work: Workshop,
    chosen: Variant,
    trials: Sequence[Trial],
    utterances: Sequence[Utterance],
    lm: LanguageModel | None,
    *,
    allowed: Sequence[bool] | None,
) -> list[GoldenClip]:
    """Choose the clips of which fp32 and the chosen model are surest that they hear the same.

    Whole clips come first, then the beginnings of those that are too long.

    Args:
        work: the versions of the model.
        chosen: the one to ship.
        trials: those of fp32 and of it, on all clips of the split.
        utterances: that split.
        lm: the language model that goes with it.
        allowed: whether each recording may travel (`shared`); if none may, there are no clips.

    Raises:
        GateError: there is no such clip among those that may.
    """
    places = [i for i in range(len(utterances)) if allowed is None or allowed[i]]
    if not places:
        return []
    models = [work.load("fp32"), work.load(chosen.precision)]
    begin = DEFAULT.over(work.decoding.vocab, lm)
    clips: list[GoldenClip] = []
    for i in _surest_first(trials[0], trials[-1], utterances, places)[:_TRIED]:
        wav = wav_bytes(beginning(read_utterance(utterances[i])))
        # What counts is what the models make of the 16 bits that travel.
        logits = [model.whole_logits(wav_samples(wav)) for model in models]
        first, second = (hear(one, work.decoding) for one in logits)
        with_lm = [found(begin, one) if begin else None for one in logits]
        if first.text == second.text and second.text and with_lm[0] == with_lm[1]:
            clips.append(GoldenClip(wav, second.text, second.tokens.tolist(), with_lm[1]))
        if len(clips) == GOLDEN:
            break
    if not clips:
        raise GateError(
            f"export: none of the {len(places)} clips of the validation split that may travel, "
            f"nor the first {LONGEST_GOLDEN_S:g} s of it, gives the same text, not empty, in fp32 "
            f"and {chosen.precision}; a bundle needs one to prove itself by. Nothing was written: "
            "train longer"
        )
    return clips


def _surest_first(
    exact: Trial, ours: Trial, utterances: Sequence[Utterance], places: Sequence[int]
) -> list[int]:
    """Return the places of the clips that both versions hear alike, those to take first."""
    whole = {i for i in places if utterances[i].duration <= LONGEST_GOLDEN_S}
    alike = [
        i
        for i in places
        if ours.heard[i].text and (i not in whole or ours.heard[i].text == exact.heard[i].text)
    ]
    return sorted(
        alike,
        key=lambda i: (
            i in whole,
            not ours.scores[i].words.errors,  # a wrong text proves as much, but looks odd
            min(ours.heard[i].margin, exact.heard[i].margin),
        ),
        reverse=True,
    )


def beginning(samples: Samples) -> Samples:
    """Return a recording, or of a long one as much as may travel, up to a pause.

    It is cut where a tenth of a second is quietest, within the second half of what may travel.
    """
    longest = int(LONGEST_GOLDEN_S * SAMPLE_RATE)
    if len(samples) <= longest:
        return samples
    width = int(_QUIET_S * SAMPLE_RATE)
    half = samples[longest // 2 : longest].astype(np.float64)
    squares = np.square(half - half.mean())
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    quietest = int((sums[width:] - sums[:-width]).argmin())
    return samples[: longest // 2 + quietest + width // 2]
