"""The studies that an experiment asks for: `[studies.NAME]`, each checked by its own settings.

Studies are a room above this one, so they are looked up as plug-ins are: by their names, in their
folder; only those that an experiment names are imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import BaseModel, ValidationError

from reportgen.config.findings import Finding, Values
from reportgen.config.vocabulary import list_words, show, suggest
from reportgen.plugins.finding import PACKAGE

CONTRACT = ("assembly", "presentation", "study")
"""Modules of `reportgen.studies` that are no studies."""


def known_studies() -> tuple[str, ...]:
    """Return the names of the studies that come with reportgen; imports none of them."""
    names = sorted(each.name for each in iter_modules([str(PACKAGE / "studies")]))
    return tuple(name for name in names if name not in CONTRACT)


def check_studies(values: Values) -> Iterator[Finding]:
    """Yield studies that nobody has defined, and settings that a study does not take."""
    tables = values.get("studies")
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        known = known_studies()
        if name not in known:
            nearest = suggest(name, known) or f"; known are {list_words(known, 'and')}"
            yield Finding(("studies", name), f"is not a known study{nearest}")
        elif isinstance(table, Mapping):
            yield from _check_settings(name, table)


def _check_settings(name: str, table: Mapping[str, Any]) -> Iterator[Finding]:
    settings: type[BaseModel] = import_module(f"reportgen.studies.{name}").study.settings
    try:
        settings.model_validate(table)
    except ValidationError as errors:
        for error in errors.errors():
            known = settings.model_fields
            if error["type"] == "extra_forbidden":
                key = str(error["loc"][-1])
                nearest = suggest(key, known) or f"; known here are {list_words(known, 'and')}"
                message = f"is not a known key{nearest}"
            else:
                message = f"is wrong: {error['msg'][:1].lower()}{error['msg'][1:]}, not "
                message += show(error["input"])
            yield Finding(("studies", name, *error["loc"]), message)
