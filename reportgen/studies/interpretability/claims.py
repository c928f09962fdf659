"""Claims about maps: whether they find what a network uses, and whether they depend on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, join, name
from reportgen.formatting import FORMATS
from reportgen.studies.comparing import state_verdict
from reportgen.studies.interpretability.records import METHODS, Gain, InterpretabilityFacts

PATH = "studies.interpretability"
_PAIRED = "paired differences over the same images and over seeds; Holm's correction over all "

_JUDGED = {
    "better": "significantly better",
    "worse": "significantly worse",
    "open": "not significantly different",
}
"""Verdict on a map, against an order that takes no account of the network → the words for it."""


def interpretability_claims(facts: Facts, found: InterpretabilityFacts) -> Iterator[Claim]:
    """Yield `interpretability`, `.contrast`, `.weights` and, of several models, `.models`."""
    maps = f"{_PAIRED}maps of all models"
    texts = (
        _best(facts, found),
        _verdicts(facts, found, "random", "random order"),
        _best_against_contrast(facts, found),
    )
    yield Claim(id="interpretability", text=" ".join(texts), rests_on=maps, concluding=True)
    yield Claim(id="interpretability.contrast", text=_contrast(facts, found), rests_on=maps)
    yield Claim(
        id="interpretability.weights",
        text=_weights(facts, found),
        rests_on="rank correlations with the maps of networks whose weights were drawn anew; "
        "intervals over images and seeds",
    )
    if len(found.models) > 1:
        pairs = f"{_PAIRED}pairs of models and kinds of maps that all of them have"
        yield Claim(id="interpretability.models", text=_models(facts, found), rests_on=pairs)


def path_of(slug: str, *rest: str) -> str:
    """Return the path of a number of one model."""
    return ".".join((f"{PATH}.models", slug, *rest))


def title_of(method: str) -> str:
    """Return what a kind of map is called within a sentence."""
    return METHODS[method] if method == "gradcam" else METHODS[method].lower()


def _maps(method: str) -> str:
    """Return what maps of a kind are called, in the plural."""
    title = title_of(method)
    return title if title.endswith("s") else f"{title} maps"


def having(found: InterpretabilityFacts, method: str) -> list[str]:
    """Return the slugs of the models that have maps of this kind."""
    return [slug for slug, model in found.models.items() if method in model.maps]


def having_all(found: InterpretabilityFacts) -> list[str]:
    """Return the slugs of the models that have every kind of map: these are compared by kind."""
    return [slug for slug, model in found.models.items() if model.maps.keys() >= set(found.methods)]


def _total_gain(found: InterpretabilityFacts, method: str, slugs: Iterable[str]) -> float:
    return sum(found.models[slug].maps[method].over_random.difference.value for slug in slugs)


def _best_method(found: InterpretabilityFacts) -> str:
    """Return the kind of map that orders the pixels best, by the models that have every kind."""
    slugs = having_all(found)
    return max(found.methods, key=lambda each: _total_gain(found, each, slugs))


def _best(facts: Facts, found: InterpretabilityFacts) -> str:
    slugs, method = having_all(found), _best_method(found)
    whose = "" if len(slugs) == len(found.models) else f" of {named_models(facts, slugs)}"

    def area(order: str, mode: str) -> str:
        areas = {slug: getattr(found.models[slug].orders[order], mode).value for slug in slugs}
        return _range(areas, "percent_short", "orders", order, mode, "value")

    return (
        f"Among the maps{whose}, {_maps(method)} order the pixels best: averaged over all steps, "
        f"the probability of the predicted class is {area(method, 'deletion')} during deletion "
        f"(random order: {area('random', 'deletion')}) and {area(method, 'insertion')} during "
        f"insertion (random order: {area('random', 'insertion')})."
    )


def _best_against_contrast(facts: Facts, found: InterpretabilityFacts) -> str:
    """State for which models the best maps are better than an order without any network."""
    method = _best_method(found)
    judged: dict[str, list[str]] = {each: [] for each in _JUDGED}
    for slug in having(found, method):
        verdict = _judge(facts, found.models[slug].maps[method].over_contrast)
        path = path_of(slug, "maps", method, "over_contrast", "p_adjusted")
        p_value = f" (corrected {mark(path, 'p_stated')})" if verdict == "open" else ""
        judged[verdict].append(f"{name(facts, slug)}{p_value}")
    parts = [f"{_JUDGED[each]} for {join(whose)}" for each, whose in judged.items() if whose]
    return (
        f"Compared with an order by contrast, which needs no network, {_maps(method)} are "
        f"{'; '.join(parts)}."
    )


def _range(values: dict[str, float], format_name: str, *rest: str) -> str:
    """Return the mark of the lowest value and, if it is printed otherwise, that of the highest."""
    ends = extremes(values) or (next(iter(values)),)
    printed = {FORMATS[format_name](values[slug]): slug for slug in ends}
    return " to ".join(mark(path_of(slug, *rest), format_name) for slug in printed.values())


def _verdicts(facts: Facts, found: InterpretabilityFacts, control: str, what: str) -> str:
    """State which maps are better than an order that takes no account of the network."""
    judged: dict[str, list[tuple[str, str]]] = {each: [] for each in _JUDGED}
    for method in found.methods:
        for slug in having(found, method):
            maps = found.models[slug].maps[method]
            gain: Gain = maps.over_random if control == "random" else maps.over_contrast
            judged[_judge(facts, gain)].append((method, slug))
    if not judged["worse"] and not judged["open"]:
        return f"Every map is better than {what}; each difference is statistically significant."
    listed = [(_listed(facts, found, maps), _JUDGED[each]) for each, maps in judged.items() if maps]
    parts = [f"{maps} {'' if place else 'are '}{text}" for place, (maps, text) in enumerate(listed)]
    return f"Compared with {what}, {'; '.join(parts)}."


def _judge(facts: Facts, gain: Gain) -> str:
    """Return the key of a verdict in `_JUDGED`."""
    if gain.p_adjusted >= 1 - facts.level:
        return "open"
    return "better" if gain.difference.value > 0 else "worse"


def _listed(facts: Facts, found: InterpretabilityFacts, maps: Sequence[tuple[str, str]]) -> str:
    """Return `gradient maps (CNN and MLP) and Grad-CAM maps (every model that has them)`."""
    parts = []
    for method in dict.fromkeys(method for method, _ in maps):
        slugs = [slug for of, slug in maps if of == method]
        whose = named_models(facts, slugs)
        if len(slugs) > 1 and slugs == having(found, method) and method not in found.common:
            whose = "every model that has them"
        parts.append(f"{_maps(method)} ({whose})")
    return join(parts)


def _contrast(facts: Facts, found: InterpretabilityFacts) -> str:
    scores = {
        order: _range(
            {slug: each.orders[order].score.value for slug, each in found.models.items()},
            "percent_short",
            *("orders", order, "score", "value"),
        )
        for order in ("contrast", "random")
    }
    verdicts = _verdicts(facts, found, "contrast", "this order")
    return (
        "Pixels can also be ordered without any network, by their contrast with the background. "
        f"This order has a score of {scores['contrast']}, against {scores['random']} for random "
        f"order. {verdicts}"
    )


def _weights(facts: Facts, found: InterpretabilityFacts) -> str:
    def listed(what: str) -> str:
        return join(
            f"{_correlations(found, method, what)} for {_maps(method)}" for method in found.methods
        )

    text = (
        "The rank correlation between the maps of the trained and the untrained networks is, over "
        f"all pixels, {listed('resemblance')}; over the foreground alone, {listed('foreground')}."
    )
    kept = [
        (method, slug)
        for method in found.methods
        for slug in having(found, method)
        if found.models[slug].maps[method].foreground.low > 0
    ]
    if not kept:
        return f"{text} On the foreground it is shown to be above 0 for no map."
    return (
        f"{text} On the foreground it is shown to be above 0 for {_listed(facts, found, kept)}: "
        "these maps partly reflect the image and the architecture rather than training."
    )


def _correlations(found: InterpretabilityFacts, method: str, what: str) -> str:
    values = {
        slug: getattr(found.models[slug].maps[method], what).value for slug in having(found, method)
    }
    return _range(values, "score_short", "maps", method, what, "value")


def _models(facts: Facts, found: InterpretabilityFacts) -> str:
    method = max(found.common, key=lambda each: _total_gain(found, each, found.models))
    gains = {
        slug: each.maps[method].over_random.difference.value for slug, each in found.models.items()
    }
    ends = extremes(gains)
    if ends is None:
        return capitalise(f"{_maps(method)} gain equally much over random order for every model.")
    least, most = ends

    def gain(slug: str) -> str:
        path = path_of(slug, "maps", method, "over_random", "difference", "value")
        return f"{mark(path, 'points')} points"

    pairs = {key: each[method] for key, each in found.pairs.items()}
    verdict = state_verdict(pairs, f"{PATH}.pairs.{{}}.{method}", most, least)
    return (
        f"Among the maps that all models have, {_maps(method)} order the pixels best. Their gain "
        f"over random order is largest for {name(facts, most)} ({gain(most)}) and smallest for "
        f"{name(facts, least)} ({gain(least)}). {verdict}"
    )
