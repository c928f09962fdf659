"""The studies that an experiment asks for: `[studies.NAME]`, each checked by its own settings.

Studies are a room above this one, so they are looked up by name, as plug-ins are; only those that
an experiment names are imported. The settings of a study of the user's own are checked when the
experiment is built, because its code does not run before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reportgen.characters import quote
from reportgen.config.findings import Finding, Values, translate
from reportgen.config.vocabulary import show, suggest
from reportgen.plugins import Plugin, PluginProblem, find_plugin, require_plugin
from reportgen.plugins.finding import PACKAGE
from reportgen.wording import join

OWN_NAME = re.compile(r"(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a study of the user's own, and a figure of it, can be called."""


@cache
def known_studies() -> tuple[str, ...]:
    """Return the names of the studies that come with reportgen; imports none of them."""
    folders = iter_modules([str(PACKAGE / "studies")])
    return tuple(sorted(each.name for each in folders if each.ispkg))


def find_study_plugins(tables: Mapping[str, Any], folder: Path) -> dict[str, Plugin]:
    """Return the plug-in of each study of the user's own that is to run, by the study's name.

    Files are looked for in `folder`. Raises PluginFailed: one has been removed or damaged since
    the experiment was checked.
    """
    return {
        name: require_plugin(table["plugin"], "study", folder, f"studies.{name}.plugin")
        for name, table in tables.items()
        if "plugin" in table and table.get("enabled", True)
    }


def check_studies(values: Values, folder: Path) -> Iterator[Finding]:
    """Yield studies that are not defined, and settings that a study does not take."""
    tables = values.get("studies")
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        known = known_studies()
        if isinstance(table, Mapping) and "plugin" in table:
            problem = _find_problem(name, table["plugin"], folder)
            if problem:
                yield Finding(("studies", name, "plugin"), problem)
        elif name not in known:
            nearest = suggest(name, known) or (
                f"; the known studies are {join(known)}, and a study of your own needs "
                f"plugin = {quote('FILE.py:NAME')}"
            )
            yield Finding(("studies", name), f"is not a known study{nearest}")
        elif isinstance(table, Mapping):
            settings = import_module(f"reportgen.studies.{name}").study.settings
            yield from check_settings(settings, name, table)


def _find_problem(name: str, reference: object, folder: Path) -> str | None:
    if name in known_studies():
        return f"{quote(name)} comes with reportgen; give a study of your own another name"
    if not OWN_NAME.fullmatch(name):
        return (
            f"the name of a study consists of lower-case letters, digits and hyphens, "
            f"which {quote(name)} does not"
        )
    if not isinstance(reference, str):
        return f"must be text such as {quote('mystudy.py:study')}, not {show(reference)}"
    try:
        find_plugin(reference, "study", folder)
    except PluginProblem as problem:
        return str(problem)
    return None


def check_settings(
    settings: type[BaseModel], name: str, table: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield what the settings of a study do not take."""
    try:
        settings.model_validate(table)
    except ValidationError as raised:
        place = ("studies", name)
        others: list[ErrorDetails] = []
        for error in raised.errors():
            location = (*place, *error["loc"])
            if error["type"] != "extra_forbidden":
                others.append({**error, "loc": location})
                continue
            known = settings.model_fields
            nearest = suggest(str(location[-1]), known) or f"; the known keys are {join(known)}"
            yield Finding(location, f"is not a known key{nearest}")
        yield from translate(others, {"studies": {name: table}})
