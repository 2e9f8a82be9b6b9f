from django.db import migrations, models
from django.db.models import Count

AXES = {
    "race and ethnicity": ("asian", "black", "white", "latino", "other_race_or_ethnicity"),
    "gender": ("male", "female", "transgender", "other_gender"),
    "sexual orientation": ("heterosexual", "homosexual_gay_or_lesbian", "bisexual", "other_sexual_orientation"),
    "religion": ("christian", "jewish", "muslim", "hindu", "buddhist", "atheist", "other_religion"),
    "disability": ("physical_disability", "intellectual_or_learning_disability", "psychiatric_or_mental_illness", "other_disability"),
}


def count_what_stands(apps, schema_editor):
    """Of data sets that were imported before imports counted."""
    Dataset, Comment, Mention = (apps.get_model("modeling", name) for name in ("Dataset", "Comment", "SubgroupMention"))
    for dataset in Dataset.objects.filter(state="done"):
        comments = Comment.objects.filter(dataset=dataset).order_by()
        mentions = Mention.objects.filter(comment__dataset=dataset, value__gte=0.5).order_by()
        found = mentions.values_list("subgroup", "source").annotate(n=Count("pk"))
        dataset.counts = {
            "splits": dict(comments.values_list("split").annotate(n=Count("pk"))),
            "levels": dict(comments.exclude(level="").values_list("level").annotate(n=Count("pk"))),
            "mentions": {subgroup + ("~lexicon" if source == "lexicon" else ""): n for subgroup, source, n in found},
            "axes": {axis: mentions.filter(subgroup__in=members).aggregate(n=Count("comment", distinct=True))["n"] for axis, members in AXES.items()},
        }
        dataset.save(update_fields=["counts"])


class Migration(migrations.Migration):
    dependencies = [
        ("modeling", "0025_trends_and_monthly_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="counts",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="When it was imported: {splits, levels, mentions by subgroup, axes: comments that mention anybody on it}, each {name: n}.",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="dealt_dates",
            field=models.BooleanField(default=False, help_text="Its dates were dealt to the comments by a seed; the source has none."),
        ),
        migrations.AddField(
            model_name="feedbackbatch",
            name="simulated",
            field=models.BooleanField(default=False, help_text="Answers of scripted annotators are in it."),
        ),
        migrations.RunPython(count_what_stands, migrations.RunPython.noop),
    ]
