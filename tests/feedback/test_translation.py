"""The annotation pages can be put into another language, and comments of any script stand as they should."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR) / "templates"


def source_of(name):
    return (ROOT / "feedback" / f"{name}.html").read_text()


SCRIPTS = ("adjudicate", "annotate", "care", "drafts", "keys", "rationale", "site", "stream", "words")


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
