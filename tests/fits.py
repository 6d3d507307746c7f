"""What the tests of ``fit`` share: a quick fit, and what two networks have in common."""

import torch

from rtdreamer.training.config import TrainingConfig

QUICK = TrainingConfig(epochs=4, patience=4, batch_size=8, lr=3e-3, validation=0.25)


def weights(fitted):
    return fitted.network.state_dict()


def assert_same(a, b):
    """Bit for bit the same network, by the same way."""
    assert list(weights(a)) == list(weights(b))
    assert all(torch.equal(x, weights(b)[key]) for key, x in weights(a).items())
    assert a.epochs == b.epochs
    assert a.validation_subjects == b.validation_subjects
