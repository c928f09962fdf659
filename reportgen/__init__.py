"""One experiment file in, one model-comparison report out that a reviewer can trust.

What Python code may call is listed in `__all__` and loaded when it is first used;
docs/python-api.md shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.api.functions import Report as Report
    from reportgen.api.functions import ReportgenError as ReportgenError
    from reportgen.api.functions import audit_figures as audit_figures
    from reportgen.api.functions import build as build
    from reportgen.api.functions import compare as compare
    from reportgen.api.functions import diff_reports as diff_reports
    from reportgen.api.functions import load_report as load_report
    from reportgen.api.functions import verify as verify

__version__ = "0.1.0"

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
    if name not in __all__:
        raise AttributeError(f"module 'reportgen' has no attribute {name!r}")
    from reportgen.api import functions

    return getattr(functions, name)


def __dir__() -> list[str]:
    return sorted(__all__)
