"""What a report carries: the evidence within it, and the facts that follow from the evidence."""

from __future__ import annotations

import binascii
from base64 import b64decode

from pydantic import ValidationError

from reportgen import __version__
from reportgen.analysis.facts import Facts
from reportgen.errors import VerificationFailed
from reportgen.results.evidence import Evidence
from reportgen.results.evidence_file import decode

_MARK = 'id="evidence"'


def read_html_evidence(html: str) -> Evidence:
    """Decode the evidence of an HTML report.

    Raises VerificationFailed where it is missing or damaged.
    """
    encoded = _find_evidence(html)
    if not encoded.strip():
        raise VerificationFailed("the report carries no evidence: nothing can be recomputed")
    try:
        content = b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationFailed(f"the evidence in the report is damaged: {error}") from error
    return decode(content)


def _find_evidence(html: str) -> str:
    """Return the text of the last element that is marked as the evidence; empty if none is."""
    _, found, rest = html.rpartition(_MARK)
    return rest.partition(">")[2].partition("<")[0] if found else ""


def facts_of(evidence: Evidence) -> Facts:
    """Recompute the facts; SciPy is loaded only here.

    Raises VerificationFailed where the evidence is whole, but not what this version analyses.
    """
    from reportgen.analysis import analyse

    try:
        return analyse(evidence)
    except (ValidationError, LookupError) as error:
        raise VerificationFailed(
            f"the evidence, which reportgen {evidence.header.reportgen} wrote, cannot be analysed "
            f"by reportgen {__version__}: {str(error).splitlines()[0]}"
        ) from error
