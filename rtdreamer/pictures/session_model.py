"""What is known of the model that answered in a recorded session."""

import hashlib
from dataclasses import dataclass

from rtdreamer.data.session import Session
from rtdreamer.errors import RtdreamerError
from rtdreamer.model.compiled import read_facts
from rtdreamer.model.released import find_model, released_models
from rtdreamer.model.trained_model import trained_on


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model in words.

    Attributes
    ----------
    simulated : bool
        Whether it was trained on simulated people.
    base_rate : tuple of two floats or None
        Share of high windows of valence and arousal in its training; None where it is not known.
    facts : tuple of pairs of str
        What each is, and what there is to say of it.
    """

    simulated: bool
    base_rate: tuple[float, float] | None
    facts: tuple[tuple[str, str], ...]


def model_card(session: Session, model: str | None) -> ModelCard | None:
    """Describe the model of a session by its checkpoint, where that is at hand.

    Parameters
    ----------
    session : Session
        What was recorded.
    model : str or None
        The checkpoint's path; else the released model of the session's name is looked at.

    Returns
    -------
    ModelCard or None
        None without verdicts.

    Raises
    ------
    RtdreamerError
        If the checkpoint that is given cannot be read.
    """
    if session.verdicts is None:
        return None
    name, recorded = session.verdicts.model, session.about.get("model_sha256")
    facts = [("model", name or "the recording does not tell")]
    if recorded:
        facts.append(("SHA-256 of its file", str(recorded)))
    if model is None and name not in released_models():
        facts.append(("what it was trained on", "not known here: name its checkpoint with --model"))
        return ModelCard(session.verdicts.simulated, None, tuple(facts))
    path = find_model(model or name)
    known = read_facts(path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if recorded and recorded != found:
        if model is not None:
            raise RtdreamerError(
                f"{model}: is not the model of the session: its SHA-256 begins with {found[:12]}, "
                f"the session's with {str(recorded)[:12]}"
            )
        facts.append(("what it was trained on", "not known: this version's file is another one"))
        return ModelCard(session.verdicts.simulated, None, tuple(facts))
    record, spec = known["record"], known["spec"]
    facts += [
        ("architecture", str(known["architecture"])),
        ("what it was trained on", f"{trained_on(record.simulated)}: {record.data}"),
        ("people it learned from", str(len(record.subjects))),
        ("base rate", "valence {:.2f}, arousal {:.2f}".format(*record.base_rate)),
        ("window", f"{spec.n_times / spec.sfreq:g} s"),
        ("relative to a person's baseline", "yes" if spec.standardise else "no"),
    ]
    simulated = session.verdicts.simulated or record.simulated
    return ModelCard(simulated, record.base_rate, tuple(facts))
