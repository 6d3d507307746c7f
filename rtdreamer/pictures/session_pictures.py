"""Pictures of one recorded session, each as SVG."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rtdreamer.data.session import Session
from rtdreamer.data.session_verdicts import Verdicts
from rtdreamer.headset import EPOC
from rtdreamer.pictures.picture import COLOURS, GREY
from rtdreamer.pictures.session_signals import SessionSignals
from rtdreamer.window import WINDOW

WIDTH = 7.6  # inches: what fits between the margins of a page of A4
GAP_COLOUR = "#9aa2ad"
MOST_LINES = 60
"""With more markers, lines would hide what they mark: each is a tick at the foot."""

Array = NDArray[np.float64]


def draw_affect(session: Session, verdicts: Verdicts, base_rate: tuple[float, float] | None) -> str:
    """Valence and arousal over time: verdicts, those of 60 s, base rate, and what is withheld."""
    with _figure(4.6) as (figure, drawn):
        minutes = verdicts.seconds / 60
        for k, axes in enumerate(figure.subplots(2, 1, sharex=True)):
            name = ("valence", "arousal")[k]
            _shade_gaps(axes, session)
            for start, stop in stretches(verdicts):
                axes.axvspan(start / 60, stop / 60, facecolor="#f3d9a4", lw=0, zorder=0)
            _mark(axes, session)
            plain, minute = verdicts.affect[:, k], verdicts.over_time[:, k]
            colour = COLOURS[name]
            axes.plot(minutes, _broken(minutes, plain), color=colour, lw=0.7, alpha=0.55)
            axes.plot(minutes, _broken(minutes, minute), color=colour, lw=2.0)
            if base_rate is not None:
                axes.axhline(base_rate[k], color="black", ls="--", lw=1)
            axes.set(ylim=(0, 1), ylabel=f"P(high {name})")
        _time_axis(axes, session)
    return drawn[0]


def draw_quality(session: Session, seconds: Array, quality: Array) -> str:
    """Each electrode's quality over time, shape (n, 14), as seen in windows that end there."""
    with _figure(3.3) as (figure, drawn):
        axes = figure.subplots()
        edges = np.linspace(0, session.seconds, 301)
        place = np.clip(np.searchsorted(edges, seconds, side="left") - 1, 0, 299)
        sums, counts = np.zeros((300, 14)), np.zeros(300)
        np.add.at(sums, place, quality)
        np.add.at(counts, place, 1)
        mean = sums / np.maximum(counts, 1)[:, None]
        n_back = round(WINDOW / EPOC.sfreq / (session.seconds / 300))
        image = _filled(np.where(counts[:, None] > 0, mean, np.nan), n_back)
        mesh = axes.pcolormesh(
            edges / 60, np.arange(15), image.T, cmap="cividis", vmin=0, vmax=1, rasterized=True
        )
        axes.set_facecolor(GAP_COLOUR)
        axes.set_yticks(np.arange(14) + 0.5, EPOC.ch_names, fontsize=8)
        axes.invert_yaxis()
        figure.colorbar(mesh, ax=axes, label="quality", pad=0.01)
        _time_axis(axes, session)
    return drawn[0]


def draw_missing(session: Session) -> str:
    """How much of each moment was measured, made up by the driver, or is missing."""
    with _figure(1.5) as (figure, drawn):
        axes = figure.subplots()
        n_bins = 200
        edges = np.linspace(0, session.place[-1] + 1, n_bins + 1)
        size = np.diff(np.ceil(edges))
        measured = np.histogram(session.place, np.ceil(edges))[0]
        made_up = np.zeros(n_bins)
        if session.interpolated is not None:
            made_up += np.histogram(session.place[session.interpolated], np.ceil(edges))[0]
        minutes, width = edges[:-1] / session.sfreq / 60, session.seconds / n_bins / 60
        bottom = np.zeros(n_bins)
        for count, colour, label in (
            (size - measured, "#c00018", "missing"), (made_up, "#E69F00", "made up by the driver"),
        ):  # fmt: skip
            share = 100 * count / np.maximum(size, 1)
            axes.bar(minutes, share, width, bottom, align="edge", color=colour, label=label, lw=0)
            bottom += share
        axes.set(ylim=(0, 100), ylabel="% of samples")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=7, ncols=2, frameon=False)
        _time_axis(axes, session)
    return drawn[0]


def draw_coupling(session: Session, signals: SessionSignals) -> str:
    """Coupling by band: over time, and of each pair of electrodes."""
    with _figure(4.6) as (figure, drawn):
        parts = figure.subfigures(2, 1, squeeze=False, height_ratios=[1.15, 1])
        top, bottom = parts[:, 0]
        axes = top.subplots()
        _shade_gaps(axes, session)
        for k, name in enumerate(signals.bands):
            minutes = signals.seconds / 60
            axes.plot(
                minutes, _broken(minutes, signals.coupling[:, k]), label=name, lw=1.4, color=f"C{k}"
            )
        highest = np.nanmax(signals.coupling, initial=0.2)
        axes.set(ylim=(0, min(1.25 * highest, 1)), ylabel="mean coupling")
        axes.legend(fontsize=8, ncols=5, loc="upper right")
        _time_axis(axes, session)
        panels = bottom.subplots(1, len(signals.bands))
        for axes, name, matrix in zip(panels, signals.bands, signals.matrices, strict=True):
            image = axes.imshow(matrix, cmap="cividis", vmin=0, vmax=1)
            axes.set_title(name, fontsize=9)
            axes.set_xticks([])
            axes.set_yticks([])
        panels[0].set_yticks(range(14), EPOC.ch_names, fontsize=5)
        bottom.colorbar(image, ax=panels, shrink=0.8, pad=0.01)
    return drawn[0]


def draw_spectra(signals: SessionSignals) -> str:
    """Each electrode's median spectrum."""
    with _figure(3.0) as (figure, drawn):
        axes = figure.subplots()
        colours = mpl.colormaps["turbo"](np.linspace(0.05, 0.95, 14))
        for name, row, colour in zip(EPOC.ch_names, signals.spectrum, colours, strict=True):
            axes.plot(signals.freqs, row, color=colour, lw=1.1, label=name)
        axes.set(yscale="log", xlabel="Hz", ylabel="µV²/Hz", xlim=(signals.freqs[0], 45))
        axes.legend(fontsize=7, ncols=2, loc="upper right")
    return drawn[0]


def stretches(verdicts: Verdicts) -> list[tuple[float, float]]:
    """From when to when verdicts were withheld, seconds, neighbours joined."""
    withheld, seconds = verdicts.withheld, verdicts.seconds
    if not withheld.any():
        return []
    step = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 1.0
    rows = np.flatnonzero(withheld)
    apart = (np.diff(rows) > 1) | (np.diff(seconds[rows]) > 2 * step + 0.5)
    return [
        (float(seconds[one[0]]) - step, float(seconds[one[-1]]))
        for one in np.split(rows, np.flatnonzero(apart) + 1)
    ]


@contextmanager
def _figure(height: float) -> Iterator[tuple[Figure, list[str]]]:
    """A figure to draw on, and a list that has its SVG afterwards."""
    drawn: list[str] = []
    # Fixed names within: the same session gives the same page.
    with mpl.rc_context({"svg.hashsalt": "rtdreamer", "font.size": 9}):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure, drawn
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None}, dpi=150)
        drawn.append(content.getvalue())


def _broken(minutes: Array, values: Array) -> Array:
    """The same, but no line where there was nothing for longer than a few steps."""
    found = values.copy()
    if len(minutes) > 2:
        pauses = np.flatnonzero(np.diff(minutes) > 4 * np.median(np.diff(minutes)) + 0.01)
        found[pauses + 1] = np.nan
    return found


def _filled(image: Array, n_back: int) -> Array:
    """Cells without a window have the next one's value, as far as that reaches back."""
    known = np.isfinite(image[:, 0])
    rows = np.flatnonzero(known)
    if not len(rows):
        return image
    following = np.searchsorted(rows, np.arange(len(image)))
    within = following < len(rows)
    source = rows[np.minimum(following, len(rows) - 1)]
    near = within & (source - np.arange(len(image)) <= max(n_back, 1))
    return np.where(near[:, None], image[source], np.nan)


def _shade_gaps(axes: Axes, session: Session) -> None:
    for start, n in session.gaps:
        begin = start / session.sfreq / 60
        end = begin + n / session.sfreq / 60
        axes.axvspan(begin, end, facecolor=GAP_COLOUR, lw=0, zorder=0)


def _mark(axes: Axes, session: Session) -> None:
    minutes = [marker.seconds / 60 for marker in session.markers]
    foot = axes.get_xaxis_transform()
    if len(minutes) > MOST_LINES:
        axes.vlines(minutes, 0, 0.05, colors=GREY, linewidths=0.5, transform=foot)
    else:
        axes.vlines(minutes, 0, 1, colors=GREY, linewidths=0.7, linestyles=":", transform=foot)


def _time_axis(axes: Axes, session: Session) -> None:
    axes.set(xlim=(0, session.seconds / 60), xlabel="minutes")
