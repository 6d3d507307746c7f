"""One variable of a MAT-file v7.3, which is HDF5: read by h5py where that is installed.

MATLAB stores arrays with their dimensions turned round, a 1×1 struct as a group, and a cell array
as references to what is in its cells.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data import mat_tags as tags
from rtdreamer.data.mat_reader import (
    LONGEST_KEPT,
    MOST_VALUES,
    Place,
    Summary,
    Treatment,
    Value,
    Where,
    examine,
)
from rtdreamer.errors import DataError

SIGNATURE = b"\x89HDF\r\n"

_MOST_ARRAYS = 1 << 16  # of the whole variable; DREAMER has some 2000


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open the file, and say in one line what keeps it from being read."""
    fault = f"{path}: is a v7.3 (HDF5) file"
    in_other_words = "re-save it in MATLAB with -v7 (in Octave: save -v7)"
    try:
        import h5py
    except ImportError:
        how = 'pip install "rtdreamer[hdf5]"'
        raise DataError(f"{fault}: {how} to read it, or {in_other_words}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with h5py.File(path, "r") as file:
                yield file
    except DataError:
        raise
    except Exception as error:  # whatever the broken bytes lead to
        raise DataError(
            f"{fault}, cut short, damaged or not MATLAB's: get it again, or {in_other_words}"
        ) from error


def read_hdf5_variable(
    path: Path, name: str, treatment: Callable[[Where], Treatment], most: float
) -> Value | None:
    """Read one variable, as ``mat_reader.read_variable`` does.

    Raises
    ------
    DataError
        If h5py is not installed, or the file is damaged or no MATLAB's.
    """
    with _opened(path) as file:
        return _Walk(file, treatment, most).value(file[name], ()) if name in file else None


def read_hdf5_again(path: Path, place: Place) -> NDArray[Any]:
    """Read an array that was examined. Raises as ``read_hdf5_variable`` does."""
    with _opened(path) as file:
        return np.asarray(file[place.name][()]).T


class _Walk:
    """A walk through the groups and data sets of a variable."""

    def __init__(self, file: Any, treatment: Callable[[Where], Treatment], most: float) -> None:
        self._file, self._treatment, self._most = file, treatment, most
        self._left = _MOST_ARRAYS

    def value(self, node: Any, where: Where) -> Value:
        self._left -= 1
        if len(where) >= tags.DEEPEST or self._left < 0:
            raise ValueError("too many arrays, or nested too deep")
        treatment = self._treatment(where)
        if treatment is Treatment.SKIP:
            return Summary()
        kind = _text(node.attrs.get("MATLAB_class", b""))
        if not hasattr(node, "shape"):  # a group
            if kind != "struct":
                return Summary()
            return {str(name): self.value(node[name], (*where, str(name))) for name in node}
        if kind == "cell":
            return self._cells(node, where)
        if kind == "struct":
            return Summary("V", _shape(node))
        examined = treatment is Treatment.EXAMINE
        found = _array(node, kind, 8 * MOST_VALUES if examined else LONGEST_KEPT)
        if isinstance(found, Summary) or not examined:
            return found
        return examine(found, Place(str(node.name)), self._most)

    def _cells(self, node: Any, where: Where) -> Value:
        if _is_empty(node):
            return []
        if node.size > self._left:
            raise ValueError("too many cells")
        references = np.asarray(node[()]).T.ravel()
        return [self.value(self._file[one], (*where, at)) for at, one in enumerate(references)]


def _array(node: Any, kind: str, most: int) -> NDArray[Any] | Summary:
    """An array of numbers or text; what has more bytes, or is of another kind, in summary."""
    if _is_empty(node):
        return np.empty(_shape(node))
    if kind != "char" and node.dtype.kind not in "iufb":
        return Summary("c" if node.dtype.names else "", _shape(node))
    if node.nbytes > most:
        return Summary("U" if kind == "char" else "f", _shape(node))
    values = np.asarray(node[()]).T
    if kind != "char":
        return values
    rows = ["".join(map(chr, row)) for row in np.atleast_2d(values).astype(np.uint16).tolist()]
    return np.array(rows)


def _is_empty(node: Any) -> bool:
    return bool(node.attrs.get("MATLAB_empty", 0)) or not node.size


def _shape(node: Any) -> tuple[int, ...]:
    """As MATLAB has it; of what is empty, the dimensions are stored in place of the values."""
    if node.attrs.get("MATLAB_empty", 0):
        shape = tuple(int(one) for one in np.ravel(node[()])[:9])
        if 0 not in shape or min(shape) < 0:
            raise ValueError("an empty array that is not empty")
        return shape
    return tuple(reversed(node.shape))


def _text(attribute: Any) -> str:
    return attribute.decode("latin-1") if isinstance(attribute, bytes) else str(attribute)
