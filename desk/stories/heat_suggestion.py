"""The suggested heat: below the field, after saving, and its acceptance by one click."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from articles.editing.fields import edit
from articles.editing.suggested_heat import suggest_heat
from articles.models import Article
from articles.ranking import NOT_SCORED
from articles.sanitising import plain_text
from desk.admin_urls import WRITE, view_paths
from desk.site import row_key
from desk.stories.desk_actor import desk_actor


def urls(model_admin):
    return view_paths(model_admin, [("<int:pk>/suggested-heat/", accept_heat, WRITE, "story-suggested-heat")])


def suggestion_line(story):
    """Return the suggested heat with the button that fills it in, as HTML, or "" if there is none."""
    suggestion = suggest_heat(story)
    if suggestion is None:
        return ""
    return format_html(
        '<span class="desk-provenance">{}: {} '
        '<button type="button" class="desk-fill" data-fill="{}">{}</button></span>',
        _("Suggested heat"),
        str(suggestion),
        f'{{"heat": "{suggestion.heat}"}}',
        _("Use suggested heat"),
    )


def offer_heat(model_admin, request, story, *, has_new_coverage):
    """Offer the suggested heat after coverage changed, or an unscored story was published."""
    is_unscored = story.published and story.heat == NOT_SCORED
    suggestion = suggest_heat(story, always=True) if has_new_coverage or is_unscored else None
    if suggestion is None:
        return
    button = format_html(
        '<form method="post" action="{}" class="desk-offer">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="heat" value="{}"><button class="desk-fill">{}</button></form>',
        reverse("admin:story-suggested-heat", args=[story.pk]),
        get_token(request),
        suggestion.heat,
        _("Use suggested heat"),
    )
    text = _("Suggested heat for “%(story)s”: %(heat)s.")
    line = text % {"story": plain_text(story.title), "heat": suggestion}
    model_admin.message_user(request, format_html("{} {}", line, button), messages.INFO)


def accept_heat(model_admin, request, pk):
    """Set a story's heat to the one that was offered."""
    story = Article.objects.filter(pk=pk).first()
    if story is None:
        raise Http404
    if not model_admin.has_change_permission(request, story):
        raise PermissionDenied
    suggestion = suggest_heat(story, always=True)
    if suggestion is None or suggestion.heat != row_key(request.POST.get("heat", "")):
        text = _("The suggested heat has changed in the meantime. The story keeps its heat.")
        model_admin.message_user(request, text, messages.WARNING)
    else:
        edit(story, {"heat": suggestion.heat}, desk_actor(request))
        text = _("Heat set to %(heat)d: %(story)s") % {"heat": suggestion.heat, "story": plain_text(story.title)}
        model_admin.message_user(request, text, messages.SUCCESS)
    return redirect("admin:articles_article_change", pk)
