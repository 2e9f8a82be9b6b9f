from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("modeling", "0022_hashes_of_pairs")]

    operations = [
        migrations.AlterField(
            "counterfactualpair",
            "rule",
            models.CharField(blank=True, help_text="By which the swap can be left out (`ml.swap_rules`); empty: not by one rule.", max_length=400),
        ),
    ]
