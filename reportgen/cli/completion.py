"""What a shell completes: experiment names and paths of settings.

click writes the shell's part: `eval "$(_REPORTGEN_COMPLETE=bash_source reportgen)"`, or with
`zsh_source` or `fish_source`.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def complete_experiments(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the experiments whose name begins with `incomplete`, then files."""
    from reportgen.config.loading import known_experiments

    names = [name for name in known_experiments() if name.startswith(incomplete)]
    return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


def complete_settings(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the settings whose dotted path begins with `incomplete`, models by their slugs."""
    paths = [*_table_paths(), *_model_paths(context.params.get("experiment"))]
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
    from reportgen.errors import ConfigurationError

    try:
        values = read_values(find_experiment(experiment or DEFAULT_EXPERIMENT))
    except ConfigurationError:
        # Completion shows no messages; the command itself does.
        return []
    slugs = [slug for slug in unique_slugs(values) if slug is not None]
    return [f"models.{slug}.{field}=" for slug in slugs for field in Model.model_fields]
