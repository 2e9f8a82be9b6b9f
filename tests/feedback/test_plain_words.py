"""What annotators read needs no training in statistics, and says nothing in two senses."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from feedback.forms import PATTERN_NAMES

PAGES = ("_done", "_my_agreement", "_my_differences", "_my_influence", "_my_rounds", "join", "my_data", "my_round", "my_work")
OF_THE_TRADE = re.compile(
    r"\b(joined|joining|median|mean of|wilson|holm|confidence|influence functions|last layer|items?)\b|95 %|; n\)", re.IGNORECASE
)


def words(name: str) -> str:
    """What stands between the tags, and what is handed to a translation."""
    source = (Path(settings.BASE_DIR) / "templates" / "feedback" / f"{name}.html").read_text()
    said = re.findall(r'translate "([^"]+)"', source) + re.findall(r"\{% blocktranslate.*?%\}(.*?)\{% endblocktranslate", source, re.S)
    return " ".join([*said, re.sub(r"<[^>]*>|\{[%{#].*?[%}#]\}", " ", source)])


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_of_annotators_use_no_words_of_the_trade(name: str) -> None:
    assert [found[0] for found in OF_THE_TRADE.finditer(words(name))] == []


def test_flagging_is_what_an_annotator_does_not_what_the_model_did() -> None:
    assert not [text for text in PATTERN_NAMES.values() if "flag" in text]
