"""Joining two stories that are one: what moves, the confirmation, and dismissing the suggestion."""

from django.contrib.admin.models import DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.editing.joining import gain_of, join_stories, joining_signature
from articles.models import Article, PossibleDuplicate
from articles.permissions import PUBLISH, may_delete, may_edit
from articles.sanitising import plain_text
from articles.story_states import story_state
from desk.admin_rows import page_url
from desk.admin_urls import BOTH, WRITE, view_paths
from desk.confirmation import Preview, is_confirmed, redirect_with_success, run_confirmed, shortened
from desk.stories.desk_actor import desk_actor


def urls(model_admin):
    routes = [
        ("<int:pk>/join/<int:other>/", join_page, BOTH, "story-join"),
        ("<int:pk>/not-the-same/<int:other>/", dismiss, WRITE, "story-not-the-same"),
    ]
    return view_paths(model_admin, routes)


def may_join(actor, stories):
    """Return whether the actor may join stories: edit the one that stays, delete the other, and publish."""
    return actor.may(PUBLISH) and all(may_edit(actor, story) and may_delete(actor, story) for story in stories)


def get_stories(model_admin, request, pk, other):
    """Return the two Articles with these keys; raise Http404 or PermissionDenied."""
    # A key that is too long for the database matches no story.
    rows = Article.objects.select_related("provider").filter(Q(pk=pk) | Q(pk=other))
    stories = {story.pk: story for story in rows}
    if len(stories) < 2:
        raise Http404
    if not may_join(desk_actor(request), stories.values()):
        raise PermissionDenied
    return stories[pk], stories[other]


def join_page(model_admin, request, pk, other):
    """Show what a story gets from another one, and join them."""
    target, joined = get_stories(model_admin, request, pk, other)
    address = page_url(model_admin, target)
    if is_confirmed(request):
        has_run, _result = run_confirmed(model_admin, request, join_stories, target, joined, desk_actor(request))
        if not has_run:
            return redirect(request.get_full_path())
        message = _("Joined with “%(title)s”.") % {"title": plain_text(target.title)}
        LogEntry.objects.log_actions(request.user.pk, [joined], DELETION, change_message=message)
        text = _("The stories are joined. Future imports update this one.")
        return redirect_with_success(model_admin, request, text, address)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Join two stories"),
        "opts": model_admin.opts,
        "lead": _("The story that you keep gets what it lacks from the other one, which is then deleted."),
        "form": None,
        "stories": [
            (label, story, story_state(story)) for label, story in ((_("Keep"), target), (_("Delete"), joined))
        ],
        "preview": preview_of(target, joined),
        "options": None,
        "confirm_label": _("Join"),
        "other_way": reverse("admin:story-join", args=[joined.pk, target.pk]),
        "not_the_same": reverse("admin:story-not-the-same", args=[target.pk, joined.pk]),
        "back": address,
    }
    return TemplateResponse(request, "admin/articles/article/join.html", context)


def preview_of(target, joined):
    """Return the Preview of joining two stories."""
    gain = gain_of(target, joined)
    preview = Preview(joining_signature([target.pk, joined.pk]))
    if gain.topics:
        names = shortened(link.tag.name for link in gain.topics)
        preview.notes.append(_("Topics added: %(names)s.") % {"names": names})
    if gain.images:
        text = ngettext("%(n)d picture is added.", "%(n)d pictures are added.", len(gain.images))
        preview.notes.append(text % {"n": len(gain.images)})
    if gain.related:
        text = ngettext(
            "%(n)d piece of related coverage is added: %(titles)s.",
            "%(n)d pieces of related coverage are added: %(titles)s.",
            len(gain.related),
        )
        titles = shortened(link.title for link in gain.related)
        preview.notes.append(text % {"n": len(gain.related), "titles": titles})
    addresses = {"before": joined.get_absolute_url(), "after": target.get_absolute_url()}
    preview.notes.append(_("%(before)s redirects to %(after)s.") % addresses)
    preview.notes.append(_("Imports with the URL of either story update the one that you keep."))
    preview.notes.append(_("The headline, text and state of the story that you keep do not change."))
    return preview


def dismiss(model_admin, request, pk, other):
    """Record that two stories are not the same, so that they are not suggested again."""
    target, joined = get_stories(model_admin, request, pk, other)
    first, second = sorted((target.pk, joined.pk))
    PossibleDuplicate.objects.update_or_create(
        first_id=first, second_id=second, defaults={"dismissed_at": timezone.now(), "dismissed_by": request.user}
    )
    text = _("These two stories are no longer suggested for joining.")
    return redirect_with_success(model_admin, request, text, page_url(model_admin, target))


def describe_possible_duplicates(model_admin, request, story):
    """Return [(the other story, its StoryState, address of the page that joins them)] of a story; one query.

    The address is empty if the request's user may not join them.
    """
    pairs = PossibleDuplicate.objects.open().of(story.pk).select_related("first", "second").order_by(F("pk"))
    others = [pair.second if pair.first_id == story.pk else pair.first for pair in pairs]
    actor = desk_actor(request)
    return [
        (
            other,
            story_state(other),
            reverse("admin:story-join", args=[story.pk, other.pk]) if may_join(actor, [story, other]) else "",
        )
        for other in others
    ]
