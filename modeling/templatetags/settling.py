"""`{% settling cycle %}`: how many expert labels would settle a held verdict."""

from typing import Any

from django import template

from modeling.measure_texts import text_of
from modeling.models import RetrainingCycle
from modeling.reports import settling_of

register = template.Library()

EXPERTS = 2
"""Answers per comment that a gate round asks for by default."""


@register.inclusion_tag("modeling/_settling.html")
def settling(cycle: RetrainingCycle) -> dict[str, Any]:
    found = settling_of(cycle)
    questions = [(text_of(question.measure), question) for question in found.questions]
    is_held = cycle.state == RetrainingCycle.State.HELD
    return {"cycle": cycle, "settling": found, "questions": questions, "labels": EXPERTS * found.more, "experts": EXPERTS, "is_held": is_held}
