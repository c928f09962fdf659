"""An estimator's run from its plan to its place in the store: fitted, evaluated, kept."""

from __future__ import annotations

from collections.abc import Callable

from reportgen.config.plan import PlannedRun
from reportgen.data.subsets import draw_subset
from reportgen.execution.memory import peak_memory, reset_peak_memory
from reportgen.execution.progress import Outcome, Progress, State
from reportgen.execution.provenance import Commit, describe_run, now
from reportgen.execution.shared import SharedImages
from reportgen.results.records import Costs, Run, RunRecord
from reportgen.results.runs import save_run
from reportgen.results.store import Store
from reportgen.training.estimators import fit_estimator


def fit_run(
    run: PlannedRun,
    data: SharedImages,
    store: Store,
    commit: Commit,
    notify: Callable[[Progress], None],
) -> Outcome:
    """Fit one run, evaluate it and keep it in the store; what was fitted is not kept.

    Raises PluginFailed, StoreError.
    """
    # The code is read before fitting: afterwards the file may have been edited.
    started, spec, sources = now(), run.ingredients.spec, run.code.read_sources()
    reset_peak_memory()
    _report(notify, run, "started")
    test_inputs = data.test_inputs.view()
    inputs, labels = data.train_inputs.view(), data.train_labels.view()
    subset = run.ingredients.subset
    if subset is not None:
        rows = draw_subset(labels, subset.size, spec.seed, data.view_clusters())
        inputs, labels = inputs[rows], labels[rows]
    fitted = fit_estimator(spec, run.code, inputs, labels, test_inputs)
    record = RunRecord(
        key=run.key,
        ingredients=run.ingredients,
        summary=None,
        costs=Costs(
            train_seconds=fitted.fit_seconds,
            seconds_per_1000=1000 * fitted.predict_seconds / len(test_inputs),
            peak_memory_bytes=peak_memory(),
        ),
        provenance=describe_run(run, commit, started, device="cpu", threads=1),
        plugin_files=sources,
    )
    save_run(store, Run(record, fitted.evaluations), weights=None)
    _report(notify, run, "finished")
    return "trained"


def _report(notify: Callable[[Progress], None], run: PlannedRun, state: State) -> None:
    done = int(state == "finished")
    notify(Progress(run.key, run.title, run.seed, done, 1, float(done), state))
