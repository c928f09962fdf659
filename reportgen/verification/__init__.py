"""Verification: whether a document follows from the evidence that it carries."""

from __future__ import annotations

from pathlib import Path

from reportgen.errors import UsageError
from reportgen.verification.findings import VerifyResult

__all__ = ["VerifyResult", "verify_report"]


def verify_report(path: Path) -> VerifyResult:
    """Verify the report at `path`, an HTML file or a PDF.

    Raises UsageError where there is no such file, and VerificationFailed where its evidence is
    missing or damaged, so that nothing can be recomputed.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file; give a report.html or report.pdf")
    content = path.read_bytes()
    if content.startswith(b"%PDF"):
        from reportgen.verification.pdf import verify_pdf

        return verify_pdf(content)
    from reportgen.verification.html import verify_html

    return verify_html(content)
