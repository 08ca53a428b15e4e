"""The history of a story: every version and change of state, and restoring a version."""

from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import Origin, State
from articles.editing.restoring import NewerRevisions, changes_of_restoring, restore
from articles.models import Article, Revision, Transition
from articles.permissions import may_edit
from desk.admin_urls import WRITE, view_paths
from desk.edit_conflicts import latest_revision
from desk.site import row_key
from desk.stories.desk_actor import desk_actor
from desk.stories.history_texts import describe_changes, describe_states, describe_version, field_label
from newsroom.dates import format_time

PAGE_SIZE = 30


def urls(model_admin):
    routes = [("<int:pk>/restore/<int:number>/", restore_version, WRITE, "story-restore-version")]
    return view_paths(model_admin, routes)


# The page -------------------------------------------------------------------------------------------


def history_page(model_admin, request, object_id):
    story = model_admin.get_object(request, object_id)
    if story is None:
        raise Http404
    if not model_admin.has_view_permission(request, story):
        raise PermissionDenied
    people_only = request.GET.get("by") == "people"
    page = Paginator(list_entries(story, people_only), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("History"),
        "subtitle": None,
        "opts": model_admin.opts,
        "story": story,
        "original": story,
        "page": page,
        "entries": describe_entries(page.object_list),
        "people_only": people_only,
        "may_restore": model_admin.has_change_permission(request, story),
        "latest_revision": latest_revision(story),
    }
    return TemplateResponse(request, "admin/articles/article/history.html", context)


def list_entries(story, people_only):
    """Return [(kind, keys)] of a story's Revisions and Transitions, newest first. Two queries.

    Successive Revisions by upstream are one entry of the kind "upstream".
    """
    revisions = Revision.objects.filter(article=story).values_list("created_at", "pk", "origin")
    transitions = Transition.objects.filter(article=story).values_list("created_at", "pk", "origin", "actor")
    events = [(when, "revision", pk, origin != Origin.IMPORT) for when, pk, origin in revisions]
    events += [
        (when, "transition", pk, origin != Origin.IMPORT or actor is not None)
        for when, pk, origin, actor in transitions
    ]
    events.sort(key=lambda event: (event[0], event[1] == "transition", event[2]), reverse=True)
    if people_only:
        return [(kind, [pk]) for _when, kind, pk, is_human in events if is_human]
    entries: list[tuple[str, list[int]]] = []
    for _when, kind, pk, is_human in events:
        is_upstream = kind == "revision" and not is_human
        if is_upstream and entries and entries[-1][0] == "upstream":
            entries[-1][1].append(pk)
        else:
            entries.append(("upstream" if is_upstream else kind, [pk]))
    return entries


def describe_entries(entries):
    """Return what the page shows of each of `entries`, (kind, keys). Two queries."""
    keys_of: dict[str, set[int]] = {"transition": set(), "revision": set()}
    for kind, keys in entries:
        keys_of["transition" if kind == "transition" else "revision"].update(keys)
    revisions = Revision.objects.select_related("actor", "batch").in_bulk(keys_of["revision"])
    transitions = Transition.objects.select_related("actor").in_bulk(keys_of["transition"])
    descriptions = []
    for kind, keys in entries:
        if kind == "transition":
            transition = transitions[keys[0]]
            descriptions.append({"kind": kind, "transition": transition, "states": describe_states(transition)})
        else:
            versions = [describe_version(revisions[key]) for key in keys]
            text = ngettext("%(n)d change by upstream", "%(n)d changes by upstream", len(keys)) % {"n": len(keys)}
            descriptions.append({"kind": kind, "versions": versions, "text": text})
    return descriptions


# Restoring ------------------------------------------------------------------------------------------


def restore_version(model_admin, request, pk, number):
    """Give a story the content it had right after a version; 0 is the story as it came in."""
    story = Article.objects.filter(pk=pk).first()
    if story is None:
        raise Http404
    actor = desk_actor(request)
    if not may_edit(actor, story):
        raise PermissionDenied
    if story.state == State.PUBLISHED and "confirmed" not in request.POST:
        return confirm_restoring(model_admin, request, story, number)
    try:
        missing = restore(story, number, actor, row_key(request.POST.get("seen", "")))
    except Revision.DoesNotExist:
        raise Http404 from None
    except NewerRevisions as error:
        return confirm_restoring(model_admin, request, story, number, error.revisions)
    text = _("Version restored. What it replaced is in the history.")
    model_admin.message_user(request, text, messages.SUCCESS)
    if missing:
        names = ", ".join(str(field_label(name)) for name in missing)
        text = _("Not restored: %(fields)s.") % {"fields": names}
        model_admin.message_user(request, text, messages.WARNING)
    context = {"preserved_filters": model_admin.get_preserved_filters(request), "opts": model_admin.opts}
    return redirect(add_preserved_filters(context, reverse("admin:articles_article_change", args=[pk])))


def confirm_restoring(model_admin, request, story, number, newer=()):
    """Ask before a version replaces the published text, or changes made after the history was opened.

    `newer` are the Revisions that the history did not show.
    """
    version = Revision.objects.filter(article=story, pk=number).first() if number else None
    if number and version is None:
        raise Http404
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Restore this version?"),
        "opts": model_admin.opts,
        "story": story,
        "original": story,
        "when": format_time(version.created_at if version else story.created_at),
        "is_scheduled": story.is_scheduled,
        "changes": describe_changes(changes_of_restoring(story, number)),
        "newer": [describe_version(revision) for revision in newer],
        "latest_revision": latest_revision(story),
    }
    return TemplateResponse(request, "admin/articles/article/restore.html", context)
