"""Text as LaTeX: everything from outside is escaped here, and nowhere else.

pdfLaTeX with T1 fonts prints the letters of European languages in Latin script. Letters of others
are set in `\\rgscript`, `\\rgrtl` (right to left) and `\\rgwide` (Chinese, Japanese, Korean), which
LuaLaTeX and XeLaTeX fill from DejaVu Sans or a face of the system (`templates/export`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

_COMMANDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # After `\\` and `\item`, and at the start of a row, LaTeX would read an argument or a command.
    "[": "{[}",
    "*": "{*}",
    **{special: f"\\{special}" for special in "{}$&#_%"},
    "\N{NO-BREAK SPACE}": "~",
    "\N{SOFT HYPHEN}": r"\-",
    "\N{ZERO WIDTH SPACE}": r"\allowbreak{}",
    "\N{THIN SPACE}": r"\,",
    "\N{HAIR SPACE}": r"\,",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{HYPHEN}": "-",
    "\N{NON-BREAKING HYPHEN}": r"\mbox{-}",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{DEGREE SIGN}": r"\textdegree{}",
    **{
        character: rf"\ensuremath{{{command}}}"
        for character, command in {
            "−": "-", "±": r"\pm", "×": r"\times", "÷": r"\div", "·": r"\cdot", "≤": r"\leq",
            "≥": r"\geq", "≠": r"\neq", "≈": r"\approx", "∞": r"\infty", "√": r"\surd",
            "∑": r"\sum", "∏": r"\prod", "∂": r"\partial", "∫": r"\int", "′": "'", "″": "''",
            "←": r"\leftarrow", "→": r"\rightarrow", "↑": r"\uparrow", "↓": r"\downarrow",
            "↔": r"\leftrightarrow", "½": r"\frac12", "µ": r"\mu",
            **{chr(0x2080 + digit): f"_{digit}" for digit in range(10)},
            **{sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        }.items()
    },
}  # fmt: skip
_IN_T1 = frozenset(
    [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA1, 0x17F)), *"–—‘’‚“”„†‡•‰‹›€™"]
) - frozenset("ĦħĸĿŀŉŦŧ")
"""What pdfLaTeX prints as it is (tests/export compiles each of them)."""
_LIGATURE = re.compile(r"-(?=-)|'(?=')|,(?=,)")


def escape(text: str) -> str:
    """Return `text` so that LaTeX prints it and obeys no part of it."""
    normal = unicodedata.normalize("NFC", text)
    pieces = (
        rf"\{kind}{{{''.join(characters)}}}" if kind else "".join(map(_print, characters))
        for kind, characters in _by_script(normal)
    )
    # TeX would join `--` into a dash, and `''` and `,,` into quotation marks.
    return _LIGATURE.sub(lambda match: f"{match[0]}{{}}", "".join(pieces))


def needs_unicode_engine(latex: str) -> bool:
    """Say whether pdfLaTeX cannot set what `escape` returned."""
    return any(rf"\{command}{{" in latex for command in ("rgscript", "rgrtl", "rgwide"))


def letters_of_other_scripts(latex: str) -> set[str]:
    """Return the letters of what `escape` returned that `\\rgscript` sets."""
    return set("".join(re.findall(r"\\rgscript\{([^{}]*)\}", latex))) - {" "}


def _by_script(text: str) -> Iterator[tuple[str, list[str]]]:
    """Split `text` into runs that are set alike; a space between two words keeps their run."""
    kinds = [_kind(character) for character in text]
    for place, character in enumerate(text):
        after = next((kind for kind in kinds[place + 1 :] if kind is not None), "")
        if kinds[place] is None:
            joins = place and kinds[place - 1] == after and after
            kinds[place] = after if joins and character == " " else ""
    for kind, run in groupby(zip(kinds, text, strict=True), key=lambda pair: pair[0]):
        yield kind or "", [character for _, character in run]


def _kind(character: str) -> str | None:
    """Return the command that sets a character; "" for none, None for what goes with its place."""
    if character == " ":
        return None
    if character in _COMMANDS or character in _IN_T1 or _greek(character):
        return ""
    if unicodedata.category(character).startswith(("C", "Z")):
        return ""
    if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
        return "rgrtl"
    is_pictograph = "\N{MAHJONG TILE EAST WIND}" <= character < "\U00020000"
    is_wide = unicodedata.east_asian_width(character) in "WF" and not is_pictograph
    return "rgwide" if is_wide else "rgscript"


def _print(character: str) -> str:
    if character in _COMMANDS:
        return _COMMANDS[character]
    if character in _IN_T1:
        return character
    if name := _greek(character):
        return rf"\ensuremath{{\{name}}}"
    # Line breaks and spaces of other widths; marks of direction and other controls print nothing.
    return " " if character.isspace() else ""


_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)")
_WITHOUT_COMMAND = frozenset(
    ("omicron", "Omicron", "Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu",
     "Rho", "Tau", "Chi", "san", "San")
)  # fmt: skip
"""Greek letters that TeX has no command for, most of them since they look like Latin ones."""


def _greek(character: str) -> str:
    """Return the command of a Greek letter in mathematics; empty where there is none."""
    match = _GREEK.fullmatch(unicodedata.name(character, ""))
    if not match:
        return ""
    name = match[2].replace("LAMDA", "LAMBDA")
    name = name.lower() if match[1] == "SMALL" else name.capitalize()
    return "" if name in _WITHOUT_COMMAND else name
