"""What the audit of published values finds, as frozen records."""

from __future__ import annotations

from typing import Literal

from reportgen.config.published import Rounding
from reportgen.config.settings import Split
from reportgen.config.spec import Record

AuditJudgement = Literal["possible", "impossible", "undecided", "unknown"]
"""`undecided`: too many counts to try them all; `unknown`: no supports are given."""


Conclusion = Literal[
    "consistent", "impossible", "consistent with the other split", "undecided", "unknown"
]


class AuditFigure(Record):
    """One printed value and what could have produced it."""

    table: str
    metric: str
    """`accuracy`, `macro_f1`, `precision`, `recall`, `f1`, …"""
    class_index: int | None
    printed: str
    """As the paper prints it."""
    possible_on_test: bool | None
    """None if the supports of the split are unknown, or it cannot be decided."""
    possible_on_train: bool | None

    def possible_on(self, split: Split) -> bool | None:
        """Whether this value alone could have come from a split."""
        return self.possible_on_test if split == "test" else self.possible_on_train


class AuditAssumptions(Record):
    """How the values of a table are assumed to have been made."""

    rounding: Rounding = "nearest"
    runs: int = 1
    """Of how many evaluations they are averages; 0: of any number."""
    outside_predictions: bool = False
    """Whether the model could predict classes that the table does not list."""
    folds: tuple[tuple[int, ...], ...] = ()
    """Examples of each class in each fold, if the values are averages over known folds."""
    fold_count: int | None = None


class AuditExplanation(Record):
    """Another way in which values may have been made that cannot have been made as claimed."""

    kind: Literal[
        "other split", "average", "truncated", "any rounding", "outside", "other support", "slip"
    ]
    text: str
    """In words, as the end of `they fit …`."""
    fits: bool
    """Whether counts were found; otherwise none were found, but not all were ruled out."""


class AuditTable(Record):
    """All values of one table, judged together."""

    name: str
    describes: str
    model: str | None
    claimed_split: Split
    test: AuditJudgement
    """Whether whole-number counts on the test set can give every printed value at once."""
    train: AuditJudgement
    conclusion: Conclusion
    reason: str
    """A sentence: why the claimed split is impossible or undecided; empty otherwise."""
    assumptions: AuditAssumptions = AuditAssumptions()
    contradicting_classes: tuple[int, ...] = ()
    """Classes of which each alone shows that the claimed split is impossible."""
    explanations: tuple[AuditExplanation, ...] = ()
    """What else the values may be, if they cannot be what is claimed; what fits comes first."""
    total: int | None = None
    """Examples of the claimed split."""


class CountedTable(AuditTable):
    """A table with the counts that were found.

    Which of many possible ones they are depends on the version of the solver, so reports lack them.
    """

    test_counts: tuple[tuple[int, int], ...] | None = None
    """Counts that give every value on the test set, if they exist: for each class, true positives
    and how often it was predicted."""
    train_counts: tuple[tuple[int, int], ...] | None = None


class AuditAgreement(Record):
    """Whether tables that claim to describe the same model agree."""

    describes: str
    tables: tuple[str, ...]
    agree: bool | None
    reason: str
    contradicting_classes: tuple[int, ...] = ()
    """Classes of which each alone shows that the tables disagree."""


class Audit(Record):
    """The audit of all values of one source."""

    source: str
    figures: tuple[AuditFigure, ...]
    tables: tuple[AuditTable, ...]
    agreements: tuple[AuditAgreement, ...]
    classes: tuple[str, ...] = ()
    """Names of the paper's classes."""
    unit: str = "example"
    """What an example is called: `image` for a data set of images."""
    test_total: int | None = None
    """Examples in the paper's test set, if its supports are given."""
    train_total: int | None = None


class CountedAudit(Audit):
    """The audit of all values of one source, with the counts that were found."""

    tables: tuple[CountedTable, ...]
