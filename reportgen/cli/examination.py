"""Checks of this machine: what a build needs, what is there, what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from reportgen.config.environment import DEVICES, describe_environment, installed_torch
from reportgen.config.keys import package_version
from reportgen.errors import DataUnavailable, ReportgenError
from reportgen.execution.progress import NOT_ON_WINDOWS

State = Literal["ok", "note", "missing"]

RARE_CHARACTERS = "漢字かな한글Ωжאعह"
"""A few characters of scripts that may occur on a cover."""


@dataclass(frozen=True)
class Check:
    """What was found of one thing that a build needs."""

    state: State
    """`note`: a build works without it, but something cannot be used."""
    subject: str
    found: str
    advice: str = ""
    """What to do, where something is missing."""


IMPORT_SECONDS = 120
NETWORKS = "only networks need it"
TORCHVISION = (
    'only a source "torchvision:NAME" needs it, in a build that matches torch: '
    "python -m pip install --force-reinstall torch torchvision"
)


def examine(output: Path, data_dir: Path | None) -> Iterator[Check]:
    """Check everything that a build needs, quick checks first."""
    from reportgen.data.catalogue import CATALOGUE

    yield from _look_at_python()
    yield from _look_at_torch()
    yield from _look_at_numba()
    yield from _look_at_device()
    yield from _look_at_output(output)
    yield from (_look_for_data_set(name, data_dir) for name in (*CATALOGUE, "digits"))
    yield from _look_at_fonts()
    yield from _look_at_pdf()
    yield from _look_at_torchvision()


def _look_at_python() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Check("ok", "Python", f"{version}, {cores} cores")
    try:
        import_module("reportgen.results.container")
    except ReportgenError as error:
        yield Check("missing", "lzma", str(error))
    if sys.platform == "win32":
        yield Check("missing", "training", NOT_ON_WINDOWS)


def _look_at_torch() -> Iterator[Check]:
    try:
        build = installed_torch()
        kind = f"built for CUDA {build.cuda}" if build.cuda else "built without CUDA"
        yield Check("ok", "torch", f"{build.version}, {kind}")
    except ReportgenError as error:
        yield Check("note", "torch", str(error), NETWORKS)


def _look_at_numba() -> Iterator[Check]:
    if find_spec("numba") is None:
        advice = 'the shipped cnn trains faster with it: python -m pip install "reportgen[fast]"'
        yield Check("note", "Numba", "is not installed", advice)
    elif failure := _try_import("numba"):
        advice = "install a version that fits: python -m pip install --upgrade numba"
        yield Check("missing", "Numba", f"cannot be imported ({failure})", advice)
    else:
        yield Check("ok", "Numba", f"{package_version('numba')}, compatible with NumPy")


def _look_at_device() -> Iterator[Check]:
    # A package that is missing is reported by an earlier check.
    with suppress(ReportgenError):
        environment = describe_environment(DEVICES[0], "auto")
        yield Check("ok", "device", f"{environment.device}, precision {environment.precision}")


def _look_at_output(output: Path) -> Iterator[Check]:
    from reportgen.results.files import check_writable

    try:
        check_writable(output)
        free = shutil.disk_usage(output).free / 2**30
        yield Check("ok", "output", f"{output}/ is writable; {free:.1f} GB are free")
    except ReportgenError as error:
        yield Check("missing", "output", str(error))


def _look_for_data_set(name: str, data_dir: Path | None) -> Check:
    from reportgen.config.schema import Data
    from reportgen.data.sources import SearchOptions, find_source
    from reportgen.errors import DataDamaged

    nowhere = SearchOptions(download=False)
    data = Data.model_validate({"name": name})
    notes: list[str] = []
    try:
        source = find_source(data, data_dir, None, notes.append, nowhere)
    except DataDamaged as error:
        return Check("missing", "data", f"{name}: {error}")
    except DataUnavailable as error:
        if name == "digits":
            return Check("missing", "data", str(error))
        # The first place that was searched is the one that the user named, if any.
        place = str(error).splitlines()[1].strip()
        advice = "a build that needs it downloads it"
        return Check("note", "data", f"{name} was not found; {place}", advice)
    return Check("ok", "data", f"{name}, in {source.files[0].path.parent}")


def _look_at_fonts() -> Iterator[Check]:
    from reportgen.report.fonts import absent_faces
    from reportgen.report.glyphs import find_missing_glyphs

    absent = absent_faces()
    if absent:
        packages = sorted({face.package.replace("_", "-") for face in absent})
        yield Check(
            "missing",
            "fonts",
            f"{', '.join(face.file.rpartition('/')[2] for face in absent)} cannot be found",
            f"install them again: python -m pip install --force-reinstall {' '.join(packages)}",
        )
        return
    yield Check("ok", "fonts", "Source Serif, Source Sans and DejaVu, from their packages")
    for warning in find_missing_glyphs(RARE_CHARACTERS):
        yield Check("note", "fonts", warning)


def _look_at_pdf() -> Iterator[Check]:
    from reportgen.errors import PdfUnavailable

    try:
        from reportgen.report.pdf import load_weasyprint

        yield Check("ok", "PDF", f"WeasyPrint {load_weasyprint().__version__}, with Pango")
    except PdfUnavailable as error:
        yield Check("missing", "PDF", str(error), "or build with --format html")
    except ReportgenError:
        # Python lacks lzma, which is reported by an earlier check.
        return


def _look_at_torchvision() -> Iterator[Check]:
    if find_spec("torch") is None:
        return
    if failure := _try_import("torch"):
        advice = "install it again: python -m pip install --force-reinstall torch torchvision"
        yield Check("missing", "torch", f"cannot be imported ({failure})", advice)
    elif failure := _try_import("torchvision.datasets"):
        yield Check("note", "torchvision", f"cannot be imported ({failure})", TORCHVISION)
    else:
        yield Check("ok", "torchvision", f"{package_version('torchvision')}, compatible with torch")


def _try_import(package: str) -> str | None:
    """Return why a package cannot be imported, or None where it can; in a process of its own."""
    command = [sys.executable, "-c", f"import {package}"]
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {IMPORT_SECONDS} s"
    lines = ended.stderr.strip().splitlines() or ["it ended without a message"]
    return lines[-1] if ended.returncode else None
