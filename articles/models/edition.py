from django.db import models


class Edition(models.Model):
    """A mark that what readers see has changed, put there by the database itself.

    See articles/db/triggers/cache_version.py.
    """

    token = models.CharField(max_length=32)

    def __str__(self):
        return self.token
