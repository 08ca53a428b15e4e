from django.db import migrations, models


class Migration(migrations.Migration):
    """Stop using RelatedLink.added_by_desk, which nothing reads.

    The column stays, with a default of the database, so that the previous release goes on working.
    """

    dependencies = [("articles", "0019_administrators_delete_shared_views")]

    operations = [
        migrations.AlterField(
            model_name="relatedlink",
            name="added_by_desk",
            field=models.BooleanField(default=False, db_default=False, editable=False),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="relatedlink", name="added_by_desk")]
        ),
    ]
