"""What a worker of a cluster does: train one run as a local build does, in a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError
from multiprocessing import current_process
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin, get_worker

from reportgen.config.environment import (
    Device,
    available_devices,
    installed_torch,
    installed_versions,
)
from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun, read_numerics
from reportgen.data.arrays import DataArrays
from reportgen.errors import PluginFailed, TrainingFailed
from reportgen.execution.progress import Outcome, Progress, TrainingOptions
from reportgen.execution.runner import train_runs
from reportgen.plugins import Plugin, require_plugin
from reportgen.results.files import write_file
from reportgen.results.store import Store

SECONDS_BETWEEN_EVENTS = 1.0
"""The shortest time between two messages about a run that is being trained."""


@dataclass(frozen=True)
class Expected:
    """What the keys of runs say that they are computed with."""

    numerics: str
    """Digest of the training room's code."""
    versions: Mapping[str, str]
    """Library → version."""
    device: Device


@dataclass(frozen=True)
class CarriedFile:
    """One file of a plug-in that travels with a run."""

    path: str
    """Below the folder that holds all files of the plug-in, with forward slashes."""
    content: bytes
    is_main: bool
    """Whether it is the file that the plug-in's reference names."""


def carry_files(plugin: Plugin) -> dict[str, CarriedFile]:
    """Return the files that travel with a run, by name: none of what is shipped or installed."""
    if plugin.file is None:
        return {}
    paths = {name: path.resolve() for name, path in plugin.files.items()}
    folder = os.path.commonpath([path.parent for path in paths.values()])
    return {
        name: CarriedFile(
            path.relative_to(folder).as_posix(), path.read_bytes(), path == plugin.file
        )
        for name, path in paths.items()
    }


@dataclass(frozen=True)
class Job:
    """One run, with all that a worker needs besides the data."""

    run: PlannedRun
    files: Mapping[str, CarriedFile]
    """Files of a plug-in that is a file, by their name in the plug-in; else empty."""
    store: Store
    """Of the build; perhaps on a disk that the worker does not see."""
    probe: str
    """Name of a file in that store while the build runs."""
    expected: Expected
    topic: str
    """Where progress is published; also the name of the data on the worker."""


class Data(WorkerPlugin):
    """The data set of a build, which every worker receives once."""

    def __init__(self, images: DataArrays) -> None:
        self.images = images


@dataclass(frozen=True)
class Result:
    """A run that is trained."""

    key: str
    outcome: Outcome
    entry: tuple[dict[str, Any], dict[str, bytes]] | None
    """Record and files, where the worker could not put them into the build's store."""


def find_differences(expected: Expected) -> tuple[str, ...]:
    """Return how this machine differs from what the runs are to be computed with."""
    installed = installed_versions()
    found = [
        f"{name} {_version(name, installed)} instead of {version}"
        for name, version in expected.versions.items()
        if _version(name, installed) != version
    ]
    if _numerics() != expected.numerics:
        found.append(
            "its reportgen trains with other code (reportgen/training differs); restart it after "
            "an update"
        )
    if "torch" in installed and expected.device not in available_devices(installed_torch()):
        found.append(f"it has no device {expected.device}")
    return tuple(found)


@cache
def _numerics() -> str:
    """Return the digest of the code as it was when the worker first had it: what it trains with."""
    return digest(read_numerics())


def _version(name: str, installed: Mapping[str, str]) -> str:
    try:
        return installed.get(name) or package_version(name)
    except PackageNotFoundError:
        return "is missing"


def train(job: Job) -> Result:
    """Train one run; Dask calls this on a worker. Raises PluginFailed and TrainingFailed."""
    worker = get_worker()
    data = worker.plugins[job.topic]
    assert isinstance(data, Data)
    differences = find_differences(job.expected)
    if differences:
        raise TrainingFailed(f"worker {worker.address} is not as the others: {differences[0]}")
    # A worker is started as a daemon, which could not start the process that trains.
    current_process().daemon = False
    folder = Path(worker.local_directory)
    sees_store = (job.store.root / job.probe).exists()
    store = job.store if sees_store else Store(folder / "reportgen-store")
    run = replace(job.run, plugin=_find_plugin(job, folder))
    notify = _throttled(
        lambda progress: worker.log_event(job.topic, {"progress": asdict(progress)})
    )
    options = TrainingOptions(job.expected.device, workers=1)
    (outcome,) = train_runs([run], data.images, store, options, notify).values()
    if sees_store:
        return Result(run.key, outcome, None)
    entry = store.read("run", run.key)
    if entry is None:
        raise TrainingFailed(f"the run {run.key[:12]} was damaged on worker {worker.address}")
    store.remove("run", run.key)
    return Result(run.key, outcome, (dict(entry.record), dict(entry.files)))


def _find_plugin(job: Job, folder: Path) -> Plugin:
    """Return the plug-in of a run on this machine; what is a file is written below `folder`.

    Raises PluginFailed where it is installed here in another version, or not at all.
    """
    planned = job.run.code
    if planned.file is None:
        setting = f"models.{job.run.model}"
        found = require_plugin(planned.reference, planned.kind, Path(), setting)
        if (found.digests, found.versions) != (planned.digests, planned.versions):
            raise PluginFailed(
                f"{setting}: {planned.reference} differs on a worker; install the same there"
            )
        return found
    place = folder / f"reportgen-code-{digest(dict(planned.digests))[:16]}"
    here = {name: place / file.path for name, file in job.files.items()}
    for name, path in here.items():
        write_file(path, job.files[name].content)
    (main,) = (here[name] for name, file in job.files.items() if file.is_main)
    return replace(planned, file=main, files=here)


def _throttled(send: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Return a function that leaves out messages about training that follow too soon."""
    last = -SECONDS_BETWEEN_EVENTS

    def notify(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if progress.state != "training" or now - last >= SECONDS_BETWEEN_EVENTS:
            last = now
            send(progress)

    return notify
