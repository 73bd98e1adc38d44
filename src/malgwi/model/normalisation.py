"""What Wav2Vec2's feature extractor does to a clip before the convolutions hear it."""

import numpy as np
from numpy.typing import NDArray


def standardise(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring a clip to zero mean and unit variance, as Wav2Vec2's feature extractor does."""
    centred = samples - samples.mean()
    normal: NDArray[np.float32] = (centred / np.sqrt(samples.var() + 1e-7)).astype(np.float32)
    return normal
