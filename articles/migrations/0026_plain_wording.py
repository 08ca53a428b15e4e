import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import articles.models.fields


class Migration(migrations.Migration):
    """Reword labels and help texts. It runs no SQL."""

    dependencies = [
        ("articles", "0025_rename_edition_to_cache_version"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="relatedlink",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "piece of related coverage",
                "verbose_name_plural": "related coverage",
            },
        ),
        migrations.AlterField(
            model_name="article",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="received"),
        ),
        migrations.AlterField(
            model_name="article",
            name="duration_text",
            field=models.CharField(
                blank=True,
                help_text="Shown instead of the length when that is not a fixed time, such as one month.",
                max_length=100,
                null=True,
                verbose_name="length as written",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="heat",
            field=models.IntegerField(
                default=-1,
                help_text="Editorial weight. −1 keeps it off the front page.",
                validators=[
                    django.core.validators.MinValueValidator(-1),
                    django.core.validators.MaxValueValidator(100000),
                ],
                verbose_name="heat",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="kept_fields",
            field=models.JSONField(default=list, editable=False, verbose_name="always our version"),
        ),
        migrations.AlterField(
            model_name="article",
            name="pin",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="1–15 pins the story to that slot until you clear it. Leave empty to rank by heat.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(15)],
                verbose_name="front-page slot",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="published by provider"),
        ),
        migrations.AlterField(
            model_name="article",
            name="quality",
            field=models.IntegerField(
                blank=True,
                help_text="Quality score from upstream.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(100000),
                ],
                verbose_name="quality",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="revised_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="revised by provider"),
        ),
        migrations.AlterField(
            model_name="article",
            name="state_owner",
            field=models.CharField(
                choices=[("upstream", "Upstream"), ("desk", "Desk")], default="upstream", editable=False, max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="bulkchange",
            name="action",
            field=models.CharField(
                choices=[
                    ("publish", "Publish"),
                    ("schedule", "Schedule"),
                    ("submit", "Submit for review"),
                    ("reject", "Reject"),
                    ("withdraw", "Withdraw"),
                    ("restore", "Return to inbox"),
                    ("set_heat", "Set heat"),
                    ("shift_heat", "Adjust heat"),
                    ("set_quality", "Set quality"),
                    ("add_topic", "Add topic"),
                    ("remove_topic", "Remove topic"),
                    ("replace_topic", "Replace topic"),
                    ("add_suggested", "Add suggested topics"),
                    ("change_provider", "Change provider"),
                ],
                max_length=20,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="bulkchangerow",
            name="result",
            field=models.CharField(
                choices=[
                    ("done", "Done"),
                    ("unchanged", "No change"),
                    ("refused", "Can't be done"),
                    ("failed", "Failed"),
                ],
                max_length=20,
                verbose_name="result",
            ),
        ),
        migrations.AlterField(
            model_name="conflict",
            name="field",
            field=models.CharField(help_text="Its key in the document format.", max_length=50, verbose_name="field"),
        ),
        migrations.AlterField(
            model_name="conflict",
            name="ours",
            field=models.JSONField(null=True, verbose_name="our version"),
        ),
        migrations.AlterField(
            model_name="conflict",
            name="settlement",
            field=models.CharField(
                blank=True,
                choices=[
                    ("theirs", "Used upstream version"),
                    ("ours", "Kept our version"),
                    ("always_ours", "Always our version"),
                    ("agreed", "Upstream now agrees"),
                ],
                max_length=20,
                verbose_name="settled",
            ),
        ),
        migrations.AlterField(
            model_name="conflict",
            name="theirs",
            field=models.JSONField(null=True, verbose_name="upstream version"),
        ),
        migrations.AlterField(
            model_name="image",
            name="url",
            field=articles.models.fields.ImageURLField(
                blank=True,
                default="",
                help_text="As received from upstream. Readers' browsers never load it.",
                max_length=2048,
                verbose_name="URL",
            ),
        ),
        migrations.AlterField(
            model_name="importbatch",
            name="digest",
            field=models.CharField(
                blank=True, help_text="Of all documents as received.", max_length=32, verbose_name="digest"
            ),
        ),
        migrations.AlterField(
            model_name="importbatch",
            name="origin",
            field=models.CharField(
                choices=[("admin", "Desk"), ("import", "Import"), ("api", "API"), ("command", "Command")],
                default="command",
                max_length=20,
                verbose_name="origin",
            ),
        ),
        migrations.AlterField(
            model_name="importbatch",
            name="preview",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="applications",
                to="articles.importbatch",
                verbose_name="applies preview",
            ),
        ),
        migrations.AlterField(
            model_name="importeddocument",
            name="undoing",
            field=models.CharField(
                blank=True,
                choices=[("undone", "Undone"), ("left", "Skipped: edited since")],
                max_length=20,
                verbose_name="undone",
            ),
        ),
        migrations.AlterField(
            model_name="importeddocument",
            name="url",
            field=models.TextField(blank=True, verbose_name="reader URL"),
        ),
        migrations.AlterField(
            model_name="relatedlink",
            name="is_hidden",
            field=models.BooleanField(
                default=False, help_text="Stays with the story, but readers don't see it.", verbose_name="hidden"
            ),
        ),
        migrations.AlterField(
            model_name="relatedlink",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="published by provider"),
        ),
        migrations.AlterField(
            model_name="relatedlink",
            name="quality",
            field=models.IntegerField(
                blank=True,
                help_text="Quality score from upstream.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(100000),
                ],
                verbose_name="quality",
            ),
        ),
        migrations.AlterField(
            model_name="relatedlink",
            name="revised_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="revised by provider"),
        ),
        migrations.AlterField(
            model_name="revision",
            name="origin",
            field=models.CharField(
                choices=[("admin", "Desk"), ("import", "Import"), ("api", "API"), ("command", "Command")],
                max_length=20,
                verbose_name="origin",
            ),
        ),
        migrations.AlterField(
            model_name="savedview",
            name="is_shared",
            field=models.BooleanField(default=False, verbose_name="shared with everyone"),
        ),
        migrations.AlterField(
            model_name="transition",
            name="action",
            field=models.CharField(
                choices=[
                    ("submit", "Submit for review"),
                    ("publish", "Publish"),
                    ("schedule", "Schedule"),
                    ("end_embargo", "Publish now"),
                    ("reject", "Reject"),
                    ("withdraw", "Withdraw"),
                    ("expire", "Take down now"),
                    ("restore", "Return to inbox"),
                    ("note", "Note"),
                    ("undo", "Undo import"),
                ],
                max_length=20,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="origin",
            field=models.CharField(
                choices=[("admin", "Desk"), ("import", "Import"), ("api", "API"), ("command", "Command")],
                max_length=20,
                verbose_name="origin",
            ),
        ),
    ]
