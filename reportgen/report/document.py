"""The content of a report: its section templates, filled in, turned from Markdown into HTML.

`compose` is the whole way: every section is rendered by Jinja, with numbers, claims, figures and
the user's text set aside in a stash; one pass of Markdown makes HTML of the rest and finds the
headings; then the pieces return, and references to figures and tables become their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from reportgen.analysis.numbers import read_number
from reportgen.analysis.quotations import locate
from reportgen.config.quotations import Quotation, split_note
from reportgen.errors import ReportgenError
from reportgen.figures import FigureSpec
from reportgen.formatting import FORMATS
from reportgen.report.drawings import inline_drawing, linked_drawing
from reportgen.report.marks import claim_markup, number_markup, text_markup
from reportgen.report.prose import Heading, render_markdown, render_note
from reportgen.report.settings import write_settings
from reportgen.report.stash import Stash
from reportgen.report.templates import make_environment, render
from reportgen.report.view import View, architecture_title

Medium = Literal["html", "pdf"]

_SECTION = re.compile(r"sections/(?:[0-9]+-)?([a-z0-9-]+)\.md\.j2")


@dataclass(frozen=True)
class Document:
    """A report's content, ready for the frame."""

    body: str
    contents: tuple[Heading, ...]
    environment: ImmutableSandboxedEnvironment
    """The environment it was rendered in: the frame uses the same functions."""
    stash: Stash
    """Puts the pieces that a template set aside back into its text."""


def compose(view: View, medium: Medium) -> Document:
    """Fill in and convert all sections of a report.

    Raises ReportgenError for a template that cannot be rendered, or that refers to a figure or
    table which the report does not have.
    """
    composer = _Composer(view, medium)
    environment = make_environment(view.templates, composer.stash.protect, composer.functions())
    environment.filters.update(composer.filters())
    names = environment.list_templates(filter_func=lambda name: bool(_SECTION.fullmatch(name)))
    text = "\n\n".join(composer.render_section(environment, name) for name in names)
    html, headings = render_markdown(text)
    contents = _finish_contents(headings, composer.stash.fill)
    composer.contents = composer.stash.fill(
        render(environment, "contents.html.j2", {"headings": contents})
    )
    return Document(composer.stash.fill(html), contents, environment, composer.stash)


def _finish_contents(
    headings: Sequence[Heading], finish: Callable[[str], str]
) -> tuple[Heading, ...]:
    return tuple(
        Heading(
            heading.level,
            finish(heading.id),
            _without_tags(finish(heading.name)),
            _finish_contents(heading.children, finish),
        )
        for heading in headings
    )


def _without_tags(html: str) -> Markup:
    return Markup(re.sub(r"<[^>]*>", "", html))


class _Composer:
    """What the templates of one document may call, and what they have numbered so far."""

    def __init__(self, view: View, medium: Medium) -> None:
        self.view = view
        self.medium = medium
        self.stash = Stash()
        self.contents = ""
        """The table of contents, once all headings are known."""
        self._labels: dict[str, str] = {}
        self._counts = {"Figure": 0, "Table": 0}
        self._numbers: dict[tuple[str, str], Markup] = {}
        self._specs = {figure.spec.slug: figure for figure in view.figures}

    def functions(self) -> dict[str, Any]:
        """Return what templates may call and use, by name."""
        return {
            "view": self.view,
            "facts": self.view.facts,
            "experiment": self.view.experiment,
            "medium": self.medium,
            "number": self.number,
            "claim": self.claim,
            "has_claim": self.view.facts.claims.__contains__,
            "claims_about": self.claims_about,
            "figures": self.figures,
            "drawing": self.drawing,
            "label": self.label,
            "ref": self.ref,
            "note": self.note,
            "contents": self.stash.hold_block_later(lambda: self.contents),
            "settings": write_settings(self.view.settings),
            "architecture_title": architecture_title,
        }

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters of the templates, by name."""
        return {
            "block": self.stash.hold_block,
            "inline": self.stash.hold_inline,
            "marked": lambda text: self.stash.hold(text_markup(text, self.view.facts)),
            "joined": self.join_words,
            "refer": self.ref,
            "address": lambda url: quote(url, safe=_ADDRESS_CHARACTERS),
            "printed": lambda value, format_name: FORMATS[format_name](value),
        }

    def render_section(self, environment: ImmutableSandboxedEnvironment, name: str) -> str:
        """Return one section's Markdown, wrapped in a `<section>`."""
        text = render(environment, name, {})
        match = _SECTION.fullmatch(name)
        if not text.strip() or match is None:
            return ""
        start = self.stash.hold_block(f'<section class="section {match[1]}">')
        return f"{start}{text}{self.stash.hold_block('</section>')}"

    def number(self, path: str, format_name: str) -> Markup:
        """Return the number at `path`, printed and marked up."""
        key = (path, format_name)
        if key not in self._numbers:
            found = read_number(path, format_name, self.view.facts)
            self._numbers[key] = self.stash.hold(number_markup(found))
        return self._numbers[key]

    def claim(self, name: str) -> Markup:
        """Return a claim, or nothing where the report makes no such claim."""
        html = claim_markup(name, self.view.facts)
        return self.stash.hold(html) if html else html

    def claims_about(self, prefix: str) -> tuple[str, ...]:
        """Return the ids of all claims that begin with `prefix`."""
        return tuple(name for name in self.view.facts.claims if name.startswith(prefix))

    def figures(self, **wanted: str | None) -> tuple[FigureSpec, ...]:
        """Return the figures whose `kind`, `model`, `architecture` or `slug` is as wanted."""
        return tuple(
            figure.spec
            for figure in self.view.figures
            if all(getattr(figure.spec, name) == value for name, value in wanted.items())
        )

    def drawing(self, slug: str) -> Markup:
        """Return a figure's drawing with its alternative text."""
        figure = self._specs[slug]
        draw = inline_drawing if self.medium == "html" else linked_drawing
        return self.stash.hold(draw(figure))

    def label(self, kind: str, name: str) -> Markup:
        """Number a figure or table, and return its label: `Figure 3`."""
        if name in self._labels:
            raise ReportgenError(f"two figures or tables are called {name!r}")
        self._counts[kind] += 1
        self._labels[name] = f"{kind} {self._counts[kind]}"
        return Markup(self._labels[name])

    def ref(self, name: str) -> Markup:
        """Refer to a figure or table by its name, wherever it stands."""
        return self.stash.hold_later(lambda: self._link(name))

    def note(self, name: str) -> Markup:
        """Return the author's own words for a section, sanitised."""
        text = getattr(self.view.experiment.notes, name)
        if not text.strip():
            return Markup()
        parts = [
            self.stash.guard(part) if isinstance(part, str) else self._quote(part)
            for part in split_note(text)
        ]
        own = any(isinstance(part, str) and _DIGIT.search(part) for part in split_note(text))
        html = render_note("".join(parts)) + (_AUTHORS_NUMBERS if own else "")
        return self.stash.hold_block(f'<div class="note">{html}</div>')

    def _quote(self, quotation: Quotation) -> str:
        return str(self.number(*locate(quotation, self.view.facts)))

    def join_words(self, words: Iterable[Any], conjunction: str = "and") -> Markup:
        """Join words as prose does: `a, b and c`."""
        parts = [self.stash.protect(word) for word in words]
        if len(parts) < 2:
            return Markup("").join(parts)
        return Markup("{} {} {}").format(Markup(", ").join(parts[:-1]), conjunction, parts[-1])

    def _link(self, name: str) -> str:
        if name not in self._labels:
            raise ReportgenError(f"the templates refer to {name!r}, which is not in this report")
        label = self._labels[name].replace(" ", "&nbsp;")
        return f'<a class="ref" href="#{escape(name)}">{label}</a>'


_DIGIT = re.compile(r"\d")
_AUTHORS_NUMBERS = (
    '<p class="note-numbers">The author’s own words: numbers in them were not recomputed, '
    "except those quoted from the results.</p>"
)
_ADDRESS_CHARACTERS = "%/:?#@!$&'()*+,;=~[]"
"""What may stand in an address as it is, what is encoded already included."""
