"""What a comparison reads of a `results.json`, which may have been edited or damaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from reportgen.wording import shorten


class _Read(BaseModel):
    """Strict, as what is read here is compared as it is; other fields are ignored."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _ClassScore(_Read):
    name: str = Field(alias="class")
    f1: float


class _Run(_Read):
    seed: int
    key: str
    accuracy: float | None = None
    macro_f1: float | None = None
    train_accuracy: float | None = None
    seconds: float | None = None
    per_class: Sequence[_ClassScore] = ()
    confusion_matrix: Sequence[Sequence[int]] | None = None

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        rows, classes = self.confusion_matrix or (), len(self.per_class)
        if rows and [len(row) for row in rows] != [classes] * classes:
            raise ValueError(f"confusion_matrix should have {classes} rows and columns")
        return self


class _Model(_Read):
    slug: str
    name: str
    sources: Mapping[str, str] | None = None
    runs: Sequence[_Run] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_classes(self) -> Self:
        if len({tuple(score.name for score in run.per_class) for run in self.runs}) > 1:
            raise ValueError("per_class should name the same classes in all runs")
        return self


class _Summary(_Read):
    values: Sequence[float] = Field(min_length=1)


class _MetricOfModel(_Read):
    summary: _Summary


class _Metric(_Read):
    title: str
    format: str
    models: Mapping[str, _MetricOfModel]


class _Confidence(_Read):
    measures: Mapping[str, _Metric] = {}


class _Effect(_Read):
    judgement: str


class _Design(_Read):
    first_architecture: str
    second_architecture: str
    architecture: _Effect
    dropout: _Effect
    dropout_first: _Effect
    dropout_second: _Effect
    interaction: _Effect


class _Best(_Read):
    score: float


class _Tried(_Read):
    trials: Sequence[Any]
    best: Sequence[_Best]


class _Sweep(_Read):
    configurations: int
    metric: str
    models: Mapping[str, _Tried]


class _Studies(_Read):
    confidence: _Confidence | None = None
    design: _Design | None = None
    sweep: _Sweep | None = None


class _Setting(_Read):
    slug: str


class _Experiment(_Read):
    models: Sequence[_Setting] = ()


class _Verdict(_Read):
    kind: str
    leaders: Sequence[str]


class _Pair(_Read):
    first: str
    second: str
    verdict: str
    winner: str | None = None


class _Claim(_Read):
    text: str


class _Table(_Read):
    name: str
    conclusion: str


class _Audit(_Read):
    tables: Sequence[_Table] = ()


class _Plan(_Read):
    sha256: str


class _Provenance(_Read):
    versions: Mapping[str, Any] | None = None


class _Results(_Read):
    experiment: _Experiment = _Experiment()
    data: Mapping[str, Any] = {}
    models: Sequence[_Model]
    pairs: Mapping[str, _Pair] | None = None
    metrics: Mapping[str, _Metric] = {}
    studies: _Studies | None = None
    verdict: _Verdict | None = None
    claims: Mapping[str, _Claim] = {}
    audit: _Audit | None = None
    plan: _Plan | None = None
    provenance: Mapping[str, _Provenance | None] = {}


def check_results(results: Mapping[str, Any]) -> None:
    """Raise ValueError, naming the place, where `results` lack what a comparison reads."""
    try:
        _Results.model_validate(results)
    except ValidationError as error:
        raise ValueError(_describe(error.errors()[0])) from error


def _describe(fault: ErrorDetails) -> str:
    where = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"{where} is missing"
    if fault["type"] == "value_error":
        return f"{where}: {fault['ctx']['error']}"
    return f"{where} cannot be {shorten(repr(fault['input']), 40)}"
