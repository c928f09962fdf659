"""What a study is: a question with settings, numbers, sentences, figures and its own section.

The numbers of a study are part of the facts, at `facts.studies.NAME`, as plain JSON: templates
print them with `number("studies.NAME.…", …)`, and `verify` looks them up like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from reportgen.analysis.facts import Claim, Facts
from reportgen.config.keys import module_digest
from reportgen.config.schema import Experiment, Model
from reportgen.config.settings import Settings
from reportgen.config.spec import Ingredients
from reportgen.figures import FigureSpec
from reportgen.results.evidence import Evidence, GroupedExamples, Grouping, ImageSet, StudiedImages
from reportgen.results.records import DatasetRecord, Record
from reportgen.wording import join

if TYPE_CHECKING:  # it loads SciPy, which sections and claims do without
    from reportgen.analysis.inputs import AnalysisInputs


Run = TypeVar("Run", bound=tuple[Any, ...])
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""Of what a study draws at random."""


class CannotStudy(Exception):  # noqa: N818
    """A study cannot run on these data or predictions; the message gives the reason."""


class StudySettings(Settings):
    """The base of every table `[studies.NAME]`."""

    enabled: bool = True
    """Whether the study is part of the report."""
    plugin: str | None = None
    """Names a study of the user's own; None for one that comes with reportgen."""


@dataclass(frozen=True)
class Deferred:
    """A function that is imported when it is called: what computes loads SciPy or torch."""

    reference: str
    """`module:function`"""

    def __call__(self, *given: Any) -> Any:
        """Call the function."""
        module, _, function = self.reference.partition(":")
        return getattr(import_module(module), function)(*given)

    @property
    def digest(self) -> str:
        """SHA-256 of the function's module, which is not imported."""
        return code_digest(self.reference)


def code_digest(reference: str) -> str:
    """Return the SHA-256 of the module of a `module:function`, which is not imported.

    As the digests of all code, it is that of when this process first asked.
    """
    spec = find_spec(reference.partition(":")[0])
    assert spec is not None
    return module_digest(Path(str(spec.origin)))


@dataclass(frozen=True)
class StudyInputs:
    """What a study may use."""

    evidence: Evidence
    experiment: Experiment
    models: tuple[Model, ...]
    """The models that are compared, in the order of the experiment file; no baselines."""
    inputs: AnalysisInputs
    """Predictions and scores of these models, in the same order."""
    facts: Facts
    """All numbers of the report but those of studies; no claims yet."""
    settings: Any
    """An instance of the study's own settings class."""

    def by_model(self, runs: Iterable[Run]) -> dict[str, list[Run]]:
        """Return the slug of each compared model that has some of these runs → its runs.

        A run begins with the slug of its model.
        """
        every = list(runs)
        found = {
            model.slug: [run for run in every if run[0] == model.slug] for model in self.models
        }
        return {slug: own for slug, own in found.items() if own}

    def classified(self, study: str) -> StudiedImages:
        """Return what networks predicted for the images of a study; raises CannotStudy."""
        images = self.evidence.studied.get(study)
        if images is None or not images.predicted:
            raise CannotStudy("it evaluates trained networks, and there are none")
        return images


@dataclass(frozen=True)
class ImagePlan:
    """Which changed test images the trained networks are to classify."""

    positions: NDArray[np.int32]
    """Positions of the images in the test set, `[n]`."""
    sets: tuple[ImageSet, ...]
    shown: tuple[str, ...]
    """Names of the sets of which the report shows the first image."""
    count: int | None = None
    """How many images are made in each set; None for one of each position."""


def no_files(settings: Any) -> Mapping[str, str]:  # noqa: ARG001
    """Return no files. A lambda in its place could not be sent to another process."""
    return {}


IMAGE_PACKAGES = ("numpy", "scipy", "pillow")
"""What changes images; the versions are part of the key of an evaluation."""


@dataclass(frozen=True)
class ImageChanges:
    """What a study wants to have evaluated before it analyses."""

    plan: Callable[[Any, DatasetRecord], ImagePlan]
    """From the study's settings and the data set; raises CannotStudy."""
    change: Deferred
    """From images `[n, channels, height, width]`, their positions in the test set, `[n]`, and a
    recipe to changed copies of the images, or other images made of them. An image of zeros alone
    stands for none, and has no confidence. An edit of its module makes the evaluations anew."""
    files: Callable[[Any], Mapping[str, str]] = no_files
    """From the study's settings to the image sets that are read instead: name → path of a `.npy`
    file, from the folder of the experiment file."""
    others: Callable[[Any], Mapping[str, str]] = no_files
    """From the study's settings to the image sets that are of another data set: name → name of a
    data set of the catalogue, of whose test images those at the same positions are taken."""
    confidence: bool = False
    """Whether the probability of the predicted class is kept too."""
    gallery: Deferred | None = None
    """From the plan, what was predicted (`StudiedImages`), the labels of the test set and the
    unchanged images of the plan to the images that the report shows, `[k, channels, height,
    width]`; None where `shown` of the plan names what is shown."""


@dataclass(frozen=True)
class Examination:
    """What a study wants to have computed from the trained networks before it analyses.

    `measure` and `show` run where networks are evaluated. They return named arrays of uint8, which
    are in the evidence (`Evidence.examined`).
    """

    plan: Callable[[Any, DatasetRecord], NDArray[np.int32]]
    """From the study's settings and the data set to the positions of the test images on which
    `measure` examines every network; raises CannotStudy."""
    choose: Callable[[Any, Evidence], NDArray[np.int32]]
    """From the study's settings and what all networks predict to the positions of the test images
    that `show` is about."""
    measure: Deferred
    """Called with a trained network, one of the same architecture with other initial weights
    (both `training.loop.Training`), images `[n, channels, height, width]`, their positions, `[n]`,
    and the settings as JSON."""
    show: Deferred
    """Called with a trained network, images and the settings as JSON, for the first run of each
    model; an array `images` is kept once for all of them."""
    package: str
    """The package that the functions need, beside torch."""
    only_shown: tuple[str, ...] = ()
    """Names of settings that `measure` does not depend on, and does not get."""


Divide = Callable[
    [Any, NDArray[Any] | None, NDArray[np.int32], NDArray[np.str_] | None],
    tuple[tuple[Grouping, ...], GroupedExamples] | None,
]
"""From a study's settings, test images `[n, channels, height, width]`, labels `[n]` and names of
groups `[n]` to the groups of the test examples; None where there are none."""


@dataclass(frozen=True)
class RunVariant:
    """A way in which the models are to be fitted otherwise, once for each seed."""

    name: str
    """Unique within its study: letters, digits and hyphens."""
    change: Callable[[Ingredients, NDArray[np.int32], NDArray[np.int32] | None], Ingredients | None]
    """From the ingredients of a run, the training labels, and the clusters that training examples
    come in, if any, to the ingredients of the other run; None where the model is not fitted so."""
    sets: tuple[str, ...] = ("test",)
    """Names of the evaluations that the study compares: predicted classes of the test set."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Digests of the source files that `change` adds."""
    models: tuple[str, ...] | None = None
    """Slugs of the models that are fitted so; None for all."""


def vary(
    variants: Iterable[RunVariant],
    runs: Iterable[tuple[str, Ingredients]],
    labels: NDArray[np.int32],
    clusters: NDArray[np.int32] | None,
) -> Iterator[tuple[RunVariant, str, Ingredients]]:
    """Yield each variant of each run, with the model's slug.

    `labels` are those to train on, and `clusters` the numbers of these examples' clusters, if any.
    """
    for variant, (model, run) in product(variants, runs):
        if variant.models is None or model in variant.models:
            changed = variant.change(run, labels, clusters)
            if changed is not None:
                yield variant, model, changed


def ascending(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return the numbers of a setting in their order, each of them once."""
    return tuple(sorted(set(numbers)))


def one_of(known: Sequence[str], what: str) -> AfterValidator:
    """Return a validator of names: they are among those that are `known`, and get their order."""

    def check(names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"{join(unknown)} is not a {what}; allowed are {join(known)}")
        return tuple(name for name in known if name in names)

    return AfterValidator(check)


def require_images(dataset: DatasetRecord, does: str, channels: int | None = None) -> None:
    """Raise CannotStudy where the data set has no images of 8-bit levels, or of other channels.

    `does` is what the study does with them, such as `it corrupts images`.
    """
    shape = dataset.input_shape
    if len(shape) != 3 or dataset.dtype != "uint8" or channels not in (None, shape[0]):
        raise CannotStudy(f"{does} of 8-bit levels, and the data set has none")


def draw_test_images(dataset: DatasetRecord, count: int, seed: int) -> NDArray[np.int32]:
    """Return the positions of `count` test images, or of all where there are fewer, ascending."""
    drawn = np.random.default_rng(seed).permutation(dataset.test)[:count]
    return np.sort(drawn).astype(np.int32)


def nothing(facts: Facts, result: Any) -> tuple[()]:  # noqa: ARG001
    """Return no claims, or no figures."""
    return ()


@dataclass(frozen=True)
class Study:
    """A study: a folder of `reportgen.studies` defines one as `study`, a plug-in by any name.

    Attributes:
        name: its table in an experiment file, its place in the facts; of a study in the package,
            the folder's own name.
        analyse: from inputs to numbers: a record of type `result`, or JSON-able plain data. Raises
            CannotStudy where these data or predictions do not allow it.
        settings: the pydantic class of its table.
        result: the type that `analyse` returns and that `claims` and `figures` get; None for plain
            data.
        claims: from facts and result to its sentences. Ids of claims are unique in a report.
        figures: from facts and result to its figures, of any kind that can be drawn.
        title: the heading of its section.
        question: what it asks, printed below the heading; plain text with marks, as in a claim.
        section: the text of its section template; empty for heading, question, claims and figures.
            Of a study in the package it is `section.md.j2` in its folder.
        place: number of its section among those of the template set: after the results, 30, and
            before the conclusion, 40; of a study in the package alone.
        automatic: the table with which it runs where an experiment file has none and the evidence
            allows it; None for never, as for studies of the user's own.
        images: changed test images that it needs to have classified by the trained networks; of a
            study in the package alone.
        examination: what it needs to have computed from the trained networks themselves; of a study
            in the package alone.
        divide: the groups that it divides the test examples into; of a study in the package alone.
        variants: from settings and data set to the further runs that it needs; raises CannotStudy.
            Of a study in the package alone.
    """

    name: str
    analyse: Callable[[StudyInputs], Any]
    settings: type[StudySettings] = StudySettings
    result: type[Record] | None = None
    claims: Callable[[Facts, Any], Iterable[Claim]] = nothing
    figures: Callable[[Facts, Any], Iterable[FigureSpec]] = nothing
    title: str = ""
    question: str = ""
    section: str = ""
    place: int = 35
    automatic: Mapping[str, Any] | None = None
    images: ImageChanges | None = None
    examination: Examination | None = None
    divide: Divide | None = None
    variants: Callable[[Any, DatasetRecord], tuple[RunVariant, ...]] | None = None

    def read(self, data: Any) -> Any:
        """Return a result that was kept as JSON."""
        return data if self.result is None else self.result.model_validate(data)

    def settings_in(self, table: Mapping[str, Any] | None) -> Any:
        """Return the settings of a table, or of none; None where the study is not to run."""
        chosen = self.automatic if table is None else table
        if chosen is None:
            return None
        settings = self.settings.model_validate(chosen)
        return settings if settings.enabled else None
