"""What a recording must say of a session so that the very same can be computed from it again."""

import hashlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from rtdreamer import __version__
from rtdreamer.errors import RtdreamerError
from rtdreamer.files import reading
from rtdreamer.live.profile_file import profile_from, read_profile_for
from rtdreamer.live.recorder import RecordConfig
from rtdreamer.live.session_writer import FORMAT
from rtdreamer.model.released import DEFAULT_MODEL, find_model, released_models, spec_of
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Profile

_PACKAGES = ("numpy", "scipy", "onnxruntime", "torch")


def record_config(
    folder: Path, subject: str, session: str, *,
    model: str | Path | None, profile: str | None, hop: int, in_torch: bool,
) -> RecordConfig:  # fmt: skip
    """Say where a session is to be recorded that runs a model, with a profile if there is one.

    ``profile`` is what its file holds. No path is in what is recorded, lest it name someone.

    Raises
    ------
    RtdreamerError
        If the model cannot be read.
    """
    _, spec = spec_of(model)
    about = {
        "format": FORMAT,
        "rtdreamer": __version__,
        "versions": {name: metadata.version(name) for name in _PACKAGES},
        **model_facts(model),
        "in_torch": in_torch,
        "hop": hop,
        "profile": profile,
    }
    return RecordConfig(folder, subject, session, spec.headset.ch_names, about)


def model_facts(model: str | Path | None) -> dict[str, Any]:
    """A model's name, and the SHA-256 of its file, by which it is known again."""
    path = find_model(DEFAULT_MODEL if model is None else model)
    with reading(path, "a checkpoint"):
        content = path.read_bytes()
    return {"model": spec_of(model)[0], "model_sha256": hashlib.sha256(content).hexdigest()}


def model_of(about: Mapping[str, Any]) -> str | None:
    """Return the name of the model that a session ran; None if it is not known.

    Raises
    ------
    RtdreamerError
        If it is not one of those that come with the program.
    """
    name = about.get("model")
    if name is not None and name not in released_models():
        raise RtdreamerError(
            f"the session ran the model {name!r:.80}, which does not come with this program: "
            "give its checkpoint with --model"
        )
    return name


def profile_of(
    about: Mapping[str, Any], given: Path | None, name: str, spec: Spec
) -> Profile | None:
    """Return the profile that is given, else the session's if the model can use one, else None.

    Parameters
    ----------
    about : mapping
        What the session was started with.
    given : Path or None
        A profile's file.
    name : str
        The model's.
    spec : Spec
        The model's.

    Raises
    ------
    DataError
        If it is broken, or does not fit the model.
    """
    if given is not None:
        return read_profile_for(name, spec, given)
    text = about.get("profile")
    if text is None or not spec.standardise:
        return None
    return profile_from(text.encode(), spec, "the session's profile")


def differences(
    about: Mapping[str, Any], facts: Mapping[str, Any], hop: int, profile: Path | None
) -> list[str]:
    """Say in words what is not as it was in a session, of what predictions depend on.

    Parameters
    ----------
    about : mapping
        What the session was started with.
    facts : mapping
        Of the model that is used now, as by ``model_facts``.
    hop : int
        Used now.
    profile : Path or None
        What is used now in place of the session's.
    """
    found = []
    if profile is not None and text_of(profile) != about["profile"]:
        found.append("the profile is another one")
    if facts["model_sha256"] != about["model_sha256"]:
        same = "another file of the same name" if facts["model"] == about["model"] else "now"
        found.append(f"the model was {about['model']!r:.80}, is {facts['model']!r:.80} ({same})")
    if hop != about["hop"]:
        found.append(f"the hop was {about['hop']}, is {hop}")
    versions = {"rtdreamer": __version__, **{n: metadata.version(n) for n in _PACKAGES}}
    before = {"rtdreamer": about["rtdreamer"], **about["versions"]}
    found += [
        f"{package} was {before.get(package)}, is {version}"
        for package, version in versions.items()
        if before.get(package) != version
    ]
    return found


def text_of(path: Path) -> str:
    """What a profile's file holds.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    with reading(path, "the file that 'rtdreamer baseline' wrote"):
        return path.read_text("utf-8")
