"""The reader's pages, one of each kind, found in the demo."""

from zipfile import ZipFile

from django.db.models import Count

from articles.choices import State
from articles.models import Article, Topic
from providers.models import Provider

# The demo's lead, which no test changes; the hottest story is another one after some tests of the desk.
LEAD = "https://www.harbourpost.example/2026/11/barrier-holds-at-port-ellery"


def pages():
    """Return {kind: path} of every kind of public page, the worst fixtures among them."""
    published = Article.objects.visible()
    by_title_length = sorted(published, key=lambda story: len(story.title))
    by_word_length = sorted(published, key=lambda story: max(map(len, story.title.split())))
    return {
        "front": "/",
        "topic-list": "/topics/",
        "provider-list": "/providers/",
        "topic": Topic.objects.get(name="Science").get_absolute_url(),
        "provider": Provider.objects.annotate(n=Count("articles")).order_by("-n").first().get_absolute_url(),
        "story": Article.objects.get(web_url=LEAD).get_absolute_url(),
        "story-longest-headline": by_title_length[-1].get_absolute_url(),
        "story-one-word": by_title_length[0].get_absolute_url(),
        "story-longest-word": by_word_length[-1].get_absolute_url(),
        "story-right-to-left": published.filter(locale="ar").first().get_absolute_url(),
        "story-without-picture": published.filter(images=None).first().get_absolute_url(),
        "story-without-excerpt": published.filter(excerpt="").first().get_absolute_url(),
        "story-video": published.filter(kind="video").first().get_absolute_url(),
        "story-with-body": published.exclude(body="").first().get_absolute_url(),
        "search": "/search/?q=harbour",
        "search-filtered": "/search/?q=the&topic=science&since=2026-01-01&until=x&sort=newest",
        "search-nothing": "/search/?q=xyzzy",
        "search-empty": "/search/",
        "archive": "/archive/",
        "archive-month": f"/{published.latest_first().first().dated_at:%Y/%m}/",
        "about": "/about/",
        "offline": "/offline/",
        "withdrawn": Article.objects.filter(state=State.WITHDRAWN).first().get_absolute_url(),
        "not-found": "/no/such/page/",
    }


def archive_of(path, *documents):
    """Write an archive of documents to `path`, and return its name."""
    with ZipFile(path, "w") as archive:
        for number, document in enumerate(documents, start=1):
            archive.writestr(f"stories/{number}.md", document)
    return str(path)
