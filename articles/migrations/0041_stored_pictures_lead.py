from django.db import migrations

# Image.lead_score of a file that no download has rated.
UNRATED = 1


def rate(apps, schema_editor):
    """Let the pictures of which we have copies lead as before: the first of a story."""
    images = apps.get_model("articles", "Image").objects.using(schema_editor.connection.alias)
    images.exclude(file="").filter(lead_score=0).update(lead_score=UNRATED)


class Migration(migrations.Migration):
    dependencies = [("articles", "0040_pictures")]

    operations = [migrations.RunPython(rate, migrations.RunPython.noop)]
