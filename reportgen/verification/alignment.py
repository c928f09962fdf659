"""Align two sequences: which entries of one correspond to which of the other.

Patience diff: entries that are unique in both sequences are anchors, in their longest common
order; between two anchors the same is done again. It takes O(n log n) for each level, and a limited
number of levels, whatever the sequences are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

_LEVELS = 12


@dataclass(frozen=True)
class Block:
    """A range of each sequence that correspond to each other.

    Where `same`, both have the same length and equal entries; else they differ in some way, and one
    of them may be empty.
    """

    first: range
    second: range
    same: bool


def align(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Block]:
    """Return blocks that cover both sequences in order."""
    blocks = _align(first, second, range(len(first)), range(len(second)), _LEVELS)
    return [block for block in blocks if block.first or block.second]


def _align(
    a: Sequence[Hashable], b: Sequence[Hashable], i: range, j: range, levels: int
) -> Iterator[Block]:
    head = _common(a, b, i, j)
    yield Block(i[:head], j[:head], True)
    i, j = i[head:], j[head:]
    tail = _common(a, b, i[::-1], j[::-1])
    yield from _align_between(a, b, i[: len(i) - tail], j[: len(j) - tail], levels)
    yield Block(i[len(i) - tail :], j[len(j) - tail :], True)


def _align_between(
    a: Sequence[Hashable], b: Sequence[Hashable], i: range, j: range, levels: int
) -> Iterator[Block]:
    anchors = _anchors(a, b, i, j) if i and j and levels else []
    if not anchors:
        yield Block(i, j, False)
        return
    start_i, start_j = i.start, j.start
    for place_i, place_j in [*anchors, (i.stop, j.stop)]:
        yield from _align(a, b, range(start_i, place_i), range(start_j, place_j), levels - 1)
        start_i, start_j = place_i, place_j


def _common(a: Sequence[Hashable], b: Sequence[Hashable], i: range, j: range) -> int:
    length = 0
    for one, other in zip(i, j, strict=False):
        if a[one] != b[other]:
            break
        length += 1
    return length


def _anchors(
    a: Sequence[Hashable], b: Sequence[Hashable], i: range, j: range
) -> list[tuple[int, int]]:
    """Return the places of entries unique in both ranges, in their longest increasing order."""
    ours, theirs = _unique(a, i), _unique(b, j)
    pairs = [(place, theirs[entry]) for entry, place in ours.items() if entry in theirs]
    return _longest_increasing(pairs)


def _unique(sequence: Sequence[Hashable], places: range) -> dict[Hashable, int]:
    counts = Counter(sequence[place] for place in places)
    return {sequence[place]: place for place in places if counts[sequence[place]] == 1}


def _longest_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of `pairs`, sorted by the first, that ascends in the second too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [index]
        before.append(last[length - 1] if length else None)
    chosen: list[tuple[int, int]] = []
    step = last[-1] if last else None
    while step is not None:
        chosen.append(pairs[step])
        step = before[step]
    return chosen[::-1]
