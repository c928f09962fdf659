"""What the tests of studies share."""

from __future__ import annotations

import pytest

from reportgen.analysis.facts import Facts
from reportgen.results.evidence import Evidence
from reportgen.studies import analyse


@pytest.fixture(scope="module")
def facts(evidence: Evidence) -> Facts:
    """Return the facts of a module's own evidence."""
    return analyse(evidence)
