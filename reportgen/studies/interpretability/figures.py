"""Figures of interpretability: maps side by side, their tests, and the first layers."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.generic import dots, lines
from reportgen.figures.plan.images import ShownImages, encode_strip, show_images
from reportgen.figures.plan.words import columns_by_model, intervals_over
from reportgen.figures.spec import FigureTable
from reportgen.studies.comparing import in_percent
from reportgen.studies.interpretability.claims import having, having_all, path_of, title_of
from reportgen.studies.interpretability.records import METHODS, ORDERS, InterpretabilityFacts, Tiles
from reportgen.wording import join

ROW = 8
"""Units or filters in a row."""
FOR, AGAINST = (180, 65, 0), (0, 75, 160)
"""Colours of what supports a class most, and of what counts against it most."""
Pixels = NDArray[np.uint8]


def interpretability_figures(facts: Facts, found: InterpretabilityFacts) -> Iterator[FigureSpec]:
    """Yield the maps, deletion and insertion, what maps gain and resemble, and the first layers."""
    yield _maps(facts, found)
    yield _curves(facts, found, "deletion", "deleted")
    yield _curves(facts, found, "insertion", "inserted")
    yield _gains(facts, found)
    if any(model.layer for model in found.models.values()):
        yield _layers(facts, found)


def _maps(facts: Facts, found: InterpretabilityFacts) -> FigureSpec:
    classes, labels = facts.dataset.classes, found.labels
    titles = "Agreed", "Disputed"
    which = (
        "all networks classify correctly, and images on which they disagree, with the class above, "
        "and maps of the first run of each model,"
    )
    if len(found.models) == 1:
        titles = "Right", "Wrong"
        which = (
            "the network classifies correctly, and incorrectly, with the class above, and its maps,"
        )
    places_of = list(range(found.agreed)), list(range(found.agreed, len(labels)))
    shown = [each for each in zip(titles, places_of, strict=True) if each[1]]
    images = _grey_or_colour(found)
    rows = []
    for title, places in shown:
        texts = [classes[labels[place]] for place in places]
        rows.append(_row(title, texts, images[places]))
        for slug, model in found.models.items():
            answers = [classes[model.predicted[place]] for place in places]
            for number, (method, tiles) in enumerate(model.shown.items()):
                name = f"{facts.models[slug].name}: {title_of(method)}"
                maps = _colour(_levels(tiles))[places]
                rows.append(_row(name, answers if number == 0 else [], maps))
    head = ("Image", "Class", *(literal(facts.models[slug].name) for slug in found.models))
    table = tuple(
        (
            f"no. {mark(f'studies.interpretability.positions.{place}', 'integer')}",
            literal(classes[label]),
            *(literal(classes[model.predicted[place]]) for model in found.models.values()),
        )
        for place, label in enumerate(labels)
    )
    return FigureSpec(
        slug="explanation-maps",
        kind="maps",
        title="What the networks look at",
        caption=f"Test images that {which} with its answer above. Orange: large values or, for "
        "integrated gradients, those that support the answer; blue: those against it. Each map is "
        "scaled by its own largest value.",
        alt="Maps of "
        + ", ".join(f"{len(places)} {title.lower()} images" for title, places in shown)
        + " for each model: pixels coloured by how much they count.",
        data=_tiled(rows, len(shown), max(len(places) for _, places in shown), found.pixels[0]),
        table=FigureTable(head=head, names=len(head), rows=table),
    )


def _row(name: str, texts: Sequence[str], images: Pixels) -> dict[str, object]:
    strip = ShownImages(False, dict(enumerate(images)))
    return {"name": name, "texts": texts, "png": encode_strip(strip, range(len(images)))}


def _tiled(
    rows: Sequence[Mapping[str, object]], blocks: int, columns: int, tiles: Tiles
) -> dict[str, object]:
    size = [tiles.height, tiles.width]
    return {"rows": list(rows), "blocks": blocks, "columns": columns, "size": size}


def _levels(tiles: Tiles) -> Pixels:
    flat = np.frombuffer(b64decode(tiles.levels), dtype=np.uint8)
    return flat.reshape(tiles.count, tiles.height, tiles.width)


def _grey_or_colour(found: InterpretabilityFacts) -> Pixels:
    """Return the images in three channels, as their maps are, `[n, height, width, 3]`."""
    shown = show_images(np.stack([_levels(each) for each in found.pixels], axis=1))
    assert shown is not None
    pixels = np.stack([shown.pixels[place] for place in range(len(found.labels))])
    return pixels if pixels.ndim == 4 else np.repeat(pixels[..., None], 3, axis=3)


def _colour(levels: Pixels) -> Pixels:
    """Return maps, `[n, height, width]` in 127ths around 128, as colours on white."""
    values = (levels.astype(np.float64) - 128) / 127
    ends = np.where(values[..., None] >= 0, np.array(FOR), np.array(AGAINST))
    share = np.minimum(np.abs(values), 1)[..., None]
    return np.asarray(np.rint(255 * (1 - share) + ends * share).astype(np.uint8))


def _curves(facts: Facts, found: InterpretabilityFacts, mode: str, verb: str) -> FigureSpec:
    shares = [100 * step / found.steps for step in range(found.steps + 1)]
    slugs = having_all(found)
    whose = "over all models"
    if len(slugs) < len(found.models):
        names = join(literal(facts.models[slug].name) for slug in slugs)
        whose = f"over {names}, which have all maps"
    orders = {
        order: title for order, title in ORDERS.items() if order in found.models[slugs[0]].orders
    }
    means = {}
    for order, title in orders.items():
        own = [getattr(found.models[slug].orders[order], f"{mode}_curve") for slug in slugs]
        means[title] = (100 * np.mean(own, axis=0)).tolist()
    rows = (
        (
            title,
            [
                mark(path_of(slug, "orders", order, mode, "value"), "percent_short")
                if order in model.orders
                else "–"
                for slug, model in found.models.items()
            ],
        )
        for order, title in orders.items()
    )
    return lines(
        facts,
        f"explanation-{mode}",
        f"Probability while pixels are {verb}",
        shares,
        means,
        caption=f"Probability of the predicted class while pixels are {verb} in each order, mean "
        f"over {mark('studies.interpretability.images', 'integer')} test images, over seeds and "
        f"{whose}.",
        x_axis=f"Pixels {verb}, %",
        y_axis="Probability, %",
        table=columns_by_model(facts, "Area", found.models, rows),
    )


def _gains(facts: Facts, found: InterpretabilityFacts) -> FigureSpec:
    maps = [(method, slug) for method in found.methods for slug in having(found, method)]
    names = [f"{METHODS[method]}, {facts.models[slug].name}" for method, slug in maps]
    gains = [found.models[slug].maps[method] for method, slug in maps]
    series = {
        "over random order": [each.over_random.difference for each in gains],
        "over contrast": [each.over_contrast.difference for each in gains],
    }
    return dots(
        facts,
        "explanation-gains",
        "What maps gain over orders that take no account of the network",
        names,
        *in_percent(series),
        caption="Score of each map minus that of random order, and of an order by contrast; above "
        f"0 the map is better. {intervals_over('test images and seeds')}",
        y_axis="Gain, points",
        width=122,
    )


def _layers(facts: Facts, found: InterpretabilityFacts) -> FigureSpec:
    rows, kinds = [], []
    for slug, model in found.models.items():
        if model.weights is None or model.layer is None:
            continue
        kinds.append(f"{model.weights.count} {model.layer} of {facts.models[slug].name}")
        for what, coloured in _first_layer(found, slug):
            title = f"{facts.models[slug].name}: {what}"
            rows += [
                _row("" if start else title, [], coloured[start : start + ROW])
                for start in range(0, len(coloured), ROW)
            ]
    return FigureSpec(
        slug="first-layers",
        kind="maps",
        title="The first layers",
        caption="The largest weights of the first layer in each model’s first run: for a "
        "multilayer perceptron, those of hidden units; for a convolutional network, its filters "
        "and where each responds to the first of the explained images. Orange: positive, blue: "
        "negative.",
        alt=f"Weights as images: {', '.join(kinds)}.",
        data=_tiled(rows, 1, ROW, found.pixels[0]),
        width=122,
    )


def _fit(coloured: Pixels, tiles: Tiles) -> Pixels:
    """Return small images enlarged, in the middle of white ones as large as the tiles."""
    count, height, width, _ = coloured.shape
    if (height, width) == (tiles.height, tiles.width):
        return coloured
    scale = max(1, min((tiles.height - 2) // height, (tiles.width - 2) // width))
    large = coloured.repeat(scale, axis=1).repeat(scale, axis=2)[:, : tiles.height, : tiles.width]
    fitted = np.full((count, tiles.height, tiles.width, 3), 255, dtype=np.uint8)
    top, left = (tiles.height - large.shape[1]) // 2, (tiles.width - large.shape[2]) // 2
    fitted[:, top : top + large.shape[1], left : left + large.shape[2]] = large
    return fitted


def _first_layer(found: InterpretabilityFacts, slug: str) -> Iterator[tuple[str, Pixels]]:
    """Yield what is shown of a model's first layer, coloured."""
    model = found.models[slug]
    assert model.weights is not None
    yield str(model.layer), _fit(_colour(_levels(model.weights)), found.pixels[0])
    if model.responses is not None:
        # Responses are positive, in 255ths: they take the upper half of the levels of maps.
        yield "responses", _colour(128 + _levels(model.responses) // 2)
