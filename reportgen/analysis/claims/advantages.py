"""What is claimed for networks over older methods, and for convolutional ones, each checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reportgen.analysis.facts import Claim, Facts, ModelFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import applying_claims, capitalise, examples, name
from reportgen.config.schema import Experiment
from reportgen.config.training import Augmentation


def advantage_claims(facts: Facts, experiment: Experiment) -> Iterator[Claim]:
    """Return `advantage.<what>` for each advantage that this build can check."""
    found = {
        "features": (_features(facts), "Wilson intervals on the same test examples"),
        "format": (_format(facts, experiment), "the configuration"),
        "parameters": (_parameters(facts), "the layers of the networks"),
    }
    return applying_claims(found, "advantage.")


def convolutional_and_dense(models: Mapping[str, ModelFacts]) -> tuple[str, str] | None:
    """Return the first network with convolutions and the first without; None if one is missing."""
    layers = {
        slug: {layer.type for layer in model.summary.layers}
        for slug, model in models.items()
        if model.summary
    }
    with_filters = [slug for slug, kinds in layers.items() if "Conv2d" in kinds]
    without = [slug for slug, kinds in layers.items() if "Conv2d" not in kinds]
    return (with_filters[0], without[0]) if with_filters and without else None


def parameter_ratio(models: Mapping[str, ModelFacts]) -> float | None:
    """Return the parameters of the convolutional network, divided by those of the dense one."""
    both = convolutional_and_dense(models)
    if both is None:
        return None
    first, second = (models[slug].summary for slug in both)
    assert first is not None and second is not None
    return first.parameters / second.parameters if second.parameters else None


def _features(facts: Facts) -> str:
    networks = [model for model in facts.models.values() if model.summary]
    if not networks or not facts.baselines or facts.dataset.example != "image":
        return ""
    best = max(facts.baselines, key=lambda slug: facts.baselines[slug].accuracy)
    baseline = facts.baselines[best]
    # On unbalanced data the more accurate method may be the worse one for rare classes.
    ahead = [
        m
        for m in networks
        if m.accuracy_interval.low > baseline.interval.high and m.macro_f1.mean > baseline.macro_f1
    ]
    given = (
        f"networks and older methods received the same {examples(facts)} without further features"
    )
    score = mark(f"baselines.{best}.accuracy", "percent")
    against = f"{literal(baseline.name)} ({score}), the most accurate older method here"
    if len(ahead) == len(networks):
        return (
            f"No features have to be designed: only partly tested. {capitalise(given)}, and every "
            f"network is more accurate than {against}; other older methods and designed features "
            "were not compared."
        )
    return (
        f"No features have to be designed: not shown here. Although {given}, not every network "
        f"is shown to be better than {against} in both accuracy and macro F1."
    )


def _format(facts: Facts, experiment: Experiment) -> str:
    if facts.dataset.example != "image" or not any(m.curves for m in facts.models.values()):
        return ""
    augmented = [
        experiment.training_of(model).augmentation != Augmentation()
        for model in experiment.models
        if model.architecture
    ]
    if any(augmented):
        whose = "" if all(augmented) else " of some networks"
        return (
            "Little preprocessing is needed: not tested. The images were augmented during the "
            f"training{whose} as well as scaled."
        )
    return (
        "Little preprocessing is needed: not tested. Scaling the pixels is all that was done here, "
        "but images may have been prepared by the makers of a data set."
    )


def _parameters(facts: Facts) -> str:
    both = convolutional_and_dense(facts.models)
    if both is None or facts.parameter_ratio is None:
        return ""
    first, second = both
    counts = [mark(f"models.{slug}.summary.parameters", "integer") for slug in both]
    if facts.parameter_ratio >= 1:
        ratio = mark("parameter_ratio", "ratio")
        return (
            "Convolutional networks need fewer parameters: not true of these models. "
            f"{name(facts, first)} has {counts[0]} parameters, {ratio} times the {counts[1]} of "
            f"{name(facts, second)}."
        )
    return (
        "Convolutional networks need fewer parameters: true of these models. "
        f"{name(facts, first)} has {counts[0]} parameters, {name(facts, second)} {counts[1]}."
    )
