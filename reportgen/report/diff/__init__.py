"""What differs between two builds: settings, runs, numbers, conclusions.

Works on the content of two `results.json` and loads nothing heavy: every build ends with it.
"""

from reportgen.report.diff.compare import compare_builds
from reportgen.report.diff.records import Diff
from reportgen.report.diff.words import changes_paragraph

__all__ = ["Diff", "changes_paragraph", "compare_builds"]
