"""Which architectures there are, the program's own and other packages'.

Names are known without importing torch, or any package that brings one.
"""

import functools
import hashlib
import importlib
import importlib.util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from rtdreamer.errors import RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.model.architecture import Architecture

DEFAULT_ARCHITECTURE = "vae-gnn"
"""What every command takes by default."""

BUILT_IN = {
    "vae-gnn": "rtdreamer.model.vae_gnn:VAE_GNN",
    "as-written": "rtdreamer.model.as_written:AS_WRITTEN",
    "spectral": "rtdreamer.model.spectral:SPECTRAL",
    "gnn": "rtdreamer.model.vae_gnn:GNN",
    "vae": "rtdreamer.model.vae_gnn:VAE",
    "vae-gnn-no-read-out": "rtdreamer.model.vae_gnn:VAE_GNN_ALONE",
    "read-out": "rtdreamer.model.linear:READ_OUT",
    "eegnet": "rtdreamer.model.eegnet:EEGNET",
    "ridge": "rtdreamer.model.linear:RIDGE",
    "tangent": "rtdreamer.model.linear:TANGENT",
}
"""Where the program's own are, as an entry point says it."""

RESERVED = (
    "base-rate", "clip-mean", "participant-mean", "logistic", "trees", "ideal-observer",
)  # fmt: skip
"""What is judged through the same folds and is no architecture: no package may call one so."""

FORMER_NAMES = {"best-possible": "ideal-observer"}
"""Names that methods once had, and still answer to; they are reserved, too."""

GROUP = "rtdreamer.models"
"""The entry points by which other packages bring architectures."""


class UnknownArchitectureError(RtdreamerError):
    """No package that is installed brings an architecture of that name."""


def architecture_names() -> tuple[str, ...]:
    """All that can be asked for: the program's own, then other packages' in alphabetical order.

    Other packages' are not loaded, so some may turn out to be broken.
    """
    others = {entry.name for entry in entry_points(group=GROUP)}
    return (*BUILT_IN, *sorted(others - {*BUILT_IN, *RESERVED, *FORMER_NAMES}))


def current_name(method: str) -> str:
    """What a method is called now, by its name or a former one."""
    return FORMER_NAMES.get(method, method)


def find_architecture(name: str) -> "Architecture":
    """The architecture of this name; the program's own goes first.

    Raises
    ------
    UnknownArchitectureError
        If there is none.
    RtdreamerError
        If a package's cannot be used, which names the package and the reason.
    """
    if name in BUILT_IN:
        module, attribute = BUILT_IN[name].split(":")
        found: Architecture = getattr(importlib.import_module(module), attribute)
        return found
    entries = _entries(name)
    if not entries:
        raise UnknownArchitectureError(
            f"architecture {name!r:.60} is not installed: install the package that brings it, or "
            f"choose from {', '.join(architecture_names())}"
        )
    if len(entries) > 1:
        packages = " and ".join(sorted(map(_package, entries)))
        raise RtdreamerError(
            f"architecture {name!r:.60} is brought by {packages}: remove all but one of them"
        )
    return _loaded(entries[0])


def _entries(name: str) -> tuple[EntryPoint, ...]:
    if name in RESERVED or name in FORMER_NAMES:
        return ()
    return tuple(entry_points(group=GROUP, name=name))


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.module


def _loaded(entry: EntryPoint) -> "Architecture":
    from rtdreamer.model.architecture import Architecture

    try:
        found = entry.load()
        if not isinstance(found, Architecture):
            raise TypeError(f"{entry.value} is {type(found).__name__}, not Architecture")
        if found.name != entry.name:
            raise ValueError(f"{entry.value} calls itself {found.name!r}")
    except (Exception, SystemExit) as error:  # whatever another's code may raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise RtdreamerError(
            f"architecture {entry.name!r:.60} of package {_package(entry)} cannot be used: "
            f"{reason:.300}; mend or remove the package"
        ) from error
    return found


def packages_of(name: str) -> dict[str, str]:
    """Version of the package that brings an architecture, by its name; none for our own."""
    entries = () if name in BUILT_IN else _entries(name)
    return {entry.dist.name: entry.dist.version for entry in entries if entry.dist is not None}


@functools.cache
def foreign_code(name: str) -> str:
    """A hash of the code, in other packages, that an architecture is made of; "" for our own.

    Of all Python files of the package, or of the module, that its entry point names.
    """
    entries = () if name in BUILT_IN else _entries(name)
    total = hashlib.sha256()
    for entry in entries:
        for folder, path in _files(entry.module.split(".")[0]):
            name_of = path.relative_to(folder).as_posix()
            total.update(name_of.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest() if entries else ""


def _files(module: str) -> list[tuple[Path, Path]]:
    """Each Python file of a package or a module, after the folder that it is found in."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        return []
    if spec.submodule_search_locations:
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        return sorted((folder, path) for folder in folders for path in folder.rglob("*.py"))
    alone = Path(spec.origin or "")
    return [(alone.parent, alone)] if alone.is_file() else []
