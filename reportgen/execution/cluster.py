"""Jobs sent to a Dask cluster: done by its workers, kept in the store of this build.

Local builds import nothing of this. A job is a run that is to be trained, or a part of the work of
a study; one that is lost with its worker is given to another one. Jobs write into the store itself
where workers see it, and resume there from the checkpoint of a lost one; otherwise results come
back as bytes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from secrets import token_hex
from threading import current_thread, main_thread
from typing import Any

from distributed import Client, Future, KilledWorker, LocalCluster, Security, WorkerPlugin, rpc

from reportgen import __version__
from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun, read_numerics
from reportgen.data.arrays import DataArrays
from reportgen.errors import ReportgenError, StoreError, TrainingFailed, UsageError
from reportgen.execution.cluster_job import (
    Entry,
    Expected,
    Job,
    Result,
    Shared,
    carry,
    do,
    find_differences,
    forget,
    sees_store,
)
from reportgen.execution.progress import Outcome, Progress, TrainingOptions
from reportgen.execution.runner import interrupts_held
from reportgen.execution.study_work import Work
from reportgen.results.store import Store

LOG = logging.getLogger(__name__)

LOCAL = re.compile(r"local:(?P<count>[1-9]\d{0,2})")

CONNECT_SECONDS = 20.0
"""How long a scheduler may take to answer."""

UNANSWERED = (OSError, ValueError, TypeError, MemoryError, ImportError, RuntimeError)
"""What Dask raises where an address is invalid, needs a configuration, or is another server's."""

ANSWER_SECONDS = 300.0
"""How long workers may take to answer, which may have to import torch from a slow disk first."""

LEAVE_SECONDS = 20.0
"""How long they may take to drop the data at the end of a build, which needs nothing of them."""

BYTES_PER_SECOND = 1e6
"""How slowly data may reach all workers."""

ATTEMPTS = 4
"""How often a run is sent that Dask gives up since too many workers were lost with it."""

UNREADABLE = "Error during deserialization of the task graph"
"""How Dask begins its message where a scheduler cannot unpickle what it is sent."""

LOST_SECONDS = 15.0
"""After how long without its scheduler a build is given up."""


def train_runs(
    planned: Sequence[PlannedRun],
    images: DataArrays,
    store: Store,
    options: TrainingOptions,
    notify: Callable[[Progress], None],
    warn: Callable[[str], None],
) -> dict[str, Outcome]:
    """Train the planned runs on a cluster, each key once, and return the outcome of each key.

    `options.cluster` is the address of a Dask scheduler, or `local:N` for N workers on this
    machine. On Ctrl-C, jobs that have not begun are cancelled and KeyboardInterrupt is raised.

    Raises:
        UsageError: there is no such scheduler, or a worker would train with other code or versions.
        PluginFailed, TrainingFailed: as `runner.train_runs`; or the scheduler is lost, where
            `failed` is empty.
    """
    jobs = {
        run.key: Job(run.key, f"training {run.title}, seed {run.seed}", {run.key: carry(run)})
        for run in planned
    }
    if not jobs:
        return {}
    expected = Expected(digest(read_numerics()), _versions(planned), options.device)

    def progressed(progress: Mapping[str, Any]) -> None:
        notify(Progress(**progress))

    with _connect(options.cluster or "") as client:
        return {
            key: result.outcome
            for key, result in _send(
                client, jobs, lambda _: images, store, expected, progressed, warn
            )
        }


def compute(
    works: Sequence[Work],
    store: Store,
    options: TrainingOptions,
    notify: Callable[[int], None],
    warn: Callable[[str], None],
) -> None:
    """Do the work of studies on a cluster, as `study_work.compute` does it here.

    Where a worker does not see the store, all receive the networks once. Raises as `train_runs`.
    """
    runs = {run.key: run for work in works for run in work.runs.values()}
    jobs = {
        str(place): Job(
            str(place),
            f"part {place + 1} of {len(works)} of a study's evaluations",
            {run.key: carry(run) for run in work.runs.values()},
            work,
        )
        for place, work in enumerate(works)
    }
    code = {name: found for work in works for name, found in work.code.items()}
    versions = {name: package_version(name) for work in works for name in work.packages}
    expected = Expected(
        digest(read_numerics()), _versions(runs.values()) | versions, options.device, code
    )

    def networks(seen: bool) -> Mapping[str, Entry]:
        return {} if seen else {key: _read_network(store, key) for key in runs}

    done = 0
    with _connect(options.cluster or "") as client:
        for key, _ in _send(client, jobs, networks, store, expected, lambda _: None, warn):
            done += works[int(key)].size
            notify(done)


def _read_network(store: Store, key: str) -> Entry:
    entry = store.read("run", key)
    if entry is None:
        raise StoreError(f"the run {key[:12]} was damaged or removed; build again")
    return dict(entry.record), dict(entry.files)


def _send(
    client: Client,
    jobs: Mapping[str, Job],
    data: Callable[[bool], DataArrays | Mapping[str, Entry]],
    store: Store,
    expected: Expected,
    progressed: Callable[[Mapping[str, Any]], None],
    warn: Callable[[str], None],
) -> Iterator[tuple[str, Result]]:
    """Yield the result of each job as it arrives, once its entries are in the store.

    What `data` returns, given whether all workers see the store, is sent to each worker once, also
    to those that join later.
    """
    # Workers may have been started in another folder.
    store = replace(store, root=store.root.absolute())
    with _probe(store) as probe:
        _check_workers(client, expected, warn)
        topic = f"reportgen-{token_hex(8)}"
        shared = Shared(store, probe, expected, topic)
        events: SimpleQueue[dict[str, Any] | Future[Result]] = SimpleQueue()
        # A worker that is lost meanwhile gives no answer, and needs none.
        seen = _ask(client, client.run, sees_store, store.root / probe, on_error="ignore").values()
        # Where there is no worker yet, those that join may not see the store.
        content = data(bool(seen) and all(seen))
        futures: list[Future[Result]] = []

        def submit(job: Job) -> None:
            # A job that failed before must not be taken for this one.
            key = f"reportgen-{job.key}-{topic[-16:]}-{len(futures)}"
            futures.append(client.submit(do, job, shared, key=key))
            futures[-1].add_done_callback(events.put)

        try:
            client.subscribe_topic(topic, lambda event: events.put(event[1]["progress"]))
            _give(client, content, topic)
            for job in jobs.values():
                submit(job)
            yield from _collect(_events(client, events), store, jobs, submit, progressed)
        finally:
            _leave(client, futures, topic)


def _give(client: Client, content: DataArrays | Mapping[str, Entry], topic: str) -> None:
    """Send the data to each worker, also to those that join later.

    They travel as bytes, as a worker without reportgen that cannot read them would not even fail.
    Raises TrainingFailed where one worker after another is lost.
    """
    plugin: Any = WorkerPlugin()
    plugin.content = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    size = len(plugin.content) * len(_ask(client, client.nthreads))
    seconds = ANSWER_SECONDS + size / BYTES_PER_SECOND
    for _ in range(ATTEMPTS):
        try:
            _ask(client, client.register_plugin, plugin, name=topic, seconds=seconds)
        except OSError as error:
            if _is_lost(client):
                raise
            cause = error
        else:
            return
    raise TrainingFailed(
        f"workers of the cluster were lost {ATTEMPTS} times while the data were sent to them "
        f"({cause}); look for the reason in their logs, then build again"
    ) from cause


def _ask(
    client: Client,
    call: Callable[..., Any],
    *given: Any,
    seconds: float = ANSWER_SECONDS,
    **options: Any,
) -> Any:
    """Call a method of the client that asks all workers; Dask would wait for each without a limit.

    Raises TrainingFailed, which names the workers that do not answer.
    """
    try:
        return client.sync(call, *given, callback_timeout=seconds, **options)
    except TimeoutError as error:
        silent = client.sync(_find_silent, client, callback_timeout=2 * LEAVE_SECONDS)
        raise TrainingFailed(
            f"{', '.join(silent) or 'a worker'} of the cluster has not answered for {seconds:.0f} "
            "seconds; stop it or wait until it answers, then build again; finished runs are kept"
        ) from error


async def _find_silent(client: Client) -> list[str]:
    """Return the workers that do not answer now."""
    workers = list(await client.nthreads())
    answers = (
        asyncio.wait_for(client.run(os.getpid, workers=[worker]), LEAVE_SECONDS)
        for worker in workers
    )
    found = await asyncio.gather(*answers, return_exceptions=True)
    return [
        # TimeoutError is an OSError, and so is what Dask raises of a broken connection.
        worker
        for worker, each in zip(workers, found, strict=True)
        if isinstance(each, OSError)
    ]


def _leave(client: Client, futures: Sequence[Future[Result]], topic: str) -> None:
    """Cancel what has not begun, and let the workers drop the data."""
    if client.status != "running":
        return
    try:
        limit = {"callback_timeout": LEAVE_SECONDS}
        client.sync(client.cancel, futures, **limit)
        client.unsubscribe_topic(topic)
        client.sync(client.unregister_worker_plugin, topic, **limit)
        client.sync(client.run, forget, topic, on_error="ignore", **limit)
    except (OSError, KeyError, ValueError) as error:
        # The scheduler or a worker is gone, and the data with it; or it does not answer.
        LOG.debug("the data of this build were not removed from the cluster: %s", error)


def _versions(runs: Iterable[PlannedRun]) -> dict[str, str]:
    """Return the version of every library that one of the runs has in its key."""
    return {name: found for run in runs for name, found in run.ingredients.versions.items()}


@contextmanager
def _connect(address: str) -> Iterator[Client]:
    """Yield a client of the cluster; raises UsageError, and TrainingFailed where it is lost."""
    _silence()
    with _open(address) as client:
        try:
            yield client
        except ReportgenError:
            raise
        except Exception as error:
            if not _is_lost(client):
                raise
            raise TrainingFailed(_describe_loss()) from error


def _is_lost(client: Client) -> bool:
    """Return whether the scheduler is lost; the client closes itself some time after that."""
    if client.status != "running":
        return True
    try:
        client.sync(client.nthreads, callback_timeout=CONNECT_SECONDS)
    except Exception:
        return True
    return False


@contextmanager
def _open(address: str) -> Iterator[Client]:
    local = LOCAL.fullmatch(address)
    if local is None and "://" not in address:
        raise UsageError(
            f"--cluster {address}: give the address of a Dask scheduler, such as "
            "tcp://host:8786, or local:N for N workers on this machine"
        )
    if local:
        with ExitStack() as stack:
            with _interrupts_deferred():
                cluster = stack.enter_context(_start(int(local["count"])))
            yield stack.enter_context(Client(cluster, set_as_default=False))
        return
    try:
        # In a thread, as a notebook has a running loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _greet(address)).result()
        # A client that the user may have stays the default one.
        connected = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except UNANSWERED as error:
        reason = str(error) or "it took too long"
        if isinstance(error, MemoryError):
            # Dask takes the first bytes that come for a size.
            reason = "something else is there"
        raise UsageError(
            f"--cluster {address}: no Dask scheduler answers at this address ({reason}); give the "
            "address that the scheduler prints at its start, not that of its dashboard"
        ) from error
    with connected as client:
        yield client


@contextmanager
def _interrupts_deferred() -> Iterator[None]:
    """Raise KeyboardInterrupt only after the block, where Ctrl-C was pressed in it.

    Dask prints tracebacks where it is interrupted while it starts workers.
    """
    # Only the main thread may set signal handlers.
    if current_thread() is not main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        with interrupts_held():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _start(count: int) -> LocalCluster:
    try:
        return LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            # Without an address, Dask opens port 8787.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            # No limit: Dask would pause, and restart, workers that come near it.
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        first: BaseException = error
        while earlier := first.__cause__ or first.__context__:
            first = earlier
        raise UsageError(
            f"--cluster local:{count}: the workers cannot start on this machine ({first}); "
            "start fewer, allow more open files (ulimit -n), or name a folder that can be written "
            "to as TMPDIR"
        ) from error


async def _greet(address: str) -> None:
    """Raise one of UNANSWERED where no scheduler answers; a client could wait without a limit."""
    arguments = Security().get_connection_args("client")
    async with (
        asyncio.timeout(CONNECT_SECONDS),
        rpc(address, timeout=CONNECT_SECONDS, connection_args=arguments) as there,
    ):
        kind = (await there.identity())["type"]
    if kind != "Scheduler":
        raise ValueError(f"a {kind} is there")


def _silence() -> None:
    """Leave out Dask's own log: what matters to the user is raised or reported."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


@contextmanager
def _probe(store: Store) -> Iterator[str]:
    """Yield the name of a file in the store by which a worker finds out whether it sees it."""
    path = store.root / f"cluster-{token_hex(8)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    try:
        yield path.name
    finally:
        path.unlink(missing_ok=True)


def _check_workers(client: Client, expected: Expected, warn: Callable[[str], None]) -> None:
    """Raise UsageError where a worker has other code or versions than the keys of the runs name.

    Workers that join later are checked by their jobs; those lost meanwhile do not matter.
    """
    answers: Mapping[str, Any] = _ask(
        client, client.run, find_differences, expected, on_error="return"
    )
    there = _ask(client, client.nthreads)
    found = {
        worker: answer
        for worker, answer in answers.items()
        if worker in there or not isinstance(answer, OSError)
    }
    if not found:
        warn("the cluster has no workers yet; the runs wait for one")
    lines = []
    for worker, differences in found.items():
        if isinstance(differences, ImportError):
            differences = (f"it cannot import reportgen ({differences})",)
        elif isinstance(differences, BaseException):
            differences = (f"it does not answer ({type(differences).__name__}: {differences})",)
        lines += [f"  {worker}: {each}" for each in differences]
    if lines:
        raise UsageError(
            "workers of the cluster would train with other software than this machine; nothing was "
            "trained. Install the same on the workers:\n" + "\n".join(lines)
        )


def _collect(
    events: Iterator[Any],
    store: Store,
    jobs: Mapping[str, Job],
    submit: Callable[[Job], None],
    progressed: Callable[[Mapping[str, Any]], None],
) -> Iterator[tuple[str, Result]]:
    """Wait for the jobs; keep what comes back as bytes. A job that fails ends no other."""
    done: set[str] = set()
    failures: dict[str, ReportgenError] = {}
    given_up: Counter[str] = Counter()
    for event in events:
        if isinstance(event, dict):
            progressed(event)
            continue
        # `submit` makes the key: reportgen-JOB-…
        job = jobs[str(event.key).split("-")[1]]
        try:
            result = _result_of(event, job)
        except ReportgenError as error:
            # It names no job: the whole cluster is at fault.
            if not error.failed:
                raise
            lost = isinstance(error.__cause__, KilledWorker)
            given_up[job.key] += lost
            if lost and given_up[job.key] < ATTEMPTS:
                # Dask counts workers on which a job only waited, too.
                submit(job)
            else:
                failures[job.key] = error
        else:
            for key, (record, files) in result.entries.items():
                store.write(job.kind, key, record, files)
            done.add(job.key)
            yield job.key, result
        if len(done) + len(failures) == len(jobs):
            break
    if failures:
        first = next(iter(failures.values()))
        first.failed = {key: each.failed[key] for key, each in failures.items()}
        raise first


def _events(client: Client, events: SimpleQueue[Any]) -> Iterator[Any]:
    """Yield what arrives; raises TrainingFailed where the scheduler is lost."""
    last_seen = time.monotonic()
    while True:
        if client.status == "running":
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen > LOST_SECONDS:
            raise TrainingFailed(_describe_loss())
        with suppress(Empty):
            yield events.get(timeout=1.0)


def _result_of(future: Future[Result], job: Job) -> Result:
    """Return the result of a job that has ended.

    Raises what the job raised, TrainingFailed where its workers or the scheduler were lost, and
    UsageError where the scheduler, which reads each job, could not read it.
    """
    try:
        return future.result()
    except RuntimeError as error:
        if UNREADABLE not in str(error):
            raise
        raise UsageError(
            f"the scheduler of the cluster cannot read the jobs of this build ({error.__cause__}); "
            f"install reportgen {__version__} there, as on the workers, and restart it"
        ) from error
    except CancelledError as error:
        raise TrainingFailed(_describe_loss()) from error
    except KilledWorker as error:
        how = (
            "failed: each worker that was given this job was lost (often because a machine ran "
            "out of memory)"
        )
        lost = TrainingFailed(f"{job.title}, {how}")
        lost.failed = {job.key: how}
        raise lost from error


def _describe_loss() -> str:
    return (
        "the scheduler of the cluster no longer answers; finished runs are kept, and the next "
        "build continues from there"
    )
