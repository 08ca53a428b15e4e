from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, post_save, pre_migrate
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Stories")

    def ready(self) -> None:
        from articles.db.triggers.cache_version import STORY_PART_TABLES, renew_for_new_row
        from articles.db.triggers.deferred_triggers import register_sqlite_functions
        from articles.db.triggers.installation import check_installed, install, suspend
        from articles.history.recording import record_provider_merge
        from articles.history.signals import story_changed
        from articles.importing.closing import close_resolved_on_change
        from articles.importing.desk_decisions import record_decisions
        from articles.importing.policies import check_policies
        from articles.models.desk import move_saved_views
        from providers.merging import about_to_merge

        about_to_merge.connect(record_provider_merge)
        about_to_merge.connect(move_saved_views)
        story_changed.connect(record_decisions)
        story_changed.connect(close_resolved_on_change)
        connection_created.connect(register_sqlite_functions)
        checks.register(check_installed, checks.Tags.database)
        checks.register(check_policies)
        pre_migrate.connect(suspend, sender=self)
        post_migrate.connect(install, sender=self)
        for model in self.get_models():
            if model._meta.db_table in STORY_PART_TABLES:
                post_save.connect(renew_for_new_row, sender=model)
