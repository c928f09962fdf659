"""Versions and devices, found without importing torch."""

import ctypes
import platform
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.config import environment
from reportgen.config.environment import (
    NO_TORCH,
    Device,
    TorchBuild,
    available_devices,
    describe_environment,
    has_apple_gpu,
    installed_torch,
    resolve_device,
    resolve_precision,
)
from reportgen.errors import ReportgenError, UsageError

CPU_BUILD = TorchBuild("2.9.0+cpu", None)
CUDA_BUILD = TorchBuild("2.9.0+cu128", "12.8")


@pytest.fixture
def no_apple(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine without an Apple GPU."""
    monkeypatch.setattr(environment, "has_apple_gpu", lambda: False)


def test_versions_are_those_of_the_packages() -> None:
    """What is read from the files agrees with the packages' metadata."""
    assert installed_torch().version.split("+")[0] == version("torch").split("+")[0]


def test_a_missing_torch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch is not installed, the error says how to install it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(
        ReportgenError, match=r'install it with: python -m pip install "reportgen\[train\]"'
    ):
        installed_torch()


@pytest.mark.usefixtures("no_apple")
@pytest.mark.parametrize(
    ("build", "gpus", "expected"),
    [(CPU_BUILD, 1, ("cpu",)), (CUDA_BUILD, 0, ("cpu",)), (CUDA_BUILD, 1, ("cuda", "cpu"))],
)
def test_auto_takes_a_gpu_where_the_build_can_use_one(
    build: TorchBuild, gpus: int, expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU counts only with a driver that offers it and a torch built for it."""
    monkeypatch.setattr(environment, "count_gpus", lambda _: gpus)
    assert available_devices(build) == expected
    assert resolve_device("auto", build) == expected[0]


def test_auto_takes_an_apple_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Mac with an Apple GPU that GPU is the device."""
    monkeypatch.setattr(environment, "has_apple_gpu", lambda: True)
    assert resolve_device("auto", CPU_BUILD) == "mps"
    assert resolve_precision("auto", "mps") == "float32"


def test_without_torch_an_apple_gpu_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimators are fitted on the CPU, whatever the machine."""
    monkeypatch.setattr(environment, "has_apple_gpu", lambda: True)
    assert available_devices(NO_TORCH) == ("cpu",)
    with pytest.raises(UsageError, match="--device mps: torch is not installed"):
        resolve_device("mps", NO_TORCH)


@pytest.mark.parametrize(("device", "expected"), [(None, False), (0x600000, True)])
def test_metal_says_whether_there_is_an_apple_gpu(
    device: int | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for a device, whose address is a pointer; a virtual machine may have none."""
    loaded: list[str] = []

    def find() -> int | None:
        assert find.restype is ctypes.c_void_p  # type: ignore[attr-defined]
        assert loaded == ["CoreGraphics", "Metal"]
        return device

    def load(path: str) -> SimpleNamespace:
        loaded.append(Path(path).name)
        assert path == f"/System/Library/Frameworks/{loaded[-1]}.framework/{loaded[-1]}"
        return SimpleNamespace(MTLCreateSystemDefaultDevice=find)

    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(ctypes, "CDLL", load)
    assert has_apple_gpu() == expected


@pytest.mark.usefixtures("no_apple")
@pytest.mark.parametrize(
    ("device", "build", "message"),
    [
        (
            "cuda",
            CPU_BUILD,
            "--device cuda: the installed torch 2.9.0+cpu is built without CUDA; use --device cpu",
        ),
        (
            "cuda",
            CUDA_BUILD,
            "--device cuda: the driver finds no GPU that CUDA 12.8 can use; use --device cpu",
        ),
        ("mps", CPU_BUILD, "--device mps: there is no Apple GPU on this machine; use --device cpu"),
        ("tpu", CPU_BUILD, "--device must be one of auto, cpu, cuda, mps, not 'tpu'"),
    ],
)
def test_a_device_that_is_not_there_is_an_error(
    device: str, build: TorchBuild, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says why the device cannot be used, and what to do."""
    monkeypatch.setattr(environment, "count_gpus", lambda _: 0)
    with pytest.raises(UsageError) as caught:
        resolve_device(device, build)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("asked", "device", "has_unit", "expected"),
    [
        ("auto", "cpu", True, "bfloat16"),
        ("auto", "cpu", False, "float32"),
        ("auto", "cuda", False, "bfloat16"),
        ("auto", "mps", True, "float32"),
        ("float32", "cuda", True, "float32"),
        ("tf32", "cuda", False, "tf32"),
        ("bfloat16", "cpu", False, "bfloat16"),
    ],
)
def test_precision(
    asked: str, device: str, has_unit: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`auto` is bfloat16 where the hardware multiplies in it; what is asked for is taken."""
    monkeypatch.setattr(environment, "multiplies_bfloat16", lambda: has_unit)
    assert resolve_precision(asked, device) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx512f amx_bf16 amx_tile", True),
        ("fpu avx512f avx512_bf16", True),
        ("fpu avx512f avx512_vnni", False),
        ("", False),
    ],
)
def test_instructions_are_read_from_the_system(
    flags: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Units for matrices and for vectors count alike."""
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"processor : 0\nflags : {flags}\n")
    assert environment.multiplies_bfloat16() == expected


class Driver:
    """CUDA's driver with one GPU."""

    def __init__(self, capability: int) -> None:
        self._capability = capability

    def cuInit(self, _: int) -> int:  # noqa: N802 - the driver's name
        """Succeed."""
        return 0

    def cuDeviceGet(self, *_: object) -> int:  # noqa: N802
        """Succeed."""
        return 0

    def cuDeviceGetAttribute(self, found: Any, attribute: int, _: object) -> int:  # noqa: N802
        """Give the major compute capability, the attribute 75 of the driver's header."""
        assert attribute == 75
        found._obj.value = self._capability
        return 0


@pytest.mark.parametrize(("capability", "expected"), [(7, "float32"), (8, "bfloat16")])
def test_older_gpus_do_not_multiply_bfloat16(
    capability: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turing emulates it, slowly; Ampere multiplies it, and TensorFloat-32."""
    monkeypatch.setattr(environment, "_open_driver", lambda: Driver(capability))
    assert resolve_precision("auto", "cuda") == expected
    if capability < 8:
        with pytest.raises(UsageError, match=r"8\.0 or later, but the device is cuda of an older"):
            resolve_precision("tf32", "cuda")
    else:
        assert resolve_precision("tf32", "cuda") == "tf32"


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_a_precision_that_the_device_lacks(device: Device) -> None:
    """TensorFloat-32 is a format of GPUs by NVIDIA."""
    with pytest.raises(UsageError, match=f"the device is {device}"):
        resolve_precision("tf32", device)


def test_the_description_is_resolved() -> None:
    """Nothing in a description is `auto`."""
    described = describe_environment("auto", "auto")
    assert described.device in ("cpu", "cuda", "mps")
    assert described.precision in ("float32", "bfloat16")
