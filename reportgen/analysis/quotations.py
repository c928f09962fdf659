"""Paths in the facts of the figures that an author's notes quote."""

from __future__ import annotations

from reportgen.analysis.facts import Facts
from reportgen.analysis.phrases import pair_of
from reportgen.config.quotations import Quotation, check_names, find_class, find_model

_OF_MODELS = {
    "accuracy": ("accuracy.mean", "percent"),
    "macro_f1": ("macro_f1.mean", "score"),
    "micro_f1": ("micro_f1.mean", "score"),
    "weighted_f1": ("weighted_f1.mean", "score"),
    "train_accuracy": ("overfitting.train_accuracy.mean", "percent"),
    "gap": ("overfitting.gap.mean", "points"),
    "parameters": ("summary.parameters", "integer"),
    "multiply_adds": ("summary.multiply_adds", "magnitude"),
    "train_seconds": ("costs.train_seconds.mean", "seconds"),
}
_OF_PAIRS = {
    "difference": ("difference.value", "size_in_points"),
    "p_value": ("p_adjusted", "p_value"),
}


def locate(quotation: Quotation, facts: Facts) -> tuple[str, str]:
    """Return the dotted path and the format of the number that a note quotes.

    Raises ReportgenError where the quotation names a model or class that does not exist.
    """
    models = {slug: model.name for slug, model in facts.models.items()}
    check_names(quotation, models, facts.dataset.classes)
    first, *rest = quotation.arguments
    slug = find_model(first, models)
    if quotation.figure in _OF_MODELS:
        path, format_name = _OF_MODELS[quotation.figure]
        return f"models.{slug}.{path}", format_name
    if quotation.figure in _OF_PAIRS:
        path, format_name = _OF_PAIRS[quotation.figure]
        return f"pairs.{pair_of(facts, slug, find_model(rest[0], models))[0]}.{path}", format_name
    index = find_class(rest[0], facts.dataset.classes)
    return f"models.{slug}.per_class.{index}.{quotation.figure}.mean", "score"
