from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DeskConfig(AppConfig):
    name = "desk"


class AdminSiteConfig(AdminConfig):
    """Django's admin, served by our own site."""

    default_site = "desk.site.NewsroomAdminSite"
