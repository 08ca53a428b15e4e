"""Lists of stories that an editor comes back to: some that every desk needs, and those they keep themselves."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, Value, When
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from articles.models import SavedView
from articles.story_states import STATES
from newsroom.accounts import name_of

NAME_LIMIT = SavedView._meta.get_field("name").max_length
QUERY_LIMIT = SavedView._meta.get_field("query").max_length
MOST_VIEWS = 40
# What is of one moment only, and no part of a view.
PASSING = {"p", "e", "all", "csrfmiddlewaretoken"}
# A person may delete their own views without it.
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


def normalised(query):
    """Return a query string without what is passing or empty, in one order, as another of the same list has it."""
    pairs = [(name, value) for name, value in parse_qsl(query[:QUERY_LIMIT]) if name not in PASSING and value]
    return urlencode(sorted(pairs))


def views_for(user, asked):
    """Return what the strip of views shows: each with its name, address, and whether it is the one shown. One query.

    A person's own views come before those of others, all of them, however many others share.
    """
    now = normalised(asked.urlencode())
    own_first = Case(When(owner=user, then=Value(0)), default=Value(1))
    visible = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")
    views = [{"name": name, "query": query, "is_shown": normalised(query) == now} for name, query in BUILT_IN_VIEWS]
    views += [
        {
            "name": view.name,
            "query": view.query,
            "is_shown": view.query == now,
            "pk": view.pk if may_delete(user, view) else None,
            "owner": name_of(view.owner) if view.owner_id != user.pk else "",
        }
        for view in visible.order_by(own_first, "name", "pk")[: 2 * MOST_VIEWS]
    ]
    can_keep = bool(now) and not any(view["is_shown"] for view in views)
    return {"views": views, "query": now, "list_query": asked.urlencode(), "can_keep": can_keep}


def may_delete(user, view):
    """Whether a user may delete a view: its owner may, and of shared ones who has the permission."""
    return view.owner_id == user.pk or (view.is_shared and user.has_perm(DELETE))


def list_url(query):
    """Return the address of the list of stories with a posted query string; the host and path are always ours."""
    parameters = QueryDict(query, mutable=True)
    parameters.pop("e", None)
    return f"{reverse('admin:articles_article_changelist')}?{parameters.urlencode()}"


class SavedViews:
    """The part of the stories' admin that keeps and drops views."""

    def get_urls(self):
        own = [
            path("views/keep/", self.admin_site.admin_view(require_POST(self.keep_view)), name="story-view-keep"),
            path(
                "views/<int:pk>/drop/", self.admin_site.admin_view(require_POST(self.drop_view)), name="story-view-drop"
            ),
        ]
        return [*own, *super().get_urls()]

    def keep_view(self, request):
        """Keep the list shown under a name; a view of one's own with that name is replaced."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        # PostgreSQL takes no text with this character.
        name = " ".join(request.POST.get("name", "").replace("\x00", " ").split())
        query = normalised(request.POST.get("query", ""))
        if not name or len(name) > NAME_LIMIT:
            text = _("A view needs a name of at most %(limit)d characters.") % {"limit": NAME_LIMIT}
            self.message_user(request, text, messages.ERROR)
        elif SavedView.objects.filter(owner=request.user).exclude(name=name).count() >= MOST_VIEWS:
            self.message_user(
                request, _("You have as many views as there is room for; drop one first."), messages.ERROR
            )
        else:
            kept = {"query": query, "is_shared": "is_shared" in request.POST}
            SavedView.objects.update_or_create(owner=request.user, name=name, defaults=kept)
            self.message_user(request, _("Kept as “%(name)s”.") % {"name": name}, messages.SUCCESS)
        return redirect(list_url(request.POST.get("list_query", query)))

    def drop_view(self, request, pk):
        """Delete a view, and return to the list as it was."""
        view = SavedView.objects.filter(pk=pk).first()
        if view is not None:
            if not may_delete(request.user, view):
                raise PermissionDenied
            view.delete()
        self.message_user(request, _("View deleted. Its stories are unchanged."), messages.SUCCESS)
        return redirect(list_url(request.POST.get("list_query", "")))
