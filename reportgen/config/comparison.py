"""A comparison of predictions as an experiment that no file describes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportgen.config.loading import RESERVED_SLUGS, LoadedExperiment, make_experiment, slugify_name
from reportgen.config.settings import slugify
from reportgen.errors import ConfigurationError, Problem
from reportgen.wording import join, number_of

SOURCE = Path("compare")
"""Printed in place of the experiment file; its folder, the current one, is where paths start."""

LONGEST_LIST = 120
"""Characters of the models' names in a title made from them; of more models, their number."""


def compare_files(
    models: Sequence[tuple[str, str]],
    *,
    labels: str | None = None,
    title: str | None = None,
    classes: Sequence[str] = (),
    id_column: str | None = None,
    groups: str | None = None,
    kind: str | None = None,
    overrides: Sequence[str] = (),
) -> LoadedExperiment:
    """Return the experiment that compares the predictions of `models`: names and patterns of files.

    Where `labels` is None they are a column of the first model's file.
    Raises ConfigurationError with every problem at once.
    """
    names = [name for name, _ in models]
    listed = join(names)
    if len(listed) > LONGEST_LIST:
        listed = number_of(len(names), "model")
    given_title = title or f"{listed} compared"
    data = {
        "labels": labels or models[0][1].partition("#")[0],
        "classes": list(classes),
        "id": id_column,
        "groups": groups,
    }
    values: dict[str, Any] = {
        "title": given_title,
        "data": {key: value for key, value in data.items() if value is not None},
        "models": [
            {
                "name": name,
                "slug": slug,
                "predictions": pattern,
                **({} if kind is None else {"kind": kind}),
            }
            for slug, (name, pattern) in zip(_model_slugs(names), models, strict=True)
        ],
    }
    return make_experiment(values, SOURCE, _make_slug(given_title), overrides)


def _model_slugs(names: Sequence[str]) -> list[str]:
    """Return a slug for each name, also for one in another script or like another one."""
    slugs: list[str] = []
    for position, name in enumerate(names, start=1):
        slug = slugify(name) or f"model-{position}"
        while slug in slugs:
            slug += f"-{position}"
        slugs.append(slug)
    return slugs


def _make_slug(title: str) -> str:
    slug = slugify_name(title)[:80].strip("-")
    if slug in RESERVED_SLUGS:
        message = f"the folder of a report cannot be called {slug}; give another title"
        raise ConfigurationError(str(SOURCE), [Problem("title", message)])
    return slug
