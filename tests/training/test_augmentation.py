import numpy as np
import torch

from rtdreamer.signal.entropy import differential_entropy
from rtdreamer.training.augmentation import vary_amplitude


def test_nothing_changes_without_a_spread():
    signals, de = torch.randn(3, 14, 50), torch.randn(3, 5, 14)
    same = vary_amplitude(signals, de, 0.0)
    assert torch.equal(same[0], signals)
    assert torch.equal(same[1], de)


def test_entropy_follows_the_signals():
    # Without the change of each band, the change of DE is that of the signals' own DE.
    torch.manual_seed(0)
    signals, de = 50 * torch.randn(4, 14, 300), torch.zeros(4, 5, 14)
    varied, varied_de = vary_amplitude(signals, de, 0.2)
    before, after = (differential_entropy(x.double().numpy()) for x in (signals, varied))
    tilt = varied_de.numpy() - (after - before)[:, None]
    assert np.abs(after - before).max() > 0.1
    np.testing.assert_allclose(tilt, np.broadcast_to(tilt[..., :1], tilt.shape), atol=1e-5)


def test_the_spread_is_that_of_three_changes():
    torch.manual_seed(0)
    _, de = vary_amplitude(torch.zeros(20_000, 2, 1), torch.zeros(20_000, 3, 2), 0.1)
    np.testing.assert_allclose(de.std(dim=0), 0.1 * np.sqrt(3), rtol=0.03)
    np.testing.assert_allclose(de.mean(dim=0), 0, atol=0.01)
