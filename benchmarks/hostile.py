"""Files that are made to harm whoever reads them: each must be a sentence, in 10 s and 1 GB.

Reports, HTML and PDF, are verified, and experiment files checked, each by a process of its own,
under a limit of processor time; its largest resident memory is measured. The folder has a secret,
a pipe and a plug-in, none of which may be read or run. Random changes of single bytes are made to a
report and verified in one process: every one has to be found, or leave the report as it was.
Hostile templates are tests: `tests/report/test_hostile_templates.py`.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import NoReturn

import click
import numpy as np
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from benchmarks.hostile_experiments import hostile_experiments
from reportgen.errors import ReportgenError
from reportgen.report.carried import MAGIC, read_html, unpack
from reportgen.report.pdf import EVIDENCE, RESULTS
from reportgen.verification.html import compare_with, render_again
from reportgen.verification.pages import read_pdf
from reportgen.verification.pages_comparison import compare_pages
from reportgen.verification.pdf import read_carried, typeset_again
from reportgen.verification.rendering import derive

ALLOWED_SECONDS, ALLOWED_BYTES = 10, 2**30
MOST_SECONDS = 60
"""Of processor time, after which a process is ended: far above what is allowed."""
SECRET = "the-secret-of-this-machine"

BOMBS = {
    "open tags": "<a " * 60_000,
    "open comments": "<!--" * 150_000,
    "deep elements": "<div>" * 100_000,
    "quotes": '<a b="' * 60_000,
    "attributes": "<a " + " ".join(f'a{index}="1"' for index in range(60_000)) + ">",
    "path": f'<svg><path d="M0 0{" L1 1" * 100_000}"/></svg>',
    "entities": "&amp;" * 200_000,
    "brackets": "<" * 200_000,
    "white space": "<a" + " " * 500_000,
    "numbers": '<data value="1" data-path="models.x.y" data-format="percent">1</data>' * 20_000,
    "deep path": f'<data data-path="{"a." * 100_000}" data-format="percent">1</data>',
    "long number": f'<data data-path="models.#" data-format="count">{"9" * 200_000}</data>',
}


@click.command()
@click.argument("html", type=click.Path(exists=True, path_type=Path))
@click.argument("pdf", type=click.Path(exists=True, path_type=Path))
@click.option("--changes", default=5000, show_default=True, help="Random changes of single bytes.")
@click.option("--html-files", default=90, show_default=True)
@click.option("--pdf-files", default=50, show_default=True)
@click.option("--experiments", default=150, show_default=True, help="Hostile experiment files.")
def command(
    html: Path, pdf: Path, changes: int, html_files: int, pdf_files: int, experiments: int
) -> None:
    """Verify files made from HTML and PDF, two real reports, and check experiments, to do harm."""
    load_rooms()
    outcomes: Counter[str] = Counter()
    with TemporaryDirectory() as name:
        folder = Path(name)
        lay_traps(folder)
        for what, content in hostile_experiments(name, experiments):
            outcomes[judge("TOML", what, folder / "mine.toml", content, ["check"])] += 1
        for kind, files, number in (
            ("HTML", hostile_html(html), html_files),
            ("PDF", hostile_pdf(pdf), pdf_files),
        ):
            for what, content in islice(files, number):
                path = folder / f"report.{kind.lower()}"
                outcomes[judge(kind, what, path, content, ["verify"])] += 1
        if (folder / "ran").exists():
            outcomes["code of a file was run"] += 1
    for outcome, found in sorted(outcomes.items()):
        click.echo(f"{found:5}  {outcome}")
    if changes:
        for kind, said in (("HTML", change_html(html, changes)), ("PDF", change_pdf(pdf, changes))):
            for outcome, found in sorted(said.items()):
                click.echo(f"{found:5}  {kind}, changes of one byte: {outcome}")


def load_rooms() -> None:
    """Import once what every process needs, so that it is not measured again and again."""
    for name in ("cli.entry", "cli.verify", "cli.check", "verification.html", "verification.pdf"):
        import_module(f"reportgen.{name}")
    import_module("reportgen.figures.drawing")


def lay_traps(folder: Path) -> None:
    """Write what no hostile file may read or run: a secret, a pipe, a plug-in."""
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    os.mkfifo(folder / "pipe")
    code = f"import pathlib\npathlib.Path({str(folder / 'ran')!r}).touch()\ndef run(): ...\n"
    (folder / "evil.py").write_text(code, encoding="utf-8")


def hostile_html(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of hostile HTML files, without an end."""
    report = path.read_text(encoding="utf-8")
    for name, bomb in BOMBS.items():
        yield f"{name}, alone", bomb.encode()
        yield name, report.replace("</main>", f"{bomb}</main>", 1).encode()
        yield f"{name}, in front", (bomb + report).encode()
    for name, evidence in forged_evidence(read_html(report).content):
        page = f'<script id="evidence">{b64encode(evidence).decode()}</script>'
        yield name, page.encode()
    yield from mutations(report.encode())


def forged_evidence(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield evidence whose sizes are wrong."""
    bomb = zlib.compress(bytes(2**28), 9)
    length = len(MAGIC)
    size = int.from_bytes(content[length : length + 8], "big")
    whole = content[: length + 8 + size]
    yield "bomb of a presentation", whole + bomb
    yield "no presentation", whole
    yield "empty evidence", MAGIC + bytes(8)
    for place in range(0, 64, 8):
        yield f"length at {place}", content[:place] + b"\xff" * 8 + content[place + 8 :]


def mutations(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield copies of a file with parts cut, repeated, moved or overwritten at random."""
    random = np.random.default_rng(1)
    for number in count():
        start, length = int(random.integers(len(content))), int(random.integers(1, 20_000))
        part, rest = content[start : start + length], content[start + length :]
        noise = random.integers(0, 256, length, dtype=np.uint8).tobytes()
        changed = (b"", part * 3, noise, part[::-1])[number % 4]
        yield f"mutation {number}", content[:start] + changed + rest


def hostile_pdf(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of hostile PDF files, without an end."""
    report = path.read_bytes()
    at = report.rfind(b"startxref")
    yield "no pages", b"%PDF-1.7\n%%EOF"
    yield "brackets", b"%PDF-1.7\n" + b"[" * 500_000
    yield "dictionaries", b"%PDF-1.7\n1 0 obj" + b"<</A" * 200_000
    yield "xref at itself", report[:at] + b"startxref\n0\n%%EOF"
    yield "xref far away", report[:at] + b"startxref\n99999999999\n%%EOF"
    yield "cut", report[: len(report) // 2]
    yield "stream bomb", with_page_content(report, b"q Q\n" * 2_000_000)
    yield "deep graphics state", with_page_content(report, b"q " * 200_000)
    yield "long text", with_page_content(report, b"(" + b"x" * 2_000_000 + b") Tj")
    writer = PdfWriter(clone_from=PdfReader(BytesIO(report)))
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): NameObject("/x")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    yield "script", written(writer)
    writer = PdfWriter(clone_from=PdfReader(BytesIO(report)))
    for _ in range(3000):
        writer.add_blank_page(100, 100)
    yield "3,000 pages", written(writer)
    yield from mutations(report)


def with_page_content(report: bytes, content: bytes) -> bytes:
    """Return a PDF whose first page paints `content`, compressed."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(report)))
    stream = DecodedStreamObject()
    stream.set_data(content)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    """Return the bytes of a PDF."""
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def judge(kind: str, name: str, path: Path, content: bytes, command: list[str]) -> str:
    """Let a process of its own read a file, and say in words what came of it."""
    path.write_bytes(content)
    before = sorted(path.parent.rglob("*"))
    code, said, seconds, memory = run_apart([*command, str(path)])
    faults = [
        *(["ended by force"] if code is None else []),
        *(["no sentence"] if "Traceback" in said or "bug in" in said or not said.strip() else []),
        *([f"over {ALLOWED_SECONDS} s of processor time"] if seconds > ALLOWED_SECONDS else []),
        *(["over 1 GB"] if memory > ALLOWED_BYTES else []),
        *(["a secret was read"] if SECRET in said else []),
        *(["a file was written"] if sorted(path.parent.rglob("*")) != before else []),
    ]
    if faults:
        last = said.strip().splitlines()[-1:] or [""]
        about = f"{seconds:.1f} s, {memory >> 20} MB; {last[0][:150]!r}"
        click.echo(f"{kind}, {name}: {', '.join(faults)}; {about}")
    return f"{kind}: " + (", ".join(faults) or ("no fault" if code == 0 else "refused, a sentence"))


def run_apart(arguments: list[str]) -> tuple[int | None, str, float, int]:
    """Return exit code, what is said, seconds of processor time and bytes of memory."""
    with TemporaryFile() as file:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            _run_here(arguments, file.fileno())
        _, status, used = os.wait4(child, 0)
        file.seek(0)
        said = file.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    return (None if code < 0 else code), said, seconds, used.ru_maxrss * 1024


def _run_here(arguments: list[str], output: int) -> NoReturn:
    """Run the command line in a forked process, and end it."""
    from reportgen.cli.entry import run

    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # What waits for ever uses no processor time.
        signal.alarm(30 * MOST_SECONDS)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = run(arguments)
    finally:
        sys.stdout.flush()
        os._exit(code)


def change_html(path: Path, number: int) -> Counter[str]:
    """Change one byte of an HTML report at a time, and count what `verify` says."""
    content = path.read_bytes()
    derived = derive(read_html(content.decode()))
    expected = render_again(derived)

    def judge(changed: bytes) -> str:
        text = changed.decode()
        read_html(text)
        result = compare_with(text, expected, derived)
        same = "harmless: " + ("only line ends differ" if result.identical else "nothing differs")
        return "found" if result.findings else same

    return change_bytes(content, number, judge)


def change_pdf(path: Path, number: int) -> Counter[str]:
    """The same of a PDF, typeset again once."""
    content = path.read_bytes()
    written = read_pdf(content)
    derived = derive(read_carried(content))
    html, typeset = typeset_again(derived, written.moves, written.attachments[RESULTS])
    expected = read_pdf(typeset)

    def judge(changed: bytes) -> str:
        found = read_pdf(changed)
        unpack(found.attachments.get(EVIDENCE, b""))
        findings, _ = compare_pages(expected, found, html, same_typesetter=True)
        return "found" if findings else "missed"

    return change_bytes(content, number, judge)


def change_bytes(content: bytes, number: int, judge: Callable[[bytes], str]) -> Counter[str]:
    """Change one byte at random, `number` times, and count what is said of it."""
    random = np.random.default_rng(2)
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    for place in random.integers(0, len(content), number):
        changed = bytearray(content)
        changed[place] ^= int(random.integers(1, 256))
        try:
            outcomes[judge(bytes(changed))] += 1
        except (ReportgenError, UnicodeDecodeError):
            outcomes["refused"] += 1
    click.echo(f"{number} changes in {time.monotonic() - started:.0f} s")
    return outcomes
