from articles.models.article import Article
from articles.models.batch import ImportBatch, ImportedDocument, UnchangedDocuments
from articles.models.cache_version import CacheVersion
from articles.models.conflict import Conflict
from articles.models.decisions import DeskDecisions, FieldPolicy
from articles.models.desk import BulkChange, BulkChangeRow, ImportPreference, OpenStory, SavedView
from articles.models.identity import FormerIdentity, FormerStoryAddress, KnownFile, PossibleDuplicate
from articles.models.image import Image
from articles.models.picture import BlockedPicture, PictureSource, StoredPicture
from articles.models.related_link import RelatedLink
from articles.models.revision import Revision
from articles.models.tombstone import Tombstone
from articles.models.topic import ArticleTopic, FormerTopicSlug, Topic, TopicAlias
from articles.models.transition import Transition
from articles.models.upstream import UpstreamDocument, UpstreamSecret
from articles.models.written_document import WrittenDocument

__all__ = [
    "Article",
    "ArticleTopic",
    "BlockedPicture",
    "BulkChange",
    "BulkChangeRow",
    "CacheVersion",
    "Conflict",
    "DeskDecisions",
    "FieldPolicy",
    "FormerIdentity",
    "FormerStoryAddress",
    "FormerTopicSlug",
    "Image",
    "ImportBatch",
    "ImportPreference",
    "ImportedDocument",
    "KnownFile",
    "OpenStory",
    "PictureSource",
    "PossibleDuplicate",
    "RelatedLink",
    "Revision",
    "SavedView",
    "StoredPicture",
    "Tombstone",
    "Topic",
    "TopicAlias",
    "Transition",
    "UnchangedDocuments",
    "UpstreamDocument",
    "UpstreamSecret",
    "WrittenDocument",
]
