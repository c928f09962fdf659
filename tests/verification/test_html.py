"""`verify` renders a report again, finds every edit of it, and says where it is."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable, Sequence

import pytest

from reportgen.errors import VerificationFailed
from reportgen.report import base85
from reportgen.report.carried import read_html
from reportgen.verification import html as verification
from reportgen.verification.comparison import compare
from reportgen.verification.html import compare_with, verify_html
from tests.verification.conftest import Report

Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def variants(built: Report) -> Sequence[str]:
    """The document with its numbers moved; the evidence is the same in all edits."""
    return verification._variants(built.derived, True)


@pytest.fixture(scope="module")
def complaint(built: Report, variants: Sequence[str]) -> Edit:
    """Return what `verify` says of a report that began as `built`, or nothing."""

    def complain(html: str) -> str:
        try:
            read_html(html)
        except VerificationFailed as error:
            return str(error)
        return "\n".join(map(str, compare(built.html, html, None, lambda _: variants)))

    return complain


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
    content = bytearray(base85.decode(match[0]))
    content[len(content) // 2] ^= 1
    return html.replace(match[0], base85.encode(bytes(content)))


CELL = r'(?<=data-format="score")[^<]*<'
ROW = r"<tr><th scope=\"row\">CNN</th>.*?</tr>\n"
ACCURACY = "models.cnn.accuracy.mean"
EDITS: dict[str, Edit] = {
    "accuracy in prose": next_digit(data(ACCURACY)),
    "exact value": next_digit(r'<data value="[0-9.]*(?=" data-path="models.cnn.acc)'),
    "metric's path": swap(rf'data-path="{ACCURACY}"', 'data-path="models.cnn.x"'),
    "path of another model": swap(rf'="{ACCURACY}"', '="models.mlp.accuracy.mean"'),
    "format": swap(r'data-format="percent"', 'data-format="score"'),
    "no path": swap(rf' data-path="{ACCURACY}"', ""),
    "cell of a table": next_digit(CELL),
    "spread": next_digit(data("models.cnn.accuracy.sd")),
    "end of an interval": next_digit(data("models.cnn.accuracy_interval.low")),
    "p-value": swap(r'(data-format="p_value"[^>]*>)[^<]*', r"\g<1>0.049"),
    "sign of a difference": swap(r'(data-format="points"[^>]*>)\N{MINUS SIGN}', r"\1+"),
    "number of models": swap(r'(data-path="models\.#"[^>]*>)[^<]*', r"\g<1>seven"),
    "two numbers swapped": exchange(
        printed("models.cnn.accuracy.minimum"), printed("models.cnn.accuracy.maximum")
    ),
    "texts of two numbers swapped": exchange(
        data("models.cnn.accuracy_interval.low"), data("models.cnn.accuracy_interval.high")
    ),
    "label of a bar": next_digit(r'<text [^>]*data-path="models[^>]*f1[^>]*>[0-9.]+<'),
    "label of a cell": next_digit(r"<(?:text|data) [^>]*confusion[^>]*>[0-9.]+<"),
    "direction of a claim": swap(
        r'(data-claim="[a-z_.-]+">[^<]*) more accurate', r"\1 less accurate"
    ),
    "claim's model": swap(r'(data-claim="verdict">)[A-Z]', r"\1X"),
    "claim's number": next_digit(r'(?<=data-claim="verdict")[^%]*%'),
    "claim's certainty": swap(r"(data-claim=\"overfitting\">)", r"\1Certainly, "),
    "claim's end": swap(r'(data-claim="seeds">.*?)</span>', r"\1 Or not.</span>"),
    "claim emptied": swap(r'(data-claim="calibration">).*?</span>', r"\1</span>"),
    "claim said twice": repeat(r'<span class="claim" data-claim="cost">.*?</span>'),
    "evidence byte": evidence_byte,
    "evidence cut short": swap(r'(id="evidence">[^<]{400})[^<]*', r"\1"),
    "evidence taken out": swap(r'(id="evidence">)[^<]*', r"\1"),
    "heading": swap(r"Results and analysis</h2>", "Results</h2>"),
    "title": swap(r"<h1>[^<]*", "<h1>Another title"),
    "caption": swap(r"Accuracy on the test set", "Accuracy on new data"),
    "figure's text for the blind": swap(r"(<desc[^>]*>)", r"\1Not: "),
    "row label": swap(r'(<th scope="row">)CNN</th>', r"\1MLP</th>"),
    "word of a table": swap(r"<td>undecided</td>", "<td>better</td>"),
    "row removed": remove(ROW),
    "row repeated": repeat(ROW),
    "row hidden": swap(r'<tr><th scope="row">CNN<', '<tr hidden><th scope="row">CNN<'),
    "style that hides": swap(r"</style>", ".claim { display: none }</style>"),
    "length of a bar": next_digit(r'<path d="[^"]*'),
    "coordinate that is no number": swap(r'(<path d="M[0-9]+)\.', r"\1,."),
    "prose": swap(r"No model was trained on test", "Some models were trained on test"),
    "paragraph moved": exchange(r"<p>Precision is.*?</p>", r"<p[^>]*>The F1 score is the.*?</p>"),
    "paragraph removed": remove(r"<p>Precision is.*?</p>"),
    "digest of the data": swap('class="digest"><code>ab', 'class="digest"><code>ac'),
    "date": swap(r"2 January 2026", "3 January 2026"),
    "command": swap(r"reportgen build sample", "reportgen build other"),
    "provenance": next_digit(r'(?<="commit":)"[^"]*'),
    "script": swap(r"</script>\n</body>", "\nstart()</script>\n</body>"),
    "policy": swap(r"default-src &#39;none&#39;|default-src 'none'", "default-src *"),
    "body replaced": swap(r'<main id="report">.*</main>', "<main>All models are perfect.</main>"),
    "digit of a tick": next_digit(r'<text x="[^>]*fill="#222222">[0-9.]+<'),
    "colour of a line": swap(r'stroke="#[0-9a-f]{6}"', 'stroke="#ff0000"'),
    "image exchanged": swap(r'href="data:image/png;base64,[^"]*"', 'href="data:image/png;base64,"'),
    "image hidden": remove(r"<image [^>]*/>"),
    "word in a note on method": swap(r"held-out|test set", "training set"),
    "comment with another number": swap(r"</h1>", "</h1><!-- 99 -->"),
    "element on top": swap(r"</main>", '<div style="position:fixed">99.99 %</div></main>'),
    "meta refresh": swap(r"<title>", '<meta http-equiv="refresh" content="0"><title>'),
    "link's address": swap(r'<a class="ref" href="#[^"]*"', '<a class="ref" href="#table-1"'),
    "numbering of a table": swap(r"Table 3\.", "Table 4."),
    "font exchanged": swap(r"(?<=font/woff;base64,)[A-Za-z0-9+/=]{40}", "A" * 40),
    "footer": swap(r"Written by reportgen", "Checked by reportgen"),
    "text after the end": lambda html: html + "<p>CNN is better.</p>",
    "text before the start": lambda html: "<p>CNN is better.</p>" + html,
    "language": swap(r'<html lang="en"', '<html lang="de"'),
    "marks stripped": swap(r' data-(?:path|format|claim|model|metric|pair)="[^"]*"', "", count=0),
    "second evidence": swap(r"</body>", '<script id="evidence">AAAA</script></body>'),
}


def test_a_report_as_it_was_built_is_the_same_byte_for_byte(built: Report) -> None:
    """An untouched report, rendered again, is the same; no library but ours is mentioned."""
    result = verify_html(built.html.encode())
    assert result.identical
    assert result.findings == ()
    assert result.numbers > 500
    assert result.claims > 20


def test_line_ends_are_no_alteration(built: Report) -> None:
    """A report that was checked out with CRLF line ends is the same report."""
    result = compare_with(built.html.replace("\n", "\r\n"), built.html, built.derived)
    assert result.identical and result.findings == ()


def test_what_editors_and_mail_add_is_no_alteration(built: Report) -> None:
    """A mark of the encoding at the start, and line ends behind the end."""
    for text in (f"\ufeff{built.html}", built.html.rstrip(), f"{built.html}\r\n\n"):
        result = verify_html(text.encode())
        assert result.identical and result.findings == ()


def test_another_encoding_is_not_called_an_alteration_alone(built: Report) -> None:
    """The message names what else it may be."""
    for content in (built.html.encode("utf-16"), gzip.compress(built.html.encode())):
        with pytest.raises(
            VerificationFailed, match="is compressed, was saved in another encoding"
        ):
            verify_html(content)


def test_what_looks_alike_is_told_apart(complaint: Edit, built: Report) -> None:
    """A Cyrillic letter, and a blank in place of a no-break space, are named."""
    cyrillic = complaint(built.html.replace("<h1>A", "<h1>\u0410", 1))
    assert "(U+0410 CYRILLIC CAPITAL LETTER A instead of U+0041 LATIN CAPITAL LETTER A)" in cyrillic
    blank = complaint(re.sub("(>[^<>]*)\xa0", r"\1 ", built.html, count=1))
    assert "(U+0020 SPACE instead of U+00A0 NO-BREAK SPACE)" in blank


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_found(built: Report, complaint: Edit, name: str) -> None:
    """Whatever is edited, `verify` finds it."""
    edited = EDITS[name](built.html)
    assert edited != built.html, "the edit has changed nothing: mend this test"
    assert complaint(edited) != ""


def test_an_edited_cell_is_named_in_words(built: Report, complaint: Edit) -> None:
    """Table, row, column, what the file says and what its evidence gives."""
    edited = re.sub(
        r'(<th scope="row">MLP</th><td class="number"><data [^>]*accuracy.mean[^>]*>)[^<]*',
        r"\g<1>99.99 %",
        built.html,
        count=1,
    )
    said = complaint(edited)
    place = r"^table \d+, row MLP, column Accuracy \(line \d+\)"
    assert re.search(place + ": the file says “99.99 %”", said)
    assert "its evidence gives “9" in said


def test_a_removed_row_and_an_edit_far_from_it_are_both_named(
    built: Report, complaint: Edit
) -> None:
    """Two edits are two findings, not one from the first to the last."""
    edited = remove(ROW)(EDITS["date"](built.html))
    assert len(complaint(edited).splitlines()) == 2


def test_random_bytes_are_found(built: Report, complaint: Edit) -> None:
    """Of twenty single characters that are exchanged, each is found."""
    chance = random.Random(20)
    places = [chance.randrange(len(built.html)) for _ in range(20)]
    for place in places:
        other = "x" if built.html[place] != "x" else "y"
        edited = built.html[:place] + other + built.html[place + 1 :]
        assert complaint(edited) != "", place


def test_a_number_on_the_boundary_of_its_rounding_may_be_printed_either_way(
    built: Report, complaint: Edit
) -> None:
    """An exact value may differ by what libraries move, and no more."""
    exact = re.search(r'<data value="(0\.[0-9]{8,})" data-path="models.cnn.acc', built.html)
    assert exact is not None
    moved = repr(float(exact[1]) * (1 + 1e-13))
    assert complaint(built.html.replace(exact[1], moved, 1)) == ""
    assert complaint(built.html.replace(exact[1], repr(float(exact[1]) * (1 + 1e-6)), 1))
