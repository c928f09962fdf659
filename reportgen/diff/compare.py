"""Compare two builds, given as the content of their `results.json`.

A metric moved where its means differ by more than the seeds of either build are spread (highest −
lowest): a plain rule that a reader can check by eye, and that needs no test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from reportgen import formatting
from reportgen.config.explain import source_changes
from reportgen.diff.conclusions import turned_conclusions
from reportgen.diff.records import ConfusionChange, Diff, MetricChange, Movement, RunChange, Summary
from reportgen.diff.settings import changed_settings, changed_studies, changed_surroundings
from reportgen.errors import UsageError
from reportgen.wording import join

Results = Mapping[str, Any]
"""The content of a `results.json`."""
Model = Mapping[str, Any]
"""One of its models."""

METRICS = {
    "accuracy": ("accuracy", "percent"),
    "macro_f1": ("macro F1", "score"),
    "train_accuracy": ("accuracy on the training set", "percent"),
    "seconds": ("training time", "seconds"),
}
"""Fields of a run in `results.json` that are compared → title and format; the metrics that it lists
under `metrics` come after them."""

_FAULTS = (LookupError, TypeError, ValueError, AttributeError)
"""What is raised where a `results.json` that was edited lacks what is compared."""
_DEEPEST = 5
"""Steps of the path to what is damaged, as in `models.0.runs.1.accuracy`."""
_ROUNDING = 1e-12
"""Means of equal numbers may differ by as much."""


def compare_builds(
    first: Results, second: Results, names: tuple[str, str] = ("before", "after")
) -> Diff:
    """Return all that differs between two builds, `first` being the older one.

    Raises UsageError where one of them is damaged, naming it and what it lacks.
    """
    try:
        return _compare(first, second, names)
    except _FAULTS as error:
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        both = zip(names, (first, second), strict=True)
        damaged = {name: results for name, results in both if not _is_whole(results)}
        places = [place for place in map(_find_damage, damaged.values()) if place]
        where = f" at {join(places)}" if places else ""
        raise UsageError(
            f"{join([*damaged] or names)} cannot be compared: damaged results.json{where} ({what})"
        ) from error


def _is_whole(results: Results) -> bool:
    """Return whether a build can be compared with itself."""
    try:
        _compare(results, results, ("", ""))
    except _FAULTS:
        return False
    return True


def _find_damage(results: Results) -> str:
    """Return the dotted path of the smallest part without which a build can be compared.

    Empty where no single part is at fault.
    """
    path: list[Any] = []
    part: Any = results
    while len(path) < _DEEPEST and isinstance(part, dict | list):
        steps = part if isinstance(part, dict) else range(len(part))
        found = [step for step in steps if _is_whole(_without(results, [*path, step]))]
        if len(found) != 1:  # such as two runs that do not fit each other
            break
        path.append(found[0])
        part = part[found[0]]
    return ".".join(map(str, path))


def _without(part: Any, path: Sequence[Any]) -> Any:
    """Return a copy of nested lists and dictionaries without what is at a path."""
    step, *rest = path
    copied = part.copy()
    if rest:
        copied[step] = _without(part[step], rest)
    else:
        del copied[step]
    return copied


def _compare(first: Results, second: Results, names: tuple[str, str]) -> Diff:
    old, new = _models(first), _models(second)
    both = [slug for slug in new if slug in old]
    return Diff(
        first=names[0],
        second=names[1],
        settings=changed_settings(first.get("experiment", {}), second.get("experiment", {})),
        surroundings=changed_surroundings(first, second),
        models_added=tuple(new[slug]["name"] for slug in new if slug not in old),
        models_removed=tuple(old[slug]["name"] for slug in old if slug not in new),
        runs=_compare_runs(old, new),
        metrics=tuple(
            change
            for slug in both
            for change in _compare_metrics(first, second, old[slug], new[slug])
        ),
        studies=changed_studies(first, second),
        conclusions=turned_conclusions(first, second),
        confusions=tuple(c for slug in both for c in _compare_confusions(old[slug], new[slug])),
    )


def _models(results: Results) -> dict[str, Model]:
    return {model["slug"]: model for model in results.get("models", ())}


def _compare_runs(old: Mapping[str, Model], new: Mapping[str, Model]) -> tuple[RunChange, ...]:
    before, after = _keys(old), _keys(new)
    changed = {slug: _changed_sources(old[slug], new[slug]) for slug in new if slug in old}
    runs = {run: _run_status(before.get(run), after.get(run)) for run in {**after, **before}}
    return tuple(
        RunChange(
            model=model,
            seed=seed,
            status=status,
            sources=changed[model] if status == "other" else (),
        )
        for (model, seed), status in runs.items()
    )


def _changed_sources(old: Model, new: Model) -> tuple[str, ...]:
    """Return how the source files of a model differ; nothing is known of earlier versions."""
    before, after = old.get("sources"), new.get("sources")
    return tuple(map(str, source_changes(before, after))) if before and after else ()


def _keys(models: Mapping[str, Model]) -> dict[tuple[str, int], str]:
    return {
        (slug, run["seed"]): run["key"] for slug in models for run in models[slug].get("runs", ())
    }


def _run_status(old: str | None, new: str | None) -> Literal["same", "other", "added", "removed"]:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return "same" if old == new else "other"


def _compare_metrics(
    first: Results, second: Results, old: Model, new: Model
) -> Iterator[MetricChange]:
    """Yield each metric that both builds have of a model."""
    before = dict(_scores(first, old))
    for (metric, class_name), after in _scores(second, new):
        if (metric, class_name) not in before:
            continue
        values = before[metric, class_name].values, after.values
        one, other = map(_summarise, values)
        difference, moved = other.mean - one.mean, judge(*values)
        # Where there is no spread, rounding of the last bits would count as a movement.
        if moved != "within" and not re.search("[1-9]", print_difference(difference, after.format)):
            moved = "same"
        yield MetricChange(
            model=new["slug"],
            name=new["name"],
            metric=metric,
            title=after.title,
            format=after.format,
            class_name=class_name,
            old=one,
            new=other,
            difference=difference,
            spread=seed_spread(*values),
            moved=moved,
        )


class _Score(NamedTuple):
    title: str
    format: str
    values: list[float]
    """One for each seed."""


def _scores(results: Results, model: Model) -> Iterator[tuple[tuple[str, str | None], _Score]]:
    """Yield the scores of a model by metric and class; None for all classes together."""
    trained = model.get("runs", ())
    for metric, described in METRICS.items():
        values = [run[metric] for run in trained if run.get(metric) is not None]
        if values:
            yield (metric, None), _Score(*described, values)
    runs = [{each["class"]: each["f1"] for each in run.get("per_class", ())} for run in trained]
    for name in next(iter(runs), ()):
        yield ("f1", name), _Score("F1", "score", [run[name] for run in runs])
    confidence = (results.get("studies") or {}).get("confidence") or {}
    further = {**confidence.get("measures", {}), **results.get("metrics", {})}
    for metric, found in further.items():
        if metric not in METRICS and (of_model := found["models"].get(model["slug"])):
            yield (
                (metric, None),
                _Score(found["title"], found["format"], of_model["summary"]["values"]),
            )


def _classes(model: Model) -> list[str]:
    return [entry["class"] for entry in model["runs"][0].get("per_class", ())]


def print_difference(difference: float, format_name: str) -> str:
    """Print a difference of two values in this format, with its sign and unit."""
    if format_name == "seconds":
        sign = formatting.MINUS if difference < 0 else "+"
        return f"{sign}{formatting.seconds(abs(difference))}"
    if format_name == "percent":
        return f"{formatting.points(difference)} points"
    return formatting.signed_score(difference)


def _summarise(values: Sequence[float]) -> Summary:
    return Summary(
        mean=sum(values) / len(values), minimum=min(values), maximum=max(values), seeds=len(values)
    )


def seed_spread(before: Sequence[float], after: Sequence[float]) -> float | None:
    """Return the wider of two spreads over seeds; None where neither has two seeds."""
    spreads = [max(values) - min(values) for values in (before, after) if len(values) > 1]
    return max(spreads, default=None)


def judge(before: Sequence[float], after: Sequence[float]) -> Movement:
    """Return whether a metric moved by more than the range over its seeds."""
    if sorted(before) == sorted(after):
        return "same"
    difference = sum(after) / len(after) - sum(before) / len(before)
    spread = seed_spread(before, after)
    if spread is None:
        return "unknown"
    if abs(difference) <= spread + _ROUNDING:
        return "within"
    return "up" if difference > 0 else "down"


def _compare_confusions(old: Model, new: Model) -> Iterator[ConfusionChange]:
    """Yield the difference of a model's confusion matrices, where it is large enough to show."""
    before, after = _matrices(old), _matrices(new)
    seeds = tuple(seed for seed in after if seed in before)
    if not seeds or _classes(old) != _classes(new) or before == after:
        return
    size = range(len(_classes(new)))
    cells = {
        (i, j): ([before[s][i][j] for s in seeds], [after[s][i][j] for s in seeds])
        for i in size
        for j in size
    }
    yield ConfusionChange(
        model=new["slug"],
        name=new["name"],
        classes=tuple(_classes(new)),
        seeds=seeds,
        matrix=tuple(tuple(sum(cells[i, j][1]) - sum(cells[i, j][0]) for j in size) for i in size),
        moved=tuple(cell for cell, values in cells.items() if judge(*values) in ("up", "down")),
        row=sum(sum(values[1]) for values in cells.values()) / len(size),
    )


def _matrices(model: Model) -> dict[int, list[list[int]]]:
    return {
        run["seed"]: run["confusion_matrix"]
        for run in model.get("runs", ())
        if run.get("confusion_matrix")
    }
