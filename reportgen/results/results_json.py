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


class _Run(BaseModel):
    seed: int
    key: str


class _Model(BaseModel):
    slug: str
    runs: tuple[_Run, ...]


class _Results(BaseModel):
    schema_version: Literal[3] = Field(alias="schema")
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
    """Return the content of a `results.json`; raises ValueError where it is none of this schema."""
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
    return results


def run_keys(results: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of the runs of a build, those of its studies included."""
    models = [run for model in results["models"] for run in model["runs"]]
    studies = [run for runs in results.get("study_runs", {}).values() for run in runs]
    return frozenset(run["key"] for run in (*models, *studies))
