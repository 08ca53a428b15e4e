from articles.admin.conflicts import ConflictAdmin
from articles.admin.imports import ImportBatchAdmin, ImportedDocumentAdmin
from articles.admin.stories import StoryAdmin
from articles.admin.tombstones import TombstoneAdmin
from articles.admin.topics import TopicAdmin

__all__ = ["ConflictAdmin", "ImportBatchAdmin", "ImportedDocumentAdmin", "StoryAdmin", "TombstoneAdmin", "TopicAdmin"]
