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
    """Return the builds whose name begins with `incomplete`, then files."""
    from reportgen.results.results_json import RESULTS

    output = context.params.get("builds") or Path("output")
    names = sorted(path.parent.name for path in output.glob(f"*/{RESULTS}"))
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


def complete_settings(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the settings whose dotted path begins with `incomplete`, models by their slugs."""
    from reportgen.config.vocabulary import setting_paths

    # click leaves an argument unparsed where the line ends in an option without its value.
    named = context.params.get("experiment") or next(iter(context.args), None)
    slugs = _slugs_of(named)
    paths = (
        f"{path.replace('<slug>', slug)}="
        for path in setting_paths()
        for slug in (slugs if "<slug>" in path else ("",))
    )
    return [CompletionItem(path) for path in paths if path.startswith(incomplete)]


def _slugs_of(experiment: str | None) -> list[str]:
    from reportgen.config.findings import unique_slugs
    from reportgen.config.loading import DEFAULT_EXPERIMENT, find_experiment, read_values
    from reportgen.errors import ConfigurationError

    try:
        values = read_values(find_experiment(experiment or DEFAULT_EXPERIMENT))
    except ConfigurationError:
        # Completion shows no messages; the command itself does.
        return []
    return [slug for slug in unique_slugs(values) if slug is not None]
