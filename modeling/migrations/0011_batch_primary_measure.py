from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("modeling", "0010_restored_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="feedbackbatch",
            name="primary_measure",
            field=models.CharField(default="jigsaw_score", help_text="What a candidate must gain on, chosen when the round opened.", max_length=40),
        ),
    ]
