"""The first page of the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles.choices import State
from articles.models import BulkChange, Conflict, ImportBatch
from tests.conftest import make_user
from tests.factories import make_provider, make_story, make_topic
from tests.page_parts import CONTENT, elements, links

pytestmark = pytest.mark.django_db


def test_dashboard_shows_pending_work(desk, editor, django_assert_num_queries):
    now = timezone.now()
    make_story(state=State.INBOX, published_at=now - timedelta(hours=3))
    make_story(title="Soon", visible_from=now + timedelta(seconds=1))
    make_story(topics=[make_topic("Space")], provider=make_provider(name="The Loop"))
    story = make_story(state=State.IN_REVIEW)
    Conflict.objects.create(article=story, field="title", ours="a", theirs="b")
    BulkChange.objects.create(action="publish", state="interrupted", total=3, actor=editor)
    ImportBatch.objects.create(sources=["feed.tar"], state="interrupted", finished_at=now)
    page = desk.get(reverse("admin:index"))
    html = page.content.decode()
    for text in ("Soon", "The Loop", "Space", "feed.tar", "0/3"):
        assert text in html, text
    assert (page.context["inbox"], page.context["in_review"], page.context["conflicts"]) == (1, 1, 1)
    assert sum(bar["number"] for bar in page.context["chart"]["bars"]) == 1
    with django_assert_num_queries(30, exact=False) as few:
        desk.get(reverse("admin:index"))
    for _number in range(10):
        make_story(provider=make_provider(), topics=[make_topic(f"T{_number}")])
    with assertNumQueries(len(few)):
        desk.get(reverse("admin:index"))


def test_days_without_publications_are_one_sentence_instead_of_a_chart(desk):
    url = reverse("admin:index")
    assert "<svg" not in desk.get(url).content.decode()
    make_story(visible_from=timezone.now() - timedelta(hours=1))
    assert "<svg" in desk.get(url).content.decode()


def test_each_number_links_to_the_rows_it_counts(desk):
    now = timezone.now()
    space, loop = make_topic("Space"), make_provider(name="The Loop")
    moon = make_topic("Moon", parent=space)
    for hours in (1, 30, 30):
        make_story(topics=[space], provider=loop, visible_from=now - timedelta(hours=hours))
    make_story(topics=[moon], visible_from=now - timedelta(hours=1))
    make_story(topics=[space], provider=loop, visible_from=now - timedelta(days=20))
    make_story(topics=[space], provider=loop, visible_from=now + timedelta(days=2))
    context = desk.get(reverse("admin:index")).context
    links = [(bar["number"], bar["url"]) for bar in context["chart"]["bars"] if bar["number"]]
    links.append((context["published_total"], context["published_url"]))
    for ranking in context["rankings"]:
        links += [(number, url) for _name, number, _percent, url in ranking["rows"]]
    assert (context["published_total"], len(links)) == (4, 7)
    for number, url in links:
        assert len(desk.get(url).context["cl"].result_list) == number, url


def test_conflicts_are_counted_as_in_the_list(desk):
    story = make_story()
    for field in ("title", "excerpt"):
        Conflict.objects.create(article=story, field=field)
    assert desk.get(reverse("admin:index")).context["conflicts"] == 1


def test_killed_runs_count_as_failed(desk, editor):
    gone = timezone.now() - timedelta(minutes=10)
    ImportBatch.objects.create(sources=["killed.tar"], state="running", alive_at=gone)
    ImportBatch.objects.create(sources=["alive.tar"], state="running", alive_at=timezone.now())
    change = BulkChange.objects.create(action="publish", state="running", total=7, actor=editor, alive_at=gone)
    failed = desk.get(reverse("admin:index")).context["failed"]
    assert [batch.sources for batch in failed["batches"]] == [["killed.tar"]]
    assert failed["changes"] == [change]


def test_dashboard_without_permission_is_empty(client):
    client.force_login(make_user("guest"))
    make_story(state=State.INBOX)
    page = client.get(reverse("admin:index"))
    assert (links(page), elements(page, f"{CONTENT}//h2")) == ([], [])
    assert "chart" not in page.context
