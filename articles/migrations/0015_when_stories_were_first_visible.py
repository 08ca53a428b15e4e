import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0014_length_as_written"),
        ("providers", "0002_former_addresses"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="article",
            name="story_ranks_if_and_only_if_it_is_scored",
        ),
        migrations.AddField(
            model_name="article",
            name="first_visible_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="first visible"),
        ),
        migrations.AddField(
            model_name="articletopic",
            name="first_visible_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="article",
            name="provider",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="articles",
                to="providers.provider",
                verbose_name="provider",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("first_visible_at__isnull", False), ("published", True)),
                fields=["-first_visible_at", "-id"],
                name="newly_visible",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("first_visible_at__isnull", False), ("published", True)),
                fields=["provider", "-first_visible_at", "-id"],
                name="newly_visible_of_provider",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["provider", "-dated_at"], name="desk_by_provider"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["provider", "state", "-dated_at", "-id"], name="desk_by_provider_and_state"),
        ),
        migrations.AddIndex(
            model_name="articletopic",
            index=models.Index(
                condition=models.Q(("first_visible_at__isnull", False), ("published", True)),
                fields=["tag", "-first_visible_at", "-content_object"],
                name="newly_visible_of_topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("heat__gt", -1), ("rank__isnull", False)),
                    models.Q(("heat", -1), ("rank__isnull", True)),
                    models.Q(("published_at__isnull", True), ("rank__isnull", True)),
                    _connector="OR",
                ),
                name="story_with_a_date_ranks_if_and_only_if_it_is_scored",
            ),
        ),
    ]
