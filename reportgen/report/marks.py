"""Numbers and claims as markup that names their path, so that they can be looked up and checked.

    <data value="0.9912" data-path="models.cnn.accuracy.mean" data-format="percent"
      data-metric="accuracy" data-model="cnn">99.12 %</data>
    <span class="claim" data-claim="verdict">…</span>

`reportgen.verification` reads this markup; `docs/architecture.md` is the contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import Number, render_claim
from reportgen.report.stash import escape_text

_STATISTICS = frozenset(
    ("mean", "sd", "minimum", "maximum", "low", "high", "value", "interval", "#", "first", "second")
)
"""Steps of a path that name the figure of a metric, and not the metric."""


def number_markup(number: Number) -> Markup:
    """Return a number as a `<data>` element."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in _attributes(number))
    return Markup(f"<data{attributes}>{escape(number.text)}</data>")


def claim_markup(claim: str, facts: Facts) -> Markup:
    """Return a claim as a `<span>`, its numbers marked up; nothing where there is no such claim."""
    found = facts.claims.get(claim)
    if found is None:
        return Markup()
    return Markup(
        f'<span class="claim" data-claim="{escape(claim)}">{text_markup(found.text, facts)}</span>'
    )


def text_markup(text: str, facts: Facts) -> Markup:
    """Return plain text with `[[path|format]]` marks as HTML."""
    return Markup(render_claim(text, facts, number_markup, escape_text))


def metric_of(path: str) -> str:
    """Return the metric that a path names: `models.cnn.per_class.3.f1.mean` → `f1`."""
    steps = path.split(".")
    while len(steps) > 1 and (steps[-1] in _STATISTICS or steps[-1].isdecimal()):
        steps.pop()
    return steps[-1]


def _attributes(number: Number) -> Iterator[tuple[str, str]]:
    yield "value", repr(number.value)
    yield "data-path", number.path
    yield "data-format", number.format
    yield "data-metric", metric_of(number.path)
    owner = re.match(r"(model|pair|baseline)s\.([^.#]+)", number.path)
    if owner:
        yield f"data-{owner[1]}", owner[2]
