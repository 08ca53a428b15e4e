"""What a hostile document must not be able to do, and what every response says about it."""

import logging

import pytest

from articles.importing.runner import import_sources
from articles.models import Article
from tests.factories import make_document, make_provider, make_story

pytestmark = pytest.mark.django_db
HUSH = "b2EKSbQi0wJptBxRTJ4ZD;hush"


def test_reader_pages_have_no_inline_scripts_and_load_nothing_from_other_sites(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_admins_policy_is_looser_but_loads_nothing_from_other_sites(client, editor):
    login = client.get("/admin/login/").headers["Content-Security-Policy"]
    client.force_login(editor)
    policy = client.get("/admin/articles/article/").headers["Content-Security-Policy"]
    assert policy == login
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "http" not in policy


def test_every_response_has_the_other_headers(client):
    headers = client.get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.fixture
def secret_story(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(make_document(secured=HUSH, related=[{"title": "Other", "webUrl": "https://o.example/1"}]))
    assert import_sources([str(path)]).is_complete
    return Article.objects.get()


def test_secured_is_stored_and_shown_nowhere(client, administrator, secret_story, caplog):
    assert secret_story.upstream.secured == HUSH
    client.force_login(administrator)
    caplog.set_level(logging.DEBUG)
    pages = [
        "/",
        secret_story.get_absolute_url(),
        secret_story.provider.get_absolute_url(),
        "/topics/ai/",
        "/admin/articles/article/",
        f"/admin/articles/article/?q={HUSH}",
        f"/admin/articles/article/{secret_story.pk}/change/",
        f"/admin/articles/article/{secret_story.pk}/history/",
    ]
    for url in pages:
        page = client.get(url)
        assert page.status_code == 200, url
        text = page.content.decode()
        assert HUSH not in text.replace(f'value="{HUSH}"', ""), url
        assert "secured" not in text, url
    page = client.get("/admin/articles/article/", {"q": HUSH})
    assert "No stories match." in page.content.decode()
    assert HUSH not in caplog.text


def test_hostile_text_is_harmless_wherever_it_is_shown(client, administrator, tmp_path):
    attack = '<script>alert(1)</script><img src="https://evil.example/x.png" onerror="alert(1)">'
    path = tmp_path / "a.md"
    path.write_bytes(
        make_document(
            title=f"Calm {attack}",
            excerpt=attack,
            featuredContent='<iframe src="https://evil.example/"></iframe>',
            provider={"name": f"Outlet {attack}", "domain": "outlet.example"},
            topics=[f"Topic <b>{'x' * 10}</b>"],
            related=[{"title": f"Other {attack}", "excerpt": attack, "webUrl": "https://other.example/"}],
            images=[{"url": "https://evil.example/pixel.png", "title": attack}],
            body=attack,
        )
    )
    import_sources([str(path)])
    story = Article.objects.get()
    urls = ["/", story.get_absolute_url(), story.provider.get_absolute_url(), story.topics.get().get_absolute_url()]
    for url in urls:
        page = client.get(url).content.decode()
        assert "Calm" in page, url
        for bad in ("<script>alert", "<img src=x", "evil.example/x.png", "evil.example/pixel.png", "<iframe"):
            assert bad not in page, url
    client.force_login(administrator)
    for url in ("/admin/articles/article/", f"/admin/articles/article/{story.pk}/change/"):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert '<img src="https://evil' not in page


def test_a_url_that_slipped_past_the_importer_is_not_linked(client):
    story = make_story(web_url="https://user:pass@evil.example/", provider=make_provider())
    page = client.get(story.get_absolute_url()).content.decode()
    assert "evil.example" not in page


def test_external_links_send_no_referrer(client):
    story = make_story(outlets=2, body="[there](https://third.example/)")
    page = client.get(story.get_absolute_url()).content.decode()
    outgoing = [part for part in page.split("<a ")[1:] if 'href="http' in part.split(">")[0]]
    outgoing = [part.split(">")[0] for part in outgoing if "testserver" not in part.split(">")[0]]
    assert len(outgoing) >= 4
    for link in outgoing:
        assert "noopener" in link
        assert "nofollow" in link
