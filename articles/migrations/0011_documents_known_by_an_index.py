from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_stories(apps, schema_editor):
    """Give each document its story's identity; the digests are new, and all documents parsed once more."""
    article, upstream = (apps.get_model("articles", name) for name in ("Article", "UpstreamDocument"))
    identity = article.objects.filter(pk=OuterRef("pk")).values("identity")
    upstream.objects.update(identity=Subquery(identity), text_digest="")


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_logos_have_an_index_of_their_own")]

    operations = [
        migrations.AddField(
            "upstreamdocument",
            "identity",
            models.CharField(default="", editable=False, max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            "upstreamdocument", "whole_digest", models.CharField(default="", max_length=16), preserve_default=False
        ),
        migrations.AlterField("upstreamdocument", "text_digest", models.CharField(max_length=32)),
        migrations.RunPython(name_stories, migrations.RunPython.noop),
        migrations.AddIndex(
            "upstreamdocument",
            models.Index(
                fields=["text_digest", "whole_digest", "identity", "published", "article"], name="known_by_its_text"
            ),
        ),
    ]
