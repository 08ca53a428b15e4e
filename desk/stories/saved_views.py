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
MOST_VIEWS = 40
# Parameters of one request, which are no part of a view.
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
    """Return a query string sorted, without transient and empty parameters, so that those of equal lists are equal."""
    pairs = [(name, value) for name, value in parse_qsl(query[:QUERY_LIMIT]) if name not in TRANSIENT and value]
    return urlencode(sorted((RENAMED.get(name, name), value) for name, value in pairs))


def views_for(user, parameters):
    """Return what the strip of views shows for a list with `parameters`, a QueryDict. One query.

    A user's own views come first, all of them, however many others share.
    """
    present = normalize_query(parameters.urlencode())
    own_first = Case(When(owner=user, then=Value(0)), default=Value(1))
    visible = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")
    views = [
        {"name": name, "query": query, "is_shown": normalize_query(query) == present} for name, query in BUILT_IN_VIEWS
    ]
    views += [
        {
            "name": view.name,
            "query": view.query,
            "is_shown": normalize_query(view.query) == present,
            "pk": view.pk if may_delete(user, view) else None,
            "owner": name_of(view.owner) if view.owner_id != user.pk else "",
        }
        for view in visible.order_by(own_first, "name", "pk")[: 2 * MOST_VIEWS]
    ]
    can_keep = bool(present) and not any(view["is_shown"] for view in views)
    return {"views": views, "query": present, "list_query": parameters.urlencode(), "can_keep": can_keep}


def may_delete(user, view):
    """Whether a user may delete a view: their own, and with the permission shared ones."""
    return view.owner_id == user.pk or (view.is_shared and user.has_perm(DELETE))


def list_url(query):
    """Return the address of the list of stories with a posted query string; the host and path are always ours."""
    parameters = QueryDict(query, mutable=True)
    parameters.pop("e", None)
    return f"{reverse('admin:articles_article_changelist')}?{parameters.urlencode()}"


def urls(model_admin):
    routes = [
        ("views/keep/", keep_view, WRITE, "story-view-keep"),
        ("views/<int:pk>/drop/", drop_view, WRITE, "story-view-drop"),
    ]
    return view_paths(model_admin, routes)


def keep_view(model_admin, request):
    """Save the shown list as a view with the posted name, replacing the user's own view of that name."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    # PostgreSQL takes no text with this character.
    name = " ".join(request.POST.get("name", "").replace("\x00", " ").split())
    query = normalize_query(request.POST.get("query", ""))
    if not name or len(name) > NAME_LIMIT:
        text = _("A view needs a name of at most %(limit)d characters.") % {"limit": NAME_LIMIT}
        model_admin.message_user(request, text, messages.ERROR)
    elif SavedView.objects.filter(owner=request.user).exclude(name=name).count() >= MOST_VIEWS:
        text = _("You have reached the limit of %(limit)d saved views. Delete one first.") % {"limit": MOST_VIEWS}
        model_admin.message_user(request, text, messages.ERROR)
    else:
        values = {"query": query, "is_shared": "is_shared" in request.POST}
        SavedView.objects.update_or_create(owner=request.user, name=name, defaults=values)
        model_admin.message_user(request, _("View saved as “%(name)s”.") % {"name": name}, messages.SUCCESS)
    return redirect(list_url(request.POST.get("list_query", query)))


def drop_view(model_admin, request, pk):
    """Delete a view, and return to the list as it was."""
    view = SavedView.objects.filter(pk=pk).first()
    if view is not None:
        if not may_delete(request.user, view):
            raise PermissionDenied
        view.delete()
    model_admin.message_user(request, _("View deleted. Its stories are unchanged."), messages.SUCCESS)
    return redirect(list_url(request.POST.get("list_query", "")))
