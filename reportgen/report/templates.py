"""The template set: where its files lie, and how they are filled in.

A file of the user's own folder takes the place of the file of the same name that ships with
reportgen. The folder is read once, as text: a report carries it, so that it can be rendered again.
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

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    pass_eval_context,
)
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reportgen.errors import ConfigurationError, Problem, ReportgenError
from reportgen.report.bytecode import open_cache
from reportgen.resources import resource_folder

SET = "paper"


def make_environment(
    own: Mapping[str, str], finalize: Callable[[Any], Any], functions: Mapping[str, Any]
) -> ImmutableSandboxedEnvironment:
    """Return the environment in which the templates are rendered; autoescape is on everywhere.

    `own` holds the user's own files: name → text. `finalize` sees every printed value before it is
    escaped.
    """

    @pass_eval_context
    def finalize_when_rendered(_context: object, value: Any) -> Any:
        return finalize(value)

    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([_OwnLoader(own), FileSystemLoader(_shipped())]),
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


class _OwnLoader(BaseLoader):
    """The user's own templates, named in errors as files are."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self._own = own

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - the library's signature
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        if template not in self._own:
            raise TemplateNotFound(template)
        return self._own[template], template, lambda: True

    def list_templates(self) -> list[str]:
        return sorted(self._own)


def read_templates(folder: Path | None) -> dict[str, str]:
    """Return the files of the user's own folder: name, such as `css/theme.css`, → text.

    Raises ConfigurationError where `folder` is no folder, and ReportgenError for a file that is not
    text, that lies elsewhere (a link), or where there is too much.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        message = f"expected a folder of templates, but {folder} is none"
        raise ConfigurationError("experiment", [Problem("report.templates", message)])
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            found[path.relative_to(folder).as_posix()] = _read_own(path, folder)
            if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_CHARACTERS:
                raise ReportgenError(
                    f"{folder} holds more than {MOST_FILES} templates or {MOST_CHARACTERS:,} "
                    "characters; name a folder of templates alone"
                )
    return found


_SUFFIXES = (".j2", ".css", ".js")
MOST_FILES = 500
MOST_CHARACTERS = 2**22


def _read_own(path: Path, folder: Path) -> str:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ReportgenError(f"{path} is a link to a file elsewhere; copy the file into {folder}")
    if path.stat().st_size > MOST_CHARACTERS:
        raise ReportgenError(f"{path} has more than {MOST_CHARACTERS:,} bytes: it is no template")
    return _read_text(path)


def read_asset(own: Mapping[str, str], name: str) -> str:
    """Return the text of a style sheet or script of the set."""
    return own[name] if name in own else _read_text(_shipped() / name)


def _shipped() -> Path:
    return resource_folder("templates") / SET


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
