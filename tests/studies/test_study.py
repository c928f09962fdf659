"""The contract of studies: found, set, run, left out, and printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen import studies
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark, plain_claim, read_number
from reportgen.config.loading import load_experiment
from reportgen.config.studies import known_studies
from reportgen.errors import ConfigurationError
from reportgen.figures import FigureSpec
from reportgen.results.evidence import Evidence
from reportgen.results.records import Record
from reportgen.studies import CannotStudy, Study, StudyInputs, StudySettings, analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import PAPER_MODELS, make_build, with_tables

MODEL = 'title = "T"\n[[models]]\nname = "CNN"\narchitecture = "cnn"\n'


class TopSettings(StudySettings):
    """Settings of a study that exists in these tests alone."""

    top: int = 1


class Errors(Record):
    """Wrong answers of all runs of each model."""

    counts: tuple[int, ...]


def count_errors(given: StudyInputs) -> Errors:
    """Count wrong answers; models beyond the first `top` are left out."""
    if given.settings.top > len(given.models):
        raise CannotStudy("there are fewer models")
    correct = given.inputs.predictions.correct[: given.settings.top]
    return Errors(counts=tuple(int((~runs).sum()) for runs in correct))


def say_errors(facts: Facts, result: Errors) -> Iterator[Claim]:
    """Yield one claim, which the conclusion repeats."""
    assert facts.studies["errors"]["counts"] == list(result.counts)
    text = f"The first model is wrong {mark('studies.errors.counts.0', 'integer')} times."
    yield Claim(id="errors", text=text, rests_on="a count", concluding=True)


def draw_errors(facts: Facts, result: Errors) -> Iterator[FigureSpec]:
    """Yield one figure."""
    yield FigureSpec(
        slug="errors", kind="class-f1", title="E", caption="", alt=str(result.counts), data={}
    )


ERRORS = Study(
    name="errors",
    analyse=count_errors,
    settings=TopSettings,
    result=Errors,
    claims=say_errors,
    figures=draw_errors,
    section='### Errors {: #errors }\n\n{{ claim("errors") }}',
)


@pytest.fixture
def with_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the study of these tests to those that come with reportgen."""
    known = {"errors": ERRORS, **studies.shipped_studies()}
    for module in ("studies", "studies.presentation"):
        monkeypatch.setattr(f"reportgen.{module}.shipped_studies", lambda: known)


def make_evidence() -> Evidence:
    """Return the evidence of the four models of the paper."""
    return make_build(PAPER_MODELS, 2, n=300)[2]


def test_folders_and_contract_agree() -> None:
    """Every study is called as its module is, and is known by that name before it is imported."""
    assert sorted(studies.shipped_studies()) == sorted(known_studies())


@pytest.mark.usefixtures("with_errors")
def test_a_study_is_off_until_its_table_is_written(evidence: Evidence) -> None:
    """Without a table there is no number, no sentence, no figure."""
    facts = analyse(evidence)
    assert "errors" not in facts.studies
    assert "errors" not in facts.claims
    assert "errors" not in [spec.slug for spec in plan_figures(facts, None)]


@pytest.mark.usefixtures("with_errors")
def test_a_study_adds_numbers_claims_and_figures(evidence: Evidence) -> None:
    """Its numbers are resolved by path, and its claim is printed and repeated in the conclusion."""
    facts = analyse(with_tables(evidence, {"errors": {"top": 2}}))
    wrong = sum(
        int((sets["test"].classes != evidence.test_labels).sum())
        for (model, _), sets in evidence.runs.items()
        if model == "cnn"
    )
    assert read_number("studies.errors.counts.0", "integer", facts).value == wrong
    said = plain_claim(facts.claims["errors"].text, facts)
    assert said == f"The first model is wrong {wrong} times."
    assert facts.claims["errors"].concluding
    assert "errors" in [spec.slug for spec in plan_figures(facts, None)]


@pytest.mark.usefixtures("with_errors")
def test_facts_of_a_study_survive_the_store(evidence: Evidence) -> None:
    """Facts that were kept as JSON say and show the same."""
    facts = analyse(with_tables(evidence, {"errors": {}}))
    again = Facts.model_validate_json(facts.model_dump_json())
    assert plan_figures(again, None) == plan_figures(facts, None)
    assert again.studies == facts.studies


@pytest.mark.usefixtures("with_errors")
def test_a_study_that_cannot_run_gives_its_reason(evidence: Evidence) -> None:
    """The reason is kept where the study was asked for, and the report goes on."""
    facts = analyse(with_tables(evidence, {"errors": {"top": 9}}))
    assert facts.studies_left_out == {"errors": "there are fewer models"}
    assert "verdict" in facts.claims


def test_the_design_is_automatic_and_can_be_turned_off(evidence: Evidence) -> None:
    """It runs unasked where there is one, is left out silently elsewhere, aloud where asked for."""
    assert "design" in analyse(evidence).studies
    assert "design" not in analyse(with_tables(evidence, {"design": {"enabled": False}})).studies
    two = make_build(PAPER_MODELS[:2], 1, n=100)[2]
    assert analyse(two).studies_left_out == {}
    asked = analyse(with_tables(two, {"design": {}}))
    assert "exactly four networks" in asked.studies_left_out["design"]


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ("[studies.desing]", 'studies.desing: is not a known study; did you mean "design"?'),
        ("[studies.design]\nenable = true", "studies.design.enable: is not a known key; did you"),
        ("[studies.design]\nenabled = 7", "studies.design.enabled: must be true or false"),
        ("[studies]\ndesign = 3", "studies.design: must be a table"),
        ('[studies.robustness]\ncorruptions = ["fogg"]', "fogg is not a corruption; allowed are"),
        ("[studies.robustness]\nseverities = [6]", "severities[1]: must be a number of at most 5"),
        ("[studies.robustness]\nimages = 3", "images: must be a number of at least 50"),
        ("[studies.robustness]\nseverity = 3", "severity: is not a known key"),
        ('[studies.sequences]\nstyles = ["curly"]', "curly is not a style; allowed are"),
        ("[studies.sequences]\nlengths = [0]", "lengths[1]: must be a number of at least 1"),
        ("[studies.sequences]\ncount = 3", "count: must be a number of at least 10"),
        ("[studies.interpretability]\nimages = 3", "images: must be a number of at least 20"),
        ("[studies.interpretability]\nshown = 0", "shown: must be a number of at least 1"),
        ("[studies.groups]\ncount = 1", "studies.groups.count: must be a number of at least 2"),
        ("[studies.groups]\ngroups = 3", "studies.groups.groups: is not a known key"),
        ('[studies.confidence]\nforeign = ["cats"]', "cats is not a kind of foreign images"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, tables: str, problem: str) -> None:
    """Unknown studies, unknown keys and wrong values are reported with the nearest known word."""
    path = tmp_path / "e.toml"
    path.write_text(MODEL + tables)
    with pytest.raises(ConfigurationError) as error:
        load_experiment(str(path), [])
    assert any(problem in str(found) for found in error.value.problems), error.value


def test_settings_of_a_study_are_set_from_the_command_line(tmp_path: Path) -> None:
    """`--set studies.design.enabled=false` is the table in the file."""
    path = tmp_path / "e.toml"
    path.write_text(MODEL)
    loaded = load_experiment(str(path), ["studies.design.enabled=false"])
    assert loaded.experiment.studies == {"design": {"enabled": False}}
