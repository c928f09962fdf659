"""Read studies of the user's own from the evidence, which may come from an untrusted report.

What is read can be printed: names and slugs are apart from those of reportgen's own numbers, claims
and figures, and figures are of the kinds whose data are checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Claim, OwnStudy
from reportgen.config.studies import OWN_NAME, known_studies
from reportgen.figures import FigureSpec
from reportgen.figures.generic import check_figure
from reportgen.results.evidence import CustomStudy

MOST_FIGURES = 20


def read_study(record: CustomStudy) -> OwnStudy:
    """Return how a study is presented; raises ValueError where it cannot be."""
    if not OWN_NAME.fullmatch(record.name) or record.name in known_studies():
        raise ValueError(f"no study of one's own can be called {record.name!r}")
    claims = tuple(read_claims(record))
    return OwnStudy(
        reference=record.reference,
        title=record.title,
        question=record.question,
        section=record.section,
        claims=tuple(claim.id for claim in claims),
        concluding=tuple(claim.id for claim in claims if claim.concluding),
        figures=tuple(spec.model_dump(mode="json") for spec in read_figures(record)),
    )


def read_claims(record: CustomStudy) -> Iterator[Claim]:
    """Yield the claims of a study.

    Raises ValueError for one that is named as if it were another's.
    """
    for each in record.claims:
        claim = Claim.model_validate(each)
        if claim.id != record.name and not claim.id.startswith(f"{record.name}."):
            raise ValueError(
                f"a claim is called {claim.id!r}; call it {record.name!r}, or begin with "
                f"'{record.name}.'"
            )
        yield claim


def read_figures(record: CustomStudy) -> Iterator[FigureSpec]:
    """Yield the figures of a study, their slugs beginning with that of the study.

    Raises ValueError for a kind that only reportgen's own figures have, or data that do not fit.
    """
    slugs: set[str] = set()
    if len(record.figures) > MOST_FIGURES:
        raise ValueError(f"a study has more than {MOST_FIGURES} figures")
    for each in record.figures:
        spec = check_figure(FigureSpec.model_validate(each))
        if not OWN_NAME.fullmatch(spec.slug) or spec.slug in slugs:
            raise ValueError(
                f"a figure is called {spec.slug!r}; give each a name of its own, of small letters, "
                "digits and hyphens"
            )
        slugs.add(spec.slug)
        # No study's name holds two hyphens: the figures of two studies have different slugs.
        yield spec.model_copy(update={"slug": f"study-{record.name}--{spec.slug}"})
