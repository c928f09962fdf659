"""Maps of the pixels that a trained network's answer depends on, and tests of these maps.

The maps are captum's: the gradient of the predicted class's logit (Simonyan, Vedaldi and Zisserman
2014), integrated gradients (Sundararajan, Taly and Yan 2017) and Grad-CAM (Selvaraju et al. 2017).
The tests are deletion and insertion (Petsiuk, Das and Saenko 2018) and weights drawn anew (Adebayo
et al. 2018). docs/studies.md defines each of them.

Predictions are computed in the precision of the run; gradients are too where it is TF32, and else
in float32.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from captum.attr import IntegratedGradients, LayerGradCam, Saliency
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor, nn

from reportgen.training.loop import EVALUATION_BATCH, Training, normalize, predict

Levels = NDArray[np.uint8]
Maps = NDArray[np.float32]

SIDE = 48
"""Pixels of the longer side of a map that is shown; larger ones are reduced to it."""
TILES = 16
"""Units or filters of the first layer that are shown: those with the largest weights."""


def measure(
    trained: Training,
    untrained: Training,
    images: Levels,
    positions: NDArray[np.int32],
    settings: Mapping[str, Any],
) -> dict[str, Levels]:
    """Return what the tests of a network's maps find.

    `curves`, `[orders, 2, n, steps + 1]`: probability of the predicted class, in 255ths, while
    pixels are deleted and while they are inserted, in the order of each map, of the contrast of the
    pixels with the background, and at random. `resemblance`, `[2, maps, n]`: rank correlation of
    each map with that of the untrained network, over all pixels, and over those that differ from
    the background, in 127ths above −1.
    """
    targets = predict(trained, _on(trained, images)).argmax(1)
    background = find_background(images)
    maps = attribute(trained, images, background, targets, settings["path"])
    again = attribute(untrained, images, background, targets, settings["path"])
    contrast = np.abs(images.astype(np.float32) - background).max(axis=1)
    flat = np.zeros_like(contrast)
    curves = [
        _curves(trained, images, background, targets, ranks, settings["steps"])
        for ranks in (
            rank_pixels(each, positions, settings["seed"])
            for each in (*maps.values(), contrast, flat)
        )
    ]
    foreground = contrast > 0
    resemblance = [
        [correlate_ranks(maps[name], again[name], among) for name in maps]
        for among in (np.ones_like(foreground), foreground)
    ]
    return {
        "curves": np.rint(255 * np.array(curves)).astype(np.uint8),
        "resemblance": np.rint(127 * (1 + np.array(resemblance))).astype(np.uint8),
    }


def show(trained: Training, images: Levels, settings: Mapping[str, Any]) -> dict[str, Levels]:
    """Return the maps of images that a report shows, and the first layer of the network.

    `images`, `[n, channels, height, width]`: the images themselves, as large as their maps. `maps`,
    `[maps, n, height, width]`: each from −1 to 1 in 127ths around 128. `units` or `filters`, `[k,
    height, width]`, likewise: the largest weights of the first layer, mean over the channels. Where
    it is convolutional, `responses`, `[k, height, width]`: the positive part of what its filters
    give for the first image, in 255ths of the largest.
    """
    targets = predict(trained, _on(trained, images)).argmax(1)
    maps = attribute(trained, images, find_background(images), targets, settings["path"])
    shown = [_reduce(images[:, channel].astype(np.float32)) for channel in range(images.shape[1])]
    return {
        "images": np.rint(np.stack(shown, axis=1)).astype(np.uint8),
        "maps": _code(np.stack([_reduce(each) for each in maps.values()])),
        **_first_layer(trained, images[:1]),
    }


def attribute(
    training: Training, images: Levels, background: Levels, targets: Tensor, path: int
) -> dict[str, Maps]:
    """Return the maps of a network for the logits of `targets`, `[n, height, width]` each.

    The absolute gradient, the largest over the channels; integrated gradients from `background`
    over `path` points, summed over the channels; Grad-CAM of a network that convolves, enlarged
    bilinearly.
    """
    model = training.model.eval()
    baselines = normalize(training, _on(training, np.broadcast_to(background, images.shape)))
    inputs = normalize(training, _on(training, images)).requires_grad_()
    integrated = IntegratedGradients(model).attribute(
        inputs,
        baselines,
        target=targets,
        n_steps=path,
        internal_batch_size=max(EVALUATION_BATCH, len(images)),
    )
    found = {
        "gradient": Saliency(model).attribute(inputs, target=targets).amax(1),
        "integrated": integrated.sum(1),
    }
    layer = _find_features(training, inputs.detach()[:1])
    if layer is not None:
        cam = LayerGradCam(model, layer).attribute(inputs, target=targets, relu_attributions=True)
        size = images.shape[2:]
        found["gradcam"] = F.interpolate(cam, size, mode="bilinear", align_corners=False)[:, 0]
    return {name: np.asarray(each.detach().float().cpu()) for name, each in found.items()}


def _find_features(training: Training, inputs: Tensor) -> nn.Module | None:
    """Return the last layer whose output has places, `[n, channels, height, width]`.

    That is what follows the last convolution: rectified, and pooled where a network does both in
    layers. None without convolutions.
    """
    modules = list(training.model.modules())
    if not any(isinstance(module, nn.Conv2d) for module in modules):
        return None
    with_places: list[nn.Module] = []

    def note(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output[0, 0].numel() > 1:
            with_places.append(module)

    hooks = [module.register_forward_hook(note) for module in modules]
    with torch.no_grad():
        training.model(inputs)
    for hook in hooks:
        hook.remove()
    return with_places[-1] if with_places else None


def find_background(images: Levels) -> Levels:
    """Return the median level of each channel on an image's border, `[n, channels, 1, 1]`."""
    edges = [images[:, :, [0, -1]], images[:, :, :, [0, -1]].swapaxes(2, 3)]
    border = np.concatenate([each.reshape(*images.shape[:2], -1) for each in edges], axis=2)
    return np.asarray(np.median(border, axis=2)[:, :, None, None].astype(np.uint8))


def rank_pixels(maps: Maps, positions: NDArray[np.int32], seed: int) -> NDArray[np.intp]:
    """Return the place of each pixel in the order of its map, the largest first, `[n, pixels]`.

    Pixels of equal value are in random order, which depends on the seed and the image's position.
    """
    ranks = np.empty((len(maps), maps[0].size), dtype=np.intp)
    for own, each, position in zip(ranks, maps, positions, strict=True):
        ties = np.random.default_rng([seed, int(position)]).random(each.size)
        own[np.lexsort((ties, -each.ravel()))] = np.arange(each.size)
    return ranks


def _curves(
    training: Training,
    images: Levels,
    background: Levels,
    targets: Tensor,
    ranks: NDArray[np.intp],
    steps: int,
) -> NDArray[np.float64]:
    """Return the probability of the target along deletion and insertion, `[2, n, steps + 1]`."""
    pixels = ranks.shape[1]
    found = np.empty((2, len(images), steps + 1))
    for step in range(steps + 1):
        taken = (ranks < round(step / steps * pixels)).reshape(-1, 1, *images.shape[2:])
        for mode, changed in enumerate((taken, ~taken)):
            logits = predict(training, _on(training, np.where(changed, background, images)))
            chosen = logits.softmax(1).gather(1, targets[:, None])[:, 0]
            found[mode, :, step] = chosen.cpu().numpy()
    return found


def correlate_ranks(one: Maps, other: Maps, among: NDArray[np.bool_]) -> list[float]:
    """Return Spearman's rank correlation of the sizes of two maps of each image, `[n]`.

    `among`, `[n, height, width]`, chooses pixels. 0 where a map has the same value at all of them.
    """
    found = []
    for first, second, chosen in zip(np.abs(one), np.abs(other), among, strict=True):
        ranks = [rankdata(each[chosen]) for each in (first, second)]
        centred = [each - each.mean() for each in ranks] if chosen.any() else ranks
        length = math.sqrt(math.prod(float(each @ each) for each in centred))
        found.append(float(centred[0] @ centred[1]) / length if length else 0.0)
    return found


def _first_layer(training: Training, images: Levels) -> dict[str, Levels]:
    """Return the largest weights of the layer that sees the image, as images; nothing of others."""
    shape = images.shape[1:]
    layers = (
        each for each in training.model.modules() if any(True for _ in each.parameters(False))
    )
    first = next(layers)
    if isinstance(first, nn.Linear) and first.in_features == math.prod(shape):
        units = first.weight.detach().view(-1, *shape)
        return {"units": _code(_reduce(units[_largest(units)].mean(1).cpu().numpy()))}
    if isinstance(first, nn.Conv2d) and first.in_channels == shape[0] and first.groups == 1:
        chosen = _largest(first.weight.detach())
        filters = first.weight.detach()[chosen].mean(1).cpu().numpy()
        with torch.no_grad():
            given = F.relu(first(normalize(training, _on(training, images))))[0, chosen]
        largest = max(float(given.max()), 1e-12)
        responses = _reduce((given / largest).cpu().numpy())
        return {"filters": _code(filters), "responses": np.rint(255 * responses).astype(np.uint8)}
    return {}


def _largest(weights: Tensor) -> Tensor:
    """Return which units have the largest weights (root mean square), in their own order."""
    sizes = weights.flatten(1).norm(dim=1)
    largest: Tensor = sizes.topk(min(TILES, len(sizes))).indices
    return largest.sort()[0]


def _code(maps: NDArray[Any]) -> Levels:
    """Return maps, each divided by its largest absolute value, in 127ths around 128."""
    largest = np.abs(maps).max(axis=(-2, -1), keepdims=True)
    scaled = np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)
    return np.asarray(np.rint(128 + 127 * scaled).astype(np.uint8))


def _reduce(maps: Maps) -> Maps:
    """Return maps whose longer side has at most `SIDE` pixels, `[n, height, width]`."""
    height, width = maps.shape[1:]
    scale = max(height, width) / SIDE
    if scale <= 1:
        return maps
    size = max(1, round(height / scale)), max(1, round(width / scale))
    return np.asarray(F.adaptive_avg_pool2d(torch.from_numpy(maps), size))


def _on(training: Training, images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(images)).to(training.device)
