"""The filters of the desk's list of stories, in its order at the end."""

from datetime import date, datetime, time, timedelta

from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import Exact, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.choices import Kind
from articles.models import (
    ArticleTopic,
    Conflict,
    Image,
    ImportBatch,
    ImportedDocument,
    PictureSource,
    PossibleDuplicate,
    StoredPicture,
    Topic,
)
from articles.models.picture import SourceState
from articles.querysets import has_few
from articles.ranking import NOT_SCORED
from articles.story_states import STATES
from desk.site import is_row_key
from desk.stories.filter_types import ChoiceFilter, RelatedFilter, SelectFilter, SparseFilter
from newsroom.dates import format_day, format_time
from newsroom.query_hints import Unindexed

MAX_BATCHES = 15
# Topics further down are not included; no real tree is that deep.
MAX_LEVELS = 9


class StateFilter(SparseFilter):
    title = _("state")
    parameter_name = "state"

    def options(self):
        now = timezone.now()
        return {row.name: (row.label, row.condition(now), row.unindexed_condition(now)) for row in STATES}


def band(column, low, high):
    """Return the condition low <= column < high (None: no limit), and the same without an index."""
    limits = {f"{column}__gte": low} if high is None else {f"{column}__gte": low, f"{column}__lt": high}
    unindexed = Q(GreaterThanOrEqual(Unindexed(column), low))
    return Q(**limits), unindexed if high is None else unindexed & Q(LessThan(Unindexed(column), high))


def bands(column, edges, no_value):
    """Return the options of a filter by bands: from each of `edges` up to the next, and `no_value`, an option."""
    options = {"none": no_value}
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        label = f"{low}+" if high is None else f"{low}–{high - 1}"
        options[str(low)] = (label, *band(column, low, high))
    return options


class KindFilter(SparseFilter):
    title = _("type")
    parameter_name = "type"
    list_column = "headline"

    def options(self):
        return {kind: (kind.label, Q(kind=kind), Q(Exact(Unindexed("kind"), str(kind)))) for kind in Kind}


class QualityFilter(SparseFilter):
    title = _("quality")
    parameter_name = list_column = "quality"

    def options(self):
        unscored = (_("Not scored"), Q(quality__isnull=True), Q(IsNull(Unindexed("quality"), True)))
        return bands("quality", [0, 40, 60, 80, 90], unscored)


class HeatFilter(SparseFilter):
    title = _("heat")
    parameter_name = list_column = "heat"

    def options(self):
        unscored = (_("Not scored"), Q(heat=NOT_SCORED), Q(Exact(Unindexed("heat"), NOT_SCORED)))
        return bands("heat", [0, 50, 100, 200, 400], unscored)


class PictureFilter(ChoiceFilter):
    """The stories with or without a copy of a picture, and those by what became of one of their pictures."""

    title = _("picture")
    parameter_name = "picture"

    def options(self):
        has = story_has(pictures_with_copy())
        return {
            "yes": (_("With a picture"), has),
            "no": (_("Without a picture"), ~has),
            **{value: (label, story_has(PICTURES[value]())) for value, label in PICTURE_LABELS.items()},
        }

    def queryset(self, request, queryset):
        value = self.value() or ""
        parts = PICTURES[value]() if value in PICTURES else []
        if parts and all(has_few(pictures.order_by(), TIMES.get(value, 1)) for pictures in parts):
            first, *others = (pictures.order_by().values("article_id") for pictures in parts)
            return queryset.filter(pk__in=first.union(*others))
        return super().queryset(request, queryset)


def story_has(parts):
    """Return the condition that one of the pictures in `parts`, a list of querysets, belongs to the story."""
    condition = Q()
    for pictures in parts:
        condition |= Q(Exists(pictures.filter(article=OuterRef("pk"))))
    return condition


# Each of these functions returns a list of querysets, as an index serves each, but none serves their union.
def pictures_with_copy():
    return [stories_pictures().exclude(file="")]


def waiting_pictures():
    """Return the pictures of stories that nobody has tried to download, most of them without a source yet."""
    unlinked = stories_pictures().filter(source__isnull=True, file="").exclude(url="")
    return [unlinked, pictures_of_sources(PictureSource.objects.filter(state=SourceState.WAITING))]


def failed_pictures():
    """Return the pictures of stories that could not be downloaded or are not usable."""
    states = (SourceState.FAILED, SourceState.REFUSED)
    return [pictures_of_sources(PictureSource.objects.filter(state__in=states))]


def site_pictures():
    """Return the copies that stories show of logos and the like."""
    (with_copy,) = pictures_with_copy()
    return [
        with_copy.filter(stored__in=StoredPicture.objects.filter(is_site_picture=True).values("pk")),
        with_copy.filter(source__in=PictureSource.objects.filter(is_site_picture=True).values("pk")),
    ]


def pictures_of_sources(sources):
    """Return the pictures of stories with one of these sources of which we have no copy."""
    return stories_pictures().filter(source__in=sources.values("pk"), file="")


def stories_pictures():
    return Image.objects.filter(article__isnull=False)


PICTURES = {
    "yes": pictures_with_copy,
    "waiting": waiting_pictures,
    "failed": failed_pictures,
    "site": site_pictures,
}
# More of these are looked up by key, as they are often of old stories only: reading the list in its order would take
# seconds to find them.
TIMES = {"waiting": 10, "failed": 10, "site": 10}
PICTURE_LABELS = {
    "waiting": _("Picture not downloaded yet"),
    "failed": _("Download failed or picture not usable"),
    "site": _("With a site picture"),
}


class DuplicateFilter(ChoiceFilter):
    title = _("possible duplicate")
    parameter_name = "duplicate"

    def options(self):
        pairs = PossibleDuplicate.objects.open()
        is_in_pair = Q(pk__in=pairs.values("first")) | Q(pk__in=pairs.values("second"))
        return {"yes": (_("Suggested for joining"), is_in_pair)}


class ConflictFilter(ChoiceFilter):
    title = _("conflicts")
    parameter_name = "conflict"

    def options(self):
        # Starting at the conflicts, which are few, instead of at the stories.
        with_conflict = Conflict.objects.filter(settlement="").values("article_id")
        return {"yes": (_("With a conflict"), Q(pk__in=with_conflict))}


class RemovedFilter(ChoiceFilter):
    title = _("removed upstream")
    parameter_name = "removed"

    def options(self):
        return {"yes": (_("Removed upstream"), Q(is_removed=True))}


class ArrivalFilter(SparseFilter):
    title = _("time")
    parameter_name = "since"
    list_column = "headline"

    def options(self):
        now = timezone.now()
        since = {"hour": now - timedelta(hours=1), "day": now - timedelta(days=1), "week": now - timedelta(days=7)}
        labels = {"hour": _("Last hour"), "day": _("Last 24 hours"), "week": _("Last 7 days")}
        return {
            key: (labels[key], Q(dated_at__gte=when), Q(GreaterThanOrEqual(Unindexed("dated_at"), when)))
            for key, when in since.items()
        }


class BatchFilter(SelectFilter):
    title = _("import")
    parameter_name = "batch"

    def lookups(self, request, model_admin):
        batches = ImportBatch.objects.filter(dry_run=False).only("started_at")[:MAX_BATCHES]
        choices = {str(batch.pk): f"#{batch.pk} · {format_time(batch.started_at)}" for batch in batches}
        key = request.GET.get(self.parameter_name, "")
        if is_row_key(key):
            choices.setdefault(key, f"#{key}")
        return list(choices.items())

    def queryset(self, request, queryset):
        key = self.value() or ""
        if not is_row_key(key):
            return queryset
        documents = ImportedDocument.objects.filter(batch=int(key)).order_by()
        if has_few(documents):
            return queryset.filter(pk__in=documents.values("article_id"))
        return queryset.filter(Exists(documents.filter(article=OuterRef("pk"))))


class TopicFilter(RelatedFilter):
    """The stories about a topic or one below it in the tree."""

    def queryset(self, request, queryset):
        key = str(self.value() or "")
        if not key:
            return queryset
        if not is_row_key(key):
            return queryset.none()
        return queryset.about(with_descendants(int(key)))


def with_descendants(key):
    """Return the keys of a topic and all below it. One query a level."""
    keys, newest = {key}, {key}
    for _level in range(MAX_LEVELS):
        newest = set(Topic.objects.filter(parent__in=newest).values_list("pk", flat=True)) - keys
        if not newest:
            break
        keys |= newest
    return sorted(keys)


class TopicItselfFilter(ChoiceFilter):
    """The stories of one topic without those below it, as counts link to. Offered only if it is in the address."""

    title = _("this topic only")
    parameter_name = "topic_itself"

    def options(self):
        key = self.value() or ""
        topic = Topic.objects.filter(pk=int(key)).first() if is_row_key(key) else None
        if topic is None:
            return {}
        links = ArticleTopic.objects.filter(tag=topic)
        return {key: (topic.name, Q(Exists(links.filter(content_object=OuterRef("pk")))))}


class FirstVisibleFilter(SparseFilter):
    """The stories that became visible from one day to another, `2026-11-01..2026-11-14`.

    Offered only if it is in the address. The list is then sorted by that time, which has an index, by default.
    """

    title = _("published on")
    parameter_name = "out"

    def options(self):
        days = days_of(self.value() or "")
        if days is None:
            return {}
        first, last = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
        label = " – ".join(format_day(day) for day in dict.fromkeys(days))
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
    """Return (first day, last day) of `YYYY-MM-DD..YYYY-MM-DD`, or None if malformed."""
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
    RemovedFilter,
    DuplicateFilter,
    ArrivalFilter,
    FirstVisibleFilter,
    BatchFilter,
]
