"""A mixed-integer linear programme, built row by row and solved by HiGHS.

The solver works in floating point. So that it never rejects what is possible, each figure's row is
scaled to a range of width one and widened by `WIDENED`, a hundred times the solver's tolerance;
what it finds is checked in exact arithmetic elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.classes import Integers
from reportgen.audit.constraints import Floats
from reportgen.audit.scores import Range

WIDENED = 1e-4
MOST_NODES, MOST_WORK = 500, 15_000
"""After so many nodes of the search tree, or nodes × variables, it is given up: no clock, so
that results repeat."""


@dataclass(frozen=True)
class Expression:
    """constant + Σ coefficient · variable."""

    variables: Sequence[int] | Integers = ()
    coefficients: Sequence[float] | Floats = ()
    constant: float = 0.0

    def __add__(self, other: Expression) -> Expression:
        return Expression(
            np.concatenate([self.variables, other.variables]).astype(int),
            np.concatenate([self.coefficients, other.coefficients]),
            self.constant + other.constant,
        )

    def __mul__(self, factor: float) -> Expression:
        scaled = np.asarray(self.coefficients) * factor
        return Expression(self.variables, scaled, self.constant * factor)

    def value(self, solution: Floats) -> float:
        """Return its value where the variables have these values."""
        products = np.asarray(self.coefficients) * solution[np.asarray(self.variables, dtype=int)]
        return self.constant + float(products.sum())


@dataclass
class Programme:
    """Variables with bounds, and rows: low ≤ expression ≤ high."""

    bounds: list[tuple[float, float, bool]] = field(default_factory=list)
    """Of each variable: lowest, highest, and whether it is a whole number."""
    rows: list[tuple[Expression, float, float]] = field(default_factory=list)

    def variable(self, low: float, high: float, whole: bool) -> Expression:
        """Add a variable."""
        self.bounds.append((low, high, whole))
        return Expression([len(self.bounds) - 1], [1.0])

    def choice(self, options: int) -> Sequence[int]:
        """Add a variable for each of some options, of which exactly one is taken."""
        first = len(self.bounds)
        self.bounds += [(0, 1, True)] * options
        chosen = range(first, first + options)
        self.rows.append((Expression(chosen, np.ones(options)), 1, 1))
        return chosen

    def forbid(self, options: Sequence[int], refused: NDArray[np.bool_]) -> None:
        """Let some options not be taken."""
        for option in np.asarray(options)[refused].tolist():
            self.bounds[option] = (0, 0, True)

    def require(self, expression: Expression, low: float, high: float) -> None:
        """Add a row."""
        self.rows.append((expression, low, high))

    def require_range(self, expression: Expression, allowed: Range) -> None:
        """Add the row of a figure."""
        # A range of a single value has no width to scale to one.
        width = max(float(allowed.high - allowed.low), 1e-9)
        low, high = float(allowed.low) / width, float(allowed.high) / width
        self.require(expression * (1 / width), low - WIDENED, high + WIDENED)

    def solve(self) -> Floats | Literal["infeasible"] | None:
        """Return values of the variables; None where the search was given up."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        lengths = [len(expression.variables) for expression, _, _ in self.rows]
        columns = np.concatenate([expression.variables for expression, _, _ in self.rows])
        values = np.concatenate([expression.coefficients for expression, _, _ in self.rows])
        matrix = csr_array(
            (values, (np.repeat(np.arange(len(lengths)), lengths), columns.astype(int))),
            shape=(len(lengths), len(self.bounds)),
        )
        constants = np.array([expression.constant for expression, _, _ in self.rows])
        low, high = np.array([row[1:] for row in self.rows], dtype=np.float64).T - constants
        lowest, highest, whole = np.array(self.bounds, dtype=np.float64).T
        found = milp(
            np.zeros(len(self.bounds)),
            integrality=whole,
            bounds=Bounds(lowest, highest),
            constraints=LinearConstraint(matrix, low, high),
            options={"node_limit": min(MOST_NODES, 1 + MOST_WORK // len(self.bounds))},
        )
        if found.x is not None:
            return np.asarray(found.x)
        # The status is the same where the solver refuses the model.
        return "infeasible" if "infeasible" in found.message else None
