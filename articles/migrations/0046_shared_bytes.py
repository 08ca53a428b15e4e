from django.db import migrations, models


class Migration(migrations.Migration):
    """Store how large the copy of a picture is that feeds name."""

    dependencies = [("articles", "0045_site_pictures")]

    operations = [
        migrations.AddField(
            model_name="storedpicture",
            name="shared_bytes",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]
