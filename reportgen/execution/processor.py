"""Which processor computes a run: what its last bits depend on besides libraries and threads."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

INSTRUCTIONS = (
    *("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512_vnni"),
    *("avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8", "asimd", "asimdhp", "bf16", "sve"),
)
"""Flags of /proc/cpuinfo that decide which code numerical libraries run."""

SETTINGS = (
    *("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"),
    *("MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"),
    *("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"),
)
"""Environment variables that make them run other code."""


def describe_processor() -> str:
    """Return the processor, its instruction sets, and the settings that leave some of them out."""
    return _describe(_read_information(), os.environ)


def _describe(information: str, environment: Mapping[str, str]) -> str:
    first = information.partition("\n\n")[0]
    found = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in first.splitlines())
    }
    name = found.get("model name") or platform.processor() or platform.machine()
    numbers = [f"{word} {found[word]}" for word in ("cpu family", "model") if word in found]
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
