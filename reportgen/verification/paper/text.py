"""The text of a paper, from PDF, LaTeX or plain text: sentences, and rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import UsageError
from reportgen.verification.pages import read_pdf

LARGEST = 2**26
_MOST_FILES = 200


@dataclass(frozen=True)
class Passage:
    """A sentence, or a line of a table."""

    text: str
    where: str
    """Such as `page 3`, or `main.tex`."""
    row: int | None = None
    """Number of its table, for a line of one."""
    heading: str = ""
    """Of a table's line: what is written above its rows."""


@dataclass(frozen=True)
class Macro:
    """A number that a paper quotes by `\\rgnum`, or defines by `\\rgnumber`."""

    path: str
    format: str
    printed: str
    """As it is defined; empty where it is quoted."""
    where: str


@dataclass(frozen=True)
class Paper:
    """What is read of a paper."""

    passages: tuple[Passage, ...]
    macros: tuple[Macro, ...] = ()


def read_paper(path: Path) -> Paper:
    """Read a paper; raises UsageError where there is none, VerificationFailed for a damaged PDF.

    Of LaTeX, files that it takes in by `\\input` are read too, where they lie beside it.
    """
    content = _read(path)
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml)", content[:100], re.IGNORECASE):
        raise UsageError(f"{path} is a web page; give a paper as PDF, LaTeX or text")
    if content.startswith(b"%PDF"):
        pages = enumerate(read_pdf(content).pages, 1)
        return Paper(tuple(_split([(f"page {n}", page.text) for n, page in pages])))
    text = content.decode("utf-8", "replace")
    if path.suffix != ".tex":
        return Paper(tuple(_split([(path.name, text)])))
    files = dict(_inputs(path, text))
    macros = tuple(macro for name, each in files.items() for macro in _macros(name, each))
    passages = _split([(name, strip_latex(each)) for name, each in files.items()])
    return Paper(tuple(passages), macros)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file; give a paper as PDF, LaTeX or text")
    if path.stat().st_size > LARGEST:
        raise UsageError(f"{path} has more than {LARGEST:,} bytes, so it is not a paper")
    return path.read_bytes()


_COMMENT = re.compile(r"(?<!\\)%.*")
_INPUT = re.compile(r"\\(?:input|include)\{([^{}]+)\}")


def _inputs(path: Path, text: str) -> Iterator[tuple[str, str]]:
    """Yield the text of a LaTeX file and of all that it takes in, by name; each once."""
    folder, waiting, seen = path.parent.resolve(), [(path.name, text)], {path.name}
    while waiting and len(seen) < _MOST_FILES:
        name, found = waiting.pop(0)
        found = _COMMENT.sub("", found)
        yield name, found
        for wanted in _INPUT.findall(found):
            file = (folder / wanted).with_suffix(Path(wanted).suffix or ".tex").resolve()
            if file.is_file() and file.is_relative_to(folder) and wanted not in seen:
                seen.add(wanted)
                waiting.append((wanted, _read(file).decode("utf-8", "replace")))


_QUOTED = re.compile(r"\\rgnum\{([^{}]+)\}\{([a-z0-9_]+)\}")
_DEFINED = re.compile(r"\\rgnumber\{([^{}]+)\}\{([a-z0-9_]+)\}\{((?:[^{}]|\{[^{}]*\})*)\}")


def _macros(name: str, text: str) -> Iterator[Macro]:
    for path, format_name in _QUOTED.findall(text):
        yield Macro(path, format_name, "", name)
    for path, format_name, printed in _DEFINED.findall(text):
        yield Macro(path, format_name, strip_latex(printed).strip(), name)


_REPLACED = (
    (re.compile(r"\\textless(?:\{\})?"), "<"),
    (re.compile(r"\\textgreater(?:\{\})?"), ">"),
    (_DEFINED, ""),
    (_QUOTED, " "),
    (re.compile(r"\\begin\{(verbatim|lstlisting)\}.*?\\end\{\1\}", re.DOTALL), ""),
    # Whatever is cited, `judgement` leaves such sentences out.
    (re.compile(r"\\cite[a-z]*\*?(?:\[[^\]]*\])*\{[^{}]*\}"), " [0] "),
    (re.compile(r"\\(?:begin|end)\*?\{[^{}]*\}(?:\[[^\]]*\])?(?:\{[^\n]*\}(?=\n))?"), "\n\n"),
    (re.compile(r"\\(?:label|ref|eqref|autoref|cref|includegraphics|rgfigure|url|vspace|hspace|input|"
                r"setlength|usepackage|documentclass|bibliography)\*?(?:\[[^\]]*\])*(?:\{[^{}]*\})+"),
     " "),
    (re.compile(r"\\(?:SI|qty)(?:\[[^\]]*\])?\{([^{}]*)\}\{\\percent\}"), r"\1%"),
    (re.compile(r"\\(?:SI|qty)(?:\[[^\]]*\])?\{([^{}]*)\}\{\\?([^{}]*)\}"), r"\1 \2"),
    (re.compile(r"\\(?:num|ensuremath|mathrm|mathbf|text[a-z]*|emph|mbox)(?:\[[^\]]*\])?"
                r"\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\multicolumn\{[^{}]*\}\{[^{}]*\}"), ""),
    (re.compile(r"\\(?:top|mid|bottom)rule|\\hline|\\cmidrule(?:\([^)]*\))?\{[^{}]*\}"), " "),
    (re.compile(r"\\\\(?:\[[^\]]*\])?"), "\n"),
    (re.compile(r"(?<!\\)&"), "\t"),
    (re.compile(r"\\pm\b"), "±"),
    (re.compile(r"\\times\b"), "×"),
    (re.compile(r"\\([%&#_${}])"), r"\1"),
    (re.compile(r"\\[,;:! ]|~"), " "),
    (re.compile(r"\\[A-Za-z]+\*?"), " "),
    (re.compile(r"[{}$]"), ""),
)  # fmt: skip


def strip_latex(text: str) -> str:
    """Return LaTeX as text: cells between tabs, rows on lines, numbers as they are printed."""
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return text


LETTERS = str.maketrans(
    {"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "\u00a0": " ", "\u202f": " ",
     "\u2009": " ", "−": "-", "–": "-", "\u00ad": ""}
)  # fmt: skip
"""Letters of a text → the plain ones that names and numbers are looked for in."""
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d[\d,]*)?\.?\d+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“‘(]|[^\x00-\x7f])|(?:^|\s)[•◦▪]\s")
_SECTION = re.compile(r"\s*\d+(?:\.\d+)*\.?\s+[A-Z][^.]{0,80}")
"""A heading with its number."""
_HEADING_LINES = 5


def _split(parts: Sequence[tuple[str, str]]) -> Iterator[Passage]:
    """Split the text of pages or files into sentences and lines of tables."""
    table = 0
    for where, text in parts:
        lines = [*text.translate(LETTERS).splitlines(), ""]
        prose: list[str] = []
        in_table, heading = False, ""
        for number, line in enumerate(lines):
            if _is_row(line):
                if not in_table:
                    table, in_table = table + 1, True
                    heading = " ".join(lines[max(0, number - _HEADING_LINES) : number])
                yield Passage(line, where, table, heading)
                continue
            in_table = in_table and not line.strip()
            line = "" if _SECTION.fullmatch(line) else line
            if line.strip():
                # A word that is broken over two lines.
                if prose and prose[-1].endswith("-") and line.strip()[:1].islower():
                    prose[-1] = prose[-1][:-1] + line.strip()
                else:
                    prose.append(line.strip())
            if not line.strip() or number == len(lines) - 1:
                # Lines that are justified may have several blanks between words.
                sentences = _SENTENCE_END.split(" ".join(" ".join(prose).split()))
                yield from (Passage(each, where) for each in sentences if each.strip())
                prose = []


def _is_row(line: str) -> bool:
    """Say whether a line is of a table: cells, or mostly numbers, and no sentence."""
    numbers = _NUMBER.findall(line)
    if "\t" in line:
        return bool(numbers)
    words = re.findall(r"[A-Za-z]{2,}", line)
    if re.search(r"\)[,;]", line):
        # A line of a sentence that lists values: `CNN (0.9692), MLP (0.0622) and …`.
        return False
    return len(numbers) >= 2 and len(words) <= len(numbers) + 2 and not line.rstrip().endswith(".")
