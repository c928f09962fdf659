"""Maps of what networks look at: captum against gradients by hand, and the tests of the maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from reportgen.execution.attribution import (
    attribute,
    correlate_ranks,
    find_background,
    measure,
    rank_pixels,
    show,
)
from reportgen.training.architectures import ConvolutionalNetwork
from reportgen.training.loop import Training, normalize
from tests.support.training import begin, make_spec

SHAPES = {"cnn": (3, 8, 10), "mlp": (1, 7, 7)}
OPTIONS: dict[str, dict[str, Any]] = {"cnn": {"channels": [4, 5], "hidden": [6]}, "mlp": {}}
SETTINGS = {"path": 50, "steps": 5, "seed": 3}


def network(name: str, seed: int = 0) -> Training:
    """Return an untrained network, of colour images where it convolves."""
    return begin(
        make_spec(reference=name, input_shape=SHAPES[name], options=OPTIONS[name], seed=seed)
    )


def draw_images(name: str, count: int = 4) -> np.ndarray:
    """Return random images on a background of a level of its own in each channel."""
    images = np.random.default_rng(1).integers(0, 256, (count, *SHAPES[name]), dtype=np.uint8)
    for channel in range(images.shape[1]):
        images[:, channel, [0, -1]] = images[:, channel, :, [0, -1]] = 30 * channel
    return images


def inputs_of(training: Training, images: np.ndarray) -> torch.Tensor:
    """Return what the network is given."""
    return normalize(training, torch.from_numpy(np.ascontiguousarray(images)))


def gradient_at(training: Training, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the gradient of each target's logit."""
    inputs = inputs.detach().clone().requires_grad_()
    chosen = training.model(inputs).gather(1, targets[:, None]).sum()
    return torch.autograd.grad(chosen, inputs)[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_maps_are_those_computed_by_hand(name: str) -> None:
    """The gradient; integrated gradients, which also add up to the difference of the logits."""
    training, images = network(name), draw_images(name)
    training.model.eval()
    targets = torch.tensor([0, 1, 2, 3])
    background = find_background(images)
    maps = attribute(training, images, background, targets, path=200)

    inputs = inputs_of(training, images)
    empty = inputs_of(training, np.broadcast_to(background, images.shape))
    expected = gradient_at(training, inputs, targets).abs().amax(1)
    np.testing.assert_allclose(maps["gradient"], expected, rtol=1e-4, atol=1e-7)

    points = (torch.arange(400) + 0.5) / 400
    steps = [gradient_at(training, empty + at * (inputs - empty), targets) for at in points]
    integrated = (torch.stack(steps).mean(0) * (inputs - empty)).sum(1)
    np.testing.assert_allclose(maps["integrated"], integrated, atol=2e-3)
    with torch.no_grad():
        logits = training.model(inputs) - training.model(empty)
    difference = logits.gather(1, targets[:, None])[:, 0]
    np.testing.assert_allclose(maps["integrated"].sum((1, 2)), difference, atol=5e-3)
    assert ("gradcam" in maps) == (name == "cnn")


def test_grad_cam_weighs_the_last_features_by_their_mean_gradient() -> None:
    """As Selvaraju et al. 2017 define it, from the rectified and pooled features."""
    training, images = network("cnn"), draw_images("cnn")
    model = training.model.eval()
    assert isinstance(model, ConvolutionalNetwork)
    targets = torch.tensor([3, 2, 1, 0])
    maps = attribute(training, images, find_background(images), targets, path=10)

    features = model.blocks(inputs_of(training, images)).detach().requires_grad_()
    hidden = features.flatten(1)
    for layer in model.hidden:
        hidden = F.relu(layer(hidden))
    chosen = model.output(hidden).gather(1, targets[:, None]).sum()
    weights = torch.autograd.grad(chosen, features)[0].mean((2, 3), keepdim=True)
    cam = F.relu((weights * features).sum(1, keepdim=True)).detach()
    expected = F.interpolate(cam, images.shape[2:], mode="bilinear", align_corners=False)[:, 0]
    assert expected.max() > 0
    np.testing.assert_allclose(maps["gradcam"], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_curves_are_those_of_pixels_changed_one_by_one(name: str) -> None:
    """Deletion and insertion in each order, and at random, one image and one pixel at a time."""
    trained, untrained, images = network(name), network(name, seed=9), draw_images(name)
    positions = np.array([5, 0, 8, 2], dtype=np.int32)
    found = measure(trained, untrained, images, positions, SETTINGS)
    background = find_background(images)
    with torch.no_grad():
        targets = trained.model.eval()(inputs_of(trained, images)).argmax(1)
    maps = attribute(trained, images, background, targets, SETTINGS["path"])
    contrast = np.abs(images.astype(float) - background).max(axis=1)
    orders = [*maps.values(), contrast, np.zeros_like(contrast)]

    assert found["curves"].shape == (len(orders), 2, len(images), 6)
    for order, values in enumerate(orders):
        ranks = rank_pixels(values.astype(np.float32), positions, SETTINGS["seed"])
        for place, image in enumerate(images):
            deleted, inserted = image.copy(), np.empty_like(image)
            inserted[:] = background[place]
            order_of_pixels = np.argsort(ranks[place])
            pixels, done = len(order_of_pixels), 0
            for step in range(6):
                for pixel in order_of_pixels[done : round(step / 5 * pixels)]:
                    at = np.unravel_index(pixel, image.shape[1:])
                    deleted[:, at[0], at[1]] = background[place, :, 0, 0]
                    inserted[:, at[0], at[1]] = image[:, at[0], at[1]]
                done = round(step / 5 * pixels)
                with torch.no_grad():
                    logits = trained.model(inputs_of(trained, np.stack([deleted, inserted])))
                expected = 255 * logits.softmax(1)[:, targets[place]].numpy()
                np.testing.assert_allclose(
                    found["curves"][order, :, place, step], expected, atol=0.51
                )


def test_weights_drawn_anew_are_those_of_the_other_network() -> None:
    """The rank correlation is SciPy's; a network resembles itself wholly."""
    trained, untrained, images = network("mlp"), network("mlp", seed=9), draw_images("mlp")
    positions = np.arange(4, dtype=np.int32)
    found = measure(trained, untrained, images, positions, SETTINGS)["resemblance"]
    with torch.no_grad():
        targets = trained.model.eval()(inputs_of(trained, images)).argmax(1)
    background = find_background(images)
    maps, again = (
        attribute(each, images, background, targets, SETTINGS["path"])
        for each in (trained, untrained)
    )
    foreground = (images != background).any(axis=1)
    for order, name in enumerate(maps):
        for place in range(4):
            for kind, chosen in enumerate((np.ones((7, 7), dtype=bool), foreground[place])):
                pair = [np.abs(each[name][place])[chosen] for each in (maps, again)]
                expected = 127 * (1 + spearmanr(*pair).statistic)
                assert found[kind, order, place] == pytest.approx(expected, abs=0.51)
    same = measure(trained, trained, images, positions, SETTINGS)["resemblance"]
    assert (same == 254).all()


@given(
    arrays(np.float32, (2, 3, 4), elements=st.sampled_from([0.0, -1.0, 0.5, 2.0])),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=30)
def test_orders_begin_with_the_largest_value(maps: np.ndarray, seed: int) -> None:
    """Each is an order of all pixels; equal ones are in an order that the position decides."""
    positions = np.array([7, 7], dtype=np.int32)
    ranks = rank_pixels(maps, positions, seed)
    for each, own in zip(maps.reshape(2, -1), ranks, strict=True):
        assert sorted(own) == list(range(12))
        assert (np.diff(each[np.argsort(own)]) <= 0).all()
    flat = rank_pixels(np.zeros_like(maps), positions, seed)
    np.testing.assert_array_equal(flat[0], flat[1])


@given(arrays(np.float32, (3, 2, 5, 4), elements=st.floats(-2, 2, width=16)))
@settings(max_examples=50)
def test_rank_correlations_are_those_of_scipy(drawn: np.ndarray) -> None:
    """Of sizes, so that the sign does not count; 0 where all are equal, or there is no pixel."""
    one, other, among = drawn[0], drawn[1], drawn[2] > 0
    for place, found in enumerate(correlate_ranks(one, -other, among)):
        pair = [np.abs(each[place])[among[place]] for each in (one, other)]
        varied = all(len(np.unique(each)) > 1 for each in pair)
        expected = spearmanr(*pair).statistic if varied else 0.0
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_what_is_shown(name: str) -> None:
    """Maps scaled by their largest value; the units or filters with the largest weights."""
    training, images = network(name), draw_images(name)
    found = show(training, images, SETTINGS)
    with torch.no_grad():
        targets = training.model.eval()(inputs_of(training, images)).argmax(1)
    maps = attribute(training, images, find_background(images), targets, SETTINGS["path"])

    np.testing.assert_array_equal(found["images"], images)
    for coded, each in zip(found["maps"], maps.values(), strict=True):
        scale = np.abs(each).max(axis=(1, 2), keepdims=True)
        expected = np.divide(each, scale, out=np.zeros_like(each), where=scale > 0)
        np.testing.assert_allclose((coded.astype(float) - 128) / 127, expected, atol=0.005)
    weights = next(training.model.parameters()).detach()
    if name == "cnn":
        assert found["filters"].shape == (4, 3, 3)
        with torch.no_grad():
            first = inputs_of(training, images[:1])
            bias = list(training.model.parameters())[1]
            given_ = F.relu(F.conv2d(first, weights, bias, padding=1))[0]
        np.testing.assert_allclose(found["responses"] / 255, given_ / given_.max(), atol=0.003)
    else:
        chosen = np.sort(np.argsort(-weights.norm(dim=1).numpy(), kind="stable")[:16])
        expected = weights.numpy()[chosen].reshape(16, 7, 7)
        expected = expected / np.abs(expected).max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose((found["units"].astype(float) - 128) / 127, expected, atol=0.005)


def test_large_images_are_reduced() -> None:
    """Maps and images are shown with at most 48 pixels on a side, as means over their parts."""
    spec = make_spec(input_shape=(1, 96, 48), options={"hidden": [3]})
    images = np.random.default_rng(2).integers(0, 256, (2, 1, 96, 48), dtype=np.uint8)
    found = show(begin(spec), images, SETTINGS)

    assert found["images"].shape == (2, 1, 48, 24)
    assert found["maps"].shape == (2, 2, 48, 24)
    expected = images.reshape(2, 1, 48, 2, 24, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(found["images"], expected, atol=0.51)
