from django.db import migrations, models


def mark_what_stands(apps, schema_editor):
    """What scripted annotators handed in, and who they are, from before either was marked."""
    Round, Batch, Annotator = apps.get_model("feedback", "AnnotationRound"), apps.get_model("modeling", "FeedbackBatch"), apps.get_model("feedback", "Annotator")
    simulated = Round.objects.filter(simulated=True, batch__isnull=False).values_list("batch", flat=True)
    Batch.objects.filter(pk__in=list(simulated)).update(simulated=True)
    Annotator.objects.filter(user__username__startswith="scripted-").update(simulated=True)


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0017_summaries_of_rounds_and_months"),
        ("modeling", "0026_paper_and_study"),
    ]

    operations = [
        migrations.AddField(
            model_name="annotator",
            name="simulated",
            field=models.BooleanField(default=False, help_text="A script answers in their name, no person."),
        ),
        migrations.RunPython(mark_what_stands, migrations.RunPython.noop),
    ]
