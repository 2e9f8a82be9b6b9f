import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0008_participation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='participation',
            name='panel',
            field=models.ForeignKey(blank=True, help_text='Whom they answer for here, where they were moved since.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='feedback.panel'),
        ),
        migrations.CreateModel(
            name='Adjudication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('low', 'low'), ('mild', 'mild'), ('high', 'high')], max_length=4)),
                ('bias_types', models.JSONField(blank=True, default=list, help_text='BiasType values; empty where the prediction is not biased.')),
                ('severity', models.PositiveSmallIntegerField(blank=True, help_text='1 to 3, if and only if it is biased.', null=True)),
                ('reason', models.TextField(blank=True, max_length=2000)),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='adjudication', to='feedback.annotationitem')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['low', 'mild', 'high'])), name='adjudicated_level_is_known'), models.CheckConstraint(condition=models.Q(('severity__isnull', True), models.Q(('severity__gte', 1), ('severity__lte', 3)), _connector='OR'), name='adjudicated_severity_valid')],
            },
        ),
    ]
