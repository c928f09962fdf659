"""Settings of `[published]`: figures of a paper, as it prints them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from reportgen.config.settings import DatasetName, Settings, Split

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Correlation = Annotated[float, Field(ge=-1.0, le=1.0)]
Rounding = Literal["nearest", "truncated", "half-even", "any"]
MOST_RUNS = 1000
Runs = Annotated[
    int,
    BeforeValidator(lambda value: 0 if value == "unknown" else value),
    Field(ge=0, le=MOST_RUNS),
]
Supports = tuple[Annotated[int, Field(ge=1)], ...]


class PublishedTable(Settings):
    """Figures that a paper prints for one model, as it prints them."""

    name: Annotated[str, Field(min_length=1)]
    """What the paper calls this table or figure."""
    model: str | None = None
    """Slug of the model of this experiment that it describes; tables of the same one must agree."""
    describes: str | None = None
    """What the table describes, where that is no model of this experiment."""
    split: Split = "test"
    """The split that the figures were measured on, according to the paper."""
    decimals: Annotated[int, Field(ge=1, le=8)]
    runs: Runs | None = None
    """Of how many evaluations the figures are averages; unset, as for all tables."""
    rounding: Rounding | None = None
    outside_predictions: bool | None = None
    """Whether the model could predict classes that the table does not list."""
    support: Supports | None = None
    """Examples of each class as the table prints them, where they differ from the split's."""
    folds: tuple[Supports, ...] = ()
    """Examples of each class in each fold, where the figures are averages over folds."""
    fold_count: Annotated[int, Field(ge=2, le=100)] | None = None
    """How many folds the figures are averages over, where their composition is not known."""
    accuracy: Share | None = None
    balanced_accuracy: Share | None = None
    micro_precision: Share | None = None
    micro_recall: Share | None = None
    micro_f1: Share | None = None
    macro_precision: Share | None = None
    macro_recall: Share | None = None
    macro_f1: Share | None = None
    macro_specificity: Share | None = None
    macro_npv: Share | None = None
    weighted_precision: Share | None = None
    weighted_recall: Share | None = None
    weighted_f1: Share | None = None
    weighted_specificity: Share | None = None
    weighted_npv: Share | None = None
    mcc: Correlation | None = None
    """Matthews correlation."""
    kappa: Correlation | None = None
    """Cohen's kappa."""
    precision: tuple[Share, ...] | None = None
    recall: tuple[Share, ...] | None = None
    f1: tuple[Share, ...] | None = None
    specificity: tuple[Share, ...] | None = None
    npv: tuple[Share, ...] | None = None
    positive: str | None = None
    """The class that `binary` is about; unset, the last."""
    binary: dict[str, float] = {}
    """Scores of the positive class against all others: `sensitivity`, `informedness`, …"""


class Published(Settings):
    """Figures of a published paper: set beside the reproduction, and audited."""

    source: Annotated[str, Field(min_length=1)]
    """How the report names the paper."""
    reference: Annotated[str, Field(min_length=1)] | None = None
    """How the paper's entry in `[[references]]` begins; the report cites it beside its name."""
    dataset: DatasetName | None = None
    """The data set that the figures are about; another one leaves the comparison out."""
    classes: tuple[str, ...] = ()
    test_support: Supports = ()
    """Examples per class in the paper's test set."""
    train_support: Supports = ()
    runs: Runs = 1
    """Of how many evaluations the figures are averages; 0 or `"unknown"`: it is not known."""
    rounding: Rounding = "nearest"
    outside_predictions: bool = False
    tables: tuple[PublishedTable, ...] = ()
