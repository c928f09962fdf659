"""Figures of four kinds that are made from data alone: bars, dots, lines and heat maps.

A study's `figures` returns what these functions make. Numbers that a reader needs in print belong
into claims and captions, where they are marked and recomputed; these figures draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from reportgen.analysis.facts import Facts
from reportgen.figures.plan.words import identify
from reportgen.figures.spec import FigureSpec
from reportgen.wording import join

MOST_SERIES, MOST_PLACES, MOST_CELLS = 24, 400, 10_000
"""Lines or bars at one place of a figure, places along its axis, cells of a heat map."""
LARGEST = 1e15


class _Data(BaseModel):
    """The data of a figure; numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Model(_Data):
    slug: str
    name: str
    hue: Annotated[int, Field(ge=0)]
    variant: Annotated[int, Field(ge=0)]
    variants: Annotated[int, Field(ge=1)]
    hollow: bool = False

    @model_validator(mode="after")
    def _require_a_variant(self) -> _Model:
        if self.variant >= self.variants:
            raise ValueError(f"{self.name} is variant {self.variant} of {self.variants}")
        return self


_Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
_Places = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_PLACES)]
_Numbers = Annotated[tuple[_Number, ...], Field(min_length=1, max_length=MOST_PLACES)]


class _Series(_Data):
    model: _Model
    values: _Numbers
    low: _Numbers | None = None
    """Lower ends of intervals, one for each value."""
    high: _Numbers | None = None


class _Chart(_Data):
    series: Annotated[tuple[_Series, ...], Field(min_length=1, max_length=MOST_SERIES)]
    places: tuple[str, ...] | tuple[float, ...]
    y_axis: str
    x_axis: str = ""

    @model_validator(mode="after")
    def _require_equal_lengths(self) -> _Chart:
        for each in self.series:
            for values in (each.values, each.low, each.high):
                if values is not None and len(values) != len(self.places):
                    raise ValueError(
                        f"{each.model.name} has {len(values)} values for {len(self.places)} places"
                    )
            if (each.low is None) != (each.high is None):
                raise ValueError(f"{each.model.name} has one end of its intervals alone")
        return self


class NamedData(_Chart):
    """Bars, or points with intervals, one group or row for each name."""

    places: _Places


class LinesData(_Chart):
    """Lines over numbers."""

    places: _Numbers
    x_scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _require_logarithms(self) -> LinesData:
        if self.x_scale == "log" and min(self.places) <= 0:
            raise ValueError("a logarithmic axis has no places at or below 0")
        return self


class HeatmapData(_Data):
    """A number for each row and column, shown by colour."""

    rows: _Places
    columns: _Places
    values: tuple[_Numbers, ...]
    unit: str
    y_axis: str = ""
    x_axis: str = ""

    @model_validator(mode="after")
    def _require_a_table(self) -> HeatmapData:
        if [len(row) for row in self.values] != [len(self.columns)] * len(self.rows):
            raise ValueError(f"needs {len(self.rows)} rows of {len(self.columns)} values")
        if len(self.rows) * len(self.columns) > MOST_CELLS:
            raise ValueError(f"has more than {MOST_CELLS:,} cells")
        return self


KINDS: Mapping[str, type[_Data]] = {
    "bars": NamedData,
    "dots": NamedData,
    "lines": LinesData,
    "heatmap": HeatmapData,
}
"""Kind of a figure → what its data must be."""

Values = Mapping[str, Sequence[float]]
"""Slug of a model, or another name → its values, one for each place."""
Intervals = Mapping[str, Sequence[tuple[float, float]]]
"""Name of a series → the ends of an interval for each of its values."""


WORDS = ("caption", "alt", "x_axis", "y_axis", "x_scale", "table", "width")
"""What may be given of every figure; `alt` and `width` follow from the data where they are not."""


def check_figure(spec: FigureSpec) -> FigureSpec:
    """Return a figure with its data as they are drawn.

    Raises ValueError where it is of another kind, or its data do not fit its kind.
    """
    if spec.kind not in KINDS:
        raise ValueError(f"a figure is of the kind {spec.kind!r}; there are {', '.join(KINDS)}")
    try:
        data = KINDS[spec.kind].model_validate(spec.data).model_dump(mode="json")
    except ValueError as error:
        raise ValueError(f"the figure {spec.slug!r}: {_first_problem(error)}") from error
    return spec.model_copy(update={"data": data})


def bars(
    facts: Facts, slug: str, title: str, places: Sequence[str], values: Values, **words: Any
) -> FigureSpec:
    """Return groups of bars: `values` of each model, or other series, at each of the `places`.

    `words` are among `WORDS`. Raises ValueError where the data do not fit each other; so do the
    other kinds.
    """
    return _chart("bars", facts, slug, title, [str(place) for place in places], values, {}, words)


def dots(
    facts: Facts,
    slug: str,
    title: str,
    places: Sequence[str],
    values: Values,
    intervals: Intervals | None = None,
    **words: Any,
) -> FigureSpec:
    """Return a dot plot: a row for each place, and an interval `(low, high)` for each value."""
    names = [str(place) for place in places]
    return _chart("dots", facts, slug, title, names, values, intervals or {}, words)


def lines(
    facts: Facts,
    slug: str,
    title: str,
    places: Sequence[float],
    values: Values,
    intervals: Intervals | None = None,
    **words: Any,
) -> FigureSpec:
    """Return lines over the numbers `places`, with whiskers or bands where there are intervals.

    `x_scale="log"` makes their axis logarithmic, with a tick at each place.
    """
    numbers = [float(place) for place in places]
    return _chart("lines", facts, slug, title, numbers, values, intervals or {}, words)


def heatmap(
    slug: str,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    unit: str,
    **words: Any,
) -> FigureSpec:
    """Return a heat map of `values`, `[rows, columns]`, in `unit`; `words` as in `bars`."""
    data = {
        "rows": [str(row) for row in rows],
        "columns": [str(column) for column in columns],
        "values": [[float(value) for value in row] for row in values],
        "unit": unit,
    }
    lines = zip(rows, values, strict=False)
    texts = (f"{row}: {_pairs(columns, line)}." for row, line in lines)
    return _figure("heatmap", slug, title, data, f"{title}, {unit}. {' '.join(texts)}", words)


def _chart(
    kind: str,
    facts: Facts,
    slug: str,
    title: str,
    places: Sequence[Any],
    values: Values,
    intervals: Intervals,
    words: Mapping[str, Any],
) -> FigureSpec:
    series = list(_series(facts, values, intervals))
    data = {"places": list(places), "series": series, "y_axis": title}
    texts = (f"{each['model']['name']}: {_pairs(places, each['values'])}." for each in series)
    return _figure(kind, slug, title, data, f"{title}. {' '.join(texts)}", words)


def _series(facts: Facts, values: Values, intervals: Intervals) -> Iterator[dict[str, Any]]:
    """Yield the data of each series; a model looks as it does in all other figures."""
    models = identify(facts)
    others = [name for name in values if name not in models]
    for name, numbers in values.items():
        model = models.get(name) or {
            "slug": name,
            "name": name,
            "hue": len(models) + others.index(name) if models else others.index(name),
            "variant": 0,
            "variants": 1,
        }
        ends = intervals.get(name)
        yield {
            "model": model,
            "values": [float(value) for value in numbers],
            "low": None if ends is None else [float(low) for low, _ in ends],
            "high": None if ends is None else [float(high) for _, high in ends],
        }


def _figure(
    kind: str, slug: str, title: str, data: dict[str, Any], alt: str, words: Mapping[str, Any]
) -> FigureSpec:
    axes = {name: words[name] for name in ("x_axis", "y_axis", "x_scale") if name in words}
    if unknown := sorted(words.keys() - WORDS):
        raise ValueError(f"a figure has no {unknown[0]!r}; it has {join(WORDS)}")
    return check_figure(
        FigureSpec(
            slug=slug,
            kind=kind,
            title=title,
            caption=words.get("caption", f"{title}."),
            alt=words.get("alt", alt),
            data={**data, **axes},
            table=words.get("table"),
            width=words.get("width", 122 if _is_small(kind, data) else 170),
        )
    )


def _is_small(kind: str, data: Mapping[str, Any]) -> bool:
    """Return whether a figure is legible in the column of the text, and so on a phone."""
    if kind == "lines":
        return True
    names = data["rows"] if kind == "heatmap" else data["places"]
    if kind == "bars":
        return len(names) * len(data["series"]) <= FEW_BARS
    columns = len(data["columns"]) if kind == "heatmap" else 1
    return columns <= FEW_COLUMNS and max(map(len, names), default=0) <= SHORT


FEW_BARS, FEW_COLUMNS, SHORT = 24, 6, 36
"""Bars and columns of a figure as wide as the text, and characters of the names of its rows."""


MOST_SPOKEN = 24
"""Values that an alternative text lists; of more it gives the range."""


def _pairs(places: Sequence[Any], values: Sequence[float]) -> str:
    if len(values) > MOST_SPOKEN:
        return f"from {min(values):.4g} to {max(values):.4g} over {len(values)} places"
    named = zip(places, values, strict=False)
    return join([f"{place} {value:.4g}" for place, value in named])


def _first_problem(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    first = errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else str(first["msg"]).removeprefix("Value error, ")
