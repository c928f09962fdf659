"""`results.json` as this room reads it: the models and runs of a build."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from reportgen.results.files import read_file

LOG = logging.getLogger(__name__)

RESULTS = "results.json"
SCHEMA = 3
"""Version of results.json; a field that is renamed, removed or means something else raises it."""

_RENAMED_IN_2 = {
    "smallest_detectable": "minimum_detectable_difference",
    "plain": "without_dropout",
    "dropped": "with_dropout",
}

_MEASURES_IN_2 = {
    "expected_calibration_error": "Expected calibration error",
    "brier_score": "Brier score",
}
"""Measures of confidence that schema 2 gives for models and runs → title."""


class _Run(BaseModel):
    seed: int
    key: str


class _Model(BaseModel):
    slug: str
    runs: tuple[_Run, ...]


class _Results(BaseModel):
    schema_version: Literal[1, 2, 3] = Field(alias="schema")
    models: tuple[_Model, ...]
    study_runs: dict[str, tuple[_Run, ...]] = {}


def read_results(folder: Path) -> dict[str, Any] | None:
    """Return the `results.json` of the build in `folder`, or None where there is no whole one.

    Raises StoreError where it is there, but cannot be read.
    """
    path = folder / RESULTS
    data = read_file(path)
    if data is None:
        return None
    try:
        return parse_results(data)
    except ValueError as error:
        LOG.warning("%s is left out: %s", path, error)
        return None


def parse_results(data: bytes) -> dict[str, Any]:
    """Return the content of a `results.json` in the form of this version's schema.

    A file of an earlier schema is converted. Raises ValueError where it is none.
    """
    try:
        results: dict[str, Any] = json.loads(data)
        _Results.model_validate(results)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ValueError(
            f"it is not a results.json file of this version ({where or 'content'})"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({error})") from error
    return results if results["schema"] == SCHEMA else upgrade_results(results)


def upgrade_results(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return results of schema 1 or 2 in the form of schema 3."""
    second = _upgrade_1(results) if results["schema"] == 1 else results
    return _upgrade_2(second)


def _upgrade_1(results: Mapping[str, Any]) -> dict[str, Any]:
    """Rename fields of pairs and design, and move the design to the studies."""
    upgraded = {**results, "schema": 2}
    if isinstance(pairs := results.get("pairs"), dict):
        upgraded["pairs"] = {key: _rename(pair) for key, pair in pairs.items()}
    design = upgraded.pop("design", None)
    upgraded["studies"] = {"design": _rename(design)} if isinstance(design, dict) else {}
    upgraded["studies_left_out"] = {}
    return upgraded


def _upgrade_2(results: Mapping[str, Any]) -> dict[str, Any]:
    """Move the calibration of models and runs to the studies."""
    upgraded = {**results, "schema": 3}
    models = [dict(model) for model in results["models"]]
    calibrations = {model["slug"]: model.pop("calibration", None) for model in models}
    known = {slug: each for slug, each in calibrations.items() if isinstance(each, dict)}
    for model in models:
        model["runs"] = [
            {name: value for name, value in run.items() if name not in _MEASURES_IN_2}
            for run in model["runs"]
        ]
    upgraded["models"] = models
    if known:
        studies = results.get("studies")
        confidence = {
            "measures": {
                name: {
                    "title": title,
                    "format": "score",
                    "models": {
                        slug: {"summary": each[name]}
                        for slug, each in known.items()
                        if name in each
                    },
                }
                for name, title in _MEASURES_IN_2.items()
            },
            "bins": {slug: each.get("bins", []) for slug, each in known.items()},
        }
        upgraded["studies"] = {
            **(studies if isinstance(studies, dict) else {}),
            "confidence": confidence,
        }
    return upgraded


def _rename(fields: Any) -> Any:
    """Return a record of schema 1 with the names of schema 2; what is no record stays as it is."""
    if not isinstance(fields, dict):
        return fields
    return {_RENAMED_IN_2.get(name, name): value for name, value in fields.items()}


def run_keys(results: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of the runs of a build, those of its studies included."""
    models = [run for model in results["models"] for run in model["runs"]]
    studies = [run for runs in results.get("study_runs", {}).values() for run in runs]
    return frozenset(run["key"] for run in (*models, *studies))
