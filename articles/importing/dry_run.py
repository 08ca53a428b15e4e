"""What a dry run has to remember, as it takes back everything it writes, to report exactly what a run does."""

from django.utils.text import slugify

from articles.choices import WRITTEN, Result
from articles.db.bulk_rows import chunked
from articles.documents.mapping import clean_name
from articles.documents.parse import ORGANIZATION, STORY
from articles.importing.writing.transactions import write_one
from providers.models import ProviderAlias


class Rehearsal:
    """The topics and organizations of a dry run on which later documents depend: written again before these."""

    def __init__(self):
        # [(document, what it is about)]
        self.written = []

    def repeat(self, writer, documents):
        """Write again what `documents`, {number: document}, may depend on. In a transaction that is rolled back."""
        for document in self.needed_for(documents) if self.written else ():
            write_one(document, writer)

    def needed_for(self, documents):
        """Return those written before that are about the same, or about the same as one that is, and so on."""
        about = set().union(*subjects_of(documents.values()))
        # An organization's other names tell which provider a story has.
        needed = {place for place, (document, _subjects) in enumerate(self.written) if "otherNames" in document.values}
        while True:
            for place in needed:
                about |= self.written[place][1]
            more = {place for place, (_document, subjects) in enumerate(self.written) if subjects & about}
            if more <= needed:
                return [self.written[place][0] for place in sorted(needed)]
            needed |= more

    def remember(self, documents, outcomes, writer):
        """Take note of {number: document} that were written and rolled back, with their {number: Outcome}."""
        taxonomy = []
        for number, outcome in outcomes.items():
            if documents[number].sort != STORY and outcome.action in WRITTEN:
                taxonomy.append(documents[number])
            elif outcome.action is Result.CREATED:
                writer.urls_taken.add(hash(outcome.url))
        self.written += zip(taxonomy, subjects_of(taxonomy), strict=True)


def subjects_of(documents):
    """Return for each document what it is about: the slugs of its names, the keys of its providers; stories nothing.

    A list of sets, in the order of the documents; at most a query for 2,000 organizations.
    """
    documents = list(documents)
    pairs = [pairs_of(document) for document in documents]
    names = {name for several in pairs for _domain, name in several}
    keys = {
        (domain, name): key
        for some in chunked(names)
        for domain, name, key in ProviderAlias.objects.filter(name__in=some).values_list(
            "domain", "name", "provider_id"
        )
    }
    return [
        slugs_of(document) | {keys[pair] for pair in several if pair in keys}
        for document, several in zip(documents, pairs, strict=True)
    ]


def names_of(document):
    values = document.values
    return [name for name in (values["name"], values.get("parent", ""), *values.get("otherNames", [])) if name]


def slugs_of(document):
    if document.sort == STORY:
        return set()
    return {(document.sort, slugify(name, allow_unicode=True)) for name in names_of(document)}


def pairs_of(document):
    """Return the pairs (domain, name) of an organization, none of other documents."""
    if document.sort != ORGANIZATION:
        return []
    return [(document.values.get("domain", ""), clean_name(name)) for name in names_of(document)]
