"""The page that is served: the report as it is on disk, and a script that reloads it.

The report's own Content-Security-Policy forbids every script but its own and every request. It
moves from the page into headers, where the live script and its one request are let in by name.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from importlib.resources import files

from reportgen.server.board import Snapshot

POLICY = re.compile(
    r"""<meta\s+http-equiv=["']?Content-Security-Policy["']?\s+content="([^"]*)"\s*/?>\s*""",
    re.IGNORECASE,
)
WAITING = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="color-scheme" content="light dark">
<title>reportgen</title>
</head>
<body>
<noscript>The report is being built. Load this page again to see it.</noscript>
</body>
</html>
"""
"""Shown in place of the report until the first one is built."""


@dataclass(frozen=True)
class Page:
    """A page, and the policies that it is served with."""

    html: str
    policies: tuple[str, ...]


def live_script() -> str:
    """Return the script that every page is served with."""
    return files("reportgen.server").joinpath("live.js").read_text(encoding="utf-8")


def make_page(snapshot: Snapshot, script: str) -> Page:
    """Return the page that shows `snapshot` and keeps itself up to date with `script`."""
    html = WAITING if snapshot.html is None else snapshot.html
    policies = [unescape(match[1]) for match in POLICY.finditer(html)]
    element = f'<script data-document="{snapshot.document}">{script}</script>\n'
    source = f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    amended = [
        allow(allow(policy, "script-src", source), "connect-src", "'self'") for policy in policies
    ]
    return Page(_insert(POLICY.sub("", html), element), (*amended, "frame-ancestors 'none'"))


def allow(policy: str, directive: str, source: str) -> str:
    """Return the policy with `source` let in by `directive`, and nothing else changed."""
    directives = {
        words[0].lower(): words[1:] for part in policy.split(";") if (words := part.split())
    }
    # A directive that is not there follows default-src; without that, everything is let in.
    allowed = directives.get(directive, directives.get("default-src"))
    if allowed is not None:
        directives[directive] = [word for word in allowed if word != "'none'"] + [source]
    return "; ".join(" ".join([name, *words]) for name, words in directives.items())


def _insert(html: str, element: str) -> str:
    """Put the element at the end of the body."""
    position = html.lower().rfind("</body>")
    return html + element if position < 0 else html[:position] + element + html[position:]
