"""The template set: where its files lie, and how they are filled in.

A file of the user's own folder stands before the file of the same name that ships with reportgen.
Templates run in Jinja's sandbox: while a report is built, a folder from elsewhere can read the
report's data and no more. What it prints is part of the report, and so is its script: whoever does
not trust the folder should not open the report either.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, pass_eval_context
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reportgen.errors import ConfigurationError, Problem, ReportgenError
from reportgen.report.bytecode import open_cache
from reportgen.resources import resource_folder

SET = "paper"


def make_environment(
    own: Path | None, finalize: Callable[[Any], Any], functions: Mapping[str, Any]
) -> ImmutableSandboxedEnvironment:
    """Return the environment in which the templates are rendered; autoescape is on everywhere.

    `finalize` sees every printed value before it is escaped. Raises ConfigurationError where `own`
    is no folder.
    """

    @pass_eval_context
    def finalize_when_rendered(_context: object, value: Any) -> Any:
        return finalize(value)

    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in template_folders(own)]),
        bytecode_cache=open_cache(),
        # Nothing may be computed while a template is compiled: what `finalize` and the filters
        # return belongs to one document, and the code is kept for others.
        optimized=False,
        autoescape=True,
        finalize=finalize_when_rendered,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(functions)
    return environment


def template_folders(own: Path | None) -> tuple[Path, ...]:
    """Return the folders that templates are looked for in, the first one first."""
    shipped = resource_folder("templates") / SET
    if own is None:
        return (shipped,)
    if not own.is_dir():
        message = f"expected a folder of templates, but {own} is none"
        raise ConfigurationError("experiment", [Problem("report.templates", message)])
    return (own, shipped)


def read_asset(own: Path | None, name: str) -> str:
    """Return the text of a style sheet or script of the set."""
    for folder in template_folders(own):
        if (folder / name).is_file():
            return _read_text(folder / name)
    raise ReportgenError(f"the template set has no file {name}")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportgenError(f"{path} cannot be read: {error}; save it as UTF-8 text") from error


def render(
    environment: ImmutableSandboxedEnvironment, name: str, variables: Mapping[str, Any]
) -> str:
    """Render one template; an error names its file and line."""
    try:
        return environment.get_template(name).render(variables)
    except TemplateNotFound as error:
        raise ReportgenError(f"template {name}: no template is called {error.name}") from error
    except TemplateSyntaxError as error:
        place = f"{Path(error.filename or name).name}, line {error.lineno}"
        raise ReportgenError(f"template {place}: {error.message}") from error
    except (TemplateError, ReportgenError, TypeError, ValueError, LookupError) as error:
        raise ReportgenError(f"template {_place(name)}: {error}") from error


def _place(name: str) -> str:
    """Return the innermost template file and line of the error that is being handled."""
    place = name
    for frame in traceback.extract_tb(sys.exc_info()[2]):
        if frame.filename.endswith(".j2"):
            place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return place
