import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """A cycle that is judged again has another verdict, and another bundle."""

    dependencies = [
        ('modeling', '0005_signals_of_predictions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='cyclebundle',
            name='cycle',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bundles', to='modeling.retrainingcycle'),
        ),
        migrations.AddField(
            model_name='cyclebundle',
            name='decided_at',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text='When the verdict was reached that it proves.'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='cyclebundle',
            constraint=models.UniqueConstraint(fields=('cycle', 'decided_at'), name='one_bundle_per_verdict'),
        ),
    ]
