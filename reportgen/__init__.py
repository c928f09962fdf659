"""One experiment file in, one model-comparison report out that a reviewer can trust.

What Python code may call is listed in `__all__` and loaded when it is first used;
docs/python-api.md shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.api.functions import audit_figures as audit_figures
    from reportgen.api.functions import build as build
    from reportgen.api.functions import compare as compare
    from reportgen.api.functions import diff_reports as diff_reports
    from reportgen.api.functions import load_report as load_report
    from reportgen.api.functions import verify as verify
    from reportgen.api.reports import Report as Report
    from reportgen.errors import ReportgenError as ReportgenError

__version__ = "0.1.0"

_PLACES = {
    "Report": "reportgen.api.reports",
    "ReportgenError": "reportgen.errors",
    "audit_figures": "reportgen.api.functions",
    "build": "reportgen.api.functions",
    "compare": "reportgen.api.functions",
    "diff_reports": "reportgen.api.functions",
    "load_report": "reportgen.api.functions",
    "verify": "reportgen.api.functions",
}
"""Name → the module that defines it."""

__all__ = (
    "Report",
    "ReportgenError",
    "__version__",
    "audit_figures",
    "build",
    "compare",
    "diff_reports",
    "load_report",
    "verify",
)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'reportgen' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
