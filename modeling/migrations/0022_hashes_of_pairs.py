import hashlib

from django.db import migrations, models


def _hash(text):
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


def fill(apps, schema_editor):
    for name in ("CounterfactualPair", "CyclePair"):
        rows = apps.get_model("modeling", name).objects.using(schema_editor.connection.alias)
        for pk, text, twin in rows.values_list("pk", "text", "twin").iterator(500):
            rows.filter(pk=pk).update(text_hash=_hash(text), twin_hash=_hash(twin))


class Migration(migrations.Migration):
    dependencies = [("modeling", "0021_social_dynamics")]

    operations = [
        migrations.AddField(
            "counterfactualpair",
            "text_hash",
            models.CharField(default="", help_text="As a comment's, so that one which stands in a pair is known whoever typed it.", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField("counterfactualpair", "twin_hash", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.AddField("cyclepair", "text_hash", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.AddField("cyclepair", "twin_hash", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
