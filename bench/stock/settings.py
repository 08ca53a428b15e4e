"""Newsroom with Django's own admin in place of the desk, on the same database: the peer of `bench/lists.py`."""

from newsroom.settings import *  # noqa: F403
from newsroom.settings import INSTALLED_APPS, TEMPLATES

# Without unfold and our own admin pages.
STOCK = {"desk.apps.AdminSiteConfig": "django.contrib.admin.apps.SimpleAdminConfig"}
INSTALLED_APPS = [STOCK.get(app, app) for app in INSTALLED_APPS if not app.startswith("unfold")]
TEMPLATES = [{**engine, "DIRS": []} for engine in TEMPLATES]
ROOT_URLCONF = "bench.stock.urls"
