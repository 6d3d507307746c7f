"""Reading some channels under other names than their file or stream gives them."""

from collections.abc import Mapping, Sequence

from rtdreamer.channels import plain_label


def renamed(labels: Sequence[str], rename: Mapping[str, str]) -> list[str]:
    """Return labels as ``plain_label`` compares them, some of them replaced.

    Parameters
    ----------
    labels : sequence of str
        As a file or a stream spells them.
    rename : mapping
        What to read in the place of some, in any spelling that ``plain_label`` knows.

    Raises
    ------
    ValueError
        If a channel is not there, or two would have one name; says which, in one line.
    """
    original = [plain_label(label) for label in labels]
    names = list(original)
    for old, new in rename.items():
        if plain_label(old) not in original:
            raise ValueError(f"cannot rename {old} to {new}: no channel is named {old}")
        names[original.index(plain_label(old))] = plain_label(new)
    for old, new in rename.items():
        if names.count(plain_label(new)) > 1:
            raise ValueError(f"cannot rename {old} to {new}: two channels would be named {new}")
    return names
