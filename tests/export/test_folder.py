from __future__ import annotations

import csv
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from reportgen.analysis.numbers import read_number
from reportgen.errors import StoreError, UsageError
from reportgen.export import folder as export_folder
from reportgen.export import numbers as export_numbers
from reportgen.export.folder import export_report
from reportgen.export.inline import inline
from reportgen.report.carried import Carried, facts_of
from tests.export.conftest import NAMES, blank_files, carry

DEFINED = re.compile(r"\\rgnumber\{([^{}]+)\}\{([a-z0-9_]+)\}\{(.*)\}\n")
QUOTED = re.compile(r"\\rgnum\{([^{}]+)\}\{([a-z0-9_]+)\}")
needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="no pdflatex; apt install texlive-latex-recommended texlive-science lmodern",
)


def plain(latex: str) -> str:
    """Read what numbers.tex prints, as a reader of the page would."""
    for command, text in (
        (r"\,", "\u202f"),
        (r"\ensuremath{-}", "−"),
        (r"\%", "%"),
        ("~", "\u00a0"),
    ):
        latex = latex.replace(command, text)
    return latex.replace(r"\textless{}", "<").replace(r"\textgreater{}", ">")


def test_every_number_is_a_macro_and_true(exported: Path, carried: Carried) -> None:
    """Every number is a macro and true."""
    facts = facts_of(carried.evidence)
    defined = DEFINED.findall((exported / "numbers.tex").read_text())
    assert len(defined) > 5000
    for path, name, latex in defined:
        found = path.removesuffix("count") + "#" if path.endswith(".count") else path
        try:
            number = read_number(path, name, facts)
        except Exception:
            number = read_number(found, name, facts)
        assert plain(latex) == number.text, path
    names = {(path, name) for path, name, _ in defined}
    assert ("models.cnn.accuracy.mean", "percent") in names
    texts = "".join(file.read_text() for file in exported.rglob("*.tex"))
    assert set(QUOTED.findall(texts)) - {("PATH", "FORMAT")} <= names


def test_a_formula_is_mathematics(exported: Path) -> None:
    """The F1 score as the harmonic mean: fractions are fractions, words are upright."""
    results = (exported / "sections/results.tex").read_text()
    precision, recall = r"\text{precision}", r"\text{recall}"
    assert (
        rf"\[ \mathit{{F}}_{{1}}= \frac{{2}}{{1 / {precision} + 1 / {recall}}}= 2 \times  "
        rf"\frac{{{precision} \times  {recall}}}{{{precision} + {recall}}}= "
        r"\frac{\text{TP}}{\text{TP} + (\text{FN} + \text{FP}) / 2} \]"
    ) in results


@pytest.mark.parametrize(
    ("label", "latex"),
    [
        ("Figure\N{NO-BREAK SPACE}3", r"Figure~\ref{it}"),
        ("Supplementary\N{NO-BREAK SPACE}figure\N{NO-BREAK SPACE}8", r"Figure~\ref{it}"),
        ("Supplementary\N{NO-BREAK SPACE}tables\N{NO-BREAK SPACE}2", r"Tables~\ref{it}"),
        ("4", r"\ref{it}"),
    ],
)
def test_a_reference_names_what_it_refers_to(label: str, latex: str) -> None:
    """Of several, only the first is named; LaTeX has no numbers for supplementary ones alone."""
    link = ElementTree.fromstring(f'<p><a class="ref" href="#it">{label}</a></p>')
    assert inline(link) == latex


def test_own_words_and_references_are_there(exported: Path) -> None:
    """Own words and references are there."""
    results = (exported / "sections/results.tex").read_text()
    assert (
        r"The \emph{first} reached \rgnum{models.cnn.accuracy.mean}{percent} with "
        r"\texttt{x\_\allowbreak{}y} \& 5 \%."
    ) in results
    assert r"1\_2 & \& \\" in results
    bibliography = (exported / "references.bib").read_text()
    assert r"On 5 \% \& more\_." in bibliography
    assert r"\url{https://example.org/a_b?c=%20#d}" in bibliography


def test_data_are_those_of_the_facts(exported: Path, carried: Carried) -> None:
    """Data are those of the facts."""
    facts = facts_of(carried.evidence)
    with (exported / "data/metrics.csv").open(newline="") as file:
        rows = {(row["metric"], row["model"]): row for row in csv.DictReader(file)}
    assert len(rows) == len(facts.metrics) * 4
    row = rows["accuracy", NAMES[1]]
    assert float(row["mean"]) == facts.models["cnn-dropout"].accuracy.mean
    with (exported / "data/table-pairs.csv").open(newline="") as file:
        pairs = list(csv.DictReader(file))
    assert [float(row["Difference"]) for row in pairs] == [
        pair.difference.value for pair in facts.pairs.values()
    ]


def test_the_checklist_answers_from_the_facts(exported: Path, carried: Carried) -> None:
    """The checklist answers from the facts."""
    text = (exported / "checklist.tex").read_text()
    assert "with the seeds 0, 1" in text
    assert r"$p$-values are corrected for the number of pairs by Holm's method" in text
    # Costs and provenance of the factory's runs.
    assert "The 8 runs were made on" in text
    assert text.count("TODO") == 4


def test_a_folder_of_something_else_is_left_alone(carried: Carried, tmp_path: Path) -> None:
    """A folder of something else is left alone."""
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match="neither empty nor an earlier export"):
        export_report(carried, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_cannot_be_made_is_one_sentence(
    carried: Carried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the folder, and the option for another one, before any figure is drawn."""
    monkeypatch.delattr(export_folder, "draw_files")
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot write .*taken/.*: there is a file .* --output"):
        export_report(carried, tmp_path / "taken" / "paper")


def test_what_an_export_leaves_in_a_folder(
    carried: Carried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the Finder of a Mac writes to an empty one, and later the author's main.tex."""
    made = {"main.tex": b"made", "reportgen.sty": b"made", "numbers.tex": b"made"}
    monkeypatch.setattr(export_folder, "derive", lambda _: None)
    monkeypatch.setattr(export_folder, "_make_files", lambda _: (dict(made), ()))
    (tmp_path / ".DS_Store").write_bytes(b"Bud1")
    assert export_report(carried, tmp_path) == ()
    (tmp_path / "main.tex").write_text("my own words")
    (tmp_path / "numbers.tex").write_text("altered")
    (problem,) = export_report(carried, tmp_path)
    assert "main.tex already exists" in problem
    assert (tmp_path / "main.tex").read_text() == "my own words"
    assert (tmp_path / "numbers.tex").read_bytes() == b"made"


def test_data_have_the_same_bytes_on_windows(exported: Path) -> None:
    """Lines end with a line feed, whatever is usual on the system."""
    written = [path.read_bytes() for path in (exported / "data").iterdir()]
    assert written and not any(b"\r" in each for each in written)


def run_latex(folder: Path, engine: str) -> Path:
    """Compile main.tex once, and return its PDF."""
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "main"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    assert ended.returncode == 0, ended.stdout.decode(errors="replace")[-3000:]
    return folder / "main.pdf"


def compile_paper(folder: Path, engine: str, times: int = 1) -> str:
    """Compile main.tex, and return the text of its PDF; references are found the second time."""
    for _ in range(times):
        document = run_latex(folder, engine)
    log = (folder / "main.log").read_text(errors="replace")
    assert "Missing character" not in log
    assert times == 1 or "Reference `" not in log
    reader = PdfReader(BytesIO(document.read_bytes()))
    return "\n".join(page.extract_text() for page in reader.pages)


@needs_latex
@pytest.mark.slow
def test_it_compiles_with_pdflatex(exported: Path, tmp_path: Path, carried: Carried) -> None:
    """It compiles with pdfLaTeX."""
    target = tmp_path / "paper"
    shutil.copytree(exported, target)
    text = " ".join(compile_paper(target, "pdflatex", times=2).split())
    for name in ("CNN_a & b", "MLP {x}", r"back\slash $5"):
        assert name in text
    facts = facts_of(carried.evidence)
    accuracy = read_number("models.cnn.accuracy.mean", "percent", facts)
    assert f"{100 * accuracy.value:.2f}" in text


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["lualatex", "xelatex"])
def test_other_scripts_compile(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other scripts compile with LuaLaTeX, which latexmk takes, and with XeLaTeX."""
    if shutil.which(engine) is None:
        pytest.skip(f"no {engine}; apt install texlive-luatex texlive-xetex")
    monkeypatch.setattr(export_folder, "draw_files", blank_files)
    target = tmp_path / "paper"
    assert export_report(carry(("نموذج أول", "модель", "Ω-net", "ħ")), target) == ()
    assert "pdf_mode = 4" in (target / "latexmkrc").read_text()
    assert (target / "fonts/DejaVuSans.ttf").is_file()
    assert "модель" in compile_paper(target, engine)


@needs_latex
@pytest.mark.slow
def test_letters_without_a_font_are_named_and_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LuaLaTeX does not stop at a font of which nothing is printed."""
    if shutil.which("lualatex") is None:
        pytest.skip("no lualatex; apt install texlive-luatex")
    monkeypatch.setattr(export_folder, "draw_files", blank_files)
    (problem,) = export_report(carry(("ก", "B", "C", "D"), notes={}, references=[]), tmp_path)
    assert problem.startswith("DejaVuSans lacks letters of the paper (ก)")
    assert run_latex(tmp_path, "lualatex").is_file()


def test_more_numbers_than_tex_can_hold_are_left_out(
    carried: Carried, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of pairs of classes go first, but for what the text uses."""
    whole = (exported / "numbers.tex").read_text()
    length = sum(len(path + name) for path, name, _ in DEFINED.findall(whole))
    monkeypatch.setattr(export_numbers, "LARGEST", 97 * length // 100)
    used, *_ = (each[:2] for each in DEFINED.findall(whole) if ".confusion_difference." in each[0])
    text = export_numbers.write_numbers(facts_of(carried.evidence), [used])
    names = {(path, name) for path, name, _ in DEFINED.findall(text)}
    assert {each for each in names if ".confusion_difference." in each[0]} == {used}
    assert ("models.cnn.confusion_counts.0.0", "integer") in names
    assert "left out where the text uses none: confusion_difference\n" in text
    assert "left out" not in whole


def test_only_what_a_report_has_is_listed_as_left_out(
    carried: Carried, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report without misclassified images lacks no numbers of theirs."""
    steps = {
        step
        for path, *_ in DEFINED.findall((exported / "numbers.tex").read_text())
        for step in path.split(".")
    }
    monkeypatch.setattr(export_numbers, "LARGEST", 0)
    text = export_numbers.write_numbers(facts_of(carried.evidence), [])
    listed = set(re.findall("left out where the text uses none: (.+)", text))
    assert listed == steps & set(export_numbers._BULKY)
    assert listed < set(export_numbers._BULKY)
