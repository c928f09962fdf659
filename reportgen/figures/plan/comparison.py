"""Figures that compare models: paired differences, and how far confidence can be trusted."""

from __future__ import annotations

from typing import Any

from reportgen.analysis.facts import Facts, ModelFacts, PairFacts, known
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import measure_of
from reportgen.figures.plan.words import describe, identify, mean_over_seeds, number_label
from reportgen.figures.spec import FigureSpec, FigureTable

ROWS = 22
"""Pairs that fit into one figure where each takes two lines; more are shown in several."""

FEWEST = 30
"""Predictions that a bin needs to be drawn as a point."""
JUDGEMENTS = {"better": "a difference", "equivalent": "equivalent", "undecided": "undecided"}


def plan_differences(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the paired differences in accuracy of all pairs, largest first."""
    keys = sorted(facts.pairs, key=lambda key: -abs(facts.pairs[key].difference.value))
    parts = [keys[start : start + ROWS] for start in range(0, len(keys), ROWS)]
    return tuple(
        _differences_spec(facts, part, number, len(parts)) for number, part in enumerate(parts, 1)
    )


def _differences_spec(facts: Facts, keys: list[str], number: int, parts: int) -> FigureSpec:
    measure, unit = measure_of(facts), _unit(facts)
    title = _difference_title(facts, measure.noun)
    return FigureSpec(
        slug="paired-differences" if number == 1 else f"paired-differences-{number}",
        kind="paired-differences",
        title=title if parts == 1 else f"{title} ({number} of {parts})",
        caption=f"Differences in {measure.noun} between models on the same "
        f"test {facts.dataset.example}s{', in percentage points' if unit else ''}, with their "
        f"{mark('level', 'percent_whole')} intervals over {facts.dataset.example}s and seeds. "
        f"The band is the margin of ±{measure.margin} within which "
        "models count as equivalent. Filled: a difference was shown, p-values corrected for the "
        "number of pairs; square: equivalent; hollow: undecided.",
        alt=describe(facts, *(_difference_sentence(facts, key) for key in keys)),
        data={
            "margin": facts.margin,
            "unit": unit,
            "axis": f"Difference in {measure.noun}{', percentage points' if unit else ''}",
            "rows": [_difference_row(facts, key) for key in keys],
        },
        table=FigureTable(
            head=("First", "Second", "First minus second", "from", "to", "Judgement"),
            names=2,
            rows=tuple(_difference_cells(facts, key) for key in keys),
        ),
    )


def _difference_title(facts: Facts, noun: str) -> str:
    """State what was shown of all pairs."""
    verdicts = {pair.verdict for pair in facts.pairs.values()}
    if verdicts == {"better"}:
        return f"All models differ in {noun}" if len(facts.pairs) > 1 else f"A difference in {noun}"
    if "better" not in verdicts:
        return f"No difference in {noun} is shown"
    return f"Some models differ in {noun}"


def _difference_cells(facts: Facts, key: str) -> tuple[str, ...]:
    pair, path = facts.pairs[key], f"pairs.{key}.difference"
    printed = measure_of(facts).signed_format
    return (
        literal(facts.models[pair.first].name),
        literal(facts.models[pair.second].name),
        *(mark(f"{path}.{end}", printed) for end in ("value", "low", "high")),
        JUDGEMENTS[pair.verdict],
    )


def _unit(facts: Facts) -> str:
    """Return `points`, or nothing for a metric that is not printed in percent."""
    return measure_of(facts).unit.strip()


def _difference_row(facts: Facts, key: str) -> dict[str, Any]:
    pair, path = facts.pairs[key], f"pairs.{key}.difference"
    return {
        "first": facts.models[pair.first].name,
        "second": facts.models[pair.second].name,
        "difference": [pair.difference.value, pair.difference.low, pair.difference.high],
        "verdict": pair.verdict,
        "value": number_label(facts, f"{path}.value", measure_of(facts).signed_format),
        "low": number_label(facts, f"{path}.low", measure_of(facts).signed_format),
        "high": number_label(facts, f"{path}.high", measure_of(facts).signed_format),
    }


def _difference_sentence(facts: Facts, key: str) -> str:
    pair, path = facts.pairs[key], f"pairs.{key}.difference"
    measure = measure_of(facts)
    printed = measure.signed_format
    return (
        f"{_pair_name(facts, pair)}: {mark(f'{path}.value', printed)}{measure.unit}, interval "
        f"{mark(f'{path}.low', printed)} to {mark(f'{path}.high', printed)}, "
        f"{JUDGEMENTS[pair.verdict]}."
    )


def _pair_name(facts: Facts, pair: PairFacts) -> str:
    first, second = facts.models[pair.first].name, facts.models[pair.second].name
    return f"{literal(first)} against {literal(second)}"


def plan_reliability(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the reliability diagrams, one panel for each model that gives probabilities."""
    identities = identify(facts)
    shown = [model for model in facts.models.values() if model.calibration]
    if not shown:
        return ()
    spec = FigureSpec(
        slug="reliability",
        kind="reliability",
        title=_calibration_title(shown),
        caption="Share of right predictions among those of about equal confidence"
        f"{', all seeds together' if facts.most_runs > 1 else ''}; on the diagonal, confidence is "
        f"right. Whiskers: {mark('level', 'percent_whole')} Wilson intervals. Below, how many "
        f"predictions fall into each bin (logarithmic); bins of fewer than thirty have no "
        f"point. ECE: expected calibration error{mean_over_seeds(facts)}.",
        alt=describe(facts, *(_calibration_sentence(model) for model in shown)),
        data={
            "panels": [_reliability_panel(facts, model, identities[model.slug]) for model in shown],
            "fewest": FEWEST,
        },
        table=_calibration_table(shown),
        width=170 if len(shown) > 2 else 122,
    )
    return (spec,)


def _calibration_title(shown: list[ModelFacts]) -> str:
    """Name the model with the lowest calibration error, where there is one."""
    errors = [known(model.calibration).expected_calibration_error.mean for model in shown]
    if len(shown) > 1 and errors.count(min(errors)) == 1:
        return f"Lowest calibration error: {shown[errors.index(min(errors))].name}"
    return "Confidence against accuracy"


def _calibration_table(shown: list[ModelFacts]) -> FigureTable:
    rows = [
        (
            literal(model.name),
            *(
                mark(f"models.{model.slug}.calibration.bins.{i}.{field}", form)
                for field, form in (
                    ("confidence", "percent"),
                    ("accuracy", "percent"),
                    ("interval.low", "percent"),
                    ("interval.high", "percent"),
                    ("count", "integer"),
                )
            ),
        )
        for model in shown
        for i, entry in enumerate(known(model.calibration).bins)
        if entry.count
    ]
    head = ("Model", "Mean confidence", "Accuracy", "from", "to", "Predictions")
    return FigureTable(head=head, rows=tuple(rows))


def _reliability_panel(facts: Facts, model: ModelFacts, identity: dict[str, Any]) -> dict[str, Any]:
    path = f"models.{model.slug}.calibration.expected_calibration_error.mean"
    return {
        "model": identity,
        "error": number_label(facts, path, "score"),
        "bins": [entry.model_dump(mode="json") for entry in known(model.calibration).bins],
    }


def _calibration_sentence(model: ModelFacts) -> str:
    path = f"models.{model.slug}.calibration"
    bins = known(model.calibration).bins
    fullest = max(range(len(bins)), key=lambda i: bins[i].count)
    return (
        f"{literal(model.name)}: expected calibration error "
        f"{mark(f'{path}.expected_calibration_error.mean', 'score')}; in the fullest bin, of "
        f"{mark(f'{path}.bins.{fullest}.count', 'integer')} answers, mean confidence "
        f"{mark(f'{path}.bins.{fullest}.confidence', 'percent')} and accuracy "
        f"{mark(f'{path}.bins.{fullest}.accuracy', 'percent')}."
    )
