"""A report as the folder of a paper: LaTeX that compiles, figures, and data as CSV."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from reportgen.errors import PdfUnavailable, UsageError
from reportgen.export.frames import TABLES, make_table
from reportgen.export.latex import escape, letters_of_other_scripts, needs_unicode_engine
from reportgen.export.numbers import write_numbers
from reportgen.export.prose import Collected, write_blocks
from reportgen.export.statements import write_bibliography, write_checklist, write_methods
from reportgen.export.tables import write_csv, write_table
from reportgen.figures import FigureSpec
from reportgen.report.carried import Carried
from reportgen.report.document import compose
from reportgen.report.fonts import FACES, link_fonts
from reportgen.report.pdf import PdfRequest, load_weasyprint, typeset
from reportgen.report.view import View
from reportgen.resources import resource_folder
from reportgen.results.files import check_writable, write_file
from reportgen.verification.rendering import Derived, derive, make_view_again
from reportgen.wording import list_some

WIDTHS = (89, 122, 170)
"""Millimetres: one column, one and a half, and two columns of a journal."""
_BOX = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_ELSEWHERE = ("abstract", "glance", "references", "appendix")
"""Sections that are not part of the body of a paper; their tables and figures are written too."""
_QUOTED = re.compile(r"\\rgnum\{([^{}]+)\}\{([a-z0-9_]+)\}")
_REFERRED = re.compile(r"\\ref\{([a-z0-9-]+)\}")


def export_report(carried: Carried, folder: Path) -> tuple[str, ...]:
    """Write a report as the folder of a paper, and return what was not written, and why.

    Files of an earlier export are replaced, but for main.tex, which may hold the author's own words
    by then. Raises UsageError where `folder` is a file, or holds files but no earlier export.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name a folder with --output")
    if folder.is_dir() and _has_content(folder) and not (folder / "reportgen.sty").is_file():
        raise UsageError(
            f"{folder} is neither empty nor an earlier export; name a new folder with --output"
        )
    # Drawing all figures takes a minute: a folder that cannot be written is named before.
    check_writable(folder)
    files, problems = _make_files(derive(carried))
    if (folder / "main.tex").is_file():
        del files["main.tex"]
        problems += (f"{folder / 'main.tex'} already exists and was left as it is",)
    for name, content in files.items():
        write_file(folder / name, content)
    return problems


def _has_content(folder: Path) -> bool:
    """Return whether there is more in a folder than the view of it that a Mac keeps there."""
    return any(entry.name != ".DS_Store" for entry in folder.iterdir())


def _make_files(derived: Derived) -> tuple[dict[str, bytes], tuple[str, ...]]:
    # LaTeX includes figures as files, which are drawn below: none is drawn for the page.
    texts = dict(_make_texts(make_view_again(derived, lambda _: "<svg></svg>")))
    files = {name: text.encode() for name, text in texts.items()}
    problems: tuple[str, ...] = ()
    try:
        load_weasyprint()
    except PdfUnavailable as error:
        problems = (f"figures were written only as SVG: {error}",)
    for spec in derived.specs:
        files.update(draw_files(spec, as_pdf=not problems))
    if any(map(needs_unicode_engine, texts.values())):
        face = next(face.path() for face in FACES if face.family == "DejaVu Sans")
        files[f"fonts/{face.name}"] = face.read_bytes()
        problems += tuple(_missing_letters("".join(texts.values()), face))
    return files, problems


def _missing_letters(latex: str, face: Path) -> Iterator[str]:
    """Yield a sentence about the letters of a paper that its font lacks, if there are any."""
    from fontTools.ttLib import TTFont

    with TTFont(face) as font:
        known = font.getBestCmap()
    missing = sorted(each for each in letters_of_other_scripts(latex) if ord(each) not in known)
    if missing:
        yield (
            f"{face.stem} lacks letters of the paper ({list_some(missing)}), which are not printed "
            "until main.tex redefines \\rgscript with a font that has them"
        )


def _make_texts(view: View) -> Iterator[tuple[str, str]]:
    from tinyhtml5 import parse

    # On a page confusion matrices are tables that open images; a paper has the drawings.
    drawn = replace(view, sheet=None)
    document = compose(drawn, "html")
    root = parse(document.body, namespace_html_elements=False)
    collected = Collected({figure.spec.slug: figure.spec.width for figure in view.figures})
    sections = {}
    for section in root.iter("section"):
        name = section.get("class", "").split()[-1]
        heading = section.find("h2")
        if name == "abstract" and heading is not None:
            section.remove(heading)
        sections[name] = write_blocks(section, collected)
    texts = {f"sections/{name}.tex": f"{text}\n" for name, text in sections.items() if text}
    texts |= {f"figures/{name}.tex": text for name, text in collected.figures.items()}
    texts |= {f"tables/{table.name}.tex": write_table(table) for table in collected.tables}
    texts["methods.tex"] = write_methods(view)
    texts["checklist.tex"] = write_checklist(view)
    texts["references.bib"] = _read("methods.bib") + write_bibliography(view, document.references)
    texts["main.tex"] = _write_main(view, texts)
    quoted = _QUOTED.findall("".join(texts.values()))
    texts["numbers.tex"] = write_numbers(view.facts, quoted)
    yield from texts.items()
    yield "reportgen.sty", _read("reportgen.sty")
    engine = 4 if any(map(needs_unicode_engine, texts.values())) else 1
    yield "latexmkrc", f"# 1 is pdfLaTeX, 4 is LuaLaTeX.\n$pdf_mode = {engine};\n"
    for table in (*collected.tables, *collected.figure_tables):
        yield f"data/{table.name}.csv", write_csv(table)
    for name in TABLES:
        frame = make_table(view.facts, name)
        yield f"data/{name}.csv", frame.to_csv(index=False, lineterminator="\n")


def _read(name: str) -> str:
    """Return the text of a file that ships with the package."""
    return (resource_folder("templates") / "export" / name).read_text(encoding="utf-8")


def _write_main(view: View, texts: Mapping[str, str]) -> str:
    names = [name.removesuffix(".tex") for name in texts if name.startswith("sections/")]
    body = [rf"\input{{{name}}}" for name in names if name.split("/")[1] not in _ELSEWHERE]
    if "sections/abstract" in names:
        body.insert(0, "\\begin{abstract}\n\\input{sections/abstract}\n\\end{abstract}")
    subtitle = view.experiment.subtitle
    values = {
        "engine": "lualatex" if any(map(needs_unicode_engine, texts.values())) else "pdflatex",
        "version": view.header.reportgen,
        "title": escape(view.experiment.title)
        + (rf"\\[1ex]\large {escape(subtitle)}" if subtitle else ""),
        "authors": escape(view.authors),
        "date": escape(view.date),
        "body": "\n".join(body),
        "floats": "".join(f"\\input{{{name}}}\n" for name in _missing_floats(body, texts)),
    }
    # Not the operator %, which would take LaTeX's comments for fields.
    return re.sub(r"%\((\w+)\)s", lambda match: values[match[1]], _read("main.tex"))


def _missing_floats(body: list[str], texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the tables and figures that the body refers to and does not show."""
    text = "".join(
        texts[f"{name}.tex"] for name in re.findall(r"\\input\{([^}]+)\}", "".join(body))
    )
    for name in dict.fromkeys(_REFERRED.findall(text)):
        for folder in ("tables", "figures"):
            path = f"{folder}/{name}"
            if f"{path}.tex" in texts and rf"\input{{{path}}}" not in text:
                yield path


def draw_files(spec: FigureSpec, as_pdf: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file of a figure."""
    from reportgen.figures.drawing import draw_svg

    fonts = link_fonts(face for face in FACES if "Sans" in face.family)
    for width in WIDTHS:
        svg = draw_svg(spec, width)
        box = _BOX.search(svg)
        assert box is not None
        height = f"{float(box[2]) * width / float(box[1]):.2f}mm"
        alone = svg.replace("<svg ", f'<svg width="{width}mm" height="{height}" ', 1)
        yield f"figures/{spec.slug}-{width}mm.svg", alone.encode()
        if as_pdf:
            style = f"@page{{size:{width}mm {height};margin:0}}body{{margin:0}}svg{{display:block}}"
            page = (
                f'<!DOCTYPE html><html lang="en"><head><title>{html.escape(spec.title)}</title>'
                f"<style>{style}{fonts}</style></head><body>{alone}</body></html>"
            )
            yield f"figures/{spec.slug}-{width}mm.pdf", typeset(PdfRequest(page, ()), ())
