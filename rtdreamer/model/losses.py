"""What a fit by gradient makes small. All scalars, all finite for finite input."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rtdreamer.model.architecture import Output

N_CLASSES = 4
"""Quadrants: class 2·arousal + valence."""


def focal_loss(logits: Tensor, labels: Tensor, alpha: Tensor, gamma: float = 2.0) -> Tensor:
    """Binary focal loss, −α_t (1 − p_t)^γ ln p_t, mean over windows and targets.

    Lin et al., ICCV 2017, equation 5; for labels between 0 and 1, |y − p|^γ times the cross
    entropy: Li et al., Generalized Focal Loss, NeurIPS 2020, equation 4.

    Parameters
    ----------
    logits, labels : Tensor, shape (B, n_targets)
        Labels are from 0 to 1.
    alpha : Tensor, shape (n_targets,)
        Weight of the high class of each target, 0–1; the low class has the rest.
    gamma : float
        How little the easy windows count: 0, or at least 1.
    """
    bce = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")  # (B, n_targets)
    miss = (labels - torch.sigmoid(logits)).abs()  # 1 − p_t of labels 0 and 1, (B, n_targets)
    weight = alpha * labels + (1 - alpha) * (1 - labels)  # (B, n_targets)
    return (weight * miss**gamma * bce).mean()


class TripletCenterLoss(nn.Module):
    """Nearer to the own class's center than to any other, by a margin.

    mean over i of max(D(f_i, c_yi) + m − min over j ≠ yi of D(f_i, c_j), 0), where D is half the
    squared distance and the centers are learned: He et al., CVPR 2018, equation 5.

    Parameters
    ----------
    n_embedding : int
        Size of an embedding.
    margin : float
        m.
    """

    def __init__(self, n_embedding: int, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin
        self.centers = nn.Parameter(0.1 * torch.randn(N_CLASSES, n_embedding))

    def forward(self, embedding: Tensor, classes: Tensor) -> Tensor:
        """(B, n_embedding) and the classes 0–3 of shape (B,) to a scalar."""
        distance = (embedding[:, None] - self.centers).square().sum(dim=-1) / 2  # (B, 4)
        own = F.one_hot(classes, N_CLASSES).bool()  # (B, 4)
        nearest_other = distance.masked_fill(own, torch.inf).amin(dim=-1)  # (B,)
        return F.relu(distance[own] + self.margin - nearest_other).mean()


def recon_loss(recon: Tensor, target: Tensor) -> Tensor:
    """Mean squared error, over the electrodes and not the empty cells between them."""
    return F.mse_loss(recon, target)


def kl_loss(mu: Tensor, logstd: Tensor) -> Tensor:
    """KL divergence of N(mu, e^logstd) from N(0, 1): nats a window, mean over windows.

    Kingma & Welling, ICLR 2014, appendix B.
    """
    return -0.5 * (1 + 2 * logstd - mu.square() - (2 * logstd).exp()).sum(dim=-1).mean()


class Loss(NamedTuple):
    """The total and its parts, each a scalar."""

    total: Tensor
    focal: Tensor
    triplet: Tensor
    recon: Tensor
    kl: Tensor


class AffectLoss(nn.Module):
    """β1 · focal + β2 · triplet + β3 · vae.

    Parameters
    ----------
    n_embedding : int
        Size of an embedding.
    alpha : Tensor, shape (n_targets,)
        The focal loss's weight of the high class of each target.
    beta1, beta2, beta3 : float
        Weights of the parts.
    """

    alpha: Tensor

    def __init__(
        self,
        n_embedding: int,
        alpha: Tensor,
        beta1: float = 0.7,
        beta2: float = 0.2,
        beta3: float = 0.1,
    ) -> None:
        super().__init__()
        self.register_buffer("alpha", alpha)
        self.triplet_center = TripletCenterLoss(n_embedding)
        self.betas = (beta1, beta2, beta3)

    def forward(self, output: Output, labels: Tensor) -> Loss:
        """Weigh an output against (B, n_targets) labels from 0 to 1."""
        high = (labels >= 0.5).long()
        classes = 2 * high[:, 1] + high[:, 0]  # (B,)
        focal = focal_loss(output.logits, labels, self.alpha)
        triplet = self.triplet_center(output.embedding, classes)
        recon = kl = vae = focal.new_zeros(())
        if output.autoencoded is not None:
            target, decoded, mu, logstd = output.autoencoded
            recon, kl = recon_loss(decoded, target), kl_loss(mu, logstd)
            # The evidence bound for one of the values that come back: a sum over 128 latent sizes
            # against a mean over hundreds or thousands of values would leave z nothing to say.
            vae = recon + kl / target[0].numel()
        beta1, beta2, beta3 = self.betas
        return Loss(beta1 * focal + beta2 * triplet + beta3 * vae, focal, triplet, recon, kl)
