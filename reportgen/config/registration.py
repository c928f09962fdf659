"""A plan that is written before the first run, and how a report deviates from it.

The plan of `mine.toml` is `mine.plan.json` beside it, its signature `mine.plan.json.sig`. A report
carries both as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from reportgen.config.keys import differences
from reportgen.config.plan import PRESENTATION
from reportgen.config.spec import Record
from reportgen.errors import UsageError
from reportgen.reading import read_regular
from reportgen.wording import shorten

SUFFIX = ".plan.json"

LARGEST = 2**20
"""Bytes that a plan or its signature may have."""


class Registration(Record):
    """What is to be compared, how, and on which data."""

    schema_version: int = 1
    reportgen: str
    written: str
    """ISO 8601, UTC."""
    data_sha256: str
    settings: dict[str, JsonValue]
    """The effective configuration, without what only changes how a report looks."""


class CarriedPlan(Record):
    """A plan as a report carries it: the file and its signature, unchanged."""

    name: str
    text: str
    signature: str | None = None

    @property
    def sha256(self) -> str:
        """Digest of the file."""
        return sha256(self.text.encode()).hexdigest()


def register(
    experiment: Mapping[str, Any], data_sha256: str, version: str, written: str
) -> Registration:
    """Return the plan of an experiment, which is its effective configuration as JSON."""
    return Registration(
        reportgen=version, written=written, data_sha256=data_sha256, settings=_settings(experiment)
    )


def plan_path(experiment: Path) -> Path:
    """Return where the plan of an experiment file is."""
    return experiment.with_name(experiment.stem + SUFFIX)


def find_plan(experiment: Path) -> CarriedPlan | None:
    """Return the plan beside an experiment file, or None; raises UsageError where it is invalid."""
    if not experiment.name or not plan_path(experiment).is_file():
        return None
    path = plan_path(experiment)
    signature = path.with_name(path.name + ".sig")
    plan = CarriedPlan(
        name=path.name,
        text=_read(path),
        signature=_read(signature) if signature.is_file() else None,
    )
    try:
        Registration.model_validate_json(plan.text)
    except ValidationError as error:
        raise UsageError(
            f"{path} is not a plan that reportgen plan --register wrote: "
            f"{error.errors()[0]['msg']}; remove it, or restore it"
        ) from error
    return plan


def find_deviations(
    plan: CarriedPlan, experiment: Mapping[str, Any], data_sha256: str, started: Iterable[str]
) -> tuple[str, ...]:
    """Return how a report deviates from its plan, a sentence without a full stop for each.

    `started`: when each run was begun, ISO 8601, UTC.
    """
    try:
        planned = Registration.model_validate_json(plan.text)
    except ValidationError:
        return ("the plan cannot be read",)
    swept = tuple(_swept_paths(experiment))
    found = [*_describe(differences(planned.settings, _settings(experiment)), swept)]
    if planned.data_sha256 != data_sha256:
        found.append("the data are not those of the plan")
    first = min(started, default=None)
    # Both are ISO 8601 in UTC, so that their texts are in the order of the times.
    if first is not None and first < planned.written:
        found.append(f"the first run was begun at {first}, before the plan was written")
    return tuple(found)


def _settings(experiment: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in experiment.items() if name not in PRESENTATION}
    kept["models"] = {
        model["slug"]: {name: value for name, value in model.items() if name != "name"}
        for model in experiment["models"]
    }
    return kept


def _swept_paths(experiment: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings of models that a sweep selects, as the plan says that it will."""
    for path in (experiment.get("sweep") or {}).get("values", {}):
        yield path
        for model in experiment["models"] if path.startswith("training.") else ():
            yield f"models.{model['slug']}.{path}"


def _describe(differing: Iterable[tuple[str, Any, Any]], swept: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each setting that is another one than in the plan."""
    for path, before, after in differing:
        table, _, name = path.rpartition(".")
        if path == "training.seeds":
            old, new = set(before or ()), set(after or ())
            yield from (f"the seed {seed} was added" for seed in sorted(new - old))
            yield from (f"the seed {seed} was left out" for seed in sorted(old - new))
        elif table == "models":
            yield f"the model {name} was {'added' if before is None else 'left out'}"
        elif isinstance(before, Mapping | None) and isinstance(after, Mapping | None):
            # A table that only one of them has.
            yield from _describe(differences(before or {}, after or {}, f"{path}."), swept)
        elif path not in swept:
            yield f"{path} is {_show(after)}, and {_show(before)} in the plan"


def _show(value: Any) -> str:
    return "not set" if value is None else shorten(str(value), 80)


def _read(path: Path) -> str:
    try:
        return read_regular(path, LARGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
