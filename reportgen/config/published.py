"""Settings of `[published]`: values of a paper, as it prints them."""

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
    """Values that a paper prints for one model, as it prints them."""

    name: Annotated[str, Field(min_length=1)]
    """Name of this table or figure in the paper."""
    model: str | None = None
    """Slug of the model of this experiment that it describes; tables of the same model and split
    must agree."""
    describes: str | None = None
    """What the table describes, if it is not a model of this experiment."""
    split: Split = "test"
    """The split that the values were measured on, according to the paper."""
    decimals: Annotated[int, Field(ge=1, le=8)]
    """Decimals as printed, of values as shares: 99.1 % has 3."""
    runs: Runs | None = None
    """Of how many evaluations the values are averages; if not set, as for all tables."""
    rounding: Rounding | None = None
    outside_predictions: bool | None = None
    """Whether the model could predict classes that the table does not list."""
    support: Supports | None = None
    """Examples of each class as the table prints them, if they differ from those of the split."""
    folds: tuple[Supports, ...] = ()
    """Examples of each class in each fold, if the values are averages over folds."""
    fold_count: Annotated[int, Field(ge=2, le=100)] | None = None
    """Number of folds that the values are averages over, if their composition is unknown."""
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
    """The class that `binary` is about; if not set, the last."""
    binary: dict[str, float] = {}
    """Scores of the positive class against all others: `sensitivity`, `informedness`, …"""


class Published(Settings):
    """Values of a published paper: compared with those measured here, and audited."""

    source: Annotated[str, Field(min_length=1)]
    """Name of the paper in the report."""
    reference: Annotated[str, Field(min_length=1)] | None = None
    """How the paper's entry in `[[references]]` begins; the report cites it beside its name."""
    dataset: DatasetName | None = None
    """The data set that the values are about; in a report on another one they are only audited."""
    classes: tuple[str, ...] = ()
    test_support: Supports = ()
    """Examples per class in the paper's test set."""
    train_support: Supports = ()
    runs: Runs = 1
    """Of how many evaluations the values are averages; 0 or `"unknown"` if this is unknown."""
    rounding: Rounding = "nearest"
    outside_predictions: bool = False
    tables: tuple[PublishedTable, ...] = ()
