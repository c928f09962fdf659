from __future__ import annotations

import re
from itertools import pairwise

import pytest

from reportgen.errors import ReportgenError
from reportgen.report.document import Medium, compose
from reportgen.report.html import render_html
from reportgen.report.view import View
from reportgen.studies import shipped_studies
from reportgen.studies.references import REFERENCES
from tests.report.samples import (
    CLOTHES,
    NINE_MODELS,
    sample_view,
    stub_svg,
    view_of,
    with_templates,
)
from tests.support.factories import PAPER_MODELS, FakeModel, make_build
from tests.support.outline import Outline

HOSTILE = (
    "</style></title><script>alert(1)</script>{{ 7 * 7 }}{% raw %}*b* | "
    "[x](javascript:1) \ue0001\ue001"
)


def text_of(html: str) -> str:
    """Return the text of a document, white space as single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def test_every_row_of_the_paper_has_its_place(html: str) -> None:
    """The sections of the paper stand in its order, and the tables that it prints are there."""
    found = re.findall(r"<h[23][^>]* id=\"([^\"]*)\"", html)

    wanted = ["abstract", "introduction", "data", "method", "training", "architecture-cnn"]
    wanted += ["architecture-mlp", "results", "classification-reports", "accuracy-results"]
    wanted += ["confusion-matrices", "f1-score", "differences"]
    wanted += [
        "cost",
        "design-results",
        "calibration",
        "conclusion",
        "future",
        "appendix",
        "runs",
        "environment",
        "configuration",
    ]
    assert [name for name in found if name in wanted] == wanted


def test_layers_are_printed_as_the_paper_does(html: str) -> None:
    """The summary has running numbers, the batch dimension as −1, and totals."""
    text = text_of(html)

    assert "Flatten-1[−1, 784]0" in text.replace(" 7,850", "7,850")
    assert "Linear-2[−1, 10]7,850" in text
    assert "Total params7,850" in text
    assert "Estimated total size (MB)" in text


@pytest.mark.parametrize(
    ("models", "seeds"), [(PAPER_MODELS[:1], 1), (PAPER_MODELS[::2], 2), (NINE_MODELS, 1)]
)
def test_any_number_of_models_makes_a_whole_document(
    models: tuple[FakeModel, ...], seeds: int
) -> None:
    """With one, two or nine models all ids are unique, and all links and labels lead somewhere."""
    dataset = {"name": "fashion-mnist", "title": "Fashion-MNIST", "classes": CLOTHES}
    html = render_html(sample_view(models, seeds, dataset_settings=dataset))

    outline = Outline(html)
    assert len(outline.ids) == len(set(outline.ids))
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)
    assert set(outline.labels) <= set(outline.ids)
    assert not re.search(r"MNIST(?<!Fashion-MNIST)|digit|[\ue000-\uf8ff]", text_of(html))


@pytest.mark.slow
@pytest.mark.parametrize(("count", "kind"), [(2, "verdicts"), (9, "verdicts"), (12, "groups")])
def test_verdicts_on_few_models_are_a_matrix_on_many_a_list(count: int, kind: str) -> None:
    """Up to nine models are set against each other, each pair once; more are put into groups."""
    models = tuple(FakeModel(f"Net {i}", f"net-{i}", "cnn", 0.0, 0.1) for i in range(count))
    html = render_html(sample_view(models, 1))
    shown = re.search(r'id="table-verdicts".*?</table>', html, re.DOTALL)
    assert shown is not None
    assert f'<table class="{kind}"' in shown[0]
    assert len(re.findall('<th scope="row"', shown[0])) == (count if kind == "verdicts" else 1)
    pairs = count * (count - 1) // 2 if kind == "verdicts" else 0
    verdicts = re.findall('<td class="(?:better|worse|equivalent|undecided|same)"', shown[0])
    assert len(verdicts) == len(re.findall('<td class="ahead"', shown[0])) == pairs


def test_the_answer_is_what_a_link_preview_shows(html: str) -> None:
    """Title, description and Open Graph carry the sentence that the cover prints."""
    answer = re.search(r'<meta property="og:description" content="([^"]+)">', html)
    assert answer is not None
    assert f" – {answer[1]}</title>" in html
    assert f'<meta name="description" content="{answer[1]}">' in html
    assert re.search(r'class="verdict"><span class="claim" data-claim="answer">', html)


def cells_of(html: str, table: str) -> dict[str, list[str]]:
    """Return the cells of each row of a table, by the row's heading."""
    found = re.search(rf'id="{table}".*?</table>', html, re.DOTALL)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', found[0] if found else "")
    return {head: re.findall(r"<td>(.*?)</td>", cells) for head, cells in rows}


@pytest.mark.parametrize("batch_size", [64, 32], ids=["one shared", "none shared"])
def test_settings_are_listed_once_or_for_each_network(batch_size: int) -> None:
    """What networks share is in one table, what differs in another, always."""
    cnn = {"name": "CNN", "slug": "cnn", "architecture": "cnn"}
    own = {
        "optimizer": "sgd",
        "momentum": 0.9,
        "learning_rate": 0.1,
        "schedule": "cosine",
        "warmup_epochs": 1,
        "weight_decay": 0.01,
        "epochs": 8,
        "batch_size": batch_size,
        "augmentation": {"shift": 2},
    }
    mlp = {"name": "MLP", "slug": "mlp", "architecture": "mlp", "training": own}
    html = render_html(sample_view(PAPER_MODELS[::2], settings={"models": [cnn, mlp]}))

    expected = {
        "Optimiser": ["Adam", "SGD with momentum 0.9"],
        "Learning rate": ["0.001", "0.1, warm-up over one epoch, cosine to 0"],
        "Weight decay": ["none", "0.01"],
        "Epochs": ["4", "8"],
        "Augmentation": ["none", "shifts of up to 2 pixels"],
    }
    shared = {"Batch size": ["64"]} if batch_size == 64 else {}
    expected |= {} if shared else {"Batch size": ["64", "32"]}
    assert cells_of(html, "table-own-settings") == expected
    assert cells_of(html, "table-settings") == {
        **shared,
        "Seeds": ["0, 1"],
        "Precision": ["float32"],
    }


def test_the_cover_confines_one_seed_to_its_runs(html: str) -> None:
    """With one run of each model the cover is about these networks alone."""
    confined = "This holds only for these trained networks"
    covers = [
        re.search(r'<p class="verdict">.*?</p>', each, re.DOTALL)
        for each in (html, render_html(sample_view(seeds=1)))
    ]
    assert [confined in text_of(cover[0]) for cover in covers if cover] == [False, True]


def test_one_model_is_not_compared(html: str) -> None:
    """A report of one model speaks of one model, and has no table of pairs."""
    alone = render_html(sample_view(PAPER_MODELS[:1], 1))

    assert 'id="table-pairs"' in html
    assert 'id="table-pairs"' not in alone
    assert "This report measures one model, CNN" in text_of(alone)


def test_headings_follow_each_other_without_a_gap(html: str) -> None:
    """No heading level is skipped."""
    levels = [int(tag[1]) for tag in Outline(html).tags if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_hostile_text_stays_text() -> None:
    """Titles, cover lines, names, keywords and references are printed, never run or rendered."""
    models = tuple(
        FakeModel(f"{index} <b onclick=1> {{{{ 7 * 7 }}}} `x` [[", model.slug, "cnn", 0.0, 0.02)
        for index, model in enumerate(PAPER_MODELS[:2])
    )
    settings = {
        "title": HOSTILE,
        "subtitle": HOSTILE,
        "keywords": [HOSTILE],
        "cover": {HOSTILE: HOSTILE},
        "references": [{"text": HOSTILE, "url": "javascript:alert(1)"}],
        "report": {"date": HOSTILE},
        "notes": dict.fromkeys(("abstract", "results", "conclusion"), HOSTILE),
    }
    plain = Outline(render_html(sample_view(PAPER_MODELS[:2])))

    html = render_html(sample_view(models, settings=settings))

    outline = Outline(html)
    for tag in ("script", "style", "h1", "title"):
        assert outline.tags.count(tag) == plain.tags.count(tag)
    assert not [link for link in outline.links if "javascript" in link]
    assert "onclick" not in re.sub(r"&lt;.*?&gt;", "", html.split("<script")[0])
    assert "49" not in text_of(html.split("<main")[0].split("<h1")[1])
    assert "{{ 7 * 7 }}" in text_of(html)


def test_own_templates_replace_single_files(view: View) -> None:
    """A file of the user's folder replaces its namesake, and a new section takes its place."""
    view = with_templates(
        view,
        {
            "sections/40-conclusion.md.j2": "## Schluss {: #schluss }\n\nAlles *gut*.",
            "sections/45-limits.md.j2": '## Limits\n\n{{ number("dataset.test", "integer") }}.',
            "css/theme.css": ":root { --paper: hotpink; }",
        },
    )

    html = render_html(view)

    assert "IV. Schluss" in html
    assert "Alles <em>gut</em>." in html
    assert html.index("IV. Schluss") < html.index("V. Limits") < html.index('id="appendix"')
    assert "hotpink" in html
    assert 'id="results"' in html


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "line one\n{{ nothing }}",
            r"template 40-conclusion.md.j2, line 2: 'nothing' is undefined",
        ),
        ("{% if %}", r"template 40-conclusion.md.j2, line 1: "),
        (
            '\n\n{{ number("models.none.accuracy", "percent") }}',
            r"line 3: .*models\.none\.accuracy",
        ),
        ('{{ number("dataset.test", "furlongs") }}', r"no format is called `furlongs`"),
        ('{{ ref("no-such-table") }}', r"refer to 'no-such-table'"),
        ('{% include "nothing.j2" %}', r"no template is called nothing\.j2"),
        ('{{ "".__class__.__mro__ }}', r"access to attribute '__class__'"),
        ("{% set x = facts.models.clear() %}", r"line 1: access to attribute .clear."),
    ],
)
def test_a_wrong_template_is_named(view: View, template: str, message: str) -> None:
    """An error in a template ends in one line with its file and what is wrong; no code runs."""
    view = with_templates(view, {"sections/40-conclusion.md.j2": template})

    with pytest.raises(ReportgenError, match=message):
        compose(view, "html")


def test_two_figures_of_one_name_are_refused(view: View) -> None:
    """A figure that is set twice cannot be referred to."""
    figure = '{% from "macros/blocks.html.j2" import figure with context %}'
    twice = figure + '{% for f in figures(kind="class-f1") %}{{ figure(f) }}{% endfor %}'
    view = with_templates(view, {"sections/45-twice.md.j2": twice})

    with pytest.raises(ReportgenError, match="two figures or tables are called 'class-f1'"):
        compose(view, "html")


def test_a_stand_in_is_said_on_the_cover() -> None:
    """Where another data set stands in, the cover, the abstract and the introduction say so."""
    stand_in = {"title": "Digits", "stand_in_for": "mnist", "stand_in_reason": "No network."}

    html = render_html(sample_view(dataset_settings=stand_in))

    cover, rest = html.split("<main", 1)
    assert "Digits instead of MNIST" in cover
    assert "Digits stands in for MNIST." in rest
    assert "No network." in rest


def test_methods_cite_the_references_of_the_experiment() -> None:
    """A method is cited by the number of the reference that begins with its author's name."""
    texts = [
        *("Unused, A. (1900). Nothing.", "Brier, G. W. (1950). Verification."),
        *("Wilson, E. B. (1927). Inference.", "Holm, S. (1979). A procedure."),
    ]
    references = [{"text": text} for text in texts]
    html = render_html(sample_view(settings={"references": references}))

    text = text_of(html).replace("&nbsp;", " ")
    listed = dict(re.findall(r'<li id="reference-(\d)">(\w+)', html))
    assert re.search(rf"Holm’s method\s+\[{find(listed, 'Holm')}\]", text)
    assert re.search(rf"Brier score\s+\[{find(listed, 'Brier')}\]", text)
    assert re.search(rf"Wilson’s\s+\[{find(listed, 'Wilson')}\]", text)
    assert listed.popitem()[1] == "Unused"


def find(listed: dict[str, str], author: str) -> str:
    """Return the number of the reference that begins with this name."""
    (number,) = (number for number, name in listed.items() if name == author)
    return number


@pytest.mark.parametrize("medium", ["html", "pdf"])
def test_references_are_numbered_as_they_are_cited(medium: Medium) -> None:
    """Numbers rise from one citation to the next new one, and all that are listed are cited."""
    texts = ["Brier, G. W. Scores.", "Holm, S. A procedure.", "LeCun, Y. Gradients."]
    references = [{"text": text} for text in texts]
    content = compose(sample_view(settings={"references": references}), medium).body
    cited = list(dict.fromkeys(re.findall(r'href="#reference-(\d+)"', content)))
    listed = re.findall(r'id="reference-(\d+)"', content)
    assert cited == listed == [str(number + 1) for number in range(len(listed))]
    assert len(listed) > len(texts)


@pytest.mark.parametrize(
    ("count", "words"), [(1, "Table 3"), (2, "Tables 3 and 4"), (4, "Tables 3 to 6")]
)
def test_several_tables_are_referred_to_at_once(count: int, words: str) -> None:
    """One word for all of them, and a range from three on."""
    models = tuple(FakeModel(f"Net {i}", f"net-{i}", "cnn", 0.0, 0.1) for i in range(count))
    text = text_of(compose(sample_view(models, 1), "html").body).replace("&nbsp;", " ")
    found = re.search(r"Tables? \d+(?:(?: to | and )\d+)? gives? these scores", text)
    assert found is not None
    kinds, *numbers = re.findall(r"Tables?|\d+", found[0])
    assert kinds == words.split()[0]
    assert len(numbers) == min(count, 2)
    assert int(numbers[-1]) - int(numbers[0]) == count - 1
    assert words.split()[-2] in found[0]


def test_only_what_studies_cite_is_listed_without_references() -> None:
    """No brackets are left where a method has no reference; sections of studies bring their own."""
    html = render_html(sample_view())

    assert "Holm’s method." in text_of(html)
    listed = re.findall(r'<li id="reference-(\d)">(\w+)', html)
    assert listed == [("1", "Montgomery"), ("2", "Guo"), ("3", "Brier")]
    assert re.search(r"Brier score\s+\[3\]", text_of(html).replace("&nbsp;", " "))


def test_every_publication_that_studies_know_is_cited() -> None:
    """By its beginning, in the section of some study; no beginning fits two, or none."""
    sections = "".join(study.section for study in shipped_studies().values())
    starts = re.findall(r'cite\("([^"]+)"\)', sections)
    fitting = {
        start: [each.text for each in REFERENCES if each.text.startswith(start)] for start in starts
    }
    assert {start: len(texts) for start, texts in fitting.items()} == dict.fromkeys(starts, 1)
    assert {texts[0] for texts in fitting.values()} == {each.text for each in REFERENCES}


@pytest.mark.parametrize(("count", "measures"), [(4, {"counts", "shares"}), (5, {"shares"})])
def test_the_pdf_of_many_models_shows_shares_alone(count: int, measures: set[str]) -> None:
    """The counts of more than four models are left to the HTML report."""
    models = tuple(FakeModel(f"Net {i}", f"net-{i}", "cnn", 0.0, 0.1) for i in range(count))
    content = compose(sample_view(models, 1), "pdf").body
    shown = set(re.findall(r'id="confusion-(counts|shares)"', content))
    assert shown == measures
    assert ("the HTML report gives the counts too" in content) == (count > 4)


def test_a_table_of_metrics_is_no_wider_than_a_page() -> None:
    """Seven metrics are in two tables; accuracy has one of its own."""
    metrics = ["accuracy", "macro_f1", "weighted_f1", "balanced_accuracy"]
    metrics += ["cohen_kappa", "log_loss", "auroc", "top_k_accuracy"]
    content = compose(sample_view(settings={"analysis": {"metrics": metrics}}), "pdf").body
    tables = re.findall(r'<figure [^>]*id="table-metrics.*?</thead>', content, re.DOTALL)
    assert [table.count('<th scope="col" class="number">') for table in tables] == [4, 3]
    assert "among the two most probable ones." in text_of(content)


def test_models_without_layers_have_no_columns_for_them() -> None:
    """Costs of estimators are times; no weights and no sizes are mentioned."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=200)
    runs = tuple(
        run.model_copy(update={"record": run.record.model_copy(update={"summary": None})})
        for run in evidence.header.runs
    )
    view = view_of(dataset, evidence.with_header(runs=runs), stub_svg)
    costs = re.search(r'id="table-costs".*?</figure>', compose(view, "html").body, re.DOTALL)
    assert costs is not None
    assert "Parameters" not in costs[0]
    assert "single precision" not in costs[0]


@pytest.fixture(scope="module")
def of_many_classes() -> View:
    """A report on 60 classes."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=240, classes=60)
    return view_of(dataset, evidence, stub_svg)


def test_the_page_lists_every_one_of_many_classes(of_many_classes: View) -> None:
    """In HTML each model's report has a row for each class, and figures list all below."""
    html = render_html(of_many_classes)
    for slug in of_many_classes.facts.models:
        report = re.search(rf'id="table-report-{slug}".*?</table>', html, re.DOTALL)
        assert report is not None
        rows = re.findall(r'<tr><th scope="row">(\d+)</th>', report[0])
        assert rows == list(of_many_classes.facts.dataset.classes)


def test_the_pdf_of_many_classes_names_where_the_others_are(of_many_classes: View) -> None:
    """The PDF prints the hardest twenty by their mean over models, and refers to the rest."""
    facts = of_many_classes.facts
    content = compose(of_many_classes, "pdf").body
    table = re.search(r'id="table-class-f1".*?</table>', content, re.DOTALL)
    assert table is not None
    shown = [int(n) for n in re.findall(r'<tr><th scope="row">(\d+)</th>', table[0])]
    means = [sum(m.per_class[i].f1.mean for m in facts.models.values()) for i in range(60)]
    assert [means[i] for i in shown] == sorted(means)[:20]
    assert "table-report-" not in content
    text = text_of(content)
    assert "the HTML report and the attached results.json give precision, recall" in text
    assert "The HTML report gives both averages" in text
