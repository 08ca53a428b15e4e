from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_names_of_topics"),
        ("providers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=32)),
            ],
        ),
        migrations.AddField(
            model_name="articletopic",
            name="dated_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="articletopic",
            name="published",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="articletopic",
            name="rank",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(condition=models.Q(("published", True)), fields=["visible_from"], name="next_to_appear"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("published", True), ("visible_until__isnull", False)),
                fields=["visible_until"],
                name="next_to_disappear",
            ),
        ),
        migrations.AddIndex(
            model_name="articletopic",
            index=models.Index(
                condition=models.Q(("published", True)),
                fields=["tag", "-dated_at", "-content_object"],
                name="latest_of_topic",
            ),
        ),
        migrations.AddIndex(
            model_name="articletopic",
            index=models.Index(
                condition=models.Q(("published", True), ("rank__isnull", False)),
                fields=["tag", "-rank", "-content_object"],
                name="hottest_of_topic",
            ),
        ),
    ]
