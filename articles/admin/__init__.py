from articles.admin.conflicts import ConflictAdmin
from articles.admin.imports import ImportBatchAdmin, ImportedDocumentAdmin
from articles.admin.providers import ProviderAdmin
from articles.admin.stories import StoryAdmin
from articles.admin.tombstones import TombstoneAdmin
from articles.admin.topics import TopicAdmin

__all__ = [
    "ConflictAdmin",
    "ImportBatchAdmin",
    "ImportedDocumentAdmin",
    "ProviderAdmin",
    "StoryAdmin",
    "TombstoneAdmin",
    "TopicAdmin",
]
