"""Planning: which figures a report has, what each shows, and its caption.

Nothing here loads matplotlib: a rebuild whose figures are all in the store only plans them.
"""

from __future__ import annotations

from reportgen.analysis.facts import Facts
from reportgen.figures.plan.comparison import plan_differences
from reportgen.figures.plan.confusion import (
    plan_confusion_difference,
    plan_confusion_matrices,
    plan_square,
)
from reportgen.figures.plan.dataset import plan_class_balance, plan_samples
from reportgen.figures.plan.gallery import plan_gallery
from reportgen.figures.plan.glance import plan_glance
from reportgen.figures.plan.images import ShownImages, show_images
from reportgen.figures.plan.scores import plan_class_scores, plan_cost, plan_published
from reportgen.figures.plan.training import plan_learning_curves, plan_overfitting
from reportgen.figures.spec import FigureSpec
from reportgen.results.records import Dataset


def plan_figures(
    facts: Facts, dataset: Dataset | None, images: ShownImages | None = None
) -> tuple[FigureSpec, ...]:
    """Return every figure of a report, in the order in which a reader meets them.

    `images` are those of `dataset` unless given. Without `dataset` the figures made of test images
    are left out.
    """
    if images is None and dataset is not None:
        images = show_images(dataset.test_inputs)
    if images is not None:
        for index in confused_images(facts):
            # Looking an image up makes it, so that a report carries it.
            images.pixels[index]
    return (
        *plan_glance(facts),
        *plan_samples(facts, dataset, images),
        *plan_class_balance(facts),
        *plan_learning_curves(facts),
        plan_square(facts),
        *plan_confusion_matrices(facts),
        *plan_class_scores(facts),
        *plan_overfitting(facts),
        *plan_cost(facts),
        *plan_differences(facts),
        *plan_confusion_difference(facts),
        *plan_gallery(facts, images),
        *plan_published(facts),
    )


def confused_images(facts: Facts) -> list[int]:
    """Return the indices of the test images that open from cells of confusion matrices."""
    cells = (cell for cells in facts.confused.values() for cell in cells)
    return sorted({index for cell in cells for index in cell.images})
