"""The experiment file as frozen models: what may be set, and what is allowed.

Every field of `Experiment` either changes the key of a run or only how the report presents it;
`reportgen.config.plan` lists which.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from reportgen.config.published import MOST_RUNS, Published
from reportgen.config.settings import DEFAULT_DATASET, DatasetName, Settings, Slug, slugify
from reportgen.config.sweep import Sweep
from reportgen.config.training import Training, TrainingOverrides, TrainingSettings

PredictionKind = Literal["probabilities", "logits", "labels"]
PIXEL_MEAN, PIXEL_STD = 0.5, 0.5
"""What images of 8 bits are normalised by where nothing else is given."""
Positive = Annotated[float, Field(gt=0.0)]


PluginReference = Annotated[str, Field(min_length=1)]
"""Names a plug-in."""


class Normalization(Settings):
    """How inputs are normalised before they reach a model.

    Pixels of images of 8 bits, in [0, 1], become (pixel − mean) / std, both 0.5 where not given.
    Features of tables, and images of floating-point numbers, are standardised unless `standardize`
    is false or a mean or std is given.
    """

    mean: float | tuple[float, ...] | None = None
    """One number for all channels, or one for each; for 8-bit images 0.5 if not set. If only `std`
    is set, 0 for all other inputs."""
    std: Positive | tuple[Positive, ...] | None = None
    """Likewise; for 8-bit images 0.5 if not set. If only `mean` is set, 1 for all other inputs."""
    standardize: bool | None = None
    """Whether each feature of a table, or each channel of float images, is scaled to mean 0 and
    standard deviation 1, measured on the training set; if not set, it is, unless `mean` or `std`
    is set."""


PixelCount = Annotated[int, Field(ge=1, le=4096)]


def _default_dataset(values: dict[str, Any]) -> DatasetName | None:
    return None if values.get("labels") or values.get("source") else DEFAULT_DATASET


class Data(Settings):
    """Which data set to train and to evaluate on."""

    labels: Annotated[str, Field(min_length=1)] | None = None
    """File of the true labels, if all models are predictions: a path relative to the experiment
    file, with a column if needed (`y.csv#species`)."""
    source: Annotated[str, Field(min_length=1)] | None = None
    """Your own data: a folder of images, a file, `torchvision:NAME` or `file.py:function`; paths
    are relative to the experiment file."""
    name: DatasetName | None = Field(default_factory=_default_dataset)
    """A built-in data set, found or downloaded by its name, if neither `labels` nor `source` is
    set."""
    id: Annotated[str, Field(min_length=1)] | None = None
    """Column that identifies an example; not a feature. For predictions, if not set: `id`, `ids` or
    `index`, if there is one."""
    classes: tuple[str, ...] = ()
    """Names of the classes in the order of the report; if not set, the sorted names or labels."""
    title: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Name of the data set in the report; if not set, that of its file."""
    test: Annotated[str, Field(min_length=1)] | None = None
    """File of the test examples; if not set, a part of the source is split off."""
    test_fraction: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.2
    """Share of each class that is split off for testing."""
    split_seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Seed for drawing the examples that are split off."""
    size: Annotated[tuple[PixelCount, ...], Field(min_length=2, max_length=2)] | None = None
    """Height and width, in pixels, that images of a folder are scaled to."""
    channels: Literal[1, 3] | None = None
    """Converts images of a folder to grey (1) or colour (3); if not set, they stay as they are."""
    label: Annotated[str, Field(min_length=1)] | None = None
    """Column of a table that contains the class."""
    groups: Annotated[str, Field(min_length=1)] | None = None
    """Column of a table, not a feature, or of the file of labels: rows with the same value depend
    on each other. They are all in the training set or all in the test set."""
    ignore: tuple[str, ...] = ()
    """Columns of a table that are not features."""
    one_hot: tuple[str, ...] = ()
    """Columns of text that become one feature for each of their values."""
    options: dict[str, Any] = {}
    """Arguments of the function, or of the torchvision data set."""
    fallback: Literal["none", "digits"] = "none"
    """What to train on if the data set is not available; `none` ends the build."""
    normalize: Normalization = Normalization()
    train_limit: Annotated[int, Field(ge=10)] | None = None
    """Use only this many training examples, evenly from each class; for quick trials."""
    test_limit: Annotated[int, Field(ge=10)] | None = None


class Model(Settings):
    """One model to compare: a name, what is fitted, its options.

    Exactly one of `architecture`, `estimator` and `predictions` is given.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slug: Slug
    """Identifies the model in paths and in `--set`; if not set, made from the name."""
    role: Literal["model", "baseline"] = "model"
    """A baseline is shown in a separate table; it is not part of pairs, ranking or verdict."""
    architecture: PluginReference | None = None
    """A network: `cnn`, `mlp`, or a plug-in such as `mynet.py:ResNet`."""
    estimator: PluginReference | None = None
    """A scikit-learn estimator: a plug-in such as `sklearn.svm:SVC` or `mine.py:pipeline`."""
    predictions: Annotated[str, Field(min_length=1)] | None = None
    """Files of predictions made elsewhere: a path or pattern relative to the experiment file, with
    columns if needed (`forest-*.npz`, `all.csv#svm_*`)."""
    kind: PredictionKind | None = None
    """What the predictions are, if the names of their columns do not indicate it."""
    options: dict[str, JsonValue] = {}
    """Keyword arguments of the network or estimator."""
    declares: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Further files of a plug-in, by their paths relative to the experiment file."""
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
    def _complete(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        given = dict(values)
        if "slug" not in given and isinstance(given.get("name"), str):
            given["slug"] = slugify(given["name"])
        if isinstance(given.get("declares"), list):
            # What this returns is no JSON any more, in which a list may stand for a tuple.
            given["declares"] = tuple(given["declares"])
        return given


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
    """Metrics of the report, by name (see below). Those that a model's predictions do not allow,
    such as AUROC without probabilities, are left out."""
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
    """The date on the cover, as written; if not set, the day on which the last run ended."""
    templates: str | None = None
    """A folder, relative to the experiment file, whose files replace those of the same name in the
    template set."""
    paper: Literal["A4", "Letter"] = "A4"
    """The size of the PDF's pages."""
    archival: bool = False
    """Whether the PDF also conforms to PDF/A-3a, for archives; it always conforms to PDF/UA-1."""
    history: Annotated[int, Field(ge=0, le=MOST_RUNS)] = 5
    """How many earlier builds to keep."""
    class_bars: bool = False
    """Whether to draw the F1 scores of the classes as a bar chart besides the dot plot (HTML)."""


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
    sweep: Sweep | None = None
    analysis: Analysis = Analysis()
    studies: dict[str, dict[str, JsonValue]] = {}
    """Studies of the report: name → settings, which docs/studies.md describes for each study."""
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
