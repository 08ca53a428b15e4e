"""The desk's own error pages, the links of its menu, and the way from the desk to readers' pages."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from articles.choices import State
from articles.models import BulkChange, ImportBatch, Transition
from newsroom.errors import csrf_failure
from tests.conftest import make_user
from tests.factories import make_provider, make_story, make_topic
from tests.page_parts import links

pytestmark = pytest.mark.django_db
DESK = reverse("admin:index")
TOPIC_MENU = "//nav[@class='topic-nav']"


def shortcut(row, key=None):
    kind = ContentType.objects.get_for_model(type(row))
    return reverse("admin:view_on_site", args=[kind.pk, key or row.pk])


def with_permissions(name, *codenames):
    user = make_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


class TestErrorPages:
    @pytest.mark.parametrize(
        ("address", "status", "words"),
        [
            (reverse("admin:auth_user_changelist"), 403, "You don't have access to this page."),
            (f"{DESK}nothing/there/", 404, "This page doesn't exist."),
        ],
    )
    def test_signed_in_users_get_the_desks_error_page_with_its_menu(self, client, reporter, address, status, words):
        client.force_login(reporter)
        response = client.get(address)
        assert response.status_code == status
        assert words.replace("'", "&#x27;") in response.content.decode()
        assert f'href="{reverse("admin:articles_article_changelist")}"' in response.content.decode()
        assert "unsafe-eval" in response.headers["Content-Security-Policy"]
        assert "no-store" in response.headers["Cache-Control"]

    def test_a_form_without_a_token_is_answered_by_the_desk(self, reporter):
        strict = Client(enforce_csrf_checks=True)
        login = strict.post(reverse("admin:login"), {"username": "reporter", "password": "pw"})
        assert login.status_code == 403
        assert "Your session changed." in login.content.decode()
        assert links(login, "//body") == [reverse("admin:index"), reverse("front-page")]
        strict.force_login(reporter)
        signed_in = strict.post(reverse("admin:articles_article_changelist"))
        assert signed_in.status_code == 403
        assert "Go back and reload; your draft is saved." in signed_in.content.decode()

    def test_signed_out_users_are_asked_to_sign_in(self, client):
        assert client.get(f"{DESK}nothing/there/").status_code == 302

    def test_readers_get_their_own_error_pages(self, client):
        page = client.get("/nothing/there/")
        assert page.status_code == 404
        assert "This page doesn&#39;t exist." in page.content.decode()
        request = RequestFactory().post(reverse("preferences"))
        request.user = AnonymousUser()
        refused = csrf_failure(request)
        assert refused.status_code == 403
        assert "This form has expired." in refused.content.decode()
        assert links(refused, TOPIC_MENU) == links(page, TOPIC_MENU) == [reverse("topic-list"), reverse("search")]


class TestViewOnSite:
    def test_it_redirects_to_the_readers_page(self, client, reporter):
        client.force_login(reporter)
        for row in (make_story(), make_topic("AI"), make_provider()):
            assert client.get(shortcut(row)).url == row.get_absolute_url()

    def test_it_does_not_reveal_hidden_stories(self, client, editor):
        client.force_login(editor)
        later = timezone.now() + timezone.timedelta(days=1)
        hidden = [make_story(state=state) for state in State if state != State.PUBLISHED]
        hidden += [make_story(visible_from=later), make_provider(is_active=False)]
        assert [client.get(shortcut(row)).status_code for row in hidden] == [404] * len(hidden)

    def test_it_shows_nothing_without_the_permission_to_view_stories(self, client):
        client.force_login(with_permissions("keeper", "view_user"))
        assert client.get(shortcut(make_story())).status_code == 404

    @pytest.mark.parametrize("address", ["r/0/1/", "r/x/1/", f"r/{10**30}/1/", "r/1/x/", f"r/1/{10**30}/"])
    def test_a_missing_object_is_a_404(self, client, administrator, address):
        client.force_login(administrator)
        assert client.get(f"{DESK}{address}").status_code == 404

    def test_a_key_that_is_none_is_a_404(self, client, administrator):
        client.force_login(administrator)
        story = make_story()
        for key in ("x", str(10**30), "0"):
            assert client.get(shortcut(story, key)).status_code == 404
        assert client.get(shortcut(administrator)).status_code == 404


ROLES = {
    "reporter": None,
    "editor": None,
    "administrator": None,
    "importer": ("view_article", "import_article"),
    "keeper": ("view_user",),
    "reader": ("view_article",),
    "tagger": ("view_topic",),
    "nobody": (),
}


@pytest.mark.parametrize("role", ROLES)
def test_no_link_of_the_desk_answers_403(client, role):
    story = make_story(topics=[make_topic("AI")])
    make_story(state=State.INBOX)
    other = make_user("other", "editor")
    old = timezone.now() - timezone.timedelta(hours=1)
    ImportBatch.objects.create(state=ImportBatch.State.INTERRUPTED, finished_at=old, alive_at=old)
    BulkChange.objects.create(action="publish", total=1, actor=other, state="interrupted", alive_at=old)
    permissions = ROLES[role]
    client.force_login(make_user(role, role) if permissions is None else with_permissions(role, *permissions))
    todo, answers = [DESK], {}
    pages = [reverse("admin:articles_article_changelist"), reverse("admin:articles_article_change", args=[story.pk])]
    while todo:
        address = todo.pop()
        response = client.get(address)
        answers[address] = response.status_code
        if address in (DESK, *pages) and response.status_code == 200:
            links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/admin/[^"#]*)', text_of(response))}
            todo += sorted(link for link in links if link not in answers and link not in todo and "logout" not in link)
    assert {address for address, status in answers.items() if status not in (200, 302)} == set()
    assert answers[DESK] == 200


def text_of(response):
    return response.content.decode()


class TestForgedKeys:
    """Keys that no list offers select nothing, and no page fails on them."""

    @pytest.mark.parametrize("key", ["9" * 5000, "a\x00b", "x", "-1", "١"])
    @pytest.mark.parametrize(
        ("model", "action"),
        [("articles_article", "publish_selected"), ("articles_conflict", "take_theirs"), ("auth_user", "")],
    )
    def test_no_list_selects_them(self, client, admin_user, model, action, key):
        client.force_login(admin_user)
        posted = {"action": action or "delete_selected", "_selected_action": [key]}
        response = client.post(reverse(f"admin:{model}_changelist"), posted, follow=True)
        assert response.status_code == 200
        assert not BulkChange.objects.filter(total__gt=0).exists()

    def test_others_selected_with_them_are_taken(self, client, admin_user):
        story = make_story(state=State.IN_REVIEW)
        client.force_login(admin_user)
        posted = {"action": "publish_selected", "_selected_action": ["x", str(story.pk)]}
        client.post(reverse("admin:articles_article_changelist"), posted)
        assert BulkChange.objects.get().keys == [story.pk]

    def test_nor_does_an_action_that_is_refused(self, client, reporter):
        client.force_login(reporter)
        story = make_story(state=State.IN_REVIEW)
        posted = {"action": "publish_selected", "_selected_action": ["9" * 5000, str(story.pk)]}
        assert client.post(reverse("admin:articles_article_changelist"), posted).status_code == 403
        assert [refused.article for refused in Transition.objects.filter(refused=True)] == [story]

    def test_nor_a_forged_button(self, client, reporter):
        client.force_login(reporter)
        address = reverse("admin:articles_article_change", args=["9" * 5000])
        assert client.post(address, {"articles_article_publish": "yes"}).status_code == 403
