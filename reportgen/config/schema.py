"""The experiment file as frozen models: what may be set, and what is allowed.

Every field of `Experiment` either changes the key of a run or only how the report presents it;
`reportgen.config.plan` says which.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo

DatasetName = Literal["mnist", "fashion-mnist", "kmnist", "digits"]
DEFAULT_DATASET: DatasetName = "mnist"
PredictionKind = Literal["probabilities", "logits", "labels"]
Precision = Literal["auto", "float32", "bfloat16"]
Split = Literal["test", "train"]

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
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


def slugify(name: str) -> str:
    """Return `name` as a slug: lower-case ASCII letters and digits joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class Settings(BaseModel):
    """The base of every table in an experiment file: frozen, closed to unknown keys, finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


PIXEL_MEAN, PIXEL_STD = 0.5, 0.5
"""What images of 8 bits are normalised by where nothing else is given."""
Positive = Annotated[float, Field(gt=0.0)]


PluginReference = Annotated[str, Field(min_length=1)]
"""Names a plug-in."""


class Normalization(Settings):
    """What becomes of the inputs before they reach a model.

    Pixels of images of 8 bits, in [0, 1], become (pixel − mean) / std, both 0.5 where not given.
    Features of tables, and images of floating-point numbers, are standardised unless `standardize`
    is false or a mean or std is given.
    """

    mean: float | tuple[float, ...] | None = None
    """One number for all channels, or one for each."""
    std: Positive | tuple[Positive, ...] | None = None
    standardize: bool | None = None
    """Whether each feature of a table, or each channel of float images, is brought to mean 0 and
    standard deviation 1, measured on the training set."""


PixelCount = Annotated[int, Field(ge=1, le=4096)]


def _default_dataset(values: dict[str, Any]) -> DatasetName | None:
    return None if values.get("labels") or values.get("source") else DEFAULT_DATASET


class Data(Settings):
    """Which data set to train and to evaluate on."""

    labels: Annotated[str, Field(min_length=1)] | None = None
    """File of the true labels, where all models are predictions: a path from this file, and a
    column where needed (`y.csv#species`)."""
    source: Annotated[str, Field(min_length=1)] | None = None
    """Data of your own: a folder of images, a file, `torchvision:NAME` or `file.py:function`, by
    its path from this file."""
    name: DatasetName | None = Field(default_factory=_default_dataset)
    """A data set that is found or downloaded by its name; mnist where nothing else is given."""
    id: Annotated[str, Field(min_length=1)] | None = None
    """Column that identifies an example; no feature. For predictions, `id` or `index` where there
    is one."""
    classes: tuple[str, ...] = ()
    """Names of the classes in the order of the report; sorted names or labels where not given."""
    title: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What the report calls the data set; the name of its file where it is not given."""
    test: Annotated[str, Field(min_length=1)] | None = None
    """File of the test examples; where there is none, a part of the source is split off."""
    test_fraction: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.2
    """Share of each class that is split off for testing."""
    split_seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Seed of the draw that decides which examples are split off."""
    size: Annotated[tuple[PixelCount, ...], Field(min_length=2, max_length=2)] | None = None
    """Height and width, in pixels, that images of a folder are scaled to."""
    channels: Literal[1, 3] | None = None
    """Whether images of a folder are made grey, 1, or coloured, 3; as they are where not given."""
    label: Annotated[str, Field(min_length=1)] | None = None
    """Column of a table that contains the class."""
    groups: Annotated[str, Field(min_length=1)] | None = None
    """Column of a table whose equal values never come into both training and test set; no
    feature."""
    ignore: tuple[str, ...] = ()
    """Columns of a table that are no features."""
    one_hot: tuple[str, ...] = ()
    """Columns of text that become one feature for each of their values."""
    options: dict[str, Any] = {}
    """Arguments of the function, or of the torchvision data set."""
    fallback: Literal["none", "digits"] = "none"
    """What to train on where the data set cannot be had; `none` ends the build."""
    normalize: Normalization = Normalization()
    train_limit: Annotated[int, Field(ge=10)] | None = None
    """Use only this many training examples, evenly from each class; for quick trials."""
    test_limit: Annotated[int, Field(ge=10)] | None = None


class Augmentation(Settings):
    """How training examples are altered at random, each time anew; 0 leaves them as they are."""

    shift: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    """Pixels, at most, in each direction."""
    rotation: Annotated[float, Field(ge=0.0, le=180.0)] = 0.0
    """Degrees, at most, in each direction."""
    noise: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    """Standard deviation of what is added to each pixel in [0, 1], or to each feature."""


class TrainingSettings(Settings):
    """How a network is trained."""

    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    momentum: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Of `sgd` and `rmsprop`."""
    nesterov: bool = False
    """Whether the momentum of `sgd` looks ahead (Nesterov)."""
    learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] = 0.001
    schedule: Literal["constant", "step", "cosine", "one-cycle"] = "constant"
    """How the learning rate changes: not at all, in steps, along half a cosine to 0 over all
    epochs, or up and down once."""
    warmup_epochs: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Epochs in which the learning rate rises from 0, before its schedule begins."""
    step_epochs: Annotated[int, Field(ge=1, le=10_000)] = 10
    """After how many epochs the schedule `step` lowers the rate, each time."""
    step_factor: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    """What the schedule `step` multiplies the rate by."""
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the target that is spread over all classes."""
    gradient_clip: Annotated[float, Field(ge=0.0)] = 0.0
    """Largest norm of all gradients together; 0 clips nothing."""
    batch_size: Annotated[int, Field(ge=1, le=65536)] = 64
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 10
    validation_fraction: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the training set held out to draw a validation curve; 0 trains on all of it."""
    patience: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Epochs without a lower validation loss after which training stops, and the weights of the
    best epoch are taken; 0 never stops early."""
    augmentation: Augmentation = Augmentation()


class Training(TrainingSettings):
    """How every network is trained, and the seeds that every model is fitted with."""

    seeds: Annotated[tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], ...], Field(min_length=1)] = (
        0,
        1,
        2,
    )
    precision: Precision = "auto"
    """`auto` takes bfloat16 where the hardware multiplies it faster (AMX, CUDA), else float32."""


def _optional(field: FieldInfo) -> Any:
    annotation: Any = field.annotation
    for constraint in field.metadata:
        annotation = Annotated[annotation, constraint]
    return (annotation | None, None)


if TYPE_CHECKING:
    TrainingOverrides = TrainingSettings
else:
    TrainingOverrides = create_model(
        "TrainingOverrides",
        __base__=Settings,
        __doc__="How one network is trained, where it differs from `[training]`.",
        **{name: _optional(field) for name, field in TrainingSettings.model_fields.items()},
    )


class Model(Settings):
    """One model to compare: a name, what is fitted, its options.

    Exactly one of `architecture`, `estimator` and `predictions` says what is fitted.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slug: Slug
    """How paths and `--set` call the model; made from the name where it is not given."""
    role: Literal["model", "baseline"] = "model"
    """A baseline is shown in a table of its own: it takes no part in pairs, ranking or verdict."""
    architecture: PluginReference | None = None
    """A network: `cnn`, `mlp`, or a plug-in such as `mynet.py:ResNet`."""
    estimator: PluginReference | None = None
    """A scikit-learn estimator: a plug-in such as `sklearn.svm:SVC` or `mine.py:pipeline`."""
    predictions: Annotated[str, Field(min_length=1)] | None = None
    """Files of predictions that were made elsewhere: a path or pattern from this file, and columns
    where needed (`forest-*.npz`, `all.csv#svm_*`)."""
    kind: PredictionKind | None = None
    """What the predictions are, where their names do not say so."""
    options: dict[str, JsonValue] = {}
    """Keyword arguments of what is fitted."""
    declares: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Further files that a plug-in consists of, by their paths from this file."""
    training: TrainingOverrides | None = None
    """What differs from `[training]` for this network."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the units before the last layer that dropout sets to zero; 0 means no dropout.

    The same as `options = { dropout = … }`."""

    @property
    def run_kind(self) -> Literal["network", "estimator"]:
        """What is fitted."""
        return "estimator" if self.estimator else "network"

    @property
    def reference(self) -> str:
        """The name of a shipped architecture, or the reference of a plug-in."""
        return self.architecture or self.estimator or ""

    @property
    def constructor_options(self) -> dict[str, JsonValue]:
        """All keyword arguments of what is fitted, `dropout` among them where there is any."""
        return {**self.options, **({"dropout": self.dropout} if self.dropout else {})}

    @model_validator(mode="before")
    @classmethod
    def _slug_from_name(cls, values: object) -> object:
        if (
            isinstance(values, dict)
            and "slug" not in values
            and isinstance(values.get("name"), str)
        ):
            return {**values, "slug": slugify(values["name"])}
        return values


class Analysis(Settings):
    """How models are measured, and how differences are tested."""

    metrics: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] = (
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "matthews_correlation",
        "log_loss",
        "auroc",
    )
    """Metrics of the report, by name; docs/reference.md lists them. What a model's predictions do
    not allow, as AUROC without probabilities, is left out."""
    primary: Annotated[str, Field(min_length=1)] = "accuracy"
    """The metric that the verdict is about."""

    margin: Annotated[float, Field(gt=0.0, le=100.0)] = 0.2
    """Models closer than this in the primary metric count as equivalent: in percentage points of a
    metric printed in percent, and in hundredths of any other."""
    level: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.95
    """Coverage of every interval."""

    @property
    def all_metrics(self) -> tuple[str, ...]:
        """The metrics of the report, the primary one included."""
        return tuple(dict.fromkeys((*self.metrics, self.primary)))


class Report(Settings):
    """How the report looks and what is kept of earlier builds."""

    date: str | None = None
    """The date on the cover, as written; None takes the day on which the last run ended."""
    templates: str | None = None
    """A folder whose files replace those of the template set, one by one; from this file."""
    paper: Literal["A4", "Letter"] = "A4"
    """The size of the PDF's pages."""
    history: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 5
    """How many earlier builds to keep."""
    class_bars: bool = False
    """Whether to draw the F1 scores of the classes as a bar chart too, beside the dot plot."""


class PublishedTable(Settings):
    """Figures that a paper prints for one model, as it prints them."""

    name: Annotated[str, Field(min_length=1)]
    """What the paper calls this table or figure."""
    model: str | None = None
    """Slug of the model of this experiment that it describes; tables of the same one must agree."""
    describes: str | None = None
    """What the table describes, where that is no model of this experiment."""
    split: Split = "test"
    """The split that the paper says the figures were measured on."""
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


class Reference(Settings):
    """One entry of the list of references."""

    text: Annotated[str, Field(min_length=1)]
    url: str | None = None


class Notes(Settings):
    """The author's own words, in Markdown, set into the section of that name."""

    abstract: str = ""
    introduction: str = ""
    method: str = ""
    results: str = ""
    conclusion: str = ""


class Experiment(Settings):
    """One experiment file."""

    title: Annotated[str, Field(min_length=1, max_length=300)]
    subtitle: str = ""
    keywords: tuple[str, ...] = ()
    cover: dict[str, str] = {}
    """Lines of the cover, in their order: label and value, in any script."""
    contributions: dict[str, str] = {}
    """Who did what, for the appendix: a part of the work and who did it, in any script."""
    data: Data = Data()
    training: Training = Training()
    models: Annotated[tuple[Model, ...], Field(min_length=1)]
    analysis: Analysis = Analysis()
    studies: dict[str, dict[str, JsonValue]] = {}
    """Studies of the report: name → its settings, of which each study has its own."""
    report: Report = Report()
    notes: Notes = Notes()
    references: tuple[Reference, ...] = ()
    published: Published | None = None

    def training_of(self, model: Model) -> TrainingSettings:
        """Return how a network is trained: `[training]`, and what differs for it."""
        own = {} if model.training is None else model.training.model_dump(exclude_none=True)
        return TrainingSettings.model_validate(
            {**self.training.model_dump(exclude={"seeds", "precision"}), **own}
        )

    @property
    def is_imported(self) -> bool:
        """Whether nothing is fitted: the labels come with the predictions of all models."""
        return self.data.labels is not None
