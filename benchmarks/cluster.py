"""Train runs on a local Dask cluster whose workers are killed, and compare with a local build.

A scheduler and workers are started as a user starts them. Workers are killed with SIGKILL at random
moments while a build sends its runs to them; then the scheduler is killed during another build,
which has to end with a message, keep what was finished, and go on with a new scheduler.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
from distributed import Client

from benchmarks.crash import EXPERIMENT, describe_run
from reportgen.results.store import Store


def find_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own while the block lasts."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        yield process
    finally:
        # It may have ended by itself.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def dask(folder: Path, port: int, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a scheduler and its workers; yield the scheduler."""
    program, address = str(Path(sys.executable).with_name("dask")), f"tcp://127.0.0.1:{port}"
    with ExitStack() as stack:
        scheduler = stack.enter_context(
            started(program, "scheduler", "--host", "127.0.0.1", "--port", str(port))
        )
        local = ("--local-directory", str(folder / "dask"), "--no-dashboard")
        many = ("--nworkers", str(workers), "--nthreads", "1", "--memory-limit", "0")
        stack.enter_context(started(program, "worker", address, *many, *local))
        yield scheduler


def build_command(experiment: Path, output: Path, *options: str) -> list[str]:
    """Return the command of a build."""
    build = [sys.executable, "-m", "reportgen", "build", str(experiment), "--output", str(output)]
    return [*build, "--format", "html", "--device", "cpu", *options]


def count_runs(output: Path) -> int:
    """Return how many runs a store has."""
    return len(Store(output / "store").keys("run"))


def kill_workers(address: str, kills: int, build: subprocess.Popen[bytes], seconds: float) -> int:
    """Kill random workers, spread over `seconds`, while the build lasts; return how many."""
    draw, done = random.Random(1), 0
    with Client(address, timeout=30, set_as_default=False) as client:
        for _ in range(kills):
            time.sleep(draw.expovariate(kills / seconds))
            if build.poll() is not None:
                break
            pids = list(client.run(os.getpid, on_error="ignore").values())
            if pids:
                os.kill(draw.choice(pids), signal.SIGKILL)
                done += 1
    return done


def same_runs(first: Path, second: Path) -> int:
    """Return how many runs of two stores have the same weights and predictions, bit for bit."""
    here, there = Store(first / "store"), Store(second / "store")
    shared = set(here.keys("run")) & set(there.keys("run"))
    return sum(describe_run(here, key) == describe_run(there, key) for key in shared)


@click.command()
@click.option("--runs", default=60, show_default=True)
@click.option("--workers", default=8, show_default=True)
@click.option("--kills", default=20, show_default=True)
@click.option("--epochs", default=60, show_default=True)
def command(runs: int, workers: int, kills: int, epochs: int) -> None:
    """Kill workers and the scheduler of a cluster while it trains."""
    with tempfile.TemporaryDirectory(prefix="reportgen-cluster-") as name:
        folder = Path(name)
        experiment = folder / "cluster.toml"
        seeds = ", ".join(map(str, range(runs)))
        experiment.write_text(EXPERIMENT.format(epochs=epochs, seeds=seeds))
        local, spread, broken = (folder / each for each in ("local", "spread", "broken"))
        began = time.monotonic()
        subprocess.run(build_command(experiment, local, "--quiet"), check=True)
        seconds = time.monotonic() - began
        click.echo(f"{runs} runs on this machine: {seconds:.0f} s")
        _lose_workers(folder, experiment, spread, workers, kills, 2 * seconds)
        click.echo(f"the same, bit for bit: {same_runs(local, spread)} of {runs} runs")
        _lose_scheduler(folder, experiment, broken, workers)
        click.echo(f"the same, bit for bit: {same_runs(local, broken)} of {runs} runs")


def _lose_workers(
    folder: Path, experiment: Path, output: Path, workers: int, kills: int, seconds: float
) -> None:
    port = find_port()
    address = f"tcp://127.0.0.1:{port}"
    with dask(folder, port, workers):
        build = subprocess.Popen(build_command(experiment, output, "--quiet", "--cluster", address))
        done = kill_workers(address, kills, build, seconds)
        code = build.wait()
    click.echo(f"{workers} workers, {done} of them killed: exit code {code}")


def _lose_scheduler(folder: Path, experiment: Path, output: Path, workers: int) -> None:
    port = find_port()
    options = ("--quiet", "--cluster", f"tcp://127.0.0.1:{port}")
    with dask(folder, port, workers) as scheduler:
        build = subprocess.Popen(
            build_command(experiment, output, *options), stderr=subprocess.PIPE, text=True
        )
        while count_runs(output) < 5 and build.poll() is None:
            time.sleep(0.2)
        scheduler.kill()
        _, message = build.communicate()
    click.echo(f"scheduler killed: exit code {build.returncode}: {message.strip()}")
    click.echo(f"  {count_runs(output)} finished runs kept")
    with dask(folder, port, workers):
        code = subprocess.run(build_command(experiment, output, *options), check=False).returncode
    click.echo(f"  with a new scheduler: exit code {code}, {count_runs(output)} runs")
