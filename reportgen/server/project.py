"""The report of one experiment, as it is served."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reportgen.config.loading import (
    DEFAULT_EXPERIMENT,
    find_experiment,
    load_experiment,
    make_slug,
)
from reportgen.errors import ConfigurationError, PdfUnavailable
from reportgen.pipeline.remembered import Memory
from reportgen.resources import resource_folder
from reportgen.server.watching import Watched

if TYPE_CHECKING:
    from reportgen.pipeline import BuildRequest, Reporter


class ExperimentProject:
    """Builds what `request` asks for, each time it is asked."""

    def __init__(self, request: BuildRequest) -> None:
        """Find the experiment file; raises ConfigurationError where there is none to watch."""
        path = find_experiment(request.experiment or DEFAULT_EXPERIMENT)
        self._folder = request.output / make_slug(path)
        self._request = request
        self._memory = Memory()
        self._watched = Watched(path, (resource_folder("templates"),))

    def build(self, reporter: Reporter) -> str:
        """Build the report and return its HTML; a PDF that cannot be written is only reported."""
        # Loaded with the first build, when the page can show it.
        from reportgen.pipeline import build

        before = self._results()
        try:
            build(self._request, reporter, self._memory)
        except PdfUnavailable as error:
            reporter.warn(str(error))
        if self._results() != before:
            # What this session built is a draft: only the build before the session is kept.
            self._request = replace(self._request, replaces_draft=True)
        return (self._folder / "report.html").read_text(encoding="utf-8")

    def _results(self) -> bytes | None:
        path = self._folder / "results.json"
        return path.read_bytes() if path.exists() else None

    def watched(self) -> Watched:
        """Return the experiment file and the folders of templates that it uses now."""
        request, path = self._request, self._watched.experiment
        try:
            loaded = load_experiment(request.experiment, request.overrides)
        except ConfigurationError:
            return self._watched
        own = loaded.experiment.report.templates
        folders = [resource_folder("templates"), *([path.parent / own] if own else [])]
        found = tuple(folder for folder in folders if folder.is_dir())
        self._watched = replace(self._watched, folders=found)
        return self._watched
