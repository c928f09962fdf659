"""The environments that runs were trained in, as the appendix prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportgen.results.evidence import ModelRun
from reportgen.results.records import Provenance
from reportgen.wording import plural, ranges


def group_by_environment(runs: Sequence[ModelRun]) -> tuple[dict[str, Any], ...]:
    """Return the environments of all runs that were trained here, in the order of the runs.

    `rows` is what is printed of one, such as `Python` → `3.11.9`; `seeds` are those of its runs, by
    the slug of their model, such as `seeds 0–4`. Libraries and precisions are those of all runs
    together: each run names what it used alone.
    """
    made = [(run, run.record.provenance) for run in runs if run.record.provenance]
    found = [provenance for _, provenance in made]
    libraries = dict.fromkeys(
        f"{name} {version}" for each in found for name, version in each.versions.items()
    )
    precisions = dict.fromkeys(each.precision for each in found if each.precision)
    shared = ", ".join(libraries), ", ".join(precisions) or "none trained"
    seeds: dict[tuple[Any, ...], dict[str, list[int]]] = {}
    for run, provenance in made:
        key = tuple(_describe(provenance, *shared).items())
        seeds.setdefault(key, {}).setdefault(run.model, []).append(run.seed)
    return tuple(
        {
            "rows": dict(key),
            "seeds": {
                slug: f"{plural(len(each), 'seed')} {ranges(each)}" for slug, each in own.items()
            },
        }
        for key, own in seeds.items()
    )


def _describe(provenance: Provenance, libraries: str, precisions: str) -> dict[str, Any]:
    commit = provenance.commit
    changed = " (with local changes)" if provenance.dirty else ""
    return {
        "Python": provenance.python,
        "Libraries": libraries,
        "Platform": provenance.platform,
        "Processor": provenance.processor or "not recorded",
        "Device": provenance.device,
        "Threads for each run": provenance.threads,
        "Precision of networks": precisions,
        "Commit": f"{commit}{changed}" if commit else "not run from a git checkout",
    }
