from django.db import migrations


class Migration(migrations.Migration):
    """Rename the model; its table keeps its name, so nothing in the database changes."""

    dependencies = [("articles", "0024_fill_first_visible_at")]

    operations = [
        migrations.AlterModelTable(name="edition", table="articles_edition"),
        migrations.RenameModel(old_name="Edition", new_name="CacheVersion"),
    ]
