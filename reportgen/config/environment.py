"""What a run would be fitted with on this machine, found without importing torch.

Versions are read from the installed files, GPUs are counted by the driver. Importing torch takes a
second or more; a build whose runs are all kept has no other use for it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import runpy
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Literal, cast

from reportgen.config.keys import package_version
from reportgen.errors import ReportgenError, UsageError

Device = Literal["cpu", "cuda", "mps"]
ResolvedPrecision = Literal["float32", "tf32", "bfloat16"]

DEVICES = ("auto", "cpu", "cuda", "mps")

LIBRARIES = ("torch", "torchvision", "numpy", "numba", "scikit-learn", "scipy")
"""What runs are computed with."""


_FRAMEWORKS = "/System/Library/Frameworks"
"""Where macOS has its libraries."""

_CAPABILITY_MAJOR = 75
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR of CUDA's driver."""

BFLOAT16_INSTRUCTIONS = frozenset(("amx_bf16", "avx512_bf16"))
"""Flags of /proc/cpuinfo: of Intel Xeons since 2023, and of AMD's Zen 4 and Intel's Cooper Lake."""


@dataclass(frozen=True)
class Environment:
    """What the runs of a build are fitted with."""

    versions: Mapping[str, str]
    """Version of each library that is installed; that of torch with its build family, such as
    `2.15.0+cpu`."""
    device: Device
    precision: ResolvedPrecision


@dataclass(frozen=True)
class TorchBuild:
    """Version and build family of the installed torch."""

    version: str
    cuda: str | None
    """Version of CUDA that this build is for; None for a CPU build."""


NO_TORCH = TorchBuild("none", None)
"""Used where torch is not installed: a build without CUDA."""


def describe_environment(device: str, precision: str, elsewhere: bool = False) -> Environment:
    """Resolve `device` and `precision`, each of which may be `auto`, for this machine.

    Where runs are trained `elsewhere`, a device that is named need not be here. Without
    torch everything is computed on the CPU, in the precision of each estimator. Raises UsageError
    where the device is not there.
    """
    versions = installed_versions()
    if elsewhere and device in DEVICES[1:]:
        resolved = cast("Device", device)
    else:
        resolved = resolve_device(device, installed_torch() if "torch" in versions else NO_TORCH)
    return Environment(versions, resolved, resolve_precision(precision, resolved))


def installed_versions() -> dict[str, str]:
    """Return the version of each library that runs are computed with, where it is installed."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = installed_torch().version if name == "torch" else package_version(name)
        except (PackageNotFoundError, ReportgenError):
            # The plan checks which libraries an experiment needs.
            continue
    return versions


def installed_torch() -> TorchBuild:
    """Return version and build family of the installed torch; raises ReportgenError without one."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        raise ReportgenError(
            'torch is not installed; install it with: python -m pip install "reportgen[train]"'
        )
    # A file of constants, which has the build family that the package's metadata lacks.
    constants = runpy.run_path(str(Path(found.origin).with_name("version.py")))
    return TorchBuild(constants["__version__"], constants.get("cuda"))


def resolve_device(device: str, torch: TorchBuild) -> Device:
    """Return the device to train on; `auto` is a GPU where this build of torch can use one."""
    present = available_devices(torch)
    if device == "auto":
        return present[0]
    if device not in DEVICES:
        raise UsageError(f"--device must be one of {', '.join(DEVICES)}, not {device!r}")
    if device not in present:
        raise UsageError(f"--device {device}: {_reason_missing(device, torch)}; use --device cpu")
    return device


def available_devices(torch: TorchBuild) -> tuple[Device, ...]:
    """Return the devices that this build of torch can train on here, the fastest first."""
    if torch.cuda is not None and count_gpus(torch.cuda) > 0:
        return ("cuda", "cpu")
    if torch is not NO_TORCH and has_apple_gpu():
        return ("mps", "cpu")
    return ("cpu",)


def count_gpus(cuda: str) -> int:
    """Return how many GPUs a program built for CUDA version `cuda` can use, from the driver."""
    library = _open_driver()
    if library is None or library.cuInit(0) != 0:
        return 0
    version, count = ctypes.c_int(), ctypes.c_int()
    if library.cuDriverGetVersion(ctypes.byref(version)) or library.cuDeviceGetCount(
        ctypes.byref(count)
    ):
        return 0
    # The driver must support the build's major version; minor versions are compatible.
    return count.value if version.value // 1000 >= int(cuda.split(".")[0]) else 0


def resolve_precision(precision: str, device: Device) -> ResolvedPrecision:
    """Return the precision to train in; `auto` is bfloat16 where the hardware multiplies it.

    docs/performance.md states what is known of its accuracy, and how to measure it. Raises
    UsageError for TensorFloat-32 on a device that does not have it.
    """
    if precision == "tf32" and (device != "cuda" or not gpu_multiplies_bfloat16()):
        raise UsageError(
            'training.precision = "tf32" needs an NVIDIA GPU of compute capability 8.0 or later, '
            f"but the device is {device}{' of an older kind' if device == 'cuda' else ''}; "
            'use "float32" or "auto"'
        )
    if precision != "auto":
        return cast("ResolvedPrecision", precision)
    multiplies = {"cpu": multiplies_bfloat16, "cuda": gpu_multiplies_bfloat16}.get(device)
    return "bfloat16" if multiplies and multiplies() else "float32"


def gpu_multiplies_bfloat16() -> bool:
    """Return whether the first NVIDIA GPU multiplies bfloat16 and TensorFloat-32 in hardware.

    Those of compute capability 8.0 (Ampere) and later do. True where there is none: runs are then
    trained elsewhere.
    """
    library, device, major = _open_driver(), ctypes.c_int(), ctypes.c_int()
    if library is None or library.cuInit(0) or library.cuDeviceGet(ctypes.byref(device), 0):
        return True
    failed = library.cuDeviceGetAttribute(ctypes.byref(major), _CAPABILITY_MAJOR, device)
    return bool(failed) or major.value >= 8


def multiplies_bfloat16() -> bool:
    """Return whether the CPU multiplies bfloat16 in hardware (AMX, AVX-512 BF16).

    Without it bfloat16 is emulated or no faster than float32.
    """
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        # No such file: not Linux, where torch would not use these instructions either.
        return False
    return not BFLOAT16_INSTRUCTIONS.isdisjoint(words)


def has_apple_gpu() -> bool:
    """Return whether this is a Mac whose GPU torch can use; a virtual machine may have none."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        # Without either there is no GPU that a program can use.
        with suppress(OSError, AttributeError):
            # Metal finds the GPU only in a process that has loaded this.
            ctypes.CDLL(f"{_FRAMEWORKS}/CoreGraphics.framework/CoreGraphics")
            find = ctypes.CDLL(f"{_FRAMEWORKS}/Metal.framework/Metal").MTLCreateSystemDefaultDevice
            find.restype = ctypes.c_void_p
            return find() is not None
    return False


def _reason_missing(device: str, torch: TorchBuild) -> str:
    if torch is NO_TORCH:
        return "torch is not installed"
    if device == "mps":
        return "there is no Apple GPU on this machine"
    if torch.cuda is None:
        return f"the installed torch {torch.version} is built without CUDA"
    return f"the driver finds no GPU that CUDA {torch.cuda} can use"


def _open_driver() -> ctypes.CDLL | None:
    for name in ("libcuda.so.1", "nvcuda.dll"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            # No driver of this name is installed.
            continue
    return None
