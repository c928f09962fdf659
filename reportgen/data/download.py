"""The way to the mirrors: is one there, then torchvision downloads, within a time limit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from reportgen.data.catalogue import DatasetFacts
from reportgen.errors import DataUnavailable

PROGRAM = "reportgen.data.fetch"
"""Run in a process of its own and never imported, so that torch stays out of this one."""
IMPORT_FAILED = 3
"""How that program ends where torchvision cannot be imported."""
DOWNLOAD_FAILED = 4
GZIP_MAGIC = b"\x1f\x8b"
MISMATCH = (
    "torchvision::nms does not exist",
    "undefined symbol",
    "symbol not found",
    "dll load failed",
    "procedure entry point",
    "libtorch",
    "libcudart",
    "compiled with different cuda",
)
"""What an import of torchvision says where torch comes from another build family."""


@dataclass(frozen=True)
class TimeLimits:
    """How long to wait for the network, in seconds."""

    connect: float = 5.0
    """For the first bytes of a file, looking up the mirror's address included."""
    total: float = 300.0
    """For the whole download, loading torchvision included."""


class DownloadFailed(DataUnavailable):
    """A data set could not be downloaded.

    `summary` is the same whenever the cause is: it goes into the report, whose bytes must not
    change with the words of the network.
    """

    def __init__(self, summary: str, details: Sequence[str]) -> None:
        self.summary = summary
        self.details = tuple(details)
        super().__init__("\n  ".join([summary, *self.details]))


def download(
    facts: DatasetFacts, limits: TimeLimits, check: Callable[[Path], object], target: Path
) -> None:
    """Download the raw files of a data set into `target`; `check` sees them before they get there.

    Raises DownloadFailed: in `limits.connect` seconds where no mirror answers. torchvision is not
    asked before one does, as loading it takes seconds.
    """
    mirrors, refusals = reachable_mirrors(facts, limits.connect)
    if not mirrors:
        raise DownloadFailed("could not be downloaded", refusals)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix="download-") as folder:
            _fetch(facts, mirrors, folder, limits.total)
            raw = Path(folder, facts.folder, "raw")
            check(raw)
            for file in facts.files:
                (raw / file.name).replace(target / file.name)
    except OSError as error:
        raise DownloadFailed("could not be downloaded", [f"{target}: {error}"]) from error


def reachable_mirrors(
    facts: DatasetFacts, seconds: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the mirrors that hand out a file, in order, and a sentence for each that does not."""
    answers: dict[str, str | None] = {}
    threads = [
        # Daemons: looking up an address cannot be interrupted, only left behind.
        threading.Thread(target=_ask, args=(mirror, facts, seconds, answers), daemon=True)
        for mirror in facts.mirrors
    ]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    known = {mirror: answers.get(mirror, f"no answer in {seconds:g} s") for mirror in facts.mirrors}
    reachable = tuple(mirror for mirror, refusal in known.items() if refusal is None)
    return reachable, tuple(f"{mirror}: {refusal}" for mirror, refusal in known.items() if refusal)


def check_torchvision(seconds: float = 120.0) -> str | None:
    """Return why torchvision cannot be imported and how to mend it, or None where it can."""
    program = "import torchvision.datasets"
    try:
        ended = _run([sys.executable, "-c", program], seconds)
    except subprocess.TimeoutExpired:
        return f"importing torchvision took longer than {seconds:g} s"
    return None if ended.returncode == 0 else explain_import_failure(_last_line(ended.stderr))


def explain_import_failure(error: str) -> str:
    """Return what the failed import of torchvision means, and how to mend it."""
    if "No module named 'torchvision'" in error:
        return "torchvision is not installed. Install it: python -m pip install torchvision"
    if any(sign in error.lower() for sign in MISMATCH):
        return (
            f"torch {_version('torch')} and torchvision {_version('torchvision')} do not come from"
            f" the same build family ({error}). Install both anew, with one command and from one"
            " package index: python -m pip install --force-reinstall torch torchvision"
        )
    return f"torchvision cannot be imported ({error})"


def _ask(mirror: str, facts: DatasetFacts, seconds: float, answers: dict[str, str | None]) -> None:
    # Loads all of ssl and email, for which a build with its data at hand has no use.
    import http.client
    import urllib.request

    url = f"{mirror}{facts.files[-1].name}.gz"
    request = urllib.request.Request(url, headers={"User-Agent": "reportgen"})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            # A hotel's log-in page answers too.
            found = response.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        answers[mirror] = None if found else "answers, but not with the file"
    except (OSError, http.client.HTTPException, ValueError) as error:
        answers[mirror] = str(getattr(error, "reason", error)) or type(error).__name__


def _fetch(facts: DatasetFacts, mirrors: Sequence[str], folder: str, seconds: float) -> None:
    orders = {
        "folder": folder,
        "dataset": facts.folder,
        "mirrors": mirrors,
        "resources": [(f"{file.name}.gz", file.gzip_md5) for file in facts.files],
    }
    try:
        ended = _run([sys.executable, "-m", PROGRAM, json.dumps(orders)], seconds)
    except subprocess.TimeoutExpired as error:
        details = [f"the download took longer than {seconds:g} s"]
        raise DownloadFailed("could not be downloaded", details) from error
    line = _last_line(ended.stderr)
    if ended.returncode == IMPORT_FAILED:
        summary = "could not be downloaded, as torchvision cannot be imported"
        raise DownloadFailed(summary, [explain_import_failure(line)])
    if ended.returncode:
        raise DownloadFailed("could not be downloaded", [line])


def _run(command: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
    # The child is killed where the time is up or the user interrupts.
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
