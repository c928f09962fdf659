"""Chromium, and the checkers of npm that .ci/ installs in .tools."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
_MODULES = Path(__file__).parents[2] / ".tools" / "node_modules"
AXE = _MODULES / "axe-core" / "axe.min.js"
VIOLATIONS = "{resultTypes: ['violations']}"
"""Has axe describe what it finds wrong alone, and not every element that is right."""
NU_CHECKER = _MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"

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
