"""What the networks read, from their predictions for the pieces; and which sequences are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.results.evidence import ImageSet, StudiedImages
from reportgen.results.quantisation import restore_odds
from reportgen.studies.sequences.composition import background_of, compose, slots, split_positions
from reportgen.studies.study import ImagePlan

Pair = tuple[str, int]
_FAILURES = {"recognition": 2, "segmentation": 1}
"""Cause → how many wrong sequences of each style are shown."""


@dataclass(frozen=True)
class Readings:
    """All sequences of a study with what each network read; styles × sequences."""

    sets: Sequence[ImageSet]
    images: StudiedImages
    labels: NDArray[np.int32]
    """Of the test set."""

    @cached_property
    def digits(self) -> list[slice]:
        """Where the digits of each sequence are among the positions."""
        recipe: Any = self.sets[0].recipe
        return split_positions(recipe["lengths"], int(recipe["count"]))

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many digits each sequence has, `[sequences]`."""
        return np.array([each.stop - each.start for each in self.digits])

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *np.cumsum([slots(int(length)) for length in self.lengths]).tolist()]

    def truth(self, sequence: int) -> NDArray[np.int32]:
        """Return the classes of a sequence."""
        return self.labels[self.images.positions[self.digits[sequence]]]

    @cached_property
    def cut(self) -> NDArray[np.bool_]:
        """Whether each sequence is cut into its digits, `[styles, sequences]`."""
        codes = next(iter(self.images.confidence.values()))
        return np.asarray(codes[:, self._starts[:-1]] > 0)

    def read(self, pair: Pair, style: int, sequence: int) -> NDArray[np.int32]:
        """Return the classes that a network read."""
        own = slice(self._starts[sequence] + 1, self._starts[sequence + 1])
        there = self.images.confidence[pair][style, own] > 0
        return self.images.predicted[pair][style, own][there]

    def right(self, pair: Pair) -> NDArray[np.bool_]:
        """Return whether each sequence is read without error, `[styles, sequences]`."""
        return np.array(
            [
                [
                    np.array_equal(self.read(pair, style, sequence), self.truth(sequence))
                    for sequence in range(len(self.digits))
                ]
                for style in range(len(self.sets))
            ]
        )

    def confidence(self, pair: Pair) -> NDArray[np.float64]:
        """Return the logarithm of the product of the confidences of all pieces of each sequence.

        `[styles, sequences]`; −∞ where there is no piece.
        """
        codes = self.images.confidence[pair]
        logarithms = np.where(codes > 0, -np.logaddexp(0, -restore_odds(codes)), 0.0)
        # The mark of a sequence, and the end of the row, take no part.
        marks = np.zeros(codes.shape[1], dtype=bool)
        marks[self._starts[:-1]] = True
        logarithms[:, marks] = 0.0
        starts = self._starts[:-1]
        pieces = np.add.reduceat(np.where(marks, 0, codes > 0), starts, axis=1)
        return np.where(pieces > 0, np.add.reduceat(logarithms, starts, axis=1), -np.inf)


def choose_failures(readings: Readings) -> list[tuple[int, int]]:
    """Return style and sequence of those that are shown: wrong in most runs, short ones first.

    A sequence is shown in one style only.
    """
    wrong = np.sum([~readings.right(pair) for pair in readings.images.predicted], axis=0)
    chosen: list[tuple[int, int]] = []
    for style in range(len(readings.sets)):
        for cause, most in _FAILURES.items():
            of_cause = readings.cut[style] == (cause == "recognition")
            counts = np.where(of_cause, wrong[style], 0)
            counts[[sequence for _, sequence in chosen]] = 0
            order = np.argsort(-counts, kind="stable")[:most]
            chosen += [(style, int(each)) for each in order if counts[each]]
    return chosen


def commonest(readings: Readings, style: int, sequence: int) -> tuple[tuple[int, ...], int]:
    """Return the most frequent wrong reading of a sequence, and how many runs are wrong."""
    truth = tuple(readings.truth(sequence).tolist())
    found = [
        tuple(readings.read(pair, style, sequence).tolist()) for pair in readings.images.predicted
    ]
    wrong = Counter(each for each in found if each != truth)
    return wrong.most_common(1)[0][0], wrong.total()


def show_lines(
    plan: ImagePlan, images: StudiedImages, labels: NDArray[np.int32], inputs: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return the examples and the failures as images of one size, dark background."""
    readings = Readings(plan.sets, images, labels)
    lines = [
        _compose(plan, inputs, readings, style, sequence)
        for style, sequence in (*examples(readings), *choose_failures(readings))
    ]
    height, width = (max(line.shape[axis] for line in lines) for axis in (0, 1))
    shown = np.zeros((len(lines), 1, height, width), dtype=np.uint8)
    for place, line in enumerate(lines):
        shown[place, 0, : line.shape[0], : line.shape[1]] = line
    return shown


def examples(readings: Readings) -> Iterator[tuple[int, int]]:
    """Yield style and sequence of the examples: one of the middle length in each style."""
    middle = int(np.median(readings.lengths))
    first = int(np.flatnonzero(readings.lengths >= middle)[0])
    for style in range(len(readings.sets)):
        yield style, first


def _compose(
    plan: ImagePlan, inputs: NDArray[np.uint8], readings: Readings, style: int, sequence: int
) -> NDArray[np.uint8]:
    own = readings.digits[sequence]
    recipe: Mapping[str, Any] = plan.sets[style].recipe
    background = background_of(inputs)
    return compose(inputs[own], plan.positions[own], recipe, sequence, background).ink
