"""Files that are made to harm whoever runs `verify`: each must be a sentence, in 10 s and 1 GB.

Each file is verified by a process of its own, under a limit of time; its largest resident memory is
measured. Random changes of single bytes are made to a report and verified likewise, in one process:
every one has to be found, or leave the report as it was.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from reportgen.errors import ReportgenError
from reportgen.report.carried import MAGIC, read_html
from reportgen.verification.html import compare_with, render_again
from reportgen.verification.rendering import derive

SECONDS = 300
"""After which a process is ended: far above the limit, so that a slow machine is told apart."""
ALLOWED_SECONDS, ALLOWED_BYTES = 10, 2**30

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
def command(html: Path, pdf: Path, changes: int, html_files: int, pdf_files: int) -> None:
    """Verify files made from HTML and PDF, two real reports, to do harm."""
    outcomes: Counter[str] = Counter()
    for files, number in ((hostile_html(html), html_files), (hostile_pdf(pdf), pdf_files)):
        for name, content in islice(files, number):
            outcomes[verify_apart(name, content)] += 1
    for outcome, found in sorted(outcomes.items()):
        click.echo(f"{found:5}  {outcome}")
    for outcome, found in sorted(change_bytes(html, changes).items()):
        click.echo(f"{found:5}  changes of one byte: {outcome}")


def hostile_html(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of hostile HTML files, without an end."""
    report = path.read_text(encoding="utf-8")
    for name, bomb in BOMBS.items():
        yield f"{name}, alone.html", bomb.encode()
        yield f"{name}.html", report.replace("</main>", f"{bomb}</main>", 1).encode()
        yield f"{name}, in front.html", (bomb + report).encode()
    for name, evidence in forged_evidence(read_html(report).content):
        page = f'<script id="evidence">{b64encode(evidence).decode()}</script>'
        yield f"{name}.html", page.encode()
    yield from mutations(report.encode(), "html")


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


def mutations(content: bytes, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Yield copies of a file with parts cut, repeated, moved or overwritten at random."""
    random = np.random.default_rng(1)
    for number in count():
        start, length = int(random.integers(len(content))), int(random.integers(1, 20_000))
        part, rest = content[start : start + length], content[start + length :]
        noise = random.integers(0, 256, length, dtype=np.uint8).tobytes()
        changed = (b"", part * 3, noise, part[::-1])[number % 4]
        yield f"mutation {number}.{suffix}", content[:start] + changed + rest


def hostile_pdf(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of hostile PDF files, without an end."""
    report = path.read_bytes()
    at = report.rfind(b"startxref")
    yield "no pages.pdf", b"%PDF-1.7\n%%EOF"
    yield "brackets.pdf", b"%PDF-1.7\n" + b"[" * 500_000
    yield "dictionaries.pdf", b"%PDF-1.7\n1 0 obj" + b"<</A" * 200_000
    yield "xref at itself.pdf", report[:at] + b"startxref\n0\n%%EOF"
    yield "xref far away.pdf", report[:at] + b"startxref\n99999999999\n%%EOF"
    yield "cut.pdf", report[: len(report) // 2]
    yield "stream bomb.pdf", with_page_content(report, b"q Q\n" * 2_000_000)
    yield "deep graphics state.pdf", with_page_content(report, b"q " * 200_000)
    yield "long text.pdf", with_page_content(report, b"(" + b"x" * 2_000_000 + b") Tj")
    writer = PdfWriter(clone_from=PdfReader(BytesIO(report)))
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): NameObject("/x")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    yield "script.pdf", written(writer)
    writer = PdfWriter(clone_from=PdfReader(BytesIO(report)))
    for _ in range(3000):
        writer.add_blank_page(100, 100)
    yield "3,000 pages.pdf", written(writer)
    yield from mutations(report, "pdf")


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


def verify_apart(name: str, content: bytes) -> str:
    """Verify a file in a process of its own, and say what came of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"report{Path(name).suffix}"
        path.write_bytes(content)
        code, said, seconds, memory = run_apart(path)
    faults = [
        *(["ended"] if code is None else []),
        *(["no sentence"] if "Traceback" in said or not said.strip() else []),
        *([f"over {ALLOWED_SECONDS} s of processor time"] if seconds > ALLOWED_SECONDS else []),
        *(["over 1 GB"] if memory > ALLOWED_BYTES else []),
    ]
    if faults:
        last = said.strip().splitlines()[-1:] or [""]
        click.echo(
            f"{name}: {', '.join(faults)}; {seconds:.1f} s, {memory >> 20} MB; {last[0][:150]}"
        )
    kind = Path(name).suffix[1:].upper()
    return f"{kind}: " + (", ".join(faults) or ("same" if code == 0 else "refused, a sentence"))


def run_apart(path: Path) -> tuple[int | None, str, float, int]:
    """Return exit code, what is said, seconds of processor time and bytes of memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured = (
        "import resource, sys; from reportgen.cli import main\n"
        "try: main()\n"
        "finally: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", measured, "verify", str(path)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        code, said = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        code, said = None, ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    _, _, peak = said.rpartition("peak ")
    memory = int(peak.split()[0]) * 1024 if peak.split() and peak.split()[0].isdigit() else 0
    return code, said.replace(f"peak {memory // 1024}", ""), seconds, memory


def change_bytes(path: Path, number: int) -> Counter[str]:
    """Change one byte of a report at a time, and count what `verify` says."""
    content = path.read_bytes()
    derived = derive(read_html(content.decode()))
    expected = render_again(derived)
    random = np.random.default_rng(2)
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    for place in random.integers(0, len(content), number):
        changed = bytearray(content)
        changed[place] ^= int(random.integers(1, 256))
        try:
            text = bytes(changed).decode()
            read_html(text)
            result = compare_with(text, expected, derived)
        except (ReportgenError, UnicodeDecodeError):
            outcomes["refused"] += 1
            continue
        same = "harmless: " + ("only line ends differ" if result.identical else "nothing differs")
        outcomes["found" if result.findings else same] += 1
    click.echo(f"{number} changes in {time.monotonic() - started:.0f} s")
    return outcomes
