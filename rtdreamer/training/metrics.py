"""How good predictions are, on arrays; shapes (n,) unless it says otherwise."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

TARGETS = ("valence", "arousal")

Array = NDArray[np.floating]


def auc(labels: Array, scores: Array) -> float:
    """Area under the ROC curve by average ranks (Mann–Whitney); NaN without both classes.

    Hanley & McNeil, Radiology 143 (1982).
    """
    n_high = int(labels.sum())
    n_low = len(labels) - n_high
    if not n_high or not n_low:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[labels == 1].sum() - n_high * (n_high + 1) / 2) / (n_high * n_low))
