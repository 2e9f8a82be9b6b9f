from django.db import migrations, models
from django.db.models import Q

MEASURES = ["jigsaw_score", "accuracy", "macro_f1", "roc_auc", "mean_subgroup_fpr", "generalized_mean_bpsn_auc"]


def tell_chosen_from_usual(apps, schema_editor):
    """A round from before there was a choice was given the usual measure, as if somebody had chosen: the ledger says of which one that is so.
    And labels that were handed in with a measure had it from when their round opened."""
    AnnotationRound = apps.get_model("feedback", "AnnotationRound")
    opened = apps.get_model("modeling", "LedgerEntry").objects.filter(action="round.opened", payload__has_key="primary_measure")
    chosen = set(opened.values_list("subject", flat=True))
    for found in AnnotationRound.objects.select_related("project", "batch"):
        is_from_before = found.kind == "pool" and found.state in ("open", "closed") and _subject(found) not in chosen
        # Each row once at most: PostgreSQL alters no table whose rows the same transaction has changed twice.
        if is_from_before or found.primary_measure not in MEASURES:
            AnnotationRound.objects.filter(pk=found.pk).update(primary_measure="")
        if found.batch and found.batch.primary_measure:
            type(found.batch).objects.filter(pk=found.batch_id).update(chosen_at=found.opened_at)


def _subject(found):
    return f"round {found.number} of {found.project.slug}"[:80]


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0012_quality_and_blind_first"),
        ("modeling", "0014_who_chose_the_measure"),
    ]

    operations = [
        migrations.AlterField(
            model_name="annotationround",
            name="primary_measure",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What a candidate must gain on: chosen when it opened, and never after. Empty: nobody chose, so it is the usual one.",
                max_length=40,
            ),
        ),
        migrations.RunPython(tell_chosen_from_usual, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="annotationround",
            constraint=models.CheckConstraint(condition=Q(primary_measure__in=["", *MEASURES]), name="round_measure_may_be_chosen"),
        ),
    ]
