from django.db import models


class CacheVersion(models.Model):
    """A random token that database triggers replace with every change that readers can see.

    See articles/db/triggers/cache_version.py.
    """

    token = models.CharField(max_length=32)

    class Meta:
        # The table keeps the name it had when the model was called Edition.
        db_table = "articles_edition"

    def __str__(self) -> str:
        return self.token
