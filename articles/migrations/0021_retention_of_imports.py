from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0020_related_coverage_forgets_who_added_it")]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="written_singly",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="snapshots_pruned_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="unchanged_pruned_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="documents_pruned_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
