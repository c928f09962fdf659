"""Chromium, and the checkers of npm that .ci/ installs in .tools."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
_MODULES = Path(__file__).parents[2] / ".tools" / "node_modules"
AXE = _MODULES / "axe-core" / "axe.min.js"
VIOLATIONS = "{resultTypes: ['violations']}"
"""Has axe describe what it finds wrong alone, and not every element that is right."""
NU_CHECKER = _MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"

PATIENCE = 180_000
"""Milliseconds that a busy machine may take for one step of the browser."""

needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")


def check_html(*paths: Path) -> str:
    """Return what the Nu HTML checker complains of; nothing where documents are valid."""
    # For a program that runs three seconds, Java's best compiler costs more than it saves.
    options = ["-Xss8m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    ended = subprocess.run(
        ["java", *options, "-jar", str(NU_CHECKER), "--errors-only", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stderr + (f"exit code {ended.returncode}" if ended.returncode else "")


@contextmanager
def opened(browser: Any, report: Path, width: int = 1400, **options: Any) -> Iterator[Any]:
    """Yield the report in a window; what the browser complains of fails the test."""
    height = 900 if width > 700 else 740
    window = browser.new_page(viewport={"width": width, "height": height}, **options)
    window.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda message: complaints.append(message.text))
    window.goto(report.as_uri())
    yield window
    assert [text for text in complaints if "data:font" not in text and "OTS" not in text] == []
    window.close()
