"""The views above the list of stories: built-in ones, and those that users save."""

from typing import cast
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, Value, When
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import SavedView
from articles.story_states import STATES
from desk.admin_urls import WRITE, view_paths
from desk.stories.list_parameters import RENAMED
from newsroom.accounts import name_of

NAME_LIMIT = cast(int, SavedView._meta.get_field("name").max_length)
QUERY_LIMIT = SavedView._meta.get_field("query").max_length
# For each user.
MAX_VIEWS = 40
# Parameters that belong to a single request and are not saved.
TRANSIENT = {"p", "e", "all", "csrfmiddlewaretoken"}
# Needed to delete shared views of others.
DELETE = "articles.delete_savedview"
# Heat is the fifth column of the list.
HOTTEST_FIRST = "&o=-5"
BUILT_IN_VIEWS = [
    (gettext_lazy("All"), ""),
    *(
        (row.tab.label, f"state={row.name}{HOTTEST_FIRST if row.tab.is_hottest_first else ''}")
        for row in STATES
        if row.tab
    ),
    (gettext_lazy("Conflicts"), "conflict=yes"),
]


def normalize_query(query):
    """Return the normal form of a query string, by which views are compared.

    Parameters are sorted and have their current names; transient and empty ones are left out.
    """
    pairs = [(name, value) for name, value in parse_qsl(query[:QUERY_LIMIT]) if name not in TRANSIENT and value]
    return urlencode(sorted((RENAMED.get(name, name), value) for name, value in pairs))


def views_for(user, parameters):
    """Return the context of the row of views above a list with `parameters`, a QueryDict. One query.

    All of the user's own views come first, so that views which others share cannot displace them.
    """
    current_query = normalize_query(parameters.urlencode())
    own_first = Case(When(owner=user, then=Value(0)), default=Value(1))
    visible = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")
    views = [
        {"name": name, "query": query, "is_shown": normalize_query(query) == current_query}
        for name, query in BUILT_IN_VIEWS
    ]
    views += [
        {
            "name": view.name,
            "query": view.query,
            "is_shown": normalize_query(view.query) == current_query,
            "pk": view.pk if may_delete(user, view) else None,
            "owner": name_of(view.owner) if view.owner_id != user.pk else "",
        }
        for view in visible.order_by(own_first, "name", "pk")[: 2 * MAX_VIEWS]
    ]
    can_save = bool(current_query) and not any(view["is_shown"] for view in views)
    return {"views": views, "query": current_query, "list_query": parameters.urlencode(), "can_save": can_save}


def may_delete(user, view):
    """Whether a user may delete a view: their own ones, and with the permission also shared ones."""
    return view.owner_id == user.pk or (view.is_shared and user.has_perm(DELETE))


def list_url(query):
    """Return the address of the list of stories with a posted query string; the host and path are always ours."""
    parameters = QueryDict(query, mutable=True)
    parameters.pop("e", None)
    return f"{reverse('admin:articles_article_changelist')}?{parameters.urlencode()}"


def urls(model_admin):
    routes = [
        ("views/save/", save_view, WRITE, "story-view-save"),
        ("views/<int:pk>/delete/", delete_view, WRITE, "story-view-delete"),
    ]
    return view_paths(model_admin, routes)


def save_view(model_admin, request):
    """Save the shown list as a view with the posted name, replacing the user's own view of that name."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    # PostgreSQL cannot store this character.
    name = " ".join(request.POST.get("name", "").replace("\x00", " ").split())
    query = normalize_query(request.POST.get("query", ""))
    if not name or len(name) > NAME_LIMIT:
        text = _("A view needs a name of at most %(limit)d characters.") % {"limit": NAME_LIMIT}
        model_admin.message_user(request, text, messages.ERROR)
    elif SavedView.objects.filter(owner=request.user).exclude(name=name).count() >= MAX_VIEWS:
        text = _("You have reached the limit of %(limit)d saved views. Delete one first.") % {"limit": MAX_VIEWS}
        model_admin.message_user(request, text, messages.ERROR)
    else:
        values = {"query": query, "is_shared": "is_shared" in request.POST}
        SavedView.objects.update_or_create(owner=request.user, name=name, defaults=values)
        model_admin.message_user(request, _("View saved as “%(name)s”.") % {"name": name}, messages.SUCCESS)
    return redirect(list_url(request.POST.get("list_query", query)))


def delete_view(model_admin, request, pk):
    """Delete a view, and return to the list as it was."""
    view = SavedView.objects.filter(pk=pk).first()
    if view is not None:
        if not may_delete(request.user, view):
            raise PermissionDenied
        view.delete()
    model_admin.message_user(request, _("View deleted. Its stories are unchanged."), messages.SUCCESS)
    return redirect(list_url(request.POST.get("list_query", "")))
