"""The verdict page fed by the real gate and the real evaluation: what they hand over is what the report reads."""

import json

import numpy as np
import pytest
from django.urls import reverse

from modeling.config import GateConfig
from modeling.labels import CYCLE_ARMS, Arm, Split
from modeling.measure_texts import OVERALL_TEXTS
from modeling.measures.gate import decide
from modeling.models import Comment, Prediction, RetrainingCycle, Role, SubgroupMention
from modeling.pipeline.evaluate import compare_versions, evaluate_version
from modeling.pipeline.scored_split import read_scored_split
from modeling.reports import DashboardFilter, cycle_report, dashboard, dashboard_choices
from tests.factories import make_comment, make_cycle, make_dataset, make_member, make_project, make_version

pytestmark = pytest.mark.django_db
N = 240
GATE = GateConfig(primary_resamples=400)
# How often each side is right, and how often it flags a harmless mention.
SIDES = {"champion": (0.80, 0.5), Arm.NONE: (0.80, 0.5), Arm.ECHO: (0.80, 0.5), Arm.PLACEBO: (0.78, 0.5), Arm.REAL: (0.95, 0.05)}


def make_comments(project):
    """Every second comment toxic, every third with a mention, over three months."""
    dataset = make_dataset(project)
    for i in range(N):
        mentions = ["muslim"] if i % 3 == 0 else ["hindu"] if i % 40 == 1 else []
        date = f"2026-{3 + i % 3:02}-11"
        make_comment(dataset, f"Remark {i} about the weather.", split=Split.GATE, target=float(i % 2), created_date=date, mentions=mentions)


def score(version, accuracy, false_alarms, rng):
    mentioning = set(SubgroupMention.objects.filter(subgroup="muslim").values_list("comment_id", flat=True))
    rows = []
    for comment in Comment.objects.filter(dataset__project=version.project):
        harmless_mention = comment.target < 0.5 and comment.pk in mentioning
        is_right = rng.random() >= false_alarms if harmless_mention else rng.random() < accuracy
        sure = 0.6 + 0.35 * rng.random()
        p_high = sure if (comment.target >= 0.5) == is_right else 1 - sure
        p = (1 - p_high, 0.0, p_high)
        label = "high" if p_high > 0.5 else "low"
        rows.append(
            Prediction(version=version, comment=comment, p_low=p[0], p_mild=0, p_high=p[2], predicted_label=label, score=p[2], flagged=p[2] >= 0.5)
        )
    Prediction.objects.bulk_create(rows)


@pytest.fixture
def cycle():
    project = make_project()
    make_comments(project)
    champion = make_version(project, champion=True)
    cycle = make_cycle(project, training_config={"seed": 0})
    sides = {"champion": champion, **{arm: make_version(project, arm=arm, lane="middle", base=champion, cycle=cycle) for arm in CYCLE_ARMS}}
    rng = np.random.default_rng(0)
    for side, version in sides.items():
        score(version, *SIDES[side], rng)
        evaluate_version(version=version, split=Split.GATE)
    for version, against in ((Arm.REAL, "champion"), (Arm.REAL, Arm.ECHO), (Arm.PLACEBO, Arm.ECHO)):
        compare_versions(cycle=cycle, version=sides[version], against=sides[against], split=Split.GATE)
    before, after = (read_scored_split(version=sides[side], split=Split.GATE).scored for side in ("champion", Arm.REAL))
    cycle.decision = json.loads(json.dumps(decide(before, after, GATE).as_dict()))
    cycle.state = RetrainingCycle.State.ELIGIBLE if cycle.decision["eligible"] else RetrainingCycle.State.HELD
    cycle.candidate, cycle.decided_at = sides[Arm.REAL], cycle.requested_at
    cycle.save()
    return cycle


def test_the_report_shows_what_gate_and_evaluation_found(client, cycle):
    report = cycle_report(cycle)
    gate = report.splits[0]
    assert report.n == N
    assert report.effect.direction == "better"
    assert {row.measure.name for row in (*gate.asked, *gate.others)} == set(OVERALL_TEXTS)
    assert gate.asked[0].is_primary
    assert all(row.state for row in gate.asked)
    cells = {row.subgroup: row.cells[0] for axis in gate.axes for row in axis.rows}
    assert cells["muslim"].direction == "better"
    assert cells["hindu"].status == "cannot_tell"

    client.force_login(make_member(cycle.project, Role.LEAD))
    html = client.get(reverse("modeling:cycle-detail", args=[cycle.project.slug, 1])).content.decode()
    assert "People’s labels helped:" in html
    assert "Nothing was measured on test." in html


def test_the_dashboard_shows_what_evaluation_stored_by_month(cycle):
    project = cycle.project
    chosen = DashboardFilter(version=None, measure="accuracy", split="gate", first="", last="")
    shown = dashboard(project=project, choices=dashboard_choices(project), chosen=chosen)
    assert shown.months == ("2026-03", "2026-04", "2026-05")
    assert [cell.n for cell in shown.matrix[0].cells] == [80, 80, 80]
    assert shown.overview.spec is not None
