"""Verification: whether a document follows from the evidence that it carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.errors import UsageError
from reportgen.verification.findings import VerifyResult

if TYPE_CHECKING:
    from reportgen.report.carried import Carried

__all__ = ["VerifyResult", "read_report", "verify_report"]


def verify_report(path: Path) -> VerifyResult:
    """Verify the report at `path`, an HTML file or a PDF.

    Raises UsageError where there is no such file, and VerificationFailed where its evidence is
    missing or damaged, so that nothing can be recomputed.
    """
    content = _read_bytes(path)
    if content.startswith(b"%PDF"):
        from reportgen.verification.pdf import verify_pdf

        return verify_pdf(content)
    from reportgen.verification.html import verify_html

    return verify_html(content)


def read_report(path: Path) -> Carried:
    """Return what the report at `path` carries, HTML or PDF; raises as `verify_report`."""
    content = _read_bytes(path)
    if content.startswith(b"%PDF"):
        from reportgen.verification.pdf import read_pdf

        return read_pdf(content)
    from reportgen.report.carried import read_html

    return read_html(content.decode(errors="replace"))


def _read_bytes(path: Path) -> bytes:
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file; give a report.html or report.pdf")
    return path.read_bytes()
