"""Reports with sections whose templates are the author's own, and are not run.

The rest of such a document does not depend on them, but for the table of contents and the numbers
of figures, tables and references. So it is rendered with sections of headings and citations alone
in their place, and compared without them and without the numbers of figures and tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape

from reportgen.analysis.facts import Facts
from reportgen.report.carried import Carried
from reportgen.report.document import name_sections
from reportgen.studies.presentation import own_section
from reportgen.verification.segments import Segment, cut, end_of_element, plain_text

_CONTENTS = ('<nav class="sidebar"', '<nav class="contents"')
_NUMBERED = re.compile(r"\b((?:Figure|Table)s?)(?: |\xa0|&nbsp;|-)[0-9]+")
_REFERENCE = '<a class="ref"'
_LISTED = re.compile(r'<li id="reference-([0-9]+)">([^<]*)')
_CITED = re.compile(r'href="#reference-([0-9]+)"')


@dataclass(frozen=True)
class OwnSections:
    """Which sections of a report have templates of its author's own."""

    templates: tuple[str, ...]
    """Such as `sections/45-mine.md.j2`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The classes that the elements of the sections have in HTML."""
        return tuple(name_sections(self.templates))

    @property
    def are_all(self) -> bool:
        """Whether each is a section, so that the rest can be rendered."""
        return bool(self.names) and len(self.names) == len(self.templates)

    def without(self, carried: Carried, facts: Facts, html: str) -> tuple[Carried, Facts]:
        """Return what gives the document with blank sections in place of the author's.

        They have as many headings as those in `html` and the same citations, since both are
        numbered, and hold their unusual characters, since the embedded fonts depend on these.
        """
        segments = tuple(segment for each in self.taken_out(html) for segment in each)
        letters = {letter for letter in plain_text(segments) if ord(letter) > 127}
        headings = sum(segment.text.startswith("<h2") for segment in segments)
        blank = "## The author’s own\n\n" * headings + "&nbsp;" + "".join(sorted(letters))
        blank += "".join(_citations(html, segments))
        own = {name: blank for name in self.templates if name in carried.presentation.templates}
        presentation = replace(
            carried.presentation, templates={**carried.presentation.templates, **own}
        )
        studies = {
            name: study.model_copy(update={"section": blank})
            if own_section(name) in self.templates
            else study
            for name, study in facts.own_studies.items()
        }
        return (
            replace(carried, presentation=presentation),
            facts.model_copy(update={"own_studies": studies}),
        )

    def cut_rest(self, html: str) -> tuple[Segment, ...]:
        """Cut a document into segments, without what depends on the author's sections."""
        rest = [
            segment for kept, part in self._parts(html) for segment in (part if kept else part[:1])
        ]
        return tuple(
            Segment("#" if _is_end_of_range(before, segment) else text, segment.line)
            for before, segment in zip([None, *rest], rest, strict=False)
            for text in [_NUMBERED.sub(r"\1 #", segment.text)]
        )

    def taken_out(self, html: str) -> Iterator[Sequence[Segment]]:
        """Yield the segments of each section of the author's own that is in a document."""
        for kept, part in self._parts(html):
            if not kept and part[0].text.startswith("<section"):
                yield part

    def _parts(self, html: str) -> Iterator[tuple[bool, Sequence[Segment]]]:
        """Yield consecutive segments, and whether they are compared."""
        segments, start = cut(html), 0
        waiting = {f'<section class="section {name}">' for name in self.names}
        place = 0
        while place < len(segments):
            text = segments[place].text
            if text in waiting or text.startswith(_CONTENTS):
                waiting.discard(text)
                yield True, segments[start:place]
                start, place = place, end_of_element(segments, place)
                yield False, segments[start:place]
                start = place
            else:
                place += 1
        yield True, segments[start:]


def _is_end_of_range(before: Segment | None, segment: Segment) -> bool:
    """Whether a segment is the second number of `Tables 7 to 10`, which is a link of its own."""
    return before is not None and before.text.startswith(_REFERENCE) and segment.text.isdigit()


def _citations(html: str, segments: Iterable[Segment]) -> Iterator[str]:
    """Yield what makes a template cite the references that these segments cite."""
    listed = {number: unescape(text).strip() for number, text in _LISTED.findall(html)}
    for segment in segments:
        for number in _CITED.findall(segment.text):
            if text := listed.get(number):
                yield f"{{{{ cite({json.dumps(text)}) }}}}"
