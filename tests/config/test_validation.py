"""Whatever stands in an experiment file, the loader says what is wrong and never fails itself."""

import copy
import datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.findings import to_problems
from reportgen.config.loading import read_values, shipped_experiments, validate
from reportgen.config.overrides import apply_overrides

PAPER = read_values(shipped_experiments()["paper"])

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.just(datetime.time(3, 4))
)
KEYS = st.text(max_size=6) | st.sampled_from(["name", "slug", "architecture", "f1", "tables"])
VALUES = st.recursive(
    LEAVES.filter(lambda value: value is not None),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["name", "slug", "f1"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(values: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place in nested tables and lists where a value can be replaced."""
    steps = values.items() if isinstance(values, dict) else enumerate(values)
    found = []
    for step, value in steps:
        found.append((*path, step))
        if isinstance(value, dict | list):
            found += places(value, (*path, step))
    return found


PLACES = places(PAPER)


def replaced(edits: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    """Return the paper's values with some of them replaced, where the place is still there."""
    values = copy.deepcopy(PAPER)
    for path, value in edits:
        target: Any = values
        try:
            for step in path[:-1]:
                target = target[step]
            # The keys of a TOML table are texts, also where an edit put it in place of a list.
            target[str(path[-1]) if isinstance(target, dict) else path[-1]] = value
        except (KeyError, IndexError, TypeError):
            # An earlier edit took the place away.
            continue
    return values


@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), max_size=4))
def test_any_edit_is_read_or_reported(edits: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Edits of any kind give an experiment, or problems that name their place in one line each."""
    values = apply_overrides(replaced(edits), []).values
    experiment, findings = validate(values, Path())
    assert (experiment is None) <= bool(findings)
    for problem in to_problems(findings, values, {}):
        assert problem.path
        assert str(problem).isprintable()
