"""One seed of `six_cycles` in an installation of its own (BIASAPP_VAR), in the product's own order: the champion scores the pool and looks for
signs of bias, the lead opens a round and says what is known, everybody answers over HTTP, the lead closes, and closing starts the cycle.

Seven annotators on the crowd panel, of whom one guesses and six see the true level with chance .85, and three accounts on a panel of
their own who know the answer and give another (`feedback.crowd.attackers.contrary`). The project is set to promote eligible candidates at
once; held ones stay held. All else is as a new project has it, but for the control arms, which change no verdict and are left out.
"""

import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import played
from benchmarks.installation import Task, demonstration_file, load, read_task, round_left, round_of, say, set_up, to_its_verdict, web_server

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from feedback.crowd.simulation import Case, Scripted
    from feedback.management.api_client import ApiClient
    from feedback.models import AnnotationRound, Panel
    from modeling.models import Project

CYCLES, QUICK_CYCLES = 6, 2
ITEMS, QUICK_ITEMS, OVERLAP = 55, 8, 5
CROWD, WRONG_SHARE, MALICIOUS = 7, 0.15, 3
KNOWN_EVERY = 5
BRIGADE = "Brigade"
RESERVE = ("test", "audit")


def main() -> None:
    task = read_task()
    set_up()
    project, source = load("demo", [demonstration_file(quick=task.quick)])
    lead = lead_of(project)
    train(project, task.seed)
    cycles = [play_cycle(project, number, task, lead) for number in range(1, (QUICK_CYCLES if task.quick else CYCLES) + 1)]
    first = project.versions.get(arm="initial").number
    numbers = sorted({first, *(fact[role] for fact in cycles for role in ("champion", "candidate"))})
    versions = {f"v{number}": project.versions.get(number=number) for number in numbers}
    arrays = {name: array for split in RESERVE for name, array in played.keep_split(split, versions).items()}
    played.write(task.path, arrays, {"data": source, "first": first, "cycles": cycles})


def lead_of(project: "Project") -> "User":
    """They have set the project to promote at once."""
    from django.contrib.auth.models import User

    from modeling.pipeline.create_project import change_settings

    lead = User.objects.get(username="lead")
    change_settings(project=project, promote_at_once=True, by=lead)
    return lead


def train(project: "Project", seed: int) -> None:
    from modeling.config import TrainingConfig
    from modeling.pipeline.train import train_first

    if project.champion is None:
        train_first(project=project, config=TrainingConfig(seed=seed))
        project.refresh_from_db()
        say(f"{project.champion} is trained")


def play_cycle(project: "Project", number: int, task: Task, lead: "User") -> dict[str, Any]:
    """What is done already is not done again."""
    from feedback.pipeline.close_round import close_round
    from modeling.labels import Arm

    project.refresh_from_db()
    score(project)
    round_ = round_left(project, number) or open_round(project, number, task, lead)
    if round_.state == "open":
        know_answers(round_, lead)
        with web_server(8600 + 20 * task.seed) as url:
            answer_round(round_, url, task.seed)
        say(f"round {number} is answered")
    close_round(round=round_, by=lead)
    round_.refresh_from_db()
    to_its_verdict(round_.cycle, (Arm.REAL,))
    project.refresh_from_db()
    facts = facts_of(round_)
    say(f"cycle {number}: {facts['state']}, v{facts['champion']} in use, weights {facts['weights']}")
    return facts


def score(project: "Project") -> None:
    """What the worker does when a version comes into use: by its predictions the round is drawn, and its measures on gate say which of them
    the next version can be asked to gain on."""
    from django.core.management import call_command

    from modeling.models import WorkState

    if not project.champion.scoring_runs.filter(state=WorkState.DONE).exists():
        call_command("score_comments", "--project", project.slug)


def open_round(project: "Project", number: int, task: Task, lead: "User") -> "AnnotationRound":
    settings = {"overlap": OVERLAP, "seed": task.seed + number, "by": lead, "simulated": True, "primary_measure": task.primary_measure}
    return round_of(project, QUICK_ITEMS if task.quick else ITEMS, name=f"cycle {number}", **settings)


def know_answers(round_: "AnnotationRound", lead: "User") -> None:
    """The lead knows what is true of every fifth item; who answers does not know which these are."""
    from feedback.pipeline.plan_joining import set_known_answers
    from modeling.labels import level_of

    known = [item.comment for item in round_.items.select_related("comment") if item.rank % KNOWN_EVERY == 0]
    set_known_answers(round=round_, levels={comment.pk: level_of(comment.target).value for comment in known}, by=lead)


def answer_round(round_: "AnnotationRound", url: str, seed: int) -> None:
    """Everybody in turn, until nothing is left for them, or until they missed so many known answers that they are paused."""
    from feedback.access import crowd_of
    from feedback.crowd.attackers import contrary, crowd
    from feedback.models import Panel

    brigade, _ = Panel.objects.get_or_create(project=round_.project, name=BRIGADE, defaults={"kind": Panel.Kind.COMMUNITY})
    everybody = [(script, crowd_of(round_.project_id)) for script in crowd(CROWD, wrong_share=WRONG_SHARE)] + [(contrary(), brigade)] * MALICIOUS
    waiting = [
        (_client(round_, f"{panel.name.lower()}-{i}", panel, url), script, np.random.default_rng([seed, round_.number, i]))
        for i, (script, panel) in enumerate(everybody)
    ]
    while waiting:
        waiting = [one for one in waiting if _answer_one(round_, *one)]


def _client(round_: "AnnotationRound", name: str, panel: "Panel", url: str) -> "ApiClient":
    from django.contrib.auth.models import User
    from django.utils import timezone
    from rest_framework.authtoken.models import Token

    from feedback.management.api_client import ApiClient
    from feedback.models import Annotator
    from modeling.models import Membership, Role

    user, _ = User.objects.get_or_create(username=name)
    Membership.objects.get_or_create(project=round_.project, user=user, defaults={"role": Role.ANNOTATOR})
    Annotator.objects.update_or_create(project=round_.project, user=user, defaults={"panel": panel, "consented_at": timezone.now()})
    return ApiClient(url, Token.objects.get_or_create(user=user)[0].key)


def _answer_one(round_: "AnnotationRound", client: "ApiClient", script: "Scripted", rng: np.random.Generator) -> bool:
    place = client.claim(round_.pk)
    if place is None:
        return False
    body = {"key": str(uuid.uuid4()), "note": "", **asdict(script.says(_case(place), rng))}
    status, stored = client.post(f"assignments/{place['assignment']}/submit/", body)
    if status not in (200, 201):
        raise RuntimeError(f"the site refused an answer ({status}): {stored}")
    return True


def _case(place: dict[str, Any]) -> "Case":
    from feedback.crowd.simulation import Case
    from feedback.models import Assignment
    from modeling.labels import MEMBER_AT, Level, level_of

    comment = Assignment.objects.select_related("item__comment").get(pk=place["assignment"]).item.comment
    mentions = tuple(sorted(comment.mentions.filter(value__gte=MEMBER_AT).values_list("subgroup", flat=True)))
    return Case(level_of(comment.target), Level(place["predicted_label"]), place["flagged"], mentions)


def facts_of(round_: "AnnotationRound") -> dict[str, Any]:
    """`champion`: in use after the cycle. `answers`, `weights`: by panel."""
    from feedback.models import Annotation

    cycle, project = round_.cycle, round_.project
    cycle.refresh_from_db()
    answers = Annotation.objects.filter(item__round=round_)
    weights = round_.joining.panel_weights.select_related("panel")
    return {
        "state": str(cycle.state),
        "reasons": cycle.decision["reasons"],
        "gate_n": cycle.decision["n"],
        "champion": cycle.candidate.number if cycle.state == cycle.State.PROMOTED else cycle.champion.number,
        "candidate": cycle.candidate.number,
        "answers": {panel.name: answers.filter(annotator__panel=panel).count() for panel in project.panels.all()},
        "weights": {weight.panel.name: {"stated": weight.stated, "trust": weight.trust, "weight": weight.weight} for weight in weights},
        "labels": labels_of(round_),
    }


def labels_of(round_: "AnnotationRound") -> dict[str, list[int]]:
    """Of every item whose answer nobody knew beforehand: the true level, the one that was frozen, and what would have been frozen had the
    malicious panel said nothing. Items that nobody else answered have no such label, and are left out."""
    from feedback.pipeline.aggregate import aggregate_feedback
    from modeling.labels import LEVELS, level_of
    from modeling.models import FeedbackLabel

    brigade = round_.project.panels.filter(name=BRIGADE).values_list("pk", flat=True)
    without = {found.item: int(np.argmax(found.q)) for found in aggregate_feedback(round=round_, without=list(brigade)).items}
    said = FeedbackLabel.objects.filter(batch=round_.batch).values_list("comment_id", "q_low", "q_mild", "q_high")
    frozen = {comment: int(np.argmax(q)) for comment, *q in said}
    items = [item for item in round_.items.select_related("comment").filter(gold_label="") if item.pk in without]
    return {
        "true": [LEVELS.index(level_of(item.comment.target)) for item in items],
        "joined": [frozen[item.comment_id] for item in items],
        "without_malicious": [without[item.pk] for item in items],
    }


if __name__ == "__main__":
    main()
