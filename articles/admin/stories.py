import json
import tempfile

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import FileResponse
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from articles import workflow
from articles.admin.forms import StoryForm
from articles.admin.pictures import ImageInline, thumbnail
from articles.admin.related import RelatedLinkInline, complete
from articles.admin.workflow_actions import BUTTONS, WorkflowActions, state_in_words
from articles.choices import Owner, State
from articles.exporting import export_stories, write_zip
from articles.importing.conflicts import without_secured
from articles.models import Article, RelatedLink, Tombstone, Transition
from articles.sanitising import plain_text
from articles.templatetags.newsroom import age

STATE_LABELS = {
    State.INBOX: "info",
    State.IN_REVIEW: "warning",
    State.PUBLISHED: "success",
    State.REJECTED: "danger",
    State.WITHDRAWN: "danger",
}

# What shows or hides a story takes the permission to publish.
FOR_PUBLISHERS = {"visible_until", "pin"}


@admin.register(Article)
class StoryAdmin(WorkflowActions, ModelAdmin):
    """The desk's list of stories, and the page of each."""

    form = StoryForm
    inlines = [RelatedLinkInline, ImageInline]
    list_display = ["picture", "headline", "state_label", "quality", "heat", "outlets"]
    list_display_links = ["headline"]
    list_editable = ["quality", "heat"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("provider", AutocompleteSelectFilter),
        ("topic_links__tag", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
    ]
    list_filter_submit = True
    list_per_page = 50
    list_fullwidth = True
    show_full_result_count = False
    date_hierarchy = "dated_at"
    ordering = ["-dated_at", "-pk"]
    search_fields = ["title", "excerpt", "provider__name", "web_url"]
    search_help_text = _("Headline, excerpt, provider or URL")
    autocomplete_fields = ["provider"]
    actions = [
        "publish_selected",
        "withdraw_selected",
        "submit_selected",
        "reject_selected",
        "restore_selected",
        "export_selected",
    ]
    actions_submit_line = ["publish", "submit_for_review", "reject", "withdraw", "restore"]
    warn_unsaved_form = True
    readonly_fields = [
        "state_shown",
        "visible_from",
        "author_names",
        "rating",
        "upstream_said",
        "created_at",
        "updated_at",
        "history_of_state",
    ]
    fieldsets = [
        (None, {"fields": ["state_shown", "title", "excerpt", ("provider", "topics")]}),
        (_("Judgement"), {"fields": [("quality", "heat"), "pin", "visible_from", "visible_until"]}),
        (
            _("Links"),
            {"fields": ["web_url", "original_url", ("amp_url", "cdn_amp_url")], "classes": ["tab"]},
        ),
        (
            _("Details"),
            {
                "fields": [
                    ("kind", "category", "locale"),
                    "published_at",
                    "revised_at",
                    ("slug", "author_names"),
                    "body",
                    "featured_content",
                    ("price", "duration", "rating"),
                    ("levels", "is_removed"),
                ],
                "classes": ["tab"],
            },
        ),
        (
            _("History"),
            {"fields": ["history_of_state", ("created_at", "updated_at"), "upstream_said"], "classes": ["tab"]},
        ),
    ]

    def get_queryset(self, request):
        stories = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("_changelist"):
            return stories.with_card_data()
        transitions = Prefetch("transitions", Transition.objects.select_related("actor"))
        return stories.select_related("provider", "upstream").defer("upstream__secured").prefetch_related(transitions)

    def changelist_view(self, request, extra_context=None):
        try:
            response = super().changelist_view(request, extra_context)
            # Rendered here, where an error is still ours to answer.
            return response.render() if hasattr(response, "render") else response
        except OverflowError:
            # A key in the address that no database has room for; the stock admin's word for a wrong filter.
            return redirect(f"{request.path}?e=1")

    # Columns ------------------------------------------------------------------------------------

    @display(description=_("Picture"))
    def picture(self, story):
        return thumbnail(story.picture)

    @display(description=_("Headline"), ordering="dated_at")
    def headline(self, story):
        return format_html(
            '<span class="desk-headline" title="{0}" dir="auto">{0}</span>'
            '<span class="desk-byline">{1} · <time datetime="{2}" title="{3}">{4}</time></span>',
            truncatechars(plain_text(story.title), 300),
            story.provider or _("no provider"),
            story.dated_at.isoformat(),
            story.dated_at.strftime("%Y-%m-%d %H:%M %Z"),
            age(story.dated_at),
        )

    @display(description=_("State"), ordering="state", label=STATE_LABELS)
    def state_label(self, story):
        return story.state, state_in_words(story)

    @display(description=_("Outlets"))
    def outlets(self, story):
        return story.outlets

    # The page of a story ------------------------------------------------------------------------

    @display(description=_("State"))
    def state_shown(self, story):
        return state_in_words(story)

    @display(description=_("Authors"))
    def author_names(self, story):
        return ", ".join(author.get("name", "") for author in story.authors) or "–"

    @display(description=_("Rating"))
    def rating(self, story):
        return "–" if story.rating_average is None else f"{story.rating_average:g} ({story.rating_count or 0})"

    @display(description=_("What upstream said"))
    def upstream_said(self, story):
        upstream = getattr(story, "upstream", None)
        if upstream is None:
            return _("Nothing: this story was written at the desk.")
        said = json.dumps(without_secured(upstream.values | upstream.unknown), ensure_ascii=False, indent=2)
        return format_html('<pre class="desk-upstream" tabindex="0">{}</pre>', said)

    @display(description=_("Changes of state"))
    def history_of_state(self, story):
        rows = [
            format_html(
                "<li>{} · {} · {} → {} · {}{}</li>",
                transition.created_at.strftime("%Y-%m-%d %H:%M"),
                transition.actor or transition.get_origin_display(),
                transition.get_from_state_display(),
                transition.get_to_state_display(),
                transition.get_origin_display(),
                f" · {transition.reason}" if transition.reason else "",
            )
            for transition in story.transitions.all()
        ]
        return format_html("<ul>{}</ul>", format_html("{}" * len(rows), *rows)) if rows else "–"

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not request.user.has_perm(workflow.PUBLISH):
            for name in FOR_PUBLISHERS & form.base_fields.keys():
                form.base_fields[name].disabled = True
        return form

    def save_formset(self, request, form, formset, change):
        if formset.model is RelatedLink:
            for row in formset.save(commit=False):
                complete(row)
                row.save()
            for row in formset.deleted_objects:
                row.delete()
            formset.save_m2m()
        else:
            super().save_formset(request, form, formset, change)

    def get_view_on_site_url(self, obj=None):
        # Readers have no page of a story that is not out; a link to a 404 helps nobody.
        return super().get_view_on_site_url(obj) if obj is None or obj.is_visible else None

    def render_change_form(self, request, context, **kwargs):
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, **kwargs)

    # What may be done ---------------------------------------------------------------------------

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self.sign(request, [obj.identity])

    def delete_queryset(self, request, queryset):
        identities = list(queryset.values_list("identity", flat=True))
        super().delete_queryset(request, queryset)
        self.sign(request, identities)

    def sign(self, request, identities):
        """Say on the tombstones who deleted the stories."""
        Tombstone.objects.filter(identity__in=identities).update(deleted_by=request.user)

    def save_model(self, request, obj, form, change):
        # unfold passes over a button that may not be pressed; a forged one, and one that came too late, are told.
        for name, taken in BUTTONS.items():
            if f"articles_article_{name}" in request.POST and not self.may_take(request, taken, obj.pk):
                if not self.may_take(request, taken, None):
                    raise PermissionDenied
                state = Article.objects.only("state").get(pk=obj.pk) if obj.pk else obj
                self.message_user(request, str(workflow.InvalidTransition(taken, state)), messages.ERROR)
        if not change:
            obj.state_owner = Owner.DESK
            obj.save()
        elif not self.has_change_permission(request, obj):
            raise PermissionDenied
        else:
            # Only what was changed here: another person, or an import, may have changed the rest meanwhile.
            columns = {field.name for field in Article._meta.concrete_fields}
            obj.save(update_fields=columns.intersection(form.changed_data))
        for pressed in self.get_actions_submit_line(request, obj.pk):
            if pressed.action_name in request.POST:
                pressed.method(request, obj)

    def has_change_permission(self, request, obj=None):
        # What readers see is changed by those who may publish.
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.state != State.PUBLISHED or request.user.has_perm(workflow.PUBLISH))

    @admin.action(description=_("Export selected stories"), permissions=["view"])
    def export_selected(self, request, stories):
        # On disk, as an archive of many stories is too much for the memory of a web process.
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        write_zip(export_stories(Article.objects.filter(pk__in=stories.values("pk"))), file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename="stories.zip", content_type="application/zip")
