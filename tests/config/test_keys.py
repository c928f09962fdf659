"""Digests: what counts, and what does not."""

import ast
import gc
import math
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.keys import (
    differences,
    digest,
    file_digests,
    module_digest,
)
from reportgen.plugins.digests import parse, source_digest

SOURCE = '''"""Module."""

import math


class Circle:
    """A circle."""

    radius: float = 1.0
    """In metres."""

    def area(self, scale=2):
        """Return the area."""
        return math.pi * self.radius**2 * scale
'''


def test_digest_is_that_of_canonical_json() -> None:
    """The digest can be recomputed by hand from sorted JSON without white space."""
    expected = sha256('{"a":[1,0.5],"ä":null}'.encode()).hexdigest()
    assert digest({"ä": None, "a": [1, 0.5]}) == expected


@given(
    st.dictionaries(
        st.text(), st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_digest_does_not_depend_on_order(values: dict[str, object]) -> None:
    """Equal records have equal digests, whatever the order of their keys."""
    assert digest(values) == digest(dict(reversed(values.items())))


def test_differences_of_nested_tables() -> None:
    """Values are compared at the end of their paths; a table and a value differ as a whole."""
    first = {"same": 1, "table": {"kept": [1], "changed": 0.5}, "gone": "a", "turned": {"x": 1}}
    second = {"same": 1, "table": {"kept": [1], "changed": 0.3}, "new": "b", "turned": 2}
    assert list(differences(first, second)) == [
        ("table.changed", 0.5, 0.3),
        ("gone", "a", None),
        ("turned", {"x": 1}, 2),
        ("new", None, "b"),
    ]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_digest_refuses_what_json_has_not(number: float) -> None:
    """Numbers without a JSON form have no digest, rather than one nobody else can make."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"value": number})


@pytest.mark.parametrize(
    "edited",
    [
        SOURCE.replace('"""Return the area."""', '"""Return the area, scaled."""'),
        SOURCE.replace('        """Return the area."""\n', ""),
        SOURCE.replace('"""In metres."""', ""),
        SOURCE.replace('"""Module."""', "# No docstring."),
        SOURCE.replace("math.pi * self.radius**2", "(math.pi\n            * self.radius ** 2)"),
        SOURCE.replace("radius: float = 1.0", "radius: float = 1.0  # metres"),
        SOURCE.replace("\n", "\r\n"),
    ],
)
def test_comments_layout_and_docstrings_do_not_count(edited: str) -> None:
    """An edit that cannot change what the code does leaves its digest alone."""
    assert edited != SOURCE
    assert source_digest(edited.encode()) == source_digest(SOURCE.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("= 1.0", "= 2.0"),
        ("= 1.0", "= 1"),
        ("scale=2", "scale=None"),
        ("scale=2", "scale"),
        ("* scale", "+ scale"),
        ("self.radius**2", "self.diameter**2"),
        ("return math", "math"),
        ("class Circle", "class Disc"),
    ],
)
def test_code_counts(old: str, new: str) -> None:
    """An edit of the code itself changes its digest."""
    assert source_digest(SOURCE.replace(old, new).encode()) != source_digest(SOURCE.encode())


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.booleans())
def test_every_constant_counts(value: object) -> None:
    """Two sources that differ in a constant alone have different digests."""
    sources = {f"x = {value!r}", "x = 'another value'", "x = b''"}
    assert len({source_digest(source.encode()) for source in sources}) == len(sources)


def test_threads_parse_at_once() -> None:
    """Garbage collections that run Python's code, as in a cluster's worker, interrupt parsing.

    Another thread may parse then, for which Python 3.11 itself raises SystemError.
    """

    def interrupt(*_: object) -> None:
        sorted(range(1_000), key=str)

    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.callbacks.append(interrupt)
    gc.set_threshold(50)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as threads:
            trees = list(threads.map(parse, [SOURCE] * 50))
    finally:
        gc.callbacks.remove(interrupt)
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)
    assert {ast.dump(tree) for tree in trees} == {ast.dump(ast.parse(SOURCE))}


def test_digests_of_files_see_every_byte(tmp_path: Path) -> None:
    """Where bytes are digested, a comment counts, and a file that is no Python is left out."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_bytes(b"x = 1")
    (tmp_path / "notes.txt").write_bytes(b"x = 1")
    assert file_digests(tmp_path) == {"inner/a.py": sha256(b"x = 1").hexdigest()}
    shutil.copytree(tmp_path / "inner", tmp_path / "other")
    (tmp_path / "other" / "a.py").write_bytes(b"x = 1  # one")
    assert file_digests(tmp_path / "other") != file_digests(tmp_path / "inner")


def test_a_process_keeps_the_digests_of_the_code_that_it_has_loaded(tmp_path: Path) -> None:
    """An update on disk is not taken for the code that runs."""
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1")
    before = (file_digests(tmp_path), module_digest(path))
    path.write_bytes(b"x = 2")
    assert (file_digests(tmp_path), module_digest(path)) == before
