from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class NewsroomConfig(AppConfig):
    name = "newsroom"

    def ready(self):
        from newsroom import deploy_checks  # noqa: F401, PLC0415 - registers its checks


class AdminSiteConfig(AdminConfig):
    """Django's admin, served by our own site."""

    default_site = "newsroom.admin_site.NewsroomAdminSite"
