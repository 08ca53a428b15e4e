"""Registers every ModelAdmin of the desk; Django imports this module."""

from desk.imports.import_admin import ImportBatchAdmin, ImportedDocumentAdmin
from desk.providers.provider_admin import ProviderAdmin
from desk.stories.blocked_picture_admin import BlockedPictureAdmin
from desk.stories.conflict_admin import ConflictAdmin
from desk.stories.story_admin import StoryAdmin
from desk.stories.tombstone_admin import TombstoneAdmin
from desk.topics.topic_admin import TopicAdmin
from desk.users import GroupAdmin, UserAdmin

__all__ = [
    "BlockedPictureAdmin",
    "ConflictAdmin",
    "GroupAdmin",
    "ImportBatchAdmin",
    "ImportedDocumentAdmin",
    "ProviderAdmin",
    "StoryAdmin",
    "TombstoneAdmin",
    "TopicAdmin",
    "UserAdmin",
]
