from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0013_coverage_joins_our_stories")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="duration_text",
            field=models.CharField(
                blank=True,
                help_text="Shown if the length has no fixed duration, such as one month.",
                max_length=100,
                null=True,
                verbose_name="length as written",
            ),
        ),
    ]
