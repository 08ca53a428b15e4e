"""Who has a story open: reported by the page while it is open, and shown to the others."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article, OpenStory, Revision
from desk.admin_urls import WRITE, view_paths
from desk.edit_conflicts import author_name
from desk.site import row_key
from newsroom.accounts import name_of


def urls(model_admin):
    return view_paths(model_admin, [("<int:pk>/open/", report_open, WRITE, "story-open")])


def report_open(model_admin, request, pk):
    """Record that the user has a story open, or has closed it; return who else has, and whether it changed."""
    story = Article.objects.only("pk", "state").filter(pk=pk).first()
    if story is None:
        raise Http404
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if "closed" in request.POST:
        OpenStory.objects.filter(article=story, user=request.user).delete()
        return JsonResponse({})
    now = timezone.now()
    OpenStory.objects.update_or_create(
        article=story,
        user=request.user,
        defaults={"seen_at": now},
        create_defaults={"seen_at": now, "since": now},
    )
    newer = Revision.objects.filter(article=story, pk__gt=row_key(request.POST.get("seen", "")))
    latest = newer.select_related("actor").defer("changes").first()
    changed = ""
    if latest is not None:
        text = _("%(who)s has just changed this story. Your changes are merged when you save.")
        changed = text % {"who": author_name(latest)}
    return JsonResponse({"open": describe_others(story, request.user), "changed": changed})


def describe_others(story, user):
    """Return the sentence on who else has a story open, or "" for nobody. One query."""
    others = OpenStory.objects.current().filter(article=story).exclude(user=user).select_related("user")
    names = [name_of(open_story.user) for open_story in others]
    if not names:
        return ""
    text = ngettext("%(names)s is also editing this story.", "%(names)s are also editing this story.", len(names))
    return text % {"names": ", ".join(names)}
