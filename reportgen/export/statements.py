"""Methods section, reviewers' checklist and references.bib, written from the facts of a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reportgen.analysis.phrases import measure_of
from reportgen.config.schema import Reference
from reportgen.export.inline import number_macro
from reportgen.export.latex import escape
from reportgen.report.training_settings import own_rows, shared_rows
from reportgen.report.view import View
from reportgen.results.records import Provenance
from reportgen.wording import counted, join


def write_methods(view: View) -> str:
    """Return the methods paragraph as LaTeX: data, models, seeds, uncertainty, comparison."""
    sentences = [_data(view), *_training(view), _seeds(view), *_uncertainty(view), _compute(view)]
    return " ".join(sentence for sentence in sentences if sentence) + "\n"


def write_checklist(view: View) -> str:
    """Return the answers to items 4 to 8 of the checklist of NeurIPS as LaTeX."""
    lines = [
        "% Items 4 to 8 of the checklist of NeurIPS, from the facts of a report. Read each before",
        "% you submit it: what a report does not know is marked with TODO.",
        r"\begin{enumerate}\setcounter{enumi}{3}",
    ]
    for topic, answer, justification in _answers(view):
        mark = rf"\answer{answer}{{}}" if answer else r"\textbf{TODO}"
        lines.append(rf"\item \textbf{{{topic}.}} {mark} {justification}")
    return "\n".join([*lines, r"\end{enumerate}", ""])


def _answers(view: View) -> Iterator[tuple[str, str, str]]:
    """Yield topic, answer (`Yes`, or empty where the report cannot tell) and justification."""
    yield (
        "Experimental result reproducibility",
        "Yes",
        f"The report that accompanies this paper carries the predictions behind every number, its "
        f"settings and the digests of its data; \\texttt{{reportgen verify}} recomputes all "
        f"numbers from it. It was built by \\texttt{{{escape(view.presentation.command)}}} "
        f"with reportgen {escape(view.header.reportgen)}.",
    )
    yield "Open access to data and code", "", " ".join(_access(view))
    settings = [_data(view), *_training(view), _seeds(view)]
    yield "Experimental setting and details", "Yes", " ".join(filter(None, settings))
    uncertainty = " ".join(filter(None, _uncertainty(view)))
    yield "Experiment statistical significance", "Yes", uncertainty
    compute = _compute(view)
    missing = (
        "TODO: the report does not record compute of experiments that it does not show."
        if compute
        else "TODO: the predictions were made elsewhere, and their compute is not recorded."
    )
    answer = "Yes" if compute else ""
    yield "Experiments compute resources", answer, f"{compute} {missing}".strip()


def _data(view: View) -> str:
    facts = view.facts
    name, kind = escape(facts.dataset.title), facts.dataset.example
    test = f"{number_macro('dataset.test', 'integer')} test {kind}s"
    classes = counted(len(facts.dataset.classes), "class", "classes")
    if not facts.dataset.train:
        return f"Models are compared by their predictions for the {test} of {name}, of {classes}."
    train = f"{number_macro('dataset.train', 'integer')} training {kind}s"
    stand_in = f" It stands in for {escape(view.asked_for)}." if view.asked_for else ""
    return f"Data are {name}: {train} and {test} of {classes}.{stand_in}"


def _training(view: View) -> Iterator[str]:
    experiment = view.experiment
    for verb, names in (
        ("trained", [model.name for model in experiment.models if model.architecture]),
        ("fitted", [model.name for model in experiment.models if model.estimator]),
    ):
        if names:
            has = "was" if len(names) == 1 else "were"
            yield f"{escape(join(names))} {has} {verb} on the training set."
    rows = [f"{name[:1].lower()}{name[1:]} {value}" for name, value in shared_rows(experiment)]
    if rows:
        yield f"Settings of the networks: {escape('; '.join(rows))}."
    if own_rows(experiment):
        yield "Further settings differ between networks and are tabulated."


def _seeds(view: View) -> str:
    facts = view.facts
    if facts.runs_each is None:
        runs = [f"{escape(model.name)}: {len(model.runs)}" for model in facts.models.values()]
        return f"Models have different numbers of runs ({'; '.join(runs)})."
    if facts.runs_each == 1:
        return "Each model has a single run, so that variation over seeds is not known."
    seeds = ", ".join(str(seed) for seed in facts.seeds)
    return (
        f"Each model has {counted(facts.runs_each, 'run')}, with the seeds {seeds}; values are "
        "means over runs, and ± gives the sample standard deviation over runs "
        r"($n-1$ in the denominator)."
    ).replace("±", r"$\pm$")


def _uncertainty(view: View) -> Iterator[str]:
    """Yield what error bars cover and how they were computed, and how models are compared."""
    facts, level = view.facts, number_macro("level", "percent_whole")
    kind = facts.dataset.example
    several = facts.most_runs > 1
    yield (
        f"Intervals have a level of {level}. That of one model covers the choice of test {kind}s: "
        + (
            r"Wilson's interval~\cite{wilson1927} with the variance of the mean over runs."
            if several
            else r"Wilson's interval~\cite{wilson1927}."
        )
    )
    if not facts.pairs:
        return
    measure = measure_of(facts)
    covers = (
        f"the choice of test {kind}s and of seeds together, as in designs with several readers and "
        r"cases~\cite{obuchowski1995,hillis2007}, and assumes that the mean difference is "
        "approximately normal"
        if several and facts.verdict.scope == "methods"
        else f"the choice of test {kind}s alone and is about the runs as they are"
    )
    yield (
        f"Models are compared {kind} by {kind} on the same test set; the interval of a difference "
        f"in {escape(measure.noun)} covers {covers}."
    )
    yield (
        r"$p$-values are corrected for the number of pairs by Holm's method~\cite{holm1979}. "
        "Two models are called equivalent where the interval lies within a margin of "
        f"{number_macro('margin', measure.size_format)}{escape(measure.unit)}."
    )


def _compute(view: View) -> str:
    """Return on what the runs were made, and how long they took."""
    made = [run.record.provenance for run in view.header.runs if run.record.provenance]
    costs = [run.record.costs for run in view.header.runs if run.record.costs]
    if not made or not costs:
        return ""
    hours = sum(cost.train_seconds for cost in costs) / 3600
    total = f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.1f} minutes"
    memory = max(cost.peak_memory_bytes for cost in costs) / 2**30
    return (
        f"The {len(costs)} runs were made on {escape(join(_devices(made)))} and took {total} in "
        f"all; the largest process used {memory:.1f}\\,GiB of main memory."
    )


def _devices(made: Sequence[Provenance]) -> list[str]:
    described = []
    for each in made:
        processor = (each.processor or each.platform).split(",")[0]
        threads = f"{processor} ({counted(each.threads, 'thread')} a run)"
        described.append(threads if each.device == "cpu" else each.device)
    return list(dict.fromkeys(described))


def _access(view: View) -> Iterator[str]:
    record = view.facts.dataset
    yield (
        f"The data are {escape(record.title)}, identified by SHA-256 "
        rf"\texttt{{{record.sha256[:16]}}}\ldots{{}}; the report lists the digest of every file."
    )
    if view.plugin_files:
        names = ", ".join(rf"\texttt{{{escape(name)}}}" for name in view.plugin_files)
        yield f"The report carries the code of the authors' own ({names})."
    yield "TODO: state where data and code can be obtained, and under which licences."


def write_bibliography(view: View, references: Sequence[Reference]) -> str:
    """Return the entries of references.bib; a free text of the experiment file is a title."""
    entries = [
        _misc("reportgen", f"reportgen {view.header.reportgen}, software for comparing models")
    ]
    for number, reference in enumerate(references, 1):
        entries.append(_misc(f"reference{number}", reference.text, reference.url))
    for name, metric in view.facts.metrics.items():
        if metric.source:
            entries.append(_misc(f"metric-{name}", f"{metric.title}: {metric.source}"))
    return "".join(entries)


def _misc(key: str, title: str, address: str | None = None) -> str:
    # Nothing in an address may end the argument of \url.
    bare = re.sub(r"[{}\\]", lambda match: f"%{ord(match[0]):02X}", address or "")
    url = f"  howpublished = {{\\url{{{bare}}}}},\n" if address else ""
    # A key to sort by, for no author can be found in the title.
    return f"@misc{{{key},\n  key = {{{key}}},\n  title = {{{{{escape(title)}}}}},\n{url}}}\n"
