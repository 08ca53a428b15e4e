"""The suggested heat of the unscored stories that a bulk change published, and accepting it for all of them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import ngettext

from articles.choices import BulkAction, RowResult
from articles.editing.fields import EditConflict, edit
from articles.editing.suggested_heat import suggest_heats
from articles.models import Article, BulkChangeRow
from articles.permissions import EDIT, PUBLISH
from articles.ranking import NOT_SCORED
from desk.stories.desk_actor import desk_actor
from newsroom.numbers import format_number

PUBLISHING = (BulkAction.PUBLISH, BulkAction.SCHEDULE)
# The stories that are shown and scored at once; the page shows the next ones afterwards.
OFFERED_AT_ONCE = 200


def may_accept(user):
    """Return whether a user may score published stories."""
    return user.has_perm(EDIT) and user.has_perm(PUBLISH)


def suggestions_of(change, keys=None):
    """Return [(story, its SuggestedHeat)] of the unscored stories that a bulk change published, 200 at most.

    With `keys`, only of stories with these keys. One query, none for other bulk changes.
    """
    if change.action not in PUBLISHING or not change.is_over:
        return []
    rows = BulkChangeRow.objects.filter(change=change, result=RowResult.DONE)
    if keys is not None:
        rows = rows.filter(article__in=keys)
    stories = Article.objects.filter(pk__in=rows.values("article"), published=True)
    return suggest_heats(stories, OFFERED_AT_ONCE)


def accept_suggestions(model_admin, request, change):
    """Set the heat of the posted stories, "key:heat", to the one that was offered, and report the numbers."""
    if not may_accept(request.user):
        raise PermissionDenied
    offered = {}
    for text in request.POST.getlist("suggestion")[:OFFERED_AT_ONCE]:
        key, _colon, heat = text.partition(":")
        if key.isdecimal() and len(key) < 19:
            offered[int(key)] = heat
    actor, number = desk_actor(request), 0
    for story, suggestion in suggestions_of(change, offered):
        if offered[story.pk] != str(suggestion.heat):
            continue
        try:
            number += edit(story, {"heat": suggestion.heat}, actor, expected={"heat": NOT_SCORED})
        except (EditConflict, PermissionDenied, Article.DoesNotExist):
            # Scored, withdrawn or deleted since the page was loaded; counted below.
            continue
    report(model_admin, request, number, len(offered) - number)


def report(model_admin, request, number, refused_number):
    """Show how many stories got a heat, and how many did not because they changed."""
    if number:
        text = ngettext("Heat set for %(n)s story.", "Heat set for %(n)s stories.", number)
        model_admin.message_user(request, text % {"n": format_number(number)}, messages.SUCCESS)
    if refused_number:
        text = ngettext(
            "%(n)s story has changed and keeps its heat.",
            "%(n)s stories have changed and keep their heat.",
            refused_number,
        )
        model_admin.message_user(request, text % {"n": format_number(refused_number)}, messages.WARNING)
