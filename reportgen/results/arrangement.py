"""The order in which the codes of class probabilities are written, so that they compress well.

Codes (`quantisation.quantise`) are written one class after the other, the examples in the order of
the code that is expected of each. Like codes are beside each other then, which LZMA adapts to: for
the paper's twelve runs this takes a tenth less than the order of the predicted classes. What is
expected follows from what was written before: the codes that the last runs gave to the class, and
how far this run's codes of the same example were from theirs so far, on average.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from reportgen.results.quantisation import Classes, Codes, other_classes


class Arranger:
    """Arranges the codes of one run after the other, or restores them, in the order of the runs."""

    def __init__(self) -> None:
        # Codes of the last two runs with those of the predicted classes, which are 0: [n, classes].
        self._last: deque[Codes] = deque(maxlen=2)

    def arrange(self, codes: Codes, classes: Classes) -> Codes:
        """Return the columns of `codes`, `[n, classes − 1]`, as rows, each in its own order.

        `classes`: the predicted class of each example, `[n]`.
        """
        arranged = np.empty(codes.shape[::-1], dtype=np.uint8)
        for column, order in self._orders(codes, classes):
            arranged[column] = codes[order, column]
        return arranged

    def restore(self, arranged: Codes, classes: Classes) -> Codes:
        """Return the codes that `arrange` was given."""
        codes = np.empty(arranged.shape[::-1], dtype=np.uint8)
        for column, order in self._orders(codes, classes):
            codes[order, column] = arranged[column]
        return codes

    def _orders(self, codes: Codes, classes: Classes) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Yield each column with the order of its examples; it has to be filled when it returns."""
        count = codes.shape[1] + 1
        others = other_classes(count, classes)
        # Twice the mean, in whole numbers, which are the same on every machine.
        expected = np.zeros(codes.shape, dtype=np.int16)
        for table in self._last:
            expected += (2 // len(self._last)) * np.take_along_axis(table, others, 1)
        apart = np.zeros(len(classes), dtype=np.int32)
        for column in range(codes.shape[1]):
            key = expected[:, column] + apart // max(column, 1)
            # NumPy sorts numbers of 16 bits in linear time (radix sort).
            yield column, np.argsort(key.astype(np.int16), kind="stable")
            apart += 2 * codes[:, column].astype(np.int32) - expected[:, column]
        table = np.zeros((len(classes), count), dtype=np.uint8)
        np.put_along_axis(table, others, codes, 1)
        self._last.append(table)
