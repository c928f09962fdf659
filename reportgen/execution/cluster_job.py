"""What a worker of a cluster does: train a run, or do the work of a study, in a process of its own.

It does it as a local build does.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError
from multiprocessing import current_process
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryFile
from typing import Any

from distributed import Worker, get_worker

from reportgen.config.environment import (
    Device,
    available_devices,
    installed_torch,
    installed_versions,
)
from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun, read_numerics
from reportgen.errors import PluginFailed, TrainingFailed
from reportgen.execution.progress import Outcome, Progress, TrainingOptions
from reportgen.execution.runner import train_runs
from reportgen.execution.study_work import Work, compute
from reportgen.plugins import Plugin, require_plugin
from reportgen.results.files import write_file
from reportgen.results.store import Kind, Store
from reportgen.studies.study import code_digest

Entry = tuple[dict[str, Any], dict[str, bytes]]
"""Record and files of an entry of the store."""
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
    code: Mapping[str, str] = field(default_factory=dict)
    """Function of a study, as `module:function` → SHA-256 of its module."""


@dataclass(frozen=True)
class Shared:
    """What all jobs of a build have in common."""

    store: Store
    """Of the build; perhaps on a disk that the worker does not see."""
    probe: str
    """Name of a file in that store while the build runs."""
    expected: Expected
    topic: str
    """Where progress is published; also the name of the data on the worker."""


@dataclass(frozen=True)
class Carried:
    """A run, with what a worker needs to build its network."""

    run: PlannedRun
    files: Mapping[str, tuple[str, bytes]]
    """Of a plug-in that is a file, name in the plug-in → path below the folder that holds all of
    its files, with forward slashes, and content; else empty."""


def carry(run: PlannedRun) -> Carried:
    """Return a run with the files of its plug-in, unless that is shipped or installed."""
    if run.code.file is None:
        return Carried(run, {})
    paths = {name: path.resolve() for name, path in run.code.files.items()}
    folder = os.path.commonpath([path.parent for path in paths.values()])
    return Carried(
        run,
        {
            name: (path.relative_to(folder).as_posix(), path.read_bytes())
            for name, path in paths.items()
        },
    )


@dataclass(frozen=True)
class Job:
    """What a worker is to do, besides the data that it has."""

    key: str
    title: str
    """Such as `training CNN, seed 0`."""
    runs: Mapping[str, Carried]
    """Key of a run → the run that is to be trained, or whose network the work needs."""
    work: Work | None = None
    """None where a run is to be trained."""

    @property
    def kind(self) -> Kind:
        """What entries of the store it makes."""
        return "run" if self.work is None else "evaluation"


def _unpack(plugin: Any) -> Any:
    """Return what every worker receives once: a data set, or trained networks by runs' keys.

    Workers that see the store find the networks there. The first job unpacks it.
    """
    content = plugin.content
    if isinstance(content, bytes):
        plugin.content = content = pickle.loads(content)
    return content


@dataclass(frozen=True)
class Result:
    """A job that is done."""

    outcome: Outcome
    entries: Mapping[str, Entry]
    """Key → what is to be kept, where the worker could not put it into the build's store."""


def find_differences(expected: Expected) -> tuple[str, ...]:
    """Return how this machine differs from what the runs are to be computed with."""
    installed = installed_versions()
    found = [
        f"{name} {_version(name, installed)} instead of {version}"
        for name, version in expected.versions.items()
        if _version(name, installed) != version
    ]
    found += [
        f"the file {name.partition(':')[0]} of its reportgen differs; update reportgen and restart "
        "the worker"
        for name, known in expected.code.items()
        if code_digest(name) != known
    ]
    if _numerics() != expected.numerics:
        found.append(
            "its reportgen trains with other code (reportgen/training differs); update reportgen "
            "and restart the worker"
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


def sees_store(probe: Path) -> bool:
    """Return whether this machine can read and write the build's store, of which `probe` is a file.

    It may be mounted read-only here, or belong to another user.
    """
    try:
        probe.stat()
        with TemporaryFile(dir=probe.parent):
            return True
    except OSError:
        return False


def _own_store(worker: Worker, topic: str) -> Store:
    """Return the store of this worker for one build: another one must not remove its entries."""
    return Store(Path(worker.local_directory, f"{topic}-store"))


def forget(topic: str, dask_worker: Worker) -> None:
    """Remove this worker's own store for a build that has ended. Dask fills in `dask_worker`."""
    rmtree(_own_store(dask_worker, topic).root, ignore_errors=True)


def do(job: Job, shared: Shared) -> Result:
    """Do one job; Dask calls this on a worker. Raises PluginFailed and TrainingFailed."""
    worker = get_worker()
    differences = find_differences(shared.expected)
    if differences:
        raise TrainingFailed(
            f"worker {worker.address} joined the cluster after this build began, but differs from "
            f"this machine: {differences[0]}. Install the same on it, or stop it, then build "
            "again; finished runs are kept"
        )
    data = _unpack(worker.plugins[shared.topic])
    # A worker is started as a daemon, which could not start the process that trains.
    current_process().daemon = False
    folder = Path(worker.local_directory)
    seen = sees_store(shared.store.root / shared.probe)
    store = shared.store if seen else _own_store(worker, shared.topic)
    options = TrainingOptions(shared.expected.device, workers=1)
    outcome: Outcome = "trained"
    runs = {
        key: replace(each.run, plugin=_find_plugin(each, folder)) for key, each in job.runs.items()
    }
    if job.work is not None:
        keys = list(job.work.runs)
        if not seen:
            if missing := runs.keys() - data.keys():
                raise TrainingFailed(
                    f"worker {worker.address} cannot access the store, and unlike earlier workers "
                    f"it has not received the run {min(missing)[:12]}; build again"
                )
            for key, (record, files) in data.items():
                if not store.folder("run", key).exists():
                    store.write("run", key, record, files)
        found = {key: runs[run.key] for key, run in job.work.runs.items()}
        compute([replace(job.work, runs=found)], store, options, lambda _: None)
    else:
        keys = list(runs)
        notify = _throttled(
            lambda progress: worker.log_event(shared.topic, {"progress": asdict(progress)})
        )
        (outcome,) = train_runs(list(runs.values()), data, store, options, notify).values()
    return Result(outcome, {} if seen else dict(_take_out(store, job.kind, keys, worker)))


def _take_out(
    store: Store, kind: Kind, keys: Iterable[str], worker: Any
) -> Iterator[tuple[str, Entry]]:
    """Yield what this worker has made, and remove it here."""
    for key in keys:
        entry = store.read(kind, key)
        if entry is None:
            raise TrainingFailed(f"the {kind} {key[:12]} was damaged on worker {worker.address}")
        store.remove(kind, key)
        yield key, (dict(entry.record), dict(entry.files))


def _find_plugin(job: Carried, folder: Path) -> Plugin:
    """Return the plug-in of a run on this machine; what is a file is written below `folder`.

    Raises PluginFailed where it is installed here in another version, or not at all.
    """
    planned = job.run.code
    if planned.file is None:
        setting = f"models.{job.run.model}"
        found = require_plugin(planned.reference, planned.kind, Path(), setting)
        if (found.digests, found.versions) != (planned.digests, planned.versions):
            raise PluginFailed(
                f"{setting}: {planned.reference} differs on a worker; install the same version "
                "there"
            )
        return found
    place = folder / f"reportgen-code-{digest(dict(planned.digests))[:16]}"
    here = {name: place / path for name, (path, _) in job.files.items()}
    for name, (_, content) in job.files.items():
        write_file(here[name], content)
    # `FILE.py:NAME`
    main = planned.reference.rpartition(":")[0]
    return replace(planned, file=here[main], files=here)


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
