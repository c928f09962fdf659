import resource
import subprocess
import sys

import numpy as np
import pytest

from reportgen.execution.memory import peak_memory, reset_peak_memory


def test_peak_memory_starts_anew() -> None:
    """The peak counts what was allocated since it was reset, and not what was freed before."""
    before = np.ones(2**26, np.uint8)
    del before
    reset_peak_memory()
    low = peak_memory()
    block = np.ones(2**25, np.uint8)
    assert peak_memory() >= low + block.nbytes * 0.9


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
    output = subprocess.run(
        [sys.executable, "-c", CHURN], check=True, capture_output=True, text=True
    ).stdout
    pages = 2**23 / resource.getpagesize()
    assert int(output) < pages
