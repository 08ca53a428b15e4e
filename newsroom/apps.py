from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class NewsroomConfig(AppConfig):
    name = "newsroom"


class AdminSiteConfig(AdminConfig):
    """Django's admin, served by our own site."""

    default_site = "newsroom.admin_site.NewsroomAdminSite"
