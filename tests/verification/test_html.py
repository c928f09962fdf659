"""`verify` finds every edit of a report, says where it is, and needs nothing but the report."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen import __version__
from reportgen.errors import VerificationFailed
from reportgen.report.seal import EMPTY_SEAL, seal_html
from reportgen.results.evidence import Evidence
from reportgen.verification import html as verification
from reportgen.verification.findings import VerifyResult
from reportgen.verification.html import verify_html
from tests.report.documents import html_without_fonts, synthetic_view

Edit = Callable[[str], str]
Facts = Callable[[Evidence], Any]


@pytest.fixture(autouse=True, scope="module")
def _analyse_once() -> Iterator[None]:
    """Keep the facts of evidence that was analysed before: most edits leave it as it is."""
    known: dict[str, Any] = {}
    analyse: Facts = verification.facts_of

    def remember(evidence: Evidence) -> Any:
        key = evidence.digest() + evidence.header.model_dump_json()
        if key not in known:
            known[key] = analyse(evidence)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "facts_of", remember)
        yield


@pytest.fixture(scope="module")
def report() -> str:
    """A whole report with two figures, made once."""
    return html_without_fonts(synthetic_view(seeds=3, figures=("class-f1", "confusion-cnn")))


def swap(pattern: str, replacement: str, count: int = 1) -> Edit:
    """Return an edit that replaces the first match, or the first `count` ones."""

    def edit(html: str) -> str:
        return re.sub(pattern, replacement, html, count=count, flags=re.DOTALL)

    return edit


def next_digit(pattern: str) -> Edit:
    """Return an edit that raises the last digit within the first match of `pattern`."""

    def raise_digit(match: re.Match[str]) -> str:
        head, digit, tail = re.fullmatch(r"(.*)([0-9])([^0-9]*)", match[0], re.DOTALL).groups()  # type: ignore[union-attr]
        return f"{head}{(int(digit) + 1) % 10}{tail}"

    return lambda html: re.sub(pattern, raise_digit, html, count=1, flags=re.DOTALL)


def remove(pattern: str) -> Edit:
    """Return an edit that takes the first match out."""
    return swap(pattern, "")


def repeat(pattern: str) -> Edit:
    """Return an edit that writes the first match twice."""
    return lambda html: re.sub(pattern, lambda match: match[0] * 2, html, count=1, flags=re.DOTALL)


def exchange(first: str, second: str) -> Edit:
    """Return an edit that exchanges the first match of one pattern with that of another."""

    def edit(html: str) -> str:
        one, other = (re.search(pattern, html, re.DOTALL) for pattern in (first, second))
        assert one is not None and other is not None and one.end() <= other.start()
        between = html[one.end() : other.start()]
        return f"{html[: one.start()]}{other[0]}{between}{one[0]}{html[other.end() :]}"

    return edit


def data(path: str) -> str:
    """Return a pattern for the text of the first number with this path."""
    return rf'(?<=data-path="{re.escape(path)}")[^<]*<'


def printed(path: str) -> str:
    """Return a pattern for the whole element of the first number with this path."""
    return rf'<data [^>]*data-path="{re.escape(path)}"[^>]*>[^<]*</data>'


def evidence_byte(html: str) -> str:
    """Change one byte in the middle of the evidence."""
    match = re.search(r'(?<=id="evidence">)[^<]*', html)
    assert match is not None
    content = bytearray(b64decode(match[0]))
    content[len(content) // 2] ^= 1
    return html.replace(match[0], b64encode(content).decode())


CELL = r'(?<=data-format="score")[^<]*<'
ROW = r"<tr><th scope=\"row\">CNN</th>.*?</tr>\n"
ACCURACY = "models.cnn.accuracy.mean"
EDITS: dict[str, tuple[Edit, str]] = {
    # Numbers: the path is named.
    "accuracy in prose": (next_digit(data(ACCURACY)), ACCURACY),
    "exact value": (next_digit(r'<data value="[0-9.]*(?=" data-path="models.cnn.acc)'), ACCURACY),
    "metric's path": (swap(rf'data-path="{ACCURACY}"', 'data-path="models.cnn.x"'), "models.cnn.x"),
    "path of another model": (swap(rf'="{ACCURACY}"', '="models.mlp.accuracy.mean"'), "models.mlp"),
    "format": (swap(r'data-format="percent"', 'data-format="score"'), "models."),
    "no path": (swap(rf' data-path="{ACCURACY}"', ""), "without a path"),
    "cell of a table": (next_digit(CELL), "macro_f1"),
    "last cell of a table": (next_digit(data("models.mlp-dropout.runs.1.macro_f1")), "runs.1.macr"),
    "support": (next_digit(data("models.cnn.per_class.3.support")), "per_class.3.support"),
    "spread": (next_digit(data("models.cnn.accuracy.sd")), "models.cnn.accuracy.sd"),
    "end of an interval": (next_digit(data("models.cnn.accuracy_interval.low")), "interval.low"),
    "p-value": (swap(r'(data-format="p_value"[^>]*>)[^<]*', r"\g<1>0.049"), "p_adjusted"),
    "sign of a difference": (swap(r'(data-format="points"[^>]*>)\N{MINUS SIGN}', r"\1+"), "line"),
    "lost sign": (swap(r'(data-format="points"[^>]*>)\+', r"\1"), "."),
    "parameters": (next_digit(data("models.cnn.summary.parameters")), "summary.parameters"),
    "layer's shape": (next_digit(data("models.cnn.summary.layers.0.output_shape.0")), "layers.0"),
    "training time": (next_digit(data("models.mlp.runs.0.costs.train_seconds")), "train_seconds"),
    "baseline": (next_digit(r'(?<=data-path="baselines)[^>]*>[^<]*<'), "baselines."),
    "data set's size": (next_digit(data("dataset.train")), "dataset.train"),
    "number of models": (next_digit(data("models.#")), "models.#"),
    "two numbers swapped": (
        exchange(printed("models.cnn.accuracy.minimum"), printed("models.cnn.accuracy.maximum")),
        "line",
    ),
    "texts of two numbers swapped": (
        exchange(
            data("models.cnn.accuracy_interval.low"), data("models.cnn.accuracy_interval.high")
        ),
        "line",
    ),
    "label of a bar": (next_digit(r'<text [^>]*data-path="models[^>]*>[0-9.]+<'), "models."),
    "label of a cell": (next_digit(r"<text [^>]*confusion[^>]*>[0-9.]+<"), "confusion"),
    # Claims: the sentence is named.
    "direction of a claim": (
        swap(r'(data-claim="[a-z_.-]+">[^<]*) more accurate', r"\1 less accurate"),
        "claim",
    ),
    "claim's model": (swap(r'(data-claim="verdict">)[A-Z]', r"\1X"), "verdict"),
    "claim's number": (next_digit(r'(?<=data-claim="verdict")[^%]*%'), "verdict"),
    "claim's certainty": (swap(r"(data-claim=\"overfitting\">)", r"\1Certainly, "), "overfitting"),
    "claim's end": (swap(r'(data-claim="seeds">.*?)</span>', r"\1 Or not.</span>"), "seeds"),
    "claim of another name": (swap(r'data-claim="seeds"', 'data-claim="ranking"'), "ranking"),
    "invented claim": (swap(r'data-claim="seeds"', 'data-claim="miracle"'), "miracle"),
    "claim emptied": (swap(r'(data-claim="calibration">).*?</span>', r"\1</span>"), "calibration"),
    "claim said twice": (repeat(r'<span class="claim" data-claim="cost">.*?</span>'), "line"),
    # Everything else: the line is named.
    "evidence byte": (evidence_byte, "evidence"),
    "evidence cut short": (swap(r'(id="evidence">[^<]{400})[^<]*', r"\1"), "evidence"),
    "evidence taken out": (swap(r'(id="evidence">)[^<]*', r"\1"), "evidence"),
    "heading": (swap(r"Results and analysis</h2>", "Results</h2>"), "Results"),
    "title": (swap(r"<h1>[^<]*", "<h1>Another title"), "Another title"),
    "caption": (swap(r"Accuracy on the test set\.", "Accuracy on new data."), "new data"),
    "figure's text for the blind": (swap(r"(<desc[^>]*>)", r"\1Not: "), "line"),
    "row label": (swap(r'(<th scope="row">)CNN</th>', r"\1MLP</th>"), "MLP"),
    "word of a table": (swap(r"<td>undecided</td>", "<td>better</td>"), "line"),
    "row removed": (remove(ROW), "line"),
    "row repeated": (repeat(ROW), "line"),
    "row hidden": (swap(r'<tr><th scope="row">CNN<', '<tr hidden><th scope="row">CNN<'), "line"),
    "style that hides": (swap(r"</style>", ".claim { display: none }</style>"), "line"),
    "length of a bar": (next_digit(r'<path d="[^"]*'), "line"),
    "prose": (swap(r"No model sees the test images", "A model sees the test images"), "line"),
    "paragraph moved": (exchange(r"<p>Precision is.*?</p>", r"<p>F1 is the.*?</p>"), "line"),
    "paragraph removed": (remove(r"<p>Precision is.*?</p>"), "line"),
    "digest of the data": (swap('<code class="digest">ab', '<code class="digest">ac'), "acab"),
    "date": (swap(r"2 January 2026", "3 January 2026"), "3 January"),
    "command": (swap(r"reportgen build paper", "reportgen build other"), "build other"),
    "provenance": (next_digit(r'(?<="commit":)"[^"]*'), "line"),
    "script": (swap(r"</script>\n</body>", "\nstart()</script>\n</body>"), "line"),
    "policy": (swap(r"default-src &#39;none&#39;|default-src 'none'", "default-src *"), "line"),
    "digit of the seal": (next_digit(r'(?<=id="seal">)"[^"]*'), "line"),
    "seal taken out": (remove(r'<script type="application/json" id="seal">.*?</script>'), "seal"),
}

RECOMPUTED = [name for name in EDITS if name != "two numbers swapped"][
    : list(EDITS).index("claim said twice") - 1
]
"""The edits of numbers and claims."""


def complaint(html: str) -> str:
    """Return what `verify` says of a report, or nothing."""
    try:
        return "\n".join(map(str, verify_html(html.encode()).findings))
    except VerificationFailed as error:
        return str(error)


def test_a_report_as_it_was_built_is_in_order(report: str) -> None:
    """An untouched report has no finding, and hundreds of numbers and dozens of claims."""
    result = verify_html(report.encode())
    assert result == VerifyResult(result.numbers, result.claims, 13, (), __version__)
    assert result.numbers > 500
    assert result.claims > 30


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_found_and_named(report: str, name: str) -> None:
    """Whatever is edited, `verify` finds it, and its message names what or where."""
    edit, named = EDITS[name]
    edited = edit(report)
    assert edited != report, "the edit has changed nothing: mend this test"
    assert named in complaint(edited)


def test_there_are_fifty_edits() -> None:
    """The list of edits holds at least the fifty that were promised."""
    assert len(EDITS) >= 50


# Two numbers that change places with their markup both say truly what they are: only the seal
# knows where each stood. The same holds for a true sentence that is said twice.
@pytest.mark.parametrize("name", RECOMPUTED)
def test_a_forged_seal_does_not_help(report: str, name: str) -> None:
    """Numbers and claims are recomputed: sealing the edited report anew hides nothing."""
    edited = EDITS[name][0](report)
    forged = seal_html(re.sub(r'(<script [^>]*id="seal">)[^<]*(?=<)', r"\1", edited))
    assert EMPTY_SEAL not in forged
    assert complaint(forged) != ""


def test_nothing_but_the_report_is_needed(report: str, tmp_path: Path) -> None:
    """In an empty folder `verify` needs neither torch nor matplotlib nor WeasyPrint."""
    path = tmp_path / "report.html"
    path.write_text(report, encoding="utf-8")
    program = (
        "import sys\nfrom reportgen.cli.entry import run\n"
        "code = run(['verify', 'report.html'])\n"
        "heavy = {'torch', 'matplotlib', 'weasyprint', 'seaborn', 'sklearn'} & set(sys.modules)\n"
        "sys.exit(code or (f'loaded: {heavy}' if heavy else 0))"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "all of them agree" in ended.stdout
