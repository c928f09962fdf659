"""What differs between two builds: settings, runs, numbers, conclusions.

Works on the content of two `results.json` and loads nothing heavy: every build ends with it.
"""

from reportgen.diff.compare import compare_builds
from reportgen.diff.records import Diff
from reportgen.diff.words import changes_paragraph

__all__ = ["Diff", "changes_paragraph", "compare_builds"]
