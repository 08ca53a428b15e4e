"""What is done to topics as a whole: merge, delete, give their stories another. Each is shown before it is done."""

from django import forms
from django.contrib.admin.models import DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminRadioSelectWidget

from articles import workflow
from articles.bulk_actions.actions import permission_for
from articles.bulk_actions.execution import new_change
from articles.choices import BulkAction, Origin
from articles.editing.topics import delete_topics, merge_topics
from articles.models import Article, ArticleTopic, BulkChange, Topic
from articles.sanitising import plain_text
from articles.topic_tree import places
from desk.confirmation import DO
from desk.form_fields import TopicField
from desk.reports import counting
from desk.reports.topic_report import with_numbers
from desk.topics.topic_previews import preview_of_deletion, preview_of_merge, what_comes_first

# More are not put into a row of buttons.
MOST_RADIOS = 12


def stories_about(topic, **filters):
    """Return the address of the list of a topic's own stories, filtered further."""
    query = urlencode({"topic_itself": topic.pk, **filters})
    return f"{reverse('admin:articles_article_changelist')}?{query}"


class TargetForm(forms.Form):
    """Which one shall stay: of those chosen, or of all others when one was."""

    target = TopicField(label=gettext_lazy("Which one shall stay?"))

    def __init__(self, chosen, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field, keys = self.fields["target"], [one.pk for one in chosen]
        topics = Topic.objects.all()
        among = topics.filter(pk__in=keys) if len(chosen) > 1 else topics.exclude(pk__in=keys)
        if 1 < len(chosen) <= MOST_RADIOS:
            field.queryset = among
            field.widget = UnfoldAdminRadioSelectWidget(choices=field.ordered_choices())
        else:
            field.offer(among)


class RetagForm(forms.Form):
    """What shall become of all stories of a topic."""

    action = forms.ChoiceField(
        label=gettext_lazy("What shall become of its stories?"),
        choices=[
            (BulkAction.REPLACE_TOPIC, gettext_lazy("They get another topic in its place")),
            (BulkAction.ADD_TOPIC, gettext_lazy("They get another topic besides")),
            (BulkAction.REMOVE_TOPIC, gettext_lazy("They lose it")),
        ],
        initial=BulkAction.REPLACE_TOPIC,
        widget=UnfoldAdminRadioSelectWidget,
    )
    other = TopicField(label=gettext_lazy("The other topic"), required=False)

    def __init__(self, topic, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.topic = topic
        self.fields["other"].offer(Topic.objects.exclude(pk=topic.pk))

    def clean(self):
        cleaned = super().clean()
        needs_other = cleaned.get("action") not in (None, BulkAction.REMOVE_TOPIC)
        if needs_other and not cleaned.get("other") and "other" not in self.errors:
            self.add_error("other", _("Say which topic."))
        return cleaned

    @property
    def options(self):
        """What the bulk change is told, as JSON has it."""
        action, other = self.cleaned_data["action"], self.cleaned_data.get("other")
        if action == BulkAction.REMOVE_TOPIC:
            return {"topic": self.topic.pk}
        if action == BulkAction.ADD_TOPIC:
            return {"topic": other.pk}
        return {"topic": self.topic.pk, "other_topic": other.pk}


class TopicActs:
    """The part of the topics' admin that has these pages."""

    def get_urls(self):
        own = [
            path("merge/", self.admin_site.admin_view(self.merge), name="topic-merge"),
            path("delete/", self.admin_site.admin_view(self.delete), name="topic-delete"),
            path("<int:pk>/retag/", self.admin_site.admin_view(self.retag), name="topic-retag"),
        ]
        return [*own, *super().get_urls()]

    def acts_for(self, request, topic):
        """Return [(label, address)] of what who asks may do to a topic."""
        acts = []
        if request.user.has_perm(permission_for(BulkAction.REPLACE_TOPIC)):
            acts.append((_("Retag its stories …"), reverse("admin:topic-retag", args=[topic.pk])))
        if self.has_change_permission(request) and self.has_delete_permission(request):
            acts.append((_("Merge into another …"), f"{reverse('admin:topic-merge')}?of={topic.pk}"))
        if self.has_delete_permission(request):
            acts.append((_("Delete …"), f"{reverse('admin:topic-delete')}?of={topic.pk}"))
        return acts

    def figures_of(self, topic):
        """Return what the page of a topic shows of it. Four queries."""
        numbers = with_numbers(Topic.objects.filter(pk=topic.pk)).get()
        tree = places()
        return {
            "above": tree[topic.pk].above,
            "below": list(topic.children.order_by("name")),
            "numbers": [
                (_("Stories"), counting.in_words(numbers.stories), stories_about(topic)),
                (_("Published"), counting.in_words(numbers.out), stories_about(topic, state="published")),
            ],
            "last": ArticleTopic.objects.filter(tag=topic, published=True, dated_at__lte=timezone.now())
            .order_by("-dated_at")
            .first(),
        }

    def merge(self, request):
        """Ask which one of several, or into which other one, show what moves, and move it."""
        chosen = self.rows_for(request, request.GET.getlist("of"), "change", "delete")
        chosen.sort(key=lambda one: (one.name.lower(), one.pk))
        form, preview = TargetForm(chosen, request.POST if request.method == "POST" else None), None
        if request.method == "POST" and form.is_valid():
            target = form.cleaned_data["target"]
            sources = [one for one in chosen if one.pk != target.pk]
            if DO in request.POST and not what_comes_first(sources):
                actor = workflow.Actor(Origin.ADMIN, request.user)
                was_done, _stories = self.take(request, merge_topics, target, sources, actor)
                return self.after_merge(request, target, sources) if was_done else redirect(request.get_full_path())
            preview = preview_of_merge(target, sources)
        title = _("Merge topics") if len(chosen) > 1 else _("Merge %(name)s into another topic")
        return self.act_page(
            request,
            title=title % {"name": plain_text(chosen[0].name)},
            lead=_("Everything of the others becomes its own, and they are removed. This cannot be undone."),
            form=form,
            preview=preview,
            confirm=_("Merge"),
            back=self.page_of(chosen),
        )

    def after_merge(self, request, target, sources):
        names = ", ".join(source.name for source in sources)
        self.log_change(request, target, _("Merged into it: %(names)s.") % {"names": names})
        self.log_removal(request, sources, _("Merged into %(target)s.") % {"target": target.name})
        text = ngettext("%(n)d topic merged into %(target)s.", "%(n)d topics merged into %(target)s.", len(sources))
        told = {"n": len(sources), "target": plain_text(target.name)}
        return self.done(request, text % told, reverse("admin:articles_topic_change", args=[target.pk]))

    def delete(self, request):
        """Show what goes with topics, and delete them."""
        chosen = self.rows_for(request, request.GET.getlist("of"), "delete")
        if request.method == "POST" and DO in request.POST and not what_comes_first(chosen):
            actor = workflow.Actor(Origin.ADMIN, request.user)
            was_done, number = self.take(request, delete_topics, chosen, actor)
            if not was_done:
                return redirect(request.get_full_path())
            self.log_removal(request, chosen, _("Taken from %(number)d stories.") % {"number": number})
            text = ngettext("%(n)d topic deleted.", "%(n)d topics deleted.", len(chosen)) % {"n": len(chosen)}
            return self.done(request, text, reverse("admin:articles_topic_changelist"))
        title = _("Delete %(name)s") if len(chosen) == 1 else _("Delete %(n)d topics")
        return self.act_page(
            request,
            title=title % {"name": plain_text(chosen[0].name), "n": len(chosen)},
            preview=preview_of_deletion(chosen),
            confirm=_("Delete"),
            back=self.page_of(chosen),
        )

    def delete_view(self, request, object_id, extra_context=None):
        """Lead to the page that shows what goes with it; the stock one would load every story."""
        self.rows_for(request, [object_id], "delete")
        return redirect(f"{reverse('admin:topic-delete')}?of={object_id}")

    def retag(self, request, pk):
        """Ask what shall become of all stories of a topic, and go on to the preview of that bulk change."""
        (topic,) = self.rows_for(request, [pk], "view")
        if not request.user.has_perm(permission_for(BulkAction.REPLACE_TOPIC)):
            raise PermissionDenied
        form = RetagForm(topic, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            about = ArticleTopic.objects.filter(tag=topic).values("content_object")
            stories = Article.objects.filter(pk__in=about).order_by("-dated_at", "-pk")
            change = new_change(form.cleaned_data["action"], stories, request.user)
            BulkChange.objects.filter(pk=change.pk).update(options=form.options)
            return redirect("admin:story-bulk", change.pk)
        return self.act_page(
            request,
            title=_("Retag the stories of %(topic)s") % {"topic": plain_text(topic.name)},
            lead=_("You see what it does to each story before it is done. The topic itself stays."),
            form=form,
            back=self.page_of([topic]),
        )

    def page_of(self, chosen):
        """Return the address to go back to: of the one, or of the list of all."""
        if len(chosen) == 1:
            return reverse("admin:articles_topic_change", args=[chosen[0].pk])
        return reverse("admin:articles_topic_changelist")

    def log_removal(self, request, topics, message):
        LogEntry.objects.log_actions(request.user.pk, topics, DELETION, change_message=message)
