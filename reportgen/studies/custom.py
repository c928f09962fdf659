"""Studies of the user's own: loaded before anything is trained, run once when a report is built.

Their code runs here and nowhere else. What it gives is added to the evidence as plain data, so that
a report can be verified without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reportgen.analysis.facts import Claim
from reportgen.config.findings import to_problems
from reportgen.config.schema import Experiment
from reportgen.config.studies import check_settings
from reportgen.errors import ConfigurationError, PluginFailed, ReportgenError
from reportgen.figures import FigureSpec
from reportgen.plugins import Plugin
from reportgen.plugins.loading import load_object, user_code
from reportgen.results.evidence import CustomStudy, Evidence
from reportgen.results.records import Record
from reportgen.studies.assembly import compute, finish, plain, with_result
from reportgen.studies.study import CannotStudy, Study, StudyInputs


@dataclass(frozen=True)
class LoadedStudy:
    """A study of the user's own with its settings, ready to run."""

    study: Study
    settings: Any
    """An instance of the study's own settings class."""
    plugin: Plugin


def load_studies(
    plugins: Mapping[str, Plugin], experiment: Experiment, source: str
) -> tuple[LoadedStudy, ...]:
    """Import the studies of `plugins`, by name, and check their settings.

    `source` is the experiment file, for messages. Raises PluginFailed where one cannot be imported
    or is no study, and ConfigurationError for settings that it does not take.
    """
    loaded = []
    for name, plugin in plugins.items():
        study, table = _load(name, plugin), experiment.studies[name]
        with user_code(plugin, "reading its settings"):
            findings = list(check_settings(study.settings, name, table))
        if findings:
            values = {"studies": experiment.studies}
            raise ConfigurationError(source, to_problems(findings, values, {}))
        loaded.append(LoadedStudy(study, study.settings.model_validate(table), plugin))
    return tuple(loaded)


def _load(name: str, plugin: Plugin) -> Study:
    found = load_object(plugin)
    if not isinstance(found, Study):
        kind = type(found).__name__
        raise PluginFailed(
            f"{plugin.reference} is {kind}; give a reportgen.studies.Study, "
            f'such as study = Study(name="{name}", analyse=…)'
        )
    if found.name != name:
        raise PluginFailed(
            f"{plugin.reference}: the study is named {found.name!r}, but its table "
            f"[studies.{name}]; give both the same name"
        )
    return found


def measure_custom_studies(evidence: Evidence, studies: Sequence[LoadedStudy]) -> Evidence:
    """Return the evidence with what the studies find.

    Raises PluginFailed: the user's code raises, or gives what a report cannot print.
    """
    given = compute(evidence)
    records: list[CustomStudy] = []
    for each in studies:
        records.append(_run(each, replace(given, settings=each.settings)))
        try:
            # After each study, so that an error names the plug-in that caused it.
            finish(given, records)
        except (ReportgenError, ValueError) as problem:
            message = str(problem).splitlines()[-1].strip()
            raise PluginFailed(f"{each.plugin.reference}: {message}") from problem
    return evidence.with_header(custom_studies=tuple(records))


def _run(each: LoadedStudy, given: StudyInputs) -> CustomStudy:
    study, plugin = each.study, each.plugin
    record = CustomStudy(
        name=study.name,
        reference=plugin.reference,
        title=study.title or study.name.replace("-", " ").capitalize(),
        question=study.question,
        section=study.section,
        digests=dict(plugin.digests),
        files=plugin.read_sources(),
    )
    with user_code(plugin, "analysing"):
        try:
            found = study.analyse(given)
        except CannotStudy as reason:
            return record.model_copy(update={"left_out": str(reason) or "it gives no reason"})
    result = _to_plain(plugin, found)
    facts = with_result(given.facts, study.name, result)
    with user_code(plugin, "making its claims"):
        claims = list(study.claims(facts, study.read(result)))
    with user_code(plugin, "making its figures"):
        figures = list(study.figures(facts, study.read(result)))
    return record.model_copy(
        update={
            "result": result,
            "claims": tuple(_dump(plugin, "claims", Claim, claims)),
            "figures": tuple(_dump(plugin, "figures", FigureSpec, figures)),
        }
    )


def _to_plain(plugin: Plugin, found: Any) -> Any:
    try:
        return plain(found)
    except (TypeError, ValueError) as error:
        raise PluginFailed(
            f"{plugin.reference}: analyse returned values that a report cannot store ({error}); "
            "return dictionaries with text as keys, lists, text and finite numbers"
        ) from error


def _dump(
    plugin: Plugin, what: str, kind: type[Record], made: Sequence[object]
) -> Iterator[dict[str, Any]]:
    for each in made:
        if not isinstance(each, kind):
            raise PluginFailed(
                f"{plugin.reference}: {what} returned {type(each).__name__}; return {kind.__name__}"
            )
        yield each.model_dump(mode="json")
