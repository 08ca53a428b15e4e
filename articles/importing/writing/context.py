"""The state that the writers of one import share."""

from collections.abc import Callable, Iterable, Set
from functools import cached_property
from typing import NamedTuple, Self

from django.db.models import Max

from articles import workflow
from articles.choices import MergePolicy
from articles.db.bulk_rows import chunked
from articles.importing.batches import restores
from articles.importing.policies import policies_by_field, policies_of_columns
from articles.importing.publication import PublishPolicy
from articles.importing.temporary_storage import TemporaryClaims, TemporaryNumbers, TemporaryStorage
from articles.models import Article, Image, ImportBatch, Topic, TopicAlias, UpstreamDocument
from articles.permissions import may_restore_exports
from newsroom.pacing import BUDGET
from providers.models import Provider
from providers.name_keys import name_key
from providers.resolving import ProviderDirectory


class LastRows(NamedTuple):
    """The highest keys of some models before an import; rows with higher keys were created by its documents."""

    provider: int
    topic: int
    image: int
    story: int

    @classmethod
    def now(cls) -> Self:
        models = (Provider, Topic, Image, Article)
        return cls(*(model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in models))


class PresentFile(NamedTuple):
    """The file of a story in an import: the time of its document, "" without one, and whether that is of the story."""

    time: str
    has_story: bool = True


class TopicDirectory(dict[str, int | None]):
    """{topic name: key, None for a deleted topic}; each is looked up or created once in an import."""

    def load(self, names: Iterable[str]) -> None:
        """Look up many names in one query, and create the missing topics."""
        missing = [name for name in dict.fromkeys(names) if name not in self]
        for piece in chunked(missing):
            self.update({name: alias.topic_id for name, alias in TopicAlias.objects.meaning(piece).items()})
        # Of several spellings of a new name, the first one is displayed.
        spellings: dict[str, list[str]] = {}
        for name in missing:
            if name not in self:
                spellings.setdefault(name_key(name), []).append(name)
        for _key, same_names in sorted(spellings.items()):
            topic, _is_new = Topic.objects.get_or_create_by_upstream_name(same_names[0])
            # An editor may delete the topic between the two queries.
            self.update(dict.fromkeys(same_names, topic.pk if topic else None))


class MergeSize:
    """How many documents are merged before the time is checked: as many as fit into two thirds of a Turn.

    The more documents, the fewer statements; but one with dozens of rows takes ten times as long as one with a new
    heat, and SQLite's write lock should be free again soon.
    """

    SMALLEST, FIRST, LARGEST = 25, 100, 400

    def __init__(self) -> None:
        self.number = self.FIRST

    def adjust(self, number: int, seconds: float) -> None:
        """Take into account that merging `number` documents took `seconds`."""
        fitting = int(number * BUDGET * 2 / 3 / max(seconds, 0.001))
        self.number = min(max(fitting, self.number // 2, self.SMALLEST), self.number * 2, self.LARGEST)


class WriteContext:
    """On whose behalf and how an import writes, with the providers and topics it has looked up.

    `last_rows` are the LastRows from before the import; None if it does not matter which rows the import created.
    `is_claimed` returns whether the import has a document with the present URL of the story with a key,
    `present_file` the PresentFile of an UpstreamDocument, None if the import does not have its file, `path_of` the
    path of a document's source.
    `reserved_urls` are the hashes of the reader URLs of stories that a dry run created and rolled back, `path_claims`
    the new identities by which documents of known files were recognised; both are in the TemporaryStorage.
    """

    def __init__(
        self,
        policy: PublishPolicy = PublishPolicy.UPSTREAM,
        batch: ImportBatch | None = None,
        last_rows: LastRows | None = None,
        actor: workflow.Actor = workflow.COMMAND_LINE,
        storage: TemporaryStorage | None = None,
    ) -> None:
        storage = storage or TemporaryStorage()
        self.policy, self.actor = policy.permitted_for(actor), actor
        self.batch, self.last_rows = batch, last_rows
        # Whether exports restore the desk's edits.
        self.restores = batch is not None and restores(batch) and may_restore_exports(actor)
        self.reserved_urls = TemporaryNumbers(storage, "reserved_url")
        self.path_claims = TemporaryClaims(storage)
        self.merge_size = MergeSize()
        self.is_claimed: Callable[[int], bool] = lambda key: False
        self.present_file: Callable[[UpstreamDocument], PresentFile | None] = lambda upstream: None
        self.path_of: Callable[[str], str] = lambda source: ""
        self.clear_lookups()

    @cached_property
    def field_policies(self) -> dict[str, MergePolicy]:
        """{field of the format: its MergePolicy}, as they were when the import first needed them."""
        return policies_by_field()

    @cached_property
    def column_policies(self) -> dict[str, MergePolicy]:
        """{column of a story: its MergePolicy}."""
        return policies_of_columns(self.field_policies)

    def clear_lookups(self) -> None:
        """Drop the lookups. Required after a rollback, as they may name rows that no longer exist."""
        self.providers = ProviderDirectory()
        self.topics = TopicDirectory()
        # {key: Provider with its aliases prefetched}, of those that merges have compared.
        self.named_providers: dict[int, Provider] = {}

    def load_named_providers(self, keys: Set[int]) -> None:
        """Load providers with their names upstream into `named_providers`. Two queries."""
        missing = keys - self.named_providers.keys()
        if missing:
            self.named_providers |= Provider.objects.prefetch_related("aliases").in_bulk(missing)
