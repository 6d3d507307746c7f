"""A recorded session as one HTML page: no scripts, nothing from elsewhere, fit to be printed."""

import base64
from collections import Counter
from collections.abc import Sequence
from html import escape

import numpy as np

from rtdreamer import __version__
from rtdreamer.counting import counted
from rtdreamer.data.session import Mark, Session
from rtdreamer.data.session_verdicts import Verdicts
from rtdreamer.pictures.session_model import ModelCard
from rtdreamer.pictures.session_pictures import (
    MOST_LINES,
    draw_affect,
    draw_coupling,
    draw_missing,
    draw_quality,
    draw_spectra,
    stretches,
)
from rtdreamer.pictures.session_signals import SessionSignals

MOST_ROWS = 100
"""Of a table; how many more there are is said."""

STYLE = """
:root { color-scheme: light; }
body { font: .95rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1f2933;
  background: #fff; max-width: 52rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; border-bottom: 1px solid #cbd2d9; }
p.sub { margin: 0 0 1rem; color: #52606d; }
.banner { background: #2f3b4c; color: #fff; font-weight: bold; padding: .5rem .8rem;
  margin: 0 0 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
  gap: .6rem; margin: 1rem 0; }
.figures div { border: 1px solid #cbd2d9; padding: .4rem .7rem; }
.figures b { display: block; font-size: 1.35rem; }
.figures span { color: #52606d; font-size: .85rem; }
figure { margin: .6rem 0 1rem; break-inside: avoid; }
figure img { width: 100%; height: auto; display: block; }
figcaption { color: #52606d; font-size: .88rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid #e4e7eb; overflow-wrap: anywhere; }
th { color: #52606d; font-weight: 600; }
td.t, th.t { white-space: nowrap; width: 1%; font-variant-numeric: tabular-nums; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; } thead { display: table-header-group; }
h2 { break-after: avoid; }
@page { size: A4; margin: 16mm 15mm; }
@media print {
  html { font-size: 11.5px; }
  body { margin: 0; max-width: none; padding: 0; }
  table.short { break-inside: avoid; }
}
"""


def build_page(session: Session, signals: SessionSignals | None, card: ModelCard | None) -> str:
    """Build the page of a session.

    Parameters
    ----------
    session : Session
        What was recorded.
    signals : SessionSignals or None
        What its EEG says by itself.
    card : ModelCard or None
        Of the model that answered.
    """
    verdicts = session.verdicts
    parts = [
        _head(session, card),
        _figures(session, verdicts),
        _affect(session, verdicts, card),
        _withheld(session, verdicts),
        _quality(session, verdicts, signals),
        _missing(session),
        _signals(session, signals),
        _marks("Markers", session.markers, "no marker was recorded"),
        _marks("What live said", session.events, "no event was recorded"),
        _facts("The model", card.facts if card else [("model", "none: nothing was predicted")]),
        _facts("The recording", _about(session)),
    ]
    title = escape(f"{session.name}: a session")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts) + "\n</body>\n</html>\n"
    )  # fmt: skip


def _head(session: Session, card: ModelCard | None) -> str:
    banner = ""
    if card is not None and card.simulated:
        banner = (
            '<div class="banner" role="note">The model was trained on SIMULATED people: what it '
            "answers says nothing about real ones</div>"
        )
    about = f"{_clock(session.seconds)} of EEG of {session.stream}, at {session.sfreq:g} Hz"
    return f'{banner}<h1>{escape(session.name)}</h1>\n<p class="sub">{escape(about)}</p>'


def _figures(session: Session, verdicts: Verdicts | None) -> str:
    n_times = len(session.place)
    whole = int(session.place[-1]) + 1
    found = [(_percent(n_times / whole), "of the samples are there")]
    if session.interpolated is not None:
        found.append((str(np.count_nonzero(session.interpolated)), "samples made up by the driver"))
    word = "gap" if len(session.gaps) == 1 else "gaps"
    missing_s = (whole - n_times) / session.sfreq
    found.append((str(len(session.gaps)), f"{word}, {missing_s:.1f} s in all"))
    if verdicts is not None:
        answered = ~verdicts.withheld
        found += [
            (_percent(_share_with_verdict(session, verdicts)), "of the time had a verdict"),
            (f"{np.count_nonzero(answered)} of {len(answered)}", "predictions had a verdict"),
        ]
    cells = (f"<div><b>{escape(a)}</b><span>{escape(b)}</span></div>" for a, b in found)
    return f'<div class="figures">{"".join(cells)}</div>'


def _share_with_verdict(session: Session, verdicts: Verdicts) -> float:
    """Of the session's time, what lies between a verdict and the prediction before."""
    if len(verdicts.seconds) < 2:
        return 0.0
    apart = np.diff(verdicts.seconds, prepend=np.nan)
    usual = float(np.nanmedian(apart))
    each = np.clip(np.nan_to_num(apart, nan=usual), 0, 2 * usual)
    return min(float(each[~verdicts.withheld].sum()) / session.seconds, 1.0)


def _affect(session: Session, verdicts: Verdicts | None, card: ModelCard | None) -> str:
    if verdicts is None:
        text = (
            "Nothing was predicted while this was recorded, or it was not recorded. "
            f"<code>rtdreamer rescore {escape(session.name)}</code> predicts from the recording."
        )
        return f"<h2>Valence and arousal</h2>\n<p>{text}</p>"
    base_rate = None if card is None else card.base_rate
    marked = "Ticks at the foot" if len(session.markers) > MOST_LINES else "Dotted"
    words = [
        "How likely high valence and high arousal are: 1 is certain, 0 is out of the question.",
        "Thin: each answer, for the 10 s before it; the more these swing, the less a single one "
        "says. Thick: for all that was answered in the last 60 s.",
        "Sand: verdicts withheld. Grey: nothing was recorded.",
        f"{marked}: markers." if session.markers else "",
    ]
    if np.isnan(verdicts.over_time).all():
        words[1] = "The answer for the 10 s before; those of 60 s are not in the recording."
    dashed = (
        "Dashed: the base rate, the share of high ratings the model learned from; an answer near "
        "it says little."
    )
    words.append(dashed if base_rate else "The base rate is not known.")
    rows = []
    for k, name in enumerate(("valence", "arousal")):
        values = verdicts.affect[~verdicts.withheld, k]
        spread = [f"{v:.2f}" for v in np.percentile(values, [50, 5, 95])] if len(values) else []
        base = f"{base_rate[k]:.2f}" if base_rate else "–"
        rows.append([name, *(spread or ["–"] * 3), base])
    table = _table(["", "median", "5 %", "95 %", "base rate"], rows, numbers=(1, 2, 3, 4))
    picture = _picture(draw_affect(session, verdicts, base_rate), "valence and arousal over time")
    return (
        f"<h2>Valence and arousal</h2>\n{_figure(picture, ' '.join(filter(None, words)))}\n{table}"
    )


def _withheld(session: Session, verdicts: Verdicts | None) -> str:
    if verdicts is None:
        return ""
    found = stretches(verdicts)
    if not found:
        return "<h2>Withheld verdicts</h2>\n<p>None was withheld.</p>"
    n_all = len(verdicts.reasons)
    counts = Counter(reason for reason in verdicts.reasons if reason)
    rows = [[why, str(n), _percent(n / n_all)] for why, n in counts.most_common()]
    reasons = _table(["reason", "predictions", "of all"], rows, numbers=(1, 2))
    times = []
    for start, stop in found:
        within = (verdicts.seconds > start) & (verdicts.seconds <= stop)
        said = Counter(verdicts.reasons[k] for k in np.flatnonzero(within)).most_common()
        more = f" (and {counted(len(said) - 1, 'other')})" if len(said) > 1 else ""
        times.append([_clock(max(start, 0)), _clock(stop), said[0][0] + more if said else ""])
    when = _table(["from", "to", "reason"], times, times=2)
    return f"<h2>Withheld verdicts</h2>\n{reasons}\n<h3>When</h3>\n{when}"


def _quality(session: Session, verdicts: Verdicts | None, signals: SessionSignals | None) -> str:
    if verdicts is not None and verdicts.quality is not None:
        seconds, quality, source = verdicts.seconds, verdicts.quality, "As live rated it."
    elif signals is not None:
        seconds, quality, source = signals.seconds, signals.quality, "Rated afterwards."
    else:
        return "<h2>Quality of each electrode</h2>\n<p>There is no whole window to rate.</p>"
    caption = (
        f"{source} The share of the last 10 s in which each signal can be EEG: 1 (yellow) is "
        "good; below 0.9 an electrode has no part in the verdict. Grey: no window."
    )
    picture = _picture(
        draw_quality(session, seconds, quality), "quality of each electrode over time"
    )
    return f"<h2>Quality of each electrode</h2>\n{_figure(picture, caption)}"


def _missing(session: Session) -> str:
    rows = [
        [_clock(start / session.sfreq), f"{n / session.sfreq:.2f} s", str(n)]
        for start, n in session.gaps
    ]
    table = _table(["at", "missing", "samples"], rows, numbers=(1, 2)) if rows else ""
    caption = "Of each 200th of the session, how much is missing or was made up by the driver."
    if not rows and not session.interpolated_stretches:
        caption = "Nothing is missing."
    picture = _picture(draw_missing(session), "missing samples over time")
    return f"<h2>Missing samples</h2>\n{_figure(picture, caption)}\n{table}"


def _signals(session: Session, signals: SessionSignals | None) -> str:
    if signals is None:
        why = "there is no whole window of 10 s, or its rate is neither 128 nor 256 Hz"
        return f"<h2>Coupling and spectra</h2>\n<p>Not computed: {why}.</p>"
    n = len(signals.seconds)
    coupling = (
        "How much the signals of two electrodes have in common, in each band: 0 is nothing, 1 is "
        f"all. It is √(1 − e^(−2 MI)) of their mutual information MI, in {counted(n, 'window')} of "
        "10 s, of good electrodes only. Above: the mean over all pairs. Below: each pair, mean "
        "over the session; columns are in the order of the rows."
    )
    spectra = (
        "How strong each frequency is in each electrode's signal: the median over the same "
        "windows. A flat or bad electrode has no line."
    )
    return (
        "<h2>Coupling by band</h2>\n"
        + _figure(_picture(draw_coupling(session, signals), "coupling by band"), coupling)
        + "\n<h2>Spectra</h2>\n"
        + _figure(_picture(draw_spectra(signals), "spectra of all electrodes"), spectra)
    )


def _marks(title: str, marks: Sequence[Mark], nothing: str) -> str:
    rows = [[_clock(one.seconds), one.text] for one in marks]
    table = (
        _table(["at", "text"], rows, times=1) if rows else f"<p>{escape(nothing).capitalize()}.</p>"
    )
    return f"<h2>{escape(title)}</h2>\n{table}"


def _about(session: Session) -> list[tuple[str, str]]:
    about = session.about
    found = [("file", session.name), ("stream", session.stream)]
    found += list(session.identity.items())
    if about:
        versions = {"rtdreamer": about.get("rtdreamer"), **(about.get("versions") or {})}
        found.append(("recorded with", ", ".join(f"{n} {v}" for n, v in versions.items())))
        found.append(("hop", f"{about.get('hop')} samples"))
        found.append(("a person's baseline", "yes" if about.get("profile") else "no"))
    else:
        found.append(("recorded with", "another program than rtdreamer live"))
    found += [("note", note) for note in session.notes]
    return [*found, ("this page", f"rtdreamer {__version__}")]


def _facts(title: str, facts: Sequence[tuple[str, str]]) -> str:
    return f"<h2>{escape(title)}</h2>\n{_table(['', ''], [list(one) for one in facts])}"


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), times: int = 0
) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        named = ("t" if k < times else "n" if k in numbers else "" for k in range(len(cells)))
        kinds = (f' class="{name}"' if name else "" for name in named)
        texts = zip(cells, kinds, strict=True)
        return "<tr>" + "".join(f"<{tag}{k}>{escape(t)}</{tag}>" for t, k in texts) + "</tr>"

    shown = "\n".join(line(row, "td") for row in rows[:MOST_ROWS])
    top = f"<thead>{line(head, 'th')}</thead>" if any(head) else ""
    more = f"\n<p>… and {len(rows) - MOST_ROWS} more.</p>" if len(rows) > MOST_ROWS else ""
    short = ' class="short"' if len(rows) <= 10 else ""
    return f"<table{short}>{top}<tbody>{shown}</tbody></table>{more}"


def _figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _picture(svg: str, what: str) -> str:
    # As an image it is a document of its own: its names and styles are not the page's.
    content = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{escape(what)}" src="data:image/svg+xml;base64,{content}">'


def _clock(seconds: float) -> str:
    # What is 59.96 s is a whole minute where tenths are shown.
    minutes, tenths = divmod(round(abs(seconds) * 10), 600)
    before = "−" if seconds < 0 and minutes + tenths else ""
    return f"{before}{minutes}:{tenths / 10:04.1f}"


def _percent(share: float) -> str:
    # What is not all is not said to be.
    digits = 1 if share in (0, 1) or 0.0005 < share < 0.9995 else 3
    return f"{100 * share:.{digits}f} %"
