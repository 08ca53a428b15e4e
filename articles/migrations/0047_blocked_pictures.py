import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Record which pictures the desk blocked, when and who, so that they can be allowed again."""

    dependencies = [
        ("articles", "0046_shared_bytes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BlockedPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, max_length=1000, verbose_name="picture")),
                ("url", models.CharField(blank=True, max_length=2048, verbose_name="URL")),
                ("blocked_at", models.DateTimeField(auto_now_add=True, verbose_name="blocked")),
                (
                    "article",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="articles.article",
                        verbose_name="story",
                    ),
                ),
                (
                    "blocked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "blocked picture",
                "verbose_name_plural": "blocked pictures",
                "ordering": ["-blocked_at", "-pk"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="picturesource",
            name="block",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="sources",
                to="articles.blockedpicture",
            ),
        ),
        migrations.AddField(
            model_name="storedpicture",
            name="block",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="pictures",
                to="articles.blockedpicture",
            ),
        ),
        migrations.AddIndex(
            model_name="picturesource",
            index=models.Index(condition=models.Q(("block__isnull", False)), fields=["block"], name="sources_of_block"),
        ),
        migrations.AddIndex(
            model_name="storedpicture",
            index=models.Index(
                condition=models.Q(("block__isnull", False)), fields=["block"], name="pictures_of_block"
            ),
        ),
    ]
