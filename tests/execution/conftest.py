from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def keep_small_numbers() -> Iterator[None]:
    """Undo what training sets for its process: other tests need the smallest numbers."""
    yield
    torch.set_flush_denormal(False)
