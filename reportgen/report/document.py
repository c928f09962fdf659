"""The content of a report: its section templates, filled in, turned from Markdown into HTML.

`compose` is the whole way: every section is rendered by Jinja, with numbers, claims, figures and
the user's text set aside in a stash; one pass of Markdown makes HTML of the rest and finds the
headings; then the pieces return, and references to figures and tables become their numbers.

A `Document` is drafted up to the last step. Author's notes are filled in at the end, so that a
draft serves for all views that differ in the wording of notes alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal
from urllib.parse import quote

from markupsafe import Markup, escape

from reportgen.analysis.numbers import read_number
from reportgen.analysis.phrases import MOST_RANKED
from reportgen.analysis.quotations import locate
from reportgen.config.quotations import Quotation, split_note
from reportgen.config.schema import Notes, Reference
from reportgen.errors import ReportgenError
from reportgen.figures import FigureSpec
from reportgen.formatting import FORMATS
from reportgen.report.allowance import require_plain
from reportgen.report.markup import (
    claim_markup,
    inline_drawing,
    linked_drawing,
    number_markup,
    text_markup,
)
from reportgen.report.prose import (
    Heading,
    halve,
    render_markdown,
    render_note,
    require_short_work,
)
from reportgen.report.settings import write_changed_settings, write_settings
from reportgen.report.stash import Stash, escape_text
from reportgen.report.templates import make_environment, render
from reportgen.report.view import View, plain, template_data
from reportgen.studies.presentation import study_sections
from reportgen.studies.references import REFERENCES
from reportgen.wording import architecture_title, join

Medium = Literal["html", "pdf"]

_SECTION = re.compile(r"sections/(?:[0-9]+-)?([a-z0-9-]+)\.md\.j2")


def compose(view: View, medium: Medium) -> Document:
    """Fill in and convert all sections of a report.

    Raises ReportgenError for a template that cannot be rendered, or that refers to a figure or
    table which the report does not have.
    """
    return Document(view, medium).finish(view)


def name_sections(names: Iterable[str]) -> dict[str, str]:
    """Return the templates that are sections, by the class of their `<section>`."""
    matches = (_SECTION.fullmatch(name) for name in names)
    return {match[1]: match[0] for match in matches if match}


def _finish_contents(
    headings: Sequence[Heading], finish: Callable[[str], str]
) -> tuple[Heading, ...]:
    return tuple(
        Heading(
            heading.level,
            finish(heading.id),
            Markup(re.sub(r"<[^>]*>", "", finish(heading.name))),
            _finish_contents(heading.children, finish),
        )
        for heading in headings
    )


class Document:
    """A report's content, what its templates may call, and what they have numbered so far."""

    def __init__(self, view: View, medium: Medium) -> None:
        """Draft it: `body` is written by `finish`; raises as `compose`."""
        self.view = view
        self.medium = medium
        self.body = ""
        """HTML, ready for the frame."""
        self.stash = Stash()
        """Puts the pieces that a template set aside back into its text."""
        self.references: list[Reference] = []
        """Those cited so far, in order; once they are listed, the experiment file's others too."""
        self._notes: dict[str, str] = {}
        """HTML of each note that the templates print."""
        self._listed = False
        self._labels: dict[str, str] = {}
        kinds = ("Figure", "Table", "Supplementary figure", "Supplementary table")
        self._counts = dict.fromkeys(kinds, 0)
        self._drawings = {figure.spec.slug: figure for figure in view.figures}
        self._specs = [plain(figure.spec) for figure in view.figures]
        self.environment = make_environment(
            view.presentation.templates,
            self.stash.protect,
            self.functions(),
            self.filters(),
            study_sections(view.facts),
        )
        """The frame is rendered in it too, as it uses the same functions."""
        self._write()

    def _write(self) -> None:
        names = self.environment.list_templates(
            filter_func=lambda name: bool(_SECTION.fullmatch(name))
        )
        self.sections = name_sections(names)
        """The template of each section, by the class of its `<section>`."""
        text = "\n\n".join(map(self.render_section, names))
        self._draft, headings = render_markdown(text)
        self.headings = _finish_contents(headings, self.stash.fill)
        listed = {"headings": plain(self.headings), "columns": plain(halve(self.headings))}
        self._contents = self.stash.fill(render(self.environment, "contents.html.j2", listed))
        self._mark = self.stash.mark()

    def finish(self, view: View) -> Document:
        """Write the content for `view`, which may differ in its notes from that of the draft."""
        self.stash.rewind(self._mark)
        self.view = view
        self._notes = {name: self._write_note(name) for name in self._notes}
        self.body = self.stash.fill(self._draft)
        return self

    def functions(self) -> dict[str, Any]:
        """Return what templates may call and use, by name."""
        return {
            **template_data(self.view),
            "medium": self.medium,
            "number": self.number,
            "claim": self.claim,
            "has_claim": lambda name: name in self.view.facts.claims,
            "claims_about": self.claims_about,
            "figures": self.figures,
            "drawing": self.drawing,
            "label": self.label,
            "ref": self.ref,
            "cite": self.cite,
            "references": self.list_references,
            "note": self.note,
            "contents": self.stash.hold_block_later(lambda: self._contents),
            "settings": self.settings(),
            "changed_settings": write_changed_settings(self.view.experiment),
            "architecture_title": architecture_title,
            "most_ranked": MOST_RANKED,
        }

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters of the templates, by name."""
        return {
            "block": self.stash.hold_block,
            "inline": self.stash.hold_inline,
            "marked": lambda text: self.stash.hold(text_markup(text, self.view.facts)),
            "joined": self.join_words,
            "refer": self.refer,
            "address": lambda url: quote(url, safe=_ADDRESS_CHARACTERS),
            "printed": _print_number,
            "unbroken": _keep_last_word,
        }

    def render_section(self, name: str) -> str:
        """Return one section's Markdown, wrapped in a `<section>`."""
        text = render(self.environment, name, {})
        try:
            self.stash.check_length(text)
            require_short_work(text)
        except ReportgenError as error:
            raise ReportgenError(f"template {name}: {error}") from error
        match = _SECTION.fullmatch(name)
        if not text.strip() or match is None:
            return ""
        start = self.stash.hold_block(f'<section class="section {match[1]}">')
        return f"{start}{text}{self.stash.hold_block('</section>')}"

    def number(self, path: str, format_name: str) -> Markup:
        """Return the number at `path`, printed and marked up."""
        return self.stash.hold(number_markup(read_number(path, format_name, self.view.facts)))

    def claim(self, name: str) -> Markup:
        """Return a claim, or nothing where the report makes no such claim."""
        html = claim_markup(name, self.view.facts)
        return self.stash.hold(html) if html else html

    def claims_about(self, prefix: str) -> list[str]:
        """Return the ids of all claims that begin with `prefix`."""
        return [name for name in self.view.facts.claims if name.startswith(prefix)]

    def figures(self, **wanted: str | None) -> list[dict[str, Any]]:
        """Return the figures whose `kind`, `model`, `architecture` or `slug` is as wanted."""
        unknown = wanted.keys() - FigureSpec.model_fields.keys()
        if unknown:
            raise ReportgenError(f"figures have no {min(unknown)!r}")
        return [
            spec
            for spec in self._specs
            if all(spec[name] == value for name, value in wanted.items())
        ]

    def drawing(self, slug: str) -> Markup:
        """Return a figure's drawing with its alternative text."""
        if slug not in self._drawings:
            raise ReportgenError(f"no figure is called {slug!r}")
        draw = inline_drawing if self.medium == "html" else linked_drawing
        return self.stash.hold(draw(self._drawings[slug]))

    def label(self, kind: str, name: str) -> Markup:
        """Number a figure or table, and return its label: `Figure 3`."""
        if kind not in self._counts:
            raise ReportgenError(f"only figures and tables are numbered, not {kind!r}")
        if name in self._labels:
            raise ReportgenError(f"two figures or tables are called {name!r}")
        self._counts[kind] += 1
        self._labels[name] = f"{kind} {self._counts[kind]}"
        return Markup(self._labels[name])

    def ref(self, name: str) -> Markup:
        """Refer to a figure or table by its name, from anywhere."""
        return self.stash.hold(lambda: self._link(name))

    def refer(self, names: Sequence[str]) -> Markup:
        """Refer to several at once: `Figures 3 and 4`, `Tables 7 to 10`."""
        require_plain("the filter `refer`", names)
        listed = [names] if isinstance(names, str) else [str(name) for name in names]
        return self.stash.hold(lambda: self._link_all(listed))

    def cite(self, *starts: str) -> Markup:
        """Cite the references that begin with each of these texts: ` [2, 5]`, or nothing.

        They are those of the experiment file, or where it has none, those that studies cite, and
        are numbered as they are cited. The no-break space is within the element: WeasyPrint breaks
        lines wrongly where one ends the text before an element.
        """
        for start in () if self._listed else starts:
            own = [each for each in self.view.experiment.references if each.text.startswith(start)]
            found = own or [each for each in REFERENCES if each.text.startswith(start)]
            self.references += (each for each in found if each not in self.references)
        numbers = [
            number
            for number, reference in enumerate(self.references, 1)
            if reference.text.startswith(starts)
        ]
        if not numbers:
            return Markup()
        links = (f'<a href="#reference-{number}">{number}</a>' for number in numbers)
        return self.stash.hold(f'<span class="ref">&nbsp;[{", ".join(links)}]</span>')

    def list_references(self) -> list[dict[str, Any]]:
        """Return the references that were cited, then the experiment file's others; none follow."""
        self._listed = True
        every = self.view.experiment.references
        self.references += [each for each in every if each not in self.references]
        return [plain(reference) for reference in self.references]

    def note(self, name: str) -> Markup:
        """Return the author's own words for a section, sanitised."""
        if name not in Notes.model_fields:
            known = ", ".join(Notes.model_fields)
            raise ReportgenError(f"no note is called {name!r}; the notes are {known}")
        if not getattr(self.view.experiment.notes, name).strip():
            return Markup()
        self._notes[name] = self._write_note(name)
        return self.stash.hold_block_later(lambda: self._notes[name])

    def settings(self) -> str:
        """Return the experiment file; where only shipped templates print it, filled in late."""
        if self.view.presentation.templates:
            return write_settings(self.view.header.experiment)
        return self.stash.hold(lambda: escape_text(write_settings(self.view.header.experiment)))

    def _write_note(self, name: str) -> str:
        text, stash = getattr(self.view.experiment.notes, name), Stash()
        parts = [
            stash.guard(part) if isinstance(part, str) else stash.hold(self._quote(part))
            for part in split_note(text)
        ]
        own = any(isinstance(part, str) and _DIGIT.search(part) for part in split_note(text))
        html = stash.fill(render_note("".join(parts))) + (_AUTHORS_NUMBERS if own else "")
        return f'<div class="note">{html}</div>'

    def _quote(self, quotation: Quotation) -> str:
        return number_markup(read_number(*locate(quotation, self.view.facts), self.view.facts))

    def join_words(self, words: Iterable[Any], conjunction: str = "and") -> Markup:
        """Join words as prose does: `a, b and c`."""
        words = list(words)
        require_plain("the filter `joined`", (conjunction, *words))
        parts = [self.stash.protect(word) for word in words]
        if len(parts) < 2:
            return Markup("").join(parts)
        return Markup("{} {} {}").format(Markup(", ").join(parts[:-1]), conjunction, parts[-1])

    def _link(self, name: str, text: str = "") -> str:
        """Return a link to a figure or table; its text is the label, unless another is given."""
        if name not in self._labels:
            raise ReportgenError(f"the templates refer to {name!r}, which is not in this report")
        label = (text or self._labels[name]).replace(" ", "&nbsp;")
        return f'<a class="ref" href="#{escape(name)}">{label}</a>'

    def _link_all(self, names: Sequence[str]) -> str:
        """Return links to figures or tables, those of one kind with one word for all of them."""
        if len(names) < 2 or any(name not in self._labels for name in names):
            return join([self._link(name) for name in names])
        kinds, numbers = zip(*(self._labels[name].rsplit(" ", 1) for name in names), strict=True)
        if len(set(kinds)) > 1:
            return join([self._link(name) for name in names])
        first = self._link(names[0], f"{kinds[0]}s {numbers[0]}")
        run = [str(int(numbers[0]) + step) for step in range(len(names))]
        if len(names) > 2 and list(numbers) == run:
            return f"{first} to {self._link(names[-1], numbers[-1])}"
        rest = [self._link(*each) for each in zip(names[1:], numbers[1:], strict=True)]
        return join([first, *rest])


def _keep_last_word(text: str) -> str:
    """Tie the last word of a caption to the one before, so that it never is a line of its own."""
    before, space, last = text.rpartition(" ")
    return before + "\u00a0" + last if space and len(last) < _SHORT else text


def _print_number(value: float, format_name: str) -> str:
    if format_name not in FORMATS:
        raise ReportgenError(
            f"no format is called {format_name!r}; the formats are {', '.join(FORMATS)}"
        )
    return FORMATS[format_name](value)


_SHORT = 16
"""Characters from which on a word may be alone on a line."""
_DIGIT = re.compile(r"\d")
_AUTHORS_NUMBERS = (
    '<p class="note-numbers">The author’s own words: numbers in them were not recomputed, '
    "except those quoted from the results.</p>"
)
_ADDRESS_CHARACTERS = "%/:?#@!$&'()*+,;=~[]"
"""Characters that an address may contain as they are, what is encoded already included."""
