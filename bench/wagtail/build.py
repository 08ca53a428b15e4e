"""Create the peer's database: `build.py STORIES.jsonl`, run by the peer's interpreter with DATA_DIR set."""

import json
import os
import sys
import uuid
from datetime import datetime
from itertools import islice
from pathlib import Path

import django

HERE = Path(__file__).resolve().parent
STORIES_AT_ONCE = 1000


def main(path):
    os.environ["DJANGO_SETTINGS_MODULE"] = "peer.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from wagtail.models import Page

    call_command("migrate", verbosity=0)
    with path.open(encoding="utf-8") as lines, transaction.atomic():
        taxonomy = json.loads(next(lines))
        index, providers, topics = create_pages(taxonomy)
        begin = 0
        while stories := [json.loads(line) for line in islice(lines, STORIES_AT_ONCE)]:
            write_stories(stories, begin, index, providers, topics)
            begin += len(stories)
        Page.objects.filter(pk=index.pk).update(numchild=begin)
    problems = Page.find_problems()
    assert not any(problems), problems
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def create_pages(taxonomy):
    """Create the pages above the stories, in place of Wagtail's welcome; return index page, providers and topics."""
    from peer.models import FrontPage, Provider, StoryIndexPage, TopicIndexPage, TopicPage
    from wagtail.models import Page, Site

    Page.objects.filter(depth=2).first().delete()
    root = Page.objects.get(depth=1)
    front = root.add_child(instance=FrontPage(title="Newsroom", slug="home"))
    Site.objects.all().delete()
    Site.objects.create(hostname="127.0.0.1", port=80, root_page=front, is_default_site=True)
    topic_index = front.add_child(instance=TopicIndexPage(title="All topics", slug="topics"))
    topics = [
        topic_index.add_child(instance=TopicPage(title=name, slug=name.lower(), show_in_menus=True))
        for name in taxonomy["topics"]
    ]
    providers = Provider.objects.bulk_create(
        Provider(name=name, slug=name.lower().replace(" ", "-"), domain=domain) for name, domain in taxonomy["outlets"]
    )
    index = front.add_child(instance=StoryIndexPage(title="Stories", slug="stories"))
    return index, providers, topics


def write_stories(stories, begin, index, providers, topics):
    """Write stories below `index`, rows of Page and of StoryPage apart: bulk_create cannot write inherited models."""
    from django.contrib.contenttypes.models import ContentType
    from peer.models import RelatedLink, StoryPage
    from wagtail.images.models import Image
    from wagtail.models import Page

    content_type = ContentType.objects.get_for_model(StoryPage)
    shared = {"content_type": content_type, "locale_id": index.locale_id, "depth": index.depth + 1, "numchild": 0}
    pages = Page.objects.bulk_create(
        Page(
            title=story["title"],
            draft_title=story["title"],
            slug=story["slug"],
            path=Page._get_path(index.path, index.depth + 1, begin + number + 1),
            url_path=f"{index.url_path}{story['slug']}/",
            translation_key=uuid.uuid4(),
            live=story["is_published"],
            first_published_at=story["published_at"],
            last_published_at=story["published_at"],
            **shared,
        )
        for number, story in enumerate(stories)
    )
    pictures = Image.objects.bulk_create(Image(collection_id=1, **story["picture"]) for story in stories)
    rows = list(zip(pages, pictures, stories, strict=True))
    StoryPage._base_manager._insert(
        [
            StoryPage(
                page_ptr=page,
                excerpt=story["excerpt"],
                body=story["body"],
                web_url=story["url"],
                published_at=datetime.fromisoformat(story["published_at"]),
                rank=story["rank"],
                provider=providers[story["provider"]],
                picture=picture,
                content_type=content_type,
            )
            for page, picture, story in rows
        ],
        fields=StoryPage._meta.local_concrete_fields,
        using="default",
    )
    through = StoryPage.topics.through
    through.objects.bulk_create(
        through(storypage_id=page.pk, topicpage_id=topics[topic].pk)
        for page, _, story in rows
        for topic in story["topics"]
    )
    RelatedLink.objects.bulk_create(
        RelatedLink(
            page_id=page.pk,
            sort_order=position,
            title=link["title"],
            url=link["url"],
            provider=providers[link["provider"]],
            published_at=datetime.fromisoformat(link["published_at"]),
            quality=link["quality"],
        )
        for page, _, story in rows
        for position, link in enumerate(story["related"])
    )


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main(Path(sys.argv[1]))
