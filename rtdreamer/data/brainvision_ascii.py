"""BrainVision's samples as text."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import DataError

Array = NDArray[np.float64]


def read_ascii(
    path: Path, where: str, infos: dict[str, str], n_channels: int, vectorized: bool
) -> Array:
    """Read text: one sample a line, or one channel a line where it is vectorized.

    Parameters
    ----------
    path : Path
    where : str
        What messages call it.
    infos : dict
        The header's section ``ASCII Infos``: lines and columns to skip, and the decimal symbol.
    n_channels : int
    vectorized : bool

    Returns
    -------
    ndarray, shape (n_channels, n_times)
        What is whole of it.

    Raises
    ------
    DataError
        If it is no such table of numbers.
    """
    text = path.read_text("utf-8-sig", "replace")
    if infos.get("decimalsymbol", ".") == ",":
        text = text.replace(",", ".")
    columns = _skipped(infos, "skipcolumns")
    lines = text.splitlines()[_skipped(infos, "skiplines") :]
    try:
        rows = [[float(cell) for cell in line.split()[columns:]] for line in lines if line.strip()]
    except ValueError:
        raise DataError(f"{where}: is no table of numbers: export it as BINARY") from None
    if vectorized:
        shortest = min((len(row) for row in rows), default=0)
        table = np.array([row[:shortest] for row in rows], np.float64)
        if len(rows) != n_channels:
            raise DataError(f"{where}: has {len(rows)} channels, not {n_channels}: export it again")
        return table.reshape(n_channels, -1)
    if rows and len(rows[-1]) < n_channels:  # cut
        rows.pop()
    if any(len(row) != n_channels for row in rows):
        raise DataError(f"{where}: has a line without {n_channels} numbers: export it as BINARY")
    return np.array(rows, np.float64).reshape(-1, n_channels).T


def _skipped(infos: dict[str, str], key: str) -> int:
    told = infos.get(key, "0")
    return int(told) if told.isdecimal() and told.isascii() and len(told) < 9 else 0
