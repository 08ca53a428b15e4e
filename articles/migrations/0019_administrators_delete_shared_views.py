from django.contrib.auth.management import create_permissions
from django.db import migrations


def give_permission(apps, schema_editor):
    # Permissions are otherwise made only after all migrations have run.
    app = apps.get_app_config("articles")
    app.models_module = True
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    app.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    permission = Permission.objects.get(content_type__app_label="articles", codename="delete_savedview")
    for group in Group.objects.filter(name="administrator"):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("articles", "0018_import_preferences_and_undoing")]

    operations = [migrations.RunPython(give_permission, migrations.RunPython.noop)]
