"""The figures of a sweep: for each model, the scores over the values of every setting."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.plan.words import describe, identify
from reportgen.studies.sweep.claims import PATH, write_value
from reportgen.studies.sweep.records import ModelSweep, SweepFacts
from reportgen.wording import in_sentence

BARS = " The other settings differ from point to point; bars are the mean scores of a value."
NO_MODEL = {"slug": "", "name": "", "hue": 0, "variant": 0, "variants": 1}
"""Of a baseline, which has no colour of its own."""


def sweep_figures(facts: Facts, found: SweepFacts) -> Iterator[FigureSpec]:
    """Yield the small multiples of each model."""
    scale = 100 if found.difference_format == "points" else 1
    unit = ", %" if scale == 100 else ""
    for slug, model in found.models.items():
        path = f"{PATH}.models.{slug}"
        title = f"{model.name}: {in_sentence(found.metric)} by the settings that were tried"
        yield FigureSpec(
            slug=f"sweep-{slug}",
            kind="sweep",
            title=title,
            caption=(
                f"{literal(found.metric)} of {mark(f'{path}.trials.#', 'integer')} configurations "
                f"of {literal(model.name)} on the held-out set, over the values of each setting; "
                f"the ringed point was selected.{BARS if len(model.settings) > 1 else ''}"
            ),
            alt=describe(
                facts,
                f"{literal(title)}.",
                f"Scores lie between {_range(path, model)} on the held-out set.",
            ),
            width=122 if len(model.settings) < 3 else 170,
            data={
                "model": identify(facts).get(slug, NO_MODEL),
                "y_axis": f"{found.metric}{unit}",
                "scores": [each.score and scale * each.score for each in model.trials],
                "selected": model.best[0].place,
                "panels": list(_panels(model)),
            },
        )


def _range(path: str, model: ModelSweep) -> str:
    known = [
        (each.score, place) for place, each in enumerate(model.trials) if each.score is not None
    ]
    ends = (min(known)[1], max(known)[1])
    return " and ".join(mark(f"{path}.trials.{place}.score", "score_short") for place in ends)


def _panels(model: ModelSweep) -> Iterator[dict[str, object]]:
    for place, setting in enumerate(model.settings):
        values = [each.configuration[place] for each in model.trials]
        ordered = sorted(values, key=repr) if setting.scale == "names" else []
        names = list(dict.fromkeys(map(write_value, ordered)))
        yield {
            "name": setting.title,
            "scale": setting.scale,
            "names": names,
            "values": [names.index(write_value(each)) for each in values] if names else values,
        }
