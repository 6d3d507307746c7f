"""Colours, dark and light, and the style sheet.

Valence and arousal have the hues they have in reports, by Okabe & Ito, Color Universal Design
(2008): blue and vermilion, here light or dark enough to be read. What colour tells, a shape or a
word tells too.
"""

from dataclasses import dataclass

MIN_CONTRAST = 4.5
"""Of text and its ground: Web Content Accessibility Guidelines 2.2, criterion 1.4.3."""

MIN_FONT_PX = 11


@dataclass(frozen=True, slots=True)
class Theme:
    """A set of colours, each as ``#rrggbb``.

    Attributes
    ----------
    name : str
        ``dark`` or ``light``.
    background, panel, line : str
        Of the window, of what stands on it, and of frames and axes.
    text, muted : str
        Of what is to be read at once, and of what explains it.
    trace, idle : str
        Of traces while samples arrive, and of those that are not of now.
    valence, arousal, information : str
        Of each quantity, everywhere.
    de_low, de_even, de_high : str
        Less band power than usual, as much, and more.
    good, busy, notice, bad : str
        All is well; wait; look here; nothing works.
    """

    name: str
    background: str
    panel: str
    line: str
    text: str
    muted: str
    trace: str
    idle: str
    valence: str
    arousal: str
    information: str
    de_low: str
    de_even: str
    de_high: str
    good: str
    busy: str
    notice: str
    bad: str


DARK = Theme(
    name="dark",
    background="#12151a",
    panel="#1a1e25",
    line="#3a4350",
    text="#e6eaf0",
    muted="#a3afbe",
    trace="#a9bdd4",
    idle="#6b7686",
    valence="#7cc7f5",
    arousal="#f07f3a",
    information="#a58bfa",
    de_low="#3fb3a2",
    de_even="#8b877e",
    de_high="#f7a8d0",
    good="#3ec9a0",
    busy="#6ea8ec",
    notice="#f0c04a",
    bad="#f0716c",
)

LIGHT = Theme(
    name="light",
    background="#f2f4f7",
    panel="#ffffff",
    line="#c3cad4",
    text="#171b21",
    muted="#515b68",
    trace="#34465c",
    idle="#9aa4b1",
    valence="#005f96",
    arousal="#b34700",
    information="#6b4fd0",
    de_low="#00796b",
    de_even="#97938b",
    de_high="#d03f8f",
    good="#187a3e",
    busy="#1f63b5",
    notice="#7d5600",
    bad="#b3261e",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0–1 (WCAG 2.2)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1–21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(ground: str) -> str:
    """Return black or white, whichever can be read better on a ground; 4.58 to 1 at least."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, ground))


def mixed(one: str, other: str, share: float) -> str:
    """Return ``one`` with so much, 0–1, of ``other`` in it, as ``#rrggbb``."""
    parts = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in parts)


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of the whole window."""
    return f"""
QWidget {{ background: {theme.background}; color: {theme.text}; font-size: 13px; }}
QFrame#panel {{
    background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 6px;
}}
QFrame#panel QWidget {{ background: {theme.panel}; }}
QLabel#title {{ font-size: 15px; font-weight: 600; }}
QLabel#caption {{ color: {theme.muted}; font-size: 12px; }}
QLabel#headline {{ font-size: 24px; font-weight: 700; }}
QLabel#strip {{ font-size: 16px; font-weight: 600; }}
QLabel#reason {{ color: {theme.muted}; font-size: 14px; }}
QLabel#banner {{
    background: {theme.notice}; color: {ink_on(theme.notice)}; border-radius: 4px;
    font-size: 13px; font-weight: 600; padding: 2px 10px;
}}
QComboBox, QPushButton, QFrame#panel QComboBox, QFrame#panel QPushButton {{
    background: {theme.background}; border: 1px solid {theme.line}; border-radius: 4px;
    padding: 2px 8px; font-size: 12px;
}}
QComboBox, QFrame#panel QComboBox {{ padding: 2px 2px 2px 5px; }}
QPushButton:hover, QPushButton:focus, QComboBox:focus {{ border-color: {theme.muted}; }}
QFrame#panel QPushButton:checked {{
    background: {theme.notice}; color: {ink_on(theme.notice)};
}}
QComboBox QAbstractItemView {{
    background: {theme.background}; selection-background-color: {theme.line};
    selection-color: {theme.text};
}}
QLineEdit {{
    background: {theme.background}; border: 1px solid {theme.muted}; border-radius: 4px;
    padding: 2px 6px; font-size: 13px;
}}
QProgressBar {{
    background: {theme.background}; border: 1px solid {theme.line}; border-radius: 4px;
    max-height: 12px;
}}
QProgressBar::chunk {{ background: {theme.busy}; border-radius: 3px; }}
QToolTip {{
    background: {theme.background}; color: {theme.text}; border: 1px solid {theme.line};
}}
"""
