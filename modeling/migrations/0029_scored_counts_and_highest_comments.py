"""What pages looked for in all predictions is kept by the worker. How many each version has scored is counted here once; which comments of
the pool it scores highest, at the next reading."""

from django.db import migrations, models
from django.db.models import Count


def count_scored(apps, schema_editor):
    ModelVersion, Prediction = apps.get_model("modeling", "ModelVersion"), apps.get_model("modeling", "Prediction")
    for pk, count in Prediction.objects.order_by().values_list("version").annotate(Count("pk")):
        ModelVersion.objects.filter(pk=pk).update(scored_count=count)


class Migration(migrations.Migration):
    dependencies = [("modeling", "0028_trends_after_holm")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="scored_count",
            field=models.PositiveIntegerField(blank=True, help_text="Comments that it has scored, as of the last scoring.", null=True),
        ),
        migrations.AddField(
            model_name="comention",
            name="highest",
            field=models.JSONField(
                help_text="Ids of the comments that the version scores highest, the highest first; null: not kept yet.", null=True
            ),
        ),
        migrations.RunPython(count_scored, migrations.RunPython.noop),
    ]
