"""Reading published figures from a TOML file of their own, or from an experiment file.

Three layouts are read: an experiment file with `[published]`; the same keys without that heading;
and plain sections, one with `test_support` or `train_support`, every other one with `decimals` a
table of figures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from reportgen.config.checks import OVERALL, PER_CLASS, check_values
from reportgen.config.findings import to_problems, translate
from reportgen.config.loading import read_values
from reportgen.config.published import Published
from reportgen.config.settings import DatasetName, Settings
from reportgen.errors import AuditError, ConfigurationError, Problem

_ALIASES = {
    **{name: name for name in (*OVERALL, *PER_CLASS)},
    **{f"per_class_{name}": name for name in PER_CLASS},
}
_KEYS = ("name", "model", "describes", "split", "decimals")
_WHAT_IS_READ = (
    "contains no published values; it needs a table [published] as in an experiment file, or only "
    "its keys (source, test_support, tables, …), or sections of which one has test_support or "
    "train_support, and each other one has decimals and values "
    f"({', '.join((*OVERALL, *PER_CLASS))})"
)


class _File(Settings):
    """The part of a file that the audit reads."""

    published: Published


def read_published(path: Path) -> Published:
    """Return the published figures of a file; raises AuditError with everything that is wrong."""
    try:
        values = read_values(path)
    except ConfigurationError as error:
        raise AuditError(str(error)) from error
    found = _find_published(values, path)
    if found is None:
        raise AuditError(f"{path} {_WHAT_IS_READ}")
    return _validate({"published": found}, path, wrapped="published" in values)


def _find_published(values: Mapping[str, Any], path: Path) -> dict[str, Any] | None:
    if isinstance(values.get("published"), Mapping):
        return {"source": path.name, **values["published"]}
    if "tables" in values:
        return {"source": path.name, **values}
    return _from_sections(values, path)


def _from_sections(values: Mapping[str, Any], path: Path) -> dict[str, Any] | None:
    """Read plain sections; `NAME` and `NAME_report` are taken to describe the same model."""
    sections = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    about = [name for name in sections if {"test_support", "train_support"} & set(sections[name])]
    tables = [_table(name, entries) for name, entries in sections.items() if "decimals" in entries]
    if not about or not tables:
        return None
    data = sections[about[0]]
    keys = ("classes", "test_support", "train_support")
    dataset = {"dataset": about[0]} if about[0] in get_args(DatasetName) else {}
    shared = {key: data[key] for key in keys if key in data}
    return {"source": path.name, **dataset, **shared, "tables": tables}


def _table(name: str, entries: Mapping[str, Any]) -> dict[str, Any]:
    figures = {_ALIASES[key]: value for key, value in entries.items() if key in _ALIASES}
    settings = {key: entries[key] for key in _KEYS if key in entries}
    return {"name": name, "describes": name.removesuffix("_report"), **settings, **figures}


def _validate(values: dict[str, Any], path: Path, wrapped: bool) -> Published:
    findings = [finding for finding in check_values(values) if finding.location[0] == "published"]
    published = None
    try:
        # Strict JSON takes a list for a tuple, but neither "3" nor true for a number.
        text = json.dumps(values, default=str)
        published = _File.model_validate_json(text, strict=True).published
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=True)
        findings = [*translate(errors, values), *findings]
    if published is None or findings:
        problems = to_problems(findings, values, {})
        # Each place is named as the file does, which may have no `[published]`.
        prefix = "" if wrapped else "published."
        shown = [Problem(each.path.removeprefix(prefix), each.message) for each in problems]
        raise AuditError(str(ConfigurationError(str(path), shown)))
    return published
