"""The facts of a report: every number that it prints, in one tree of frozen records.

`Facts` is a pure function of the evidence (`reportgen.studies.analyse`). A number is addressed by
its dotted path in this tree, such as `models.cnn.accuracy.mean` or `pairs.cnn--mlp.difference.low`:
templates, figures, claims and `verify` all look it up by that path. Shares lie in [0, 1],
differences are shares too (0.018 is printed as 1.80 points), times are seconds.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from reportgen.audit.records import Audit
from reportgen.config.spec import Kind
from reportgen.results.evidence import FailedRun
from reportgen.results.records import Costs, DatasetRecord, Epoch, ModelSummary, Record

Judgement = Literal["better", "equivalent", "undecided"]


class Interval(Record):
    """A confidence interval."""

    low: float
    high: float


class SeedSummary(Record):
    """A metric over the seeds of one model."""

    mean: float
    sd: float | None
    """Sample standard deviation over seeds (n − 1); None for a single seed."""
    minimum: float
    maximum: float
    values: tuple[float, ...]
    """One for each seed, in the order of the runs."""


class ClassScores(Record):
    """Precision, recall and F1 of one class in one run, as in scikit-learn's report."""

    precision: float
    recall: float
    f1: float
    support: int


class RunMetrics(Record):
    """All metrics of one run."""

    seed: int
    key: str
    accuracy: float
    correct: int
    macro_precision: float
    macro_recall: float
    macro_f1: float
    micro_f1: float
    weighted_precision: float
    weighted_recall: float
    weighted_f1: float
    per_class: tuple[ClassScores, ...]
    confusion_matrix: tuple[tuple[int, ...], ...]
    """Rows are true classes, columns predicted ones."""
    train_accuracy: float | None
    """On the training set; None, like all scores there, where the run was not evaluated on it."""
    train_macro_f1: float | None
    train_f1: tuple[float, ...] | None
    """F1 of each class on the training set."""
    history: tuple[Epoch, ...]
    """Empty where nothing is trained by epochs."""
    costs: Costs | None
    """None for predictions that were made elsewhere."""


class ClassSummary(Record):
    """One class of one model, over its seeds."""

    name: str
    precision: SeedSummary
    recall: SeedSummary
    f1: SeedSummary
    f1_interval: Interval
    """Test sampling alone: variance of the mean over seeds, in Wilson's form."""
    support: int


class Overfitting(Record):
    """Accuracy on the training set against the test set.

    The training set is all of it: what was held out for validation (`ModelFacts.held_out`) counts
    with what the model was trained on, which makes the gap smaller.
    """

    train_accuracy: SeedSummary
    gap: SeedSummary
    """Training accuracy − test accuracy, for each seed."""
    gap_interval: Interval


class CostSummary(Record):
    """What a model costs, over its seeds."""

    train_seconds: SeedSummary
    seconds_per_1000: SeedSummary
    peak_memory_bytes: SeedSummary


class Curve(Record):
    """Mean over seeds of a quantity after each epoch."""

    mean: tuple[float, ...]
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]


class LearningCurves(Record):
    """Learning curves of one model over its seeds."""

    loss: Curve
    accuracy: Curve
    validation_loss: Curve | None
    validation_accuracy: Curve | None
    clean_accuracy: Curve | None = None
    """On training examples after each epoch, without dropout or augmentation; None without them."""


class ModelFacts(Record):
    """Everything about one model."""

    name: str
    slug: str
    architecture: str | None
    """None where no architecture is trained, as for imported predictions."""
    dropout: float
    kind: Kind = "network"
    """What its runs are: networks, scikit-learn estimators, or predictions made elsewhere."""
    summary: ModelSummary | None
    """None for what has no layers."""
    held_out: float = 0.0
    """Share of the training set that was held out for validation."""
    deterministic: bool = False
    """Whether it gives the same predictions with every seed, so that it has one run."""
    runs: tuple[RunMetrics, ...]
    accuracy: SeedSummary
    accuracy_interval: Interval
    """Test sampling alone: Wilson for one seed, else Wilson with the variance of the mean."""
    errors: SeedSummary
    """Test examples that a run classifies wrongly, as counts."""
    macro_precision: SeedSummary
    macro_recall: SeedSummary
    macro_f1: SeedSummary
    macro_f1_interval: Interval
    micro_f1: SeedSummary
    weighted_precision: SeedSummary
    weighted_recall: SeedSummary
    weighted_f1: SeedSummary
    per_class: tuple[ClassSummary, ...]
    confusion_counts: tuple[tuple[int, ...], ...]
    """Summed over seeds."""
    confusion_shares: tuple[tuple[float, ...], ...]
    """Each row of the counts divided by its sum."""
    hardest_class: int
    """Index of the class with the lowest mean F1, of those with test examples."""
    train_macro_f1: SeedSummary | None
    """None, like all on the training set, where the runs were not evaluated there."""
    train_f1: tuple[SeedSummary, ...] | None
    has_probabilities: bool = True
    """Whether all runs give class probabilities, rather than predicted classes alone."""
    overfitting: Overfitting | None
    costs: CostSummary | None
    """None for predictions that were made elsewhere."""
    curves: LearningCurves | None
    """Over the epochs that all runs have; None where nothing is trained by epochs."""

    @property
    def family(self) -> str:
        """What figures draw in shades of one hue: the architecture, else the model by itself."""
        return self.architecture or self.slug

    @property
    def has_single_run(self) -> bool:
        """Whether nothing is known of how much its results depend on the seed."""
        return len(self.accuracy.values) == 1 and not self.deterministic


Part = TypeVar("Part")


def known(part: Part | None) -> Part:
    """Return a part of a model's facts that the caller has made sure is there."""
    assert part is not None
    return part


class Difference(Record):
    """A paired difference of two models, first minus second, mean over seeds."""

    value: float
    low: float
    high: float


class ConfusionCell(Record):
    """One cell of two models' confusion matrices that differs beyond chance."""

    true: int
    predicted: int
    first: int
    second: int
    p_value: float
    """Exact sign test over examples (one seed: McNemar), Holm-corrected over all cells."""


class McNemar(Record):
    """McNemar's exact test for one seed of both models."""

    seed: int
    only_first: int
    """Test examples that only the first model gets right."""
    only_second: int
    p_value: float


class PairFacts(Record):
    """Two models compared on the same test examples. Key: `<first>--<second>`."""

    first: str
    second: str
    difference: Difference
    """In the primary metric; the interval covers test sampling and seeds together.

    With one seed it covers test sampling alone: it is about the networks as they were trained.
    """
    sampling_difference: Difference
    """The same, test sampling alone."""
    macro_f1_difference: Difference
    class_f1_differences: tuple[Difference, ...]
    mcnemar: tuple[McNemar, ...]
    """One for each seed that both models were trained with."""
    p_value: float
    """Of the whole comparison; below 1 − level exactly when `difference` excludes 0."""
    p_adjusted: float
    """Holm-corrected over all pairs of the report."""
    verdict: Judgement
    winner: str | None
    """Slug of the better model; None unless the verdict is `better`."""
    minimum_detectable_difference: float
    """The smallest difference in the primary metric that this comparison finds with power 80 %.

    At the level of Holm's first step: an undecided difference is always smaller.
    """
    identical: bool
    """True where both models have the same runs: one network, one estimator or one file."""
    confusion_difference: tuple[tuple[int, ...], ...]
    """First minus second, counts summed over seeds."""
    cells_beyond_chance: tuple[ConfusionCell, ...]


class ModelMetric(Record):
    """One metric of one model."""

    summary: SeedSummary
    interval: Interval
    """Of the mean over seeds, for the sampling of test examples alone."""


class MetricFacts(Record):
    """One metric of every model that it can be computed of."""

    title: str
    format: str
    """How a value is printed: a name in `reportgen.formatting.FORMATS`."""
    difference_format: str
    higher_is_better: bool
    source: str
    """Where the definition comes from; empty for a metric of the user's own."""
    models: dict[str, ModelMetric]
    """By slug; models without the probabilities that the metric needs are left out."""
    pairs: dict[str, Difference]
    """By `<first>--<second>`: first minus second, for test examples and seeds together."""


class BaselineFacts(Record):
    """An older method on the same test set."""

    name: str
    accuracy: float
    interval: Interval
    macro_f1: float
    fit_seconds: float
    predict_seconds: float


class Disagreement(Record):
    """One test example that the models disagree on, or that all get wrong."""

    index: int
    """Position in the test set, from 0."""
    label: int
    predicted: dict[str, int]
    """Model slug → class that most of its seeds predict."""
    confidence: dict[str, float | None]
    """Model slug → mean confidence of the seeds that predict that class; None for labels alone."""


class GalleryFacts(Record):
    """Test examples to look at."""

    all_wrong: tuple[Disagreement, ...]
    all_wrong_count: int
    only: dict[str, tuple[Disagreement, ...]]
    """Pair key → examples that the first gets right and the second wrong, for the headline pair,
    and `<second>--<first>` the other way round."""
    only_counts: dict[str, int]


class ConfusedCell(Record):
    """The test examples of one class that a model takes for another, in any of its runs."""

    true: int
    predicted: int
    count: int
    """Examples; the confusion matrix counts an example once for each seed."""
    images: tuple[int, ...]
    """Indices of those that the report shows."""


class PublishedFigure(Record):
    """A published value beside the one measured here."""

    table: str
    model: str
    metric: str
    class_index: int | None
    """The place of its class among ours; the paper may print the classes in another order."""
    printed: str
    value: float
    reproduced: SeedSummary
    """On the split that the paper claims."""
    reproduced_on_train: SeedSummary | None
    """The same metric on the training set, where the audit points there."""
    difference: float
    """Reproduced mean − published."""
    agrees: bool
    """Whether the range of the reproduced values, from the lowest to the highest seed, overlaps the
    interval of values that are printed like this one."""


class AuditFacts(Audit):
    """The audit of the published values, and the same values as measured in this build."""

    comparison: tuple[PublishedFigure, ...]
    """Empty if the values are about another data set than that of this build."""


class Verdict(Record):
    """The one sentence of the report, as data."""

    kind: Literal["best", "tied", "undecided", "single"]
    """One model beats all others; the leaders are equivalent; who leads is not settled; one model
    only."""
    scope: Literal["methods", "runs"] = "methods"
    """`runs` where a model has a single run: the verdict is then about the runs as they are."""
    leaders: tuple[str, ...]
    """Slugs, best mean of the primary metric first, of the models that no other was shown to beat.

    Where only one is unbeaten, those that it was not shown to beat itself are listed beside it.
    """
    ranking: tuple[str, ...]
    """All slugs by the mean of the primary metric, best first."""
    groups: tuple[tuple[str, ...], ...] = ()
    """All slugs: none of a group was shown to beat another of it, and each model of a group after
    the first was shown to be beaten by at least one of the group before."""


class Claim(Record):
    """A sentence bound to the numbers and the test that support it.

    In `text`, `[[path|format]]` refers to a number: its dotted path in `Facts` and the name of its
    format in `reportgen.formatting`.
    """

    id: str
    text: str
    rests_on: str
    """The test or interval behind it, in a few words."""
    concluding: bool = False
    """Whether the list in the conclusion repeats it, as what studies found."""


class OwnStudy(Record):
    """How a study of the user's own is presented; its numbers are at `studies.<name>`."""

    reference: str
    """As the experiment file names it, such as `mystudy.py:study`."""
    title: str
    question: str
    section: str
    """The text of its section template; empty where the section is made of claims and figures."""
    claims: tuple[str, ...]
    """Ids of its claims."""
    concluding: tuple[str, ...]
    """Those that the conclusion lists under the study's title."""
    figures: tuple[dict[str, Any], ...]
    """Its figures, as `reportgen.figures.FigureSpec` is written as JSON."""


class PlanFacts(Record):
    """The plan beside the experiment file, and how the report deviates from it."""

    name: str
    """Of the file."""
    sha256: str
    is_signed: bool
    """Whether it carries a signature, by whomever."""
    deviations: tuple[str, ...]
    """A sentence without a full stop for each."""


class Facts(Record):
    """Every number and every sentence about numbers of a report."""

    dataset: DatasetRecord
    train_counts: tuple[int, ...]
    """Training examples of each class."""
    test_counts: tuple[int, ...]
    majority_share: float = 0.0
    """Share of the test set that belongs to the training set's most frequent class, in [0, 1]."""
    parameter_ratio: float | None = None
    """Parameters of the first network with convolutions, divided by those of the first without."""
    shared_share: float = 0.0
    """Share of the test set whose inputs are those of a training example, byte for byte."""
    clusters: int | None = None
    """How many groups of examples (`data.groups`) the test set has: intervals and tests treat the
    groups, not the examples, as independent; None where every example is."""
    validation_groups: int | None = None
    """How many groups of training examples were held out for validation, in the run with the
    fewest; None where no run holds out groups."""
    rounded_probabilities: bool = False
    """Whether the report keeps probabilities, and computes from them, in one byte each."""
    seeds: tuple[int, ...]
    """Of all models; one may have fewer runs than another (`models.<slug>.runs`)."""
    margin: float
    """As a share: 0.002 for 0.2 points."""
    level: float
    class_bars: bool = False
    """Whether the experiment asks for the F1 scores as bars too (`report.class_bars`)."""
    models: dict[str, ModelFacts]
    """By slug, in the order of the experiment file."""
    pairs: dict[str, PairFacts]
    """By `<first>--<second>`; the first precedes the second in the experiment file."""
    metrics: dict[str, MetricFacts]
    """By name, those of `analysis.metrics`, in the order of the experiment file."""
    primary: str
    """Name of the metric that the pairs, the ranking and the verdict are about."""
    baselines: dict[str, BaselineFacts]
    gallery: GalleryFacts
    confused: dict[str, tuple[ConfusedCell, ...]]
    """Model slug → the cells of its confusion matrix that hold errors, row by row."""
    audit: AuditFacts | None
    verdict: Verdict
    studies: dict[str, Any] = {}  # noqa: RUF012 - a pydantic field, copied for each record
    """The numbers of each study, by its name, as plain JSON (`reportgen.studies`)."""
    own_studies: dict[str, OwnStudy] = {}  # noqa: RUF012
    """Studies of the user's own among them, by name."""
    studies_left_out: dict[str, str] = {}  # noqa: RUF012
    """Studies that the experiment file asks for and that could not run → the reason."""
    failed_runs: tuple[FailedRun, ...] = ()
    """Runs that could not be trained; their models are in no other part of the facts."""
    plan: PlanFacts | None = None
    """None where nothing was preregistered."""
    claims: dict[str, Claim]
    """By id; empty until `reportgen.analysis.claims.assembly` has filled it in."""

    @property
    def most_runs(self) -> int:
        """Runs of the model that has most of them."""
        return max(len(model.runs) for model in self.models.values())

    @property
    def runs_each(self) -> int | None:
        """Runs of every model; None where models have different numbers of them."""
        alike = all(len(model.runs) == self.most_runs for model in self.models.values())
        return self.most_runs if alike else None
