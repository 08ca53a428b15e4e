from django.contrib.auth.management import create_permissions
from django.db import migrations

PERMISSIONS = {"reporter": ["view"], "editor": ["add", "change", "delete", "view"]}
PERMISSIONS["administrator"] = PERMISSIONS["editor"]


def give_names(apps, schema_editor):
    Topic, TopicAlias = apps.get_model("articles", "Topic"), apps.get_model("articles", "TopicAlias")
    TopicAlias.objects.bulk_create(
        (TopicAlias(topic_id=key, name=name) for key, name in Topic.objects.values_list("pk", "name")), batch_size=500
    )


def give_permissions(apps, schema_editor):
    # Permissions are otherwise made only after all migrations have run.
    app = apps.get_app_config("articles")
    app.models_module = True
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    app.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, actions in PERMISSIONS.items():
        codenames = [f"{action}_topicalias" for action in actions]
        for group in Group.objects.filter(name=name):
            group.permissions.add(
                *Permission.objects.filter(content_type__app_label="articles", codename__in=codenames)
            )


class Migration(migrations.Migration):
    dependencies = [("articles", "0004_topics_keep_their_names")]

    operations = [
        migrations.RunPython(give_names, migrations.RunPython.noop),
        migrations.RunPython(give_permissions, migrations.RunPython.noop),
    ]
