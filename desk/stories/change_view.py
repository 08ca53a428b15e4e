"""A request for a story's page: merged with what others changed, in one transaction, and what is around the form."""

from contextlib import nullcontext
from copy import deepcopy
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from articles.canonical_urls import identity_of, is_web_url, linkable_url
from articles.editing.fields import PUBLISHER_FIELDS
from articles.history.provenance import provenance_of
from articles.history.states import state_of
from articles.models import Article, Tombstone
from articles.permissions import PUBLISH, may_edit
from articles.story_states import story_state
from desk.edit_conflicts import latest_revision, merge_posted_form, merge_publication_time
from desk.stories import picture_uploads
from desk.stories.conflict_choices import describe_conflicts
from desk.stories.desk_actor import desk_actor
from desk.stories.heat_suggestion import suggestion_line
from desk.stories.history_texts import describe_version
from desk.stories.joining_page import describe_possible_duplicates
from desk.stories.presence import describe_others
from desk.stories.provenance_lines import add_provenance, suggestions_for
from desk.stories.story_edit import story_edit
from desk.stories.story_form import StoryForm
from desk.stories.workflow_buttons import buttons_for, refuse_forbidden_button
from newsroom.dates import format_time


def change_view(model_admin, request, object_id, context, stock_view):
    """Answer for the page of a story, or of a new one (`object_id` None).

    `stock_view(context)` is the admin's own view, which saves the form by the hooks of `model_admin`.
    """
    is_post = request.method == "POST"
    if is_post:
        refuse_forbidden_button(request, unquote(object_id or ""))
        story_edit(request).refused_files = picture_uploads.take_files(model_admin, request)
    story_edit(request).locks_story = True
    # Only a POST writes: on SQLite a transaction takes the one write lock, and a page would wait for it.
    with transaction.atomic() if is_post else nullcontext():
        story = model_admin.get_object(request, object_id) if object_id else None
        if story is None and object_id and is_post:
            return deleted_page(model_admin, request)
        if story is not None and is_post:
            merge_changes_of_others(model_admin, request, story)
        if story is not None:
            context = context | page_context(model_admin, request, story)
        elif not object_id:
            context = context | {"buttons": buttons_for(model_admin, request, Article())}
        response = stock_view(context)
    if is_post and response.status_code == 302:
        # Lets story.js delete the draft that the browser stored.
        key = quote(f"{request.user.pk}:{object_id or 'new'}", safe="")
        response.set_cookie("desk_saved", key, max_age=60, path=reverse("admin:index"), samesite="Lax")
    return response


def lock_story(object_id):
    """Lock the row of a story until the end of the transaction; return whether its key is possible at all."""
    try:
        list(Article.objects.select_for_update().filter(pk=unquote(object_id)).values_list("pk"))
    except (ValueError, OverflowError):
        return False
    return True


def deleted_page(model_admin, request):
    """Answer a POST for a story that was deleted: give the typed text back, to be copied."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    fields = StoryForm.base_fields.items()
    texts = ((field.label, request.POST.get(name)) for name, field in fields if isinstance(field, forms.CharField))
    links = [request.POST.get(name, "") for name in ("web_url", "original_url")]
    identity = next((identity_of(link) for link in links if is_web_url(link)), "")
    tombstones = Tombstone.objects.select_related("deleted_by").filter(
        Q(identity=identity) | Q(former_identities=identity)
    )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Story"),
        "opts": model_admin.opts,
        "tombstone": tombstones.first(),
        "typed_texts": [(label, text) for label, text in texts if label and text],
    }
    return TemplateResponse(request, "admin/articles/article/gone.html", context, status=410)


def merge_changes_of_others(model_admin, request, story):
    """Merge the posted form with what others changed since the page was loaded, and report what was merged."""
    if not model_admin.has_change_permission(request, story):
        return
    data = request.POST.copy()
    form = model_admin.get_form(request, story, change=True)(instance=story)
    row_forms = {}
    for inline in model_admin.get_inline_instances(request, story):
        formset = inline.get_formset(request, story)
        row_forms[formset.get_default_prefix()] = formset.form()
    merge = merge_posted_form(story, form, row_forms, data)
    merge_publication_time(story, form, merge)
    story_edit(request).merge = merge
    request.POST = data
    if merge.merged_fields:
        text = _("Others changed this story while you had it open, and their changes are kept: %(fields)s.")
        text %= {"fields": ", ".join(merge.merged_fields)}
        model_admin.message_user(request, text, messages.INFO)
    for message in merge.lost_rows:
        model_admin.message_user(request, message, messages.WARNING)


def prepare_form(request, story, form_class):
    """Configure the form class for one request; `story` is None for a new one."""
    edit = story_edit(request)
    # Declared fields are shared by all requests; the following changes are for this one.
    form_class.base_fields = deepcopy(form_class.base_fields)
    form_class.clashes = edit.merge.clashes if edit.merge else {}
    form_class.unread_versions = list(map(describe_version, edit.merge.unseen_revisions)) if edit.merge else []
    form_class.asks_questions = not edit.is_preview
    form_class.latest_revision = latest_revision(story) if story else 0
    if not request.user.has_perm(PUBLISH):
        for name in PUBLISHER_FIELDS & form_class.base_fields.keys():
            form_class.base_fields[name].disabled = True
    if story is not None and request.method == "GET":
        add_provenance(form_class, load_provenance(request, story), {"heat": suggestion_line(story)})
    return form_class


def load_provenance(request, story):
    """Return {field: Provenance} of a story, looked up once a request."""
    loaded = story_edit(request).provenance
    if story.pk not in loaded:
        loaded[story.pk] = provenance_of(story, getattr(story, "upstream", None), state_of(story.pk))
    return loaded[story.pk]


def page_context(model_admin, request, story):
    """Return what the page shows around the form: who else has it open, conflicts, its state and the buttons."""
    return {
        "open_by": describe_others(story, request.user),
        "conflicts": describe_conflicts(story, request.POST),
        "may_edit": may_edit(desk_actor(request), story),
        "state": story_state(story),
        "visible_from": story.visible_from and format_time(story.visible_from),
        "proposed": story.proposed_publish_at and format_time(story.proposed_publish_at),
        "original_link": linkable_url(story.link),
        "possible_duplicates": describe_possible_duplicates(model_admin, request, story),
        "suggestions": suggestions_for(story, [link.tag_id for link in story.topic_links.all()]),
        "title": _("Story"),
        "most_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "buttons": buttons_for(model_admin, request, story),
    }
