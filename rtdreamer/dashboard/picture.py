"""A picture of the window."""

from datetime import datetime
from pathlib import Path

from PyQt5.QtCore import QBuffer, QIODevice
from PyQt5.QtWidgets import QWidget

from rtdreamer.errors import RtdreamerError
from rtdreamer.files import write_atomically


def save_picture(widget: QWidget, folder: Path) -> Path:
    """Save what a widget shows as a PNG named by the time, and return where; never over another.

    Raises
    ------
    RtdreamerError
        If it cannot be written.
    """
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    names = (f"rtdreamer-{stamp}{suffix}.png" for suffix in ("", *(f"-{n}" for n in range(2, 99))))
    path = next(path for name in names if not (path := folder / name).exists())
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not widget.grab().save(buffer, "PNG"):
        raise RtdreamerError("Qt cannot make a PNG of the window")
    write_atomically(path, buffer.data().data())
    return path.absolute()
