"""With which code, and on which processor, a run was computed, and when; loads no torch."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from reportgen.config.plan import PlannedRun
from reportgen.results.records import Provenance

INSTRUCTIONS = (
    *("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512_vnni"),
    *("avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8", "asimd", "asimdhp", "bf16", "sve"),
)
"""Flags of /proc/cpuinfo that decide which code numerical libraries run."""

MODEL = ("cpu family", "model", "CPU implementer", "CPU variant", "CPU part")
"""Lines of /proc/cpuinfo that identify a model; Arm has the last three, and no name."""

SETTINGS = (
    *("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"),
    *("MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"),
    *("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NVIDIA_TF32_OVERRIDE"),
)
"""Environment variables that make these libraries run other code."""

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that holds the package."""


@dataclass(frozen=True)
class Commit:
    """The state of the code, where it runs from a git checkout."""

    commit: str | None
    dirty: bool | None
    """Whether tracked files differ from the commit."""


def find_commit(folder: Path = CHECKOUT) -> Commit:
    """Return the commit of the checkout that tracks the code in `folder`; none elsewhere.

    An installed copy inside another checkout is not part of that checkout.
    """
    if not any((place / ".git").exists() for place in (folder, *folder.parents)):
        # On a Mac without the developer tools, git opens a window that asks to install them.
        return Commit(None, None)
    tracked = _git(folder, "ls-files", "--error-unmatch", "reportgen/__init__.py")
    commit = None if tracked is None else _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return Commit(None, None)
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return Commit(commit.strip(), bool(changes))


def now() -> str:
    """Return the time in ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def describe_run(
    run: PlannedRun,
    commit: Commit,
    started: str,
    *,
    device: str,
    threads: int,
    precision: str | None = None,
    resumed_from: int | None = None,
) -> Provenance:
    """Return where and with what a run was fitted that ends now."""
    return Provenance(
        python=platform.python_version(),
        versions=run.ingredients.versions,
        platform=f"{platform.system()} {platform.machine()}",
        processor=describe_processor(),
        device=device,
        threads=threads,
        precision=precision,
        commit=commit.commit,
        dirty=commit.dirty,
        started=started,
        ended=now(),
        resumed_from_epoch=resumed_from,
    )


def _git(folder: Path, *arguments: str) -> str | None:
    return _output("git", "-C", str(folder), *arguments)


def _output(*command: str) -> str | None:
    """Return what a command prints, or None where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def describe_processor() -> str:
    """Return the processor, its instruction sets, and the settings that leave some of them out."""
    return _describe_processor(_read_information(), os.environ)


def _describe_processor(information: str, environment: Mapping[str, str]) -> str:
    first = information.partition("\n\n")[0]
    found = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in first.splitlines())
    }
    name = found.get("model name") or _name_processor()
    numbers = [f"{word} {found[word]}" for word in MODEL if word in found]
    flags = set((found.get("flags") or found.get("Features") or "").split())
    parts = [
        ", ".join([name, *numbers]),
        " ".join(flag for flag in INSTRUCTIONS if flag in flags),
        " ".join(f"{name}={environment[name]}" for name in SETTINGS if name in environment),
    ]
    return "; ".join(part for part in parts if part)


@cache
def _read_information() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Not Linux: the name of the processor is what there is.
        return ""


@cache
def _name_processor() -> str:
    """Return the name of the processor; on a Mac also the system, which has the libraries."""
    name = platform.processor() or platform.machine()
    if platform.system() != "Darwin":
        return name
    brand = _output("sysctl", "-n", "machdep.cpu.brand_string")
    return f"{(brand or name).strip()}, macOS {platform.mac_ver()[0]}"
