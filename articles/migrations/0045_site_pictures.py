from django.db import migrations, models


class Migration(migrations.Migration):
    """Index the few site pictures, by which the desk filters stories."""

    dependencies = [("articles", "0041_stored_pictures_lead")]

    operations = [
        migrations.AddIndex(
            model_name="storedpicture",
            index=models.Index(
                condition=models.Q(("is_site_picture", True)), fields=["id"], name="stored_site_pictures"
            ),
        ),
        migrations.AddIndex(
            model_name="picturesource",
            index=models.Index(
                condition=models.Q(("is_site_picture", True)), fields=["id"], name="sources_of_site_pictures"
            ),
        ),
    ]
