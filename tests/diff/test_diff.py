"""What differs between two builds."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from reportgen.cli.diff import command, print_diff
from reportgen.diff import Diff, changes_paragraph, compare_builds
from reportgen.diff.compare import judge, seed_spread
from reportgen.diff.page import render_page
from reportgen.diff.selection import read_build
from reportgen.diff.tables import print_markdown, print_text, run_lines
from reportgen.diff.words import SHOWN
from reportgen.errors import UsageError
from reportgen.report.exports import results_document, results_json
from reportgen.studies import analyse
from tests.support.factories import PAPER_MODELS, FakeModel, make_build
from tests.support.outline import Outline

Results = dict[str, Any]
WORSE = (PAPER_MODELS[0], replace(PAPER_MODELS[1], dropout=0.3, error=0.2), *PAPER_MODELS[2:])


def make_results(models: tuple[FakeModel, ...], seeds: int = 3) -> Results:
    """Return the results.json of a synthetic build."""
    _, _, evidence, _ = make_build(models, seeds, n=300)
    return results_document(evidence, analyse(evidence), ())


@pytest.fixture(scope="module")
def old() -> Results:
    """Return the results of four models with three seeds."""
    return make_results(PAPER_MODELS)


@pytest.fixture(scope="module")
def new() -> Results:
    """Return the same with another dropout in one model, which makes it much worse."""
    return make_results(WORSE)


@pytest.fixture(scope="module")
def diff(old: Results, new: Results) -> Diff:
    """Return what differs between both."""
    return compare_builds(old, new)


def test_the_one_setting_is_named(diff: Diff) -> None:
    """Two builds that differ in one dropout name that setting and no other."""
    assert [(s.path, s.old, s.new) for s in diff.settings] == [
        ("models.cnn-dropout.dropout", "0.5", "0.3")
    ]
    assert diff.surroundings == ()


def test_only_the_runs_of_that_model_differ(diff: Diff) -> None:
    """The runs of the changed model are other runs, all others are the same."""
    assert {run.model for run in diff.runs if run.status == "other"} == {"cnn-dropout"}
    assert sum(run.status == "same" for run in diff.runs) == 9


def test_moved_is_what_moved_beyond_the_seeds(old: Results, new: Results, diff: Diff) -> None:
    """Each metric's judgement follows from the values of both builds' runs, counted again here."""

    def values(results: Results, model: str, metric: str, place: int | None) -> list[float]:
        runs = next(m["runs"] for m in results["models"] if m["slug"] == model)
        if place is None and metric not in runs[0]:
            found = results["studies"]["confidence"]["measures"] | results["metrics"]
            further: list[float] = found[metric]["models"][model]["summary"]["values"]
            return further
        return [r[metric] if place is None else r["per_class"][place]["f1"] for r in runs]

    for change in diff.metrics:
        place = None if change.class_name is None else int(change.class_name)
        before = values(old, change.model, change.metric, place)
        after = values(new, change.model, change.metric, place)
        step = sum(after) / 3 - sum(before) / 3
        widest = max(max(before) - min(before), max(after) - min(after))
        assert change.difference == pytest.approx(step)
        assert change.spread == pytest.approx(widest)
        if change.moved in ("up", "down"):
            assert abs(step) > widest
            assert (change.moved == "up") == (step > 0)
        else:
            assert abs(step) <= widest + 1e-9


def test_metrics_of_other_models_are_the_same(diff: Diff) -> None:
    """Nothing moved in a model whose runs are the same; the changed model's accuracy fell."""
    moved = {change.model for change in diff.metrics if change.moved != "same"}
    assert moved == {"cnn-dropout"}
    accuracy = next(m for m in diff.metrics if m.model == "cnn-dropout" and m.metric == "accuracy")
    assert accuracy.moved == "down"


def test_every_class_is_compared(diff: Diff) -> None:
    """Each of the ten classes of each of the four models has its F1 compared."""
    scores = [m for m in diff.metrics if m.metric == "f1"]
    assert len(scores) == 40
    assert {m.class_name for m in scores} == set("0123456789")


def test_turned_conclusions_are_listed(old: Results, new: Results, diff: Diff) -> None:
    """A pair is listed exactly where its verdict or winner is another one; so is the verdict."""
    names = {model["slug"]: model["name"] for model in new["models"]}
    expected = {
        f"{names[pair['first']]} and {names[pair['second']]}"
        for key, pair in new["pairs"].items()
        if (pair["verdict"], pair["winner"])
        != (old["pairs"][key]["verdict"], old["pairs"][key]["winner"])
    }
    subjects = {change.subject for change in diff.conclusions}
    assert expected
    pairs = {f"{a} and {b}" for a in names.values() for b in names.values()}
    assert subjects & pairs == expected
    assert "Verdict" in subjects


def test_results_of_ones_own_studies_are_compared(old: Results) -> None:
    """Every number is listed by its path, to six digits; numbers of shipped studies are metrics."""
    before, after = deepcopy(old), deepcopy(old)
    before["studies"]["mine"] = {"gain": {"cnn": 0.1 + 0.2, "mlp": 1}, "rows": [1, 2]}
    after["studies"]["mine"] = {"gain": {"cnn": 0.3, "mlp": 2, "svm": 3}, "rows": [1, 2]}
    diff = compare_builds(before, after)
    assert [(change.path, change.old, change.new) for change in diff.studies] == [
        ("studies.mine.gain.mlp", "1", "2"),
        ("studies.mine.gain.svm", None, "3"),
    ]
    assert "studies.mine.gain.mlp 1 → 2" in changes_paragraph(before, after)
    for text in (print_text(diff), print_markdown(diff), render_page(diff)):
        assert "Results of studies" in text
    assert compare_builds(old, old).studies == ()


def test_sweeps_are_compared(old: Results) -> None:
    """How much was tried, and the best score of each model; settings that were selected differ."""

    def with_sweep(scores: Sequence[float]) -> Results:
        best = [{"score": max(scores)}]
        sweep = {
            "configurations": len(scores),
            "metric": "Accuracy",
            "models": {"cnn": {"trials": list(scores), "best": best}},
        }
        return {**old, "studies": {**old["studies"], "sweep": sweep}}

    before, after = with_sweep([0.7, 0.8]), with_sweep([0.7, 0.8, 0.95])
    assert [(each.path, each.old, each.new) for each in compare_builds(before, after).studies] == [
        ("studies.sweep.configurations", "2", "3"),
        ("studies.sweep.cnn.tried", "2", "3"),
        ("studies.sweep.cnn.best", "0.8", "0.95"),
    ]
    after["studies"]["sweep"].pop("models")
    with pytest.raises(UsageError, match="KeyError: 'models'"):
        compare_builds(before, after)


def test_confusion_difference_is_new_minus_old(old: Results, new: Results, diff: Diff) -> None:
    """The changed model has the difference of the sums over seeds; no other model has one."""
    (change,) = diff.confusions
    assert change.model == "cnn-dropout"

    def total(results: Results, i: int, j: int) -> int:
        return sum(run["confusion_matrix"][i][j] for run in results["models"][1]["runs"])

    for i in range(10):
        for j in range(10):
            assert change.matrix[i][j] == total(new, i, j) - total(old, i, j)
    assert sum(map(sum, change.matrix)) == 0


def test_a_build_does_not_differ_from_itself(old: Results) -> None:
    """Comparing a build with itself finds nothing, in every format."""
    same = compare_builds(old, deepcopy(old))
    assert not (same.settings or same.surroundings or same.conclusions or same.confusions)
    assert changes_paragraph(old, old) == "Nothing changed since the last build."
    for name in ("text", "markdown", "html"):
        assert "Nothing differs" in print_diff(same, name)


def test_added_and_removed_models_are_listed(old: Results) -> None:
    """A model that only one build has is named, with its runs, and no setting of it is."""
    fewer = deepcopy(old)
    fewer["models"] = fewer["models"][:3]
    fewer["experiment"]["models"] = fewer["experiment"]["models"][:3]
    added, removed = compare_builds(fewer, old), compare_builds(old, fewer)
    assert (added.models_added, removed.models_removed) == (("MLP + dropout",),) * 2
    assert {run.status for run in added.runs} == {"same", "added"}
    assert {run.status for run in removed.runs} == {"same", "removed"}
    assert added.settings == removed.settings == ()
    assert "MLP + dropout" in changes_paragraph(fewer, old)


def test_surroundings_are_listed(old: Results) -> None:
    """Another version of torch and other data are named with old and new value."""
    other = deepcopy(old)
    other["data"]["sha256"] = "0" * 64
    for provenance in other["provenance"].values():
        provenance["versions"] = {**provenance["versions"], "torch": "9.9"}
    found = {
        change.path: (change.old, change.new) for change in compare_builds(old, other).surroundings
    }
    assert found["torch"] == ("2.15.0+cpu", "9.9")
    assert found["data bytes (SHA-256)"] == (old["data"]["sha256"][:12], "0" * 12)


def test_changed_code_of_a_network_is_named() -> None:
    """Beside the runs that it changed; of results without sources nothing is known."""
    old = make_results(PAPER_MODELS[:2], 2)
    new = deepcopy(old)
    first, second = (results["models"][1] for results in (old, new))
    for run in second["runs"]:
        run["key"] = "0" * 64
    first["sources"] = {"mynet.py": "1", "blocks.py": "1", "training/loop.py": "1"}
    second["sources"] = first["sources"] | {"mynet.py": "2"}
    runs = compare_builds(old, new).runs
    assert run_lines(runs)[-1] == f"{second['slug']}: seeds 0, 1 changed (mynet.py changed)"
    assert "Of 4 runs 2 changed. Source files: mynet.py changed." in changes_paragraph(old, new)
    del first["sources"]
    assert not any(run.sources for run in compare_builds(old, new).runs)


@pytest.mark.parametrize("seeds", [1, 3])
def test_what_is_printed_as_zero_did_not_move(seeds: int) -> None:
    """Runs of a method without randomness are alike, so that any difference exceeds their range."""
    old = make_results(PAPER_MODELS[:1], seeds)
    new = deepcopy(old)
    for results, score in ((old, 0.99170), (new, 0.99174)):
        for run in results["models"][0]["runs"]:
            run["macro_f1"] = score
    (change,) = [c for c in compare_builds(old, new).metrics if c.metric == "macro_f1"]
    assert (change.moved, change.spread) == ("same", 0 if seeds > 1 else None)
    assert "macro F1" not in changes_paragraph(old, new)


def test_one_seed_has_no_spread() -> None:
    """With one seed in both builds nothing is said to have moved; differences are listed."""
    first, second = make_results(PAPER_MODELS[:2], 1), make_results(WORSE[:2], 1)
    found = compare_builds(first, second)
    assert {change.moved for change in found.metrics} == {"same", "unknown"}
    paragraph = changes_paragraph(first, second)
    assert "With one seed" in paragraph
    unknown = sum(change.moved == "unknown" for change in found.metrics)
    assert f" and {unknown - SHOWN} more." in paragraph
    assert "Moved by more" not in paragraph


@pytest.mark.parametrize("seeds", [2, 1])
def test_scores_of_classes_are_counted_only_where_there_are_any(seeds: int) -> None:
    """Builds whose classes are called differently share no class, and none is counted."""
    first = json.loads(json.dumps(make_results(PAPER_MODELS[:1], seeds)))
    second = json.loads(json.dumps(make_results(WORSE[1:2], seeds)))
    second["models"][0] |= {"slug": first["models"][0]["slug"]}
    assert "Class F1 scores" in print_text(compare_builds(first, second))
    for run in second["models"][0]["runs"]:
        for score in run["per_class"]:
            score["class"] += "'"
    assert "Class F1 scores" not in print_text(compare_builds(first, second))


def test_scores_of_classes_with_and_without_a_spread_are_counted_apart(diff: Diff) -> None:
    """A model with one seed does not hide how many scores of another moved."""
    scores = [change for change in diff.metrics if change.class_name and change.moved == "down"]
    single = scores[0].model_copy(update={"moved": "unknown"})
    text = print_text(diff.model_copy(update={"metrics": (single, *scores[1:])}))
    counted = f"1 without a spread to judge by (one seed) and {len(scores) - 1} moved down."
    assert f"Class F1 scores: {counted}" in text


def test_the_paragraph_says_what_matters(old: Results, new: Results) -> None:
    """One paragraph: the setting, how many runs, what moved, what turned."""
    paragraph = changes_paragraph(old, new)
    assert "\n" not in paragraph
    assert paragraph.startswith("Since the last build: models.cnn-dropout.dropout 0.5 → 0.3.")
    assert "Of 12 runs 3 changed." in paragraph
    assert "CNN + dropout accuracy −" in paragraph
    assert "The verdict turned; now:" in paragraph


def test_presentation_is_called_so(old: Results) -> None:
    """A changed title is listed as presentation; no run and no number differs."""
    other = deepcopy(old)
    other["experiment"]["title"] = "Another title"
    paragraph = changes_paragraph(old, other)
    assert "presentation only" in paragraph
    assert "runs" not in paragraph


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_judgement_does_not_depend_on_the_direction(
    before: list[float], after: list[float]
) -> None:
    """What moved up one way moves down the other way, and nothing moves within the spread."""
    opposite = {"up": "down", "down": "up"}
    there, back = judge(before, after), judge(after, before)
    assert back == opposite.get(there, there)
    assert seed_spread(before, after) == seed_spread(after, before)
    if there in opposite and len(before) == len(after) == 1:
        raise AssertionError("one seed moved")


def test_markdown_is_a_table_whatever_the_names(old: Results, new: Results) -> None:
    """Every row of a table has as many cells as its head, names with pipes and tags included."""
    named = deepcopy(new)
    named["models"][1]["name"] = "A | B <b>*x*</b>"
    text = print_diff(compare_builds(old, named), "markdown")
    tables = re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE)
    assert tables
    for table in tables:
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in table.strip().splitlines()]
        assert len(set(cells)) == 1
    assert "<b>" not in text


def test_json_holds_the_whole_comparison(diff: Diff) -> None:
    """The JSON reads back as the same comparison."""
    assert Diff.model_validate(json.loads(print_diff(diff, "json"))) == diff


def test_the_page_draws_the_difference_and_asks_for_nothing(old: Results, new: Results) -> None:
    """The HTML page has the matrix drawn, escapes names, and has no script and no address."""
    named = deepcopy(new)
    named["models"][1]["name"] = "<script>alert(1)</script>"
    page = print_diff(compare_builds(old, named), "html")
    outline = Outline(page)
    assert outline.tags.count("svg") == 1
    assert "script" not in outline.tags
    assert len(outline.ids) == len(set(outline.ids))
    assert all(address.startswith("#") for address in outline.links + outline.addresses)
    assert "default-src &#39;none&#39;" in page


def test_builds_come_from_folders_and_files(old: Results, tmp_path: Path) -> None:
    """A folder and its results.json are the same build."""
    (tmp_path / "results.json").write_bytes(results_json(old))
    assert (
        read_build(tmp_path)
        == read_build(tmp_path / "results.json")
        == json.loads(results_json(old))
    )


def test_a_report_is_read_through_its_evidence(tmp_path: Path) -> None:
    """A report.html gives the same results as results.json: its evidence is analysed again."""
    from reportgen.report import base85
    from reportgen.report.carried import pack
    from reportgen.results.presentation import Presentation

    _, _, evidence, _ = make_build(PAPER_MODELS[:2], 2, n=200)
    content = base85.encode(pack(evidence, Presentation("r", "")).content)
    page = (
        f'<!doctype html><title>r</title><script type="text/plain" id="evidence">{content}</script>'
    )
    (tmp_path / "report.html").write_text(page)
    (tmp_path / "results.json").write_bytes(
        results_json(results_document(evidence, analyse(evidence), ()))
    )
    found = compare_builds(read_build(tmp_path / "report.html"), read_build(tmp_path))
    assert not (found.settings or found.surroundings or found.conclusions)
    assert {change.moved for change in found.metrics} == {"same"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nothing.json", None, "there is no such file"),
        ("results.json", b"{", "not JSON"),
        (
            "results.json",
            b'{"schema": 2, "models": []}',
            "not a results.json file of this version",
        ),
        ("report.pdf", b"%PDF-1.7", "a PDF"),
    ],
)
def test_what_is_no_build_is_said_in_one_line(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    """A file that is no build gives one line that names it and says what to give instead."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        read_build(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to everything in a tree; of a list only its first entry."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield (*path, name)
            yield from places(child, (*path, name))
    elif isinstance(value, list) and value:
        yield (*path, 0)
        yield from places(value[0], (*path, 0))


def first_of(entries: Results) -> Results:
    """Return a mapping with its first entry alone."""
    return dict([next(iter(entries.items()))])


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["removed", "text", "null", "list"])
def test_no_damage_of_an_earlier_build_ends_a_comparison(old: Results, damage: str) -> None:
    """Whatever is missing or another thing in earlier results, they are compared or refused."""
    replaced: dict[str, object] = {"text": "5", "null": None, "list": [[]]}
    slim = deepcopy(old)
    model, pair = slim["models"][0], next(iter(slim["pairs"]))
    slim["models"] = [{"name": model["name"], "slug": model["slug"], "runs": model["runs"][:1]}]
    slim |= {"figures": [], "baselines": {}, "pairs": {pair: slim["pairs"][pair]}}
    slim["claims"] = {"verdict": slim["claims"]["verdict"]}
    measures = slim["studies"]["confidence"]["measures"]
    slim["studies"] = {
        "confidence": {"measures": first_of(measures)},
        "design": slim["studies"]["design"],
    }
    slim |= {name: first_of(slim[name]) for name in ("metrics", "provenance")}
    refused = 0
    kept = pickle.dumps(slim)
    for path in list(places(slim)):
        damaged = pickle.loads(kept)
        *above, last = path
        parent: Any = damaged
        for step in above:
            parent = parent[step]
        if damage == "removed":
            del parent[last]
        else:
            parent[last] = replaced[damage]
        refused += "cannot be compared" in changes_paragraph(damaged, slim)
    assert refused


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (("models", 0, "name"), "models.0 (KeyError: 'name')"),
        (("pairs", "cnn--mlp", "verdict"), "pairs.cnn--mlp (KeyError: 'verdict')"),
        (("models", 0, "runs", 1, "per_class", 3), "models.0.runs (KeyError: '3')"),
    ],
)
def test_damaged_results_are_refused(old: Results, path: tuple[str | int, ...], fault: str) -> None:
    """`diff` names the damaged build, the place and what it lacks; so does the next build."""
    damaged: Any = deepcopy(old)
    *above, last = path
    parent = damaged
    for step in above:
        parent = parent[step]
    del parent[last]
    for first, second, name in ((damaged, old, "A"), (old, damaged, "B")):
        with pytest.raises(UsageError) as caught:
            compare_builds(first, second, ("A", "B"))
        assert str(caught.value) == f"{name} cannot be compared: damaged results.json at {fault}"
    assert fault in changes_paragraph(damaged, old)


def test_a_value_of_another_kind_is_named_by_its_path(old: Results) -> None:
    """Where there are two, no single place is named."""
    damaged: Any = deepcopy(old)
    damaged["models"][1]["runs"][0]["accuracy"] = "much"
    with pytest.raises(UsageError, match=r"results\.json at models\.1\.runs\.0\.accuracy \(TypeEr"):
        compare_builds(damaged, old)
    damaged["experiment"] = []
    with pytest.raises(UsageError, match=r"^before cannot .* damaged results\.json \(AttributeEr"):
        compare_builds(damaged, old)


def test_the_command_prints_and_writes(old: Results, new: Results, tmp_path: Path) -> None:
    """`reportgen diff` prints to the terminal, or writes the file that it is given."""
    for name, results in (("a", old), ("b", new)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_bytes(results_json(results))
    folders = [str(tmp_path / "a"), str(tmp_path / "b")]
    printed = CliRunner().invoke(command, folders)
    assert printed.exit_code == 0
    assert "models.cnn-dropout.dropout" in printed.output
    target = tmp_path / "diff.md"
    written = CliRunner().invoke(
        command, [*folders, "--format", "markdown", "--output", str(target)]
    )
    assert written.exit_code == 0
    assert target.read_text().startswith("## ")
