"""The preview beside a story's form: the form is saved, its page and card are rendered, and all is rolled back."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from articles.models import Article
from desk.admin_urls import WRITE, view_paths
from desk.stories.provenance_lines import suggestions_for
from desk.stories.story_edit import story_edit
from reader.cards import cards_of
from reader.story_detail import for_story_page
from reader.views.stories import story_context


def urls(model_admin):
    routes = [
        ("<int:pk>/preview/", preview, WRITE, "story-preview"),
        ("preview/", preview, WRITE, "story-preview-new"),
    ]
    return view_paths(model_admin, routes)


def preview(model_admin, request, pk=None):
    """Return the story as readers would see it if the posted form were saved: page and card as HTML, and topics."""
    story_edit(request).is_preview = True
    with transaction.atomic():
        story = model_admin.get_object(request, str(pk)) if pk else None
        if pk and story is None:
            raise Http404
        if story:
            is_allowed = model_admin.has_change_permission(request, story)
        else:
            is_allowed = model_admin.has_add_permission(request)
        if not is_allowed:
            raise PermissionDenied
        content = render_unsaved(model_admin, request, story)
        transaction.set_rollback(True)
    return JsonResponse(content)


def render_unsaved(model_admin, request, story):
    """Save the posted form and render the story; return the content of the answer, or its errors."""
    is_change = story is not None
    form_class = model_admin.get_form(request, story, change=is_change, fields=None)
    form = form_class(request.POST, request.FILES, instance=story)
    is_valid = form.is_valid()
    unsaved = model_admin.save_form(request, form, change=is_change) if is_valid else form.instance
    formsets = bound_formsets(model_admin, request, unsaved, is_change=is_change)
    if not (is_valid and all(formset.is_valid() for formset in formsets)):
        return {"errors": _("Preview paused: fix the errors in the form.")}
    model_admin.save_model(request, unsaved, form, change=is_change)
    model_admin.save_related(request, form, formsets, change=is_change)
    saved = Article.objects.filter(pk=unsaved.pk)
    story = for_story_page(saved).get()
    context = story_context(story, request)
    (card,) = cards_of(saved)
    return {
        "page": render_to_string("story.html", context | {"is_preview": True}, request),
        "card": render_to_string("card_preview.html", {"story": card}, request),
        "suggestions": suggestions_for(story, [link.tag_id for link in story.topic_links.all()]),
    }


def bound_formsets(model_admin, request, story, *, is_change):
    """Return the formsets of the rows that the user may change; rows that are only shown are not posted."""
    formsets = []
    for formset_class, inline in model_admin.get_formsets_with_inlines(request, story if is_change else None):
        if inline.has_change_permission(request, story if is_change else None):
            prefix = formset_class.get_default_prefix()
            formsets.append(formset_class(**model_admin.get_formset_kwargs(request, story, inline, prefix)))
    return formsets
