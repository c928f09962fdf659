"""Commands in processes of their own that start with everything loaded, which takes seconds."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

from reportgen.execution import runner, study_work

LOADED = (
    "tests",
    *runner.PRELOADED,
    *("reportgen.cli.build", "reportgen.pipeline", "reportgen.execution.study_work"),
    *("reportgen.studies.presentation", "reportgen.figures.drawing", "reportgen.report.html"),
    *("reportgen.execution.estimator_run", "scipy.stats", "sklearn.metrics", "captum.attr"),
    *("distributed", "tests.support.preloaded"),
)
"""What the process that others are forked from imports, in this order: all that builds and their
workers need."""


def collect_once() -> None:
    """Never look for cyclic garbage among what is there already: it stays anyway."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class Started:
    """A command in a process that can be killed, with the workers that it starts."""

    process: BaseProcess
    output: TextIO
    """What they print, errors too; it ends when the last of them does."""

    def kill(self) -> None:
        """Kill the process alone."""
        os.kill(self._number, signal.SIGKILL)

    def kill_after(self, reached: Callable[[str], bool]) -> None:
        """Kill the process alone after a line of which `reached` is true, and wait for its end."""
        next(filter(reached, self.output), None)
        self.kill()
        # The workers hold the pipe: it ends when the last of them does.
        self.output.read()
        self.end()

    def kill_all(self) -> None:
        """Kill the process and its workers."""
        os.killpg(self._number, signal.SIGKILL)

    def end(self) -> int:
        """Return the exit code of a process that has printed all."""
        self.output.close()
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode

    @property
    def _number(self) -> int:
        assert self.process.pid is not None
        return self.process.pid


class Forks(ForkContext):
    """Workers that are forks; as in other contexts, the parent alone has its end of a pipe."""

    def Pipe(self, duplex: bool = True) -> tuple[Connection, Connection]:  # noqa: N802
        """Return the parent's end and that of the worker."""
        ours, theirs = super().Pipe(duplex)
        os.register_at_fork(after_in_child=ours.close)
        return ours, theirs


def start_command(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] = os.environ
) -> Started:
    """Run `reportgen` with these words in `folder`, as a shell does, but with torch loaded."""
    context = get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    with runner.without_main():
        process = context.Process(target=_run, args=(words, folder, dict(environment), theirs))
        process.start()
    theirs.close()
    return Started(process, os.fdopen(os.dup(ours.fileno())))


def _run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], output: Connection
) -> None:
    from reportgen.cli.entry import run

    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(output.fileno(), number)
        setattr(sys, name, os.fdopen(number, "w", buffering=1))
    output.close()
    fork_workers()
    raise SystemExit(run(words))


def fork_workers() -> None:
    """Have the workers of builds forked from this process, which was forked with all loaded."""
    for module in (runner, study_work):
        vars(module)["process_context"] = lambda *_, **__: Forks()


def dask_setup(_: object) -> None:
    """Do so in a worker of a Dask cluster that is started with this module."""
    fork_workers()
