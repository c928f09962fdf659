"""What the design of an experiment leaves open, whatever its results are."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.claims.models import still_falling
from reportgen.analysis.claims.warnings import FEW_SEEDS
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import (
    applying_claims,
    capitalise,
    examples,
    many_seeds,
    names,
    seeded_counts,
    without_validation,
)


def limitation_claims(facts: Facts) -> Iterator[Claim]:
    """Return `limitation.<what>` for each restriction that the conclusion has to be read with."""
    found = {
        "data": _data(facts),
        "independence": _independence(facts),
        "seeds": _seeds(facts),
        "validation": _validation(facts),
        "epochs": _epochs(facts),
        "dropout": _dropout(facts),
        "size": _size(facts),
    }
    basis = "the configuration and the runs"
    return applying_claims({what: (text, basis) for what, text in found.items()}, "limitation.")


def _data(facts: Facts) -> str:
    return (
        f"All results come from one test set: {mark('dataset.test', 'integer')} {examples(facts)} "
        f"of {literal(facts.dataset.title)}."
    )


def _independence(facts: Facts) -> str:
    if facts.clusters is not None:
        return ""
    return (
        f"Intervals and tests treat the test {examples(facts)} as independent. Where several have "
        "one source, such as a person, intervals are too narrow."
    )


def _seeds(facts: Facts) -> str:
    counts = seeded_counts(facts)
    if max(counts, default=1) == 1 or min(counts) >= FEW_SEEDS:
        return ""
    return f"{capitalise(many_seeds(facts, counts))} show the variation between runs only roughly."


def _validation(facts: Facts) -> str:
    without = without_validation(facts)
    if not without:
        return ""
    of_these = "" if len(without) == len(facts.models) else f" of {names(facts, without)}"
    return f"No training {examples(facts)}{of_these} were held out for validation."


def _epochs(facts: Facts) -> str:
    falling = [slug for slug, model in facts.models.items() if still_falling(model)]
    if not falling:
        return ""
    whose = "every network" if len(falling) == len(facts.models) > 1 else names(facts, falling)
    return (
        f"The training loss of {whose} was still falling when training ended; longer training "
        "could change the results."
    )


def _dropout(facts: Facts) -> str:
    rates = {model.dropout: slug for slug, model in facts.models.items() if model.dropout}
    if len(rates) != 1 or "dropout" in _swept(facts):
        return ""
    slug = next(iter(rates.values()))
    rate = mark(f"models.{slug}.dropout", "percent_whole")
    return f"Dropout was tried at a single rate, {rate}."


def _size(facts: Facts) -> str:
    sizes = {
        (model.architecture, model.summary.parameters)
        for model in facts.models.values()
        if model.summary
    }
    architectures = {architecture for architecture, _ in sizes}
    # An option of an architecture may be its size.
    swept = any(path.startswith("options.") for path in _swept(facts))
    if not sizes or len(sizes) > len(architectures) or swept:
        return ""
    which, differ = ("Each", "rank") if len(architectures) > 1 else ("The", "perform")
    return (
        f"{which} architecture was tried in one size only: wider or deeper networks could {differ} "
        "differently."
    )


def _swept(facts: Facts) -> set[str]:
    """Return the settings of models of which a sweep tried several values, such as `dropout`."""
    models = facts.studies.get("sweep", {}).get("models", {}).values()
    return {setting["path"] for model in models for setting in model["settings"]}
