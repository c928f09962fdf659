"""What a document carries: the evidence of its numbers, and how they are presented.

    8 bytes   magic and version
    8 bytes   length of the evidence, big-endian
    …         the evidence (`reportgen.results.evidence_file`)
    …         the presentation (`reportgen.results.presentation`)

Both documents carry the same bytes: the HTML in base 85, in a script element that nothing runs;
the PDF as an attachment.
"""

from __future__ import annotations

from dataclasses import dataclass

from reportgen import __version__
from reportgen.analysis.facts import Facts
from reportgen.config.keys import package_version
from reportgen.errors import ReportgenError, VerificationFailed
from reportgen.report import base85
from reportgen.results.container import Compress, compress
from reportgen.results.evidence import Evidence
from reportgen.results.evidence_file import decode, encode
from reportgen.results.presentation import Presentation, decode_presentation, encode_presentation

MAGIC = b"RGDOCU\x00\x02"
_PREAMBLE = len(MAGIC) + 8
_MARK = 'id="evidence"'
_OTHER_VERSION = (
    "the report's evidence is in the form of another version of reportgen: verify it with the "
    "version that the report names"
)


@dataclass(frozen=True)
class Carried:
    """Everything that a document is a function of, except the code that renders it."""

    evidence: Evidence
    presentation: Presentation
    content: bytes
    """Both as bytes, as the document carries them."""


def pack(
    evidence: Evidence, presentation: Presentation, compress_parts: Compress = compress
) -> Carried:
    """Return evidence and presentation with the bytes that a document carries."""
    first = encode(evidence, compress_parts)
    second = encode_presentation(presentation, compress_parts)
    content = MAGIC + len(first).to_bytes(8, "big") + first + second
    return Carried(evidence, presentation, content)


def unpack(content: bytes) -> Carried:
    """Return what `pack` made; raises VerificationFailed where it is damaged."""
    if content.startswith(MAGIC[:-1]) and not content.startswith(MAGIC):
        raise VerificationFailed(_OTHER_VERSION)
    if not content.startswith(MAGIC) or len(content) < _PREAMBLE:
        raise VerificationFailed("the report's evidence is damaged at its start")
    end = _PREAMBLE + int.from_bytes(content[len(MAGIC) : _PREAMBLE], "big")
    evidence = decode(content[_PREAMBLE:end])
    return Carried(evidence, decode_presentation(content[end:]), content)


def read_html(html: str) -> Carried:
    """Return what an HTML report carries.

    Raises VerificationFailed where it is missing or damaged.
    """
    encoded = _find_evidence(html)
    if not encoded.strip():
        raise VerificationFailed(
            "there is no evidence in the file, so it is not a report or is incomplete"
        )
    try:
        content = base85.decode("".join(encoded.split()))
    except ValueError as error:
        raise VerificationFailed(f"the evidence in the report is damaged: {error}") from error
    return unpack(content)


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that the bytes of a document depend on."""
    return {name: package_version(name) for name in _LIBRARIES}


_LIBRARIES = (
    *("numpy", "scipy", "matplotlib", "seaborn", "pillow", "fonttools", "uharfbuzz"),
    *("jinja2", "markupsafe", "markdown", "nh3", "weasyprint", "pydyf"),
)


def _find_evidence(html: str) -> str:
    """Return the text of the last element that is marked as the evidence; empty if none is."""
    _, found, rest = html.rpartition(_MARK)
    return rest.partition(">")[2].partition("<")[0] if found else ""


def facts_of(evidence: Evidence) -> Facts:
    """Recompute the facts; SciPy is loaded only here.

    Raises VerificationFailed where the evidence is whole, but not what this version analyses.
    """
    from reportgen.studies import analyse

    try:
        return analyse(evidence)
    except (ValueError, LookupError, ReportgenError) as error:
        raise VerificationFailed(
            f"the evidence, which reportgen {evidence.header.reportgen} wrote, cannot be analysed "
            f"by reportgen {__version__}: {str(error).splitlines()[0]}"
        ) from error
