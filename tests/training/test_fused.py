"""The compiled blocks against torch's own layers in double precision."""

from __future__ import annotations

import copy
import math
from types import FunctionType

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from reportgen.training.fused import convolve_pool_rectify
from reportgen.training.kernels import compiled

POOL = nn.MaxPool2d(2)


def make_convolution(channels: int, filters: int) -> nn.Conv2d:
    """Return a convolution that has a compiled form."""
    torch.manual_seed(channels * 100 + filters)
    convolution = nn.Conv2d(channels, filters, 3, padding=1)
    return convolution.to(memory_format=torch.channels_last)


def compute(
    convolution: nn.Conv2d, images: Tensor, upstream: Tensor, fused: bool
) -> tuple[Tensor, ...]:
    """Return the block's output and its gradients: by weight, bias and, where asked, images."""
    convolution = copy.deepcopy(convolution).to(images.dtype)
    images = images.clone().requires_grad_(images.shape[1] > 1)
    if fused:
        pooled = convolve_pool_rectify(convolution, POOL, images)
    else:
        pooled = F.relu(POOL(convolution(images)))
    pooled.backward(upstream)
    assert convolution.weight.grad is not None
    assert convolution.bias is not None
    assert convolution.bias.grad is not None
    gradients = (convolution.weight.grad, convolution.bias.grad)
    return (pooled.detach(), *gradients, *(() if images.grad is None else (images.grad,)))


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    count=st.integers(1, 3),
    channels=st.sampled_from((1, 2, 8)),
    filters=st.sampled_from((1, 3, 8, 13)),
    height=st.integers(2, 9),
    width=st.integers(2, 9),
    last=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_block_is_convolution_pooling_and_relu(
    count: int, channels: int, filters: int, height: int, width: int, last: bool, seed: int
) -> None:
    """Output and all gradients agree with the plain layers, computed in double precision."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(count, channels, height, width, generator=generator)
    upstream = torch.randn(count, filters, height // 2, width // 2, generator=generator)
    if last:
        images = images.to(memory_format=torch.channels_last)
        upstream = upstream.to(memory_format=torch.channels_last)
    convolution = make_convolution(channels, filters)
    found = compute(convolution, images, upstream, fused=True)
    expected = compute(convolution, images.double(), upstream.double(), fused=False)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs.float(), rtol=1e-4, atol=1e-5)


def test_ties_go_to_the_first_position() -> None:
    """Where all of a window is equal, the gradient takes the way that torch gives it."""
    images = torch.ones(1, 2, 8, 8)
    # Looks at one pixel alone, so that every window inside is a tie; the pixels differ.
    convolution = make_convolution(2, 1)
    with torch.no_grad():
        convolution.weight.zero_()[0, 0, 1, 1] = 1.0
    upstream = torch.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    for ours, theirs in zip(
        compute(convolution, images, upstream, fused=True),
        compute(convolution, images, upstream, fused=False),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("reduced", [False, True])
@pytest.mark.parametrize("number", [math.nan, -math.nan])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_not_a_number_is_not_hidden(channels: int, number: float, reduced: bool) -> None:
    """A weight that is lost shows in the output, so that a diverged run is noticed."""
    convolution = make_convolution(channels, 3)
    with torch.no_grad():
        convolution.weight[1] = number
    with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
        pooled = convolve_pool_rectify(convolution, POOL, torch.rand(2, channels, 6, 6))
    assert pooled[:, 1].isnan().all()
    assert not pooled[:, (0, 2)].isnan().any()


def test_watched_layers_are_called() -> None:
    """Where somebody listens to a layer it runs, as the layer table needs it."""
    convolution, pool = make_convolution(1, 3), nn.MaxPool2d(2)
    called: list[str] = []
    pool.register_forward_hook(lambda *_: called.append("pool"))
    convolve_pool_rectify(convolution, pool, torch.rand(1, 1, 6, 6))
    assert called == ["pool"]


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(4, 8, 5, padding=2),
        nn.Conv2d(4, 8, 3, padding=1, groups=2),
        nn.Conv2d(4, 8, 3, padding=1, bias=False),
        nn.Conv2d(4, 8, 3, padding=1, padding_mode="reflect"),
    ],
    ids=["wide", "groups", "without bias", "reflecting"],
)
def test_other_convolutions_take_the_plain_way(convolution: nn.Conv2d) -> None:
    """What has no compiled form gives the same bits as the plain layers."""
    images = torch.rand(2, 4, 8, 8)
    plain = F.relu(POOL(convolution(images)))
    assert torch.equal(convolve_pool_rectify(convolution, POOL, images), plain)


def test_reduced_precision_convolves_in_bfloat16() -> None:
    """Under autocast a later block rounds the factors of its convolution to bfloat16."""
    convolution = make_convolution(4, 8)
    images = torch.rand(2, 4, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        pooled = convolve_pool_rectify(convolution, POOL, images)
        rounded = convolution(images).float()
    assert torch.equal(pooled, F.relu(POOL(rounded)))
    assert not torch.equal(pooled, convolve_pool_rectify(convolution, POOL, images))


def test_reduced_precision_goes_back_in_float32() -> None:
    """Where bfloat16 rounds nothing in the forward pass, the gradients are those of float32."""
    convolution = make_convolution(4, 8)
    with torch.no_grad():
        for weights in convolution.parameters():
            weights.copy_(torch.randint(-1, 2, weights.shape))
    images, upstream = torch.randint(2, (2, 4, 8, 8)).float(), torch.rand(2, 8, 4, 4)
    exact = compute(convolution, images, upstream, fused=True)
    with torch.autocast("cpu", torch.bfloat16):
        reduced = compute(convolution, images, upstream, fused=True)
    assert all(map(torch.equal, exact, reduced))


def test_images_too_small_to_pool_are_refused() -> None:
    """An image of one row is an error, not an empty result."""
    with pytest.raises(RuntimeError, match="too small"):
        convolve_pool_rectify(make_convolution(1, 3), POOL, torch.rand(2, 1, 1, 6))


def test_kernels_compile_where_nothing_can_be_cached() -> None:
    """A function without a file has no place for a cache; it is compiled all the same."""
    source = compile("def double(x):\n    return 2 * x\n", "<nowhere>", "exec")
    namespace: dict[str, FunctionType] = {}
    exec(source, namespace)
    assert compiled(namespace["double"])(np.float32(1.5)) == 3.0
