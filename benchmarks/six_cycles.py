"""Six rounds and cycles in a row with careless annotators and a malicious panel, in an installation of its own. Called by `feedback_effect`.

Seven annotators on the crowd panel, of whom one guesses and six see the true level with chance .85, and three accounts on a panel of
their own who know the answer and give another (`feedback.crowd.attackers.contrary`). A fifth of a round's items have known answers. All
answer over HTTP, in turn. Eligible candidates are promoted at once, held ones are not. The reserve is test and audit, which decide
nothing here.
"""

import json
import sys
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import played
from benchmarks.play_feedback_effect import load, round_of, set_up, to_its_verdict, train
from benchmarks.play_main_job import say, web_server
from benchmarks.result_file import ResultFile

if TYPE_CHECKING:
    from feedback.crowd.simulation import Case, Scripted
    from feedback.management.api_client import ApiClient
    from feedback.models import AnnotationRound, Panel
    from modeling.models import ModelVersion, Project, RetrainingCycle

CYCLES, ITEMS, OVERLAP = 6, 55, 5
CROWD, WRONG_SHARE, MALICIOUS = 7, 0.15, 3
KNOWN_EVERY = 5
BRIGADE = "Brigade"
RESERVE = ("test", "audit")
SHOWN = ("jigsaw_score", "accuracy", "macro_f1", "ece", "mean_subgroup_fpr")


def main() -> None:
    part, seed, work, data, quick = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5] == "quick"
    set_up()
    project, source = load("demo", data, quick)
    train(project, seed)
    type(project).objects.filter(pk=project.pk).update(promote_at_once=True)
    cycles = [play_cycle(project, number, seed, quick) for number in range(1, (2 if quick else CYCLES) + 1)]
    versions: dict[str, ModelVersion] = {"first": project.versions.get(arm="initial")}
    for number, fact in enumerate(cycles, 1):
        versions[f"champion_{number}"] = project.versions.get(number=fact["champion"])
        versions[f"candidate_{number}"] = project.versions.get(number=fact["candidate"])
    arrays = {name: array for split in RESERVE for name, array in played.keep_split(split, versions).items()}
    played.write(work / f"{part}-{seed}.npz", arrays, {"data": source, "cycles": cycles})


def play_cycle(project: "Project", number: int, seed: int, quick: bool) -> dict[str, Any]:
    """What is done already is not done again."""
    from feedback.models import Annotation
    from feedback.pipeline.close_round import close_round
    from modeling.pipeline.predict import score_comments

    project.refresh_from_db()
    score_comments(version=project.champion)
    round_ = project.rounds.filter(number=number).first() or open_round(project, number, seed, 8 if quick else ITEMS)
    if round_.state == "open":
        know_answers(round_)
        with web_server(8600) as url:
            answer_round(round_, url, seed)
        close_round(round=round_, start_cycle=False)
        round_.refresh_from_db()
    cycle = run_cycle(project, number, seed)
    project.refresh_from_db()
    answers = Annotation.objects.filter(item__round=round_)
    counts = {panel.name: answers.filter(annotator__panel=panel).count() for panel in project.panels.all()}
    facts = {"state": str(cycle.state), "reasons": cycle.decision["reasons"], "answers": counts, "weights": panel_weights(round_)}
    say(f"cycle {number}: {cycle.state}, v{project.champion.number} in use, weights {facts['weights']}")
    return {**facts, "champion": project.champion.number, "candidate": cycle.candidate.number}


def open_round(project: "Project", number: int, seed: int, items: int) -> "AnnotationRound":
    return round_of(project, items, name=f"cycle {number}", overlap=OVERLAP, strategy="bias_seeking", seed=seed + number, simulated=True)


def run_cycle(project: "Project", number: int, seed: int) -> "RetrainingCycle":
    """The middle lane's real arm alone: the others change no verdict."""
    from modeling.intake import request_cycle
    from modeling.labels import Arm, Lane

    cycle = project.cycles.filter(number=number).first()
    if cycle is None:
        cycle = request_cycle(project=project, provenance=f"round {number}", seed=seed, lane=Lane.MIDDLE, in_background=False)
    to_its_verdict(cycle, (Arm.REAL,))
    return cycle


def panel_weights(round_: "AnnotationRound") -> dict[str, dict[str, float]]:
    """What each panel weighed when the round was joined: stated by the lead, times the trust that its answers earned."""
    of = round_.joining.panel_weights.select_related("panel")
    return {weight.panel.name: {"stated": weight.stated, "trust": weight.trust, "weight": weight.weight} for weight in of}


def know_answers(round_: "AnnotationRound") -> None:
    """The lead knows what is true of every fifth item; who answers does not know which these are."""
    from modeling.labels import level_of

    for item in round_.items.select_related("comment").filter(gold_label=""):
        if item.rank % KNOWN_EVERY == 0:
            type(item).objects.filter(pk=item.pk).update(gold_label=level_of(item.comment.target))


def answer_round(round_: "AnnotationRound", url: str, seed: int) -> None:
    """Everybody in turn, until nothing is left for them."""
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
    status, place = client.post(f"rounds/{round_.pk}/claim/")
    if status == 204:
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


def report(result: ResultFile, path: Path) -> None:
    """Each cycle's champion and candidate against the first version, on the reserve; what each panel weighed."""
    facts = json.loads(path.with_suffix(".json").read_text())
    for number, cycle in enumerate(facts["cycles"], 1):
        for role in ("champion", "candidate"):
            for row in compared(path, f"{role}_{number}"):
                result.add(arm=f"cycle_{number}_{role}_minus_first", data="demo", **row)
        for panel, weighed in cycle["weights"].items():
            more = {"stated": weighed["stated"], "trust": weighed["trust"], "state": cycle["state"], "reasons": cycle["reasons"]}
            arm, n = f"cycle_{number}_{'malicious' if panel == BRIGADE else panel.lower()}_panel", cycle["answers"].get(panel, 0)
            result.add(arm=arm, metric="panel_weight", value=weighed["weight"], data="demo", n=n, **more)
            print(f"cycle {number} {cycle['state']:9} {panel:10} weight {weighed['weight']:.3f}  ({n} answers)", flush=True)


def compared(path: Path, role: str) -> list[dict[str, Any]]:
    """Paired differences to the first version; `within_margin`: the estimate is not worse by more than the gate's margin."""
    from modeling.config import GateConfig
    from modeling.measures.reasons import gain_sign
    from modeling.measures.registry import differences

    first, ours = (reserve_of(path, name) for name in ("first", role))
    rows = []
    for row in differences(ours, first, resamples=1_000, seed=0):
        if not row.subgroup and row.measure in SHOWN:
            figures = {"value": row.value, "low": row.low, "high": row.high}
            shown = {name: None if np.isnan(value) else float(value) for name, value in figures.items()}
            margin = GateConfig().margins.get(row.measure)
            judged = {} if margin is None else {"margin": margin, "within_margin": bool(-gain_sign(row.measure) * row.value <= margin)}
            rows.append({"metric": row.measure, "n": row.n, **shown, **judged})
    return rows


def reserve_of(path: Path, role: str) -> Any:
    """Test and audit as one."""
    from modeling.measures.data import Scored

    parts = [played.read_scored(path, split, role) for split in RESERVE]
    names = sorted({name for part in parts for name in part.memberships})
    clusters = [parts[0].cluster, parts[1].cluster + parts[0].cluster.max() + 1]
    return Scored(
        p=np.concatenate([part.p for part in parts]),
        level=np.concatenate([part.level for part in parts]),
        toxic=np.concatenate([part.toxic for part in parts]),
        threshold=parts[0].threshold,
        memberships={name: np.concatenate([part.memberships.get(name, np.zeros(len(part), dtype=bool)) for part in parts]) for name in names},
        cluster=np.concatenate(clusters),
    )


if __name__ == "__main__":
    main()
