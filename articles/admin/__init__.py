from articles.admin.stories import StoryAdmin
from articles.admin.tombstones import TombstoneAdmin
from articles.admin.topics import TopicAdmin

__all__ = ["StoryAdmin", "TombstoneAdmin", "TopicAdmin"]
