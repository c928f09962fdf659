"""Honest reports that `verify` must not accuse: generated comparisons, built and verified.

Names in five scripts, 1 to 9 models, 2 to 100 classes, 1 to 10 seeds; probabilities or labels
alone. Predictions are random, so that nothing is trained. `--keep` leaves the reports for another
version of the libraries to verify, and `--verify` verifies those of a folder.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from numpy.typing import NDArray

import reportgen
from reportgen.errors import ReportgenError
from reportgen.figures import FigureSpec, drawing, figure_key
from reportgen.verification import verify_report

WORDS = {
    "Latin": ("Naïve forest", "Größe", "well-known net", "C₃ – 50 %"),
    "Greek": ("Δέντρο", "Μοντέλο", "νευρωνικό δίκτυο"),
    "Cyrillic": ("Сеть", "Лес решений", "модель"),
    "Arabic": ("شبكة", "نموذج", "غابة عشوائية"),
    "Chinese": ("网络", "随机森林", "模型"),
}
"""Script → names in it."""


@click.command()
@click.option("--reports", default=200, show_default=True, help="Reports to build and verify.")
@click.option("--first", default=0, show_default=True, help="Number of the first one.")
@click.option("--pdf-every", default=20, show_default=True, help="Of which one is a PDF too.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder to leave the reports in.")
@click.option("--verify", "folder", type=click.Path(path_type=Path), help="Verify its reports.")
def command(
    reports: int, first: int, pdf_every: int, keep: Path | None, folder: Path | None
) -> None:
    """Count false alarms of `verify` on generated reports."""
    outcomes: Counter[str] = Counter()
    if folder is not None:
        for path in sorted(folder.glob("*.*")):
            outcomes[judge(path)] += 1
    else:
        with TemporaryDirectory() as scratch, drawing_once():
            target = keep or Path(scratch)
            target.mkdir(parents=True, exist_ok=True)
            for number in range(first, first + reports):
                for path in build(number, target, with_pdf=number % pdf_every == 0):
                    outcomes[judge(path)] += 1
    for outcome, count in sorted(outcomes.items()):
        click.echo(f"{count:5}  {outcome}")
    click.echo(f"{time.process_time():.0f} s of processor time")


@contextmanager
def drawing_once() -> Iterator[None]:
    """Draw each figure once, for the report and for its verification: a drawing is its key's."""
    draw, drawn = drawing.draw_svg, dict[tuple[str, int | None], str]()

    def draw_once(spec: FigureSpec, width: int | None = None) -> str:
        key = figure_key(spec), width
        if key not in drawn:
            drawn[key] = draw(spec, width)
        return drawn[key]

    drawing.draw_svg = draw_once
    try:
        yield
    finally:
        drawing.draw_svg = draw


def build(number: int, folder: Path, with_pdf: bool) -> list[Path]:
    """Write a generated report, and return its files."""
    random = np.random.default_rng(number)
    script = list(WORDS)[number % len(WORDS)]
    classes = int(random.choice([2, 3, 5, 10, 26, 100]))
    labels = random.permutation(np.arange(max(3 * classes, 60)) % classes)
    seeds = int(random.integers(1, 11))
    models: dict[str, list[NDArray[np.generic]]] = {}
    for index in range(int(random.integers(1, 10))):
        name = f"{random.choice(WORDS[script])} {index + 1}"
        runs = [predict(random, labels, classes) for _ in range(seeds)]
        given_as_labels = random.random() < 0.2
        models[name] = [run.argmax(axis=1) if given_as_labels else run for run in runs]
    names = [f"{WORDS[script][0]} {index}" for index in range(classes)]
    report = reportgen.compare(labels, models, classes=names, title=f"{WORDS[script][1]} {number}")
    path = folder / f"{number:04}-{script}"
    written = [report.to_html(path.with_suffix(".html"))]
    return [*written, report.to_pdf(path.with_suffix(".pdf"))] if with_pdf else written


def predict(
    random: np.random.Generator, labels: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Return class probabilities of a model of some skill, `[n, classes]`."""
    scores = random.normal(size=(len(labels), classes))
    scores[np.arange(len(labels)), labels] += random.uniform(0, 6)
    powers = np.exp(scores)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def judge(path: Path) -> str:
    """Verify a report, and say in words what came of it; a false alarm is printed."""
    kind = path.suffix[1:].upper()
    try:
        result = verify_report(path)
    except ReportgenError as error:
        click.echo(f"{path.name}: {error}")
        return f"{kind}: not verified"
    if result.findings:
        click.echo(f"{path.name}: {len(result.findings)}, first: {result.findings[0]}")
        return f"{kind}: accused"
    return f"{kind}: the same bytes" if result.identical else f"{kind}: nothing differs"
