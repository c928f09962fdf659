"""What the evidence gives: every number with the models and the quantity that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import walk_numbers
from reportgen.verification.paper.printed import Printed, ranges_of
from reportgen.verification.paper.text import LETTERS

_QUANTITIES = {
    "accuracy": r"accurac(?:y|ies)",
    "train_accuracy": r"train(?:ing)?[- ]accurac(?:y|ies)|accurac(?:y|ies) on the training",
    "macro_f1": r"macro[- ](?:averaged? )?F[-_ ]?1",
    "micro_f1": r"micro[- ](?:averaged? )?F[-_ ]?1",
    "weighted_f1": r"weighted[- ](?:averaged? )?F[-_ ]?1",
    "f1": r"F[-_ ]?1",
    "precision": r"precision",
    "recall": r"recall",
    "errors": r"errors?|misclassifie[sd]|misread(?:s|ing)?|misclassifications?",
    "parameters": r"parameters?|params",
    "multiply_adds": r"multiply-adds?|MACs",
    "train_seconds": r"training time|train(?:s|ing|ed)? (?:takes|took|in)",
    "seconds_per_1000": r"inference time|per 1,?000",
    "gap": r"gap|over-?fit(?:s|ting)?",
    "expected_calibration_error": r"(?:expected )?calibration error|ECE",
    "brier_score": r"Brier(?: score)?",
    "difference": r"differences?|ahead|behind|gains?|improve(?:s|d|ment)?|better|worse|by",
    "p_value": r"p(?:[- ]values?)?(?=\s?[=<>])|p[- ]values?",
}
"""Quantity → how papers call it."""
_FOREIGN = re.compile(
    r"learning rates?|dropout|probabilit\w+|margins?|loss(?:es)?|decay|momentum|thresholds?|"
    r"temperature|alpha|level|confidence|power|standard deviation|fraction|smoothing|epsilon|"
    r"precision[-\u2013]recall|average precision",
    re.IGNORECASE,
)
"""Other things that a number may be of, where one stands nearer to it than a quantity does."""


_IMAGES = "shown"
"""Step in the paths of images: their pixels are no numbers that a paper prints."""
_CLASS = re.compile(r"per_class\.\d+")


@dataclass(frozen=True)
class Fact:
    """One number that the evidence gives."""

    path: str
    value: float
    models: frozenset[str]
    """Slugs; two for a comparison, none for what is of no model."""
    quantity: str
    is_difference: bool
    is_detail: bool
    """Of one class, run, epoch, bin or cell."""

    @property
    def rank(self) -> tuple[bool, int, str]:
        """What sorts the plainest facts first: those of a whole model before one of its parts."""
        return self.is_detail, self.path.count("."), self.path

    @property
    def is_tabular(self) -> bool:
        """Whether tables have a column of it: a value of a model, or of a class of one."""
        steps = _CLASS.sub("per_class", self.path).split(".")
        return ("per_class" in steps or not self.is_detail) and not any(map(str.isdigit, steps))

    @property
    def pattern(self) -> str:
        """Its path without model and class: what a column of a table has in common."""
        steps = _CLASS.sub("per_class.*", self.path).split(".")
        if self.is_difference and steps[-1] in ("low", "high"):
            # With the models in the other order, the bounds change places.
            steps[-1] = "bound"
        return ".".join("*" if step in self.models or "--" in step else step for step in steps)


class Numbers(tuple[Fact, ...]):
    """Many thousands of facts, of which few have the size of a printed number."""

    @cached_property
    def _by_size(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Sizes, ascending, and their places."""
        sizes = np.abs([fact.value for fact in self])
        order = np.argsort(sizes, kind="stable")
        return sizes[order], order

    def near(self, printed: Printed) -> list[Fact]:
        """Return the facts whose size may be printed so, in their order."""
        sizes, places = self._by_size
        found: set[int] = set()
        for low, high in ranges_of(printed):
            first, end = np.searchsorted(sizes, (low, high))
            found.update(places[first:end].tolist())
        return [self[place] for place in sorted(found)]


class Known:
    """The numbers of a report and its settings, and the names that they go by in a text."""

    def __init__(self, facts: Facts, experiment: Mapping[str, Any]) -> None:
        self.names = {slug: model.name for slug, model in facts.models.items()}
        self.names |= {slug: baseline.name for slug, baseline in facts.baselines.items()}
        self.names = {slug: _plain(name) for slug, name in self.names.items()}
        self.classes = tuple(map(_plain, facts.dataset.classes))
        self.dataset = facts.dataset.title
        self._facts = facts
        self._settings = experiment
        self._quantities = {
            **_QUANTITIES,
            **{
                name: rf"{re.escape(metric.title)}|{re.escape(name.replace('_', ' '))}"
                for name, metric in facts.metrics.items()
                if name not in _QUANTITIES
            },
        }
        longest = sorted(self.names.items(), key=lambda item: -len(item[1]))
        self._models = [(slug, _word(re.escape(name), False)) for slug, name in longest]
        self._named = {name: _word(rule, True) for name, rule in self._quantities.items()}

    @cached_property
    def facts(self) -> Numbers:
        """Every number of the facts."""
        return Numbers(self._read_facts())

    @cached_property
    def settings(self) -> Numbers:
        """The numbers of the experiment file, those about the data set, and counts of things."""
        found = [
            (f"experiment.{path}", value)
            for path, value in walk_numbers(self._settings)
            if not path.startswith("published")
        ]
        found += [
            ("models.#", len(self._facts.models)),
            ("dataset.classes.#", len(self._facts.dataset.classes)),
            ("seeds.#", len(self._facts.seeds)),
        ]
        own = [Fact(path, value, frozenset(), "", False, False) for path, value in found]
        general = (fact for fact in self.facts if not fact.models and not fact.is_detail)
        return Numbers([*own, *general])

    def find_models(self, text: str) -> list[tuple[int, int, str]]:
        """Return where a text names models: start, end, slug; the longest name counts."""
        found: list[tuple[int, int, str]] = []
        for slug, rule in self._models:
            for match in rule.finditer(text):
                if all(match.end() <= low or match.start() >= high for low, high, _ in found):
                    found.append((*match.span(), slug))
        return sorted(found)

    def find_quantities(self, text: str) -> list[tuple[int, int, str]]:
        """Return where a text names quantities, and other things (""), that numbers are of."""
        found = [
            (*match.span(), name)
            for name, rule in self._named.items()
            for match in rule.finditer(text)
        ]
        found += [(*match.span(), "") for match in _FOREIGN.finditer(text)]
        models = [(low, high) for low, high, _ in self.find_models(text)]
        found = [each for each in found if not any(low <= each[0] < high for low, high in models)]
        # Of names within each other, as `macro F1` and `F1`, the longest counts.
        found = [
            each
            for each in found
            if not any(
                low <= each[0] and each[1] <= high and high - low > each[1] - each[0]
                for low, high, _ in found
            )
        ]
        return sorted(found)

    def _read_facts(self) -> Iterator[Fact]:
        left_out = {"claims", "gallery", "audit", "own_studies", "verdict"}
        for path, value in walk_numbers(self._facts.model_dump(exclude=left_out)):
            steps = path.split(".")
            if _IMAGES in steps:
                continue
            owners = [each for step in steps for each in step.split("--") if each in self.names]
            is_pair = any("--" in step for step in steps)
            is_detail = bool(
                {"runs", "per_class", "curves", "bins", "history", "train_f1", "mcnemar"}
                & set(steps)
                or any("confusion" in step or "class_f1" in step for step in steps)
            )
            yield Fact(
                path,
                value,
                frozenset(owners),
                self._quantity_of(steps),
                is_pair or "gap" in steps or "gap_interval" in steps or steps[0] == "studies",
                is_detail,
            )

    def _quantity_of(self, steps: list[str]) -> str:
        if steps[0] == "pairs":
            return "p_value" if any(step.startswith("p_") for step in steps) else "difference"
        if steps[0] == "metrics":
            return "difference" if steps[2] == "pairs" else steps[1]
        for step in reversed(steps):
            name = step.removesuffix("_interval")
            if name in self._quantities:
                return name
        return ""


def _plain(name: str) -> str:
    """Return a name as it is in the text of a paper."""
    return " ".join(name.translate(LETTERS).split())


def _word(rule: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{rule})(?![\w-])", re.IGNORECASE if ignore_case else 0)
