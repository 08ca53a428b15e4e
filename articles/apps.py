from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Stories")

    def ready(self):
        from articles.search.words import teach
        from articles.upkeep.installing import install, make_way

        connection_created.connect(teach)
        pre_migrate.connect(make_way, sender=self)
        post_migrate.connect(install, sender=self)
