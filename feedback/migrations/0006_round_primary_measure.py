from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0005_disputed_items"),
    ]

    operations = [
        migrations.AddField(
            model_name="annotationround",
            name="primary_measure",
            field=models.CharField(
                default="jigsaw_score", help_text="What a candidate must gain on: chosen when it opened, and never after.", max_length=40
            ),
        ),
    ]
