"""Attributes that marks share: written once, and meaning the same to each mark."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reportgen.figures.drawing.shared_attributes import leave_to_markers, share_attributes
from reportgen.figures.drawing.svg import _fewest_channels

NAMES = ("fill", "stroke", "stroke-width", "clip-path", "transform")
VALUES = st.sampled_from([None, "url(#one)", "url(#another-with-a-long-name)"])
MARKS = st.lists(st.tuples(*(VALUES for _ in NAMES)), max_size=12)


def drawing(marks: list[tuple[str | None, ...]]) -> ET.Element:
    """Return marks with these attributes, numbered."""
    root = ET.Element("{http://www.w3.org/2000/svg}svg")
    for number, values in enumerate(marks):
        given_values = {name: value for name, value in zip(NAMES, values, strict=True) if value}
        ET.SubElement(root, "path", {"d": str(number), **given_values})
    return root


def in_effect(parent: ET.Element, inherited: dict[str, str]) -> list[dict[str, str]]:
    """Return the attributes of each mark, in order, with those of the groups around it."""
    found = []
    for child in parent:
        attributes = {**inherited, **child.attrib}
        if child.tag.endswith("}g"):
            assert "transform" not in child.attrib
            found.extend(in_effect(child, attributes))
        else:
            assert not ("transform" in child.attrib and "clip-path" in inherited)
            found.append(attributes)
    return found


@given(MARKS)
def test_marks_stay_the_same_and_take_no_more_room(marks: list[tuple[str | None, ...]]) -> None:
    """Order and attributes are kept, groups around marks counted."""
    root = drawing(marks)
    before, length = in_effect(root, {}), len(ET.tostring(root))
    share_attributes(root)
    assert in_effect(root, {}) == before
    assert len(ET.tostring(root)) <= length


def test_a_marker_keeps_what_is_its_own() -> None:
    """Its uses lose the stroke that it has itself, and keep the fill that it lacks."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path id="m" stroke="red"/>'
    root = ET.fromstring(f'{svg}<use href="#m" x="1" stroke="red" fill="blue"/></svg>')
    leave_to_markers(root)
    assert root[1].attrib == {"href": "#m", "x": "1", "fill": "blue"}


@given(st.integers(1, 300))
def test_pictures_of_few_colours_have_a_table(count: int) -> None:
    """Every pixel stays as it was."""
    picture = Image.new("RGB", (count, 1))
    picture.putdata([(level % 256, level // 256, 7) for level in range(count)])
    found = _fewest_channels(picture)
    assert found.mode == ("P" if count <= 256 else "RGB")
    assert found.convert("RGB").tobytes() == picture.tobytes()
