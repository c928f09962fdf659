"""Whether a `results.json` has what a comparison reads: one that was edited or damaged may not.

The shapes here name the fields that the rooms of `diff` index; anything else is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator


class _Shape(BaseModel):
    # A digit in quotation marks is no number: it cannot be added up.
    model_config = ConfigDict(strict=True)


class _ClassScore(_Shape):
    name: str = Field(alias="class")
    f1: FiniteFloat


class _Run(_Shape):
    seed: int
    key: str
    per_class: list[_ClassScore] = []
    confusion_matrix: list[list[int]] | None = None
    accuracy: FiniteFloat | None = None
    macro_f1: FiniteFloat | None = None
    train_accuracy: FiniteFloat | None = None
    seconds: FiniteFloat | None = None


class _Model(_Shape):
    slug: str
    name: str
    sources: dict[str, str] | None = None
    runs: Annotated[list[_Run], Field(min_length=1)]

    @model_validator(mode="after")
    def _runs_agree(self) -> _Model:
        first, *others = [[score.name for score in run.per_class] for run in self.runs]
        if any(classes != first for classes in others):
            raise ValueError("its runs have different classes")
        size = len(first)
        for run in self.runs:
            rows = run.confusion_matrix
            if rows is not None and [len(row) for row in rows] != [size] * size:
                raise ValueError("a confusion matrix does not fit the classes")
        return self


class _Pair(_Shape):
    first: str
    second: str
    verdict: str
    winner: str | None = None


class _Effect(_Shape):
    judgement: str


class _Design(_Shape):
    first_architecture: str
    second_architecture: str
    architecture: _Effect
    dropout: _Effect
    dropout_first: _Effect
    dropout_second: _Effect
    interaction: _Effect


class _AuditTable(_Shape):
    name: str
    conclusion: str


class _Audit(_Shape):
    tables: list[_AuditTable] = []


class _Verdict(_Shape):
    kind: str
    leaders: list[str]


class _Claim(_Shape):
    text: str


class _Provenance(_Shape):
    versions: dict[str, str] | None = None


class _Named(_Shape):
    slug: str


class _SeedSummary(_Shape):
    values: Annotated[list[float], Field(min_length=1)]


class _ModelMetric(_Shape):
    summary: _SeedSummary


class _Metric(_Shape):
    title: str
    format: str
    models: dict[str, _ModelMetric] = {}


class _Confidence(_Shape):
    measures: dict[str, _Metric] = {}


class _Scored(_Shape):
    score: float


class _SweptModel(_Shape):
    trials: list[Any]
    best: list[_Scored]


class _Sweep(_Shape):
    configurations: int
    metric: str
    models: dict[str, _SweptModel]


class _Studies(_Shape):
    design: _Design | None = None
    confidence: _Confidence | None = None
    sweep: _Sweep | None = None


class _Experiment(_Shape):
    models: list[_Named] = []


class _Plan(_Shape):
    sha256: str


class _Comparable(_Shape):
    models: list[_Model]
    experiment: _Experiment = _Experiment()
    data: dict[str, Any] = {}
    provenance: dict[str, _Provenance | None] = {}
    pairs: dict[str, _Pair] | None = None
    metrics: dict[str, _Metric] = {}
    studies: _Studies | None = None
    audit: _Audit | None = None
    plan: _Plan | None = None
    verdict: _Verdict | None = None
    claims: dict[str, _Claim] = {}


def find_fault(results: Mapping[str, Any]) -> str | None:
    """Return what keeps these results from being compared, such as `models.0.name: …`; or None."""
    try:
        _Comparable.model_validate(results)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(str(part) for part in found["loc"])
        what = str(found["msg"]).removeprefix("Value error, ")
        return f"{where}: {what[:1].lower()}{what[1:]}"
    return None
