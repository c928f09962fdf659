"""Hostile templates: nothing is run, read, written or embedded, and each is refused in one line.

Only the hostile section is rendered: all others are replaced by empty ones. Where a template would
load something, its text is rendered as far as the place where that is found.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import ReportgenError
from reportgen.report.html import render_html
from reportgen.report.templates import SET
from reportgen.report.view import View
from reportgen.resources import resource_folder
from tests.report.samples import sample_view, with_templates
from tests.support.factories import PAPER_MODELS

SECRET = "the-secret-of-this-machine"
NAME = "45-hostile.md.j2"
PICKLE = 'cposix\\nsystem\\n(S"touch {folder}/ran"\\ntR.'

RUNS_CODE = {
    "pickle": "{{ experiment.parse_raw('" + PICKLE + "', allow_pickle=true, proto='pickle') }}",
    "pydantic dump": "{{ experiment.model_dump_json() }}",
    "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class by item": "{{ ''['__class__'] }}",
    "class by filter": "{{ ['']|map(attribute='__class__')|list }}",
    "class by attr": "{{ '' | attr('__class__') }}",
    "globals of a function": "{{ number.__globals__ }}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "init of self": "{{ self.__init__.__globals__ }}",
    "namespace": "{{ namespace.__init__ }}",
    "loop": "{% for i in [1] %}{{ loop._iterable }}{{ loop.__class__ }}{% endfor %}",
    "generator frame": "{{ ([1]|map('abs')).gi_frame.f_builtins }}",
    "str.format": "{{ '{0.__class__}'.format(1) }}",
    "format through a variable": "{% set f = '{0}'.format %}{{ f(number) }}",
    "format of markup": "{{ ('{0.__class__}'|safe).format(1) }}",
    "percent": "{{ '%(x)s' % {'x': number} }}",
    "note": "{{ note('model_dump') }}",
    "field of a figure": "{{ figures(__class__=none) }}",
    "changing the facts": "{% set x = facts.models.clear() %}",
    "changing a list": "{{ experiment.keywords.append('x') }}",
    "call of a text": "{{ 'os.system'('id') }}",
    "call of an undefined name": "{{ __import__('os').system('id') }}",
    "a function as argument": "{{ has_claim(number) }}",
    "printing a function": "{{ number }}",
    "lipsum": "{{ lipsum.__globals__ }}",
    "extension": "{% do 1 %}",
}

READS_OR_WRITES = {
    "read": "{{ view.templates.joinpath('../secret').read_text() }}",
    "results": "{{ view.results }}",
    "figure drawings": "{{ view.figures }}",
    "path upwards": "{% include '../secret' %}",
    "absolute path": "{% include '{folder}/secret' %}",
    "backslashes": "{% include '..\\\\secret' %}",
    "import upwards": "{% import '../../secret.j2' as s %}{{ s }}",
    "extends upwards": "{% extends '../secret' %}",
}

LOADS = {
    "attachment": '<a rel="attachment" href="file://{folder}/secret">x</a>',
    "attachment as data": '<a rel="attachment" href="data:;base64,####">x</a>',
    "image file": '<img src="file://{folder}/secret.png" alt="">',
    "relative image": '<img src="../secret.png" alt="">',
    "Markdown image": "![x](file://{folder}/secret.png)",
    "image set": '<img srcset="file://{folder}/secret.png 1x" alt="">',
    "refresh": '<meta http-equiv="Refresh" content="0;url=http://127.0.0.1:9/">',
    "image in SVG": '<svg><image href="file://{folder}/secret.png"/></svg>',
    "use in SVG": '<svg><use xlink:href="file://{folder}/secret.svg#x"/></svg>',
    "object": '<object data="file://{folder}/secret"></object>',
    "style sheet": '<link rel="stylesheet" href="file://{folder}/secret.css">',
    "style attribute": "<p style=\"background: url('file://{folder}/secret.png')\">x</p>",
    "style import": '<style>@import "file://{folder}/secret.css";</style>',
    "video": '<video poster="http://127.0.0.1:9/x.png"></video>',
    "form": '<form action="http://127.0.0.1:9/"></form>',
    "ping": '<a href="#x" ping="http://127.0.0.1:9/">x</a>',
    "from an expression": '<img src="{{ "FILE"|lower }}://{folder}/secret.png" alt="">',
}

WITHOUT_END = {
    "range": "{% for i in range(10**9) %}{% endfor %}",
    "nested loops": (
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    ),
    "loop over a filter": "{% for i in range(99999)|map('string') %}"
    "{% for j in range(99999)|select %}{% endfor %}{% endfor %}",
    "loop with a condition": "{% for i in range(99999) %}"
    "{% for j in range(99999) if j < 0 %}{% endfor %}{% endfor %}",
    "recursive loop": "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "repeated text": "{{ 'x' * 10**10 }}",
    "repeated list": "{% set x = [[0]] * 10**9 %}",
    "doubled text": "{% set n = namespace(x='x') %}"
    "{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "added text": "{% set n = namespace(x='x') %}"
    "{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "doubled list": "{% set n = namespace(x=[1]) %}"
    "{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "nested lists": "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
    "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
    "nested tuples": "{% set n = namespace(x=(1,)) %}{% for i in range(60) %}"
    "{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}",
    "nested dictionaries": "{% set n = namespace(x={}) %}{% for i in range(60) %}"
    "{% set n.x = {1: n.x, 2: n.x} %}{% endfor %}{{ n.x }}",
    "nested through items": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}"
    "{% set n.x = {1: n.x, 2: n.x}.items()|list %}{% endfor %}{{ n.x == n.x }}",
    "nested arguments": "{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1) }}",
    "power": "{{ 9 ** 999999999 }}",
    "squares": "{% set n = namespace(x=9) %}"
    "{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
    "number from text": "{{ ('1' ~ '0000000000'|replace('0', '0'*9))|int(base=16) ** 9999 }}",
    "padding": "{{ 'x'.ljust(10**10) }}",
    "padding by format": "{{ '%10000000000d' % 1 }}",
    "replace": "{% set x = range(99999)|join(',') %}{{ x|replace('', x) }}",
    "join": "{% set x = range(99999)|join(',') %}{{ range(99999)|join(x) }}",
    "join a list": "{% set x = range(99999)|list %}{{ [x, x]|join }}",
    "print a list": "{{ [1, 2] }}",
    "upper": "{% set x = range(99999)|join(',') %}{% for i in range(999) %}"
    "{% set y = x|upper %}{% endfor %}",
    "slices": "{% set x = range(99999)|join(',') %}{% for i in range(999) %}"
    "{% set y = x[1:] %}{% endfor %}",
    "output": "{% set x = range(99999)|join(',') %}{% for i in range(999) %}{{ x }}{% endfor %}",
    "drawings": "{% for i in range(99999) %}{{ drawing('samples') }}{% endfor %}",
    "pieces in pieces": "{% set n = namespace(x=drawing('samples')) %}{% for i in range(40) %}"
    "{% set n.x = (n.x ~ n.x)|inline %}{% endfor %}{{ n.x }}",
    "written place": "\ue0000\ue001",
    "escaped place": "{{ '\\ue0000\\ue001'|safe }}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macros that branch": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
    "{% endmacro %}{{ m(60) }}",
    "include itself": "{% include self %}",
    "include its file": "{% include 'sections/45-hostile.md.j2' %}",
    "import its file": "{% import 'sections/45-hostile.md.j2' as m %}",
    "extend its file": "{% extends 'sections/45-hostile.md.j2' %}",
    "nested blocks": "{% for i in [1] %}" * 30 + "{% endfor %}" * 30,
    "nested brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "long number": "{{ " + "9" * 5000 + " }}",
    "division": "{{ 1 // 0 }}",
    "half a character": "{{ '\\ud800' }}",
    "brackets": "[" * 20_000,
    "links": "[x](" * 20_000,
    "footnotes": "[^1]" * 10_000 + "\n\n[^1]: x",
    "tags": "<a " * 60_000,
    "deep operators": "{{ " + "1+" * 40_000 + "1 }}",
    "deep attributes": "{{ facts" + ".a" * 40_000 + " }}",
    "deep conditions": "{% if 1 %}" * 1500 + "{% endif %}" * 1500,
    "membership": "{% set x = range(99999)|list %}"
    "{% for i in range(99999) if i - 99999 in x %}{% endfor %}",
    "claims": "{% for i in range(99999) %}{{ claim('verdict') }}{% endfor %}",
    "large file": "x" * 600_000,
}

FORGED = {
    "no such piece": "{% set t = number('dataset.test', 'integer') ~ '' %}"
    "{{ (t[:1] ~ '99999' ~ t[-1:])|safe }}",
    "a piece within itself": "{% set t = number('dataset.test', 'integer') ~ '' %}"
    "{% for i in range(40) %}{{ (t[:1] ~ i ~ t[-1:])|inline }}{% endfor %}",
}

Hostile = Callable[[str], View]


SECTIONS = (resource_folder("templates") / SET / "sections").glob("*.md.j2")
EMPTY = {f"sections/{path.name}": "" for path in SECTIONS}


@pytest.fixture(scope="module")
def view() -> View:
    """A report of two models with one seed: how long it is makes no difference."""
    return sample_view(PAPER_MODELS[:2], 1)


@pytest.fixture
def hostile(view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    """Return a function: the view of a report whose only section is the template given."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret.j2").write_text(SECRET)

    # A fraction of what a report may use will do to see that there is a limit.
    monkeypatch.setattr("reportgen.report.allowance.SECONDS", 0.5)
    monkeypatch.setattr("reportgen.report.allowance.UNITS", 500_000)
    monkeypatch.setattr("reportgen.report.stash.LARGEST", 3_000_000)

    def make(template: str) -> View:
        text = template.replace("{folder}", str(tmp_path))
        return with_templates(view, {**EMPTY, f"sections/{NAME}": text})

    return make


def refuse(view: View, folder: Path) -> str:
    """Return the sentence by which a report is refused, and see that nothing was touched."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(ReportgenError) as caught:
        render_html(view)
    assert sorted(folder.rglob("*")) == before
    assert (folder / "secret").read_text() == SECRET
    message = str(caught.value)
    assert SECRET not in message
    assert "\n" not in message
    assert len(message) < 500
    return message


@pytest.mark.slow
@pytest.mark.parametrize("template", RUNS_CODE.values(), ids=RUNS_CODE)
def test_no_template_runs_code(hostile: Hostile, tmp_path: Path, template: str) -> None:
    """Whatever reaches for an object, a method or Python's inside is refused with its line."""
    message = refuse(hostile(f"\n{template}"), tmp_path)
    assert message.startswith(f"template {NAME}, line 2: ")


@pytest.mark.parametrize("template", READS_OR_WRITES.values(), ids=READS_OR_WRITES)
def test_no_template_reads_or_writes(hostile: Hostile, tmp_path: Path, template: str) -> None:
    """No file outside of the template folders is reached, and none is written."""
    assert NAME in refuse(hostile(template), tmp_path)


@pytest.mark.parametrize("template", LOADS.values(), ids=LOADS)
def test_nothing_is_loaded(hostile: Hostile, tmp_path: Path, template: str) -> None:
    """Neither document loads what a template names; the sentence names template and address."""
    message = refuse(hostile(template), tmp_path)
    assert message.startswith(f"template sections/{NAME}: ")
    assert "a report loads nothing" in message


@pytest.mark.slow
@pytest.mark.parametrize("template", WITHOUT_END.values(), ids=WITHOUT_END)
def test_every_template_ends(hostile: Hostile, tmp_path: Path, template: str) -> None:
    """Loops, values and recursion without end are stopped, and the template is named."""
    assert NAME in refuse(hostile(template), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "template",
    ["".join("    " * depth + "- x\n" for depth in range(300)), "a\n: b\n" * 2_000],
    ids=["lists", "definitions"],
)
def test_deep_markdown_is_a_sentence(hostile: Hostile, tmp_path: Path, template: str) -> None:
    """Blocks that nest more deeply than Markdown can follow are refused, and are no bug of ours."""
    assert "too deeply" in refuse(hostile(template), tmp_path)


def test_a_hidden_request_meets_the_policy(hostile: Hostile, tmp_path: Path) -> None:
    """A frame without the policy, or with a `<meta>` that could undo it, is refused."""
    frame = (resource_folder("templates") / SET / "frame.html.j2").read_text(encoding="utf-8")
    refresh = '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">'
    frames = {
        "must begin": frame.replace("{{ policy }}", "default-src *"),
        "must begin like": frame.replace("<head>", f"<head>{refresh}"),
        "may be added": frame.replace("</head>", f"{refresh}</head>"),
    }
    for words, changed in frames.items():
        view = hostile("x")
        message = refuse(
            with_templates(view, {**view.presentation.templates, "frame.html.j2": changed}),
            tmp_path,
        )
        assert words in message


@pytest.mark.parametrize("style", ["p{background:url(file:///x)}", "@import 'http://x/y.css';"])
def test_a_style_sheet_loads_nothing(hostile: Hostile, tmp_path: Path, style: str) -> None:
    """A style sheet of the user's own is named with the address that it asks for."""
    view = hostile("x")
    message = refuse(
        with_templates(view, {**view.presentation.templates, "css/theme.css": style}), tmp_path
    )
    assert message.startswith("template css/theme.css: ")


def test_images_of_ones_own_stand_in_the_report(hostile: Hostile) -> None:
    """An image as a data: address, and a link to be followed, are a template's right."""
    image = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="
    html = render_html(
        hostile(f'<img src="{image}" alt=""> [a link](https://example.org/)'),
    )
    assert image in html
    assert 'href="https://example.org/"' in html


@pytest.mark.parametrize("template", FORGED.values(), ids=FORGED)
def test_forged_pieces_come_to_an_end(hostile: Hostile, template: str) -> None:
    """What a template cuts out of a number and puts together anew stands for a piece or nothing."""
    assert "</html>" in render_html(hostile(template))
