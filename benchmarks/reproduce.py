"""What `reproduce` says of honest runs, and of runs in which predictions were flipped.

Small networks are trained on the digits, then all of them again: in the same environment, and with
other instruction sets (`OTHER`), which gives other models. Each is compared with itself as it was
trained again, honest and with k predictions flipped in one direction: right ones made wrong, or
wrong ones made right where there are so many.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from reportgen.cli.progress import QuietReporter
from reportgen.pipeline import BuildRequest, carry
from reportgen.results.evidence import Evidence, KeptEvaluation, ModelRun
from reportgen.results.runs import load_run
from reportgen.results.store import Store
from reportgen.verification.reproduction import compare_run

EXPERIMENT = """\
title = "Runs that are reproduced"
[data]
name = "digits"
[training]
epochs = {epochs}
seeds = {seeds}
[[models]]
name = "MLP"
architecture = "mlp"
[[models]]
name = "CNN"
architecture = "cnn"
"""
OTHER = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "COMPATIBLE"}
"""Variables that leave newer instruction sets of a processor out."""
FLIPS = (1, 2, 5, 15, 30, 60)


@click.command()
@click.option("--runs", default=200, show_default=True, help="Runs to train, half of each model.")
@click.option("--epochs", default=1, show_default=True)
@click.option("--into", type=click.Path(path_type=Path), hidden=True, help="Only train.")
def command(runs: int, epochs: int, into: Path | None) -> None:
    """Reproduce runs, honest and flipped, in the same environment and with other instructions."""
    if into is not None:
        train(into)
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        text = EXPERIMENT.format(epochs=epochs, seeds=list(range(runs // 2)))
        (folder / "runs.toml").write_text(text, encoding="utf-8")
        evidence = train(folder / "report")
        for environment, variables in (("the same", {}), ("other instruction sets", OTHER)):
            train_apart(folder / environment, variables)
            for what, count in judge(evidence, folder / environment).items():
                click.echo(f"{count:5}  {environment}: {what}")
    click.echo(f"{time.process_time():.0f} s of processor time in this process")


def train(folder: Path) -> Evidence:
    """Train the runs of the experiment beside `folder`, and return their evidence."""
    request = BuildRequest(experiment=str(folder.parent / "runs.toml"), output=folder, workers=1)
    return carry(request, QuietReporter(), "python -m benchmarks reproduce").evidence


def train_apart(folder: Path, variables: dict[str, str]) -> None:
    """Train the runs in a process of its own, with these environment variables."""
    arguments = [sys.executable, "-m", "benchmarks", "reproduce", "--into", str(folder)]
    subprocess.run(arguments, check=True, env={**os.environ, **variables})


def judge(evidence: Evidence, folder: Path) -> Counter[str]:
    """Compare each run with itself as trained again into `folder`; count verdicts by flips."""
    store, counts = Store(folder / "store"), Counter[str]()
    for run in evidence.header.runs:
        again = load_run(store, run.record.key)
        assert again is not None
        counts[f"honest: {compare_run(evidence, run, again).verdict}"] += 1
        for what, changed in flipped(evidence, run):
            counts[f"{what}: {compare_run(changed, run, again).verdict}"] += 1
    return Counter(dict(sorted(counts.items())))


def flipped(evidence: Evidence, run: ModelRun) -> Iterator[tuple[str, Evidence]]:
    """Yield what was flipped of a run, and the evidence with it."""
    place = run.model, run.seed
    kept, labels = evidence.runs[place]["test"], evidence.test_labels
    for number, makes_right in product(FLIPS, (False, True)):
        flippable = np.flatnonzero((kept.classes != labels) == makes_right)
        if len(flippable) < number:
            continue
        rows = np.random.default_rng(run.seed).permutation(flippable)[:number]
        classes = kept.classes.copy()
        other = (classes[rows] + 1) % len(evidence.header.dataset.classes)
        classes[rows] = labels[rows] if makes_right else other
        stored = kept.probabilities
        if stored is not None:
            # What was most probable, and the class beside it, change places.
            stored = stored.copy()
            columns = np.stack([classes[rows], kept.classes[rows]])
            stored[rows, columns] = stored[rows, columns[::-1]]
        sets = {**evidence.runs[place], "test": KeptEvaluation(classes, stored)}
        what = f"{number:2} {'wrong' if makes_right else 'right'} ones flipped"
        yield what, replace(evidence, runs={**evidence.runs, place: sets})
