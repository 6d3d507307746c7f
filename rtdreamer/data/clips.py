"""DREAMER's 18 film clips and how their audience rated them."""

from typing import NamedTuple


class Clip(NamedTuple):
    """One film clip: mean and SD over the 23 subjects of its ratings, each 1 to 5."""

    number: int
    title: str
    target_emotion: str
    valence_mean: float
    valence_sd: float
    arousal_mean: float
    arousal_sd: float


CLIPS: tuple[Clip, ...] = (
    Clip(1, "Searching for Bobby Fischer", "calmness", 3.17, 0.72, 2.26, 0.75),
    Clip(2, "D.O.A.", "surprise", 3.04, 0.88, 3.00, 1.00),
    Clip(3, "The Hangover", "amusement", 4.57, 0.73, 3.83, 0.83),
    Clip(4, "The Ring", "fear", 2.04, 1.02, 4.26, 0.69),
    Clip(5, "300", "excitement", 3.22, 1.17, 3.70, 0.70),
    Clip(6, "Van Wilder", "disgust", 2.70, 1.55, 3.83, 0.83),
    Clip(7, "Wall-E", "happiness", 4.52, 0.59, 3.17, 0.98),
    Clip(8, "Crash", "anger", 1.35, 0.65, 3.96, 0.77),
    Clip(9, "My Girl", "sadness", 1.39, 0.66, 3.00, 1.09),
    Clip(10, "The Fly", "disgust", 2.17, 1.15, 3.30, 1.02),
    Clip(11, "Pride and Prejudice", "calmness", 3.96, 0.64, 1.96, 0.82),
    Clip(12, "Modern Times", "amusement", 3.96, 0.56, 2.61, 0.89),
    Clip(13, "Remember the Titans", "happiness", 4.39, 0.66, 3.70, 0.97),
    Clip(14, "Gentleman's Agreement", "anger", 2.35, 0.65, 2.22, 0.85),
    Clip(15, "Psycho", "fear", 2.48, 0.85, 3.09, 1.00),
    Clip(16, "The Bourne Identity", "excitement", 3.65, 0.65, 3.35, 1.07),
    Clip(17, "The Shawshank Redemption", "sadness", 1.52, 0.59, 3.00, 0.74),
    Clip(18, "The Departed", "surprise", 2.65, 0.78, 3.91, 0.85),
)
"""Clip ``n`` is ``CLIPS[n - 1]``. Source: Katsigiannis & Ramzan, IEEE Journal of Biomedical and
Health Informatics 22 (2018), Table I."""
