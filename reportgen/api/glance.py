"""A report at a glance, for a notebook: answer, models and warnings in a few kilobytes of HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.formatting import integer, p_value, percent, points

_LEFT = 'style="text-align:left"'
MOST_PAIRS = 12
"""How many comparisons are shown; `Report.table("pairs")` has all."""


def render_glance(facts: Facts, title: str) -> str:
    """Return the page at a glance as an HTML fragment without scripts."""
    lines = [_claim_text(facts, name) for name in ("certainty", "scope") if name in facts.claims]
    parts = [
        f"<h3>{escape(title)}</h3>",
        f"<p><strong>{escape(_claim_text(facts, 'answer'))}</strong> {escape(' '.join(lines))}</p>",
        "<table><thead><tr>",
        f"<th {_LEFT}>Model</th><th>Errors</th><th>Accuracy</th>",
        f"<th>{facts.level:.0%} interval</th>",
        "<th>Macro F1</th><th>Seeds</th></tr></thead><tbody>",
        *_model_rows(facts),
        "</tbody></table>",
        *_pair_table(facts),
        *_warnings(facts),
    ]
    return "".join(parts)


def _claim_text(facts: Facts, claim: str) -> str:
    return plain_claim(facts.claims[claim].text, facts)


def _warnings(facts: Facts) -> Iterator[str]:
    found = [claim for claim in facts.claims if claim.startswith("warning.")]
    if found:
        items = "".join(f"<li>{escape(_claim_text(facts, claim))}</li>" for claim in found)
        yield f"<p><strong>Before relying on this</strong></p><ul>{items}</ul>"


def _model_rows(facts: Facts) -> Iterator[str]:
    for slug in facts.verdict.ranking:
        model = facts.models[slug]
        low, high = model.accuracy_interval.low, model.accuracy_interval.high
        yield (
            f"<tr><th {_LEFT}>{escape(model.name)}</th><td>{integer(model.errors.mean)}</td>"
            f"<td>{percent(model.accuracy.mean)}</td>"
            f"<td>{percent(low)} to {percent(high)}</td><td>{model.macro_f1.mean:.4f}</td>"
            f"<td>{len(model.runs)}</td></tr>"
        )


def _pair_table(facts: Facts) -> Iterator[str]:
    if not facts.pairs:
        return
    yield (
        f"<table><thead><tr><th {_LEFT}>Compared</th><th>Difference, points</th>"
        "<th>Interval</th><th>p, Holm</th><th>Verdict</th></tr></thead><tbody>"
    )
    for pair in list(facts.pairs.values())[:MOST_PAIRS]:
        first, second = facts.models[pair.first].name, facts.models[pair.second].name
        found = pair.difference
        yield (
            f"<tr><th {_LEFT}>{escape(first)} against {escape(second)}</th>"
            f"<td>{points(found.value)}</td><td>{points(found.low)} to {points(found.high)}</td>"
            f"<td>{p_value(pair.p_adjusted)}</td><td>{escape(pair.verdict)}</td></tr>"
        )
    yield "</tbody></table>"
    if len(facts.pairs) > MOST_PAIRS:
        yield f"<p>The first {MOST_PAIRS} of {len(facts.pairs)} comparisons.</p>"
