"""The seal of an HTML report: a digest of each block, so that any edit can be found and named.

Numbers and claims are recomputed from the evidence, which no edit can talk round. The seal covers
the rest: prose, headings, figures, styles. It finds accidents and careless edits; whoever wants to
forge prose can forge the seal too, but not the numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from reportgen.errors import ReportgenError

EMPTY_SEAL = '<script type="application/json" id="seal"></script>'
"""What a template carries, once, and `seal_html` fills in."""

_SEAL = re.compile(r'<script type="application/json" id="seal">(.*?)</script>', re.DOTALL)
_BLOCK = re.compile(
    r"<(?:h[1-6]|p|pre|div|li|dt|dd|tr|table|figure|figcaption|section|script|style|svg|text|meta|title)\b"
)
"""The start of a block."""
_DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Block:
    """A piece of an HTML document, from one block-level tag to the next."""

    line: int
    """Line on which it starts, from 1."""
    text: str


def seal_html(html: str) -> str:
    """Return `html` with its empty seal filled in.

    Raises ReportgenError where `html` does not carry exactly one empty seal: the template set is
    wrong.
    """
    if html.count(EMPTY_SEAL) != 1:
        raise ReportgenError("the template frame.html.j2 must print {{ seal }} once, and does not")
    digests = [_digest(block.text) for block in _blocks(html)]
    filled = EMPTY_SEAL.replace("></", f">{json.dumps(''.join(digests))}</")
    return html.replace(EMPTY_SEAL, filled)


def altered_blocks(html: str) -> tuple[Block, ...] | None:
    """Return the blocks of `html` that its seal does not cover; None where it carries no seal."""
    seals = _SEAL.findall(html)
    if len(seals) != 1:
        return None
    sealed = _sealed_digests(seals[0])
    blocks = list(_blocks(_SEAL.sub(EMPTY_SEAL, html)))
    found = [_digest(block.text) for block in blocks]
    if sealed == found:
        return ()
    return _changed(blocks, found, sealed)


def _changed(blocks: list[Block], found: list[str], sealed: list[str]) -> tuple[Block, ...]:
    start = _common_prefix(found, sealed)
    rest = min(len(found), len(sealed)) - start
    end = _common_prefix(found[::-1][:rest], sealed[::-1][:rest])
    changed = blocks[start : len(blocks) - end]
    if len(found) == len(sealed):
        changed = [
            block for block, new, old in zip(blocks, found, sealed, strict=True) if new != old
        ]
    # Something was taken out: name the block before the gap.
    return tuple(changed) or (blocks[max(0, start - 1)],)


def _common_prefix(first: list[str], second: list[str]) -> int:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


def _sealed_digests(text: str) -> list[str]:
    try:
        digests = json.loads(text)
    except json.JSONDecodeError:
        return []
    if not isinstance(digests, str):
        return []
    return [
        digests[start : start + _DIGEST_LENGTH] for start in range(0, len(digests), _DIGEST_LENGTH)
    ]


def _blocks(html: str) -> Iterator[Block]:
    starts = [match.start() for match in _BLOCK.finditer(html)]
    line = 1
    for start, end in pairwise([0, *starts, len(html)]):
        text = html[start:end]
        yield Block(line, text)
        line += text.count("\n")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
