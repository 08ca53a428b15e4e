from articles.admin.stories import StoryAdmin
from articles.admin.topics import TopicAdmin

__all__ = ["StoryAdmin", "TopicAdmin"]
