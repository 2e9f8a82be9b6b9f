"""Guidelines as HTML: Markdown without raw HTML, and of what it makes only what text needs."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {"p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "em", "strong", "code", "pre", "hr", "br", "a"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
UNDER = 2
"""The page has a heading of this depth above the text."""

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@lru_cache(maxsize=64)
def render(text: str) -> SafeString:
    """Nothing that a lead types can run, load or be styled: `nh3` keeps known tags only, and addresses of the web and of mail."""
    tokens = _markdown.parse(text)
    _step_down(tokens)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}, "ol": {"start"}}, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - cleaned in the line above


def _step_down(tokens: list[Token]) -> None:
    """Headings begin below the page's own and never leap a level, or a screen reader's outline would have holes."""
    opened = [token for token in tokens if token.type == "heading_open"]
    depths = sorted({int(token.tag[1:]) for token in opened})
    last = UNDER
    for token in tokens:
        if token.type == "heading_open":
            last = min(UNDER + 1 + depths.index(int(token.tag[1:])), last + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"
