"""Views of small synthetic builds, for the tests of the documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reportgen.config.schema import Experiment
from reportgen.figures import FigureSpec
from reportgen.figures.plan.images import show_images
from reportgen.report.carried import library_versions, pack
from reportgen.report.exports import results_document, results_json
from reportgen.report.view import View, make_view
from reportgen.results.evidence import Evidence
from reportgen.results.presentation import Presentation
from reportgen.results.records import Dataset
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import PAPER_MODELS, FakeModel, make_build

CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)

NINE_MODELS = tuple(
    FakeModel(f"Network no. {index}", f"net-{index}", f"kind-{index // 2}", 0.5 * (index % 2), 0.1)
    for index in range(9)
)


Draw = Callable[[FigureSpec], str]


def stub_svg(spec: FigureSpec, _width: int | None = None) -> str:
    """Return a drawing that stands for the real one, which takes matplotlib to draw."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" role="img" '
        f'aria-labelledby="{spec.slug}-title"><title id="{spec.slug}-title">Drawing</title></svg>'
    )


def sample_view(
    models: Sequence[FakeModel] = PAPER_MODELS,
    seeds: int = 2,
    n: int = 200,
    *,
    settings: Mapping[str, Any] | None = None,
    dataset_settings: Mapping[str, Any] | None = None,
    baseline: bool = False,
    draw: Draw = stub_svg,
    screen: Draw | None = None,
) -> View:
    """Return the view of a build; `settings` and `dataset_settings` replace the factory's."""
    experiment, dataset, evidence, _ = make_build(models, seeds, n, baseline=baseline)
    changed = {**experiment.model_dump(mode="json"), **(settings or {})}
    changed = Experiment.model_validate(changed).model_dump(mode="json")
    record = dataset.record.model_copy(update=dict(dataset_settings or {}))
    dataset = replace(dataset, record=record)
    evidence = evidence.with_header(experiment=changed, dataset=record)
    return view_of(dataset, evidence, draw, screen)


def with_templates(view: View, files: Mapping[str, str]) -> View:
    """Return a view with own templates: file name → content."""
    return replace(view, presentation=replace(view.presentation, templates=files))


def view_of(
    dataset: Dataset,
    evidence: Evidence,
    draw: Draw,
    screen: Draw | None = None,
) -> View:
    """Return the view of this evidence; `screen` draws the figures of the HTML, if they differ."""
    facts = analyse(evidence)
    images = show_images(dataset.test_inputs)
    specs = plan_figures(facts, dataset, images)
    presentation = Presentation(
        slug="sample",
        command="python -m reportgen build sample",
        inverted=images is not None and images.inverted,
        images=images.pixels if images else {},
        versions=library_versions(),
    )
    return make_view(
        pack(evidence, presentation),
        facts,
        [(spec, draw(spec), screen(spec) if screen else "") for spec in specs],
        results_json(results_document(evidence, facts, specs)),
    )
