import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_stories(apps, schema_editor):
    """Give each document its story's identity; the digests are made otherwise now, and all are parsed once more."""
    article, upstream = (apps.get_model("articles", name) for name in ("Article", "UpstreamDocument"))
    identity = article.objects.filter(pk=OuterRef("pk")).values("identity")
    upstream.objects.update(identity=Subquery(identity), text_digest="", digest="")


def compress_quickly(apps, schema_editor):
    """Have PostgreSQL compress what upstream said by LZ4 where it was built with it: half of what writing it took."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            """
            DO $$ BEGIN
                ALTER TABLE articles_upstreamdocument ALTER COLUMN "values" SET COMPRESSION lz4;
                ALTER TABLE articles_importeddocument ALTER COLUMN snapshot SET COMPRESSION lz4;
            EXCEPTION WHEN feature_not_supported THEN NULL;
            END $$
            """
        )


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_logos_have_an_index_of_their_own")]

    operations = [
        migrations.CreateModel(
            name="UpstreamSecret",
            fields=[
                (
                    "upstream",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="secret",
                        serialize=False,
                        to="articles.upstreamdocument",
                    ),
                ),
                ("text", models.TextField(blank=True)),
            ],
            options={"verbose_name": "upstream secret", "verbose_name_plural": "upstream secrets"},
        ),
        migrations.RunSQL(
            "INSERT INTO articles_upstreamsecret (upstream_id, text) "
            "SELECT article_id, secured FROM articles_upstreamdocument",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveField("upstreamdocument", "secured"),
        migrations.AddField(
            "upstreamdocument",
            "identity",
            models.CharField(default="", editable=False, max_length=32),
            preserve_default=False,
        ),
        migrations.AlterField("upstreamdocument", "text_digest", models.CharField(max_length=32)),
        migrations.RunPython(name_stories, migrations.RunPython.noop),
        migrations.RunPython(compress_quickly, migrations.RunPython.noop),
        migrations.AddIndex(
            "upstreamdocument",
            models.Index(fields=["text_digest", "identity", "published", "article"], name="known_by_its_text"),
        ),
    ]
