import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from reportgen.execution.memory import peak_memory


def run(program: str) -> list[int]:
    """Return the numbers that a program prints in a process of its own.

    Tests that train change how the C library of theirs keeps memory.
    """
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    return [int(line) for line in ended.stdout.split()]


PEAK = """
import numpy as np
from reportgen.execution.memory import peak_memory, reset_peak_memory

before = np.ones(2**26, np.uint8)
del before
reset_peak_memory()
print(peak_memory())
block = np.ones(2**25, np.uint8)
print(peak_memory())
"""


def test_peak_memory_starts_anew() -> None:
    """The peak counts what was allocated since it was reset, and not what was freed before."""
    low, high = run(PEAK)
    assert 0.9 * 2**25 <= high - low < 2**26


def test_a_kernel_without_the_peak_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file of the process lacks it, the system is asked; Linux answers in KiB."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(Path, "read_text", lambda _: "Name:\tpython\nVmRSS:\t 5 kB\n")
    monkeypatch.setattr(resource, "getrusage", lambda _: SimpleNamespace(ru_maxrss=7))
    assert peak_memory() == 7 * 1024


CHURN = """
import resource
import numpy as np
from reportgen.execution.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a switch of Linux's C library")
def test_freed_memory_is_kept() -> None:
    """An array of 8 MB that is made again and again costs next to no new pages."""
    (faults,) = run(CHURN)
    assert faults < 2**23 / resource.getpagesize()
