import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0002_how_answers_were_joined'),
        ('modeling', '0003_past_decisions_are_looks'),
    ]

    operations = [
        migrations.AddField(
            model_name='annotationround',
            name='kind',
            field=models.CharField(choices=[('pool', 'Pool'), ('gate', 'Gate')], default='pool', max_length=4),
        ),
        migrations.AddField(
            model_name='annotationround',
            name='judges',
            field=models.ForeignKey(blank=True, help_text='The held cycle that a gate round settles.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='gate_rounds', to='modeling.retrainingcycle'),
        ),
        migrations.AddField(
            model_name='annotationround',
            name='settled_at',
            field=models.DateTimeField(blank=True, help_text="When a gate round's answers became truth. It hands in no labels to train on.", null=True),
        ),
        migrations.AlterField(
            model_name='annotationround',
            name='state',
            field=models.CharField(choices=[('open', 'Open'), ('closed', 'Closed'), ('cancelled', 'Cancelled')], default='open', max_length=9),
        ),
        migrations.AddField(
            model_name='annotationitem',
            name='round_kind',
            field=models.CharField(choices=[('pool', 'Pool'), ('gate', 'Gate')], default='pool', max_length=4),
        ),
        migrations.RemoveConstraint(
            model_name='annotationitem',
            name='item_from_pool_only',
        ),
        migrations.AddConstraint(
            model_name='annotationitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('round_kind', 'pool'), ('split', 'pool')), models.Q(('round_kind', 'gate'), ('split', 'gate')), _connector='OR'), name='item_split_fits_its_round'),
        ),
        migrations.AddConstraint(
            model_name='annotationround',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('judges__isnull', True), ('kind', 'pool'), ('settled_at__isnull', True)), models.Q(('batch__isnull', True), ('judges__isnull', False), ('kind', 'gate')), _connector='OR'), name='gate_round_judges_and_trains_nothing'),
        ),
    ]
