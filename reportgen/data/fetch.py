"""The program that downloads a data set through torchvision, run in a process of its own.

A process can be ended when its time is up, wherever it hangs, and takes torch away with it. It is
it takes its task as one JSON argument, and reports by its exit code and its last line.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from reportgen.data.download import DOWNLOAD_FAILED, IMPORT_FAILED

SOCKET_SECONDS = 15.0
"""How long a connection may be silent."""


def fetch(folder: str, dataset: str, mirrors: list[str], resources: list[list[str]]) -> int:
    """Download the class `dataset` of torchvision.datasets into `folder`; return the exit code.

    `resources`: pairs of file name and MD5, which torchvision checks.
    """
    socket.setdefaulttimeout(SOCKET_SECONDS)
    try:
        from torchvision import datasets
    except (ImportError, OSError, RuntimeError) as error:
        return _fail(IMPORT_FAILED, error)
    chosen: Any = getattr(datasets, dataset)
    chosen.mirrors = mirrors
    chosen.resources = [tuple(resource) for resource in resources]
    try:
        chosen(folder, download=True)
    except (OSError, RuntimeError, ValueError) as error:
        return _fail(DOWNLOAD_FAILED, error)
    return 0


def _fail(code: int, error: Exception) -> int:
    print("\n" + " ".join(f"{type(error).__name__}: {error}".split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(fetch(**json.loads(sys.argv[1])))
