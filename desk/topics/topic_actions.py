"""What is done to topics as a whole: merge, delete, retag their stories. Each is shown before it is done."""

from functools import partial
from typing import cast

from django import forms
from django.contrib.admin.models import DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminRadioSelectWidget

from articles import workflow
from articles.bulk_actions.actions import permission_for
from articles.bulk_actions.execution import create_change
from articles.choices import BulkAction, Origin
from articles.editing.topics import delete_topics, merge_topics
from articles.models import Article, ArticleTopic, BulkChange, Topic
from articles.sanitising import plain_text
from desk.admin_rows import list_url, page_or_list_url, page_url, selected_rows
from desk.admin_urls import BOTH, view_paths
from desk.confirmation import confirmation_page, is_confirmed, redirect_with_success, run_confirmed
from desk.form_fields import TopicField
from desk.merging import MergeOperation, merge_page, merge_url
from desk.topics.topic_previews import first_step_of_change, preview_deletion, preview_merge


def merge_as_user(target, sources, user, signature):
    """Merge topics on behalf of a user of the desk."""
    return merge_topics(target, sources, workflow.Actor(Origin.ADMIN, user), signature)


MERGE = MergeOperation(
    field=TopicField,
    preview=preview_merge,
    first_step=first_step_of_change,
    merge=merge_as_user,
    full_name=str,
    success=lambda n: ngettext("%(n)d topic merged into %(target)s.", "%(n)d topics merged into %(target)s.", n),
    title=gettext_lazy("Merge topics"),
    title_of_one=gettext_lazy("Merge %(name)s into another topic"),
    url_name="admin:topic-merge",
    too_few=gettext_lazy("Select at least two topics to merge."),
)


class RetagForm(forms.Form):
    """What happens to all stories of a topic."""

    action = forms.ChoiceField(
        label=gettext_lazy("What should happen to its stories?"),
        choices=[
            (BulkAction.REPLACE_TOPIC, gettext_lazy("Replace it with another topic")),
            (BulkAction.ADD_TOPIC, gettext_lazy("Add another topic")),
            (BulkAction.REMOVE_TOPIC, gettext_lazy("Remove the topic")),
        ],
        initial=BulkAction.REPLACE_TOPIC,
        widget=UnfoldAdminRadioSelectWidget,
    )
    other = TopicField(label=gettext_lazy("Other topic"), required=False)

    def __init__(self, topic, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.topic = topic
        cast(TopicField, self.fields["other"]).offer(Topic.objects.exclude(pk=topic.pk))

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        needs_other = cleaned.get("action") not in (None, BulkAction.REMOVE_TOPIC)
        if needs_other and not cleaned.get("other") and "other" not in self.errors:
            self.add_error("other", _("Choose the other topic."))
        return cleaned

    @property
    def options(self):
        """The options of the bulk change, as JSON."""
        action = self.cleaned_data["action"]
        if action == BulkAction.REMOVE_TOPIC:
            return {"topic": self.topic.pk}
        # `clean` requires it.
        other = cast(Topic, self.cleaned_data["other"])
        if action == BulkAction.ADD_TOPIC:
            return {"topic": other.pk}
        return {"topic": self.topic.pk, "other_topic": other.pk}


def urls(model_admin):
    """Return the URL patterns of these pages."""
    routes = [
        ("merge/", partial(merge_page, MERGE), BOTH, "topic-merge"),
        ("delete/", deletion_page, BOTH, "topic-delete"),
        ("<int:pk>/retag/", retag_page, BOTH, "topic-retag"),
    ]
    return view_paths(model_admin, routes)


def action_links(model_admin, request, topic):
    """Return [(label, address)] of what the request's user may do to a topic."""
    links = []
    if request.user.has_perm(permission_for(BulkAction.REPLACE_TOPIC)):
        links.append((_("Move stories to another topic…"), reverse("admin:topic-retag", args=[topic.pk])))
    if model_admin.has_change_permission(request) and model_admin.has_delete_permission(request):
        links.append((_("Merge into another…"), merge_url(MERGE, [topic.pk])))
    if model_admin.has_delete_permission(request):
        links.append((_("Delete…"), deletion_url([topic.pk])))
    return links


def deletion_url(keys):
    """Return the address of the page that deletes the topics of these keys."""
    return f"{reverse('admin:topic-delete')}?{urlencode({'of': keys}, doseq=True)}"


def deletion_page(model_admin, request):
    """Show what deleting topics would change, and delete them."""
    topics = selected_rows(model_admin, request, request.GET.getlist("of"), "delete")
    if is_confirmed(request) and not first_step_of_change(topics):
        actor = workflow.Actor(Origin.ADMIN, request.user)
        has_run, number = run_confirmed(model_admin, request, delete_topics, topics, actor)
        if not has_run:
            return redirect(request.get_full_path())
        message = ngettext("Removed from %(number)d story.", "Removed from %(number)d stories.", number)
        message %= {"number": number}
        LogEntry.objects.log_actions(request.user.pk, topics, DELETION, change_message=message)
        text = ngettext("%(n)d topic deleted.", "%(n)d topics deleted.", len(topics)) % {"n": len(topics)}
        return redirect_with_success(model_admin, request, text, list_url(model_admin))
    title = _("Delete %(name)s") if len(topics) == 1 else _("Delete %(n)d topics")
    return confirmation_page(
        model_admin,
        request,
        title=title % {"name": plain_text(topics[0].name), "n": len(topics)},
        preview=preview_deletion(topics),
        confirm_label=_("Delete"),
        back=page_or_list_url(model_admin, topics),
    )


def retag_page(model_admin, request, pk):
    """Ask what happens to all stories of a topic, and go on to the preview of that bulk change."""
    (topic,) = selected_rows(model_admin, request, [pk], "view")
    if not request.user.has_perm(permission_for(BulkAction.REPLACE_TOPIC)):
        raise PermissionDenied
    form = RetagForm(topic, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        links = ArticleTopic.objects.filter(tag=topic)
        stories = Article.objects.filter(pk__in=links.values("content_object")).order_by("-dated_at", "-pk")
        change = create_change(form.cleaned_data["action"], stories, request.user)
        BulkChange.objects.filter(pk=change.pk).update(options=form.options)
        return redirect("admin:story-bulk", change.pk)
    return confirmation_page(
        model_admin,
        request,
        title=_("Move stories of %(topic)s to another topic") % {"topic": plain_text(topic.name)},
        lead=_("You'll see a preview of each story first. The topic itself stays."),
        form=form,
        back=page_url(model_admin, topic),
    )
