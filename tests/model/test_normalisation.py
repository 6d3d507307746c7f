import torch

from rtdreamer.model.normalisation import LEAST_SD, LIMIT, Normalisation


def fitted(x):
    normalisation = Normalisation(tuple(x.shape[1:]))
    normalisation.fit(x)
    return normalisation


def test_it_is_fitted_for_each_input_by_itself():
    x = torch.randn(200, 5, 14, generator=torch.Generator().manual_seed(0))
    shift, scale = torch.arange(70.0).view(5, 14), torch.linspace(0.5, 3, 70).view(5, 14)
    normalisation = fitted(scale * x + shift)
    torch.testing.assert_close(normalisation.mean, shift + scale * x.mean(0))
    torch.testing.assert_close(normalisation.sd, scale * x.std(0, correction=0))
    within = (normalisation(scale * x + shift)).clamp(-LIMIT, LIMIT)
    torch.testing.assert_close(within.mean(0), torch.zeros(5, 14), atol=1e-4, rtol=0)
    torch.testing.assert_close(within.std(0, correction=0), torch.ones(5, 14), atol=1e-4, rtol=0)


def test_not_fitted_it_changes_nothing_but_the_extremes():
    x = torch.tensor([[0.5, -2.0, 1e6, -1e6]])
    assert Normalisation((4,))(x).tolist() == [[0.5, -2.0, LIMIT, -LIMIT]]


def test_an_input_that_never_varied_is_not_magnified_without_bound():
    normalisation = fitted(torch.full((10, 3), 7.0))
    assert (normalisation.sd == LEAST_SD).all()
    torch.testing.assert_close(
        normalisation(torch.full((1, 3), 7 + LEAST_SD)), torch.ones(1, 3), atol=1e-4, rtol=0
    )


def test_it_travels_with_the_weights():
    normalisation = fitted(torch.randn(20, 3))
    other = Normalisation((3,))
    other.load_state_dict(normalisation.state_dict())
    x = torch.randn(5, 3)
    assert torch.equal(other(x), normalisation(x))
