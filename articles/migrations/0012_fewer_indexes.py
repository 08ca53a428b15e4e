import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0011_documents_known_by_an_index"),
        ("providers", "0002_former_addresses"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="importeddocument",
            name="documents_by_problem",
        ),
        migrations.AlterField(
            model_name="articletopic",
            name="tag",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="article_links",
                to="articles.topic",
                verbose_name="topic",
            ),
        ),
        migrations.AlterField(
            model_name="image",
            name="article",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="images",
                to="articles.article",
                verbose_name="story",
            ),
        ),
        migrations.AlterField(
            model_name="image",
            name="related_link",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="images",
                to="articles.relatedlink",
            ),
        ),
        migrations.AlterField(
            model_name="importeddocument",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="documents",
                to="articles.importbatch",
            ),
        ),
        migrations.AlterField(
            model_name="relatedlink",
            name="linked_article",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="linked_from",
                to="articles.article",
                verbose_name="our story",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("article__isnull", False)), fields=["article"], name="pictures_of_story"
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("related_link__isnull", False)),
                fields=["related_link"],
                name="pictures_of_coverage",
            ),
        ),
        migrations.AddIndex(
            model_name="importeddocument",
            index=models.Index(
                condition=models.Q(("has_problems", True)), fields=["batch", "position"], name="documents_by_problem"
            ),
        ),
        migrations.AddIndex(
            model_name="relatedlink",
            index=models.Index(
                condition=models.Q(("linked_article__isnull", False)),
                fields=["linked_article"],
                name="coverage_that_is_a_story",
            ),
        ),
    ]
