"""Notebook 21: PCA and angles, four kinds of upsampling, decibels, noise, the variational parts."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import subspace_angles
from skimage.metrics import peak_signal_noise_ratio
from sklearn.decomposition import PCA
from torch import nn
from torch.distributions import Normal, kl_divergence

from tests.lesson import definitions

NAMES = (
    "F", "Denoiser", "Variational", "add_noise", "apply", "axes_of", "bed_of_nails", "conv_pair",
    "dense_decoder", "dense_encoder", "dense_pair", "errors_of", "kl_to_standard", "linear_loss",
    "mse", "nearest", "noisy", "principal_angles", "psnr", "stamp", "strays", "to_nearest",
    "variational_loss",
)  # fmt: skip


@pytest.fixture(scope="module")
def lesson():
    return definitions("21_autoencoders", *NAMES)


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def images():
    """Images with a few strong directions."""
    parts = torch.rand(6, 784, generator=generator(0))
    shares = torch.rand(90, 6, generator=generator(1))
    noise = 0.02 * torch.randn(90, 784, generator=generator(2))
    return (shares @ parts / 3 + noise).reshape(90, 1, 28, 28)


def test_axes_are_those_of_scikit_learn(lesson, images):
    flat = images.flatten(1)
    mean, variances, vectors = lesson.axes_of(flat)
    theirs = PCA(n_components=5).fit(flat.double().numpy())
    np.testing.assert_allclose(mean, theirs.mean_, atol=1e-9)
    np.testing.assert_allclose(variances[:5] * 90 / 89, theirs.explained_variance_, rtol=1e-6)
    cosines = (vectors[:, :5].T.numpy() * theirs.components_).sum(axis=1)
    np.testing.assert_allclose(abs(cosines), 1, atol=1e-6)
    assert variances.diff().max() <= 0


@settings(deadline=None)
@given(seed=st.integers(0, 999), k=st.integers(1, 5))
def test_linear_loss_is_the_mean_over_the_images(lesson, seed, k):
    points = torch.randn(40, 12, dtype=torch.float64, generator=generator(seed))
    points -= points.mean(dim=0)
    encoder = torch.randn(k, 12, dtype=torch.float64, generator=generator(seed + 1))
    decoder = torch.randn(12, k, dtype=torch.float64, generator=generator(seed + 2))
    lesson.linear_loss.__globals__["C"] = points.T @ points / 40
    direct = (points - points @ encoder.T @ decoder.T).square().sum(dim=1).mean()
    torch.testing.assert_close(lesson.linear_loss(encoder, decoder), direct)


@settings(deadline=None)
@given(seed=st.integers(0, 999), k=st.integers(1, 6))
def test_principal_angles_are_scipys(lesson, seed, k):
    a, b = torch.randn(2, 9, k, dtype=torch.float64, generator=generator(seed))
    mine = lesson.principal_angles(a, b).numpy()
    np.testing.assert_allclose(mine, np.rad2deg(subspace_angles(a, b))[::-1], atol=1e-4)
    mixed = a @ torch.randn(k, k, dtype=torch.float64, generator=generator(seed + 1))
    assert lesson.principal_angles(a, mixed).max() < 1e-3


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_growing_without_weights(lesson, factor):
    x = torch.randn(2, 3, 4, 5, generator=generator(0))
    grown = lesson.nearest(x, factor)
    assert torch.equal(grown, nn.Upsample(scale_factor=factor)(x))
    nails = lesson.bed_of_nails(x, factor)
    assert nails.shape == grown.shape
    assert torch.equal(nails[..., ::factor, ::factor], x)
    assert nails.count_nonzero() == x.numel()


@settings(max_examples=60, deadline=None)
@given(
    side=st.integers(1, 5), stride=st.integers(1, 4), padding=st.integers(0, 2),
    height=st.integers(3, 6), width=st.integers(3, 6),
)  # fmt: skip
def test_stamps_are_pytorchs_layer(lesson, side, stride, padding, height, width):
    x = torch.randn(2, 3, height, width, dtype=torch.float64, generator=generator(0))
    kernel = torch.randn(3, 4, side, side, dtype=torch.float64, generator=generator(1))
    if min((size - 1) * stride + side for size in (height, width)) <= 2 * padding:
        return
    theirs = nn.functional.conv_transpose2d(x, kernel, stride=stride, padding=padding)
    torch.testing.assert_close(lesson.stamp(x, kernel, stride, padding), theirs)


def test_stamps_have_the_gradient_of_a_convolution(lesson):
    kernel = torch.randn(5, 2, 4, 4, dtype=torch.float64, generator=generator(0))
    small = torch.randn(1, 5, 4, 4, dtype=torch.float64, generator=generator(1))
    large = torch.zeros(1, 2, 8, 8, dtype=torch.float64, requires_grad=True)
    nn.functional.conv2d(large, kernel, stride=2, padding=1).backward(small)
    torch.testing.assert_close(large.grad, lesson.stamp(small, kernel, 2, 1))


def test_decibels_are_scikit_images(lesson, images):
    other = images + 0.1 * torch.randn(images.shape, generator=generator(4))
    found = lesson.psnr(images, other)
    assert found.shape == (90,)
    for k in range(5):
        theirs = peak_signal_noise_ratio(images[k].numpy(), other[k].numpy(), data_range=1)
        assert found[k].item() == pytest.approx(theirs, rel=1e-5)


def test_noise_has_its_strength_and_its_seed(lesson):
    still = torch.full((200, 1, 28, 28), 0.5)
    once, again, other = (lesson.noisy(still, 0.3, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    assert (once - still).std().item() == pytest.approx(0.3, rel=0.02)
    torch.manual_seed(0)
    spreads = (lesson.add_noise(still) - still).flatten(1).std(dim=1)
    assert spreads.min() > 0.04
    assert spreads.max() < 0.49
    assert spreads.max() - spreads.min() > 0.3


def test_kl_is_that_of_torch_distributions(lesson):
    mu, log_variance = torch.randn(2, 7, 3, dtype=torch.float64, generator=generator(0))
    normal = Normal(mu, log_variance.exp().sqrt())
    theirs = kl_divergence(normal, Normal(torch.zeros(3).double(), torch.ones(3).double()))
    torch.testing.assert_close(lesson.kl_to_standard(mu, log_variance), theirs.sum(dim=1))


def test_variational_network_draws_from_its_cloud(lesson):
    torch.manual_seed(0)
    network = lesson.Variational().eval()
    network.decoder = nn.Identity()
    image = torch.rand(1, 1, 28, 28).expand(20_000, 1, 28, 28)
    codes, mu, log_variance = network(image)
    torch.testing.assert_close(codes.mean(dim=0), mu[0], atol=0.05, rtol=0)
    torch.testing.assert_close(codes.std(dim=0), (log_variance[0] / 2).exp(), atol=0.05, rtol=0)


def test_variational_loss_by_hand(lesson):
    images = torch.zeros(2, 1, 28, 28)
    drawn = images.clone()
    drawn[0, 0, 0, 0] = 0.4  # 0.16 / (2 · 0.04) = 2
    mu, log_variance = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.zeros(2, 2)  # KL ½ and 0
    loss = lesson.variational_loss((drawn, mu, log_variance), images)
    torch.testing.assert_close(loss, torch.tensor(1.25))


def test_variational_loss_is_a_likelihood_and_bounds_the_evidence(lesson):
    """A decoder that draws A z, so that ln p(x) of an image is that of one normal distribution."""
    directions = torch.randn(784, 2, generator=generator(0)) / 60
    covariance = directions @ directions.T + 0.04 * torch.eye(784)
    evidence = torch.distributions.MultivariateNormal(torch.zeros(784), covariance)
    x = evidence.sample()
    spread = torch.linalg.inv(torch.eye(2) + directions.T @ directions / 0.04)
    mean = spread @ directions.T @ x / 0.04  # of the codes that belong to x
    bounds = []
    for move in (0, 1):
        mu, log_variance = (mean + move).expand(4000, 2), spread.diagonal().log().expand(4000, 2)
        z = mu + (log_variance / 2).exp() * torch.randn(4000, 2, generator=generator(1))
        drawn = (z @ directions.T).reshape(-1, 1, 28, 28)
        images = x.reshape(1, 1, 28, 28).expand_as(drawn)
        loss = lesson.variational_loss((drawn, mu, log_variance), images)
        bounds.append(-loss - 784 * np.log(0.2 * np.sqrt(2 * np.pi)))
    best, moved = bounds
    assert moved + 0.5 < best < evidence.log_prob(x) + 0.1
    assert best > evidence.log_prob(x) - 0.5


def test_strays_lie_further_than_the_true_ones(lesson):
    known = torch.randn(300, 1, 28, 28, generator=generator(0))
    true = known[:100] + 0.1 * torch.randn(100, 1, 28, 28, generator=generator(1))
    away = lesson.to_nearest(true, known)
    np.testing.assert_allclose(away, (true - known[:100]).square().mean(dim=(1, 2, 3)), rtol=0.02)
    lesson.strays.__globals__["to_nearest"] = lesson.to_nearest
    assert lesson.strays(true, true, known) == pytest.approx(0.01)
    mixed = torch.cat([known[:30], -known[:10]])
    assert lesson.strays(mixed, true, known) == pytest.approx(0.25)


@pytest.mark.parametrize("k", [2, 8])
def test_pairs_have_a_bottleneck_and_give_images_back(lesson, k):
    for make in (lesson.dense_pair, lesson.conv_pair):
        torch.manual_seed(0)
        encoder, decoder = make(k)
        codes = encoder(torch.rand(4, 1, 28, 28))
        assert codes.shape == (4, k)
        assert decoder(codes).shape == (4, 1, 28, 28)
        decoder(codes).square().sum().backward()
        weights = [*encoder.parameters(), *decoder.parameters()]
        assert all(weight.grad is not None for weight in weights)


def test_denoiser_keeps_the_shape_and_sees_its_input_last(lesson):
    torch.manual_seed(0)
    network = lesson.Denoiser().eval()
    x = torch.rand(3, 1, 28, 28)
    before = network(x)
    assert before.shape == x.shape
    for layer in network.decoder:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
    assert not torch.allclose(network(x), network(x.flip(0)))  # the noisy image is joined on


def test_errors_of_images(lesson):
    images = torch.zeros(3, 1, 28, 28)
    images[1] = 0.5
    errors = lesson.errors_of(lambda part: torch.zeros_like(part), images)
    np.testing.assert_allclose(errors, [0, 0.25, 0])
    assert lesson.mse(images, torch.zeros_like(images)) == pytest.approx(0.25 / 3)
