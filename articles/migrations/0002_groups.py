from django.contrib.auth.management import create_permissions
from django.db import migrations

EVERYTHING = ("add", "change", "delete", "view")
EDITED = ("articles.article", "articles.image", "articles.relatedlink", "articles.topic", "articles.articletopic")
PROVIDERS = ("providers.provider", "providers.provideralias")


def permissions(models, actions):
    return {f"{label.split('.')[0]}.{action}_{label.split('.')[1]}" for label in models for action in actions}


REPORTER = (
    permissions(["articles.article"], ["change", "view"])
    | permissions(["articles.image", "articles.relatedlink", "articles.articletopic"], EVERYTHING)
    | permissions(["articles.topic", "articles.transition", "articles.conflict", *PROVIDERS], ["view"])
)
EDITOR = (
    REPORTER
    | permissions([*EDITED, *PROVIDERS], EVERYTHING)
    | permissions(["articles.tombstone"], ["view", "delete"])
    | permissions(["articles.importbatch", "articles.importeddocument"], ["view"])
    | {"articles.publish_article", "articles.import_article"}
)
ADMINISTRATOR = EDITOR | permissions(["auth.user", "auth.group"], EVERYTHING)
GROUPS = {"reporter": REPORTER, "editor": EDITOR, "administrator": ADMINISTRATOR}


def create_groups(apps, schema_editor):
    # Permissions are otherwise made only after all migrations have run.
    for label in ("auth", "providers", "articles"):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        app.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, wanted in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.add(*(by_name[label] for label in wanted))


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("providers", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, remove_groups)]
