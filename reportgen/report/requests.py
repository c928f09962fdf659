"""A document asks for nothing: no template may print what a browser or WeasyPrint would load.

These checks read what templates printed and name the template. They catch mistakes;
against an address that is hidden on purpose the policy at the head of the HTML holds, which
browsers enforce, and the PDF's fetcher, which has only the report's own bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from reportgen.errors import ReportgenError

_LOADING = frozenset((
    "applet", "audio", "base", "embed", "frame", "iframe", "link", "object", "portal", "source",
    "track", "video",
))  # fmt: skip
"""Elements that load something, or change what addresses mean."""
_ADDRESSES = frozenset((
    "action", "background", "data", "formaction", "lowsrc", "manifest", "ping", "poster", "src",
    "srcset", "xlink:href",
))  # fmt: skip
"""Attributes whose address is loaded, or sent something; `href` is one except in links."""
_IN_STYLE = re.compile(
    r"@import[^;{}]*|(?:url|src|image|image-set)\(\s*[\"']?(?!data:|#|[\s\"'])[^)\s]*",
    re.IGNORECASE,
)
_POLICY_FIRST = re.compile(
    r"<!doctype html>\s*<html[^<>]*>\s*<head>\s*<meta charset=\"utf-8\">\s*"
    r"<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"<>]*)\">",
    re.IGNORECASE,
)
_PLAIN_META = re.compile(r"<meta (?:charset|name|property)=\"[^\"<>]*\"(?: content=\"[^\"<>]*\")?>")
_META = re.compile(r"<meta(?=[\s/>])[^<]{0,80}", re.IGNORECASE)


def refuse_requests(html: str, templates: Mapping[str, str]) -> None:
    """Raise ReportgenError where a document would load something; nothing is loaded to find out.

    `templates` names the template of each section by the class of its `<section>`.
    """
    reader = _Reader(templates)
    reader.feed(html)
    reader.close()


def require_policy(html: str, policy: str) -> None:
    """Raise ReportgenError unless `html` begins with its policy, and has no `<meta>` to undo it."""
    match = _POLICY_FIRST.match(html)
    if match is None or match[1] != policy:
        raise ReportgenError(
            "template frame.html.j2 must begin like the one that ships, down to the line with "
            "`{{ policy }}`, which keeps browsers from loading anything"
        )
    other = _META.search(_PLAIN_META.sub("", html[match.end() :]))
    if other:
        raise ReportgenError(
            f'a template prints {other[0]!r}, but only <meta name="…" content="…"> and '
            '<meta property="…" content="…"> may be added'
        )


def refuse_style_requests(name: str, style: str) -> None:
    """Raise ReportgenError where a style sheet would load something."""
    found = _IN_STYLE.search(style)
    if found:
        raise _refusal(name, found[0])


class _Reader(HTMLParser):
    def __init__(self, templates: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._templates = templates
        self._template = "frame.html.j2"
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "section":
            classes = values.get("class", "").removeprefix("section ")
            self._template = self._templates.get(classes, self._template)
        self._in_style = tag == "style"
        if tag in _LOADING:
            raise _refusal(self._template, f"<{tag}> {values.get('href') or values.get('src', '')}")
        # A browser follows it anywhere in a document, whatever the policy.
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            raise _refusal(self._template, f"<meta> {values.get('content', '')}")
        if "attachment" in values.get("rel", "").lower().split():
            raise _refusal(self._template, f"the attachment {values.get('href', '')}")
        for name, address in _addresses(tag, values.items()):
            if not address.lower().startswith(("data:", "#")):
                raise _refusal(self._template, address or f"<{tag} {name}>")
        refuse_style_requests(self._template, values.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            refuse_style_requests(self._template, data)


def _addresses(tag: str, attributes: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in attributes:
        if name in _ADDRESSES or (name == "href" and tag not in ("a", "area")):
            yield name, value


def _refusal(template: str, address: str) -> ReportgenError:
    shown = " ".join(address.split())[:120]
    return ReportgenError(
        f"template {template}: {shown} would be loaded, but a report loads nothing; "
        "an image can be embedded as a data: address"
    )
