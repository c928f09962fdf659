"""references.bib: the references of a report, and the sources of its metrics and statistics."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.export.latex import escape
from reportgen.report.view import View


def write_bibliography(view: View) -> str:
    """Return the entries of references.bib; a free text of the experiment file is a title."""
    return "".join(_entries(view))


def _entries(view: View) -> Iterator[str]:
    yield _misc("reportgen", f"reportgen {view.version}, software for comparing models")
    for number, reference in enumerate(view.experiment.references, 1):
        yield _misc(f"reference{number}", reference.text, reference.url)
    for name, metric in view.facts.metrics.items():
        if metric.source:
            yield _misc(f"metric-{name}", f"{metric.title}: {metric.source}")


def _misc(key: str, title: str, address: str | None = None) -> str:
    url = f"  howpublished = {{\\url{{{_bare(address)}}}}},\n" if address else ""
    # A key to sort by, for there is no author that could be told from the title.
    return f"@misc{{{key},\n  key = {{{key}}},\n  title = {{{{{escape(title)}}}}},\n{url}}}\n"


def _bare(address: str) -> str:
    r"""Return an address as `\url` takes it: nothing in it can end the argument."""
    return "".join(
        f"%{ord(character):02X}" if character in "{}\\" else character for character in address
    )
