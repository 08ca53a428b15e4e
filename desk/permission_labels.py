"""Names of permissions in the language of the page; the database has Django's English ones."""

from django.contrib.auth.models import Permission
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# By the codename up to its first underscore, and by whole codenames.
ACTIONS = {"add": _("Add"), "change": _("Change"), "delete": _("Delete"), "view": _("View")}
NAMES = {
    "publish_article": _("Publish, reject and withdraw"),
    "import_article": _("Import in bulk"),
    "export_article": _("Export"),
}
# Apps and models without a name in other languages.
APPS = {
    "axes": _("Sign-in"),
    "django_tasks_database": _("Background tasks"),
    "sessions": _("Sessions"),
    "taggit": _("Tags"),
}
MODELS = {
    "accessattemptexpiration": _("end of a lock"),
    "bulkchangerow": _("result of a bulk change"),
    "cacheversion": _("cache version"),
    "dbtaskresult": _("task"),
    "importpreference": _("import preference"),
    "openstory": _("open story"),
    "savedview": _("saved view"),
}


def permission_label(permission: Permission) -> str:
    """Return what a permission allows and on what: "Stories | Story | Change"."""
    content_type = permission.content_type
    model = content_type.model_class()
    if model is None:
        return f"{content_type.app_labeled_name} | {permission.name}"
    app = APPS.get(content_type.app_label) or model._meta.app_config.verbose_name
    name = MODELS.get(content_type.model) or model._meta.verbose_name
    action = ACTIONS.get(permission.codename.partition("_")[0])
    return f"{app} | {capfirst(name)} | {NAMES.get(permission.codename) or action or permission.name}"
