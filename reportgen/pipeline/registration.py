"""The plan of an experiment, written before its first run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import reportgen
from reportgen.config.registration import plan_path, register
from reportgen.errors import UsageError
from reportgen.pipeline.preparation import prepare
from reportgen.pipeline.requests import BuildRequest, Reporter
from reportgen.results.files import write_file


def write_plan(request: BuildRequest, reporter: Reporter) -> Path:
    """Write the plan beside the experiment file and return its path; trains nothing.

    Raises UsageError where there is one already: what was planned is not to be changed.
    """
    prepared = prepare(request, reporter, writes=False)
    path = plan_path(prepared.loaded.path)
    if path.exists():
        raise UsageError(f"{path} is there already; a plan is written once, before the first run")
    plan = register(
        prepared.loaded.experiment.model_dump(mode="json"),
        prepared.dataset.record.sha256,
        reportgen.__version__,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_file(path, plan.model_dump_json(indent=2).encode() + b"\n")
    return path
