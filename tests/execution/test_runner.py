import os
import pickle
import signal
import subprocess
import sys
from contextlib import ExitStack
from multiprocessing import active_children, get_context
from pathlib import Path
from unittest.mock import Mock

import pytest

from reportgen.config.plan import PlannedRun
from reportgen.errors import TrainingFailed
from reportgen.execution import runner
from reportgen.execution.progress import Progress, TrainingOptions
from reportgen.execution.run import train_run
from reportgen.execution.runner import Queue, Worker, _receive, train_runs
from reportgen.execution.worker import Task
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import Store
from tests.support.factories import assert_same_evaluations
from tests.support.training import CPU, NO_COMMIT, load, make_images, plan


def _ignore(_: Progress) -> None:
    """Ignore the progress."""


def _train_here(run: PlannedRun, store: Store) -> str:
    return train_run(run, load(), store, CPU, NO_COMMIT, _ignore)


def test_company_changes_no_bit(tmp_path: Path) -> None:
    """Runs in two workers equal the same runs alone; each key is trained and reported once."""
    runs = [plan(seed=seed, dropout=0.3) for seed in (0, 1)] + [plan(reference="cnn", epochs=2)]
    together, alone = Store(tmp_path / "together"), Store(tmp_path / "alone")
    reports: list[Progress] = []
    options = TrainingOptions(workers=2)
    outcomes = train_runs([*runs, *runs], make_images(), together, options, reports.append)
    assert outcomes == dict.fromkeys([run.key for run in runs], "trained")
    for run in reversed(runs):
        _train_here(run, alone)
        ours, theirs = load_run(together, run.key), load_run(alone, run.key)
        assert ours is not None and theirs is not None
        assert load_weights(together, run.key) == load_weights(alone, run.key)
        assert_same_evaluations(ours, theirs)
        states = [progress.state for progress in reports if progress.key == run.key]
        assert (states[0], states[-1]) == ("started", "finished")
    # The convolutional network costs most, so it comes first wherever it stands in the plan.
    assert "cnn" in [progress.model for progress in reports if progress.state == "started"][:2]
    assert active_children() == []


def test_failing_run_leaves_the_finished_ones(tmp_path: Path) -> None:
    """A run that fails is named with its epoch and cause; all others are trained."""
    good, kept = plan(epochs=9), plan(seed=5)
    bad = plan(std=1e-30, optimizer="sgd", learning_rate=10.0, seed=3, epochs=2)
    store = Store(tmp_path)
    _train_here(kept, store)
    with pytest.raises(TrainingFailed) as caught:
        train_runs([bad, good, kept], make_images(), store, TrainingOptions(workers=1), _ignore)
    assert str(caught.value).startswith("training mlp, seed 3, failed in epoch 1: ")
    assert "learning_rate" in str(caught.value)
    assert "Diverged" in str(caught.value.__cause__)
    how = str(caught.value).removeprefix("training mlp, seed 3, ")
    assert caught.value.failed == {bad.key: how}
    assert load_run(store, good.key) is not None
    assert load_run(store, bad.key) is None
    assert active_children() == []


def test_interrupted_training_keeps_what_is_finished(tmp_path: Path) -> None:
    """Ctrl-C ends the workers and is passed on; finished runs are kept, others resume."""
    first, second = plan(epochs=6), plan(seed=1, epochs=5)
    store = Store(tmp_path)

    def interrupt(progress: Progress) -> None:
        if progress.seed == 1 and progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_runs([first, second], make_images(), store, TrainingOptions(workers=1), interrupt)
    assert active_children() == []
    assert load_run(store, first.key) is not None
    assert load_run(store, second.key) is None
    assert _train_here(second, store) == "resumed"


PARENT = """
import pickle, sys
from multiprocessing import active_children
from pathlib import Path
from reportgen.results.store import Store
from reportgen.execution.runner import TrainingOptions, train_runs

def report(progress):
    if progress.epoch == 2:
        print(active_children()[0].pid, flush=True)

run, images = pickle.loads(Path("given").read_bytes())
train_runs([run], images, Store(Path("store")), TrainingOptions(), report)
"""


def test_killed_build_leaves_no_orphan(tmp_path: Path) -> None:
    """After SIGKILL of the parent its worker ends by itself, and a whole checkpoint is there.

    The parent is a script that a worker could not import: it would train again.
    """
    (tmp_path / "parent.py").write_text(PARENT)
    run = plan(dropout=0.2, epochs=2000)
    (tmp_path / "given").write_bytes(pickle.dumps((run, make_images())))
    with subprocess.Popen(
        [sys.executable, "parent.py"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        # The pipe's other end is the worker's: it reads as ended when the worker has.
        parent.stdout.read()
    assert not _is_running(worker)
    entry = Store(tmp_path / "store").read("checkpoint", run.key)
    assert entry is not None
    assert len(entry.record["history"]) >= 2


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


HELD = """
import signal
from multiprocessing import resource_tracker
from reportgen.execution.runner import interrupts_held
with interrupts_held():
    resource_tracker.ensure_running()
    print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


def test_interrupts_stay_held_while_workers_start() -> None:
    """With the first worker Python starts a process of its own, and unblocks the signal."""
    command = [sys.executable, "-c", HELD]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"True\n"


def test_longest_runs_come_first() -> None:
    """The queue is ordered by cost once, and takes up what another build trains at the very end."""
    runs = [plan(seed=seed) for seed in range(3)]
    queue = Queue(list(runs))
    costs = dict(zip((run.key for run in runs), (1.0, 3.0, 2.0), strict=True))
    queue.order(costs)
    queue.order({run.key: 0.0 for run in runs})
    first = queue.next()
    assert first is not None
    queue.busy.append(first.run)
    tasks = [queue.next() for _ in range(4)]
    assert [(task.run.seed, task.wait) for task in tasks if task] == [
        (2, False), (0, False), (1, True),
    ]  # fmt: skip
    assert first.run.seed == 1


def test_death_of_an_idle_worker_costs_nothing() -> None:
    """A worker that dies with nothing left to do is let go; one that still had to is an error."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    theirs.close()
    process = context.Process()
    process.start()
    assert _receive(Worker(process, ours, idle=True)) is None
    with pytest.raises(TrainingFailed, match="starting a training process failed"):
        _receive(Worker(process, ours))


@pytest.mark.parametrize("sent", [b"", (100_000).to_bytes(4, "big") + b"half"])
def test_a_death_between_two_runs_is_a_plain_error(sent: bytes) -> None:
    """The worker cannot be given a run, or was killed while it sent a message."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    os.write(theirs.fileno(), sent)
    theirs.close()
    process = context.Process()
    process.start()
    worker = Worker(process, ours)
    worker.give(Task(plan(), wait=False))
    with pytest.raises(TrainingFailed, match="training mlp, seed 0, failed in epoch 1"):
        _receive(worker)


def test_an_update_of_reportgen_is_not_mixed_with_the_code_that_is_loaded(tmp_path: Path) -> None:
    """A run that is planned with other code than the worker has loaded is not trained."""
    run = plan()
    sources = {"training/loop.py": "of another version"}
    run = run.changed_to(run.ingredients.model_copy(update={"sources": sources}))
    message = r"reportgen was updated .* \(training/loop\.py differs\).* restart reportgen"
    with pytest.raises(TrainingFailed, match=message):
        train_runs([run], make_images(), Store(tmp_path), TrainingOptions(workers=1), _ignore)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (EOFError(), "a process ended while it was started .* out of memory"),
        (ConnectionRefusedError(), "a process ended while it was started .* out of memory"),
        (OSError("AF_UNIX path too long"), r"AF_UNIX path too long; .*TMPDIR .* short path"),
    ],
)
def test_processes_that_cannot_be_started_are_a_plain_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, problem: Exception, message: str
) -> None:
    """What they are forked from was killed as it loaded torch, or its socket has no place."""
    monkeypatch.setattr(runner, "_start_worker", Mock(side_effect=problem))
    with pytest.raises(TrainingFailed, match=message):
        train_runs([plan()], make_images(), Store(tmp_path), TrainingOptions(workers=1), _ignore)


def test_the_main_module_returns_when_the_last_thread_has_started_its_processes() -> None:
    """Two jobs of one Dask worker may start theirs at once."""
    main, first, second = sys.modules["__main__"], runner.without_main(), runner.without_main()
    with ExitStack() as stack:
        stack.enter_context(first)
        with second:
            stack.close()
            assert sys.modules["__main__"] is not main
    assert sys.modules["__main__"] is main
