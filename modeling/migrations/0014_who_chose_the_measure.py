from django.db import migrations, models
from django.db.models import F, Q

MEASURES = ["jigsaw_score", "accuracy", "macro_f1", "roc_auc", "mean_subgroup_fpr", "generalized_mean_bpsn_auc"]


def tell_chosen_from_usual(apps, schema_editor):
    """A batch from before rounds could choose was given the usual measure, as if somebody had: the ledger says of which one that is so."""
    FeedbackBatch = apps.get_model("modeling", "FeedbackBatch")
    frozen = apps.get_model("modeling", "LedgerEntry").objects.filter(action="feedback.frozen", payload__has_key="primary_measure")
    chosen = {subject.removeprefix("feedback batch ") for subject in frozen.values_list("subject", flat=True)}
    usual = [pk for pk in FeedbackBatch.objects.values_list("pk", flat=True) if str(pk) not in chosen]
    FeedbackBatch.objects.filter(pk__in=usual).update(primary_measure="", chosen_at=None)
    # Rounds tell better when they opened, and do so where their rows are.
    FeedbackBatch.objects.exclude(pk__in=usual).update(chosen_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("modeling", "0013_adjudicated_labels"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feedbackbatch",
            name="primary_measure",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What a candidate must gain on, chosen when the round opened; empty: nobody chose.",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="feedbackbatch",
            name="chosen_at",
            field=models.DateTimeField(blank=True, help_text="When the measure was chosen.", null=True),
        ),
        migrations.RunPython(tell_chosen_from_usual, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="feedbackbatch",
            constraint=models.CheckConstraint(
                condition=Q(primary_measure="", chosen_at__isnull=True) | Q(primary_measure__in=MEASURES, chosen_at__isnull=False),
                name="batch_measure_may_be_chosen",
            ),
        ),
    ]
