"""What every architecture must keep, as checks that anyone can run on their own.

``check_architecture(MINE)`` returns if all is well, and raises ``ContractError`` at the first thing
that is not. The package that brings the architecture must be installed, since its files are read
back through the registry.
"""

import functools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rtdreamer.decoding import decode, encode
from rtdreamer.errors import RtdreamerError
from rtdreamer.model.architecture import Architecture, Module, Output, Tensors, inputs_for
from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.losses import AffectLoss
from rtdreamer.model.trained_model import Calibration, TrainingRecord
from rtdreamer.prediction import Affect
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Inputs, Profile, network_inputs

N_WINDOWS = 8
"""Two of each quadrant."""

TOLERANCE = 1e-4
"""By how much logits may differ: a batch may be summed in another order than one window."""

EXCLUDED = (0, 5, 6, 7, 11, 12, 13)
"""As many channels as may be unknown live."""


class ContractError(RtdreamerError):
    """An architecture breaks a rule that all must keep; the message says which."""


def check_architecture(architecture: Architecture) -> None:
    """Put an architecture through all checks.

    Parameters
    ----------
    architecture : Architecture
        Known to the registry by its name.

    Raises
    ------
    ContractError
        If it breaks a rule.
    RtdreamerError
        If it needs a package that is not installed, or a checkpoint of it cannot be read back.
    """
    architecture.check_installed()
    with torch.random.fork_rng(devices=[]):
        check_config(architecture)
        for n_targets in (2, 3):
            check_shapes(architecture, n_targets)
        check_answers(architecture)
        check_state(architecture)
        check_varied(architecture)
        if not architecture.is_linear:
            check_gradient(architecture)
        check_saved(architecture)


def check_config(architecture: Architecture) -> None:
    """The configuration survives JSON."""
    config = architecture.configure(_spec(architecture))
    values = encode(config)
    _require("architecture" not in values, "its configuration has a field called architecture")
    _require(
        decode(architecture.config, values, "configuration") == config,
        "its configuration is not the same again from JSON",
    )


def check_shapes(architecture: Architecture, n_targets: int) -> None:
    """What it takes is there, and what it gives has the shapes that are asked for."""
    module, inputs = _made(architecture, n_targets)
    output = module(*inputs)
    _require(isinstance(output, Output), f"forward gives {type(output).__name__}, not Output")
    for what, found, size in (
        ("logits", output.logits, n_targets),
        ("predictions", module.predict(*inputs), n_targets),
        ("embedding", output.embedding, module.n_embedding),
    ):
        _require(
            tuple(found.shape) == (N_WINDOWS, size),
            f"its {what} have shape {tuple(found.shape)}, not {(N_WINDOWS, size)}",
        )
    if architecture.is_linear:
        weights = tuple(module.linear.weight.shape)
        expected = n_targets, module.n_embedding
        _require(weights == expected, f"linear has weights of {weights}, not {expected}")


def check_answers(architecture: Architecture) -> None:
    """In evaluation mode a window has one answer, finite, alone or not, known in all or not."""
    module, inputs = _made(architecture)
    spec = _spec(architecture)
    with torch.inference_mode():
        first, again = module.predict(*inputs), module.predict(*inputs)
        alone = [module.predict(*(x[k : k + 1] for x in inputs)) for k in range(N_WINDOWS)]
        logits = module(*inputs).logits
        if spec.standardise:  # else live excludes no channel, for there is no baseline
            unknown = module.predict(*inputs_for(module, _stacked(spec, EXCLUDED)))
            finite = bool(unknown.isfinite().all())
            _require(finite, "with channels unknown, not every answer is finite")
    _require(bool(first.isfinite().all()), "not every answer is finite")
    _require(torch.equal(first, again), "the same windows have another answer the second time")
    for what, other in (("alone", torch.cat(alone)), ("by forward", logits)):
        _require(
            torch.allclose(first, other, atol=TOLERANCE), f"{what}, a window has another answer"
        )


def check_state(architecture: Architecture) -> None:
    """All that is saved is float32, and all that is learned is saved."""
    module, _ = _made(architecture)
    state = module.state_dict()
    for name, value in state.items():
        _require(value.dtype == torch.float32, f"{name} is {value.dtype}, not float32")
    for name, _ in module.named_parameters():
        _require(name in state, f"{name} is learned and not saved")


def check_varied(architecture: Architecture) -> None:
    """What varies inputs keeps their shapes, and leaves those it was given as they are."""
    if architecture.vary is None:
        return
    _, inputs = _made(architecture)
    before = [x.clone() for x in inputs]
    varied = architecture.vary(_spec(architecture), 0.1)(*inputs)
    _require([x.shape for x in varied] == [x.shape for x in before], "vary changes shapes")
    _require(all(map(torch.equal, inputs, before)), "vary changes what it is given")


def check_gradient(architecture: Architecture) -> None:
    """The gradient of the total loss reaches every parameter, and is finite."""
    module, inputs = _made(architecture)
    module.train()
    loss = AffectLoss(module.n_embedding, torch.tensor([0.5, 0.5]))
    labels = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]).repeat(N_WINDOWS // 4, 1)
    loss(module(*inputs), labels).total.backward()
    for name, parameter in module.named_parameters():
        reached = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
        _require(reached, f"no gradient reaches {name}")
        _require(bool(parameter.grad.isfinite().all()), f"the gradient of {name} is not finite")  # type: ignore[union-attr]


def check_saved(architecture: Architecture) -> None:
    """Saved, loaded and run live, it gives the same answers, bit for bit."""
    module, _ = _made(architecture)
    spec, windows = _spec(architecture), list(_windows())
    profile = _profile(windows, spec)
    record = TrainingRecord("nobody", "nobody", True, (), (), 3.0, (0.5, 0.5), 0, 0, 0)
    state = {name: value.clone() for name, value in module.state_dict().items()}
    checkpoint = Checkpoint(
        name="contract",
        architecture=architecture.name,
        config=architecture.configure(spec),
        spec=spec,
        weights=state,
        calibration=Calibration(),
        calibration_over_time=Calibration(),
        average=profile,
        record=record,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contract.safetensors"
        save_checkpoint(path, checkpoint)
        loaded = load_checkpoint(path)
    _require(loaded.config == checkpoint.config, "its configuration is another one in the file")
    classifiers = [Classifier(made, profile) for made in (checkpoint, loaded)]
    for number, window in enumerate(windows, start=1):
        by_hand = inputs_for(module, _inputs([window], profile, spec))
        with torch.inference_mode():
            logits: Tensor = module.predict(*by_hand)
        expected = Affect(*Calibration().apply(logits)[0].tolist())
        for classifier in classifiers:
            found, _ = classifier.classify(window, number * spec.n_times)
            _require(found == expected, f"live it answers {found}, by hand {expected}")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ContractError(otherwise)


def _spec(architecture: Architecture) -> Spec:
    """The spec of the windows that it takes by default."""
    return Spec(standardise=architecture.standardise is not False)


@functools.cache
def _windows() -> tuple[Features, ...]:
    """Noise like EEG: the same every time."""
    rng, spec = np.random.default_rng(0), Spec()
    shape = len(spec.ch_names), spec.n_times
    gains = (rng.uniform(5, 20, (shape[0], 1)) for _ in range(N_WINDOWS))
    return tuple(extract(gain * rng.normal(size=shape), spec) for gain in gains)


def _profile(windows: list[Features], spec: Spec) -> Profile | None:
    """The profile of some of them alone, lest every mean be 0, and what forgets it look right."""
    return Profile.of(windows[:2], 20.0) if spec.standardise else None


def _inputs(windows: list[Features], profile: Profile | None, spec: Spec) -> Inputs:
    of_each = (
        network_inputs(w.de, w.edge_weight, w.spectrum, profile, w.covariance, w.signals, spec)
        for w in windows
    )
    return Inputs(*map(np.stack, zip(*of_each, strict=True)))


def _stacked(spec: Spec, excluded: tuple[int, ...] = ()) -> Inputs:
    windows = list(_windows())
    profile = _profile(windows, spec)
    return _inputs([window.without(excluded) for window in windows], profile, spec)


def _made(architecture: Architecture, n_targets: int = 2) -> tuple[Module, Tensors]:
    """A module with random weights, prepared, in evaluation mode; and what it takes."""
    torch.manual_seed(0)
    spec = _spec(architecture)
    module: Any = architecture.build(architecture.configure(spec), n_targets)
    _require(isinstance(module, Module), f"build gives {type(module).__name__}, not a Module")
    for name in module.takes:
        known = ", ".join(Inputs._fields)
        _require(name in Inputs._fields, f"it takes {name!r:.60}, and there are {known}")
    inputs = inputs_for(module, _stacked(spec))
    module.prepare(*inputs)
    return module.eval(), inputs
