"""Related coverage that is added at the desk."""

import pytest

from articles.models import RelatedLink
from tests.desk.pages import fields_of, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_coverage_added_at_the_desk_gets_provider_and_identity(client, editor):
    story, ours = make_story(), make_story(web_url="https://found.example/story")
    client.force_login(editor)
    posted = fields_of(client.get(page_of(story))) | {
        "related_links-TOTAL_FORMS": 1,
        "related_links-0-position": 0,
        "related_links-0-title": "Found by an editor",
        "related_links-0-web_url": "http://found.example/story?utm_source=mail",
        "related_links-0-article": story.pk,
    }
    response = client.post(page_of(story), posted)
    assert response.status_code == 302, response.context["errors"]
    link = RelatedLink.objects.get()
    assert link.provider.domain == "found.example"
    assert link.linked_article == ours
