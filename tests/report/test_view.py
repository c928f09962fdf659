from __future__ import annotations

import pytest

from reportgen.report import glyphs
from reportgen.report.view import find_warnings
from reportgen.wording import architecture_title
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS


@pytest.mark.parametrize(
    ("name", "title"),
    [
        *(("cnn", "CNN"), ("gru", "GRU"), ("lstm", "LSTM"), ("wide-mlp", "Wide MLP")),
        *(("deep", "Deep"), ("residual-network", "Residual network"), ("vit_b", "Vit B")),
    ],
)
def test_architectures_are_titled(name: str, title: str) -> None:
    """Short names, and words without vowels, are abbreviations."""
    assert architecture_title(name) == title


@pytest.mark.parametrize(
    ("label", "authors"),
    [("Author", "A and B"), ("姓 名:", "A and B"), ("Students", "A and B"), ("Course", "")],
)
def test_authors_come_from_the_cover(label: str, authors: str) -> None:
    """The metadata names whom the cover names."""
    view = sample_view(PAPER_MODELS[:1], 1, settings={"cover": {label: "A and B"}})

    assert view.authors == authors


def test_warnings_are_about_what_the_user_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cover line in a script that no font has is warned of; usual text is not even looked up."""
    asked: list[str] = []

    def has_no_font(text: str) -> bool:
        asked.append(text)
        return False

    monkeypatch.setattr(glyphs, "_system_has", has_no_font)

    plain = sample_view(PAPER_MODELS[:1], 1)
    chinese = sample_view(PAPER_MODELS[:1], 1, settings={"cover": {"姓名": "张三"}})

    assert find_warnings(plain) == ()
    assert asked == []
    assert "fonts-noto-cjk" in find_warnings(chinese)[0]


def test_the_date_is_the_day_of_the_last_run(view) -> None:  # type: ignore[no-untyped-def]
    """Without a date in the experiment file the cover has the day on which training ended."""
    assert view.date == "2 January 2026"
    assert (
        sample_view(PAPER_MODELS[:1], 1, settings={"report": {"date": "Spring"}}).date == "Spring"
    )
