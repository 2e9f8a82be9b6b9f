"""No word that people read is out of a translator's reach: neither in a template nor in what a view says."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.template.loader import get_template

BASE = Path(settings.BASE_DIR)
TEMPLATES = BASE / "templates"
ALLOWED = {"API", "CSV", "PNG", "SVG", "biasapp"}
"""Names, which are the same in every language."""

READ_OUT = {"alt", "aria-label", "placeholder", "title"}
NOT_PROSE = {"code", "kbd", "script", "style"}
"""What is typed, pressed or run."""

WORD = re.compile(r"[^\W\d_]{2,}")
LITERAL = re.compile(r"(_\()?(\"[^\"]*\"|'[^']*')")
OF_TEXT = ("translate", "blocktranslate")
NOT_SHOWN = ("load", "extends", "url", "static", "if", "elif", "querystring")
CLASSES = re.compile(r"(\{% block width %\}).*?(\{% endblock %\})")


def templates() -> list[str]:
    return sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


class Prose(HTMLParser):
    """Collects what is read: text, and attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.passing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in READ_OUT and value]
        if tag in NOT_PROSE:
            self.passing = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self.passing:
            self.passing = ""

    def handle_data(self, data: str) -> None:
        if not self.passing:
            self.found.append(data)


def bare_texts(source: str) -> list[str]:
    """In a template's source: words outside of `translate` and `blocktranslate`."""
    html, found, until = "", [], ""
    for token in Lexer(CLASSES.sub(r"\1\2", source)).tokenize():
        tag = token.contents.split()[0] if token.token_type == TokenType.BLOCK else ""
        if until:
            until = "" if tag == until else until
        elif tag in ("blocktranslate", "comment"):
            until = f"end{tag}"
        elif token.token_type == TokenType.TEXT:
            html += token.contents
        else:
            # A tag or a variable parts words, and within an HTML tag it parts attributes.
            html += " "
            found += said_by(tag, token.contents) if token.token_type != TokenType.COMMENT else []
    prose = Prose()
    prose.feed(html)
    prose.close()
    return found + [" ".join(text.split()) for text in prose.found if set(WORD.findall(text)) - ALLOWED]


def said_by(tag: str, contents: str) -> list[str]:
    """Literals of a tag or a variable that look like words to read: `title="Two words"`, `default:"Nobody"`."""
    if "|pluralize" in contents or "|yesno" in contents:
        return [contents]
    if tag in OF_TEXT or tag in NOT_SHOWN:
        return []
    literals = [text.strip("\"'") for marked, text in LITERAL.findall(contents) if not marked]
    return [text for text in literals if WORD.search(text) and (" " in text.strip() or text[0].isupper())]


@pytest.mark.parametrize("name", templates())
def test_every_word_of_a_template_can_be_translated(name):
    bare = bare_texts((TEMPLATES / name).read_text())
    assert not bare, f"templates/{name} holds words that no translation would reach: {bare}"
    get_template(name)


@pytest.mark.parametrize(
    "source",
    [
        "<p>Two words</p>",
        '<p title="Two words">{{ name }}</p>',
        "<p{% if wide %} class='wide'{% endif %}>Two words</p>",
        '{% include "components/_empty.html" with title="Two words" %}',
        '{{ name|default:"Nobody" }}',
        "<p>{{ n }} <b>item{{ n|pluralize }}</b></p>",
        '{% translate "Two words" %} and more',
    ],
)
def test_a_bare_word_is_found_wherever_it_stands(source):
    assert bare_texts(source)


@pytest.mark.parametrize(
    "source",
    [
        '<p aria-label="{% translate "Two words" %}">{% blocktranslate %}Two <b>words</b>{% endblocktranslate %}</p>',
        '{% include "components/_empty.html" with title=_("Two words") %}',
        '{% block width %}page narrow{% endblock %}{# Two words #}{{ day|date:"j F Y" }}<kbd>Shift</kbd>',
        "{% if state == 'not passed' %}–{% endif %}",
    ],
)
def test_what_nobody_reads_and_what_is_marked_is_left_alone(source):
    assert not bare_texts(source)


SPEAKING = ("biasapp", "feedback/views", "modeling/views")
TOLD = {"debug", "error", "info", "success", "warning"}


def bare_messages(source: str) -> Iterator[str]:
    """What is handed to `messages.success` and its like as a plain string."""
    for node in ast.walk(ast.parse(source)):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        if is_call and node.func.value.id == "messages" and node.func.attr in TOLD and len(node.args) > 1 and is_plain(node.args[1]):
            yield ast.unparse(node)


def is_plain(said: ast.expr) -> bool:
    match said:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, right=right):
            return is_plain(left) or is_plain(right)
        case ast.IfExp(body=body, orelse=otherwise):
            return is_plain(body) or is_plain(otherwise)
        case ast.Call(func=ast.Attribute(value=value)):
            return is_plain(value)
    return False


@pytest.mark.parametrize(
    "path", sorted(path for folder in SPEAKING for path in (BASE / folder).glob("*.py")), ids=lambda path: str(path.relative_to(BASE))
)
def test_every_message_of_a_view_can_be_translated(path):
    bare = list(bare_messages(path.read_text()))
    assert not bare, f"{path.relative_to(BASE)} says what no translation would reach: {bare}"


@pytest.mark.parametrize("said", ['"Done."', 'f"{n} done."', '"%s done." % n', '"{} done.".format(n)', '_("Done.") if n else "Nothing done."'])
def test_a_plain_message_is_found_however_it_is_made(said):
    assert list(bare_messages(f"messages.success(request, {said})"))
    assert not list(bare_messages('messages.success(request, _("%(n)s done.") % {"n": n})'))
