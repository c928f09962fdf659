"""Claims about sequences: who reads most, what length costs, where errors arise, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, find_pair, join, name, names, plural
from reportgen.studies.comparing import state_verdict
from reportgen.studies.sequences.records import SequencesFacts, StyleShares

_PAIRED = (
    "interval of the paired difference over the same sequences and over seeds; Holm's correction "
    "over all pairs"
)
_SHARES = "share of sequences, with intervals over sequences and seeds"
_WORDS = {
    "spaced": "with gaps between the images",
    "touching": "where neighbours touch",
    "slanted": "on leaning lines",
}


def sequences_claims(facts: Facts, found: SequencesFacts) -> Iterator[Claim]:
    """Yield `sequences`, `.length`, `.causes` and `.coverage`."""
    yield Claim(id="sequences", text=_best(facts, found), rests_on=_PAIRED, concluding=True)
    yield Claim(id="sequences.length", text=_length(facts, found), rests_on=_SHARES)
    yield Claim(id="sequences.causes", text=_causes(facts, found), rests_on=_SHARES)
    yield Claim(id="sequences.coverage", text=_coverage(facts, found), rests_on=_SHARES)


def path_of(slug: str, *rest: str) -> str:
    """Return the path of a number of one model."""
    return ".".join(("studies.sequences.models", slug, *rest))


def _percent(slug: str, *rest: str) -> str:
    return mark(path_of(slug, *rest), "percent_short")


def best_of(found: SequencesFacts) -> str:
    """Return the slug of the model that reads most sequences without error."""
    return max(found.models, key=lambda slug: found.models[slug].right.value)


def _best(facts: Facts, found: SequencesFacts) -> str:
    ends = extremes({slug: -each.right.value for slug, each in found.models.items()})
    if ends is None:
        slug = next(iter(found.models))
        whose = named_models(facts, list(found.models))
        return f"{_which(found)}, {whose} reads {_percent(slug, 'right', 'value')} without error."
    best, worst = ends
    verdict = state_verdict(found.pairs, "studies.sequences.pairs.{}", best, worst)
    return (
        f"{_which(found)}, {name(facts, best)} reads the most without error, "
        f"{_percent(best, 'right', 'value')}, and {name(facts, worst)} the fewest, "
        f"{_percent(worst, 'right', 'value')}. {verdict}{_not_fewer(facts, found, best, worst)}"
    )


def _not_fewer(facts: Facts, found: SequencesFacts, best: str, worst: str) -> str:
    """Name the models between the two that are not shown to read fewer than the best."""
    level = []
    for slug in found.models:
        if slug in (best, worst):
            continue
        key, pair = find_pair(found.pairs, best, slug)
        if pair.winner != best:
            p_value = mark(f"studies.sequences.pairs.{key}.p_adjusted", "p_stated")
            level.append(f"{name(facts, slug)} (corrected {p_value})")
    if not level:
        return ""
    verb = plural(len(level), "is", "are")
    return f" {join(level)} {verb} not shown to read fewer than {name(facts, best)}."


def _which(found: SequencesFacts) -> str:
    first = mark("studies.sequences.lengths.0", "words")
    last = len(found.lengths) - 1
    to = f" to {mark(f'studies.sequences.lengths.{last}', 'words')}" if last else ""
    return f"Of the sequences of {first}{to} test images on one line"


def _length(facts: Facts, found: SequencesFacts) -> str:
    best = best_of(found)
    last = len(found.lengths) - 1

    def at(place: int, what: str) -> str:
        return _percent(best, what, str(place), *(["value"] if what == "by_length" else []))

    single = _percent(best, "single")
    start = f"{name(facts, best)} classifies {single} of the same images correctly one by one"
    first = mark("studies.sequences.lengths.0", "words")
    if not last:
        return (
            f"{start} and reads {at(0, 'by_length')} of the sequences of {first} without error; "
            f"with independent errors alone, it would read {at(0, 'independent')}."
        )
    longest = mark(f"studies.sequences.lengths.{last}", "words")
    shares = (
        f"reads {at(0, 'by_length')} of the sequences of {first} and {at(last, 'by_length')} of "
        f"those of {longest} without error"
    )
    model = found.models[best]
    loses = [
        share.value < alone for share, alone in zip(model.by_length, model.independent, strict=True)
    ]
    if not any(loses):
        return f"{start} and {shares}, no fewer than if errors were independent of one another."
    rest = "; the rest is lost where the line is cut, or through changes to the images on it"
    return (
        f"{start} but {shares}. If errors were independent of one another, it would read "
        f"{at(0, 'independent')} and {at(last, 'independent')}{rest if all(loses) else ''}."
    )


def _causes(facts: Facts, found: SequencesFacts) -> str:
    best = best_of(found)
    model = found.models[best]
    shares = [
        f"in {mark(f'studies.sequences.cut.{style}', 'percent_short')}"
        f"{' of cases' if not place else ''} {_WORDS[style]}"
        for place, style in enumerate(model.styles)
    ]
    text = f"{_by_style(facts, found, best)}Lines are cut correctly, one image to a piece, "
    text += f"{join(shares)}."
    erring: dict[str, list[str]] = {}
    for style, each in model.styles.items():
        if each.segmentation + each.recognition:
            erring.setdefault(_most_errors(each), []).append(style)
    if not erring:
        return f"{text} {name(facts, best)} reads every sequence right."
    causes = [
        f"{join([_misread(best, style) for style in styles])}, "
        f"{cause.format('' if place else f' errors of {name(facts, best)}')}"
        for place, (cause, styles) in enumerate(erring.items())
    ]
    return (
        f"{text} {capitalise('; '.join(causes))}. In brackets: the shares that are misread after "
        "a wrong cut, and despite correct cuts."
    )


def _most_errors(shares: StyleShares) -> str:
    """Return where most errors of a style come from, with `{}` for whose they are."""
    # Shares of as many sequences may differ by rounding.
    if isclose(shares.segmentation, shares.recognition):
        return "as many{} come from cutting as from reading what was cut out"
    cause = "cutting" if shares.segmentation > shares.recognition else "reading what was cut out"
    return f"most{{}} come from {cause}"


def _misread(slug: str, style: str) -> str:
    """Return a style with the share of its sequences that is misread for each cause."""
    cut, read = (
        _percent(slug, "styles", style, cause) for cause in ("segmentation", "recognition")
    )
    return f"{_WORDS[style]} ({cut} and {read})"


def _by_style(facts: Facts, found: SequencesFacts, slug: str) -> str:
    """Return the shares of each style that a model reads right; nothing where there is one."""
    styles = found.models[slug].styles
    if len(styles) == 1:
        return ""
    shares = [
        f"{_percent(slug, 'styles', each, 'right', 'value')} {_WORDS[each]}" for each in styles
    ]
    return f"{name(facts, slug)} reads {join(shares)}. "


def _coverage(facts: Facts, found: SequencesFacts) -> str:
    target = mark("studies.sequences.accuracy", "percent_whole")
    shares = {slug: each.coverage.value for slug, each in found.models.items()}
    most = max(shares.values())
    best = [slug for slug, share in shares.items() if share == most]
    start = f"If doubtful sequences are refused so that {target} of the answers are right,"
    if any(found.models[slug].reached is None for slug in best):
        return f"{start} no model’s confidence identifies such sequences."
    share = _percent(best[0], "coverage", "value")
    answered = f"{share} of them" if len(best) == len(shares) else f"the most sequences, {share}"
    right = join([_percent(slug, "reached") for slug in best])
    return (
        f"{start} {names(facts, best)} can answer {answered}; {right} of these answers were right."
    )
