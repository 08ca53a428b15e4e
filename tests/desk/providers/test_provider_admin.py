"""The desk's providers: their figures, and what is done to one as a whole."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.choices import BulkAction, State
from articles.editing.restoring import restore, state_at
from articles.importing.runner import import_sources
from articles.models import Article, BulkChange, Conflict, ImportedDocument, RelatedLink, Revision, SavedView
from articles.workflow import COMMAND_LINE
from desk import form_fields
from desk.providers import provider_previews
from desk.reports import counting
from desk.reports import provider_report as figures
from providers import renaming
from providers.merging import merge_providers
from providers.models import FormerSlug, Provider, ProviderAlias
from tests.conftest import make_user
from tests.desk.pages import fields_of
from tests.factories import as_document, make_picture, make_provider, make_related, make_story, make_values

pytestmark = pytest.mark.django_db
LIST = reverse("admin:providers_provider_changelist")
# What a field that is searched says of itself, for the admin's search.
ASKED = ("app_label", "model_name", "field_name")


def page_of(provider):
    return reverse("admin:providers_provider_change", args=[provider.pk])


def act(name, provider):
    return reverse(f"admin:provider-{name}", args=[provider.pk])


def merging(*providers):
    return f"{reverse('admin:provider-merge')}?{'&'.join(f'of={provider.pk}' for provider in providers)}"


def seen_in(response):
    """The signature that the preview shows, as a browser would post it."""
    return {"seen": response.context["preview"].seen}


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def bring(tmp_path):
    """bring(**fields): import a story's document, and return the story."""

    def bring(**values):
        path = tmp_path / "story.md"
        path.write_bytes(as_document(values))
        import_sources([str(path)], hold=False)
        return Article.objects.get(web_url=values["webUrl"])

    return bring


class TestFigures:
    def test_the_list_says_what_each_sends_and_what_becomes_of_it(self, desk):
        one, _two = make_provider(name="One"), make_provider(name="Two", is_active=False)
        for quality in (10, 20, 90):
            make_story(provider=one, quality=quality)
        story = make_story(provider=one, state=State.INBOX, quality=None)
        Conflict.objects.create(article=story, field="title")
        rows = {row.name: row for row in desk.get(LIST).context["cl"].result_list}
        lately = rows["One"].lately
        assert (rows["One"].stories, lately.share, lately.median, lately.mean) == (4, 75, 20, 40.0)
        assert (rows["One"].disputes, rows["Two"].disputes, rows["Two"].stories) == (1, 0, 0)
        html = text_of(desk.get(LIST))
        assert "among the newest 20,000 stories" in html
        assert "Not active" in html
        assert f"provider__id__exact={one.pk}" in html

    def test_the_page_says_it_of_one(self, desk):
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

    def test_each_number_leads_to_what_it_counts(self, desk):
        provider = make_provider()
        for state, quality in ((State.PUBLISHED, 45), (State.PUBLISHED, 85), (State.INBOX, 45)):
            make_story(provider=provider, state=state, quality=quality)
        make_story()
        context = desk.get(page_of(provider)).context
        told = [(number, url) for _label, number, url in context["states"]]
        told += [(number, url) for _name, number, _percent, url in context["bands"]]
        for number, url in [*told, (context["total"], context["all_stories"])]:
            assert len(desk.get(url).context["cl"].result_list) == number, url

    def test_counting_ends_somewhere(self, monkeypatch):
        monkeypatch.setattr(counting, "COUNTED_IN_LISTS", 2)
        provider = make_provider()
        for _number in range(4):
            make_story(provider=provider)
        assert figures.with_numbers(Provider.objects.filter(pk=provider.pk)).get().stories == 3
        assert counting.in_words(3) == "over 2"
        assert counting.in_words(2) == "2"

    def test_counting_on_the_page_of_one_ends_too(self, desk, monkeypatch):
        monkeypatch.setattr(counting, "COUNTED", 2)
        provider = make_provider()
        for _number in range(4):
            make_related(make_story(provider=provider), provider=provider)
        make_story(provider=provider, state=State.INBOX)
        response = desk.get(page_of(provider))
        states = {label: number for label, number, _url in response.context["states"] if number}
        assert (states, response.context["coverage"]) == ({"Published": 3, "Inbox": 1}, 3)
        numbers = re.findall(r"<dd>([^<]*)</dd>", text_of(response).partition('id="one-quality"')[0])
        assert [number.strip() for number in numbers] == ["over 2", "1", "over 2"]
        assert "over 2 pieces of coverage" in text_of(response)

    @pytest.mark.parametrize("sort", ["", "4", "-4", "8"])
    def test_the_list_counts_alike_however_it_is_sorted(self, desk, sort):
        few, many = make_provider(name="B"), make_provider(name="A")
        for provider, number in ((few, 1), (many, 3)):
            for _number in range(number):
                make_story(provider=provider)
        rows = desk.get(LIST, {"o": sort} if sort else {}).context["cl"].result_list
        assert {row.name: row.stories for row in rows} == {"A": 3, "B": 1}
        assert all(row.last_out for row in rows)

    def test_its_numbers_are_read_from_indexes(self):
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
        lately = figures.Lately()
        assert (lately.share, lately.median, lately.mean) == (None, None, None)
        for quality in (1, 2, 3, 100):
            figures.add(lately, True, quality, 1)
        figures.add(lately, False, None, 4)
        assert (lately.share, lately.median, lately.mean) == (50, 3, 26.5)
        figures.add(lately, False, 200, 2)
        assert lately.bands()[-1] == (90, None, 3)

    @pytest.mark.parametrize("where", ["list", "one", "rename", "merge", "state"])
    def test_no_page_makes_more_queries_as_rows_grow(self, desk, where):
        one, two = make_provider(name="One"), make_provider(name="Two")
        url = {"list": LIST, "one": page_of(one), "merge": merging(one, two)}.get(where) or act(where, one)
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


class TestRenaming:
    def test_it_is_shown_first_and_done_when_confirmed(self, desk):
        provider = make_provider(name="Old", domain="old.example", slug="old")
        make_story(provider=provider)
        posted = {"name": " New  Name ", "domain": "new.example", "slug": "new-name"}
        shown = desk.post(act("rename", provider), posted | {"_preview": "1"})
        html = text_of(shown)
        for sentence in (
            "Readers see “New Name” instead of “Old”",
            "1 published story changes for readers",
            "come to /providers/old/ or its feeds are led to /providers/new-name/",
            "The next import finds it by: Old (old.example).",
        ):
            assert sentence in html, sentence
        assert Provider.objects.get(pk=provider.pk).name == "Old"
        desk.post(act("rename", provider), posted | seen_in(shown) | {"_do": "1"})
        provider.refresh_from_db()
        assert (provider.name, provider.domain, provider.slug) == ("New Name", "new.example", "new-name")
        assert "name: Old → New Name" in LogEntry.objects.get().change_message

    def test_without_having_seen_it_nothing_is_done(self, desk):
        provider = make_provider(name="Old")
        for seen in ({}, {"seen": ""}, {"seen": "0" * 32}):
            response = desk.post(act("rename", provider), {"name": "New", "slug": provider.slug, "_do": "1"} | seen)
            assert "Somebody else changed this in the meantime" in text_of(response)
            assert Provider.objects.get(pk=provider.pk).name == "Old"

    def test_another_name_than_the_one_shown_is_shown_first(self, desk):
        provider = make_provider(name="Old")
        posted = {"name": "Shown", "domain": provider.domain, "slug": provider.slug}
        seen = seen_in(desk.post(act("rename", provider), posted | {"_preview": "1"}))
        response = desk.post(act("rename", provider), posted | seen | {"name": "Another", "_do": "1"})
        assert Provider.objects.get(pk=provider.pk).name == "Old"
        again = desk.post(act("rename", provider), posted | seen_in(response) | {"name": "Another", "_do": "1"})
        assert again.status_code == 302
        assert Provider.objects.get(pk=provider.pk).name == "Another"

    def test_what_somebody_else_changed_meanwhile_is_noticed(self, desk):
        provider = make_provider(name="Old")
        posted = {"name": "New", "domain": provider.domain, "slug": provider.slug}
        seen = seen_in(desk.post(act("rename", provider), posted | {"_preview": "1"}))
        renaming.set_active(provider, False)
        response = desk.post(act("rename", provider), posted | seen | {"_do": "1"})
        assert "Somebody else changed this" in text_of(response)
        assert response.context["form"]["name"].value() == "New"
        assert Provider.objects.get(pk=provider.pk).name == "Old"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": "Taken", "domain": "taken.example"}, "name"),
            ({"name": "Called", "domain": "called.example"}, "name"),
            ({"slug": "taken"}, "slug"),
            ({"slug": "no slug"}, "slug"),
            ({"name": ""}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"domain": "no domain"}, "domain"),
        ],
    )
    def test_what_cannot_be_is_said_beside_the_field(self, desk, wrong, field):
        provider, other = make_provider(name="Old"), make_provider(name="Taken", domain="taken.example", slug="taken")
        other.aliases.create(name="Called", domain="called.example")
        posted = {"name": "New", "domain": "new.example", "slug": "new", **wrong}
        for button in ("_preview", "_do"):
            response = desk.post(act("rename", provider), posted | {button: "1"})
            assert field in response.context["form"].errors
            assert response.context["preview"] is None

    def test_an_empty_address_is_made_of_the_name(self, desk):
        provider = make_provider(name="Old", slug="old")
        make_provider(name="New", domain="other.example", slug="new")
        posted = {"name": "New", "domain": "mine.example", "slug": ""}
        shown = desk.post(act("rename", provider), posted | {"_preview": "1"})
        desk.post(act("rename", provider), posted | seen_in(shown) | {"_do": "1"})
        assert Provider.objects.get(pk=provider.pk).slug == "new-mine-example"

    def test_the_next_import_respects_it(self, bring):
        values = make_values()
        story = bring(**values)
        renaming.rename(story.provider, "Ours", "ours.example", "ours")
        story = bring(**values | {"title": "Changed upstream"})
        assert (story.title, story.provider.name, story.provider.domain) == ("Changed upstream", "Ours", "ours.example")
        assert Provider.objects.count() == 1


class TestMerging:
    def test_one_is_merged_into_another_that_is_asked_for(self, desk, editor):
        gone, target = make_provider(name="Gone", slug="gone"), make_provider(name="Stays", slug="stays")
        story = make_story(provider=gone)
        html = text_of(desk.get(merging(gone)))
        assert "Merge Gone into another provider" in html
        shown = desk.post(merging(gone), {"target": target.pk, "_preview": "1"})
        html = text_of(shown)
        for sentence in (
            "1 story becomes one of Stays",
            "come to /providers/gone/ or its feeds are led to /providers/stays/",
        ):
            assert sentence in html, sentence
        assert Provider.objects.count() == 2
        desk.post(merging(gone), {"target": target.pk, "_do": "1"} | seen_in(shown))
        assert Provider.objects.get() == target
        story.refresh_from_db()
        assert story.provider == target
        assert Revision.objects.get().actor == editor
        assert LogEntry.objects.get(action_flag=DELETION).object_repr == "Gone"

    def test_of_several_one_is_chosen(self, desk):
        one, two, three = (make_provider(name=name) for name in ("One", "Two", "Three"))
        posted = {"action": "merge_selected", "_selected_action": [one.pk, two.pk, three.pk]}
        asked = desk.post(LIST, posted)
        assert asked.url == merging(one, two, three)
        shown = desk.post(asked.url, {"target": two.pk, "_preview": "1"})
        assert next(name for name, _cells in shown.context["preview"].rows).startswith("Two")
        # None but the chosen can stay.
        other = make_provider()
        assert "target" in desk.post(asked.url, {"target": other.pk, "_preview": "1"}).context["form"].errors
        desk.post(asked.url, {"target": two.pk, "_do": "1"} | seen_in(shown))
        assert set(Provider.objects.all()) == {two, other}

    def test_saved_views_lead_on(self, editor):
        gone, target = make_provider(), make_provider()
        view = SavedView.objects.create(owner=editor, name="It", query=f"provider__id__exact={gone.pk}&state=inbox")
        merge_providers(target, [gone])
        view.refresh_from_db()
        assert view.query == f"provider__id__exact={target.pk}&state=inbox"

    def test_of_too_many_stories_it_is_refused_and_says_what_to_do(self, desk, monkeypatch):
        monkeypatch.setattr(provider_previews, "MOST_AT_ONCE", 1)
        gone, target = make_provider(name="Gone"), make_provider()
        for _number in range(2):
            make_story(provider=gone)
        posted = {"target": target.pk, "_preview": "1"}
        shown = desk.post(merging(gone), posted)
        assert "These are 2 stories. No more than 1 are moved at once" in text_of(shown)
        assert f"?provider__id__exact={gone.pk}" in text_of(shown)
        assert 'name="_do"' not in text_of(shown)
        desk.post(merging(gone), posted | {"_do": "1"} | seen_in(shown))
        assert Provider.objects.filter(pk=gone.pk).exists()

    def test_one_of_very_many_is_searched_for(self, desk, monkeypatch):
        gone, target = make_provider(name="Gone"), make_provider(name="Stays", is_active=False)
        monkeypatch.setattr(form_fields, "MOST_OPTIONS", 0)
        html = text_of(desk.get(merging(gone)))
        assert "admin-autocomplete" in html
        assert "Stays" not in html
        asked = {name: re.search(f'data-{name.replace("_", "-")}="([^"]+)"', html)[1] for name in ASKED}
        found = desk.get(reverse("admin:autocomplete"), asked | {"term": "stay"}).json()["results"]
        assert [row["id"] for row in found] == [str(target.pk)]
        assert desk.post(merging(gone), {"target": target.pk, "_preview": "1"}).context["preview"]

    def test_one_alone_is_not_merged(self, desk):
        posted = {"action": "merge_selected", "_selected_action": [make_provider().pk]}
        assert "Select two" in text_of(desk.post(LIST, posted, follow=True))

    @pytest.mark.parametrize("meanwhile", ["rename", "alias", "gone"])
    def test_what_somebody_else_did_meanwhile_is_noticed(self, desk, meanwhile):
        gone, target = make_provider(name="Gone"), make_provider(name="Stays")
        make_story(provider=gone)
        seen = seen_in(desk.post(merging(gone), {"target": target.pk, "_preview": "1"}))
        if meanwhile == "rename":
            renaming.rename(target, "Renamed", target.domain, target.slug)
        elif meanwhile == "alias":
            gone.aliases.all().delete()
        else:
            merge_providers(target, [make_provider()])
            target.aliases.create(name="New", domain="")
        desk.post(merging(gone), {"target": target.pk, "_do": "1"} | seen)
        assert Provider.objects.filter(pk=gone.pk).exists()

    def test_chains_of_old_addresses_lead_to_the_last(self, client):
        first, second, third = (make_provider(slug=slug) for slug in ("first", "second", "third"))
        make_story(provider=third)
        merge_providers(second, [first])
        merge_providers(third, [second])
        renaming.rename(third, "Fourth", third.domain, "fourth")
        for slug in ("first", "second", "third"):
            response = client.get(f"/providers/{slug}/?before=1-1")
            assert (response.status_code, response.url) == (301, "/providers/fourth/?before=1-1")
            assert client.get(f"/providers/{slug}/feeds/rss.xml").url == "/providers/fourth/feeds/rss.xml"
            assert client.get(f"/providers/{slug}/", follow=True).status_code == 200
        assert client.get("/providers/fifth/").status_code == 404
        assert client.get("/providers/first/feeds/none.xml").status_code in (301, 404)

    def test_who_takes_an_old_address_has_it(self, client):
        provider = make_provider(slug="old")
        renaming.rename(provider, "New", provider.domain, "new")
        other = make_provider(slug="old")
        make_story(provider=other)
        assert client.get("/providers/old/").status_code == 200
        assert not FormerSlug.objects.filter(slug="old").exists()
        renaming.rename(provider, "New", provider.domain, "newer")
        renaming.rename(provider, "New", provider.domain, "new")
        assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["newer"]

    def test_nobody_gets_an_old_address_by_chance(self):
        provider = make_provider(name="Outlet", domain="a.example")
        renaming.rename(provider, "Other", "a.example", "other")
        assert make_provider(name="Outlet", domain="b.example").slug == "outlet-b-example"

    def test_old_addresses_of_who_is_not_active_lead_nowhere(self, client):
        provider = make_provider(slug="old")
        renaming.rename(provider, "New", provider.domain, "new")
        renaming.set_active(provider, False)
        assert client.get("/providers/old/").status_code == 404

    def test_the_next_import_respects_it(self, bring):
        outlet = {"name": "The Outlet", "domain": "outlet.example"}
        values = make_values(related=[{"title": "R", "webUrl": "https://x.example/1", "provider": outlet}])
        story, target = bring(**values), make_provider(name="Stays")
        merge_providers(target, [story.provider])
        story = bring(**values | {"title": "Changed upstream"})
        assert (story.title, story.provider) == ("Changed upstream", target)
        assert RelatedLink.objects.get().provider == target
        new = bring(**make_values())
        assert new.provider == target
        assert Provider.objects.get() == target

    def test_the_history_of_coverage_says_so_too(self):
        gone, target = make_provider(name="Gone"), make_provider(name="Stays")
        story = make_story(provider=gone)
        link, other = make_related(story, provider=gone), make_related(make_story(), provider=gone)
        merge_providers(target, [gone])
        revision = Revision.objects.get(article=story)
        assert set(revision.fields) == {"provider", "related"}
        assert state_at(story, 0)["related"][str(link.pk)]["provider_id"] == gone.pk
        assert Revision.objects.get(article=other.article).fields == ["related"]
        assert restore(story, 0, COMMAND_LINE) == []

    def test_a_logo_removed_from_either_stays_away_from_both(self):
        gone, target = make_provider(logos_offered=["a", "b"]), make_provider(logos_offered=["b", "c"])
        merge_providers(target, [gone])
        target.refresh_from_db()
        assert target.logos_offered == ["b", "c", "a"]


class TestActive:
    def deactivate(self, desk, provider, **posted):
        shown = desk.get(act("state", provider))
        return desk.post(act("state", provider), {"_do": "1"} | seen_in(shown) | posted)

    def test_it_is_shown_first_and_done_when_confirmed(self, desk):
        provider = make_provider(slug="outlet")
        make_story(provider=provider)
        make_story(provider=provider, visible_from=timezone.now() + timedelta(days=1))
        html = text_of(desk.get(act("state", provider)))
        for sentence in ("/providers/outlet/ and its feeds answer “not found”", "1 scheduled story still comes out"):
            assert sentence in html, sentence
        assert self.deactivate(desk, provider).status_code == 302
        assert not Provider.objects.get(pk=provider.pk).is_active
        assert LogEntry.objects.get().change_message == "Not active any more."
        assert "are there again" in text_of(desk.get(act("state", provider)))
        self.deactivate(desk, provider)
        assert Provider.objects.get(pk=provider.pk).is_active

    def test_two_at_once_do_it_once(self, desk):
        provider = make_provider()
        seen = seen_in(desk.get(act("state", provider)))
        renaming.set_active(provider, False)
        response = desk.post(act("state", provider), {"_do": "1"} | seen)
        assert "Somebody else changed this" in text_of(response)
        assert not Provider.objects.get(pk=provider.pk).is_active

    def test_its_published_stories_can_be_withdrawn_with_it(self, desk):
        provider = make_provider()
        out, waiting = make_story(provider=provider), make_story(provider=provider, state=State.INBOX)
        response = self.deactivate(desk, provider, withdraw="on")
        change = BulkChange.objects.get()
        assert (change.action, change.keys) == (BulkAction.WITHDRAW, [out.pk])
        assert response.url == reverse("admin:story-bulk", args=[change.pk])
        desk.post(response.url, {"reason": "Not ours any more.", "_do": "1"})
        out.refresh_from_db()
        waiting.refresh_from_db()
        assert (out.state, waiting.state) == (State.WITHDRAWN, State.INBOX)

    def test_withdrawing_takes_the_permission_to_publish(self, client):
        user = make_user("keeper")
        user.user_permissions.set(Permission.objects.filter(codename__in=["change_provider", "view_provider"]))
        provider = make_provider()
        make_story(provider=provider)
        client.force_login(user)
        assert client.get(act("state", provider)).context["also"] is None
        assert self.deactivate(client, provider, withdraw="on").status_code == 302
        assert not BulkChange.objects.exists()

    def test_no_import_publishes_its_stories(self, bring):
        values = make_values(published=True, heat=50)
        story = bring(**values)
        assert story.state == State.PUBLISHED
        renaming.set_active(story.provider, False)
        new = bring(**make_values(published=True, heat=50))
        assert (new.state, new.visible_from, new.provider) == (State.INBOX, None, story.provider)
        # What is out stays out, and follows upstream.
        story = bring(**values | {"title": "Changed"})
        assert (story.title, story.state) == ("Changed", State.PUBLISHED)
        assert bring(**values | {"published": False}).state == State.WITHDRAWN

    def test_the_report_says_who_waits_and_why(self, bring):
        waits = make_values(published=False)
        story = bring(**waits)
        renaming.set_active(story.provider, False)
        bring(**make_values(published=True))
        bring(**make_values(published=False))
        bring(**waits | {"published": True})
        bring(**waits | {"published": True, "title": "Changed, and told before"})
        told = ImportedDocument.objects.order_by("batch").values_list("has_problems", flat=True)
        assert list(told) == [False, True, False, True, False]
        (problem,) = ImportedDocument.objects.order_by("batch")[1].problems
        assert (problem["field"], problem["level"]) == ("provider", "warning")
        assert "not active" in problem["message"]

    def test_no_import_publishes_what_waited(self, bring):
        values = make_values(published=False)
        story = bring(**values)
        renaming.set_active(story.provider, False)
        assert bring(**values | {"published": True}).state == State.INBOX
        renaming.set_active(story.provider, True)
        # A person decides on what came in meanwhile; what upstream proposes anew is followed.
        bring(**values | {"published": False})
        assert bring(**values | {"published": True}).state == State.PUBLISHED

    def test_it_cannot_be_picked(self, desk):
        active, silent = make_provider(name="Picked"), make_provider(name="Picked not", is_active=False)
        asked = {"app_label": "articles", "model_name": "article", "field_name": "provider", "term": "picked"}
        found = desk.get(reverse("admin:autocomplete"), asked).json()["results"]
        assert [row["id"] for row in found] == [str(active.pk)]
        change = BulkChange.objects.create(
            action=BulkAction.CHANGE_PROVIDER, actor_id=desk.session["_auth_user_id"], keys=[make_story().pk], total=1
        )
        response = desk.post(reverse("admin:story-bulk", args=[change.pk]), {"provider": silent.pk, "_do": "1"})
        assert "provider" in response.context["form"].errors


class TestPermissions:
    def test_a_reporter_looks_and_does_nothing(self, client, reporter):
        one, two = make_provider(), make_provider()
        client.force_login(reporter)
        assert client.get(LIST).status_code == client.get(page_of(one)).status_code == 200
        assert client.get(page_of(one)).context["acts"] == []
        for url in (act("rename", one), act("state", one), merging(one), merging(one, two)):
            assert client.get(url).status_code == 403
            assert client.post(url, {"name": "New", "target": two.pk, "_do": "1"}).status_code == 403
        client.post(LIST, {"action": "merge_selected", "_selected_action": [one.pk, two.pk]})
        assert Provider.objects.filter(is_active=True).count() == 2

    def test_strangers_are_sent_to_sign_in(self, client):
        provider = make_provider()
        assert "login" in client.post(act("rename", provider), {"name": "New", "_do": "1"}).url

    @pytest.mark.parametrize("of", ["", "?of=", "?of=0", "?of=x&of=-1", "?of=99999999999999999999", "?of=%00"])
    def test_hostile_addresses_find_nothing(self, desk, of):
        assert desk.get(reverse("admin:provider-merge") + of).status_code == 404
        assert desk.post(reverse("admin:provider-merge") + of, {"target": "1"}).status_code == 404
        assert desk.get(f"/admin/providers/provider/{10**18}/rename/").status_code == 404

    @pytest.mark.parametrize("target", ["", "x", "-1", str(10**30), "\x00"])
    def test_hostile_targets_are_refused(self, desk, target):
        one = make_provider()
        response = desk.post(merging(one), {"target": target, "_do": "1"})
        assert "target" in response.context["form"].errors
        assert "target" in desk.post(merging(one), {"target": one.pk, "_do": "1"}).context["form"].errors

    def test_one_that_is_named_is_not_deleted(self, desk):
        provider, free = make_provider(), make_provider()
        make_story(provider=provider)
        delete = reverse("admin:providers_provider_delete", args=[provider.pk])
        for ask in (desk.get, desk.post):
            assert "Merge it into another, or deactivate it" in text_of(ask(delete, {"post": "yes"}, follow=True))
        desk.post(reverse("admin:providers_provider_delete", args=[free.pk]), {"post": "yes"})
        assert list(Provider.objects.all()) == [provider]

    def test_many_are_not_deleted_at_once(self, desk):
        one, two = make_provider(), make_provider()
        desk.post(LIST, {"action": "delete_selected", "_selected_action": [one.pk, two.pk], "post": "yes"})
        assert Provider.objects.count() == 2


class TestForm:
    def test_what_somebody_else_wrote_meanwhile_is_not_lost(self, desk):
        provider = make_provider(description="Old")
        posted = fields_of(desk.get(page_of(provider)))
        Provider.objects.filter(pk=provider.pk).update(description="Theirs")
        response = desk.post(page_of(provider), posted | {"description": "Mine"})
        assert "it is “Theirs” now" in text_of(response)
        again = fields_of(response)
        assert again["description"] == "Mine"
        assert desk.post(page_of(provider), again).status_code == 302
        assert Provider.objects.get(pk=provider.pk).description == "Mine"

    def test_what_was_left_alone_stays_as_others_made_it(self, desk):
        provider = make_provider(description="Old")
        posted = fields_of(desk.get(page_of(provider)))
        Provider.objects.filter(pk=provider.pk).update(description="Theirs")
        assert desk.post(page_of(provider), posted).status_code == 302
        assert Provider.objects.get(pk=provider.pk).description == "Theirs"

    @pytest.mark.parametrize("seen", ["", "x", "[]", "null", '{"description": {}}', "[" * 100_000])
    def test_a_page_that_does_not_say_what_it_has_seen_undoes_nothing(self, desk, seen):
        provider = make_provider(description="Theirs")
        posted = fields_of(desk.get(page_of(provider)))
        response = desk.post(page_of(provider), posted | {"description": "Mine", "seen": seen})
        assert response.status_code == 200
        assert Provider.objects.get(pk=provider.pk).description == "Theirs"

    def test_name_and_state_are_not_changed_in_passing(self, desk):
        provider = make_provider(name="Old", slug="old")
        posted = fields_of(desk.get(page_of(provider)))
        desk.post(page_of(provider), posted | {"name": "New", "slug": "new", "is_active": "", "description": "D"})
        provider.refresh_from_db()
        assert (provider.name, provider.slug, provider.is_active, provider.description) == ("Old", "old", True, "D")

    def test_a_domain_that_is_none_is_refused(self, desk):
        url = reverse("admin:providers_provider_add")
        response = desk.post(url, fields_of(desk.get(url)) | {"name": "X", "domain": "not a domain"})
        assert "domain" in response.context["adminform"].form.errors
        assert desk.post(url, fields_of(desk.get(url)) | {"name": "X", "domain": "x.example"}).status_code == 302
