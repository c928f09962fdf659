"""Which settings and results of studies differ, and what else two builds depend on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from reportgen.config.studies import known_studies
from reportgen.diff.records import SettingChange
from reportgen.wording import shorten

LONGEST = 60
"""Characters of a value that are shown; of longer ones only the change is stated."""

_SURROUNDINGS = ("python", "device", "precision", "commit")


def changed_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[SettingChange, ...]:
    """Return the settings that differ between two experiments, by dotted path.

    Models are addressed by slug; of a model that only one experiment has, no settings are listed.
    A setting that an older version lacks equals one that is not set.
    """
    shared = _slugs(old) & _slugs(new)
    before, after = dict(_flatten(old, shared)), dict(_flatten(new, shared))
    return tuple(
        SettingChange(path=path, old=_show(before, path), new=_show(after, path))
        for path in {**before, **after}
        if before.get(path) != after.get(path)
    )


def changed_studies(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[SettingChange, ...]:
    """Return the results of a sweep and of the user's own studies that differ, by dotted path."""
    before, after = (dict(_flatten(_results(each), set())) for each in (old, new))
    changes = (
        SettingChange(path=path, old=_show(before, path), new=_show(after, path))
        for path in {**before, **after}
    )
    return tuple(change for change in changes if change.old != change.new)


def _results(results: Mapping[str, Any]) -> dict[str, Any]:
    studies = results.get("studies") or {}
    own = {name: result for name, result in studies.items() if name not in known_studies()}
    if studies.get("sweep"):
        own["sweep"] = _summarise_sweep(studies["sweep"])
    return {f"studies.{name}": result for name, result in own.items()}


def _summarise_sweep(sweep: Mapping[str, Any]) -> dict[str, Any]:
    """Return how much was tried and the best score of each model; its settings are selected."""
    best = {
        slug: {"tried": len(model["trials"]), "best": model["best"][0]["score"]}
        for slug, model in sweep["models"].items()
        if model["best"]
    }
    return {"configurations": sweep["configurations"], "metric": sweep["metric"], **best}


def _slugs(experiment: Mapping[str, Any]) -> set[str]:
    return {model["slug"] for model in experiment.get("models", ())}


def _flatten(
    experiment: Mapping[str, Any], models: set[str], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in experiment.items():
        path = f"{prefix}{name}"
        if path == "models":
            for model in value:
                if model["slug"] in models:
                    yield from _flatten(model, models, f"models.{model['slug']}.")
        elif isinstance(value, Mapping):
            yield from _flatten(value, models, f"{path}.")
        else:
            yield path, value


def _show(values: Mapping[str, Any], path: str) -> str | None:
    if path not in values:
        return None
    value = values[path]
    text = f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return shorten(text, LONGEST)


def changed_surroundings(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[SettingChange, ...]:
    """Return what differs in data, versions, devices and code between two results."""
    before, after = _surroundings(old), _surroundings(new)
    return tuple(
        SettingChange(path=name, old=before[name], new=after[name])
        for name in before
        if before[name] and after.get(name) and before[name] != after[name]
    )


def _surroundings(results: Mapping[str, Any]) -> dict[str, str]:
    data = results.get("data", {})
    runs = [run for run in results.get("provenance", {}).values() if run]
    versions = [run.get("versions") or {} for run in runs]
    found = {
        "reportgen": str(results.get("reportgen", "")),
        "data": str(data.get("name", "")),
        "data bytes (SHA-256)": str(data.get("sha256", ""))[:12],
    }
    if "plan" in results:
        found["plan (SHA-256)"] = results["plan"]["sha256"][:12] if results["plan"] else "none"
    named = [{**run, **libraries} for run, libraries in zip(runs, versions, strict=True)]
    for name in (*_SURROUNDINGS, *sorted({name for each in versions for name in each})):
        values = sorted({str(run[name]) for run in named if run.get(name) is not None})
        found[name] = ", ".join(value[:12] if name == "commit" else value for value in values)
    return found
