"""Guidelines of a round, version by version: the first comes with the round, a lead's edit makes the next, and who read which is kept."""

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.errors import GuidelinesError
from feedback.models import AnnotationRound, GuidelineVersion, Participation
from modeling import ledger
from modeling.models import Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_CHARACTERS = 10_000


@dataclass(frozen=True)
class Piece:
    """A run of words of a comparison: `kind` is same, added or removed."""

    kind: str
    text: str


def write_first(round: AnnotationRound) -> None:
    """Version 1 is what the round is opened with; none where it says nothing."""
    if round.guidelines:
        GuidelineVersion.objects.create(round=round, number=1, text=round.guidelines, author=round.opened_by)
        AnnotationRound.objects.filter(pk=round.pk).update(guidelines_version=1)
        round.guidelines_version = 1


def edit_guidelines(*, round: AnnotationRound, text: str, by: "User") -> GuidelineVersion | None:
    """The next version, in force from now on; None where nothing would change. Whoever works there is told at their next answer.

    Raises:
        GuidelinesError: the round takes no answers, or the text is too long.
    """
    text = text.strip().replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        told = _("Keep the guidelines below %(most)s characters. Nothing was changed.")
        raise GuidelinesError(told % {"most": f"{MOST_CHARACTERS:,}"})
    with transaction.atomic():
        locked = AnnotationRound.objects.select_for_update().get(pk=round.pk)
        if locked.state != AnnotationRound.State.OPEN:
            raise GuidelinesError(_("This round takes no answers now, so its guidelines stay as people read them."))
        if locked.guidelines == text:
            return None
        number = locked.guidelines_version + 1
        made = GuidelineVersion.objects.create(round=locked, number=number, text=text, author=by)
        AnnotationRound.objects.filter(pk=round.pk).update(guidelines=text, guidelines_version=number)
        ledger.append(actor=by, action="guidelines.changed", subject=locked.ledger_subject, payload={"version": number, "characters": len(text)})
    round.guidelines, round.guidelines_version = text, number
    return made


def mark_read(*, participation: Participation, version: int) -> None:
    """They have this version before them. Never backwards: an old tab must not unread what was read."""
    Participation.objects.filter(pk=participation.pk, guidelines_read__lt=version).update(guidelines_read=version)


def proposed_text(project: Project) -> str:
    """What the project's last round that said anything was judged by: where a new one starts."""
    return project.rounds.exclude(guidelines="").order_by("-number").values_list("guidelines", flat=True).first() or ""


def compare(old: str, new: str) -> list[Piece]:
    """Word by word, white space kept, so that the new text can be read through with the changes in it."""
    before, after = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    pieces: list[Piece] = []
    for change, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if change in ("delete", "replace"):
            pieces.append(Piece("removed", "".join(before[i:j])))
        if change != "delete":
            pieces.append(Piece("same" if change == "equal" else "added", "".join(after[k:m])))
    return pieces
