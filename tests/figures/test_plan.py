"""What the figures show, compared with the facts and with scikit-learn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score

from reportgen.analysis.facts import Facts, Interval, known
from reportgen.analysis.numbers import MARK, plain_claim, read_number
from reportgen.analysis.phrases import pair_of
from reportgen.figures import FigureSpec, figure_key
from reportgen.figures.drawing import draw_svg
from reportgen.figures.plan import confusion
from reportgen.figures.plan.cells import color_cells, explain_colors, scale_errors
from reportgen.figures.plan.comparison import ROWS, plan_differences
from reportgen.figures.plan.confusion import frequent_confusions, plan_confusion_matrices
from reportgen.figures.plan.dataset import plan_class_balance
from reportgen.figures.plan.glance import plan_glance
from reportgen.figures.plan.images import show_images
from reportgen.figures.plan.scores import SHORTEST_BAR, cut_axis, plan_class_scores, plan_cost
from reportgen.figures.plan.training import plan_learning_curves, plan_overfitting
from reportgen.figures.plan.words import MOST_CLASSES
from reportgen.results.records import Dataset
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.figures.conftest import Drawn, plan_build, with_audit
from tests.support.factories import PAPER_MODELS, FakeModel, make_build
from tests.support.facts import make_facts, with_models, with_operations


def parts_in(value: object, keys: set[str]) -> Iterator[dict[str, Any]]:
    """Yield every part of a figure's data that has all of these keys."""
    if isinstance(value, dict):
        if keys <= value.keys():
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from parts_in(entry, keys)


def labels_in(value: object) -> Iterator[dict[str, Any]]:
    """Yield every printed number in the data of a figure."""
    return parts_in(value, {"text", "path", "format"})


def test_models_are_shown_by_architecture(paper: Drawn) -> None:
    """Curves of each are in one figure; matrices of the plain networks are beside each other."""
    curves = [spec.architecture for spec in paper.specs.values() if spec.kind == "learning-curves"]
    assert curves == ["cnn", "mlp"]
    for measure in ("counts", "shares"):
        panels = [panel["name"] for panel in paper.specs[f"confusion-{measure}"].data["panels"]]
        assert panels == ["CNN", "MLP", "CNN + dropout", "MLP + dropout"]


def test_slugs_are_unique(paper: Drawn) -> None:
    """No two figures of a report share a slug, which names their files and ids."""
    slugs = [spec.slug for spec in plan_figures(paper.facts, paper.dataset)]
    assert len(slugs) == len(set(slugs))


def test_printed_numbers_are_those_of_the_facts(paper: Drawn, single: Drawn) -> None:
    """Every label with a path prints what stands at that path."""
    for drawn in (paper, single):
        labels = [label for spec in drawn.specs.values() for label in labels_in(spec.data)]
        assert len(labels) > 80
        for label in labels:
            number = read_number(label["path"], label["format"], drawn.facts)
            assert label["text"] == number.text


def test_accuracy_without_dropout_is_drawn_where_there_is_dropout(paper: Drawn) -> None:
    """A third line of such models, with columns in the table and, once, words in the caption."""
    specs = [spec for spec in paper.specs.values() if spec.kind == "learning-curves"]
    assert "Dropout was on while" in specs[0].caption
    assert "Dotted: its accuracy after each epoch with dropout off" in specs[0].caption
    assert specs[1].caption.endswith(
        ", drawn like those of CNN and CNN + dropout. Dotted: with dropout off."
    )
    for spec in specs:
        clean = [bool(entry["clean_accuracy"]) for entry in spec.data["series"]]
        assert clean == [bool(entry["model"]["hollow"]) for entry in spec.data["series"]]
        assert spec.table is not None
        assert sum("clean accuracy" in head for head in spec.table.head) == sum(clean) == 1


INTERVALS, RANGES = "95\u202f% intervals over test images", "lowest to highest of 2 seeds"
TESTED = (
    "95\u202f% intervals of the difference from BEST (line), over test images{}, each for its pair "
    "alone; where one reaches the line, chance may explain it"
)


@pytest.fixture(scope="module")
def once() -> Drawn:
    """Four models with one seed each, and a published table."""
    built = plan_build(PAPER_MODELS, seeds=1)
    specs = {spec.slug: spec for spec in plan_figures(with_audit(built.facts), built.dataset)}
    return replace(built, specs=specs)


@pytest.mark.parametrize(
    ("slug", "of_two_seeds", "of_one"),
    [
        ("misclassified", TESTED.format(" and seeds"), TESTED.format("")),
        ("paired-differences", f"{INTERVALS} and seeds", INTERVALS),
        ("class-f1", RANGES, None),
        ("overfitting", RANGES, None),
        ("published", RANGES, None),
        ("reliability", INTERVALS, INTERVALS),
    ],
)
def test_captions_state_what_whiskers_are(
    paper: Drawn, once: Drawn, slug: str, of_two_seeds: str, of_one: str | None
) -> None:
    """In the same words everywhere; one seed has no range, and no interval over seeds."""
    for built, words in ((paper, of_two_seeds), (once, of_one)):
        facts = built.facts
        found = re.findall(r"Whiskers: ([^.]*)\.", plain_claim(built.specs[slug].caption, facts))
        best = facts.models[facts.verdict.ranking[0]].name
        assert found == ([words.replace("BEST", best)] if words else [])


def test_a_caption_states_how_often_another_seed_is_outside_the_range(
    paper: Drawn, once: Drawn
) -> None:
    """Of three independent values, the last is the lowest or the highest in two of three cases."""
    said = paper.specs["published"].caption
    assert "another seed gives, 2 of 3 are outside the range of 2." in said
    assert "another seed may give it" in once.specs["published"].caption


def test_a_single_run_says_nothing_of_seeds(paper: Drawn) -> None:
    """Where one of two models has it, their interval is about test images alone."""
    known = paper.facts.models
    one = known["mlp"].accuracy.model_copy(update={"values": known["mlp"].accuracy.values[:1]})
    models = {**known, "mlp": known["mlp"].model_copy(update={"accuracy": one})}
    facts = paper.facts.model_copy(update={"models": models})
    for plan in (plan_differences, plan_glance):
        assert "and, where both models have several runs, seeds" in next(plan(facts)).caption


def test_captions_and_alternative_texts_print(paper: Drawn, single: Drawn) -> None:
    """Marks in captions resolve, and alternative texts hold numbers and no marks."""
    for drawn in (paper, single):
        for spec in drawn.specs.values():
            assert "[[" not in plain_claim(spec.caption, drawn.facts)
            assert not MARK.search(spec.alt)
            assert any(c.isdigit() for c in spec.alt) or spec.kind == "confusion-square"


def test_alternative_text_states_the_scores(paper: Drawn) -> None:
    """The alternative text holds the F1 score of every class of every model."""
    alt = paper.specs["class-f1"].alt
    assert alt.count(":") == paper.specs["class-f1-bars"].alt.count(":")
    for model in paper.facts.models.values():
        assert model.name in alt
        for summary in model.per_class:
            assert f"{summary.name}: {summary.f1.mean:.4f}" in alt


def test_costs_name_what_they_are_about(paper: Drawn) -> None:
    """With an estimator among the models, the best network is not called the best model."""
    best = max(paper.facts.models.values(), key=lambda model: model.accuracy.mean)
    adds = {slug: 1 if slug == best.slug else 2 for slug in paper.facts.models}
    models = with_operations(paper.facts, adds).models
    estimator = best.model_copy(update={"summary": None, "slug": "svm"})
    text = f"{best.name} has the highest accuracy and needs the fewest multiply-adds"
    for added, start in (({}, ""), ({"svm": estimator}, "Of the networks, ")):
        (spec,) = plan_cost(paper.facts.model_copy(update={"models": {**models, **added}}))
        assert spec.title == start + text


def test_dots_and_bars_are_the_scores_of_scikit_learn(paper: Drawn) -> None:
    """Dots and bars are means over seeds of scikit-learn’s F1, from the lowest to the highest."""
    truth = paper.evidence.test_labels
    for series in paper.specs["class-f1-bars"].data["series"]:
        slug = series["model"]["slug"]
        scores = np.array(
            [
                f1_score(truth, paper.evidence.runs[slug, seed]["test"].classes, average=None)
                for seed in paper.facts.seeds
            ]
        )
        for index, bar in enumerate(series["bars"]):
            assert bar["value"] == pytest.approx(scores[:, index].mean())
            assert bar["low"] == pytest.approx(scores[:, index].min())
            assert bar["high"] == pytest.approx(scores[:, index].max())
            span = dots_of(paper)[paper.facts.dataset.classes[index], slug]
            assert span == [bar["value"], bar["low"], bar["high"]]


def dots_of(drawn: Drawn) -> dict[tuple[str, str], list[float]]:
    """Return the dots of the classes: class and model → value, low and high."""
    _, classes = drawn.specs["class-f1"].data["groups"]
    return {
        (row["name"], point["model"]["slug"]): point["span"]
        for row in classes
        for point in row["points"]
    }


def test_the_hardest_class_comes_first(paper: Drawn) -> None:
    """Classes are sorted by the mean of their scores over the models."""
    _, rows = paper.specs["class-f1"].data["groups"]
    means = [np.mean([point["span"][0] for point in row["points"]]) for row in rows]
    assert means == sorted(means)
    assert {row["name"] for row in rows} == set(paper.facts.dataset.classes)


def test_bars_are_drawn_where_they_are_asked_for(paper: Drawn) -> None:
    """Without `report.class_bars` there is the dot plot alone."""
    facts = paper.facts.model_copy(update={"class_bars": False})
    assert [spec.slug for spec in plan_class_scores(facts)] == ["class-f1"]


def test_cells_are_the_counts_of_scikit_learn(paper: Drawn) -> None:
    """Labelled cells are scikit-learn’s counts, summed over seeds; cells of zero have no label."""
    truth = paper.evidence.test_labels
    for slug in paper.facts.models:
        expected = sum(
            confusion_matrix(truth, paper.evidence.runs[slug, seed]["test"].classes)
            for seed in paper.facts.seeds
        )
        panels = paper.specs["confusion-counts"].data["panels"]
        (panel,) = (each for each in panels if each["name"] == paper.facts.models[slug].name)
        cells = {(cell["row"], cell["column"]): int(cell["text"]) for cell in panel["cells"]}
        assert panel["matrix"] == np.asarray(expected).tolist()
        assert cells == {(i, j): int(n) for (i, j), n in np.ndenumerate(np.asarray(expected)) if n}


def test_colours_tell_errors_apart_and_the_diagonal_from_them() -> None:
    """Steps of errors are of equal ratio; a correct answer has the last colour, however rare."""
    bounds = [2, 4, 8, 16, 32, 64]
    matrix = [[3, 1, 2, 3], [8, 0, 64, 9], [0, 0, 900, 16], [33, 32, 0, 5]]
    colors = color_cells(matrix, "counts", bounds)
    assert colors == [[8, 1, 1, 2], [3, 0, 6, 4], [0, 0, 8, 4], [6, 5, 0, 8]]


@given(st.integers(0, 10**6), st.data())
def test_the_key_gives_the_colour_of_every_count(most: int, data: st.DataObject) -> None:
    """Each number of errors up to the largest is in one range, which has the colour of its cell."""
    facts = SimpleNamespace(models={"a": SimpleNamespace(confusion_counts=[[5, most], [0, 5]])})
    bounds = scale_errors(cast(Facts, facts), "counts")
    *steps, last = explain_colors("counts", bounds)
    assert last == {"color": 8, "text": "correct"}
    ends = [[int(end.replace(",", "")) for end in step["text"].split("–")] for step in steps]
    assert [low for low, *_ in ends] == [1, *(end[-1] + 1 for end in ends[:-1])][: len(ends)]
    if most:
        assert ends[-1][-1] == most
        count = data.draw(st.integers(1, most))
        ((shown,),) = [
            [step["color"]]
            for step, end in zip(steps, ends, strict=True)
            if end[0] <= count <= end[-1]
        ]
        assert color_cells([[5, count], [0, 5]], "counts", bounds)[0] == [8, shown]


def test_shares_that_are_printed_alike_have_one_colour(paper: Drawn) -> None:
    """The colours of shares follow their printed digits."""
    for panel in paper.specs["confusion-shares"].data["panels"]:
        colors = panel["colors"]["shares"]
        seen: dict[tuple[str, bool], set[int]] = {}
        for cell in panel["cells"]:
            place = cell["text"], cell["row"] == cell["column"]
            seen.setdefault(place, set()).add(colors[cell["row"]][cell["column"]])
        assert all(len(each) == 1 for each in seen.values()), seen


def test_matrices_of_too_many_classes_are_not_drawn(
    paper: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a cell would be a point wide, neither the matrices nor their difference are planned."""
    monkeypatch.setattr(confusion, "MOST_DRAWN", len(paper.facts.dataset.classes) - 1)
    kinds = {spec.kind for spec in plan_figures(paper.facts, paper.dataset)}
    assert kinds == {spec.kind for spec in paper.specs.values()} - {
        "confusion-matrix",
        "confusion-difference",
    }


def test_class_balance_counts_the_labels(paper: Drawn) -> None:
    """The bars of the class balance are the counts of the labels."""
    training, test = paper.specs["class-balance"].data["panels"]
    for panel, labels in (
        (training, paper.dataset.train_labels),
        (test, paper.dataset.test_labels),
    ):
        (rows,) = panel["groups"]
        counts = [row["points"][0]["span"][0] for row in rows]
        assert counts == np.bincount(labels).tolist()


def test_samples_belong_to_their_class(paper: Drawn) -> None:
    """Every image of a row has the label of that row."""
    for index, row in enumerate(paper.specs["samples"].data["rows"]):
        assert row["indices"]
        assert set(paper.dataset.test_labels[row["indices"]].tolist()) == {index}


def test_gallery_shows_what_the_models_say(paper: Drawn) -> None:
    """An image in the gallery has the class, the answers and the place of its example."""
    galleries = [spec for spec in paper.specs.values() if spec.kind == "gallery"]
    assert galleries
    for spec in galleries:
        for item in spec.data["items"]:
            label = int(paper.dataset.test_labels[item["index"]])
            assert item["class"] == paper.facts.dataset.classes[label]
            for answer in item["answers"]:
                assert answer["right"] == (answer["class"] == item["class"])


def test_without_images_only_their_figures_are_missing(paper: Drawn) -> None:
    """Verifying a report plans every figure but those made of test images, and the same."""
    planned = {spec.slug: spec for spec in plan_figures(paper.facts, None)}
    missing = {spec.kind for slug, spec in paper.specs.items() if slug not in planned}
    assert missing == {"samples", "gallery"}
    assert all(paper.specs[slug] == spec for slug, spec in planned.items())


@pytest.mark.parametrize(("side", "shades"), [(28, 16), (96, 256)])
def test_only_tiny_images_lose_shades(side: int, shades: int) -> None:
    """A handwritten digit is drawn in sixteen shades of grey, a photograph in all that it has."""
    every = np.resize(np.arange(256, dtype=np.uint8)[::-1], (1, 1, side, side))
    every[..., -1] = 255  # a white background is not inverted
    images = show_images(every)
    assert images is not None
    assert len(np.unique(images.pixels[0])) == shades
    assert np.abs(images.pixels[0].astype(int) - every[0, 0]).max() <= 8


def test_one_model_makes_no_comparison(single: Drawn) -> None:
    """With one model there are no pairs, and one seed has no spread to speak of."""
    kinds = {spec.kind for spec in single.specs.values()}
    assert kinds.isdisjoint(
        {"misclassified", "paired-differences", "confusion-difference", "published"}
    )
    assert all("mean over seeds" not in spec.caption for spec in single.specs.values())
    assert "One seed" in single.specs["class-f1"].caption


def test_many_pairs_are_shown_in_several_figures(paper: Drawn) -> None:
    """No figure of paired differences is longer than a page, and every pair is in one of them."""
    pair = next(iter(paper.facts.pairs.values()))
    facts = paper.facts.model_copy(update={"pairs": {f"pair-{i}": pair for i in range(45)}})
    specs = list(plan_differences(facts))
    assert [len(spec.data["rows"]) for spec in specs] == [15, 15, 15]
    assert max(len(spec.data["rows"]) for spec in specs) <= ROWS
    assert len({spec.slug for spec in specs}) == len(specs)


def test_of_very_many_pairs_those_of_the_best_model_are_shown(paper: Drawn) -> None:
    """Thirty models make 435 pairs: only those of the best one are drawn, which is said."""
    best = paper.facts.verdict.ranking[0]
    with_best = next(
        pair for pair in paper.facts.pairs.values() if best in (pair.first, pair.second)
    )
    other = next(p for p in paper.facts.pairs.values() if best not in (p.first, p.second))
    pairs = {f"pair-{i}": with_best if i < 9 else other for i in range(46)}
    (spec,) = plan_differences(paper.facts.model_copy(update={"pairs": pairs}))
    assert [{row["first"], row["second"]} for row in spec.data["rows"]] == [
        {paper.facts.models[slug].name for slug in (with_best.first, with_best.second)}
    ] * 9
    assert "[[pairs.#|integer]], of which those of" in spec.caption


def test_a_cut_axis_is_said(paper: Drawn) -> None:
    """Where the axis does not start at 0, caption and alternative text name its start."""
    spec = paper.specs["class-f1-bars"]
    start = spec.data["axis_start"]
    assert start > 0
    assert f"starts at {start:g}, not at 0" in spec.caption
    assert f"axis starts at {start:g}" in spec.alt


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_cut_axis_hides_no_bar(values: list[float]) -> None:
    """A cut axis starts below every bar and leaves the shortest a good part of its length."""
    start = cut_axis(values)
    assert 0 <= start < 1
    if start:
        assert min(values) - start >= SHORTEST_BAR * (1 - start)


def test_frequent_confusions_are_sorted() -> None:
    """Confusions come with the most frequent first, without the diagonal and zeros."""
    assert frequent_confusions([[9, 0, 2], [5, 9, 0], [0, 2, 9]]) == [(1, 0), (0, 2), (2, 1)]


def test_models_keep_their_look_in_all_figures(paper: Drawn) -> None:
    """Wherever a model is drawn, it has the same identity, and no two models share one."""
    looks: dict[str, set[tuple[int, int]]] = {}
    for spec in paper.specs.values():
        for model in parts_in(spec.data, {"slug", "hue", "variant"}):
            looks.setdefault(model["slug"], set()).add((model["hue"], model["variant"]))
    assert set(looks) == set(paper.facts.models)
    assert all(len(look) == 1 for look in looks.values())
    assert len(set.union(*looks.values())) == len(looks)


def test_the_key_follows_the_drawing(paper: Drawn) -> None:
    """Data and words inside the drawing change the key; the caption beside it does not."""
    spec = paper.specs["class-f1"]

    def key(**changes: object) -> str:
        return figure_key(FigureSpec.model_validate({**spec.model_dump(), **changes}))

    assert key() == figure_key(spec) == key(caption="Another caption")
    assert len({key(), key(alt="x"), key(slug="x"), key(data={**spec.data, "axis_start": 0})}) == 4


def test_architectures_differ_by_hue_and_variants_by_shade() -> None:
    """Models of one architecture share a hue; their variants are counted within it."""
    from reportgen.figures.plan.words import identify

    models = (
        FakeModel("A", "a", "cnn", 0.0, 0.05),
        FakeModel("B", "b", "mlp", 0.0, 0.05),
        FakeModel("C", "c", "cnn", 0.5, 0.05),
    )
    found = identify(plan_build(models, seeds=1).facts)
    assert [(m["hue"], m["variant"], m["variants"]) for m in found.values()] == [
        (0, 0, 2),
        (1, 0, 1),
        (0, 1, 2),
    ]


def test_every_figure_of_numbers_has_them_as_a_table(paper: Drawn, single: Drawn) -> None:
    """Rows are as long as the head, every mark resolves, and every number drawn is in a cell."""
    for drawn in (paper, single):
        for spec in drawn.specs.values():
            if spec.kind in ("samples", "gallery"):
                continue
            assert spec.table is not None
            assert all(len(row) == len(spec.table.head) for row in spec.table.rows)
            cells = [cell for row in spec.table.rows for cell in row]
            printed = [plain_claim(cell, drawn.facts) for cell in cells]
            assert all("[[" not in cell for cell in printed)
            if spec.kind not in ("confusion-square", "published"):
                assert any(cell != text for cell, text in zip(cells, printed, strict=True))
            paths = {mark[1] for cell in cells for mark in MARK.finditer(cell)}
            shown = {label["path"] for label in labels_in(spec.data)}
            assert shown - paths <= HEADS | {path for path in shown if path.endswith(BESIDE)}


HEADS = {"dataset.test"}
"""Numbers that a figure prints beside what it draws: how many examples, seeds, summaries."""
BESIDE = ("runs.#", "accuracy.mean", "summary.mean")


def test_titles_state_what_is_true(paper: Drawn) -> None:
    """A title that states a finding follows from the facts, and gives way where they differ."""
    names, facts = paper.facts.dataset.classes, paper.facts
    for verdict, title in (
        ("better", "All models differ in accuracy"),
        ("undecided", "No difference in accuracy is shown"),
    ):
        pairs = {
            key: pair.model_copy(update={"verdict": verdict}) for key, pair in facts.pairs.items()
        }
        (spec,) = plan_differences(facts.model_copy(update={"pairs": pairs}))
        assert spec.title == title
    first = next(iter(pairs))
    pairs[first] = pairs[first].model_copy(update={"verdict": "better"})
    (spec,) = plan_differences(facts.model_copy(update={"pairs": pairs}))
    assert spec.title == "One of six pairs differs in accuracy"
    assert "Filled: a difference was shown; hollow: undecided." in spec.caption
    one = facts.model_copy(update={"models": {"cnn": facts.models["cnn"]}})
    worst = names[facts.models["cnn"].hardest_class]
    assert next(plan_class_scores(one)).title == f"Class ‘{worst}’ is the hardest for CNN"


def test_titles_speak_of_the_models_that_are_shown(paper: Drawn) -> None:
    """More models than a figure of matrices holds, or not those without training accuracy."""
    model = paper.facts.models["mlp"]
    alike = {f"mlp-{i}": model.model_copy(update={"slug": f"mlp-{i}"}) for i in range(10)}
    facts = paper.facts.model_copy(update={"models": alike})
    titles = [spec.title.split(" most often")[0] for spec in plan_confusion_matrices(facts)]
    assert titles == ["Every model shown", "MLP"] * 2

    measured = known(model.overfitting)
    gap = measured.model_copy(update={"gap_interval": Interval(low=0.01, high=0.02)})
    fitted = with_models(facts, {slug: {"overfitting": gap} for slug in alike})
    for without, who in ((0, "Every model"), (1, "Every model shown"), (9, "MLP")):
        missing = {slug: {"overfitting": None} for slug in list(alike)[:without]}
        (spec,) = plan_overfitting(with_models(fitted, missing))
        assert spec.title.startswith(f"{who} is more accurate on its training set")


@pytest.mark.parametrize(
    ("hardest", "who"),
    [
        ([3, 3, 3, 3], "Class ‘3’ is the hardest for every model"),
        ([3, 3, 3, 5], "Class ‘3’ is the hardest for three of four models"),
        ([3, 3, 5, 5], "F1 score of each class, the hardest first"),
        ([3, 3, None, None], "F1 score of each class, the hardest first"),
        ([None] * 4, "F1 score of each class, the hardest first"),
    ],
)
def test_the_hardest_class_is_that_of_most_models(
    paper: Drawn, hardest: list[int | None], who: str
) -> None:
    """A class is named where more than half of the models find no other as hard."""
    models = {}
    for lowest, (slug, model) in zip(hardest, paper.facts.models.items(), strict=True):
        means = [0.2 if i == lowest else 0.9 for i in range(len(model.per_class))]
        scores = [
            each.model_copy(update={"f1": each.f1.model_copy(update={"mean": mean})})
            for each, mean in zip(model.per_class, means, strict=True)
        ]
        changes = {"per_class": tuple(scores), "hardest_class": lowest or 0}
        models[slug] = model.model_copy(update=changes)
    facts = paper.facts.model_copy(update={"models": models})
    assert next(plan_class_scores(facts)).title == who


@pytest.mark.parametrize(
    ("plain", "dropped", "title"),
    [
        ([3.0, 2.0], [3.0, 2.0], "The training loss of CNN and CNN + dropout was still falling"),
        ([3.0, 2.0], [3.0, 2.99], "The training loss of CNN was still falling in the last epoch, "),
        ([3.0, 2.99], [3.0, 2.99], "The training loss of CNN and CNN + dropout hardly fell in"),
        ([3.0, 2.0], [3.0, 4.0], "Learning curves of CNN and CNN + dropout"),
        ([3.0], [3.0], "Learning curves of CNN and CNN + dropout"),
    ],
)
def test_learning_curves_are_titled_by_their_last_epoch(
    paper: Drawn, plain: list[float], dropped: list[float], title: str
) -> None:
    """What fell by more than a fiftieth was still falling; a loss that rose has no such title."""
    models = dict(paper.facts.models)
    for slug, losses in (("cnn", plain), ("cnn-dropout", dropped)):
        curves = known(models[slug].curves)
        fields = {field: getattr(curves, field) for field in type(curves).model_fields}
        short = {
            field: curve.model_copy(
                update={name: tuple(losses) for name in ("mean", "minimum", "maximum")}
            )
            for field, curve in fields.items()
            if curve is not None
        }
        models[slug] = models[slug].model_copy(update={"curves": curves.model_copy(update=short)})
    facts = paper.facts.model_copy(update={"models": models})
    first = next(plan_learning_curves(facts))
    assert first.title.startswith(title)


def test_a_gallery_states_how_many_images_it_is_about(paper: Drawn) -> None:
    """The title has the number of the facts; what labels mean is said once."""
    galleries = [spec for spec in paper.specs.values() if spec.kind == "gallery"]
    for spec in galleries:
        if spec.slug == "gallery-all-wrong":
            count = paper.facts.gallery.all_wrong_count
        else:
            right, _, wrong = spec.slug.removeprefix("gallery-").partition("-not-")
            count = paper.facts.gallery.only_counts[f"{right}--{wrong}"]
        noun = f"{count} test images" if count > 1 else "test image"
        assert noun in spec.title
        more = f"Shown are {len(spec.data['items'])} of the "
        assert (more in spec.caption) == (count > len(spec.data["items"]))
    first, *others = ["Above each image" in spec.caption for spec in galleries]
    assert first and others and not any(others)
    assert "with the mean confidence of the seeds that gave it" in galleries[0].caption


def test_labels_alone_have_no_confidence(paper: Drawn) -> None:
    """The caption of the gallery mentions none where no model gives any."""
    no_probabilities = {slug: {"has_probabilities": False} for slug in paper.facts.models}
    specs = plan_figures(with_models(paper.facts, no_probabilities), paper.dataset)
    captions = [spec.caption for spec in specs if spec.kind == "gallery"]
    assert captions and not any("confidence" in caption for caption in captions)


@pytest.fixture(scope="module")
def many() -> tuple[Facts, Dataset]:
    """Facts of two models on 90 classes of different sizes."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 2, n=900, classes=90)
    return analyse(evidence).model_copy(update={"class_bars": True}), dataset


def test_of_many_classes_a_figure_shows_the_ends_and_its_table_all(
    many: tuple[Facts, Dataset],
) -> None:
    """Of 90 classes the hardest and the easiest, the largest and the smallest are drawn."""
    facts, dataset = many
    scores = [
        np.mean([model.per_class[i].f1.mean for model in facts.models.values()]) for i in range(90)
    ]
    dots, bars = plan_class_scores(facts)
    _, hardest, easiest = dots.data["groups"]
    order = [facts.dataset.classes[i] for i in np.argsort(scores, kind="stable")]
    names = [[row["name"] for row in group] for group in (hardest, easiest)]
    assert names == [order[: len(hardest)], order[-len(easiest) :]]
    assert len(hardest) + len(easiest) == MOST_CLASSES == len(bars.data["classes"])
    assert dots.table is not None
    assert len(dots.table.rows) == 91  # with the macro average
    assert dots.alt.count(":") < 2 * (MOST_CLASSES + 1)
    (balance,) = plan_class_balance(facts)
    training, _ = balance.data["panels"]
    drawn = [row["points"][0]["span"][0] for group in training["groups"] for row in group]
    counts = sorted(np.bincount(dataset.train_labels, minlength=90), reverse=True)
    half = MOST_CLASSES // 2
    assert drawn == [*counts[:half], *counts[-half:]]
    assert balance.table is not None
    assert len(balance.table.rows) == 90


def test_many_classes_of_one_size_have_no_figure_of_their_balance(
    many: tuple[Facts, Dataset],
) -> None:
    """Where each of many classes has the same number of examples, the text states it."""
    even = {"train_counts": (20,) * 90, "test_counts": (10,) * 90}
    assert not [*plan_class_balance(many[0].model_copy(update=even))]


def test_of_many_classes_one_matrix_is_drawn_for_each_model(many: tuple[Facts, Dataset]) -> None:
    """Of classes of different sizes the shares, else the counts; the table lists the errors."""
    facts, _ = many
    uneven = facts.model_copy(update={"test_counts": (*range(5, 50), *range(5, 50))})
    slugs = [spec.slug for spec in plan_confusion_matrices(uneven)]
    assert slugs == ["confusion-shares", "confusion-shares-2"]
    first, second = plan_confusion_matrices(facts)
    assert (first.slug, second.slug) == ("confusion-counts", "confusion-counts-2")
    assert first.table is not None
    assert all(true != predicted for _, true, predicted, _ in first.table.rows)


@pytest.mark.slow
def test_figures_of_many_classes_are_drawn() -> None:
    """Of as many classes as a matrix is drawn of, every figure is drawn, no taller than a page."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=600, classes=300)
    facts = analyse(evidence).model_copy(update={"class_bars": True})
    for spec in (
        *plan_class_scores(facts),
        *plan_class_balance(facts),
        *plan_confusion_matrices(facts),
    ):
        box = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', draw_svg(spec))
        assert box is not None, spec.slug
        assert float(box[1]) < 640, spec.slug


def test_a_caption_states_where_the_axis_does_not_start_at_zero(paper: Drawn) -> None:
    """With a score of 0 among them, the axis reaches down to 0."""
    assert "The axis does not start at 0." in paper.specs["class-f1"].caption
    slug, model = next(iter(paper.facts.models.items()))
    first, *rest = model.per_class
    missed = first.model_copy(update={"f1": first.f1.model_copy(update={"minimum": 0.0})})
    facts = with_models(paper.facts, {slug: {"per_class": (missed, *rest)}})
    assert "does not start at 0" not in next(plan_class_scores(facts)).caption


@pytest.mark.parametrize(
    ("verdict", "low", "is_named"),
    [("undecided", 0.001, True), ("undecided", -0.001, False), ("better", 0.001, False)],
)
def test_a_whisker_that_correction_contradicts_is_named(
    verdict: str, low: float, is_named: bool
) -> None:
    """It does not reach the line of the best model, and yet the verdict is undecided."""
    facts = make_facts(PAPER_MODELS)
    best, other = facts.verdict.ranking[:2]
    key, pair = pair_of(facts, best, other)
    ends = (low, 0.004) if pair.first == best else (-0.004, -low)
    difference = pair.difference.model_copy(update={"low": ends[0], "high": ends[1]})
    changed = pair.model_copy(update={"difference": difference, "verdict": verdict})
    facts = facts.model_copy(update={"pairs": {**facts.pairs, key: changed}})
    (spec,) = plan_glance(facts)
    said = f"number of pairs, chance may explain that of {facts.models[other].name} too."
    assert (said in spec.caption) is is_named
