"""What a shell completes: names of experiments and builds, and paths of settings.

click writes the shell's part: `eval "$(_REPORTGEN_COMPLETE=bash_source reportgen)"`, or with
`zsh_source` or `fish_source`.
"""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def complete_experiments(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the experiments whose name begins with `incomplete`, then files."""
    from reportgen.config.loading import known_experiments

    names = [name for name in known_experiments() if name.startswith(incomplete)]
    return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


def complete_builds(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the builds in the output folder whose name begins with `incomplete`, then files."""
    from reportgen.results.results_json import RESULTS

    output = context.params.get("output") or Path("output")
    names = sorted(path.parent.name for path in output.glob(f"*/{RESULTS}"))
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


def complete_settings(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the settings whose dotted path begins with `incomplete`, models by their slugs."""
    # click leaves an argument unparsed where the line ends in an option without its value.
    named = context.params.get("experiment") or next(iter(context.args), None)
    paths = [*_table_paths(), *_model_paths(named)]
    return [CompletionItem(path) for path in paths if path.startswith(incomplete)]


def _table_paths() -> list[str]:
    from reportgen.config.schema import Analysis, Data, Report
    from reportgen.config.settings import Settings
    from reportgen.config.training import Training

    tables: dict[str, type[Settings]] = {
        "training": Training,
        "data": Data,
        "analysis": Analysis,
        "report": Report,
    }
    return [f"{name}.{field}=" for name, table in tables.items() for field in table.model_fields]


def _model_paths(experiment: str | None) -> list[str]:
    from reportgen.config.findings import unique_slugs
    from reportgen.config.loading import DEFAULT_EXPERIMENT, find_experiment, read_values
    from reportgen.config.schema import Model
    from reportgen.config.training import TrainingSettings
    from reportgen.errors import ConfigurationError

    try:
        values = read_values(find_experiment(experiment or DEFAULT_EXPERIMENT))
    except ConfigurationError:
        # Completion shows no messages; the command itself does.
        return []
    slugs = [slug for slug in unique_slugs(values) if slug is not None]
    trained = [f"training.{field}" for field in TrainingSettings.model_fields]
    fields = [*(field for field in Model.model_fields if field != "training"), *trained]
    return [f"models.{slug}.{field}=" for slug in slugs for field in fields]
