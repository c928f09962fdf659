"""Small pieces of English that the claims are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from reportgen.analysis.facts import Claim, Facts, PairFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.wording import capitalise as capitalise
from reportgen.wording import count_word as count_word
from reportgen.wording import counted as counted
from reportgen.wording import in_sentence
from reportgen.wording import join as join
from reportgen.wording import plural as plural

Pair = TypeVar("Pair")

MOST_RANKED = 9
"""Sentences rank or list up to this many models; of more, only the first, or their number."""
LARGEST_STATED = 0.5
"""If only larger differences in accuracy than this can be detected, a null result means little."""

PAIRED = (
    "interval of the paired difference over the same test examples and over seeds; "
    "paired t test; Holm's correction over all pairs"
)
"""What supports a sentence about two models."""

INTERVAL = f"{mark('level', 'percent_whole')} interval"
"""`95 % interval`"""

MARGIN = f"{mark('margin', 'size_in_points')} points"
"""The margin of equivalence, `0.20 points`."""


@dataclass(frozen=True)
class Measure:
    """Words for the primary metric in sentences."""

    noun: str
    """`accuracy`, `macro F1`."""
    more: str
    """After `is` or `are`, before `than`: `more accurate`, `better in macro F1`."""
    less: str
    most: str
    """After `is the`: `most accurate`, `best in macro F1`."""
    unit: str
    """After a difference: ` points`, or nothing."""
    long_unit: str
    size_format: str
    signed_format: str

    def size(self, path: str) -> str:
        """Return the mark of the size of a difference, without its unit."""
        return mark(path, self.size_format)

    def signed(self, path: str) -> str:
        """Return a difference with its sign, unit and interval."""
        value = mark(f"{path}.value", self.signed_format)
        return f"{value}{self.unit} ({interval(path, self.signed_format)})"

    def difference_from(self, slug: str, key: str, pair: PairFacts) -> str:
        """Return a difference as it is seen from one of its models, with unit and interval."""
        form = self.signed_format if slug == pair.first else f"reversed_{self.signed_format}"
        value = mark(f"pairs.{key}.difference.value", form)
        return f"{value}{self.unit}, {self.interval_from(slug, key, pair)}"

    def interval_from(self, slug: str, key: str, pair: PairFacts) -> str:
        """Return the interval of a difference as it is seen from one of its models."""
        path = f"pairs.{key}.difference"
        if slug == pair.first:
            return interval(path, self.signed_format)
        form = f"reversed_{self.signed_format}"
        return f"{INTERVAL} {mark(f'{path}.high', form)} to {mark(f'{path}.low', form)}"

    @property
    def margin(self) -> str:
        """The margin of equivalence, `0.20 points`."""
        return f"{self.size('margin')}{self.unit}"


ACCURACY = Measure(
    noun="accuracy",
    more="more accurate",
    less="less accurate",
    most="most accurate",
    unit=" points",
    long_unit=" percentage points",
    size_format="size_in_points",
    signed_format="points",
)


def measure_of(facts: Facts) -> Measure:
    """Return the words for the primary metric of a report."""
    if facts.primary == "accuracy":
        return ACCURACY
    metric = facts.metrics[facts.primary]
    noun = literal(in_sentence(metric.title))
    in_points = metric.difference_format == "points"
    return Measure(
        noun=noun,
        more=f"better in {noun}",
        less=f"worse in {noun}",
        most=f"best in {noun}",
        unit=" points" if in_points else "",
        long_unit=" percentage points" if in_points else "",
        size_format="size_in_points" if in_points else "size_of_score",
        signed_format=metric.difference_format,
    )


def is_higher_better(facts: Facts) -> bool:
    """Return whether a higher value of the primary metric is the better one."""
    return facts.primary == "accuracy" or facts.metrics[facts.primary].higher_is_better


def score_of(facts: Facts, slug: str) -> str:
    """Return the mark of a model's mean in the primary metric."""
    if facts.primary == "accuracy":
        return mark(f"models.{slug}.accuracy.mean", "percent")
    path = f"metrics.{facts.primary}.models.{slug}.summary.mean"
    return mark(path, facts.metrics[facts.primary].format)


def example(facts: Facts) -> str:
    """Return what one example is called: `image` or `example`."""
    return facts.dataset.example


def examples(facts: Facts) -> str:
    """Return what examples are called: `images` or `examples`."""
    return f"{facts.dataset.example}s"


def reads_digits(facts: Facts) -> bool:
    """Return whether the images are handwritten digits."""
    return facts.dataset.name in ("mnist", "digits")


def subjects_tested(facts: Facts) -> str:
    """Return what the test set consists of, where results are summed up: `test digits`."""
    return "test digits" if reads_digits(facts) else f"test {examples(facts)}"


def name(facts: Facts, slug: str) -> str:
    """Return a model's name."""
    return literal(facts.models[slug].name)


def names(facts: Facts, slugs: Sequence[str]) -> str:
    """Return several models' names, joined."""
    return join([name(facts, slug) for slug in slugs])


def class_name(facts: Facts, index: int) -> str:
    """Return a class's name in quotation marks."""
    return f"‘{literal(facts.dataset.classes[index])}’"


def some_classes(facts: Facts, indexes: Sequence[int], most: int, conjunction: str = "and") -> str:
    """Return `‘0’ and ‘1’`; of more than `most` classes, `four of the ten classes`."""
    if len(indexes) > most:
        every = counted(len(facts.dataset.classes), "class", "classes")
        return f"{count_word(len(indexes))} of the {every}"
    return join([class_name(facts, index) for index in indexes], conjunction)


def interval(path: str, format_name: str) -> str:
    """Return `95 % interval 1.2 to 3.4` for the interval or difference at `path`."""
    low, high = mark(f"{path}.low", format_name), mark(f"{path}.high", format_name)
    return f"{INTERVAL} {low} to {high}"


def size_interval(path: str, value: float, format_name: str = "size_in_points") -> str:
    """Return the interval of a difference's size, whichever sign it has."""
    ends = ("low", "high") if value > 0 else ("high", "low")
    low, high = (mark(f"{path}.{end}", format_name) for end in ends)
    return f"{INTERVAL} {low} to {high}"


def over_seeds(facts: Facts, slug: str | None = None) -> str:
    """Return `on average over three seeds`, or for single runs `with one seed` or the like.

    Of the model `slug`, or of all models.
    """
    counts = run_counts(facts) if slug is None else [len(facts.models[slug].accuracy.values)]
    if max(counts) == 1:
        made = all(model.kind == "predictions" for model in facts.models.values())
        return "in the given predictions" if made else "with one seed"
    return f"on average over {many_seeds(facts, counts)}"


def run_counts(facts: Facts) -> list[int]:
    """Return how many runs each model has."""
    return [len(model.accuracy.values) for model in facts.models.values()]


def seeded_counts(facts: Facts) -> list[int]:
    """Return how many runs each model has of those whose results depend on the seed."""
    models = facts.models.values()
    return [len(model.accuracy.values) for model in models if not model.deterministic]


def many_seeds(facts: Facts, counts: Sequence[int] = ()) -> str:
    """Return `three seeds`, or `one or five seeds` where models have different numbers of them."""
    different = sorted(set(counts or run_counts(facts)))
    return f"{join(map(count_word, different), 'or')} {plural(different[-1], 'seed')}"


def these_runs(facts: Facts, slugs: Iterable[str]) -> str:
    """Return what the runs of these models are called: `these trained networks`."""
    kinds = {facts.models[slug].kind for slug in slugs}
    if kinds == {"network"}:
        return "these trained networks"
    return "these predictions" if kinds == {"predictions"} else "these runs"


def same_runs(facts: Facts, slug: str) -> str:
    """Return what a model and another one with the same runs are: `the same predictions`."""
    return {
        "network": "the same network trained with the same seeds",
        "estimator": "the same estimator fitted with the same seeds",
        "predictions": "the same predictions",
    }[facts.models[slug].kind]


def without_validation(facts: Facts) -> list[str]:
    """Return the networks for which no training example was held out."""
    return [slug for slug, model in facts.models.items() if model.curves and not model.held_out]


def are_identical(facts: Facts, slugs: Sequence[str]) -> bool:
    """Return whether all these models have the same runs."""
    return all(pair_of(facts, *pair)[1].identical for pair in combinations(slugs, 2))


def applying_claims(found: Mapping[str, tuple[str, str]], prefix: str = "") -> Iterator[Claim]:
    """Yield a claim for each text that is not empty; `found`: id after `prefix` → text, basis."""
    for what, (text, rests_on) in found.items():
        if text:
            yield Claim(id=f"{prefix}{what}", text=text, rests_on=rests_on)


def pair_of(facts: Facts, one: str, other: str) -> tuple[str, PairFacts]:
    """Return the key and the facts of two models' comparison, in either order."""
    return find_pair(facts.pairs, one, other)


def find_pair(pairs: Mapping[str, Pair], one: str, other: str) -> tuple[str, Pair]:
    """Return the pair of two models with its key, `first--second`."""
    key = f"{one}--{other}"
    if key not in pairs:
        key = f"{other}--{one}"
    return key, pairs[key]
