"""Cycles that were decided before looks were counted have looked at gate too: they count in their year."""

from collections import Counter

from django.db import migrations

ALPHA = 0.05 / 12
LOOKS = 12


def count_past_decisions(apps, schema_editor):
    cycles = apps.get_model("modeling", "RetrainingCycle").objects.filter(decided_at__isnull=False).order_by("decided_at", "pk")
    GateLook = apps.get_model("modeling", "GateLook")
    taken = Counter()
    for cycle in cycles.iterator():
        taken[cycle.project_id, cycle.decided_at.year] += 1
        number = taken[cycle.project_id, cycle.decided_at.year]
        GateLook.objects.create(
            project_id=cycle.project_id,
            cycle=cycle,
            year=cycle.decided_at.year,
            number=number,
            alpha=ALPHA if number <= LOOKS else 0,
            provenance="the cycle’s verdict",
            taken_at=cycle.decided_at,
            decided_at=cycle.decided_at,
            decision=cycle.decision,
        )


class Migration(migrations.Migration):
    dependencies = [("modeling", "0002_spending_triggers_gate_truth")]

    operations = [migrations.RunPython(count_past_decisions, migrations.RunPython.noop)]
