"""HateXplain's own raters as annotators: the real comments that their project holds, and their answers, given through the API.

A rater's level: `normal` is low, `offensive` and `hatespeech` are high, because the data set's own target is the share of raters who said
either, and one rater's share is 0 or 1. Biased: they say normal, the model flags, and a subgroup is mentioned.
"""

import csv
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from modeling.labels import LEVELS, MEMBER_AT, BiasPattern, Level, Split, Verdict

if TYPE_CHECKING:
    from feedback.models import AnnotationItem, AnnotationRound, Annotator

RATED, ANSWERS = "hatexplain_val.csv", "hatexplain_val_annotations.csv"
RATED_SOURCE = "hatexplain"
"""Its name in the corpus."""

LEVEL_OF = {"normal": Level.LOW, "offensive": Level.HIGH, "hatespeech": Level.HIGH}
Connect = Callable[[str], "Client"]
"""The client of whoever has this token."""

MOST = {Split.TRAIN: 1_500, Split.GATE: 700, Split.TEST: 700}
"""Comments of each other source, by split: none of the pool, as nobody's answers to them are replayed."""


class Client(Protocol):
    def post(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the API's answer; `path` below /api/v1/."""


def write_sources(data: Path, to: Path, share: float = 1.0) -> dict[str, tuple[Path, int]]:
    """{source: (a CSV in the import's header, rows)}. Mentions are left to the term list in all of them. `share`: for a trial."""
    from benchmarks.ablation_corpus import load_corpus
    from modeling.ml.masking import mask, text_hash

    corpus = load_corpus(data)
    with (data / RATED).open(newline="", encoding="utf-8") as file:
        ids = {text_hash(mask(row["comment_text"])[0]): row["id"] for row in csv.DictReader(file)}
    written = {}
    for source in np.unique(corpus.source):
        rated = str(source) == RATED_SOURCE
        chosen: list[int] = []
        for split in Split:
            rows = np.flatnonzero(corpus.rows(split) & (corpus.source == source))
            # Salted by reading the hash from its end: the split itself was drawn from its beginning.
            rows = sorted(rows.tolist(), key=lambda i: corpus.hashes[i][::-1])
            chosen += rows[: round(share * (len(rows) if rated else MOST.get(split, 0)))]
        path = to / f"{source}.csv"
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(["id", "comment_text", "target", "toxicity_annotator_count"])
            for i in chosen:
                votes = int(corpus.votes[i]) or ""
                writer.writerow([ids.get(corpus.hashes[i], corpus.hashes[i]), corpus.texts[i], corpus.target[i], votes])
        written[str(source)] = (path, len(chosen))
    return written


def answer_round(round: "AnnotationRound", data: Path, connect: Connect) -> int:
    """Each rater claims and answers, one request each, what they rated among the round's items; the number of answers.

    A place is set aside for its rater first, because a claim gives the next free one and a rater has rated these posts and no others.
    """
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with (data / ANSWERS).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            said[row["annotator_id"]].append((row["id"], row["label"]))
    items = {item.comment.external_id: item for item in round.items.select_related("comment", "prediction")}
    count = 0
    for rater, answers in sorted(said.items()):
        theirs = [(items[id_], LEVEL_OF[label]) for id_, label in answers if id_ in items]
        count += _answer(round, rater, theirs, connect) if theirs else 0
    return count


def _answer(round: "AnnotationRound", rater: str, theirs: "list[tuple[AnnotationItem, Level]]", connect: Connect) -> int:
    from rest_framework.authtoken.models import Token

    annotator = _annotator(round, rater)
    client = connect(Token.objects.get_or_create(user=annotator.user)[0].key)
    count = 0
    for item, level in theirs:
        if _has_answered(item, annotator) or not _set_aside(item, annotator):
            continue
        status, place = client.post(f"rounds/{round.pk}/claim/")
        if status != 200 or place["item"] != item.pk:
            raise RuntimeError(f"the site gave another place than the one set aside ({status})")
        status, stored = client.post(f"assignments/{place['assignment']}/submit/", _body(item, level, place))
        if status not in (200, 201):
            raise RuntimeError(f"the site refused an answer ({status}): {stored}")
        count += 1
    return count


def _has_answered(item: "AnnotationItem", annotator: "Annotator") -> bool:
    from feedback.models import Annotation

    answers: Any = Annotation.objects.filter(item=item, annotator=annotator)
    return bool(answers.exists())


def _annotator(round: "AnnotationRound", rater: str) -> "Annotator":
    from django.contrib.auth.models import User
    from django.utils import timezone

    from feedback.access import crowd_of
    from feedback.models import Annotator
    from modeling.models import Membership, Role

    user, created = User.objects.get_or_create(username=f"rater-{rater}")
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(project=round.project, user=user, defaults={"role": Role.ANNOTATOR})
    defaults = {"panel": crowd_of(round.project_id), "consented_at": timezone.now()}
    return Annotator.objects.update_or_create(project=round.project, user=user, defaults=defaults)[0]


def _set_aside(item: "AnnotationItem", annotator: "Annotator") -> bool:
    """False where all places are taken: a few posts have more answers than a round's overlap."""
    from django.utils import timezone

    from feedback.models import Assignment

    place = Assignment.objects.filter(item=item, state=Assignment.State.FREE).order_by("pk").first()
    if place is None:
        return False
    place.state, place.slot, place.annotator = Assignment.State.CLAIMED, 0, annotator
    place.claimed_at = place.shown_at = timezone.now()
    place.lease_expires_at = timezone.now() + timedelta(minutes=15)
    place.save()
    return True


def _body(item: "AnnotationItem", level: Level, place: dict[str, Any]) -> dict[str, Any]:
    from feedback.crowd.simulation import TYPE_OF_AXIS
    from modeling.labels import axis_of

    predicted = Level(place["predicted_label"])
    mentions = sorted(item.comment.mentions.filter(value__gte=MEMBER_AT).values_list("subgroup", flat=True))
    body: dict[str, Any] = {"key": str(uuid.uuid4()), "note": ""}
    right = level == predicted
    body |= {"verdict": (Verdict.CORRECT if right else Verdict.INCORRECT).value, "corrected_label": "" if right else level.value}
    if level == Level.LOW and place["flagged"] and mentions:
        body |= {"bias_types": [TYPE_OF_AXIS[axis_of(mentions[0])].value], "subgroup": mentions[0]}
        body |= {"pattern": BiasPattern.IDENTITY_TERM.value, "severity": 1 + LEVELS.index(predicted)}
    return body
