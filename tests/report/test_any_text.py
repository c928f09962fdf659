"""Names, titles and notes of any text: a document is made of them, and prints them exactly."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import unescape
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from reportgen.config.quotations import split_note
from reportgen.report.document import compose
from reportgen.report.fonts import link_fonts
from reportgen.report.pdf import PdfRequest, typeset
from reportgen.report.prose import render_note
from reportgen.report.view import View
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS, FakeModel

# What the loader lets through: no control characters, no surrogates, no noncharacters.
CHARACTERS = st.characters(
    exclude_categories=("Cc", "Cs"),
    exclude_characters=[chr(c) for c in (*range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF)],
)
FORGED = st.sampled_from((
    "\ue000", "\ue0000\ue001", "\ue0020\ue003", "\ue004figure\ue005", "\ue008", "\ue00a", "\uf8ff",
    "[[models.cnn.accuracy.mean|percent]]", "[[margin|points]]", "[[[]]", "[[[[]]]]", "[", "]]",
    "**", "_a_", "`", "<b>", "&amp;", "{{ 1 }}", "{% raw %}", "{: #id }", "wzxhzdk:0", "\u202e",
    "กรุงเทพ", "नमस्ते", "שלום", "مرحبا", "東京", "👩\u200d🔬", "e\u0301",
))  # fmt: skip
TEXT = st.lists(st.one_of(FORGED, st.text(CHARACTERS, min_size=1)), min_size=1, max_size=4).map(
    "".join
)


@cache
def _sample() -> View:
    return sample_view([*PAPER_MODELS[:1], FakeModel("MLP", "mlp", "mlp", 0.5, 0.2)], 1, 60)


def _rename(view: View, name: str, class_name: str) -> View:
    """Return `view` with its first model and its first class called otherwise."""
    from reportgen.analysis.claims.assembly import make_claims
    from reportgen.studies.presentation import study_claims

    facts = view.facts
    model = facts.models["cnn"]
    classes = (class_name, *facts.dataset.classes[1:])
    per_class = (model.per_class[0].model_copy(update={"name": class_name}), *model.per_class[1:])
    renamed = model.model_copy(update={"name": name, "per_class": per_class})
    facts = facts.model_copy(
        update={
            "models": {**facts.models, "cnn": renamed},
            "dataset": facts.dataset.model_copy(update={"classes": classes}),
            "claims": {},
        }
    )
    facts = facts.model_copy(
        update={"claims": make_claims(facts, view.experiment, study_claims(facts))}
    )
    return replace(view, facts=facts)


def _shown(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


@pytest.mark.slow
@settings(max_examples=6)
@given(name=TEXT, class_name=TEXT, medium=st.sampled_from(["html", "pdf"]))
def test_names_are_printed_exactly(name: str, class_name: str, medium: str) -> None:
    """A model or class may be called anything, in claims, tables and captions alike."""
    view = _rename(_sample(), name, class_name)

    shown = _shown(compose(view, medium).body)  # type: ignore[arg-type]

    assert f"This report compares two models, {name} and MLP, on" in shown
    assert f"Classification report of {name}." in shown
    assert f"\n{class_name}" in shown


@settings(max_examples=6)
@given(note=TEXT, keyword=TEXT)
def test_notes_and_keywords_are_printed_exactly(note: str, keyword: str) -> None:
    """A note in a code block stands there character by character; a keyword as it is."""
    view = _sample()
    experiment = view.experiment.model_copy(
        update={
            "keywords": (keyword,),
            "notes": view.experiment.notes.model_copy(update={"results": f"~~~\n{note}\n~~~"}),
        }
    )

    body = compose(replace(view, experiment=experiment), "html").body

    assert f"<pre><code>{note}\n</code></pre>" in unescape(body)
    assert f"Keywords:</strong> {keyword}." in unescape(body)


@pytest.mark.slow
@pytest.mark.parametrize(
    "note",
    ["[" * 20_000, "![" * 10_000, "> " * 10_000, "*a " * 7_000, "<a " * 7_000, "{{" * 10_000],
    ids=["brackets", "images", "quotations", "emphasis", "tags", "braces"],
)
def test_a_hostile_note_does_not_stall(note: str) -> None:
    """What takes other readers of Markdown minutes takes a moment; the text is still there."""
    (part,) = split_note(note)

    assert note.split()[0][:1] in unescape(render_note(str(part)))


@pytest.mark.slow
def test_a_pdf_of_every_script() -> None:
    """Scripts without a font, joiners, combining marks and right-to-left text are typeset whole."""
    scripts = "😀👩\u200d🔬 กรุงเทพ नमस्ते שלום مرحبا 東京 e\u0301 \ue000\ue0020\ue003 \u202eabc"
    page = f"<html lang='en'><title>{scripts}</title><style>{link_fonts()}</style><p>{scripts}"

    pdf = PdfReader(BytesIO(typeset(PdfRequest(f"{page}</html>", ()))))

    assert pdf.metadata is not None
    assert pdf.metadata.title == scripts
    assert "שלום" in pdf.pages[0].extract_text()
