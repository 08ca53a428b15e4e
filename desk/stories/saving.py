"""Saving a story's page: its columns, rows and history, then conflicts, front-page slot and state."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from articles.choices import Origin, Owner
from articles.editing.pins import vacate_slot
from articles.history.notes import NoteKind, make_note
from articles.history.recording import capture_state, record_change
from articles.models import Article, Image, RelatedLink, Revision
from articles.models.image import COPY_COLUMNS
from articles.sanitising import plain_text
from desk.stories.button_plan import TIME_SETTING_ACTIONS
from desk.stories.conflict_choices import settle_chosen_conflicts
from desk.stories.coverage_rows import derive_from_urls
from desk.stories.desk_actor import desk_actor
from desk.stories.heat_suggestion import offer_heat
from desk.stories.lead_picture import AUTOMATIC, choose_lead, clear_lead, lead_choice
from desk.stories.picture_form import COPY_FIELDS
from desk.stories.row_formset import save_rows
from desk.stories.story_edit import story_edit
from desk.stories.workflow_buttons import carry_out_plan
from pictures.linking import link_sources


def save_story(model_admin, request, story, form, *, is_new):
    """Save the columns of a valid form; the state is left to the workflow."""
    edit = story_edit(request)
    edit.content_before = None if is_new else capture_state(story)
    edit.lead_before = AUTOMATIC if is_new else lead_choice(story)
    if form.plan.proposes:
        story.proposed_publish_at = form.plan.visible_from
    if is_new:
        story.state_owner = Owner.DESK
        story.save()
        return
    # Checked on the stored row: the form has already changed the story in hand.
    if not model_admin.has_change_permission(request, Article.objects.get(pk=story.pk)):
        raise PermissionDenied
    columns = {field.name for field in Article._meta.concrete_fields}
    changed = columns.intersection(form.changed_data)
    if form.plan.action in TIME_SETTING_ACTIONS:
        # Saved by the workflow together with the beginning: alone it could violate a constraint.
        changed.discard("visible_until")
    if form.plan.proposes:
        changed.add("proposed_publish_at")
    story.save(update_fields=changed)


def save_formset(formset):
    if formset.model is RelatedLink:
        save_rows(formset, derive_from_urls)
    elif formset.model is Image:
        # A download may have written them since the form was loaded.
        save_rows(formset, unchanged_columns=COPY_COLUMNS)
        changed = [image for image, names in formset.changed_objects if COPY_FIELDS.intersection(names)]
        Image.objects.bulk_update(changed, COPY_COLUMNS)
        link_sources(formset.instance.images.all())
    else:
        save_rows(formset)


def finish_saving(model_admin, request, form):
    """Write the history once columns and rows are saved, then carry out what else the form requests.

    The preview, which is rolled back, needs only the text.
    """
    story, edit = form.instance, story_edit(request)
    choose_posted_lead(model_admin, request, story)
    revision, heat_before = None, (edit.content_before or {}).get("heat", story.heat)
    if edit.content_before is None:
        note = make_note(NoteKind.WRITTEN)
        Revision.objects.create(article=story, actor=request.user, origin=Origin.ADMIN, note=note)
    elif revision := record_change(story, desk_actor(request), edit.content_before):
        # Rows may have changed without any column of the story.
        story.save(update_fields=["updated_at"])
    if not edit.is_preview:
        settle_chosen_conflicts(model_admin, request, story)
        move_slot_holder(model_admin, request, form.slot_move)
        carry_out_plan(model_admin, request, story, form)
        # A heat that was typed with the change is the answer.
        is_answered = story.heat != heat_before
        has_new_coverage = revision is not None and "related" in revision.fields and not is_answered
        is_published = form.plan.action in TIME_SETTING_ACTIONS and story.published
        if has_new_coverage or is_published:
            offer_heat(model_admin, request, story, has_new_coverage=has_new_coverage)


def choose_posted_lead(model_admin, request, story):
    """Make the chosen picture the lead, unless another person chose one in the meantime."""
    choice, initial = (request.POST.get(name, "") for name in ("lead", "lead_seen"))
    if not choice or choice == initial:
        return
    if not desk_actor(request).may("articles.change_image"):
        raise PermissionDenied
    if not initial or story_edit(request).lead_before in (initial, choice):
        if choice == AUTOMATIC:
            clear_lead(story)
        else:
            choose_lead(story, choice)
    else:
        text = _("Someone else chose a different lead picture while you had the story open. Check it and choose again.")
        model_admin.message_user(request, text, messages.WARNING)


def move_slot_holder(model_admin, request, move):
    """Move another story out of the slot that this one gets, as the user chose; `move` is a SlotMove or None."""
    if move is None:
        return
    slot = vacate_slot(move.holder, move.choice, move.former_slot, desk_actor(request))
    text = _("“%(story)s” moved to slot %(slot)d.") if slot else _("“%(story)s” is no longer pinned.")
    model_admin.message_user(request, text % {"story": plain_text(move.holder.title), "slot": slot}, messages.INFO)
