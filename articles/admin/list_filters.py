"""The filters of the desk's list of stories. Each costs what its page of stories costs, not what the archive does."""

from datetime import date, datetime, time, timedelta

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from articles.choices import Kind, State
from articles.models import Article, ArticleTopic, Conflict, Image, ImportBatch, ImportedDocument, RelatedLink, Topic
from articles.ranking import NOT_SCORED

# A topic, or a band, of fewer stories than this is looked through from its end, one of more from the list's.
FEW = 2000
MOST_BATCHES = 15
# A tree of topics is never deeper than people can think.
DEEPEST = 9


SELECTED = mark_safe(" selected")
# As unfold's script for such a select wants it.
LOOKED_UP = (
    '<select name="{name}" id="filter-{name}" class="unfold-filter-autocomplete admin-autocomplete" '
    'data-ajax--cache="true" data-ajax--delay="250" data-ajax--type="GET" data-ajax--url="{url}" '
    'data-app-label="{app}" data-model-name="{model}" data-field-name="{field}" data-theme="admin-autocomplete" '
    'data-allow-clear="true" data-placeholder="{all}" lang="{language}"><option value=""></option>{option}</select>'
)
# By a story's own column only active providers are found, as only these may be given to it.
SOUGHT_BY = {"provider": RelatedLink._meta.get_field("provider")}


class SelectFilter(admin.SimpleListFilter):
    """A filter as a plain select: a form for each takes longer than the page of stories."""

    template = "admin/articles/article/filter.html"

    def choices(self, changelist):
        chosen = self.value() or ""
        options = [("", _("All")), *((str(value), label) for value, label in self.lookup_choices)]
        marked = ((value, SELECTED if value == chosen else "", label) for value, label in options)
        name = self.parameter_name
        yield {
            "id": f"filter-{name}",
            "select": format_html(
                '<select name="{}" id="filter-{}">{}</select>',
                *(name, name),
                format_html_join("", '<option value="{}"{}>{}</option>', marked),
            ),
        }


class ChoiceFilter(SelectFilter):
    """One of a few choices, each with a condition: {value: (label, Q)}. What is not among them filters nothing."""

    def lookups(self, request, model_admin):
        return [(value, label) for value, (label, _condition) in self.options().items()]

    def queryset(self, request, queryset):
        chosen = self.options().get(self.value())
        return queryset if chosen is None else queryset.filter(chosen[1])


class StateFilter(ChoiceFilter):
    title = _("state")
    parameter_name = "state"

    def options(self):
        now = timezone.now()
        out = Q(state=State.PUBLISHED)
        return {
            State.INBOX: (State.INBOX.label, Q(state=State.INBOX)),
            State.IN_REVIEW: (State.IN_REVIEW.label, Q(state=State.IN_REVIEW)),
            State.PUBLISHED: (State.PUBLISHED.label, out),
            "scheduled": (_("Scheduled"), Q(published=True, visible_from__gt=now)),
            "expired": (_("Expired"), Q(published=True, visible_until__lte=now)),
            State.REJECTED: (State.REJECTED.label, Q(state=State.REJECTED)),
            State.WITHDRAWN: (State.WITHDRAWN.label, Q(state=State.WITHDRAWN)),
        }


def bands(column, edges, nothing):
    """Return the options of a filter by bands: up to each of `edges`, and `nothing`, (label, condition)."""
    options = {"none": nothing}
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        label = f"{low}+" if high is None else f"{low}–{high - 1}"
        below = {} if high is None else {f"{column}__lt": high}
        options[str(low)] = (label, Q(**{f"{column}__gte": low}, **below))
    return options


class KindFilter(ChoiceFilter):
    title = _("type")
    parameter_name = "kind"

    def options(self):
        return {kind: (kind.label, Q(kind=kind)) for kind in Kind}


class BandFilter(ChoiceFilter):
    """Stories by bands of a number. A band of few is looked through from the number's own index, one of many from
    the list's end: then the number is disguised, as the database would else sort all of the band."""

    column = ""

    def queryset(self, request, queryset):
        chosen = self.options().get(self.value())
        if chosen is None:
            return queryset
        band = Article.objects.filter(chosen[1]).order_by()
        if band.values("pk")[: FEW + 1].count() <= FEW:
            return queryset.filter(pk__in=band.values("pk"))
        if request.GET.get(ORDER_VAR):
            return queryset.filter(chosen[1])
        return queryset.alias(disguised=F(self.column) + 0).filter(self.options("disguised")[self.value()][1])


class QualityFilter(BandFilter):
    title = _("quality")
    column = parameter_name = "quality"

    def options(self, column="quality"):
        return bands(column, [0, 40, 60, 80, 90], (_("Not scored"), Q(**{f"{column}__isnull": True})))


class HeatFilter(BandFilter):
    title = _("heat")
    column = parameter_name = "heat"

    def options(self, column="heat"):
        return bands(column, [0, 50, 100, 200, 400], (_("Not scored"), Q(**{column: NOT_SCORED})))


class PictureFilter(ChoiceFilter):
    title = _("picture")
    parameter_name = "picture"

    def options(self):
        has = Exists(Image.objects.filter(article=OuterRef("pk")).exclude(file=""))
        return {"yes": (_("With a picture"), Q(has)), "no": (_("Without a picture"), ~Q(has))}


class ConflictFilter(ChoiceFilter):
    title = _("conflicts")
    parameter_name = "conflict"

    def options(self):
        # From the conflicts, which are few; the other way round all stories would be looked at.
        disputed = Conflict.objects.filter(settlement="").values("article_id")
        return {"yes": (_("With a conflict"), Q(pk__in=disputed))}


class ArrivalFilter(ChoiceFilter):
    title = _("time")
    parameter_name = "since"

    def options(self):
        now = timezone.now()
        since = {"hour": now - timedelta(hours=1), "day": now - timedelta(days=1), "week": now - timedelta(days=7)}
        labels = {"hour": _("Last hour"), "day": _("Last 24 hours"), "week": _("Last 7 days")}
        return {key: (labels[key], Q(dated_at__gte=when)) for key, when in since.items()}


class BatchFilter(SelectFilter):
    title = _("import")
    parameter_name = "batch"

    def lookups(self, request, model_admin):
        batches = ImportBatch.objects.filter(dry_run=False).only("started_at")[:MOST_BATCHES]
        choices = {
            str(batch.pk): f"#{batch.pk} · {timezone.localtime(batch.started_at):%d.%m. %H:%M}" for batch in batches
        }
        asked = request.GET.get(self.parameter_name, "")
        if asked.isdecimal():
            choices.setdefault(asked, f"#{asked}")
        return list(choices.items())

    def queryset(self, request, queryset):
        key = self.value() or ""
        if not (key.isdecimal() and len(key) < 19):
            return queryset
        return queryset.filter(pk__in=ImportedDocument.objects.filter(batch=int(key)).values("article_id"))


class RelatedFilter(AutocompleteSelectFilter):
    """One of many others, found while one types; drawn as plainly as the rest. One query if one is chosen."""

    template = "admin/articles/article/filter.html"

    def choices(self, changelist):
        key, others = str(self.value() or ""), self.field.remote_field.model.objects
        chosen = others.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
        of = SOUGHT_BY.get(self.field.name, self.field)
        yield {
            "id": f"filter-{self.lookup_kwarg}",
            "select": format_html(
                LOOKED_UP,
                name=self.lookup_kwarg,
                url=reverse("admin:autocomplete"),
                app=of.model._meta.app_label,
                model=of.model._meta.model_name,
                field=of.name,
                all=_("All"),
                language=get_language(),
                option=format_html('<option value="{}" selected>{}</option>', key, chosen or _("gone since"))
                if key
                else "",
            ),
        }


class TopicFilter(RelatedFilter):
    """The stories about a topic, or one below it in the tree."""

    def queryset(self, request, queryset):
        key = str(self.value() or "")
        if not key:
            return queryset
        if not (key.isdecimal() and len(key) < 19):
            return queryset.none()
        topics = with_those_below(int(key))
        links = ArticleTopic.objects.filter(tag__in=topics)
        if links.values("pk")[: FEW + 1].count() <= FEW:
            return queryset.filter(pk__in=links.values("content_object_id"))
        return queryset.filter(Exists(links.filter(content_object=OuterRef("pk"))))


def with_those_below(key):
    """Return the keys of a topic and all below it."""
    found, newest = {key}, {key}
    for _level in range(DEEPEST):
        newest = set(Topic.objects.filter(parent__in=newest).values_list("pk", flat=True)) - found
        if not newest:
            break
        found |= newest
    return sorted(found)


class TopicItselfFilter(ChoiceFilter):
    """The stories of one topic without those below it: what the pages that count them lead to. Shown when asked for."""

    title = _("topic itself")
    parameter_name = "topic_itself"

    def options(self):
        key = self.value() or ""
        topic = Topic.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
        if topic is None:
            return {}
        about = ArticleTopic.objects.filter(tag=topic)
        return {key: (topic.name, Q(Exists(about.filter(content_object=OuterRef("pk")))))}


class OutFilter(ChoiceFilter):
    """What readers first saw on the days from one to another, `2026-11-01..2026-11-14`. Shown when asked for."""

    title = _("published on")
    parameter_name = "out"

    def options(self):
        days = days_of(self.value() or "")
        if days is None:
            return {}
        first, last = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
        label = " – ".join(date_format(day, "j M Y") for day in dict.fromkeys(days))
        began = {"visible_from__gte": first, "visible_from__lt": last + timedelta(days=1)}
        return {self.value(): (label, Q(published=True, visible_from__lte=timezone.now(), **began))}


def days_of(value):
    """Return (first day, last day) of `YYYY-MM-DD..YYYY-MM-DD`, or None for what is no such thing."""
    try:
        first, last = (date.fromisoformat(day) for day in value.split(".."))
    except ValueError:
        return None
    return (first, last) if date(1, 1, 2) < first <= last < date(9999, 1, 1) else None


STORY_FILTERS = [
    StateFilter,
    ("topic_links__tag", TopicFilter),
    TopicItselfFilter,
    ("provider", RelatedFilter),
    KindFilter,
    QualityFilter,
    HeatFilter,
    PictureFilter,
    ConflictFilter,
    ArrivalFilter,
    OutFilter,
    BatchFilter,
]
