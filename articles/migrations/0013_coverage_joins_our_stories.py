from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery

URLS = ("web_url", "original_url", "amp_url", "cdn_amp_url")
CONSTRAINTS = [
    *(("article", f"story_{url}_is_a_web_address", url, ()) for url in URLS),
    *(("relatedlink", f"related_{url}_is_a_web_address", url, ()) for url in URLS),
    ("image", "image_url_is_web_or_path", "url", ("/",)),
]
UNDATED = models.UniqueConstraint(
    fields=["slug"], condition=Q(url_date__isnull=True), name="undated_story_has_its_url_alone"
)


def is_empty_or_web_url(url, also):
    """Return the condition that a column is empty, an http(s) URL, or begins with one of `also`: the usual first."""
    condition = Q(**{url: ""})
    for beginning in ("https://", "http://", *also):
        condition |= Q(**{f"{url}__startswith": beginning})
    for beginning in ("https://", "http://"):
        condition |= Q(**{f"{url}__istartswith": beginning})
    return condition


def link_again(apps, schema_editor):
    """Fill the column that is back, when this is taken back."""
    article, link = (apps.get_model("articles", name) for name in ("Article", "RelatedLink"))
    ours = article.objects.filter(identity=OuterRef("identity")).values("pk")[:1]
    link.objects.exclude(identity="").update(linked_article_id=Subquery(ours))


class Migration(migrations.Migration):
    dependencies = [("articles", "0012_fewer_indexes")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, link_again),
        # Which coverage is a story of ours is told by its identity; kept in a column it took an index of its own, and
        # two look-ups and a foreign key for each row.
        migrations.RemoveIndex("relatedlink", "coverage_that_is_a_story"),
        migrations.RemoveField("relatedlink", "linked_article"),
        migrations.AlterField("relatedlink", "identity", models.CharField(max_length=32, blank=True, editable=False)),
        migrations.AlterField("article", "identity", models.CharField(max_length=32, editable=False)),
        migrations.AddConstraint("article", models.UniqueConstraint(fields=["identity"], name="story_is_there_once")),
        # A story is found by its day and slug, for which there is one already. Of undated ones the constraint goes
        # before and comes back after, as Django would take its index on PostgreSQL for the one that goes.
        migrations.RemoveConstraint("article", UNDATED.name),
        migrations.AlterField(
            "article",
            "slug",
            models.SlugField("slug", max_length=120, allow_unicode=True, blank=True, db_index=False),
        ),
        migrations.AddConstraint("article", UNDATED),
        *(
            operation
            for model, name, url, also in CONSTRAINTS
            for operation in (
                migrations.RemoveConstraint(model, name),
                migrations.AddConstraint(
                    model, models.CheckConstraint(condition=is_empty_or_web_url(url, also), name=name)
                ),
            )
        ),
    ]
