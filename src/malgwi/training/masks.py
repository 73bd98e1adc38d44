"""SpecAugment (Park et al. 2019) on frames and channels, in NumPy.

The masks of transformers insist on two spans of ten frames, so a one-second clip (49 frames)
loses two fifths of itself whatever share was asked for, and a clip of fewer frames than a span
is an error. Here spans shrink with the clip, a short clip may get none, never more than
`LARGEST_SHARE` is masked, and a clip of any length is fine.
"""

import numpy as np
from numpy.typing import NDArray

LARGEST_SHARE = 0.5
"""Most of a clip's frames, or of the channels, that may be masked at once."""


def span_mask(length: int, share: float, span: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a mask of shape (length,) in which spans cover about `share` of the positions.

    On average `share * length` positions are drawn, in spans of `span` positions but at most a
    tenth of the length (at least 1); spans may overlap, as in wav2vec 2.0 (Baevski et al. 2020,
    section 3.1), so somewhat fewer are covered. What would go beyond `LARGEST_SHARE` is left out.
    """
    mask = np.zeros(length, dtype=np.bool_)
    if length < 2 or share <= 0:
        return mask
    size = max(1, min(span, length // 10))
    # The fraction of a span is drawn, so that the expected share is right for short clips too.
    count = int(share * length / size + rng.random())
    starts = rng.integers(0, length - size + 1, size=count)
    allowed = int(LARGEST_SHARE * length)
    for start in starts:
        trial = mask.copy()
        trial[start : start + size] = True
        if trial.sum() > allowed:
            break
        mask = trial
    return mask
