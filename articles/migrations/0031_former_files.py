from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0030_restore_exports"),
    ]

    operations = [
        migrations.AddField(
            model_name="formeridentity",
            name="path",
            field=models.CharField(editable=False, max_length=500, null=True),
        ),
        migrations.AddField(
            model_name="formeridentity",
            name="values",
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="formeridentity",
            index=models.Index(
                condition=models.Q(("path__isnull", False)), fields=["path"], name="former_identity_by_path"
            ),
        ),
    ]
