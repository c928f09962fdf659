"""Kill real builds at random moments, resume each, and compare with a build that nobody disturbed.

Each trial starts from an output folder with an earlier report, starts `python -m reportgen build`,
kills it and all its workers with SIGKILL at a random moment, looks at what is left, and builds
again. The numbers must be bit for bit those of the undisturbed build; times are another matter.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from reportgen.errors import ReportgenError
from reportgen.results.builds import list_history
from reportgen.results.records import Run
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import KINDS, Store

EXPERIMENT = """
title = "A build that is killed"
[data]
name = "digits"
[training]
epochs = {epochs}
seeds = [{seeds}]
[analysis]
[[models]]
name = "MLP + dropout"
architecture = "mlp"
dropout = 0.3
"""

EPOCHS = 25
"""Of the build that is killed; the earlier one, whose report must stay whole, has one epoch."""

TIMED = {"seconds", "costs", "ended", "provenance", "figures", "claims"}
"""Fields of results.json in which two builds of the same numbers differ: times, and what is drawn
and said of them. Whether the words follow from the numbers is for `verify` to say."""

Phase = Literal["before training", "while training", "after training", "report published"]


@dataclass(frozen=True)
class Trial:
    """What came of one kill."""

    phase: Phase
    """How far the build had come."""
    resumed: bool
    """Whether a run went on from its checkpoint."""
    identical: bool
    """Whether runs, results and documents are those of the undisturbed build."""
    damaged: int
    """Damaged entries that were met or served."""
    report_lost: bool
    """Whether the earlier report was gone or in pieces after the kill."""
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Bench:
    """What all trials share."""

    folder: Path
    formats: Literal["html", "all"]
    seeds: int
    seconds: float = 0.0
    """How long the undisturbed build took."""

    @property
    def template(self) -> Path:
        """An output folder with the earlier report."""
        return self.folder / "template"

    @property
    def reference(self) -> Path:
        """The output folder of the undisturbed build."""
        return self.folder / "reference"

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents of a build."""
        return ("report.html", "report.pdf") if self.formats == "all" else ("report.html",)

    def command(self, output: Path, epochs: int = EPOCHS) -> list[str]:
        """Return the command of a build."""
        experiment = self.folder / f"{epochs}" / "crash.toml"
        command = [sys.executable, "-m", "reportgen", "build", str(experiment)]
        return [*command, "--output", str(output), "--format", self.formats, "--device", "cpu"]


def prepare(
    folder: Path,
    formats: Literal["html", "all"],
    seeds: int,
    run: Callable[[Sequence[str]], object] | None = None,
) -> Bench:
    """Make the earlier report and the undisturbed build; `run` runs their commands."""
    run = run or run_to_the_end
    bench = Bench(folder, formats, seeds)
    for epochs in (1, EPOCHS):
        path = folder / f"{epochs}" / "crash.toml"
        path.parent.mkdir(parents=True)
        numbers = ", ".join(map(str, range(seeds)))
        path.write_text(EXPERIMENT.format(epochs=epochs, seeds=numbers))
    run(bench.command(bench.template, epochs=1))
    shutil.copytree(bench.template, bench.reference)
    started = time.monotonic()
    run(bench.command(bench.reference))
    return Bench(folder, formats, seeds, time.monotonic() - started)


def environment() -> dict[str, str]:
    """Return the variables of a build: one thread for each process, and compiled Python kept.

    Where a machine keeps none, most of a small build would go into compiling its libraries.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"OMP_NUM_THREADS": "1"}


def run_to_the_end(command: Sequence[str]) -> str:
    """Run a build that nobody disturbs, and return what it says."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stderr


def run_trial(bench: Bench, number: int, share: float) -> Trial:
    """Kill one build when a share of its time is over, build again, and compare."""
    output = bench.folder / f"trial-{number}"
    kill_one(bench, output, share)
    phase = find_phase(bench, output)
    lost = list(find_lost(bench, output))
    said = run_to_the_end(bench.command(output))
    damaged, differences = compare_runs(bench, output)
    differences += compare_documents(bench, output)
    damaged += said.count("damaged")
    resumed = "resumed after epoch" in said
    problems = (*lost, *differences)
    if not problems:
        shutil.rmtree(output)
    return Trial(phase, resumed, not differences, damaged, bool(lost), problems)


def kill_one(bench: Bench, output: Path, share: float) -> None:
    """Start builds until one is killed when this share of its time is over."""
    seconds: float | None = bench.seconds
    while seconds is not None:
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(bench.template, output)
        # One that was done before is no kill; it tells how long a build takes just now.
        seconds = kill_after(bench.command(output), share * seconds)


def kill_after(command: Sequence[str], delay: float) -> float | None:
    """Start a build in a process group of its own, and kill that group after `delay` seconds.

    Return the seconds that it took where it was done before, else None.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )
    try:
        process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    return time.monotonic() - started


def find_phase(bench: Bench, output: Path) -> Phase:
    """Say how far a build had come when it was killed."""
    store = Store(output / "store")
    new = set(store.keys("run")) - set(Store(bench.template / "store").keys("run"))
    if read_json(output / "crash" / "results.json")["experiment"]["training"]["epochs"] == EPOCHS:
        return "report published"
    if len(new) == bench.seeds:
        return "after training"
    return "while training" if new or store.keys("checkpoint") else "before training"


def find_lost(bench: Bench, output: Path) -> Iterator[str]:
    """Yield what is wrong with the reports right after the kill."""
    earlier, folder = bench.template / "crash", output / "crash"
    kept = [folder, *(build.folder for build in list_history(folder))]
    for name in (*bench.documents, "results.json"):
        before = (earlier / name).read_bytes()
        if not any(read_bytes(place / name) == before for place in kept):
            yield f"the earlier {name} is gone"
        if read_bytes(folder / name) != before:
            yield from find_torn(folder / name)


def find_torn(path: Path) -> Iterator[str]:
    """Yield what is wrong with a document that is no longer the earlier one."""
    if path.suffix == ".json":
        read_json(path)
        return
    from reportgen.verification import verify_report

    try:
        findings = verify_report(path).findings
    except ReportgenError as error:
        yield f"{path.name} is in pieces: {error}"
        return
    yield from (f"{path.name}: {finding}" for finding in findings)


def compare_runs(bench: Bench, output: Path) -> tuple[int, list[str]]:
    """Return how many entries are damaged, and which runs are not those of the reference."""
    warnings: list[str] = []
    ours = Store(output / "store", warnings.append)
    theirs = Store(bench.reference / "store", warnings.append)
    for kind in KINDS:
        for key in ours.keys(kind):
            ours.read(kind, key)
    differences = [
        f"run {key[:12]} differs"
        for key in theirs.keys("run")
        if describe_run(ours, key) != describe_run(theirs, key)
    ]
    if ours.keys("run") != theirs.keys("run"):
        differences.append("other runs are kept")
    return len(warnings), differences


def describe_run(store: Store, key: str) -> tuple[object, ...] | None:
    """Return all numbers of a run but its times, to the last bit."""
    run = load_run(store, key)
    if run is None:
        return None
    evaluations = [
        (
            name,
            found.classes.tobytes(),
            None if found.probabilities is None else found.probabilities.tobytes(),
        )
        for name, found in run.evaluations.items()
    ]
    return (
        run.record.ingredients,
        run.record.summary,
        untimed_history(run),
        evaluations,
        load_weights(store, key),
    )


def untimed_history(run: Run) -> list[object]:
    """Return the history without the seconds."""
    return [epoch.model_dump(exclude={"seconds"}) for epoch in run.record.history]


def compare_documents(bench: Bench, output: Path) -> list[str]:
    """Return how results and documents differ from those of the undisturbed build."""
    ours, theirs = output / "crash", bench.reference / "crash"
    first, second = (untimed(read_json(folder / "results.json")) for folder in (ours, theirs))
    problems = [] if first == second else ["results.json has other numbers"]
    if read_bytes(ours / "predictions.npz") != read_bytes(theirs / "predictions.npz"):
        problems.append("predictions.npz differs")
    for name in bench.documents:
        problems += find_torn(ours / name)
    if list_numbers(ours / "report.html") != list_numbers(theirs / "report.html"):
        problems.append("report.html prints other numbers")
    figures = [
        sorted(path.name for path in (folder / "figures").iterdir()) for folder in (ours, theirs)
    ]
    return problems if figures[0] == figures[1] else [*problems, "other figures"]


def untimed(value: Any) -> Any:
    """Return results without times and what is said of them."""
    if isinstance(value, dict):
        return {key: untimed(item) for key, item in value.items() if key not in TIMED}
    return [untimed(item) for item in value] if isinstance(value, list) else value


def list_numbers(path: Path) -> list[tuple[str, str]]:
    """Return every number that a report prints, with its path, but for times."""
    from reportgen.verification.segments import cut
    from reportgen.verification.values import read_printed

    found = [(each.tag.attributes, each.text) for each in read_printed(cut(path.read_text()))]
    printed = [(about["data-path"], text) for about, text in found if "data-path" in about]
    return [(where, text) for where, text in printed if not ("seconds" in where or "cost" in where)]


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


def read_bytes(path: Path) -> bytes | None:
    """Return the bytes of a file, or None where there is none."""
    return path.read_bytes() if path.is_file() else None


def run_trials(bench: Bench, kills: int, seed: int, jobs: int = 1) -> Iterator[Trial]:
    """Run trials with kills spread at random over the length of a build."""
    moments = random.Random(seed)
    shares = [moments.random() for _ in range(kills)]
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(run_trial, [bench] * kills, range(kills), shares)


def summarize(trials: Sequence[Trial]) -> str:
    """Print what came of all trials."""
    phases = Counter(trial.phase for trial in trials)
    lines = [
        f"{sum(trial.identical for trial in trials)} of {len(trials)} identical",
        f"{sum(trial.damaged for trial in trials)} damaged entries",
        f"{sum(trial.report_lost for trial in trials)} previous reports lost",
        "killed " + ", ".join(f"{phase}: {count}" for phase, count in sorted(phases.items())),
        f"resumed from a checkpoint: {sum(trial.resumed for trial in trials)}",
    ]
    return "\n".join(lines)


@click.command()
@click.option("--kills", default=100, show_default=True, help="How many builds to kill.")
@click.option("--seed", default=0, show_default=True, help="Seed of the moments.")
@click.option("--jobs", default=1, show_default=True, help="Trials at a time.")
@click.option("--runs", default=2, show_default=True, help="Runs of each build.")
@click.option(
    "--format", "formats", type=click.Choice(["html", "all"]), default="all", show_default=True
)
def command(kills: int, seed: int, jobs: int, runs: int, formats: Literal["html", "all"]) -> None:
    """Kill real builds at random moments, resume each, and compare."""
    folder = Path(tempfile.mkdtemp(prefix="reportgen-crash-"))
    # A process that is killed leaves its temporary files behind; they go with the folder.
    os.environ["TMPDIR"] = str(folder)
    bench = prepare(folder, formats, runs)
    click.echo(f"An undisturbed build takes {bench.seconds:.1f} s; trials lie in {folder}")
    trials = []
    for number, trial in enumerate(run_trials(bench, kills, seed, jobs)):
        trials.append(trial)
        note = "; ".join(trial.problems) or "identical"
        click.echo(f"{number + 1:4} {trial.phase}{', resumed' * trial.resumed}: {note}")
    click.echo(summarize(trials))
    if any(trial.problems or trial.damaged for trial in trials):
        raise click.exceptions.Exit(1)
    shutil.rmtree(folder)
