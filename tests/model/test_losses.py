import math

import pytest
import torch
from torch.nn import functional as F

from rtdreamer.model.architecture import Autoencoded, Output
from rtdreamer.model.losses import AffectLoss, TripletCenterLoss, focal_loss, kl_loss, recon_loss

HALF = torch.tensor([0.5, 0.5])


def random_batch(n=16, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, 2, generator=rng), torch.randint(0, 2, (n, 2), generator=rng).float()


def test_focal_without_focus_is_half_the_cross_entropy():
    logits, labels = random_batch()
    expected = F.binary_cross_entropy_with_logits(logits, labels) / 2
    torch.testing.assert_close(focal_loss(logits, labels, HALF, gamma=0), expected)


def test_focal_in_closed_form():
    # p = 0.8 for high valence, which is right, and for high arousal, which is wrong.
    logits = torch.full((1, 2), math.log(4))
    labels = torch.tensor([[1.0, 0.0]])
    alpha = torch.tensor([0.25, 0.4])
    right = 0.25 * 0.2**2 * -math.log(0.8)
    wrong = 0.6 * 0.8**2 * -math.log(0.2)
    assert focal_loss(logits, labels, alpha).item() == pytest.approx((right + wrong) / 2, rel=1e-5)


def test_focal_counts_easy_windows_less():
    _, labels = random_batch()
    easy, hard = (4 * labels - 2), -(4 * labels - 2)
    ratios = [
        focal_loss(easy, labels, HALF, g) / focal_loss(hard, labels, HALF, g) for g in (0.0, 2.0)
    ]
    assert ratios[1] < ratios[0] / 10


def test_alpha_weighs_the_high_class():
    logits, labels = torch.zeros(1, 2), torch.tensor([[1.0, 0.0]])
    only_high = focal_loss(logits, labels, torch.tensor([1.0, 1.0]))
    only_low = focal_loss(logits, labels, torch.tensor([0.0, 0.0]))
    torch.testing.assert_close(only_high, only_low)
    assert focal_loss(logits, labels, torch.tensor([0.0, 1.0])) == 0


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("size", [0.0, 1e4])
def test_focal_is_finite_with_its_gradient(gamma, size):
    logits = torch.tensor([[size, -size], [size, -size]], requires_grad=True)
    loss = focal_loss(logits, torch.tensor([[1.0, 0.0], [0.0, 1.0]]), HALF, gamma)
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def old_focal(logits, labels, alpha, gamma):
    """Of labels of 0 and 1, by Lin et al."""
    p = torch.sigmoid(logits.double())
    right = torch.where(labels == 1, p, 1 - p)
    weight = torch.where(labels == 1, alpha, 1 - alpha)
    return (-weight * (1 - right) ** gamma * right.log()).mean().float()


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0, 3.5])
def test_of_hard_labels_focal_is_that_of_its_authors(gamma):
    logits, labels = random_batch()
    alpha = torch.tensor([0.25, 0.6])
    expected = old_focal(3 * logits, labels, alpha, gamma)
    torch.testing.assert_close(focal_loss(3 * logits, labels, alpha, gamma), expected)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("label", [0.05, 0.27, 0.5, 0.73, 0.99])
def test_of_a_soft_label_focal_is_least_where_the_probability_is_it(label, gamma):
    logits = torch.linspace(-6, 6, 2401).double()
    labels = torch.full((1, 2), label).double()
    losses = torch.vmap(lambda x: focal_loss(x.expand(1, 2), labels, HALF, gamma))(logits)
    least = logits[losses.argmin()]
    assert torch.sigmoid(least).item() == pytest.approx(label, abs=2e-3)
    # And it rises all the way, to both sides.
    assert ((losses[1:] - losses[:-1])[logits[1:] < least] <= 0).all()
    assert ((losses[1:] - losses[:-1])[logits[:-1] > least] >= 0).all()


def test_a_soft_label_is_weighed_between_the_classes():
    labels = torch.tensor([[0.25, 0.25]])
    logits = torch.tensor([[0.7, 0.7]])
    p = torch.sigmoid(logits[0, 0]).item()
    cross = -(0.25 * math.log(p) + 0.75 * math.log(1 - p))
    expected = (0.25 * 0.8 + 0.75 * 0.2) * (p - 0.25) ** 2 * cross
    found = focal_loss(logits, labels, torch.tensor([0.8, 0.8]))
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("size", [-1e4, 0.0, 1e4])
@pytest.mark.parametrize("label", [0.0, 0.3, 0.5, 1.0])
def test_of_soft_labels_focal_is_finite_with_its_gradient(label, size, gamma):
    logits = torch.full((2, 2), size, requires_grad=True)
    loss = focal_loss(logits, torch.full((2, 2), label), HALF, gamma)
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def centers_at(*points, margin=1.0):
    loss = TripletCenterLoss(len(points[0]), margin)
    with torch.no_grad():
        loss.centers.copy_(torch.tensor(points))
    return loss


SQUARE = ([0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0])


@pytest.mark.parametrize(
    ("point", "own", "expected"),
    [
        ([0.0, 0.0], 0, 0.0),  # 0 + 1 − 2 is below 0
        ([1.0, 0.0], 0, 1.0),  # ½ + 1 − ½
        ([2.0, 0.0], 0, 3.0),  # 2 + 1 − 0
        ([0.0, 2.0], 2, 1.0),  # 2 + 1 − 2
        ([0.0, 0.0], 3, 11.0),  # 10 + 1 − 0
    ],
)
def test_triplet_center_by_hand(point, own, expected):
    loss = centers_at(*SQUARE)(torch.tensor([point]), torch.tensor([own]))
    assert loss.item() == pytest.approx(expected)


def test_triplet_center_is_a_mean_over_windows():
    loss = centers_at(*SQUARE)(torch.tensor([[1.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 0]))
    assert loss.item() == pytest.approx(2.0)


def test_identical_embeddings_and_centers_cost_the_margin():
    loss = centers_at(*4 * [[1.0, 1.0]], margin=0.7)
    embedding = torch.ones(4, 2, requires_grad=True)
    value = loss(embedding, torch.arange(4))
    value.backward()
    assert value.item() == pytest.approx(0.7)
    assert embedding.grad.isfinite().all()


def test_kl_of_the_prior_is_zero():
    assert kl_loss(torch.zeros(3, 5), torch.zeros(3, 5)) == 0


def test_kl_in_closed_form():
    # KL(N(m, s²) ‖ N(0, 1)) = ½ (s² + m² − 1) − ln s in each of the latent sizes.
    mu, logstd = torch.full((3, 5), 2.0), torch.full((3, 5), math.log(0.5))
    assert kl_loss(mu, logstd).item() == pytest.approx(5 * (0.5 * (0.25 + 4 - 1) + math.log(2)))


def test_recon_is_the_mean_square():
    assert recon_loss(torch.ones(2, 14, 8), torch.full((2, 14, 8), 4.0)) == 9


def some_output():
    torch.manual_seed(0)
    logits, embedding, *autoencoded = (
        torch.randn(shape) for shape in ((4, 2), (4, 6), (4, 14, 8), (4, 14, 8), (4, 3), (4, 3))
    )
    return Output(logits, embedding, Autoencoded(*autoencoded))


def test_the_total_is_the_weighted_sum():
    _, labels = random_batch(4)
    loss = AffectLoss(6, HALF, 0.5, 0.3, 0.2)(some_output(), labels)
    vae = loss.recon + loss.kl / (14 * 8)
    torch.testing.assert_close(loss.total, 0.5 * loss.focal + 0.3 * loss.triplet + 0.2 * vae)


def test_the_autoencoders_parts_are_those_of_its_output():
    output, (_, labels) = some_output(), random_batch(4)
    loss = AffectLoss(6, HALF)(output, labels)
    target, recon, mu, logstd = output.autoencoded
    torch.testing.assert_close(loss.recon, recon_loss(recon, target))
    torch.testing.assert_close(loss.kl, kl_loss(mu, logstd))
    assert loss.recon > 0
    assert loss.kl > 0


def test_without_an_autoencoder_its_part_is_zero_and_the_others_stay():
    output, (_, labels) = some_output(), random_batch(4)
    loss = AffectLoss(6, HALF, 0.5, 0.3, 0.2)
    both, alone = (loss(o, labels) for o in (output, output._replace(autoencoded=None)))
    assert (alone.focal, alone.triplet) == (both.focal, both.triplet)
    assert (alone.recon, alone.kl) == (0, 0)
    torch.testing.assert_close(alone.total, 0.5 * both.focal + 0.3 * both.triplet)


def test_classes_are_the_quadrants():
    output = some_output()
    labels = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    loss = AffectLoss(6, HALF)
    by_hand = loss.triplet_center(output.embedding, torch.arange(4))
    torch.testing.assert_close(loss(output, labels).triplet, by_hand)


def test_soft_labels_belong_to_the_quadrant_of_their_side():
    output, loss = some_output(), AffectLoss(6, HALF)
    hard = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    soft = torch.tensor([[0.27, 0.05], [0.73, 0.27], [0.49, 0.99], [0.5, 0.95]])
    assert torch.equal(loss(output, soft).triplet, loss(output, hard).triplet)


def test_the_total_is_finite_for_large_outputs():
    output = some_output()._replace(
        logits=torch.full((4, 2), 1e4), embedding=torch.full((4, 6), 1e4)
    )
    _, labels = random_batch(4)
    assert all(part.isfinite() for part in AffectLoss(6, HALF)(output, labels))
