"""Documents that a dry run rolled back and remembers, so that it reports exactly what an import would."""

from collections.abc import Iterable, Mapping

from django.utils.text import slugify

from articles.choices import WRITTEN, Result
from articles.db.bulk_rows import chunked
from articles.documents.mapping import clean_name
from articles.documents.parse import ORGANIZATION, STORY, Document
from articles.importing.results import Outcome
from articles.importing.writing.context import WriteContext
from articles.importing.writing.fallback import write_singly
from articles.importing.writing.rows import ParsedDocument
from providers.models import ProviderAlias

# The (document type, slug) of a name, or a provider's key.
Subject = tuple[str, str] | int


class DryRunState:
    """The topics and organizations of a dry run that later documents may depend on; written again before these."""

    def __init__(self) -> None:
        # [(document, its subjects)]
        self.taxonomy: list[tuple[Document, set[Subject]]] = []

    def rewrite_dependencies(self, documents: Mapping[int, ParsedDocument], context: WriteContext) -> None:
        """Write the documents again that {number: document} may depend on. In a transaction that is rolled back."""
        for document in self.dependencies(documents) if self.taxonomy else ():
            write_singly(document, context)

    def dependencies(self, documents: Mapping[int, ParsedDocument]) -> list[Document]:
        """Return the earlier documents with the same subjects as `documents`, directly or through others."""
        subjects: set[Subject] = set().union(*subjects_of(documents.values()))
        # The other names of an organization decide which provider a story has.
        needed_indexes = {
            index for index, (document, _subjects) in enumerate(self.taxonomy) if "otherNames" in document.values
        }
        while True:
            for index in needed_indexes:
                subjects |= self.taxonomy[index][1]
            more_indexes = {
                index for index, (_document, own_subjects) in enumerate(self.taxonomy) if own_subjects & subjects
            }
            if more_indexes <= needed_indexes:
                return [self.taxonomy[index][0] for index in sorted(needed_indexes)]
            needed_indexes |= more_indexes

    def remember(
        self, documents: Mapping[int, ParsedDocument], outcomes: Mapping[int, Outcome], context: WriteContext
    ) -> None:
        """Remember {number: document} that were written and rolled back, with their {number: Outcome}."""
        taxonomy: list[Document] = []
        for number, outcome in outcomes.items():
            document = documents[number]
            if isinstance(document, Document) and outcome.action in WRITTEN:
                taxonomy.append(document)
            elif outcome.action is Result.CREATED:
                context.reserved_urls.add(hash(outcome.url))
        self.taxonomy += zip(taxonomy, subjects_of(taxonomy), strict=True)


def subjects_of(documents: Iterable[ParsedDocument]) -> list[set[Subject]]:
    """Return a set of subjects for each document: slugs of topics, keys of providers; stories have none.

    At most one query for every 2,000 organizations.
    """
    documents = list(documents)
    document_pairs = [organization_pairs(document) for document in documents]
    names = {name for pairs in document_pairs for _domain, name in pairs}
    keys = {
        (domain, name): key
        for piece in chunked(names)
        for domain, name, key in ProviderAlias.objects.filter(name__in=piece).values_list(
            "domain", "name", "provider_id"
        )
    }
    return [
        name_slugs(document) | {keys[pair] for pair in pairs if pair in keys}
        for document, pairs in zip(documents, document_pairs, strict=True)
    ]


def all_names(document: ParsedDocument) -> list[str]:
    values = document.values
    return [name for name in (values["name"], values.get("parent", ""), *values.get("otherNames", [])) if name]


def name_slugs(document: ParsedDocument) -> set[Subject]:
    if document.document_type == STORY:
        return set()
    return {(document.document_type, slugify(name, allow_unicode=True)) for name in all_names(document)}


def organization_pairs(document: ParsedDocument) -> list[tuple[str, str]]:
    """Return the pairs (domain, name) of an organization; an empty list for other documents."""
    if document.document_type != ORGANIZATION:
        return []
    return [(document.values.get("domain", ""), clean_name(name)) for name in all_names(document)]
