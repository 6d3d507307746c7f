"""MAT-files v7.3, written by hand as MATLAB does: HDF5 with its dimensions turned round."""

import h5py
import numpy as np
from scipy import io

CLASSES = {"f": "double", "u": "uint8", "i": "int32"}


def convert(source, target):
    """Write the variable DREAMER of a file of level 5 as one of v7.3."""
    value = io.loadmat(source)["DREAMER"]
    with h5py.File(target, "w", userblock_size=512) as file:
        _put(file, file, "DREAMER", value)
    with target.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM")


def _put(file, group, name, value):
    if value.dtype.names and value.shape == (1, 1):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        for field in value.dtype.names:
            _put(file, made, field, value[0, 0][field])
        return
    if value.size == 0:
        made = group.create_dataset(name, data=np.array(value.shape, np.uint64))
        made.attrs["MATLAB_empty"] = np.uint8(1)
        kind = "struct" if value.dtype.names else "cell" if value.dtype == object else "double"
    elif value.dtype.names:
        made = group.create_dataset(name, data=_references(file, value))
        kind = "struct"
    elif value.dtype == object:
        made = group.create_dataset(name, data=_references(file, value).T)
        kind = "cell"
    elif value.dtype.kind == "U":
        rows = np.array([[ord(letter) for letter in row] for row in value.ravel()], np.uint16)
        made = group.create_dataset(name, data=rows.T)
        kind = "char"
    elif value.dtype.kind == "c":
        pairs = np.empty(value.T.shape, [("real", "f8"), ("imag", "f8")])
        pairs["real"], pairs["imag"] = value.T.real, value.T.imag
        made = group.create_dataset(name, data=pairs)
        kind = "double"
    else:
        made = group.create_dataset(name, data=value.T, compression="gzip")
        kind = CLASSES[value.dtype.kind]
    made.attrs["MATLAB_class"] = np.bytes_(kind)


def _references(file, value):
    room = file.require_group("#refs#")
    made = np.empty(value.shape, h5py.ref_dtype)
    for index in np.ndindex(value.shape):
        name = f"r{len(room)}"
        _put(file, room, name, np.asarray(value[index]))
        made[index] = room[name].ref
    return made
