from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("modeling", "0015_label_influence"),
    ]

    operations = [
        migrations.AlterField(
            model_name="frozensplit",
            name="measures",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Of each version at the verdict: [{version, subgroup, measure, value, low, high, n}], the version by its number, "
                "with the counts of a subgroup.",
            ),
        ),
    ]
