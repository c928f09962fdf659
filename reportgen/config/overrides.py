"""Values set from the command line: `--set training.epochs=3`, `--set models.cnn.dropout=0.3`."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.characters import quote
from reportgen.config.findings import Finding, Values, slug_of, tables_at, unique_slugs
from reportgen.config.limits import DEEPEST
from reportgen.config.sweep import remove_path
from reportgen.config.vocabulary import Location, show, suggest, takes_text
from reportgen.wording import join


@dataclass(frozen=True)
class Overridden:
    """The values of a file with those of the command line."""

    values: dict[str, Any]
    origins: dict[Location, str]
    """Location that was set → what was written on the command line."""
    findings: tuple[Finding, ...]
    """What could not be set."""


def apply_overrides(values: Values, overrides: Sequence[str]) -> Overridden:
    """Set each `dotted.path=value` in a copy of `values`, in order.

    A value is TOML, or else text, so that `data.name=digits` needs no quotation
    marks. A model is named by its slug. Keys and tables that are not there yet are added; the
    schema checks whether they are known.
    """
    changed = copy.deepcopy(dict(values))
    for _, model in tables_at(changed, ("models",)):
        # A model keeps its slug when its name is changed.
        if slug := slug_of(model):
            model.setdefault("slug", slug)
    origins: dict[Location, str] = {}
    findings: list[Finding] = []
    for override in overrides:
        result = _apply(changed, override)
        if isinstance(result, Finding):
            findings.append(result)
        else:
            origins[result] = override
    return Overridden(changed, origins, tuple(findings))


def parse_value(text: str) -> Any:
    """Read a value as TOML, or as text where it is none."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    # A line break in the text could have started another key.
    return parsed["value"] if list(parsed) == ["value"] else text


def _apply(values: dict[str, Any], override: str) -> Location | Finding:
    """Set one value; return the location of what it set, or of the first table it had to make."""
    path, separator, text = override.partition("=")
    steps = [step.strip() for step in path.split(".")]
    if not separator or not all(steps):
        return Finding(
            (),
            f"--set {quote(override)}: must be written PATH=VALUE, such as --set training.epochs=3",
        )
    if len(steps) > DEEPEST:
        return Finding((), f"--set {quote(override)}: the path has more than {DEEPEST} steps")
    if steps[0] == "sweep" and isinstance(values.get("sweep"), dict):
        # What is set replaces a path of the file that is written in another form.
        own = steps[2:] if steps[1:2] == ["values"] else steps[1:]
        remove_path(values["sweep"], ".".join(own))
    table: Any = values
    location: Location = ()
    made: Location | None = None
    for step in steps[:-1]:
        is_new = isinstance(table, dict) and step not in table
        found = _step_into(table, step, location, values)
        if isinstance(found, str):
            return Finding((), f"--set {override}: {found}")
        location, table = found
        made = location if made is None and is_new else made
    if not isinstance(table, dict):
        parent = ".".join(steps[:-1])
        return Finding((), f"--set {override}: {parent} is {show(table)}, which has no keys")
    place = (*location, steps[-1])
    value = parse_value(text.strip())
    # Where the schema has text, `2026` needs no quotation marks.
    table[steps[-1]] = text.strip() if takes_text(place) and not isinstance(value, str) else value
    return made or place


def _step_into(
    table: Any, step: str, location: Location, values: Values
) -> tuple[Location, Any] | str:
    """Return the table below `table` that `step` names, or what is wrong with it."""
    if isinstance(table, dict):
        return (*location, step), table.setdefault(step, {})
    if location != ("models",) or not isinstance(table, list):
        place = ".".join(str(part) for part in location)
        return f"{place} is {show(table)}; set it as a whole"
    slugs = unique_slugs(values)
    if step in slugs:
        return (*location, slugs.index(step)), table[slugs.index(step)]
    known = [slug for slug in slugs if slug is not None]
    if not known:
        return "no model of the file has a slug of its own"
    return f"no model has the slug {quote(step)}; the slugs are {join(known)}{suggest(step, known)}"
