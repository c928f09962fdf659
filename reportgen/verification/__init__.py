"""Verification: whether a document follows from its own evidence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.characters import one_line
from reportgen.errors import UsageError, VerificationFailed
from reportgen.reading import read_regular
from reportgen.verification.findings import VerifyResult

if TYPE_CHECKING:
    from reportgen.report.carried import Carried

__all__ = ["VerifyResult", "find_report", "read_report", "verify_report"]

LARGEST = 2**28
"""Bytes that a report may have."""


def verify_report(path: Path, trust_templates: bool = False) -> VerifyResult:
    """Verify the report at `path`, an HTML file or a PDF.

    Templates that came with the report run only with `trust_templates`. Raises UsageError where
    there is no such file, and VerificationFailed where its evidence is missing or damaged, so that
    nothing can be recomputed.
    """
    from reportgen.report.pdf import uncollected

    content = _read(path)
    with uncollected(), _naming(path):
        _require_name(path, content.startswith(b"%PDF"))
        if content.startswith(b"%PDF"):
            from reportgen.verification.pdf import verify_pdf

            return verify_pdf(content, trust_templates)
        from reportgen.verification.html import verify_html

        return verify_html(content, trust_templates)


def read_report(path: Path) -> Carried:
    """Return the content of the report at `path`, HTML or PDF; raises as `verify_report`."""
    content = _read(path)
    with _naming(path):
        if content.startswith(b"%PDF"):
            from reportgen.verification.pdf import read_carried

            return read_carried(content)
        from reportgen.report.carried import read_html

        return read_html(content.decode(errors="replace"))


_PAGES = (".html", ".htm", ".xhtml", ".xht", ".shtml", ".mhtml", ".mht", ".svg", ".xml")
"""How the names of files end that browsers show as a page."""


def _require_name(path: Path, is_pdf: bool) -> None:
    """Raise VerificationFailed where programs open a file as something else than what it is.

    A PDF may contain a web page, which a browser shows where the file has such a name.
    """
    ending = path.suffix.lower()
    if is_pdf and ending in _PAGES:
        raise VerificationFailed(
            f"this is a PDF, but by its name browsers show it as a page, with other content than "
            f"is verified; rename it to {one_line(path.stem)}.pdf"
        )
    if not is_pdf and ending == ".pdf":
        raise VerificationFailed(
            "this does not begin as a PDF, but by its name programs open it as one; if it is a "
            f"report in HTML, rename it to {one_line(path.stem)}.html"
        )


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the path of a report before what is wrong with it."""
    try:
        yield
    except VerificationFailed as error:
        raise VerificationFailed(f"{one_line(path)}: {error}") from error


def find_report(folder: Path) -> Path:
    """Return the report in a folder; the one in HTML where there is none, for what reads it."""
    documents = [folder / "report.html", folder / "report.pdf"]
    return next((each for each in documents if each.is_file()), documents[0])


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            what = "this is not a file" if path.exists() else "there is no such file"
            raise UsageError(f"{path}: {what}; give a report.html or report.pdf")
        return read_regular(path, LARGEST)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise VerificationFailed(
                f"{path} cannot be read as a report: {error.strerror}"
            ) from error
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
