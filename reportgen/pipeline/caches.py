"""Results that are computed once and kept by content: facts, figures, evidence, the PDF.

The slow rooms are imported only where the store lacks their result.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import reportgen
from reportgen.config.keys import digest, file_digests, module_digest, package_version
from reportgen.config.plan import PRESENTATION
from reportgen.pipeline.remembered import Memory
from reportgen.pipeline.requests import Reporter
from reportgen.results import container
from reportgen.results.evidence import Evidence
from reportgen.results.files import read_file
from reportgen.results.records import Dataset
from reportgen.results.store import Store

if TYPE_CHECKING:
    from reportgen.analysis.facts import Facts
    from reportgen.figures import FigureSpec
    from reportgen.figures.plan.images import ShownImages
    from reportgen.report.pdf import PdfRequest


_FACTS_ROOMS = ("analysis", "audit", "metrics", "studies")
_DRAWINGS = ("figure.svg", "screen.svg")
_TEXT_FILES = ("formatting.py", "wording.py")


def cached_facts(store: Store, evidence: Evidence) -> Facts:
    """Return the facts of `evidence`, from the store where they were computed before."""
    from reportgen.analysis.facts import Facts

    key = _facts_key(evidence)
    entry = store.read("facts", key)
    if entry is not None:
        return Facts.model_validate_json(entry.files["facts.json"])
    from reportgen.studies import analyse

    facts = analyse(evidence)
    store.write("facts", key, {}, {"facts.json": facts.model_dump_json().encode()})
    return facts


def _facts_key(evidence: Evidence) -> str:
    package = Path(reportgen.__file__).parent
    header = evidence.header.model_dump(mode="json")
    # An edit of prose must not repeat the analysis.
    header["experiment"] = {
        name: value for name, value in header["experiment"].items() if name not in PRESENTATION
    }
    return digest(
        {
            "header": header,
            "arrays": evidence.digest(),
            "source": {room: file_digests(package / room) for room in _FACTS_ROOMS},
            # Some claims contain formatted numbers and words.
            "text": [module_digest(package / name) for name in _TEXT_FILES],
            "numpy": package_version("numpy"),
            "scipy": package_version("scipy"),
        }
    )


def cached_figures(
    store: Store,
    facts: Facts,
    dataset: Dataset,
    images: ShownImages | None,
    reporter: Reporter,
) -> tuple[tuple[FigureSpec, str, str], ...]:
    """Return every figure with its SVG in print and that on screens.

    Only those whose data or style changed are drawn.
    """
    from reportgen.figures import figure_key
    from reportgen.figures.stored import is_drawing
    from reportgen.studies.presentation import plan_figures

    drawn = []
    for spec in plan_figures(facts, dataset, images):
        key = figure_key(spec)
        entry = store.read("figure", key)
        kept = entry.files if entry else {}
        svg, screen = (kept.get(name, b"").decode(errors="replace") for name in _DRAWINGS)
        # What was altered in the store to load or run something is drawn again.
        if not (is_drawing(svg) and is_drawing(screen)):
            from reportgen.figures.drawing import draw_screen, draw_svg

            reporter.stage(f"Drawing {spec.title}")
            svg = draw_svg(spec)
            screen = draw_screen(spec, svg)
            files = zip(_DRAWINGS, (svg.encode(), screen.encode()), strict=True)
            store.write("figure", key, {"slug": spec.slug}, dict(files))
        drawn.append((spec, svg, screen))
    return tuple(drawn)


def cached_compression(store: Store, memory: Memory, content: bytes) -> bytes:
    """Return what `container.compress` makes of the arrays of a report."""
    made_of = {
        "content": sha256(content).hexdigest(),
        "code": module_digest(Path(container.__file__)),
    }
    key = digest(made_of)
    return memory.recall(key, lambda: _compressed(store, key, content))


def _compressed(store: Store, key: str, content: bytes) -> bytes:
    if len(content) < _QUICK:
        return container.compress(content)
    entry = store.read("compressed", key)
    if entry is not None and _COMPRESSED in entry.files:
        return entry.files[_COMPRESSED]
    compressed = container.compress(content)
    store.write("compressed", key, {}, {_COMPRESSED: compressed})
    return compressed


_QUICK = 2**17
"""Bytes below which compressing takes no longer than some hundredths of a second."""
_COMPRESSED = "arrays.lzma2"


def cached_pdf(
    store: Store, published: Path, request: PdfRequest, keeps_sections: bool = True
) -> bytes:
    """Return a PDF: the `published` one where typesetting it again would give the same bytes.

    The store holds its SHA-256 and not its content, which would fill it with a document for each
    edit. Sections that were typeset before are not measured again, if `keeps_sections`: with style
    sheets of the user's own, what a section measures may depend on others.
    """
    from reportgen.report.pdf import describe_typesetter, typeset

    key = request.key()
    entry = store.read("digest", key) if key else None
    if entry is not None:
        last = read_file(published)
        if last is not None and sha256(last).hexdigest() == entry.record.get("sha256"):
            return last
    keeps = keeps_sections and key is not None
    measured = StoredLengths(store, describe_typesetter()) if keeps else None
    pdf = typeset(request, measured=measured)
    if key:
        store.write("digest", key, {"sha256": sha256(pdf).hexdigest()}, {})
    return pdf


class StoredLengths:
    """Sections that were measured (`report.measuring.Measured`), in the store."""

    def __init__(self, store: Store, typesetter: Any) -> None:
        """Keep what `typesetter` has measured."""
        self._store, self._typesetter = store, typesetter

    def get(self, key: str) -> list[Any] | None:
        """Return what was measured of a section; None where it was not."""
        entry = self._store.read("measured", self._key(key))
        return entry.record.get("blocks") if entry else None

    def __setitem__(self, key: str, lengths: list[Any]) -> None:
        """Keep what was measured of a section."""
        self._store.write("measured", self._key(key), {"blocks": lengths}, {})

    def _key(self, key: str) -> str:
        return digest({"section": key, "typesetter": self._typesetter})
