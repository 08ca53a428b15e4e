from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ("editor", "administrator")
PERMISSIONS = [
    ("publish_article", "Can publish, reject and withdraw stories"),
    ("import_article", "Can import stories in bulk"),
    ("export_article", "Can export stories"),
]


def let_groups_export(apps, schema_editor):
    # Permissions are otherwise made only after all migrations have run.
    app = apps.get_app_config("articles")
    app.models_module = True
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    app.models_module = None
    permission = apps.get_model("auth", "Permission").objects.get(
        codename="export_article", content_type__app_label="articles"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0016_stories_have_a_proposed_publication_time"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="article",
            options={
                "ordering": ["-dated_at", "-pk"],
                "permissions": PERMISSIONS,
                "verbose_name": "story",
                "verbose_name_plural": "stories",
            },
        ),
        migrations.RunPython(let_groups_export, migrations.RunPython.noop),
    ]
