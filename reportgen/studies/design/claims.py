"""Claims about the 2×2 design: the architecture, dropout, and their interaction."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import MARGIN, interval, name, pair_of, size_interval
from reportgen.studies.design.records import DesignFacts, Effect
from reportgen.wording import architecture_title

PATH = "studies.design"
_IN = ("dropout_first", "dropout_second")
"""Effects of dropout in the first and the second architecture."""
_RESTS_ON = "interval of the effect in the 2×2 design, over the same test examples and over seeds"


def design_claims(facts: Facts, design: DesignFacts) -> Iterator[Claim]:
    """Yield the claims about the design.

    `architecture_effect`, `dropout_effect`, `dropout_effect.<architecture>` and `interaction`.
    """
    texts = {
        "architecture_effect": _architecture(facts, design),
        "dropout_effect": _dropout(design),
        f"dropout_effect.{design.first_architecture}": _dropout_in(design, 0),
        f"dropout_effect.{design.second_architecture}": _dropout_in(design, 1),
        "interaction": _interaction(facts, design),
    }
    concluding = {"interaction"}
    if design.architecture.judgement in ("raises", "lowers") and not _crosses(design):
        concluding.add("architecture_effect")
    for claim, text in texts.items():
        yield Claim(id=claim, text=text, rests_on=_RESTS_ON, concluding=claim in concluding)


def _architectures(design: DesignFacts) -> tuple[str, str]:
    first, second = design.first_architecture, design.second_architecture
    return literal(architecture_title(first)), literal(architecture_title(second))


def _size(design: DesignFacts, what: str) -> str:
    """Return `1.80 points (95 % interval 1.5 to 2.1)`."""
    path = f"{PATH}.{what}"
    value = mark(f"{path}.value", "size_in_points")
    return f"{value} percentage points ({size_interval(path, getattr(design, what).value)})"


def _signed(what: str) -> str:
    value = mark(f"{PATH}.{what}.value", "points")
    return f"{value} percentage points ({interval(f'{PATH}.{what}', 'points')})"


def _architecture(facts: Facts, design: DesignFacts) -> str:
    effect, what = design.architecture, "architecture"
    first, second = _architectures(design)
    if _crosses(design):
        # The pairs of the report are compared by its primary metric, the design by accuracy.
        within = f": {_within(facts, design)}" if facts.primary == "accuracy" else ""
        return (
            f"Which architecture is more accurate depends on dropout{within}. "
            f"The mean of the two effects, {_signed(what)}, therefore says little by itself."
        )
    if effect.judgement in ("raises", "lowers"):
        winner, loser = (first, second) if effect.judgement == "raises" else (second, first)
        return (
            f"The {winner} architecture is more accurate than the {loser}, averaged over models "
            f"with and without dropout, by {_size(design, what)}.{_sizes(facts, design)}"
        )
    if effect.judgement == "equivalent":
        return (
            f"The architecture makes no relevant difference: averaged over models with and without "
            f"dropout, the {first} and the {second} differ by {_signed(what)}, within the margin "
            f"of {MARGIN}."
        )
    return (
        f"No effect of the architecture is shown: averaged over models with and without dropout, "
        f"the {first} and the {second} differ by {_signed(what)}."
    )


def _sizes(facts: Facts, design: DesignFacts) -> str:
    """Return how many parameters each architecture has, where they differ in that too."""
    slugs = design.without_dropout
    found = {s.parameters for slug in slugs if (s := facts.models[slug].summary) is not None}
    if len(found) < 2:
        return ""
    sizes = (mark(f"models.{slug}.summary.parameters", "integer") for slug in slugs)
    return f" They also differ in size: {' and '.join(sizes)} parameters."


def _within(facts: Facts, design: DesignFacts) -> str:
    """Return the better architecture without dropout and with it."""
    parts = []
    for start, slugs in (("without it", design.without_dropout), ("with it", design.with_dropout)):
        key, pair = pair_of(facts, *slugs)
        ahead, behind = (pair.first, pair.second)[:: 1 if pair.difference.value > 0 else -1]
        size = mark(f"pairs.{key}.difference.value", "size_in_points")
        shown = "is ahead of" if pair.verdict == "better" else "may be ahead of"
        parts.append(
            f"{start}, {name(facts, ahead)} {shown} {name(facts, behind)} by {size} points"
        )
    return "; ".join(parts)


def _crosses(design: DesignFacts) -> bool:
    """Whether the architectures change places with dropout, so that their mean misleads.

    Their effect without dropout, and with it, is the mean minus and plus half the interaction.
    """
    return abs(design.interaction.value) > 2 * abs(design.architecture.value)


def _dropout(design: DesignFacts) -> str:
    if design.dropout_first.value * design.dropout_second.value < 0:
        # The mean of opposite effects describes neither.
        return f"{_dropout_in(design, 0)} {_dropout_in(design, 1)}"
    both = " and ".join(f"the {title}" for title in _architectures(design))
    return _dropout_text(design, "dropout", f"Averaged over {both}, ")


def _dropout_in(design: DesignFacts, position: int) -> str:
    return _dropout_text(design, _IN[position], f"In the {_architectures(design)[position]}, ")


def _dropout_text(design: DesignFacts, what: str, where: str) -> str:
    effect: Effect = getattr(design, what)
    if effect.judgement in ("raises", "lowers"):
        return f"{where}dropout {effect.judgement} the accuracy by {_size(design, what)}."
    if effect.judgement == "equivalent":
        return (
            f"{where}dropout makes no relevant difference: it changes the accuracy by "
            f"{_signed(what)}, within the margin of {MARGIN}."
        )
    significant = effect.low > 0 or effect.high < 0
    why = ", which is not significant after correction for all pairs" if significant else ""
    return f"{where}no effect of dropout is shown: it changes the accuracy by {_signed(what)}{why}."


def _interaction(facts: Facts, design: DesignFacts) -> str:
    first, second = _architectures(design)
    if opposite := _opposite(facts, design):
        return opposite
    effect, what = design.interaction, "interaction"
    if effect.judgement in ("raises", "lowers"):
        more, less = (first, second) if effect.judgement == "raises" else (second, first)
        return (
            f"The effect of dropout on accuracy depends on the architecture: in the {more} the "
            f"effect is {_size(design, what)} higher than in the {less}."
        )
    if effect.judgement == "equivalent":
        return (
            f"Dropout has the same effect in the {first} and in the {second}: the effects differ "
            f"by {_signed(what)}, within the margin of {MARGIN}."
        )
    return (
        f"Whether dropout has the same effect in the {first} and in the {second} is undecided: the "
        f"effects differ by {_signed(what)}."
    )


def _opposite(facts: Facts, design: DesignFacts) -> str:
    """Return a sentence where dropout helps one and hurts the other, else nothing."""
    judgements = [getattr(design, what).judgement for what in _IN]
    if sorted(judgements) != ["lowers", "raises"]:
        return ""
    helped, hurt = judgements.index("raises"), judgements.index("lowers")
    better, worse = (name(facts, design.without_dropout[at]) for at in (helped, hurt))
    gains, loses = (_architectures(design)[at] for at in (helped, hurt))
    return (
        f"Dropout helps the {gains} but hurts the {loses}: it raises the accuracy of "
        f"{better} by {_size(design, _IN[helped])} and "
        f"lowers that of {worse} by {_size(design, _IN[hurt])}."
    )
