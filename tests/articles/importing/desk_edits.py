"""Edits of the desk for tests of exports: each function changes a story as a person does."""

from datetime import timedelta

from django.utils import timezone

from articles import workflow
from articles.choices import Action
from articles.editing.fields import edit
from articles.editing.pins import holder_of
from articles.history.recording import recording
from articles.models import Article, RelatedLink
from tests.factories import make_provider


def change_rows(story, by, change):
    """Change rows of a story as its page does: call `change(story)` and record it."""
    with recording(story, by):
        change(story)
        story.save(update_fields=["updated_at"])


def retitle(story, by, random):
    edit(story, {"title": f"The desk's {random.randrange(100)}"}, by)


def empty_the_excerpt(story, by, random):
    edit(story, {"excerpt": ""}, by)


def rescore(story, by, random):
    edit(story, {"heat": random.choice([0, 77, -1]), "quality": random.choice([None, 0, 80])}, by)


def write_a_body(story, by, random):
    edit(story, {"body": random.choice(["", "By the desk.\n", "---\nx\n---\n"])}, by)


def pin(story, by, random):
    slot = random.randrange(1, 16)
    if holder_of(slot, story.pk) is None:
        edit(story, {"pin": slot}, by)


def limit_visibility(story, by, random):
    edit(story, {"visible_until": timezone.now() + timedelta(days=random.randrange(300, 400))}, by)


def change_the_provider(story, by, random):
    edit(story, {"provider": make_provider()}, by)


def readdress(story, by, random):
    edit(story, {"slug": f"by-the-desk-{story.pk}"}, by)


def change_topics(story, by, random):
    def change(story):
        names = list(story.topics.names())
        story.topics.remove(*random.sample(names, min(len(names), random.randrange(2))))
        story.topics.add("Added")

    change_rows(story, by, change)


def change_pictures(story, by, random):
    def change(story):
        images = list(story.images.all())
        if images:
            images[0].delete()
        story.images.create(url=f"https://img.example/desk{random.randrange(9)}.png", position=0)

    change_rows(story, by, change)


def hide_coverage(story, by, random):
    def change(story):
        for link in story.related_links.all()[:1]:
            link.is_hidden = True
            link.save()

    change_rows(story, by, change)


def remove_coverage(story, by, random):
    change_rows(story, by, lambda story: [link.delete() for link in story.related_links.all()[1:2]])


def add_coverage_first(story, by, random):
    def change(story):
        for link in story.related_links.all():
            link.position += 1
            link.save()
        url = f"https://desk.example/{random.randrange(9)}"
        RelatedLink.objects.create(article=story, title="By the desk", web_url=url, position=0)

    change_rows(story, by, change)


def keep_the_title(story, by, random):
    edit(story, {"kept_fields": ["title"]}, by)


def move_state(story, by, random):
    """Publish, schedule, reject or withdraw, whichever is possible."""
    actions = [action for action, rule in workflow.RULES.items() if rule.allows(story)]
    action = random.choice(sorted(actions))
    visible_from = timezone.now() + timedelta(days=1) if action == Action.SCHEDULE else None
    if action == Action.EXPIRE:
        return
    if action in (Action.PUBLISH, Action.END_EMBARGO) and story.visible_until:
        return
    workflow.apply(action, story, by, reason="Because", visible_from=visible_from)


EDITS = (
    *(retitle, empty_the_excerpt, rescore, write_a_body, pin, limit_visibility, change_the_provider, readdress),
    *(change_topics, change_pictures, hide_coverage, remove_coverage, add_coverage_first, keep_the_title, move_state),
)


def edit_at_random(by, random, share=0.7):
    """Make several random edits of most stories."""
    for story in Article.objects.order_by("identity"):
        if random.random() < share:
            for change in random.sample(EDITS, random.randrange(1, 6)):
                change(Article.objects.get(pk=story.pk), by, random)
