"""The desk's menu. Everybody sees the links whose pages they may open."""

from django.apps import apps
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def may_open(label):
    """Return the check whether a request's user may open the list of a model, named as "app.Model"."""

    def check(request):
        # Settings import this module, and are read before the admin can be imported.
        from django.contrib import admin  # noqa: PLC0415

        return admin.site.get_model_admin(apps.get_model(label)).has_view_permission(request)

    return check


def list_item(title, icon, label):
    """Return the menu's item for the list of a model, named as "app.Model"."""
    name = label.lower().replace(".", "_")
    link = reverse_lazy(f"admin:{name}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": may_open(label)}


NAVIGATION = [
    {
        "title": _("Content"),
        "items": [
            list_item(_("Stories"), "article", "articles.Article"),
            list_item(_("Topics"), "tag", "articles.Topic"),
            list_item(_("Providers"), "apartment", "providers.Provider"),
            list_item(_("Conflicts"), "call_split", "articles.Conflict"),
            list_item(_("Imports"), "upload_file", "articles.ImportBatch"),
            list_item(_("Deleted stories"), "delete", "articles.Tombstone"),
            list_item(_("Deleted topics"), "label_off", "articles.TopicAlias"),
            list_item(_("Blocked pictures"), "hide_image", "articles.BlockedPicture"),
        ],
    },
    {
        "title": _("People"),
        "items": [
            list_item(_("Users"), "person", "auth.User"),
            list_item(_("Groups"), "group", "auth.Group"),
        ],
    },
]
