"""Honest reports that `verify` must not accuse: generated comparisons, built and verified.

Names in five scripts, 1 to 9 models, 2 to 100 classes, 1 to 10 seeds; probabilities or labels
alone. Predictions are random, so that nothing is trained. Reports are kept in a folder, and what
came of each verification in a file beside them, a line each: a run that was ended goes on where it
was, a second one with another interpreter verifies the same reports under other versions of the
libraries, and `--shard` divides the work. Reports are to be verified by the code that built them.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

import reportgen
from reportgen.api.reports import Report
from reportgen.errors import ReportgenError
from reportgen.figures import FigureSpec, drawing, figure_key
from reportgen.report.carried import library_versions
from reportgen.verification import verify_report

WORDS = {
    "Latin": ("Naïve forest", "Größe", "well-known net", "C₃ – 50 %"),
    "Greek": ("Δέντρο", "Μοντέλο", "νευρωνικό δίκτυο"),
    "Cyrillic": ("Сеть", "Лес решений", "модель"),
    "Arabic": ("شبكة", "نموذج", "غابة عشوائية"),
    "Chinese": ("网络", "随机森林", "模型"),
}
"""Script → names in it."""


COUNTED = ("numpy", "scipy", "matplotlib", "markdown", "jinja2", "weasyprint")
"""Libraries by which environments are told apart."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--reports", default=200, show_default=True, help="Reports to build and verify.")
@click.option("--shard", default="0/1", show_default=True, help="Which part of them: 0/4 to 3/4.")
@click.option("--pdf-every", default=1, show_default=True, help="Of which one is a PDF too.")
@click.option("--build/--no-build", default=True, help="Whether to build those that are missing.")
def command(folder: Path, reports: int, shard: str, pdf_every: int, build: bool) -> None:
    """Count false alarms of `verify` on generated reports, which are kept in FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = ", ".join(f"{name} {library_versions().get(name)}" for name in COUNTED)
    part, parts = map(int, shard.split("/"))
    for number in range(part, reports, parts):
        kinds = (".html", ".pdf") if number % pdf_every == 0 else (".html",)
        with drawing_once():
            if build:
                write_report(number, folder, kinds)
            for path in (name_report(number, folder).with_suffix(kind) for kind in kinds):
                if path.exists() and (path.name, ours) not in read_outcomes(folder):
                    record(folder, path, ours, judge(path))
    summarise(folder)


def read_outcomes(folder: Path) -> dict[tuple[str, str], str]:
    """Return file and versions → what came of its verification."""
    path = folder / "outcomes.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = map(json.loads, lines)
    return {(row["file"], row["versions"]): row["outcome"] for row in rows}


def record(folder: Path, path: Path, versions: str, outcome: str) -> None:
    """Add a line on one verification."""
    row = {"file": path.name, "versions": versions, "outcome": outcome}
    with (folder / "outcomes.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def summarise(folder: Path) -> None:
    """Print how often each came of the verifications, for each environment."""
    outcomes = read_outcomes(folder)
    for versions in sorted({versions for _, versions in outcomes}):
        click.echo(versions)
        counts = Counter(out for (_, theirs), out in outcomes.items() if theirs == versions)
        for outcome, count in sorted(counts.items()):
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


def name_report(number: int, folder: Path) -> Path:
    """Return the path of a report, without its suffix."""
    return folder / f"{number:04}-{list(WORDS)[number % len(WORDS)]}"


def write_report(number: int, folder: Path, kinds: Sequence[str]) -> None:
    """Write a generated report, where it is missing."""
    path = name_report(number, folder)
    missing = [kind for kind in kinds if not path.with_suffix(kind).exists()]
    if missing:
        report = generate(number)
        if ".html" in missing:
            report.to_html(path.with_suffix(".html"))
        if ".pdf" in missing:
            report.to_pdf(path.with_suffix(".pdf"))


def generate(number: int) -> Report:
    """Return a generated report: most are small, and every number of models and seeds occurs."""
    random = np.random.default_rng(number)
    words = WORDS[list(WORDS)[number % len(WORDS)]]
    classes = int(random.choice([2, 3, 5, 10, 26, 100], p=[0.3, 0.25, 0.2, 0.15, 0.07, 0.03]))
    labels = random.permutation(np.arange(max(3 * classes, 60)) % classes)
    seeds = 1 + number // 5 % 10 if number % 3 == 0 else int(random.integers(1, 4))
    count = 1 + number % 9 if number % 4 == 0 else int(random.integers(1, 4))
    models: dict[str, list[NDArray[np.generic]]] = {}
    for index in range(count):
        runs = [predict(random, labels, classes) for _ in range(seeds)]
        given_as_labels = random.random() < 0.2
        name = f"{random.choice(words)} {index + 1}"
        models[name] = [run.argmax(axis=1) if given_as_labels else run for run in runs]
    names = [f"{words[0]} {index}" for index in range(classes)]
    return reportgen.compare(labels, models, classes=names, title=f"{words[1]} {number}")


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
