"""The annotation pages can be put into another language, and comments of any script stand as they should."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.template.loader import get_template
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR) / "templates"
PAGES = (
    "_answer",
    "_done",
    "_item",
    "_keys",
    "_meaning",
    "_said",
    "_skip",
    "_words",
    "_work",
    "_check_due",
    "annotate",
    "comprehension",
    "consent",
    "no_round",
)


def source_of(name):
    return (ROOT / "feedback" / f"{name}.html").read_text()


def bare_words(source):
    """Words that stand in the template for people to read and that no translation would reach."""
    source = re.sub(r"\{% block width %\}.*?\{% endblock %\}", "", source)
    source = re.sub(r"\{% blocktranslate.*?\{% endblocktranslate %\}", "", source, flags=re.S)
    text = "".join(token.contents if token.token_type == TokenType.TEXT else "" for token in Lexer(source).tokenize())
    text = re.sub(r"<kbd>.*?</kbd>", "", text)
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", text))


@pytest.mark.parametrize("name", PAGES)
def test_every_word_of_the_annotation_pages_can_be_translated(name):
    assert bare_words(source_of(name)) == []
    get_template(f"feedback/{name}.html")


SCRIPTS = ("adjudicate", "annotate", "care", "drafts", "keys", "rationale", "stream", "words")


def script(name):
    source = (Path(settings.BASE_DIR) / "static" / "js" / f"{name}.js").read_text()
    return re.sub(r"//.*", "", source)


@pytest.mark.parametrize("name", SCRIPTS)
def test_their_scripts_say_nothing_that_no_translation_would_reach(name):
    assert re.findall(r"""(["'`])([^"'`\n]*[A-Z][a-z]* [a-z]+ [^"'`\n]*)\1""", script(name)) == []


def test_what_the_scripts_say_stands_on_the_page():
    said = {re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name) for one in SCRIPTS for name in re.findall(r'word\("(\w+)"', script(one))}
    assert said
    assert not [name for name in said if f"data-{name}=" not in source_of("_words")]


def test_their_strings_can_be_collected():
    found = re.findall(r"gettext\(u?(['\"])(.+?)\1\)", templatize(source_of("_answer")))
    assert {"Is that right?", "Save and next", "Mark words"} <= {text for _, text in found}


def test_a_comment_stands_in_the_direction_of_its_script_wherever_it_is_shown():
    quotes = [(path.name, tag) for path in ROOT.rglob("*.html") for tag in re.findall(r'<[a-z]+ class="quote[^>]*>', path.read_text())]
    assert len(quotes) >= 5
    assert not [quote for quote in quotes if 'dir="auto"' not in quote[1]]
