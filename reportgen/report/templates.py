"""The template set: where its files are, and how they are rendered.

A file of the user's own folder takes the place of the file of the same name that ships with
reportgen. The folder is read once, as text: a report carries it, so that it can be rendered again.
A folder from elsewhere can print the report's data and no more (`reportgen.report.sandbox`), and
nothing outside of it is read. What it prints is part of the report, and so is its script: whoever
does not trust the folder should not open the report either.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, TemplateError
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError

from reportgen.errors import ConfigurationError, Problem, ReportgenError
from reportgen.report.sandbox import Sandbox
from reportgen.resources import resource_folder

SET = "paper"


def make_environment(
    own: Mapping[str, str],
    finalize: Callable[[Any], Any] = lambda value: value,
    functions: Mapping[str, Any] | None = None,
    filters: Mapping[str, Callable[..., Any]] | None = None,
    sections: Mapping[str, str] | None = None,
) -> Sandbox:
    """Return the environment in which the templates of one document are rendered.

    `own` holds the user's own files: name → text. `finalize` sees every printed value before it is
    escaped. `functions` and `filters` are what templates may use by name, beyond Jinja's.
    `sections` are those of studies; the user's own files replace them too.
    """
    loader = ChoiceLoader(
        [_OwnLoader(own), _OwnLoader(sections or {}), FileSystemLoader(_shipped())]
    )
    return Sandbox(loader, finalize, functions or {}, filters or {})


class _OwnLoader(DictLoader):
    """Templates given as text, named in errors as files are."""

    def get_source(  # type: ignore[override]
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        text, _, is_current = super().get_source(environment, template)
        return text, template, is_current


def read_templates(folder: Path | None) -> dict[str, str]:
    """Return the files of the user's own folder: name, such as `css/theme.css`, → text.

    Raises ConfigurationError where `folder` is no folder, and ReportgenError for a file that is not
    text, that is elsewhere (a link), or where there is too much.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        message = f"expected a folder of templates, but {folder} is not a folder"
        raise ConfigurationError("experiment", [Problem("report.templates", message)])
    found: dict[str, str] = {}
    for path in _own_files(folder):
        found[path.relative_to(folder).as_posix()] = _read_own(path)
        if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_CHARACTERS:
            raise ReportgenError(
                f"{folder} contains more than {MOST_FILES} templates or {MOST_CHARACTERS:,} "
                "characters; name a folder that contains only templates"
            )
    return found


_SUFFIXES = (".j2", ".css", ".js")
MOST_FILES = 500
MOST_CHARACTERS = 2**22


def _own_files(folder: Path) -> Iterator[Path]:
    """Yield the templates of a folder; raises ReportgenError for a link that leads out of it."""
    inside = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not _target(path).is_relative_to(inside):
            raise ReportgenError(
                f"{path} is a link to a file elsewhere; copy that file into {folder}"
            )
        # On other file systems than its own, a Mac keeps attributes of a.css in ._a.css.
        if path.suffix in _SUFFIXES and path.is_file() and not path.name.startswith("._"):
            yield path


def _target(link: Path) -> Path:
    try:
        # A link to nothing is no template: editors mark open files so.
        with suppress(FileNotFoundError):
            link.stat()
    except OSError as error:  # a link to itself
        raise ReportgenError(f"{link} cannot be read: {error.strerror}") from error
    return link.resolve()


def _read_own(path: Path) -> str:
    try:
        path.as_posix().encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode(errors="replace").decode()
        raise ReportgenError(f"{shown}: the name of a template must be UTF-8; rename it") from error
    if path.stat().st_size > MOST_CHARACTERS:
        raise ReportgenError(
            f"{path} has more than {MOST_CHARACTERS:,} bytes, so it is not a template"
        )
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


_FAULTS = (
    *(TemplateError, ReportgenError, TypeError, ValueError, LookupError, ArithmeticError),
    *(AttributeError, RecursionError, MemoryError, SyntaxError),
)
"""What a template can cause; the last three where it includes or nests without end."""


def render(environment: Sandbox, name: str, variables: Mapping[str, Any]) -> str:
    """Render one template; an error names its file and line."""
    environment.allowance.start()
    try:
        text: str = environment.get_template(name).render(variables)
    except TemplateNotFound as error:
        message = f"no template is called {error.name}"
        raise ReportgenError(f"template {_place(name)}: {message}") from error
    except TemplateSyntaxError as error:
        place = f"{Path(error.filename or name).name}, line {error.lineno}"
        raise ReportgenError(f"template {place}: {error.message}") from error
    except _FAULTS as error:
        raise ReportgenError(f"template {_place(name)}: {_explain(error)}") from error
    return text


def _explain(error: BaseException) -> str:
    if isinstance(error, RecursionError | MemoryError | SyntaxError):
        return "it is nested too deeply: does it include, import or call itself without end?"
    return str(error) or type(error).__name__


def _place(name: str) -> str:
    """Return the innermost template file and line of the error that is being handled."""
    place = Path(name).name
    for frame in traceback.extract_tb(sys.exc_info()[2]):
        if frame.filename.endswith(".j2"):
            place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return place
