"""Experiment files that are made to harm whoever checks or builds them, in families."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

GOOD = """title = "A comparison"
[data]
name = "digits"
[training]
epochs = 1
seeds = [0, 1, 2]
[notes]
results = "A note."
[[models]]
name = "CNN"
architecture = "cnn"
[[models]]
name = "MLP"
architecture = "mlp"
dropout = 0.5
"""

TEXTS = (
    "\\u001b[2K\\u001b[1A all is well",
    "\\u0000",
    "\\u0007",
    "\\ufffe",
    "\\ue000\\ue001",
    "\\u202e\\u2066\\u200b",
    "<script src='file://{folder}/secret'></script>",
    "<img src='file://{folder}/secret'>",
    "{{ ''.__class__.__mro__ }}",
    "{% include '{folder}/secret' %}",
    "../../../../etc/passwd",
    "{folder}/secret",
    "[" * 20_000,
    "x" * 2_000_000,
    "\\U0001F469\\u200D" * 2_000,
)
PLACES = ('title = "A comparison"', 'name = "CNN"', 'results = "A note."', 'name = "digits"')
REFERENCES = (
    "os:system",
    "builtins:eval",
    "subprocess:call",
    "pickle:loads",
    "{folder}/evil.py:run",
    "evil.py:run",
    "../evil.py:run",
    "/dev/zero:run",
    "evil.py:" + "a." * 5_000,
    "sklearn.base:clone",
)
VALUES = (
    *("1e400", "nan", "-inf", "-1", "9223372036854775808", "9" * 5_000, "0x" + "f" * 4_000),
    *("[]", "{}", "''", "[[[[]]]]", "1979-05-27", "true", "[0, 0, 0]", "1.5"),
)
SETTINGS = ("epochs = 1", "seeds = [0, 1, 2]", "dropout = 0.5")
WHOLE = {
    "deep lists": "x = " + "[" * 5_000 + "]" * 5_000,
    "deep tables": "x = " + "{a=" * 3_000 + "1" + "}" * 3_000,
    "deep keys": "a" + ".a" * 10_000 + " = 1",
    "dotted headings": "\n".join(f"[a{'.b' * depth}]" for depth in range(400)),
    "many models": GOOD + '[[models]]\nname = "M"\narchitecture = "mlp"\n' * 2_000,
    "many seeds": GOOD.replace("[0, 1, 2]", str(list(range(100_000)))),
    "many epochs": GOOD.replace("epochs = 1", "epochs = 1000000000"),
    "many keys": GOOD + "\n".join(f"k{index} = 1" for index in range(50_000)),
    "many cells": "[cover]\n" + "\n".join(f'k{index} = "x"' for index in range(50_000)) + GOOD,
    "open string": 'title = "' + "x" * 500_000,
    "not UTF-8": "\udcff\udcfe" + GOOD,
    "binary": "\x00\x01\x02" * 10_000,
    "empty": "",
    "comments": "#\n" * 500_000,
    "pipe": GOOD.replace('name = "digits"', 'source = "{folder}/pipe"'),
    "device": GOOD.replace('name = "digits"', 'source = "/dev/zero"'),
    "templates elsewhere": GOOD + '[report]\ntemplates = "/etc"\n',
    "predictions from a device": GOOD
    + '[[models]]\nname = "P"\npredictions = ["/dev/zero", "{folder}/pipe"]\n',
}


def hostile_experiments(folder: str, number: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of experiment files; `folder` has a secret, a pipe and evil.py."""
    for name, text in islice(_texts(), number):
        yield name, text.replace("{folder}", folder).encode("utf-8", "surrogateescape")


def _texts() -> Iterator[tuple[str, str]]:
    yield from WHOLE.items()
    for index, text in enumerate(TEXTS):
        for place in PLACES:
            key = place.partition(" ")[0]
            yield f"{key} of text {index}", GOOD.replace(place, f'{key} = "{text}"', 1)
    for reference in REFERENCES:
        what = f"reference {reference[:20]}"
        yield what, GOOD.replace('architecture = "cnn"', f'architecture = "{reference}"')
    for setting in SETTINGS:
        key = setting.partition(" ")[0]
        for value in VALUES:
            yield f"{key} = {value[:12]}", GOOD.replace(setting, f"{key} = {value}")
    random = np.random.default_rng(3)
    while True:
        start, length = (int(random.integers(1, high)) for high in (len(GOOD), 60))
        noise = "".join(map(chr, random.integers(32, 0x2FF, length)))
        changed = (noise, "", GOOD[start : start + length] * 50)[int(random.integers(3))]
        yield f"mutation at {start}", GOOD[:start] + changed + GOOD[start + length :]
