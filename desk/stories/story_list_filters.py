"""The filters of the desk's list of stories. Each costs what its page of stories costs, not what the archive does."""

from datetime import date, datetime, time, timedelta

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import Exact, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from articles.choices import Kind
from articles.models import Article, ArticleTopic, Conflict, Image, ImportBatch, ImportedDocument, RelatedLink, Topic
from articles.querysets import has_few
from articles.ranking import NOT_SCORED
from articles.story_states import STATES
from newsroom.query_hints import Unindexed

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


class SparseFilter(ChoiceFilter):
    """A choice that few stories or most of them may match: {value: (label, condition, the same without an index)}.

    The last is None where an index serves the condition in every order of the list.

    A few matches are looked up by key, whatever else narrows the list. Many are found by walking the list in its
    order, where the condition must not lead the planner to an index whose rows it would then have to sort.
    """

    def queryset(self, request, queryset):
        chosen = self.options().get(self.value())
        if chosen is None:
            return queryset
        _label, condition, unindexed = chosen
        if unindexed is None:
            return queryset.filter(condition)
        matches = Article.objects.filter(condition).order_by()
        if has_few(matches):
            return queryset.filter(pk__in=matches.values("pk"))
        return queryset.filter(condition if self.is_in_list_order(request) else unindexed)

    def lookups(self, request, model_admin):
        # As the list numbers its columns in `?o=`.
        boxes = ["action_checkbox"] if model_admin.get_actions(request) else []
        self.columns = [*boxes, *model_admin.get_list_display(request)]
        return [(value, option[0]) for value, option in self.options().items()]

    def is_in_list_order(self, request):
        """Whether an index on the condition's column also serves the order of the list."""
        return False

    def is_sorted_by(self, request, name):
        """Whether the list is sorted by a column; by default it is sorted by "headline", the story's time."""
        column, _is_ascending = sort_column(request.GET.get(ORDER_VAR, ""), self.columns)
        return getattr(column, "__name__", column or "headline") == name


def sort_column(order, columns):
    """Return (the column that a value of `?o=` names, whether it ascends); the column is None if it names none."""
    first = order.split(".")[0]
    number = first.removeprefix("-")
    is_column = number.isdecimal() and len(number) < 3 and int(number) < len(columns)
    return (columns[int(number)] if is_column else None), first == number


class StateFilter(SparseFilter):
    title = _("state")
    parameter_name = "state"

    def options(self):
        now = timezone.now()
        return {row.name: (row.label, row.condition(now), row.unindexed_condition(now)) for row in STATES}


def band(column, low, high):
    """Return the condition that a column is at least `low` and below `high` (None for no limit), in both variants."""
    limits = {f"{column}__gte": low} if high is None else {f"{column}__gte": low, f"{column}__lt": high}
    unindexed = Q(GreaterThanOrEqual(Unindexed(column), low))
    return Q(**limits), unindexed if high is None else unindexed & Q(LessThan(Unindexed(column), high))


def bands(column, edges, nothing):
    """Return the options of a filter by bands: from each of `edges` up to the next, and `nothing`, an option."""
    options = {"none": nothing}
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        label = f"{low}+" if high is None else f"{low}–{high - 1}"
        options[str(low)] = (label, *band(column, low, high))
    return options


class KindFilter(SparseFilter):
    title = _("type")
    parameter_name = "kind"

    def options(self):
        return {kind: (kind.label, Q(kind=kind), Q(Exact(Unindexed("kind"), str(kind)))) for kind in Kind}

    def is_in_list_order(self, request):
        return self.is_sorted_by(request, "headline")


class BandFilter(SparseFilter):
    """Stories by bands of a number."""

    def is_in_list_order(self, request):
        return self.is_sorted_by(request, self.parameter_name)


class QualityFilter(BandFilter):
    title = _("quality")
    parameter_name = "quality"

    def options(self):
        unscored = (_("Not scored"), Q(quality__isnull=True), Q(IsNull(Unindexed("quality"), True)))
        return bands("quality", [0, 40, 60, 80, 90], unscored)


class HeatFilter(BandFilter):
    title = _("heat")
    parameter_name = "heat"

    def options(self):
        unscored = (_("Not scored"), Q(heat=NOT_SCORED), Q(Exact(Unindexed("heat"), NOT_SCORED)))
        return bands("heat", [0, 50, 100, 200, 400], unscored)


class PictureFilter(ChoiceFilter):
    title = _("picture")
    parameter_name = "picture"

    def options(self):
        has = Exists(Image.objects.filter(article=OuterRef("pk")).exclude(file=""))
        return {"yes": (_("With a picture"), Q(has)), "no": (_("Without a picture"), ~Q(has))}

    def queryset(self, request, queryset):
        if self.value() == "yes":
            pictures = Image.objects.filter(article__isnull=False).exclude(file="").order_by()
            if has_few(pictures):
                return queryset.filter(pk__in=pictures.values("article_id"))
        return super().queryset(request, queryset)


class ConflictFilter(ChoiceFilter):
    title = _("conflicts")
    parameter_name = "conflict"

    def options(self):
        # From the conflicts, which are few; the other way round all stories would be looked at.
        disputed = Conflict.objects.filter(settlement="").values("article_id")
        return {"yes": (_("With a conflict"), Q(pk__in=disputed))}


class ArrivalFilter(SparseFilter):
    title = _("time")
    parameter_name = "since"

    def options(self):
        now = timezone.now()
        since = {"hour": now - timedelta(hours=1), "day": now - timedelta(days=1), "week": now - timedelta(days=7)}
        labels = {"hour": _("Last hour"), "day": _("Last 24 hours"), "week": _("Last 7 days")}
        return {
            key: (labels[key], Q(dated_at__gte=when), Q(GreaterThanOrEqual(Unindexed("dated_at"), when)))
            for key, when in since.items()
        }

    def is_in_list_order(self, request):
        return self.is_sorted_by(request, "headline")


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
        documents = ImportedDocument.objects.filter(batch=int(key)).order_by()
        if has_few(documents):
            return queryset.filter(pk__in=documents.values("article_id"))
        return queryset.filter(Exists(documents.filter(article=OuterRef("pk"))))


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
        return queryset.about(with_those_below(int(key)))


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


class OutFilter(SparseFilter):
    """What readers first saw on the days from one to another, `2026-11-01..2026-11-14`. Shown when asked for.

    Unless another order is asked for, the list is sorted by that time, for which there is an index.
    """

    title = _("published on")
    parameter_name = "out"

    def options(self):
        days = days_of(self.value() or "")
        if days is None:
            return {}
        first, last = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
        label = " – ".join(date_format(day, "j M Y") for day in dict.fromkeys(days))
        now, end = timezone.now(), last + timedelta(days=1)
        unindexed = Unindexed("visible_from")
        return {
            self.value(): (
                label,
                Q(published=True, visible_from__gte=first, visible_from__lt=end, visible_from__lte=now),
                Q(
                    GreaterThanOrEqual(unindexed, first),
                    LessThan(unindexed, end),
                    LessThanOrEqual(unindexed, now),
                    published=True,
                ),
            )
        }

    def is_in_list_order(self, request):
        return not request.GET.get(ORDER_VAR)


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
