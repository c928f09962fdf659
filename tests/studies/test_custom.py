"""Studies of the user's own: run once, carried by the evidence, printed, never run again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from reportgen.config.loading import load_experiment
from reportgen.config.studies import find_study_plugins
from reportgen.errors import ConfigurationError, PluginFailed, ReportgenError, VerificationFailed
from reportgen.figures import drawing
from reportgen.report.carried import facts_of, library_versions, pack
from reportgen.report.html import render_html
from reportgen.report.view import make_view
from reportgen.results.evidence import Evidence
from reportgen.results.evidence_file import decode, encode
from reportgen.results.presentation import Presentation
from reportgen.studies import analyse
from reportgen.studies.custom import load_studies, measure_custom_studies
from reportgen.studies.presentation import plan_figures
from reportgen.verification.html import verify_html
from tests.studies.test_study import MODEL
from tests.support.factories import PAPER_MODELS, make_build, with_tables

WRONG = """
import numpy as np
from reportgen.figures import bars
from reportgen.studies import CannotStudy, Claim, Study, StudySettings, mark

class Settings(StudySettings):
    least: int = 0

def count(given):
    wrong = {model: int((sets["test"].classes != given.evidence.test_labels).sum())
             for (model, seed), sets in given.evidence.runs.items()}
    if max(wrong.values()) < given.settings.least:
        raise CannotStudy("too few answers are wrong")
    return {"wrong": wrong, "most": np.int64(max(wrong.values()))}

def say(facts, result):
    yield Claim(id="wrong", text=f"At most {mark('studies.wrong.most', 'integer')} are wrong.",
                rests_on="a count", concluding=True)

def draw(facts, result):
    yield bars(facts, "counts", "Wrong answers", ["all"],
               {slug: [number] for slug, number in result["wrong"].items()})

study = Study(name="wrong", title="Wrong answers", question="How many?", analyse=count,
              settings=Settings, claims=say, figures=draw)
"""


def make_evidence() -> Evidence:
    """Return the evidence of two models."""
    return make_build(PAPER_MODELS[:2], 1, n=200)[2]


def measure(evidence: Evidence, folder: Path, code: str, **settings: Any) -> Evidence:
    """Return the evidence with the study `wrong` of a file with this code."""
    (folder / "mine.py").write_text(code)
    tables = {"wrong": {"plugin": "mine.py:study", **settings}}
    evidence = with_tables(evidence, tables)
    experiment = load_experiment_of(evidence)
    studies = load_studies(find_study_plugins(tables, folder), experiment, "e.toml")
    return measure_custom_studies(evidence, studies)


def load_experiment_of(evidence: Evidence) -> Any:
    """Return the experiment that the evidence was made by."""
    from reportgen.config.schema import Experiment

    return Experiment.model_validate(evidence.header.experiment)


def render(evidence: Evidence, all_figures: bool = False) -> str:
    """Return the HTML report of the evidence, with the figures of studies alone or with all."""
    facts = analyse(evidence)
    specs = [spec for spec in plan_figures(facts, None) if all_figures or "study" in spec.slug]
    presentation = Presentation(
        "paper", "python -m reportgen build paper", versions=library_versions()
    )
    carried = pack(evidence, presentation)
    view = make_view(carried, facts, [(spec, drawing.draw_screen(spec)) for spec in specs])
    return render_html(view)


def test_its_numbers_sentences_and_figures_are_those_of_the_report(
    evidence: Evidence, tmp_path: Path
) -> None:
    """What the code gave survives the evidence file, and is printed in a section of its own."""
    found = decode(encode(measure(evidence, tmp_path, WRONG)))
    facts = analyse(found)
    counts = {
        model: int((sets["test"].classes != found.test_labels).sum())
        for (model, _), sets in found.runs.items()
    }
    assert facts.studies["wrong"] == {"wrong": counts, "most": max(counts.values())}
    assert facts.own_studies["wrong"].claims == ("wrong",)
    assert "wrong" not in facts.claims["conclusion"].text
    html = render(found)
    assert '<h3 id="study-wrong">' in html
    conclusion = html[html.index('id="conclusion"') :]
    assert f"{max(counts.values())}</data> are wrong." in conclusion[: conclusion.index("</ul>")]
    assert f'data-path="studies.wrong.most" ' f'data-format="integer">{max(counts.values())}<' in html  # fmt: skip # noqa: E501
    assert 'id="study-wrong--counts"' in html
    assert "class Settings(StudySettings)" in html
    assert "Studies left out" not in html


def test_a_report_verifies_without_its_code(evidence: Evidence, tmp_path: Path) -> None:
    """The file is gone, nothing of it is imported, and an edited number is found."""
    found = decode(encode(measure(evidence, tmp_path, WRONG)))
    (tmp_path / "mine.py").unlink()
    for name in [name for name in sys.modules if name.startswith("reportgen_plugin_mine")]:
        del sys.modules[name]
    facts = analyse(found)
    html = render(found, all_figures=True)
    result = verify_html(html.encode())
    assert (result.findings, result.is_partial) == ((), False)
    assert any("Wrong answers (mine.py:study)" in note for note in result.notes)
    assert not any(name.startswith("reportgen_plugin_mine") for name in sys.modules)
    most = facts.studies["wrong"]["most"]
    mark = 'data-path="studies.wrong.most" data-format="integer">'
    edited = html.replace(f"{mark}{most}<", f"{mark}{most - 1}<", 1)
    assert edited != html
    assert verify_html(edited.encode()).findings


def test_a_section_template_is_run_only_where_it_is_trusted(
    evidence: Evidence, tmp_path: Path
) -> None:
    """Without trust all but the section is compared, and its numbers by value."""
    section = """section='### Mine\\n{{ number("studies.wrong.most", "integer") }} at most',"""
    code = WRONG.replace('question="How many?",', f'question="How many?", {section}')
    html = render(measure(evidence, tmp_path, code), all_figures=True)
    result = verify_html(html.encode())
    assert not result.findings
    assert any("wrong" in note and "--trust-templates" in note for note in result.notes)
    mark = 'data-path="studies.wrong.most" data-format="integer">'
    edited = html.replace(mark, f"{mark}9", 1)
    assert edited != html
    assert verify_html(edited.encode()).findings


@pytest.mark.parametrize(
    ("printed", "refused"),
    [
        ('<img src="http://127.0.0.1:9/a.png">', "127.0.0.1:9/a.png would be loaded"),
        ('<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">', "9/ would be loaded"),
    ],
)
def test_a_section_template_loads_nothing(
    evidence: Evidence, tmp_path: Path, printed: str, refused: str
) -> None:
    """It is one of the author's own, as those of the experiment's folder of templates are."""
    code = WRONG.replace('question="How many?",', f'question="How many?", section={printed!r},')
    with pytest.raises(ReportgenError, match=refused):
        render(measure(evidence, tmp_path, code))


def test_a_study_that_cannot_run_gives_its_reason(evidence: Evidence, tmp_path: Path) -> None:
    """The reason is carried and printed, and the rest of the report is as it was."""
    found = decode(encode(measure(evidence, tmp_path, WRONG, least=10_000)))
    assert analyse(found).studies_left_out == {"wrong": "too few answers are wrong"}
    assert "<li>wrong: too few answers are wrong.</li>" in render(found)


BROKEN = {
    "it raises": (
        WRONG.replace("wrong = {", "wrong = {} / {", 1),
        ["analysing failed: TypeError", "mine.py, line", "in count: wrong = {} / {"],
    ),
    "it cannot be imported": ("import no_such_package\nstudy = 1", ["mine.py, line 1"]),
    "it is no study": ("study = 3", ["mine.py:study is int; give a reportgen.studies.Study"]),
    "its name is another": (
        WRONG.replace('name="wrong"', 'name="right"'),
        ["named 'right'", "[studies.wrong]"],
    ),
    "its numbers are none": (
        WRONG.replace("np.int64(max(wrong.values()))", "float('nan')"),
        ["analyse returned values that a report cannot store"],
    ),
    "its numbers are objects": (
        WRONG.replace("np.int64(max(wrong.values()))", "given"),
        ["analyse returned values that a report cannot store (StudyInputs"],
    ),
    "its claim has another's name": (
        WRONG.replace('id="wrong"', 'id="verdict"'),
        ["a claim is called 'verdict'; call it 'wrong'"],
    ),
    "its claim prints what is not there": (
        WRONG.replace("studies.wrong.most", "studies.wrong.least"),
        ["there is no number at `studies.wrong.least`"],
    ),
    "its claims are text": (
        WRONG.replace("yield Claim(", "yield dict("),
        ["claims returned dict; return Claim"],
    ),
    "its figure does not fit": (
        WRONG.replace('["all"]', '["all", "none"]'),
        ["making its figures failed", "has 1 values for 2 places"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_wrong_code_is_reported_by_the_line(case: str, evidence: Evidence, tmp_path: Path) -> None:
    """Each message names the plug-in and what is wrong with it; exit code 2."""
    code, expected = BROKEN[case]
    with pytest.raises(PluginFailed) as error:
        measure(evidence, tmp_path, code)
    for text in expected:
        assert text in str(error.value)
    assert error.value.exit_code == 2


def test_its_settings_are_checked_before_it_runs(evidence: Evidence, tmp_path: Path) -> None:
    """A key that it does not take is reported with the nearest that it takes."""
    with pytest.raises(ConfigurationError, match=r"studies\.wrong\.lest: .* mean \"least\""):
        measure(evidence, tmp_path, WRONG, lest=1)
    with pytest.raises(ConfigurationError, match=r"studies\.wrong\.least: must be a whole number"):
        measure(evidence, tmp_path, WRONG, least="many")


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[studies.wrong]\nplugin = "none.py:study"', "studies.wrong.plugin: "),
        ('[studies.wrong]\nplugin = "mine.py:stduy"', 'did you mean "study"?'),
        ("[studies.wrong]\nplugin = 3", "studies.wrong.plugin: must be text"),
        ('[studies.design]\nplugin = "mine.py:study"', '"design" comes with reportgen'),
        ('[studies."Wrong answers"]\nplugin = "mine.py:study"', "lower-case letters"),
        ("[studies.wrong]\nleast = 3", 'plugin = "FILE.py:NAME"'),
    ],
)
def test_wrong_tables_are_refused_without_running_code(
    table: str, problem: str, tmp_path: Path
) -> None:
    """The file is read and not run: it would end the process."""
    (tmp_path / "mine.py").write_text("raise SystemExit\nstudy = 1")
    path = tmp_path / "e.toml"
    path.write_text(MODEL + table)
    with pytest.raises(ConfigurationError) as error:
        load_experiment(str(path), [])
    assert any(problem in str(found) for found in error.value.problems), error.value


FORGED: dict[str, dict[str, Any]] = {
    "a study of reportgen's": {"name": "design"},
    "another's claim": {"claims": ({"id": "verdict", "text": "All is well.", "rests_on": "x"},)},
    "a figure of another kind": {
        "figures": (
            {"slug": "a", "kind": "gallery", "title": "", "caption": "", "alt": "", "data": {}},
        )
    },
    "a figure without data": {
        "figures": (
            {"slug": "a", "kind": "bars", "title": "", "caption": "", "alt": "", "data": {}},
        )
    },
    "a claim that is none": {"claims": ({"id": "wrong"},)},
}


@pytest.mark.parametrize("case", FORGED)
def test_evidence_that_was_made_up_is_refused(
    case: str, evidence: Evidence, tmp_path: Path
) -> None:
    """No carried study takes the place of what is computed, or makes the reader fail."""
    found = measure(evidence, tmp_path, WRONG)
    record = found.header.custom_studies[0].model_copy(update=FORGED[case])
    with pytest.raises(VerificationFailed, match="cannot be analysed"):
        facts_of(found.with_header(custom_studies=(record,)))
