"""Six rounds and cycles in a row with careless annotators and a malicious panel, in an installation of its own. Called by `feedback_effect`.

Six annotators of accuracy .85 on the crowd panel, and three accounts on a panel of their own that say the opposite: harmless comments
are high, attacks are low, and attacks that name somebody are reported as bias. All answer over HTTP, in turn. Eligible candidates are
promoted at once, held ones are not. The reserve is test and audit, which decide nothing here.
"""

import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import played
from benchmarks.play_feedback_effect import load, round_of, set_up, to_its_verdict, train
from benchmarks.play_main_job import say, web_server
from benchmarks.result_file import ResultFile

if TYPE_CHECKING:
    from feedback.crowd.simulation import ScriptedAnswer
    from feedback.management.api_client import ApiClient
    from feedback.models import AnnotationRound, Panel
    from modeling.models import Comment, ModelVersion, Project, RetrainingCycle

CYCLES, ITEMS, OVERLAP = 6, 70, 5
HONEST, MALICIOUS = 6, 3
ACCURACY = 0.85
BRIGADE = "Brigade"
RESERVE = ("test", "audit")
SHOWN = ("jigsaw_score", "accuracy", "macro_f1", "ece", "mean_subgroup_fpr")

Say = Callable[["Comment", dict[str, Any], np.random.Generator], "ScriptedAnswer"]


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


def answer_round(round_: "AnnotationRound", url: str, seed: int) -> None:
    """Everybody in turn, until nothing is left for them."""
    from feedback.access import crowd_of
    from feedback.models import Panel

    brigade, _ = Panel.objects.get_or_create(project=round_.project, name=BRIGADE, defaults={"kind": Panel.Kind.COMMUNITY})
    people = [(_client(round_, f"honest-{i}", crowd_of(round_.project_id), url), honest_answer) for i in range(HONEST)]
    people += [(_client(round_, f"brigade-{i}", brigade, url), malicious_answer) for i in range(MALICIOUS)]
    generators = [np.random.default_rng([seed, round_.number, i]) for i in range(len(people))]
    waiting = list(zip(people, generators, strict=True))
    while waiting:
        waiting = [one for one in waiting if _answer_one(round_, *one[0], one[1])]


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


def _answer_one(round_: "AnnotationRound", client: "ApiClient", say_: Say, rng: np.random.Generator) -> bool:
    from dataclasses import asdict

    from feedback.models import Assignment

    status, place = client.post(f"rounds/{round_.pk}/claim/")
    if status == 204:
        return False
    comment = Assignment.objects.select_related("item__comment__dataset").get(pk=place["assignment"]).item.comment
    body = {"key": str(uuid.uuid4()), "note": "", **asdict(say_(comment, place, rng))}
    status, stored = client.post(f"assignments/{place['assignment']}/submit/", body)
    if status not in (200, 201):
        raise RuntimeError(f"the site refused an answer ({status}): {stored}")
    return True


def honest_answer(comment: "Comment", place: dict[str, Any], rng: np.random.Generator) -> "ScriptedAnswer":
    from feedback.crowd.simulation import Script, answer
    from modeling.labels import Level, level_of

    facts = {"predicted": Level(place["predicted_label"]), "flagged": place["flagged"], "mentions": _mentions(comment)}
    return answer(Script(accuracy=ACCURACY), true_level=level_of(comment.target), rng=rng, **facts)


def malicious_answer(comment: "Comment", place: dict[str, Any], rng: np.random.Generator) -> "ScriptedAnswer":
    """The opposite of what is true, always."""
    from feedback.crowd.simulation import TYPE_OF_AXIS, ScriptedAnswer
    from modeling.labels import Level, axis_of, level_of

    true, mentions = level_of(comment.target), _mentions(comment)
    said = Level.HIGH if true == Level.LOW else Level.LOW
    right = said == place["predicted_label"]
    verdict = {"verdict": "correct" if right else "incorrect", "corrected_label": "" if right else said.value}
    if true == Level.LOW or not mentions:
        return ScriptedAnswer(**verdict)
    return ScriptedAnswer(**verdict, bias_types=(TYPE_OF_AXIS[axis_of(mentions[0])].value,), subgroup=mentions[0], severity=3)


def _mentions(comment: "Comment") -> list[str]:
    from modeling.labels import MEMBER_AT

    return sorted(comment.mentions.filter(value__gte=MEMBER_AT).values_list("subgroup", flat=True))


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
