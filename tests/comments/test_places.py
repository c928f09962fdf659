from __future__ import annotations

from reportgen.comments import carry, insert, split
from reportgen.comments.container import EMPTY
from tests.comments.test_container import make_comment

REPORT = """<main><h2 id="results">Results</h2>
<p>The accuracy is <data>99.1</data> % &amp; more.</p>
<p><span data-claim="verdict">CNN leads.</span></p><figure id="table-accuracy"></figure></main>"""
PLACES = (
    "id:table-accuracy",
    "claim:results:verdict",
    "text:results:The accuracy is ##.# % & more.",
)


def commented(html: str = REPORT) -> str:
    """Return a report with an open comment on each place, and a resolved one."""
    comments = [
        make_comment(id=f"{number:012x}", place=place) for number, place in enumerate(PLACES)
    ]
    return insert(html + EMPTY, [*comments, make_comment(id="f" * 12, status="resolved")])


def test_open_comments_are_carried_to_the_same_place() -> None:
    """Though numbers and the words of a claim have changed; resolved ones stay behind."""
    changed = REPORT.replace("99.1", "98.7").replace("CNN leads", "Nobody leads") + EMPTY
    html, gone = carry(commented(), changed)

    report, comments = split(html)
    assert report == changed
    assert [comment.place for comment in comments] == list(PLACES)
    assert [comment.anchor for comment in comments] == ["table-accuracy", "results", "results"]
    assert gone == ()


def test_comments_whose_place_is_gone_are_kept_and_listed() -> None:
    """They stand in the new report without a link, and it says so."""
    changed = REPORT.replace("table-accuracy", "table-other").replace("The accuracy", "It") + EMPTY
    html, gone = carry(commented(), changed)

    assert [comment.place for comment in gone] == [PLACES[0], PLACES[2]]
    assert len(split(html)[1]) == len(PLACES)
    assert html.count("(no longer in the report)") == 2


def test_a_report_without_comments_stays_as_it_is() -> None:
    """Byte for byte."""
    assert carry(REPORT + EMPTY, REPORT + EMPTY) == (REPORT + EMPTY, ())
    assert carry("no report at all", "nothing to hold comments") == ("nothing to hold comments", ())
