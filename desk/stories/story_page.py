"""The page of a story: the form with who said what, the preview, and saving without undoing anybody's work."""

from contextlib import nullcontext
from copy import deepcopy
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from articles import workflow
from articles.canonical_urls import identity_of, is_web_url, linkable
from articles.choices import Origin, Owner
from articles.editing.fields import PUBLISHER_FIELDS
from articles.editing.pins import vacate_slot
from articles.history.notes import NoteKind, make_note
from articles.history.provenance import provenance_of
from articles.history.recording import capture_state, record_change
from articles.history.states import state_of
from articles.importing.conflicts import CannotTake, settle
from articles.models import Article, Conflict, OpenStory, RelatedLink, Revision, Tombstone
from articles.permissions import may_edit
from articles.sanitising import plain_text
from desk.edit_conflicts import bring_up_to_date, latest_revision, merge_publication_time, who_made
from desk.imports.import_results import shown as shown_beside
from desk.stories.button_plan import SET_THE_TIME
from desk.stories.coverage_rows import complete
from desk.stories.picture_rows import choose_lead, lead_of
from desk.stories.provenance_lines import beside_fields, suggestions_for
from desk.stories.row_formset import save_rows
from desk.stories.story_form import StoryForm
from desk.stories.story_history import label_of_key, version_in_words
from desk.stories.story_rows import STATE_LABELS
from newsroom.accounts import name_of
from newsroom.dates import exact_time
from reader.cards import cards_of
from reader.story_detail import for_story_page
from reader.views.stories import story_context

Settlement = Conflict.Settlement
# In the order in which they are offered; what was learnt once need not be asked again, so that stands last.
OFFERED = {
    Settlement.THEIRS: gettext_lazy("Use upstream version"),
    Settlement.OURS: gettext_lazy("Keep our version"),
    Settlement.ALWAYS_OURS: gettext_lazy("Always keep our version"),
}


def others_in_words(names):
    """Return the sentence on who else has a story open, or "" for nobody."""
    if not names:
        return ""
    text = ngettext("%(names)s is also editing this story.", "%(names)s are also editing this story.", len(names))
    return text % {"names": ", ".join(names)}


class StoryPage:
    """The part of the stories' admin that is the page of one story."""

    change_form_template = "admin/articles/article/change_form.html"
    warn_unsaved_form = True

    def get_urls(self):
        own = [
            ("<int:pk>/open/", self.say_open, "story-open"),
            ("<int:pk>/preview/", self.preview, "story-preview"),
            ("preview/", self.preview, "story-preview-new"),
        ]
        urls = [path(route, self.admin_site.admin_view(require_POST(view)), name=name) for route, view, name in own]
        return [*urls, *super().get_urls()]

    @staticmethod
    def actor(request):
        return workflow.Actor(Origin.ADMIN, request.user)

    # The form -----------------------------------------------------------------------------------

    def get_object(self, request, object_id, from_field=None):
        """Return the story; locked where it is about to be written."""
        if request.method == "POST" and getattr(request, "locks_story", False):
            try:
                list(Article.objects.select_for_update().filter(pk=unquote(object_id)).values_list("pk"))
            except (ValueError, OverflowError):
                return None
        return super().get_object(request, object_id, from_field)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST":
            self.refuse_forged(request, unquote(object_id or ""))
        request.locks_story = True
        context = dict(extra_context or {})
        # Only a POST writes: on SQLite a transaction takes the one write lock, and a page would wait for it.
        with transaction.atomic() if request.method == "POST" else nullcontext():
            story = self.get_object(request, object_id) if object_id else None
            if story is not None and request.method == "POST":
                self.merge_what_came_in(request, story)
            if story is not None:
                context |= self.beside_the_form(request, story)
            elif not object_id:
                context["buttons"] = self.buttons(request, Article())
            response = super().changeform_view(request, object_id, form_url, context)
        if request.method == "POST" and response.status_code == 302:
            # The draft that the browser kept of it (story.js) has done its work.
            path_of_desk, saved = reverse("admin:index"), quote(f"{request.user.pk}:{object_id or 'new'}", safe="")
            response.set_cookie("desk_saved", saved, max_age=60, path=path_of_desk, samesite="Lax")
        return response

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Answer who asks for a story that is not there; who has typed into it gets all of that back."""
        if request.method != "POST":
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        fields = StoryForm.base_fields.items()
        texts = ((one.label, request.POST.get(name)) for name, one in fields if isinstance(one, forms.CharField))
        links = [request.POST.get(name, "") for name in ("web_url", "original_url")]
        identity = next((identity_of(link) for link in links if is_web_url(link)), None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Story"),
            "opts": self.opts,
            "stone": Tombstone.objects.select_related("deleted_by").filter(identity=identity).first(),
            "typed": [(label, text) for label, text in texts if label and text],
        }
        return TemplateResponse(request, "admin/articles/article/gone.html", context, status=410)

    def merge_what_came_in(self, request, story):
        """Bring what is posted up to date with what others changed since the page was drawn."""
        if not self.has_change_permission(request, story):
            return
        data = request.POST.copy()
        form = self.get_form(request, story, change=True)(instance=story)
        inlines = {}
        for inline in self.get_inline_instances(request, story):
            formset = inline.get_formset(request, story)
            inlines[formset.get_default_prefix()] = formset.form()
        request.meanwhile = bring_up_to_date(story, form, inlines, data)
        merge_publication_time(story, form, request.meanwhile)
        request.POST = data
        if request.meanwhile.merged:
            names = ", ".join(request.meanwhile.merged)
            text = _("Others changed this story while you had it open, and their changes are kept: %(fields)s.")
            self.message_user(request, text % {"fields": names}, messages.INFO)
        for words in request.meanwhile.lost_rows:
            self.message_user(request, words, messages.WARNING)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        # Those that StoryForm declares are one for all requests, and what follows is of this one.
        form.base_fields = deepcopy(form.base_fields)
        meanwhile = getattr(request, "meanwhile", None)
        form.clashes = meanwhile.clashes if meanwhile else {}
        form.unread = [version_in_words(revision) for revision in meanwhile.since] if meanwhile else []
        form.asks = not getattr(request, "is_preview", False)
        form.latest = latest_revision(obj) if obj else 0
        form.is_new = obj is None
        if not request.user.has_perm(workflow.PUBLISH):
            for name in PUBLISHER_FIELDS & form.base_fields.keys():
                form.base_fields[name].disabled = True
        if obj is not None and request.method == "GET":
            beside_fields(form, self.provenance(request, obj))
        return form

    def get_formset_kwargs(self, request, obj, inline, prefix):
        given = super().get_formset_kwargs(request, obj, inline, prefix)
        clashes = getattr(getattr(request, "meanwhile", None), "row_clashes", {})
        given["form_kwargs"] = {**given.get("form_kwargs", {}), "clashes": clashes}
        return given

    def provenance(self, request, story):
        """Return who said each field of a story, looked up once a request."""
        known = request.__dict__.setdefault("provenance", {})
        if story.pk not in known:
            known[story.pk] = provenance_of(story, getattr(story, "upstream", None), state_of(story.pk))
        return known[story.pk]

    def beside_the_form(self, request, story):
        """Return what the page shows around the form: who else has it open, conflicts, what may be done."""
        others = OpenStory.objects.current().filter(article=story).exclude(user=request.user).select_related("user")
        conflicts = Conflict.objects.filter(article=story, settlement="").order_by("pk")
        return {
            "open_by": others_in_words([name_of(each.user) for each in others]),
            "conflicts": [
                {
                    "name": f"settle-{conflict.pk}",
                    "field": label_of_key(conflict.field),
                    "ours": shown_beside(conflict.ours, conflict.theirs),
                    "theirs": shown_beside(conflict.theirs, conflict.ours),
                    "since": conflict.created_at,
                    "chosen": request.POST.get(f"settle-{conflict.pk}", ""),
                }
                for conflict in conflicts
            ],
            "settlements": [(str(one), label) for one, label in OFFERED.items()],
            "may_edit": may_edit(self.actor(request), story),
            "state": (STATE_LABELS[story.state], workflow.describe_state(story)),
            "visible_from": story.visible_from and exact_time(story.visible_from),
            "proposed": story.proposed_publish_at and exact_time(story.proposed_publish_at),
            "original_link": linkable(story.link),
            "suggestions": suggestions_for(story, [link.tag_id for link in story.topic_links.all()]),
            "title": _("Story"),
            "most_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "buttons": self.buttons(request, story),
        }

    # Saving -------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        if request.resolver_match.url_name.endswith("_changelist"):
            self.save_judgement(request, obj, form)
            return
        request.before = capture_state(obj) if change else None
        leads = lead_of(obj) if change else None
        request.first_picture = str(leads.pk) if leads else ""
        if form.plan.proposes:
            obj.proposed_publish_at = form.plan.visible_from
        if not change:
            obj.state_owner = Owner.DESK
            obj.save()
            return
        # What it was is asked of the row: the form has already changed what is in hand.
        if not self.has_change_permission(request, Article.objects.get(pk=obj.pk)):
            raise PermissionDenied
        columns = {field.name for field in Article._meta.concrete_fields}
        changed = columns.intersection(form.changed_data)
        if form.plan.action in SET_THE_TIME:
            # The end goes with the beginning: of the one alone the database may say that it cannot be.
            changed.discard("visible_until")
        if form.plan.proposes:
            changed.add("proposed_publish_at")
        obj.save(update_fields=changed)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if request.resolver_match.url_name.endswith("_changelist"):
            return
        story, actor = form.instance, self.actor(request)
        self.lead_with(request, story)
        if request.before is None:
            note = make_note(NoteKind.WRITTEN)
            Revision.objects.create(article=story, actor=request.user, origin=Origin.ADMIN, note=note)
        elif record_change(story, actor, request.before):
            # Rows beside the story may have changed without a column of it; it says so too.
            story.save(update_fields=["updated_at"])
        if not getattr(request, "is_preview", False):
            self.settle_conflicts(request, story, actor)
            self.make_room(request, form)
            self.carry_out(request, story, form)

    def save_formset(self, request, form, formset, change):
        save_rows(formset, complete if formset.model is RelatedLink else None)

    def lead_with(self, request, story):
        """Let the picture that was chosen lead, unless another person chose one meanwhile."""
        chosen, seen = (request.POST.get(name, "") for name in ("lead", "lead_seen"))
        if chosen == seen or not chosen.isdecimal() or len(chosen) > 18:
            return
        if not self.actor(request).may("articles.change_image"):
            raise PermissionDenied
        # Asked of what was before this form, whose positions have their say, too.
        before = request.first_picture
        if before in (seen, chosen) or not seen:
            choose_lead(story, int(chosen))
        else:
            text = _("Somebody else chose another lead picture while you had the story open. Look, and choose again.")
            self.message_user(request, text, messages.WARNING)

    def make_room(self, request, form):
        """Move the story away that held the slot which this one takes, as the person chose."""
        if form.room is None:
            return
        holder, way, former = form.room
        slot = vacate_slot(holder, way, former, self.actor(request))
        text = _("“%(story)s” moved to slot %(slot)d.") if slot else _("“%(story)s” is no longer pinned.")
        self.message_user(request, text % {"story": plain_text(holder.title), "slot": slot}, messages.INFO)

    def settle_conflicts(self, request, story, actor):
        """Settle the conflicts for which something was chosen, after what was typed is saved."""
        for conflict in Conflict.objects.filter(article=story, settlement=""):
            chosen = request.POST.get(f"settle-{conflict.pk}", "")
            if chosen not in OFFERED:
                continue
            try:
                settle(conflict, Settlement(chosen), actor)
            except PermissionDenied:
                text = _("You may not settle the conflict about: %(field)s.")
                self.message_user(request, text % {"field": label_of_key(conflict.field)}, messages.ERROR)
            except (workflow.WorkflowError, CannotTake) as error:
                self.message_user(request, str(error), messages.ERROR)

    # Who has it open ----------------------------------------------------------------------------

    def say_open(self, request, pk):
        """Take note that somebody has a story open, or has closed it; return who else has, and whether it changed."""
        story = Article.objects.only("pk", "state").filter(pk=pk).first()
        if story is None:
            raise Http404
        if not self.has_view_permission(request):
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
        others = OpenStory.objects.current().filter(article=story).exclude(user=request.user).select_related("user")
        text = others_in_words([name_of(each.user) for each in others])
        seen = request.POST.get("seen", "")
        newer = Revision.objects.filter(article=story, pk__gt=int(seen) if seen.isdecimal() and len(seen) < 19 else 0)
        last = newer.select_related("actor").defer("changes").first()
        changed = ""
        if last is not None:
            told = {"who": who_made(last)}
            changed = _("%(who)s has just changed this story. What you save is merged with it.") % told
        return JsonResponse({"open": text, "changed": changed})

    # The preview --------------------------------------------------------------------------------

    def preview(self, request, pk=None):
        """Return the story as readers would see it if the posted form were saved: saved, drawn, and taken back."""
        request.is_preview = True
        with transaction.atomic():
            story = self.get_object(request, str(pk)) if pk else None
            if pk and story is None:
                raise Http404
            may = self.has_change_permission(request, story) if story else self.has_add_permission(request)
            if not may:
                raise PermissionDenied
            drawn = self.draw(request, story)
            transaction.set_rollback(True)
        return JsonResponse(drawn)

    def draw(self, request, story):
        form_class = self.get_form(request, story, change=story is not None, fields=None)
        form = form_class(request.POST, request.FILES, instance=story)
        is_valid = form.is_valid()
        made = self.save_form(request, form, change=story is not None) if is_valid else form.instance
        formsets, _inlines = self._create_formsets(request, made, change=story is not None)
        if not (is_valid and all(formset.is_valid() for formset in formsets)):
            return {"errors": _("Preview paused: fix the errors in the form.")}
        self.save_model(request, made, form, change=story is not None)
        self.save_related(request, form, formsets, change=story is not None)
        found = for_story_page(Article.objects.filter(pk=made.pk)).get()
        context = story_context(found, request)
        shown = Article.objects.filter(pk=made.pk)
        (card,) = cards_of(shown)
        return {
            "page": render_to_string("story.html", context | {"is_preview": True}, request),
            "card": render_to_string("card_preview.html", {"story": card}, request),
            "suggestions": suggestions_for(found, [topic.pk for topic in context["topics"]]),
        }
