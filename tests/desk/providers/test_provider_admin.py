"""The desk's list of providers, their pages with figures, and who may do what."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Conflict, Image
from desk.reports import counting
from desk.reports.provider_report import RecentStories, with_story_counts
from providers.models import Provider, ProviderAlias
from tests.desk.pages import fields_of
from tests.desk.providers.pages import LIST, action_url, merge_url, page_of, text_of
from tests.factories import make_picture, make_provider, make_related, make_story

pytestmark = pytest.mark.django_db


class TestFigures:
    def test_list_shows_figures_of_each_provider(self, desk):
        one, _two = make_provider(name="One"), make_provider(name="Two", is_active=False)
        for quality in (10, 20, 90):
            make_story(provider=one, quality=quality)
        story = make_story(provider=one, state=State.INBOX, quality=None)
        Conflict.objects.create(article=story, field="title")
        rows = {row.name: row for row in desk.get(LIST).context["cl"].result_list}
        recent = rows["One"].recent
        assert (rows["One"].stories, recent.share, recent.median, recent.mean) == (4, 75, 20, 40.0)
        assert (rows["One"].conflicts, rows["Two"].conflicts, rows["Two"].stories) == (1, 0, 0)
        html = text_of(desk.get(LIST))
        assert "Recent figures cover the latest 20,000 stories" in html
        assert "Inactive" in html
        assert f"provider__id__exact={one.pk}" in html

    def test_page_shows_figures_of_one_provider(self, desk):
        provider = make_provider()
        for number in range(3):
            make_story(provider=provider, published_at=timezone.now() - timedelta(days=7 * number), quality=50)
        make_story(provider=provider, state=State.REJECTED, quality=95)
        make_related(make_story(), provider=provider)
        context = desk.get(page_of(provider)).context
        assert {label: number for label, number, _url in context["states"]}["Rejected"] == 1
        assert (context["total"], context["coverage"], context["recent"].share) == (4, 1, 75)
        assert [bar["number"] for bar in context["chart"]["bars"]][-3:] == [1, 1, 1]
        assert [number for _name, number, _percent, _url in context["bands"]] == [0, 3, 0, 0, 1]

    def test_each_number_links_to_the_stories_it_counts(self, desk):
        provider = make_provider()
        for state, quality in ((State.PUBLISHED, 45), (State.PUBLISHED, 85), (State.INBOX, 45)):
            make_story(provider=provider, state=state, quality=quality)
        make_story()
        context = desk.get(page_of(provider)).context
        links = [(number, url) for _label, number, url in context["states"]]
        links += [(number, url) for _name, number, _percent, url in context["bands"]]
        for number, url in [*links, (context["total"], context["all_stories"])]:
            assert len(desk.get(url).context["cl"].result_list) == number, url

    def test_list_counts_up_to_a_limit(self, monkeypatch):
        monkeypatch.setattr(counting, "LIST_COUNT_LIMIT", 2)
        provider = make_provider()
        for _number in range(4):
            make_story(provider=provider)
        assert with_story_counts(Provider.objects.filter(pk=provider.pk)).get().stories == 3
        assert counting.describe_count(3) == "over 2"
        assert counting.describe_count(2) == "2"

    def test_page_counts_up_to_a_limit(self, desk, monkeypatch):
        monkeypatch.setattr(counting, "COUNT_LIMIT", 2)
        provider = make_provider()
        for _number in range(4):
            make_related(make_story(provider=provider), provider=provider)
        make_story(provider=provider, state=State.INBOX)
        response = desk.get(page_of(provider))
        states = {label: number for label, number, _url in response.context["states"] if number}
        assert (states, response.context["coverage"]) == ({"Published": 3, "Inbox": 1}, 3)
        numbers = re.findall(r"<dd>([^<]*)</dd>", text_of(response).partition('id="one-quality"')[0])
        assert [number.strip() for number in numbers] == ["over 2", "1", "over 2"]
        assert "over 2 pieces of related coverage" in text_of(response)

    @pytest.mark.parametrize("sort", ["", "4", "-4", "8"])
    def test_counts_are_the_same_in_every_order(self, desk, sort):
        few, many = make_provider(name="B"), make_provider(name="A")
        for provider, number in ((few, 1), (many, 3)):
            for _number in range(number):
                make_story(provider=provider)
        rows = desk.get(LIST, {"o": sort} if sort else {}).context["cl"].result_list
        assert {row.name: row.stories for row in rows} == {"A": 3, "B": 1}
        assert all(row.last_published_at for row in rows)

    def test_figures_are_read_from_indexes(self):
        provider = make_provider()
        for stories in (
            Article.objects.filter(provider=provider, state=State.INBOX),
            Article.objects.filter(provider=provider).order_by("-dated_at"),
        ):
            if connection.vendor == "postgresql":
                # On an empty table PostgreSQL would rather read it all, and sort.
                with connection.cursor() as cursor:
                    for way in ("seqscan", "bitmapscan", "sort"):
                        cursor.execute(f"SET LOCAL enable_{way} = off")
            assert re.search(r"desk_by_provider", stories.values("pk")[:2000].explain())

    def test_medians_and_means(self):
        recent = RecentStories()
        assert (recent.share, recent.median, recent.mean) == (None, None, None)
        for quality in (1, 2, 3, 100):
            recent.add(1, quality, is_published=True)
        recent.add(4, None, is_published=False)
        assert (recent.share, recent.median, recent.mean) == (50, 3, 26.5)
        recent.add(2, 200, is_published=False)
        assert recent.bands()[-1] == (90, None, 3)

    @pytest.mark.parametrize("where", ["list", "one", "rename", "merge", "state"])
    def test_number_of_queries_is_constant(self, desk, where):
        one, two = make_provider(name="One"), make_provider(name="Two")
        url = {"list": LIST, "one": page_of(one), "merge": merge_url(one, two)}.get(where) or action_url(where, one)
        posted = {"name": "New", "slug": "new", "target": two.pk, "_preview": "1"}

        def ask():
            return desk.get(url) if where in ("list", "one") else desk.post(url, posted)

        def fill(count):
            for _number in range(count):
                story = make_story(provider=one, outlets=1)
                make_related(story, provider=one)
                make_picture(provider=story.provider)
                Conflict.objects.create(article=story, field="title")
                one.aliases.create(name=f"Name {ProviderAlias.objects.count()}", domain="x.example")

        fill(2)
        ask()
        with CaptureQueriesContext(connection) as few:
            assert ask().status_code == 200
        fill(20)
        with CaptureQueriesContext(connection) as many:
            ask()
        assert len(many) == len(few)
        assert len(few) < 25


class TestForm:
    def test_concurrent_change_of_the_same_field_is_an_error(self, desk):
        provider = make_provider(description="Old")
        posted = fields_of(desk.get(page_of(provider)))
        Provider.objects.filter(pk=provider.pk).update(description="Theirs")
        response = desk.post(page_of(provider), posted | {"description": "Mine"})
        assert "Someone else changed this to “Theirs”" in text_of(response)
        again = fields_of(response)
        assert again["description"] == "Mine"
        assert desk.post(page_of(provider), again).status_code == 302
        assert Provider.objects.get(pk=provider.pk).description == "Mine"

    def test_untouched_field_keeps_concurrent_change(self, desk):
        provider = make_provider(description="Old")
        posted = fields_of(desk.get(page_of(provider)))
        Provider.objects.filter(pk=provider.pk).update(description="Theirs")
        assert desk.post(page_of(provider), posted).status_code == 302
        assert Provider.objects.get(pk=provider.pk).description == "Theirs"

    @pytest.mark.parametrize("rendered", ["", "x", "[]", "null", '{"description": {}}', "[" * 100_000])
    def test_malformed_rendered_values_overwrite_nothing(self, desk, rendered):
        provider = make_provider(description="Theirs")
        posted = fields_of(desk.get(page_of(provider)))
        response = desk.post(page_of(provider), posted | {"description": "Mine", "rendered": rendered})
        assert response.status_code == 200
        assert Provider.objects.get(pk=provider.pk).description == "Theirs"

    def test_form_does_not_change_name_and_state(self, desk):
        provider = make_provider(name="Old", slug="old")
        posted = fields_of(desk.get(page_of(provider)))
        desk.post(page_of(provider), posted | {"name": "New", "slug": "new", "is_active": "", "description": "D"})
        provider.refresh_from_db()
        assert (provider.name, provider.slug, provider.is_active, provider.description) == ("Old", "old", True, "D")

    def test_invalid_domain_is_refused(self, desk):
        url = reverse("admin:providers_provider_add")
        response = desk.post(url, fields_of(desk.get(url)) | {"name": "X", "domain": "not a domain"})
        assert "domain" in response.context["adminform"].form.errors
        assert desk.post(url, fields_of(desk.get(url)) | {"name": "X", "domain": "x.example"}).status_code == 302


class TestRightsToPictures:
    def test_never_takes_the_copies_away(self, desk):
        provider = make_provider()
        own, other = make_picture(article=make_story(provider=provider)), make_picture(article=make_story())
        posted = fields_of(desk.get(page_of(provider))) | {"picture_policy": "never"}
        assert desk.post(page_of(provider), posted).status_code == 302
        assert Provider.objects.get(pk=provider.pk).picture_policy == "never"
        assert not Image.objects.get(pk=own.pk).file
        assert Image.objects.get(pk=other.pk).file

    def test_another_change_leaves_them(self, desk):
        provider = make_provider(picture_policy="never")
        picture = make_picture(article=make_story(provider=provider))
        posted = fields_of(desk.get(page_of(provider))) | {"description": "Local news"}
        desk.post(page_of(provider), posted)
        assert Image.objects.get(pk=picture.pk).file


class TestPermissions:
    def test_reporter_sees_but_cannot_change(self, client, reporter):
        one, two = make_provider(), make_provider()
        client.force_login(reporter)
        assert client.get(LIST).status_code == client.get(page_of(one)).status_code == 200
        assert client.get(page_of(one)).context["action_links"] == []
        for url in (action_url("rename", one), action_url("state", one), merge_url(one), merge_url(one, two)):
            assert client.get(url).status_code == 403
            assert client.post(url, {"name": "New", "target": two.pk, "_do": "1"}).status_code == 403
        client.post(LIST, {"action": "merge_selected", "_selected_action": [one.pk, two.pk]})
        assert Provider.objects.filter(is_active=True).count() == 2

    def test_signed_out_users_are_redirected_to_sign_in(self, client):
        provider = make_provider()
        assert "login" in client.post(action_url("rename", provider), {"name": "New", "_do": "1"}).url

    @pytest.mark.parametrize("of", ["", "?of=", "?of=0", "?of=x&of=-1", "?of=99999999999999999999", "?of=%00"])
    def test_invalid_keys_return_404(self, desk, of):
        assert desk.get(reverse("admin:provider-merge") + of).status_code == 404
        assert desk.post(reverse("admin:provider-merge") + of, {"target": "1"}).status_code == 404
        assert desk.get(f"/admin/providers/provider/{10**18}/rename/").status_code == 404

    @pytest.mark.parametrize("target", ["", "x", "-1", str(10**30), "\x00"])
    def test_invalid_targets_are_refused(self, desk, target):
        one = make_provider()
        response = desk.post(merge_url(one), {"target": target, "_do": "1"})
        assert "target" in response.context["form"].errors
        assert "target" in desk.post(merge_url(one), {"target": one.pk, "_do": "1"}).context["form"].errors

    def test_provider_with_stories_cannot_be_deleted(self, desk):
        provider, free = make_provider(), make_provider()
        make_story(provider=provider)
        delete = reverse("admin:providers_provider_delete", args=[provider.pk])
        for ask in (desk.get, desk.post):
            assert "Merge it into another provider, or deactivate it" in text_of(
                ask(delete, {"post": "yes"}, follow=True)
            )
        desk.post(reverse("admin:providers_provider_delete", args=[free.pk]), {"post": "yes"})
        assert list(Provider.objects.all()) == [provider]

    def test_no_bulk_deletion(self, desk):
        one, two = make_provider(), make_provider()
        desk.post(LIST, {"action": "delete_selected", "_selected_action": [one.pk, two.pk], "post": "yes"})
        assert Provider.objects.count() == 2
