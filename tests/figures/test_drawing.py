"""The SVG that is drawn: its structure, its words, its bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from reportgen.figures import FigureSpec
from reportgen.figures.drawing import DRAWERS, draw_screen, draw_svg
from reportgen.figures.drawing.parts import text_width
from reportgen.figures.drawing.svg import READINGS
from reportgen.figures.generic import KINDS
from reportgen.figures.plan.confusion import plan_confusion_matrices
from reportgen.figures.plan.images import encode_strip, show_images
from tests.figures.conftest import Drawn
from tests.figures.test_plan import labels_in

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawings(paper: Drawn) -> dict[str, str]:
    """Return the SVG of every figure of a report of four models."""
    return {slug: draw_svg(spec) for slug, spec in paper.specs.items()}


def texts(svg: str) -> list[str]:
    """Return the texts of a drawing."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_kind_can_be_drawn(paper: Drawn) -> None:
    """There is a drawing function for each kind that is planned, and no other.

    `primary-metric` takes the place of `misclassified` where the verdict is not about accuracy;
    `images`, `named-images`, `maps` and `sweep` are of studies that this report does not have.
    """
    planned = {spec.kind for spec in paper.specs.values()} | {"primary-metric"}
    planned |= {"images", "named-images", "maps", "sweep"}
    assert planned == DRAWERS.keys() - KINDS.keys()


def test_faces_are_a_list_that_browsers_accept(drawings: dict[str, str]) -> None:
    """Each name is in quotation marks, or of words that begin with a letter, as CSS asks for."""
    for svg in drawings.values():
        families = (ET.fromstring(svg).get("font-family") or "").split(", ")
        assert "Report Sans" in families
        assert all(re.fullmatch(r"'[^']+'|[A-Za-z]\S*( [A-Za-z]\S*)*", each) for each in families)


def test_ids_are_unique_over_all_figures(drawings: dict[str, str]) -> None:
    """All figures can stand in one page: no id occurs twice, and each begins with its slug."""
    seen: set[str] = set()
    for slug, svg in drawings.items():
        ids = [element.get("id", "") for element in ET.fromstring(svg).iter() if element.get("id")]
        assert all(name.startswith(f"{slug}-") for name in ids)
        assert len(ids) == len(set(ids))
        assert seen.isdisjoint(ids)
        seen.update(ids)


def test_references_lead_somewhere(drawings: dict[str, str]) -> None:
    """Every id is referred to, and every reference has its id."""
    for svg in drawings.values():
        ids = set(re.findall(r' id="([^"]+)"', svg))
        links = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
        labels = set(re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', svg))
        assert links | labels == ids


def test_a_strict_page_accepts_the_drawing(drawings: dict[str, str]) -> None:
    """No style, script, declaration or outside address: only attributes and embedded images."""
    for svg in drawings.values():
        root = ET.fromstring(svg)
        assert svg.startswith("<svg ")
        assert not {"style", "script", "metadata", "foreignObject"} & {
            element.tag.removeprefix(SVG) for element in root.iter()
        }
        assert all("style" not in element.attrib for element in root.iter())
        addresses = re.findall(r'href="([^"#]{0,30})', svg)
        assert all(address.startswith("data:image/png;base64,") for address in addresses if address)


def test_the_page_sets_the_size(paper: Drawn, drawings: dict[str, str]) -> None:
    """A drawing has a viewBox of 122 or 170 mm, which fits on a page, and no size of its own."""
    for slug, svg in drawings.items():
        root = ET.fromstring(svg)
        assert "width" not in root.attrib
        assert "height" not in root.attrib
        width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
        assert width == pytest.approx(paper.specs[slug].width / 25.4 * 72)
        assert height < 9.3 * 72


def test_a_drawing_is_an_image_with_a_name(paper: Drawn, drawings: dict[str, str]) -> None:
    """Assistive technology reads one image, with the figure's title and alternative text."""
    for slug, svg in drawings.items():
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root[0].tag == f"{SVG}title"
        assert root[0].text == paper.specs[slug].title
        assert root.get("aria-labelledby") == root[0].get("id")
        assert root[1].text == paper.specs[slug].alt


def readings_of(svg: str) -> Iterator[tuple[list[ET.Element], list[str]]]:
    """Yield the marks of each group that has readings, with these."""
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        if group.get("data-readings"):
            definitions = {id(path) for defs in group.iter(f"{SVG}defs") for path in defs.iter()}
            marks = list(group.iter(f"{SVG}use"))
            marks = marks or [p for p in group.iter(f"{SVG}path") if id(p) not in definitions]
            yield marks, group.attrib["data-readings"].split(READINGS)


def test_marks_are_as_many_as_their_readings(drawings: dict[str, str]) -> None:
    """Each marker, bar and cell has one, and so has each point of a line without markers."""
    read = {slug for slug, svg in drawings.items() for _ in readings_of(svg)}
    silent = {"samples", "confusion-square", "confusion-counts", "confusion-shares"}
    assert {slug for slug in drawings if not slug.startswith("gallery")} - read == silent
    for slug in read:
        for marks, readings in readings_of(drawings[slug]):
            lone = marks[0].get("d", "") if len(marks) == 1 else ""
            assert len(readings) in (len(marks), len(re.findall("[ML]", lone))), slug


@pytest.mark.parametrize("classes", [26, 50, 100])
def test_cells_without_numbers_state_them(single: Drawn, classes: int) -> None:
    """Each cell that is not zero has a mark and a reading, whichever way many cells are drawn."""
    spec = make_matrix_spec(single, classes)
    (panel,) = spec.data["panels"]
    panel["matrix"][3][7], panel["colors"]["counts"][3][7] = 1200, 6
    found = [
        (mark, text)
        for marks, readings in readings_of(draw_svg(spec))
        for mark, text in zip(marks, readings, strict=True)
    ]
    assert len(found) == classes + 1
    (wrong,) = [text for _, text in found if "taken for" in text]
    assert wrong == "Class number 3 taken for Class number 7: 1,200"


def test_only_models_are_named_beside_the_curves_of_several(drawings: dict[str, str]) -> None:
    """What a broken line is, the caption states: a label could be taken for any model's."""
    curves = drawings["learning-curves-cnn"]
    assert {"CNN", "CNN + dropout"} <= set(texts(curves))
    assert "dropout off" not in texts(curves)
    assert any(
        text.startswith("dropout off, epoch 1: ")
        for _, readings in readings_of(curves)
        for text in readings
    )


def test_each_sample_states_its_class_and_number(paper: Drawn, drawings: dict[str, str]) -> None:
    """A strip of images has the reading of each, in their order."""
    images = ET.fromstring(drawings["samples"]).iter(f"{SVG}image")
    for image, row in zip(images, paper.specs["samples"].data["rows"], strict=True):
        read = [f"{row['class']}, no. {index}" for index in row["indices"]]
        assert image.attrib["data-readings"].split(READINGS) == read


def test_marks_are_where_their_readings_are_on_the_axis(drawings: dict[str, str]) -> None:
    """Places of markers are a linear function of the values that they state."""
    for slug, axis, pattern in (
        ("class-f1", "x", r"([0-9.]+) \("),
        ("learning-curves-mlp", "y", r"epoch \d+: ([0-9.]+)\u202f%"),
        ("paired-differences", "x", r"vs .*: ([+\N{MINUS SIGN}][0-9.]+) \("),
    ):
        found = [
            (float(match[1].replace("\N{MINUS SIGN}", "-")), float(mark.attrib[axis]))
            for marks, readings in readings_of(drawings[slug])
            for mark, text in zip(marks, readings, strict=False)
            if mark.get(axis) and (match := re.search(pattern, text))
        ]
        values, places = np.array(found).T
        assert len(set(values)) > 4
        assert abs(np.corrcoef(values, places)[0, 1]) == pytest.approx(1, abs=1e-4), slug


def test_published_tables_about_one_model_have_one_scale(paper: Drawn) -> None:
    """Between two values are as many points in each; a printed value is wide enough to be seen."""
    spec = paper.specs["published"]
    (panel,) = spec.data["panels"]
    shown = [row for row in panel["rows"] if row["class"] % 2]
    finer = [{**row, "published": [row["published"][0], 5e-6]} for row in shown]
    panels = [panel, {**panel, "rows": finer}]
    svg = draw_svg(spec.model_copy(update={"data": {**spec.data, "panels": panels}}))
    marks = [
        (float(mark.attrib["x"]), float(found[1]))
        for marks, readings in readings_of(svg)
        for mark, text in zip(marks, readings, strict=True)
        if mark.get("x") and (found := re.match(r"[^,]*: ([\d.]+)[ ,]", text))
    ]
    middle = float(ET.fromstring(svg).attrib["viewBox"].split()[2]) / 2
    slopes = []
    for side in (True, False):
        places, values = np.array([mark for mark in marks if (mark[0] < middle) == side]).T
        slopes.append(np.polyfit(values, places, 1)[0])
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-3)
    bars = [path.get("d", "") for path in ET.fromstring(svg).iter(f"{SVG}path")]
    widths = [
        float(np.ptp([float(x) for x in re.findall(r"[ML] ?([\d.]+)", d)]))
        for d in bars
        if d.endswith("z")
    ]
    assert min(width for width in widths if width) >= 3.4


def test_a_drawing_for_screens_is_legible_on_a_phone(
    paper: Drawn, drawings: dict[str, str]
) -> None:
    """What a screen of 360 pixels shows side by side is so narrow that 8 points take 9 pixels."""
    room = 360 - 2 * 8 - 2 * 3.2 - 2
    for slug, spec in paper.specs.items():
        if spec.kind not in ("gallery", "confusion-matrix", "confusion-difference"):
            root = ET.fromstring(draw_screen(spec, drawings[slug]))
            across = float(root.attrib["viewBox"].split()[2]) / int(root.get("data-columns", "1"))
            assert 8 * room / across >= 9, slug


def test_printed_numbers_can_be_verified(paper: Drawn, drawings: dict[str, str]) -> None:
    """Every number of the data that is drawn is a text with its path and format."""
    for slug, spec in paper.specs.items():
        marked = {
            (element.get("data-path"), element.get("data-format")): element.text
            for element in ET.fromstring(drawings[slug]).iter(f"{SVG}text")
            if element.get("data-path")
        }
        assert marked == {(n["path"], n["format"]): n["text"] for n in labels_in(spec.data)}


def test_labels_are_text(paper: Drawn, drawings: dict[str, str]) -> None:
    """Names of models and classes stand in the drawings as text."""
    names = {model.name for model in paper.facts.models.values()}
    assert names <= set(texts(drawings["class-f1"]))
    assert set(paper.facts.dataset.classes) <= set(texts(drawings["confusion-counts"]))
    assert any(
        re.fullmatch(r"F1 score \(from 0\.\d+\)", t) for t in texts(drawings["class-f1-bars"])
    )


def test_type_is_large_enough_to_read(drawings: dict[str, str]) -> None:
    """At print size no text is smaller than 8 points: each has a size, and nothing is scaled."""
    for svg in drawings.values():
        sizes = [float(values["font-size"]) for values, _ in texts_in(ET.fromstring(svg), {})]
        assert sizes
        assert min(sizes) >= 8
        assert not re.search(r"<text[^>]*(?:scale|matrix)\(", svg)


def test_another_process_draws_the_same_bytes(paper: Drawn, drawings: dict[str, str]) -> None:
    """The same spec gives the same bytes in another process with other hash seeds."""
    slugs = ("class-f1", "learning-curves-cnn", "samples")
    program = (
        "import sys, json; from reportgen.figures import FigureSpec\n"
        "from reportgen.figures.drawing import draw_svg\n"
        "specs = [FigureSpec.model_validate(s) for s in json.load(sys.stdin)]\n"
        "sys.stdout.buffer.write('\\0'.join(map(draw_svg, specs)).encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=(
            "[" + ",".join(paper.specs[slug].model_dump_json() for slug in slugs) + "]"
        ).encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77", "SOURCE_DATE_EPOCH": "1"},
    )
    assert done.stdout.decode().split("\0") == [drawings[slug] for slug in slugs]


def test_nothing_is_set_globally(paper: Drawn, drawings: dict[str, str]) -> None:
    """The user's matplotlib settings neither change a drawing nor are changed by one."""
    with mpl.rc_context({"font.size": 30, "axes.grid": False, "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        assert draw_svg(paper.specs["overfitting"]) == drawings["overfitting"]
        assert dict(mpl.rcParams) == before


def test_threads_draw_as_one_does(paper: Drawn, drawings: dict[str, str]) -> None:
    """Settings of matplotlib are the process's: two reports at once must not disturb each other."""
    slugs = ["overfitting", "confusion-square", "class-f1"] * 2
    with ThreadPoolExecutor(3) as pool:
        drawn = list(pool.map(lambda slug: draw_svg(paper.specs[slug]), slugs))
    assert drawn == [drawings[slug] for slug in slugs]


def test_every_figure_of_a_single_run_is_drawn(single: Drawn) -> None:
    """One model and one seed: everything can still be drawn, with its numbers."""
    for spec in single.specs.values():
        assert draw_svg(spec).startswith("<svg ")


def test_scores_that_are_all_1_have_no_tick_above(single: Drawn) -> None:
    """An axis of F1 ends with the highest score that there can be."""
    spec = single.specs["class-f1"]
    rows = [
        {
            **row,
            "label": None,
            "points": [{**each, "span": [1.0, 1.0, 1.0]} for each in row["points"]],
        }
        for group in spec.data["groups"]
        for row in group
    ]
    drawn = draw_svg(spec.model_copy(update={"data": {**spec.data, "groups": [rows]}}))
    ticks = [float(text) for text in texts(drawn) if re.fullmatch(r"[01]\.[0-9]+", text)]
    assert len(ticks) > 1 and max(ticks) == 1


def test_nine_matrices_fit_one_page_and_one_column(paper: Drawn) -> None:
    """Nine matrices take a page on paper; where there is room for one column, they take one."""
    known = paper.facts.models
    copies = {f"copy-{number}": known["cnn"] for number in range(9 - len(known))}
    facts = paper.facts.model_copy(update={"models": {**known, **copies}})
    specs = list(plan_confusion_matrices(facts))
    assert [len(spec.data["panels"]) for spec in specs] == [9, 9]
    whole, narrow = (ET.fromstring(draw_svg(specs[0], width)) for width in (170, 55))
    heights = [float(svg.attrib["viewBox"].split()[3]) for svg in (whole, narrow)]
    assert heights[0] < 9 * 72 < heights[1]
    drawn = [element.text for element in whole.iter(f"{SVG}text")]
    assert drawn.count("Predicted class") == 3
    assert drawn.count("correct") == 1


def make_matrix_spec(single: Drawn, classes: int) -> FigureSpec:
    """Return a confusion matrix of many classes with long names."""
    spec = next(spec for spec in single.specs.values() if spec.kind == "confusion-matrix")
    label = {"text": "2400", "path": "a.b", "format": "digits"}
    data = {
        **spec.data,
        "classes": [f"Class number {index}" for index in range(classes)],
        "panels": [
            {
                **spec.data["panels"][0],
                "matrix": np.eye(classes, dtype=int).tolist(),
                "colors": {"counts": (8 * np.eye(classes, dtype=int)).tolist()},
                "cells": [{"row": i, "column": i, **label} for i in range(classes)],
            }
        ],
    }
    return spec.model_copy(update={"data": data, "width": 170})


@pytest.mark.parametrize("classes", [2, 10, 26, 100])
def test_matrices_of_any_size_fit_the_page(single: Drawn, classes: int) -> None:
    """The matrix fits, with names of the classes; numbers are printed where all of them fit."""
    svg = draw_svg(make_matrix_spec(single, classes))
    height = float(ET.fromstring(svg).attrib["viewBox"].split()[3])
    assert height < 9.3 * 72
    assert texts(svg).count("2400") == (classes if classes <= 10 else 0)
    assert f"Class number {classes - 1 if classes <= 26 else 0}" in texts(svg)


@pytest.mark.parametrize("grey", [True, False])
def test_colours_survive_and_grey_stays_small(grey: bool) -> None:
    """A coloured image is embedded in colour, a grey one in one channel."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (4, 1 if grey else 3, 5, 5)).astype(np.uint8)
    spec = FigureSpec(
        slug="samples",
        kind="samples",
        title="Samples",
        caption="",
        alt="",
        data={
            "blocks": 1,
            "columns": 4,
            "size": (5, 5),
            "rows": [{"class": "a", "indices": [0, 1], "png": strip_of(pixels)}],
        },
    )
    found = re.search(r"data:image/png;base64,([^\"]+)", draw_svg(spec))
    assert found is not None
    with Image.open(BytesIO(b64decode(found[1]))) as embedded:
        # Fewer than 256 colours are in a table.
        assert embedded.mode == ("L" if grey else "P")
        drawn = embedded.convert("RGB").getcolors()
    with Image.open(BytesIO(b64decode(strip_of(pixels)))) as strip:
        assert drawn == strip.convert("RGB").getcolors()


def strip_of(pixels: np.ndarray) -> str:
    """Return the first two images as a strip."""
    images = show_images(pixels)
    assert images is not None
    return encode_strip(images, [0, 1])


def number_of_two_classes(text: str) -> dict[str, str]:
    """Return a printed number as `label_cells` gives it."""
    return {"text": text, "path": "dataset.test", "format": "integer"}


KEYS = ("1–9", "10–1,002", "correct")
TWO_CLASSES: dict[str, dict[str, Any]] = {
    "confusion-difference": {
        "first": "CNN",
        "second": "MLP",
        "row": 60,
        "matrix": [[9, -9], [21, -21]],
        "labels": [],
        "mark": "beyond chance",
        "marked": [[1, 0]],
    },
    "confusion-matrix": {
        "columns": 2,
        "measure": "counts",
        "keys": {
            "counts": [
                {"color": color, "text": text} for color, text in zip((1, 6, 8), KEYS, strict=True)
            ]
        },
        "panels": [
            {
                "name": name,
                "model": name,
                "note": ["n = ", number_of_two_classes("120")],
                "colors": {"counts": [[8, 6], [1, 8]]},
                "matrix": [[102, 78], [9, 71]],
                "cells": [],
            }
            for name in ("CNN", "MLP")
        ],
    },
}


def texts_in(parent: ET.Element, inherited: dict[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield each text with its attributes and those of the groups around it."""
    for child in parent:
        values = {**inherited, **child.attrib}
        if child.tag == f"{SVG}text":
            yield values, child.text or ""
        else:
            yield from texts_in(child, values)


@pytest.mark.parametrize("kind", TWO_CLASSES)
@pytest.mark.parametrize("classes", [["no", "yes"], ["healthy cell", "parasitised cell"]])
def test_words_beside_a_small_matrix_do_not_overlap(kind: str, classes: list[str]) -> None:
    """Of texts on one line each ends before the next begins, and before the key of colours."""
    data = TWO_CLASSES[kind] | {"classes": classes}
    spec = FigureSpec(slug="small", kind=kind, title="T", caption="", alt="A", data=data)
    assert_apart(draw_svg(spec))


def assert_apart(svg: str) -> None:
    """Of texts on one line each ends before the next begins, after the left edge."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for values, text in texts_in(ET.fromstring(svg), {}):
        if "rotate" in values.get("transform", "") or "text-anchor" not in values:
            continue
        width = text_width(text, float(values["font-size"]))
        share = {"start": 0, "middle": 0.5, "end": 1}[values["text-anchor"]]
        start = float(values["x"]) - width * share
        key = 10 if text in KEYS else 0  # a square of 7 pt and a gap
        lines.setdefault(values["y"], []).append((start - key, start + width))
    assert len(lines) > 3
    for line in lines.values():
        line.sort()
        assert all(before[1] < after[0] for before, after in pairwise(line)), line
        assert line[0][0] > 0


@pytest.mark.parametrize("width", [None, 78])
@pytest.mark.parametrize("classes", [["square", "triangle"], ["healthy cell", "parasitised cell"]])
def test_answers_below_images_do_not_overlap(
    paper: Drawn, classes: list[str], width: int | None
) -> None:
    """However long the names of classes are, on paper and on a narrow screen."""
    spec = next(spec for spec in paper.specs.values() if spec.kind == "gallery")
    answer = {"class": classes[1], "right": True, "confidence": number_of_two_classes("99.9 %")}
    items = [
        each | {"class": classes[0], "answers": [answer for _ in each["answers"]]}
        for each in spec.data["items"]
    ]
    data = {**spec.data, "columns": 6, "items": items}
    assert_apart(draw_svg(spec.model_copy(update={"data": data}), width))
