"""What one process of pytest-xdist makes for all of them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

T = TypeVar("T")


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all processes of one run of the tests have in common."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], T]) -> T:
    """Return what `make` returns; one process calls it, and the others wait and read a copy."""
    file = shared_folder(factory) / f"{name}.pickle"
    with FileLock(file.with_suffix(".lock")):
        if not file.is_file():
            file.write_bytes(pickle.dumps(make()))
    made: T = pickle.loads(file.read_bytes())
    return made
