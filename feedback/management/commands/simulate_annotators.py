"""Let scripted annotators of stated accuracy, or such as mean ill, answer a round through HTTP, from the true labels. Marks it as simulated."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rest_framework.authtoken.models import Token

from feedback.access import crowd_of
from feedback.crowd.attackers import KINDS, scripted
from feedback.crowd.simulation import Script, Scripted, answer
from feedback.management.api_client import ApiClient, require
from feedback.management.lookup import add_project, add_round, project_named, round_numbered
from feedback.models import AnnotationRound, Annotator, Assignment, Panel
from modeling.labels import MEMBER_AT, Level, level_of
from modeling.models import Comment, Membership, Role


@dataclass
class Person:
    client: ApiClient
    rng: np.random.Generator


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        add_project(parser)
        add_round(parser)
        parser.add_argument("--annotators", type=int, default=6)
        parser.add_argument("--accuracy", type=float, default=0.85, help="chance to see the true level")
        parser.add_argument("--bias-recall", type=float, default=0.8, help="chance to report an over-rated harmless mention")
        parser.add_argument("--false-reports", type=float, default=0.02, help="chance to report a bias anywhere else")
        parser.add_argument("--kind", choices=KINDS, default="honest", help="what they are like; all but the honest ignore the chances above")
        parser.add_argument("--aim", default="", help="subgroup that a brigade aims at")
        parser.add_argument("--panel", help="name of the panel they are put on; without: the round's first, or the crowd")
        parser.add_argument("--url", default="http://127.0.0.1:8000")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--limit", type=int, help="answers in all; without: until nothing is left")

    def handle(self, *args: Any, **options: Any) -> None:
        round = round_numbered(project_named(options["project"]), options["round"])
        if round.state != AnnotationRound.State.OPEN:
            raise CommandError(f"Round {round.number} is closed and takes no more answers.")
        try:
            honest = Script(options["accuracy"], options["bias_recall"], options["false_reports"])
            script = scripted(options["kind"], honest, options["aim"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        AnnotationRound.objects.filter(pk=round.pk).update(simulated=True)
        panel = _panel(round, options["panel"])
        seeds = np.random.SeedSequence(options["seed"]).spawn(options["annotators"])
        stem = "scripted" if options["kind"] == "honest" else f"scripted-{options['kind']}"
        people = [_person(round, panel, f"{stem}-{number}", seed, options["url"]) for number, seed in enumerate(seeds, start=1)]
        count = self._answer_in_turn(round, script, list(people), options["limit"])
        self.stdout.write(f"{len(people)} scripted annotators gave {count} answers in round {round.number}, which is marked as simulated.")

    def _answer_in_turn(self, round: AnnotationRound, script: Scripted, people: list[Person], limit: int | None) -> int:
        count = 0
        while people and (limit is None or count < limit):
            for person in list(people):
                if limit is not None and count >= limit:
                    break
                if not _answer_one(round, script, person):
                    people.remove(person)
                    continue
                count += 1
                if count % 100 == 0:
                    self.stdout.write(f"{count} answers")
        return count


def _panel(round: AnnotationRound, name: str | None) -> Panel:
    if name is None:
        return round.panels.first() or round.project.panels.filter(kind=Panel.Kind.CROWD).order_by("pk").first() or crowd_of(round.project_id)
    panel = round.project.panels.filter(name=name).first()
    if panel is None:
        raise CommandError(f"Project {round.project.slug} has no panel {name!r}.")
    return panel


def _person(round: AnnotationRound, panel: Panel, name: str, seed: np.random.SeedSequence, url: str) -> Person:
    user, created = User.objects.get_or_create(username=name)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(project=round.project, user=user, defaults={"role": Role.ANNOTATOR})
    Annotator.objects.update_or_create(project=round.project, user=user, defaults={"panel": panel, "consented_at": timezone.now(), "simulated": True})
    return Person(client=ApiClient(url, Token.objects.get_or_create(user=user)[0].key), rng=np.random.default_rng(seed))


def _answer_one(round: AnnotationRound, script: Scripted, person: Person) -> bool:
    """Claim, judge, submit. False when nothing is left for this person, or when they are paused."""
    place = person.client.claim(round.pk)
    if place is None:
        return False
    comment = _comment(place["assignment"])
    true_level = _true_level(comment)
    if place["needs_own_level"]:
        status, place = person.client.post(f"assignments/{place['assignment']}/own-level/", {"level": true_level.value})
        require(status == 200, "say an own level", status, place)
    said = answer(
        script,
        true_level=true_level,
        predicted=Level(place["predicted_label"]),
        flagged=place["flagged"],
        mentions=sorted(comment.mentions.filter(value__gte=MEMBER_AT).values_list("subgroup", flat=True)),
        rng=person.rng,
    )
    body = {"key": str(uuid.uuid4()), "note": "", **asdict(said)}
    status, stored = person.client.post(f"assignments/{place['assignment']}/submit/", body)
    require(status in (200, 201), "submit", status, stored)
    return True


def _comment(assignment_id: int) -> Comment:
    return Assignment.objects.select_related("item__comment__dataset").get(pk=assignment_id).item.comment


def _true_level(comment: Comment) -> Level:
    """The data set's own label of a pool comment: nothing was done to it, whatever was done to train."""
    if comment.target is None:
        raise CommandError(f"Comment {comment.external_id} has no true label, so nobody can be scripted to know it.")
    return level_of(comment.target, comment.dataset.low_threshold, comment.dataset.high_threshold)
