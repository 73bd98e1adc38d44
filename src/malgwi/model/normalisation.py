"""What a family's feature extractor does to a clip before the convolutions hear it."""

import numpy as np
from numpy.typing import NDArray

WAV2VEC2_EPSILON = 1e-7
"""What `Wav2Vec2FeatureExtractor` adds to the variance."""


def standardise(samples: NDArray[np.float32], epsilon: float | None) -> NDArray[np.float32]:
    """Bring a clip to zero mean and unit variance; it stays as it is where epsilon is None."""
    if epsilon is None:
        return samples
    centred = samples - samples.mean()
    normal: NDArray[np.float32] = (centred / np.sqrt(samples.var() + epsilon)).astype(np.float32)
    return normal
