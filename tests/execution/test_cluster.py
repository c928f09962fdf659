"""Runs on a Dask cluster: the same bits as here, whatever is lost on the way."""

from __future__ import annotations

import io
import os
import pickle
import re
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib import import_module
from multiprocessing import forkserver
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import dask
import numpy as np
import pytest
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.comm.core import CommClosedError
from pydantic import JsonValue

from benchmarks import crash
from reportgen.cli.entry import run as run_command
from reportgen.config.keys import digest
from reportgen.config.plan import PlannedRun
from reportgen.errors import PluginFailed, TrainingFailed, UsageError
from reportgen.execution import cluster, cluster_job
from reportgen.execution.cluster_job import Entry, Job, Result, carry, sees_store
from reportgen.execution.progress import Progress, TrainingOptions
from reportgen.execution.runner import train_runs as train_here
from reportgen.execution.study_work import Evaluate, Examine, Task, Work, compute
from reportgen.plugins import find_plugin
from reportgen.results.evidence import ImageSet
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import Store
from reportgen.studies.interpretability import study as interpretability
from reportgen.studies.robustness import study as robustness
from tests.support.factories import assert_same_evaluations
from tests.support.training import SIDE, make_images, make_spec, plan

pytestmark = pytest.mark.slow

NETWORK = """
from torch import nn

from middle import WIDTH

def net(input_shape, classes):
    channels, height, width = input_shape
    features = channels * height * width
    last = nn.Linear(WIDTH, classes)
    return nn.Sequential(nn.Flatten(), nn.Linear(features, WIDTH), nn.ReLU(), last)
"""


EXPERIMENT = """
title = "Trained elsewhere"
[data]
name = "digits"
train_limit = 200
[training]
epochs = 1
seeds = [0, 1]
[[models]]
name = "MLP"
architecture = "mlp"
[studies.robustness]
corruptions = ["fog"]
severities = [3]
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    """Return a cluster of two workers; the last test of this file ends it.

    They are forked from the process of `load_once`, as is one that takes the place of a lost one.
    """
    forkserver.ensure_running()
    settings = {"multiprocessing-method": "forkserver", "preload": ["tests.support.processes"]}
    with dask.config.set({f"distributed.worker.{name}": each for name, each in settings.items()}):
        started = LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        )
        yield started
        started.close(timeout=60)


@pytest.fixture
def address(workers: LocalCluster) -> str:
    """Return the address of the scheduler."""
    return workers.scheduler_address


def _ignore(_: object) -> None:
    """Ignore progress and warnings."""


def train(
    runs: list[PlannedRun],
    folder: Path,
    address: str,
    notify: Callable[[Progress], None] = _ignore,
) -> dict[str, str]:
    """Train on the cluster, into a store in `folder`."""
    options = TrainingOptions(cluster=address)
    return dict(cluster.train_runs(runs, make_images(), Store(folder), options, notify, _ignore))


def assert_as_trained_here(runs: list[PlannedRun], store: Store, folder: Path) -> None:
    """The runs in the store are those that this machine trains, bit for bit."""
    here = Store(folder)
    train_here(runs, make_images(), here, TrainingOptions(workers=2), _ignore)
    for run in runs:
        ours, theirs = load_run(store, run.key), load_run(here, run.key)
        assert ours is not None and theirs is not None
        assert load_weights(store, run.key) == load_weights(here, run.key)
        assert_same_evaluations(ours, theirs)


@contextmanager
def absent(_: Store) -> Iterator[str]:
    """Yield the name of a file that no worker sees."""
    yield "no-such-file"


def plan_own(folder: Path) -> PlannedRun:
    """Plan a run of a network in a file below `folder` that imports another one beside it."""
    (folder / "nets").mkdir(parents=True)
    (folder / "nets" / "own.py").write_text(NETWORK)
    (folder / "nets" / "middle.py").write_text("WIDTH = 7\n")
    plugin = find_plugin("nets/own.py:net", "architecture", folder)
    spec = make_spec(reference=plugin.reference)
    ingredients = plan().ingredients.model_copy(
        update={"spec": spec.model_copy(update={"options": {}}), "sources": dict(plugin.digests)}
    )
    return PlannedRun("own", 0, ingredients, digest(ingredients), plugin)


@pytest.mark.parametrize("sees_store", [True, False])
def test_the_same_bits_as_here(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sees_store: bool
) -> None:
    """Also where workers do not see the store, and for code that travels with its run."""
    if not sees_store:
        monkeypatch.setattr(cluster, "_probe", absent)
    runs = [plan(dropout=0.3), plan(seed=1), plan_own(tmp_path / "experiment")]
    reports: list[Progress] = []
    outcomes = train([*runs, runs[0]], tmp_path / "there", address, reports.append)
    assert outcomes == {run.key: "trained" for run in runs}
    assert {each.key for each in reports if each.state == "finished"} <= outcomes.keys()
    assert {each.model for each in reports if each.state == "started"} == {"mlp", "own"}
    assert_as_trained_here(runs, Store(tmp_path / "there"), tmp_path / "here")
    assert not list((tmp_path / "there").glob("cluster-*"))


@pytest.mark.parametrize("sees_store", [True, False])
def test_results_of_studies_are_the_same_as_here(
    workers: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sees_store: bool
) -> None:
    """Predictions of changed images and tests of maps, of a network whose code travels with it.

    Network and results travel as bytes where the worker does not see the store, and only there.
    """
    options = TrainingOptions(cluster=workers.scheduler_address)
    runs, here = [plan_own(tmp_path / "experiment")], Store(tmp_path / "here")
    train_here(runs, make_images(), here, TrainingOptions(workers=1), _ignore)
    shutil.copytree(here.root, tmp_path / "there")
    works, there = plan_works(runs), Store(tmp_path / "there")
    done: list[int] = []
    compute(works, here, TrainingOptions(workers=1), _ignore)
    sent, read = [], cluster._read_network

    def note(store: Store, key: str) -> Entry:
        sent.append(key)
        return read(store, key)

    monkeypatch.setattr(cluster, "_read_network", note)
    if not sees_store:
        monkeypatch.setattr(cluster, "_probe", absent)
    cluster.compute(works, there, options, done.append, _ignore)
    assert done == [1, 2]
    assert not any(
        list(Path(one.local_directory).rglob("*-store")) for one in workers.workers.values()
    )
    assert sent == ([] if sees_store else [run.key for run in runs])
    for key in (key for work in works for key in work.runs):
        ours, theirs = here.read("evaluation", key), there.read("evaluation", key)
        assert ours is not None
        assert ours == theirs


def plan_works(runs: list[PlannedRun]) -> list[Work]:
    """Return the evaluation of noisy images, and a test of maps for each network."""
    images = np.random.default_rng(0).integers(0, 256, (4, 1, SIDE, SIDE), dtype=np.uint8)
    positions = np.arange(4, dtype=np.int32)
    changes, examination = robustness.images, interpretability.examination
    assert changes is not None and examination is not None
    evaluated = {digest({"evaluation": run.key}): run for run in runs}
    recipe: dict[str, JsonValue] = {"corruption": "shot_noise", "severity": 3, "seed": 0}
    task = Task(ImageSet(name="noise", recipe=recipe), list(evaluated))
    settings = {"path": 3, "steps": 2, "seed": 0}
    return [
        Evaluate(evaluated, [task], images, positions, changes),
        *(
            Examine(
                {digest({"examined": run.key}): run},
                "measure",
                examination,
                settings,
                images,
                positions,
            )
            for run in runs
        ),
    ]


def test_a_build_on_the_cluster_gives_the_same_report(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command line: all but times is as in a local build.

    Workers train the networks, and evaluate them for a study.
    """
    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(EXPERIMENT)
    asked, check = [], cluster._check_workers

    def note(*given: Any) -> None:
        asked.append(given)
        check(*given)

    monkeypatch.setattr(cluster, "_check_workers", note)
    for output, arguments in (("here", ()), ("there", ("--cluster", address))):
        command = ["build", "tiny.toml", "--quiet", "--format", "html", "--output", output]
        assert run_command([*command, *arguments]) == 0
    here, there = (
        crash.read_json(Path(each, "tiny", "results.json")) for each in ("here", "there")
    )
    assert crash.untimed(here) == crash.untimed(there)
    assert len(asked) == 2


def test_a_lost_worker_costs_no_whole_epoch(
    workers: LocalCluster, address: str, tmp_path: Path
) -> None:
    """Another worker resumes at the checkpoint; the bits are those of an undisturbed run."""
    run, store = plan(epochs=120), Store(tmp_path / "there")
    killed: list[int] = []
    with Client(workers, set_as_default=False) as client:

        def kill(progress: Progress) -> None:
            if progress.state == "started":
                busy = [worker for worker, keys in client.processing().items() if keys]
                killed.extend(client.run(os.getpid, workers=busy).values())
                while not store.keys("checkpoint"):
                    assert not store.keys("run")
                for each in killed:
                    os.kill(each, signal.SIGKILL)

        outcomes = train([run], store.root, address, kill)
    assert killed
    assert outcomes == {run.key: "resumed"}
    assert_as_trained_here([run], store, tmp_path / "here")


def test_other_versions_are_named_before_training(address: str, tmp_path: Path) -> None:
    """Each worker is named with what it has, and with what the runs need."""
    run = plan()
    ingredients = run.ingredients.model_copy(update={"versions": {"torch": "0.1", "absent": "2"}})
    with pytest.raises(UsageError) as caught:
        train([replace(run, ingredients=ingredients)], tmp_path, address)
    lines = str(caught.value).splitlines()
    torch = run.ingredients.versions["torch"]
    # The worker that was lost before may not have started again.
    known = {line.strip().rpartition(": ")[0] for line in lines[1:]}
    assert known
    for worker in known:
        assert f"  {worker}: torch {torch} instead of 0.1" in lines
        assert f"  {worker}: absent is missing instead of 2" in lines
    assert not Store(tmp_path).keys("run")


def test_other_code_is_named_before_training(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was not restarted after an update would give other results."""
    monkeypatch.setattr(cluster, "read_numerics", lambda: {"loop.py": "another"})
    with pytest.raises(UsageError, match="trains with other code"):
        train([plan()], tmp_path, address)


def test_a_worker_that_joins_later_is_checked_by_its_jobs(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check before training does not see it; nothing is trained with its versions."""
    monkeypatch.setattr(cluster, "_check_workers", lambda *_: None)
    run = plan()
    ingredients = run.ingredients.model_copy(update={"versions": {"torch": "0.1"}})
    torch = run.ingredients.versions["torch"]
    with pytest.raises(TrainingFailed, match=rf"joined .* torch {re.escape(torch)} instead of 0.1"):
        train([replace(run, ingredients=ingredients)], tmp_path, address)
    assert not Store(tmp_path).keys("run")


class Unreadable:
    """What cannot be unpickled, as if a module were missing."""

    def __reduce__(self) -> tuple[object, ...]:
        """Have `import_module` fail in place of making the object again."""
        return import_module, ("absent_package",)


def test_a_scheduler_that_cannot_read_jobs_is_a_message(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler needs reportgen, too: the message says so, and what is missing."""
    monkeypatch.setattr(cluster, "carry", lambda _: Unreadable())
    with pytest.raises(UsageError, match=r"scheduler .* cannot read .*absent_package.* install"):
        train([plan()], tmp_path, address)


def test_a_run_that_fails_ends_no_other(address: str, tmp_path: Path) -> None:
    """As in a local build: all others are trained, and the error names each that failed."""
    bad = plan(std=1e-30, optimizer="sgd", learning_rate=10.0, seed=3, epochs=2)
    worse = plan(std=1e-30, optimizer="sgd", learning_rate=10.0, seed=4, epochs=2)
    message = r"^training mlp, seed [34], failed in epoch 1: .*loss"
    with pytest.raises(TrainingFailed, match=message) as caught:
        train([bad, worse, plan()], tmp_path, address)
    assert caught.value.failed.keys() == {bad.key, worse.key}
    assert caught.value.failed[worse.key].startswith("failed in epoch 1: ")
    assert load_run(Store(tmp_path), plan().key) is not None


def test_a_network_that_cannot_be_built_shows_its_line(address: str, tmp_path: Path) -> None:
    """The user's own line, though the file was run elsewhere."""
    run = plan_own(tmp_path)
    (tmp_path / "nets" / "middle.py").write_text("WIDTH = 7 // 0\n")
    plugin = find_plugin("nets/own.py:net", "architecture", tmp_path)
    with pytest.raises(PluginFailed, match=r"ZeroDivisionError.*\n.*middle.py, line 1"):
        train([replace(run, plugin=plugin)], tmp_path / "store", address)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("somewhere", "give the address of a Dask scheduler"),
        ("local:0", "give the address of a Dask scheduler"),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers at this address"),
        ("what://127.0.0.1:9", "no Dask scheduler answers at this address"),
        ("tls://127.0.0.1:9", "no Dask scheduler answers at this address"),
        ("ucx://127.0.0.1:9", "no Dask scheduler answers at this address"),
    ],
)
def test_wrong_addresses(
    given: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message says what an address is."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(UsageError, match=message):
        train([plan()], tmp_path, given)


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [(b"", "it took too long"), (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "something else is there")],
)
def test_servers_that_are_no_scheduler(
    greeting: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of another port, or one that hangs; a client of Dask would wait for it."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting)
                connection.recv(1)
                while connection.recv(1024):
                    pass

        thread = Thread(target=greet)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(UsageError, match=reason), cluster._connect(address):
            pass
        thread.join()


def test_a_worker_is_no_scheduler(workers: LocalCluster) -> None:
    """It speaks as one does."""
    assert workers.scheduler
    address = next(iter(workers.scheduler.workers))
    with pytest.raises(UsageError, match="a Worker is there"), cluster._connect(address):
        pass


def test_workers_that_cannot_start_are_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the cause; they open no port that is known, such as that of a dashboard."""
    asked: dict[str, object] = {}

    def fail(**options: object) -> None:
        asked.update(options)
        raise RuntimeError("Cluster failed to start") from OSError(24, "Too many open files")

    monkeypatch.setattr(cluster, "LocalCluster", fail)
    with (
        pytest.raises(UsageError, match=r"local:200.*Too many open"),
        cluster._connect("local:200"),
    ):
        pass
    assert asked["dashboard_address"] == "127.0.0.1:0"


def test_a_worker_that_does_not_answer_blocks_no_build(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named; and a build that is done ends without it."""
    with cluster._connect(address) as client:
        client.subscribe_topic("topic", _ignore)
        cluster._give(client, {}, "topic")
        worker, process = next(iter(client.run(os.getpid).items()))
        os.kill(process, signal.SIGSTOP)
        try:
            monkeypatch.setattr(cluster, "LEAVE_SECONDS", 0.3)
            cluster._leave(client, [], "topic")
            monkeypatch.setattr(cluster, "LEAVE_SECONDS", 0.5)
            with pytest.raises(TrainingFailed, match=rf"{worker}.* has not answered"):
                cluster._ask(client, client.run, os.getpid, seconds=0.3)
        finally:
            os.kill(process, signal.SIGCONT)


def test_an_interrupted_build_leaves_no_data_behind(
    workers: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is interrupted just after they were sent."""
    assert workers.scheduler
    give, there = cluster._give, workers.scheduler.worker_plugins
    before = set(there)

    def interrupt(*given: Any) -> None:
        give(*given)
        assert set(there) > before
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "_give", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train([plan()], tmp_path, workers.scheduler_address)
    assert set(there) == before


class Interrupted(AbstractContextManager["Interrupted"]):
    """A cluster at whose start Ctrl-C is pressed."""

    happened: ClassVar[list[str]] = []

    def __init__(self, **_: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        self.happened.append("started")

    def __exit__(self, *_: object) -> None:
        """Close the cluster."""
        self.happened.append("closed")


def test_workers_start_whole_before_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask cannot be interrupted then; the cluster is closed, and Ctrl-C works as before."""
    monkeypatch.setattr(cluster, "LocalCluster", Interrupted)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train([plan()], tmp_path, "local:1")
    assert Interrupted.happened == ["started", "closed"]
    assert signal.getsignal(signal.SIGINT) is before


class WithoutReportgen(pickle.Unpickler):
    """What reads a message on a worker where reportgen is missing."""

    def find_class(self, module: str, name: str) -> Any:
        """Find what is not of reportgen."""
        assert not module.startswith("reportgen")
        return super().find_class(module, name)


def test_a_worker_without_reportgen_can_read_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that joins later and could not would neither fail nor do its jobs."""
    sent: list[bytes] = []
    monkeypatch.setattr(
        Lossy, "register_plugin", lambda _, plugin, **__: sent.append(pickle.dumps(plugin))
    )
    cluster._give(Lossy([]), make_images(), "topic")  # type: ignore[arg-type]
    assert WithoutReportgen(io.BytesIO(sent[0])).load().content


LOST = r"the scheduler .* no longer answers"


def test_a_scheduler_that_is_lost_while_a_result_arrives_is_a_message(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask's own error names a closed stream."""

    def lose(_: object) -> None:
        monkeypatch.setattr(Client, "nthreads", refuse)
        raise CommClosedError("Stream is closed")

    monkeypatch.setattr(Future, "result", lose)
    with pytest.raises(TrainingFailed, match=LOST):
        train([plan()], tmp_path, address)


def refuse(*_: object, **__: object) -> None:
    """Answer as a place that nobody can reach or write to."""
    raise PermissionError("refused")


def test_what_fails_in_a_client_that_closed_itself_is_the_loss(address: str) -> None:
    """Dask closes it some time after the scheduler is lost; each call fails in another way."""
    with pytest.raises(TrainingFailed, match=LOST), cluster._connect(address) as client:
        client.close()
        raise AttributeError("'NoneType' object has no attribute 'send'")


def test_a_closed_stream_alone_is_not_a_lost_scheduler(address: str) -> None:
    """It may be that to a worker."""
    with pytest.raises(CommClosedError), cluster._connect(address):
        raise CommClosedError("Stream is closed")


def test_a_job_that_fails_after_lost_workers_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What failed by itself fails again."""
    job = Job("ab" * 32, "training MLP, seed 0", {})
    sent: list[Any] = []
    lost = KilledWorker("task", None, 3)  # type: ignore[arg-type]

    def fail(_: object, failed: Job) -> Result:
        error = TrainingFailed("the loss is not finite")
        error.failed = {failed.key: str(error)}
        raise error from (lost if len(sent) == 1 else None)

    def submit(job: Job) -> None:
        sent.append(SimpleNamespace(key=f"reportgen-{job.key}-0"))
        assert len(sent) < 3

    monkeypatch.setattr(cluster, "_result_of", fail)
    submit(job)
    with pytest.raises(TrainingFailed, match="not finite"):
        list(cluster._collect(iter(sent), Store(Path()), {job.key: job}, submit, _ignore))
    assert len(sent) == 2


def test_workers_see_an_output_folder_that_is_relative(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were started in another folder; nothing comes back as bytes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Store, "write", refuse)
    assert train([plan()], Path("there"), address) == {plan().key: "trained"}
    assert Store(tmp_path / "there").keys("run")


def test_a_store_that_cannot_be_read_or_written_is_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker then keeps its results elsewhere, and sends them back."""
    probe = tmp_path / "probe"
    assert not sees_store(probe)
    probe.touch()
    assert sees_store(probe)
    monkeypatch.setattr(cluster_job, "TemporaryFile", refuse)
    assert not sees_store(probe)
    monkeypatch.undo()
    monkeypatch.setattr(Path, "stat", refuse)
    assert not sees_store(probe)


def test_builds_share_no_store_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with several threads may train a run for two of them; each removes its own."""
    data = SimpleNamespace(content=pickle.dumps(make_images()))
    worker: Any = SimpleNamespace(
        plugins={"one": data, "two": data}, local_directory=str(tmp_path), address="tcp://there"
    )
    stores: list[Store] = []

    def note(runs: list[PlannedRun], _: object, store: Store, *__: object) -> dict[str, str]:
        stores.append(store)
        store.write("run", runs[0].key, {}, {})
        return {runs[0].key: "trained"}

    monkeypatch.setattr(cluster_job, "get_worker", lambda: worker)
    monkeypatch.setattr(cluster_job, "find_differences", lambda _: ())
    monkeypatch.setattr(cluster_job, "train_runs", note)
    expected = cluster_job.Expected("", {}, "cpu")
    for topic in worker.plugins:
        shared = cluster_job.Shared(Store(tmp_path / "there"), "absent", expected, topic)
        assert cluster_job.do(Job("0", "a run", {plan().key: carry(plan())}), shared).entries
        cluster_job.forget(topic, dask_worker=worker)
    assert stores[0].root != stores[1].root
    assert not list(tmp_path.iterdir())


class Lossy:
    """A client of a cluster that loses workers while a build connects."""

    status = "running"

    def __init__(self, workers: list[str], losses: int = 0) -> None:
        self.workers, self.losses = workers, losses

    def run(self, *_: object, **__: object) -> dict[str, object]:
        """Answer for a worker that cannot be reached."""
        return {"tcp://lost": CommClosedError("Stream is closed")}

    def nthreads(self) -> dict[str, int]:
        """Return the workers that are still there."""
        return dict.fromkeys(self.workers, 1)

    def sync(
        self, call: Callable[..., Any], *given: Any, callback_timeout: float, **options: Any
    ) -> Any:
        """Wait for an answer."""
        assert callback_timeout
        return call(*given, **options)

    def register_plugin(self, *_: object, **__: object) -> None:
        """Fail once for each loss."""
        self.losses -= 1
        if self.losses >= 0:
            raise CommClosedError("Stream is closed")


def test_a_worker_that_is_lost_while_a_build_connects_does_not_end_it() -> None:
    """Others are there, or join; one that is there and does not answer is named."""
    expected = cluster_job.Expected("", {}, "cpu")
    said: list[str] = []
    lossy: Any = Lossy([])
    cluster._check_workers(lossy, expected, said.append)
    assert said == ["the cluster has no workers yet; the runs wait for one"]
    lossy = Lossy(["tcp://lost"])
    with pytest.raises(UsageError, match="tcp://lost: it does not answer"):
        cluster._check_workers(lossy, expected, said.append)
    lossy = Lossy([], losses=2)
    cluster._give(lossy, {}, "topic")
    assert lossy.losses < 0
    with pytest.raises(TrainingFailed, match="workers of the cluster were lost"):
        cluster._give(Lossy([], losses=99), {}, "topic")  # type: ignore[arg-type]


def test_a_lost_scheduler_is_a_message(
    workers: LocalCluster, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was finished is kept."""
    monkeypatch.setattr(cluster, "LOST_SECONDS", 0.5)
    endless = plan(seed=1, epochs=100_000)
    finished: list[str] = []

    def close(progress: Progress) -> None:
        if progress.state == "finished":
            finished.append(progress.key)
            workers.close()

    with pytest.raises(TrainingFailed, match=LOST):
        train([endless, plan()], tmp_path, address, close)
    assert finished == [plan().key]
    assert load_run(Store(tmp_path), plan().key) is not None
