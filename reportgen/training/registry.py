"""The architectures that an experiment may name, each with the function that builds it.

Importable without torch: an experiment file is checked against these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ARCHITECTURES: Mapping[str, str] = MappingProxyType(
    {
        "cnn": "reportgen.training.architectures:cnn",
        "mlp": "reportgen.training.architectures:mlp",
    }
)
"""Name → `module:function`; the function takes `(input_shape, classes, dropout)` and returns an
`nn.Module` that maps images `[n, channels, height, width]` to logits `[n, classes]`."""
