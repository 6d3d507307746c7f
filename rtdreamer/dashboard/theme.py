"""Colours and the style sheet: dark, with one accent for each quantity."""

BACKGROUND = "#12151a"
PANEL = "#1a1e25"
LINE = "#333b47"
TEXT = "#dde2e9"
MUTED = "#93a0b0"

TRACE = "#a9bdd4"
VALENCE = "#4cc9a4"
AROUSAL = "#f2995c"
INFORMATION = "#a58bfa"
DE_LOW = "#4f8ff0"
DE_EVEN = "#59636f"
DE_HIGH = "#e8608a"

GOOD = "#3fa565"
BUSY = "#3d7fd1"
NOTICE = "#e9b23c"
ON_NOTICE = "#1d1500"
BAD = "#d9534f"
IDLE = "#6b7686"

STYLE_SHEET = f"""
QWidget {{ background: {BACKGROUND}; color: {TEXT}; font-size: 13px; }}
QFrame#panel {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: 6px; }}
QFrame#panel QWidget {{ background: {PANEL}; }}
QLabel#title {{ font-size: 15px; font-weight: 600; }}
QLabel#caption {{ color: {MUTED}; font-size: 12px; }}
QLabel#reason {{ color: {MUTED}; font-size: 13px; }}
QLabel#banner {{
    background: {NOTICE}; color: {ON_NOTICE}; border-radius: 6px;
    font-size: 14px; font-weight: 600; padding: 7px 12px;
}}
QComboBox {{ background: {BACKGROUND}; border: 1px solid {LINE}; padding: 2px 8px; }}
QComboBox QAbstractItemView {{ background: {BACKGROUND}; selection-background-color: {LINE}; }}
QToolTip {{ background: {BACKGROUND}; color: {TEXT}; border: 1px solid {LINE}; }}
"""
