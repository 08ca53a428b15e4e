import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0006_what_the_database_keeps"),
        ("providers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="pin",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Pinned: 1 leads the front page, whatever its heat, until the pin is taken out. Empty: by rank.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(15)],
                verbose_name="place on the front page",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("pin__isnull", False), ("published", True)), fields=["pin"], name="pinned"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("pin__isnull", True), ("pin__range", (1, 15)), _connector="OR"),
                name="pin_is_a_place_on_the_front_page",
            ),
        ),
    ]
