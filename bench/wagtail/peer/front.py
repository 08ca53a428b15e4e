"""The peer's front page: as many stories of each kind as on Newsroom's, in as few queries."""

from django.utils.functional import SimpleLazyObject

RANKED = 15
LATEST = 12
SECTIONS = 6
SECTION_LENGTH = 4
NAVIGATION_LENGTH = 8


def compose(story_page, topic_page):
    """Return the front page's lists; a query for each list's keys, and one for all cards."""
    live = story_page.objects.live()
    best = live.order_by("-rank", "-pk")
    ranked = list(best.values_list("pk", flat=True)[:RANKED])
    latest = list(live.order_by("-published_at", "-pk").values_list("pk", flat=True)[:LATEST])
    shown, sections = set(ranked), []
    for topic in menu_topics(topic_page)[:SECTIONS]:
        candidates = best.filter(topics=topic).values_list("pk", flat=True)[: SECTION_LENGTH + len(shown)]
        keys = [key for key in candidates if key not in shown][:SECTION_LENGTH]
        shown.update(keys)
        sections.append((topic, keys))
    cards = story_page.objects.cards(shown.union(latest))
    stories = [cards[key] for key in ranked]
    return {
        "lead": stories[0],
        "seconds": stories[1:3],
        "river": stories[3:],
        "latest": [cards[key] for key in latest],
        "sections": [{"topic": topic, "stories": [cards[key] for key in keys]} for topic, keys in sections],
    }


def menu_topics(topic_page):
    return topic_page.objects.live().in_menu().order_by("title").only("title", "url_path")


def navigation(request):
    """Add the topics of the masthead to every template (one query, when used)."""
    from peer.models import TopicPage

    return {"nav_topics": SimpleLazyObject(lambda: list(menu_topics(TopicPage)[:NAVIGATION_LENGTH]))}
