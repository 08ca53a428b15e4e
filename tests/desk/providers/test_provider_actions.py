"""Renaming, merging and deactivating providers: shown first, done when confirmed."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from articles.choices import BulkAction, State
from articles.editing.restoring import restore, state_at
from articles.models import BulkChange, ImportedDocument, RelatedLink, Revision, SavedView
from articles.workflow import COMMAND_LINE
from desk import confirmation, form_fields
from providers import renaming
from providers.merging import merge_providers
from providers.models import FormerSlug, Provider
from tests.conftest import make_user
from tests.desk.providers.pages import AUTOCOMPLETE_PARAMETERS, LIST, action_url, merge_url, signature_in, text_of
from tests.factories import make_provider, make_related, make_story, make_values
from tests.page_parts import buttons, elements

pytestmark = pytest.mark.django_db


class TestRenaming:
    def test_preview_then_confirmation(self, desk):
        provider = make_provider(name="Old", domain="old.example", slug="old")
        make_story(provider=provider)
        posted = {"name": " New  Name ", "domain": "new.example", "slug": "new-name"}
        preview = desk.post(action_url("rename", provider), posted | {"_preview": "1"})
        html = text_of(preview)
        for sentence in (
            "Readers see “New Name” instead of “Old”",
            "1 published story changes for readers",
            "/providers/old/ and its feeds redirect to /providers/new-name/",
            "Future imports will match: Old (old.example).",
        ):
            assert sentence in html, sentence
        assert Provider.objects.get(pk=provider.pk).name == "Old"
        desk.post(action_url("rename", provider), posted | signature_in(preview) | {"_do": "1"})
        provider.refresh_from_db()
        assert (provider.name, provider.domain, provider.slug) == ("New Name", "new.example", "new-name")
        assert "name: Old → New Name" in LogEntry.objects.get().change_message

    def test_without_signature_of_the_preview_it_is_refused(self, desk):
        provider = make_provider(name="Old")
        for signature in ({}, {"seen": ""}, {"seen": "0" * 32}):
            response = desk.post(
                action_url("rename", provider), {"name": "New", "slug": provider.slug, "_do": "1"} | signature
            )
            assert "Someone else has changed this in the meantime" in text_of(response)
            assert Provider.objects.get(pk=provider.pk).name == "Old"

    def test_another_name_than_previewed_gets_a_new_preview(self, desk):
        provider = make_provider(name="Old")
        posted = {"name": "Shown", "domain": provider.domain, "slug": provider.slug}
        signature = signature_in(desk.post(action_url("rename", provider), posted | {"_preview": "1"}))
        response = desk.post(action_url("rename", provider), posted | signature | {"name": "Another", "_do": "1"})
        assert Provider.objects.get(pk=provider.pk).name == "Old"
        again = desk.post(
            action_url("rename", provider), posted | signature_in(response) | {"name": "Another", "_do": "1"}
        )
        assert again.status_code == 302
        assert Provider.objects.get(pk=provider.pk).name == "Another"

    def test_concurrent_change_is_refused(self, desk):
        provider = make_provider(name="Old")
        posted = {"name": "New", "domain": provider.domain, "slug": provider.slug}
        signature = signature_in(desk.post(action_url("rename", provider), posted | {"_preview": "1"}))
        renaming.set_active(provider, False)
        response = desk.post(action_url("rename", provider), posted | signature | {"_do": "1"})
        assert "Someone else has changed this" in text_of(response)
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
    def test_errors_are_shown_at_their_fields(self, desk, wrong, field):
        provider, other = make_provider(name="Old"), make_provider(name="Taken", domain="taken.example", slug="taken")
        other.aliases.create(name="Called", domain="called.example")
        posted = {"name": "New", "domain": "new.example", "slug": "new", **wrong}
        for button in ("_preview", "_do"):
            response = desk.post(action_url("rename", provider), posted | {button: "1"})
            assert field in response.context["form"].errors
            assert response.context["preview"] is None

    def test_empty_slug_is_made_of_the_name(self, desk):
        provider = make_provider(name="Old", slug="old")
        make_provider(name="New", domain="other.example", slug="new")
        posted = {"name": "New", "domain": "mine.example", "slug": ""}
        preview = desk.post(action_url("rename", provider), posted | {"_preview": "1"})
        desk.post(action_url("rename", provider), posted | signature_in(preview) | {"_do": "1"})
        assert Provider.objects.get(pk=provider.pk).slug == "new-mine-example"

    def test_next_import_keeps_it(self, import_story):
        values = make_values()
        story = import_story(**values)
        renaming.rename(story.provider, "Ours", "ours.example", "ours")
        story = import_story(**values | {"title": "Changed upstream"})
        assert (story.title, story.provider.name, story.provider.domain) == ("Changed upstream", "Ours", "ours.example")
        assert Provider.objects.count() == 1


class TestMerging:
    def test_one_provider_is_merged_into_another(self, desk, editor):
        source, target = make_provider(name="Gone", slug="gone"), make_provider(name="Stays", slug="stays")
        story = make_story(provider=source)
        html = text_of(desk.get(merge_url(source)))
        assert "Merge Gone into another provider" in html
        preview = desk.post(merge_url(source), {"target": target.pk, "_preview": "1"})
        html = text_of(preview)
        for sentence in (
            "1 story moves to Stays",
            "/providers/gone/ and its feeds redirect to /providers/stays/",
        ):
            assert sentence in html, sentence
        assert Provider.objects.count() == 2
        desk.post(merge_url(source), {"target": target.pk, "_do": "1"} | signature_in(preview))
        assert Provider.objects.get() == target
        story.refresh_from_db()
        assert story.provider == target
        assert Revision.objects.get().actor == editor
        assert LogEntry.objects.get(action_flag=DELETION).object_repr == "Gone"

    def test_selected_providers_are_merged_into_one_of_them(self, desk):
        one, two, three = (make_provider(name=name) for name in ("One", "Two", "Three"))
        posted = {"action": "merge_selected", "_selected_action": [one.pk, two.pk, three.pk]}
        page = desk.post(LIST, posted)
        assert page.url == merge_url(one, two, three)
        preview = desk.post(page.url, {"target": two.pk, "_preview": "1"})
        assert next(name for name, _cells in preview.context["preview"].rows).startswith("Two")
        # None but the chosen can stay.
        other = make_provider()
        assert "target" in desk.post(page.url, {"target": other.pk, "_preview": "1"}).context["form"].errors
        desk.post(page.url, {"target": two.pk, "_do": "1"} | signature_in(preview))
        assert set(Provider.objects.all()) == {two, other}

    def test_saved_views_filter_by_the_target(self, editor):
        source, target = make_provider(), make_provider()
        view = SavedView.objects.create(owner=editor, name="It", query=f"provider__id__exact={source.pk}&state=inbox")
        merge_providers(target, [source])
        view.refresh_from_db()
        assert view.query == f"provider__id__exact={target.pk}&state=inbox"

    def test_too_many_stories_need_a_bulk_change_first(self, desk, monkeypatch):
        monkeypatch.setattr(confirmation, "STORIES_MOVED_AT_ONCE", 1)
        source, target = make_provider(name="Gone"), make_provider()
        for _number in range(2):
            make_story(provider=source)
        posted = {"target": target.pk, "_preview": "1"}
        preview = desk.post(merge_url(source), posted)
        assert "At most 1 stories can move at once, and these are 2." in text_of(preview)
        assert f"?provider__id__exact={source.pk}" in text_of(preview)
        assert [name for _address, name in buttons(preview)] == ["_preview"]
        desk.post(merge_url(source), posted | {"_do": "1"} | signature_in(preview))
        assert Provider.objects.filter(pk=source.pk).exists()

    def test_many_providers_are_offered_by_a_search(self, desk, monkeypatch):
        source, target = make_provider(name="Gone"), make_provider(name="Stays", is_active=False)
        monkeypatch.setattr(form_fields, "MAX_OPTIONS", 0)
        html = text_of(desk.get(merge_url(source)))
        assert "admin-autocomplete" in html
        assert elements(html, "//select[@name='target']/option") == []
        parameters = {
            name: re.search(f'data-{name.replace("_", "-")}="([^"]+)"', html)[1] for name in AUTOCOMPLETE_PARAMETERS
        }
        results = desk.get(reverse("admin:autocomplete"), parameters | {"term": "stay"}).json()["results"]
        assert [row["id"] for row in results] == [str(target.pk)]
        assert desk.post(merge_url(source), {"target": target.pk, "_preview": "1"}).context["preview"]

    def test_one_selected_provider_cannot_be_merged(self, desk):
        posted = {"action": "merge_selected", "_selected_action": [make_provider().pk]}
        assert "Select at least two" in text_of(desk.post(LIST, posted, follow=True))

    @pytest.mark.parametrize("change", ["rename", "alias", "gone"])
    def test_concurrent_change_is_refused(self, desk, change):
        source, target = make_provider(name="Gone"), make_provider(name="Stays")
        make_story(provider=source)
        signature = signature_in(desk.post(merge_url(source), {"target": target.pk, "_preview": "1"}))
        if change == "rename":
            renaming.rename(target, "Renamed", target.domain, target.slug)
        elif change == "alias":
            source.aliases.all().delete()
        else:
            merge_providers(target, [make_provider()])
            target.aliases.create(name="New", domain="")
        desk.post(merge_url(source), {"target": target.pk, "_do": "1"} | signature)
        assert Provider.objects.filter(pk=source.pk).exists()

    def test_all_former_addresses_redirect_to_the_present_one(self, client):
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

    def test_former_slug_can_be_given_to_another_provider(self, client):
        provider = make_provider(slug="old")
        renaming.rename(provider, "New", provider.domain, "new")
        other = make_provider(slug="old")
        make_story(provider=other)
        assert client.get("/providers/old/").status_code == 200
        assert not FormerSlug.objects.filter(slug="old").exists()
        renaming.rename(provider, "New", provider.domain, "newer")
        renaming.rename(provider, "New", provider.domain, "new")
        assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["newer"]

    def test_generated_slug_is_never_a_former_one(self):
        provider = make_provider(name="Outlet", domain="a.example")
        renaming.rename(provider, "Other", "a.example", "other")
        assert make_provider(name="Outlet", domain="b.example").slug == "outlet-b-example"

    def test_former_addresses_of_inactive_providers_return_404(self, client):
        provider = make_provider(slug="old")
        renaming.rename(provider, "New", provider.domain, "new")
        renaming.set_active(provider, False)
        assert client.get("/providers/old/").status_code == 404

    def test_next_import_keeps_it(self, import_story):
        outlet = {"name": "The Outlet", "domain": "outlet.example"}
        values = make_values(related=[{"title": "R", "webUrl": "https://x.example/1", "provider": outlet}])
        story, target = import_story(**values), make_provider(name="Stays")
        merge_providers(target, [story.provider])
        story = import_story(**values | {"title": "Changed upstream"})
        assert (story.title, story.provider) == ("Changed upstream", target)
        assert RelatedLink.objects.get().provider == target
        new = import_story(**make_values())
        assert new.provider == target
        assert Provider.objects.get() == target

    def test_merge_is_in_the_history_of_coverage(self):
        source, target = make_provider(name="Gone"), make_provider(name="Stays")
        story = make_story(provider=source)
        link, other = make_related(story, provider=source), make_related(make_story(), provider=source)
        merge_providers(target, [source])
        revision = Revision.objects.get(article=story)
        assert set(revision.fields) == {"provider", "related"}
        assert state_at(story, 0)["related"][str(link.pk)]["provider_id"] == source.pk
        assert Revision.objects.get(article=other.article).fields == ["related"]
        assert restore(story, 0, COMMAND_LINE) == []

    def test_removed_logos_stay_removed(self):
        source, target = make_provider(logos_offered=["a", "b"]), make_provider(logos_offered=["b", "c"])
        merge_providers(target, [source])
        target.refresh_from_db()
        assert target.logos_offered == ["b", "c", "a"]


class TestActive:
    def deactivate(self, desk, provider, **posted):
        preview = desk.get(action_url("state", provider))
        return desk.post(action_url("state", provider), {"_do": "1"} | signature_in(preview) | posted)

    def test_preview_then_confirmation(self, desk):
        provider = make_provider(slug="outlet")
        make_story(provider=provider)
        make_story(provider=provider, visible_from=timezone.now() + timedelta(days=1))
        html = text_of(desk.get(action_url("state", provider)))
        for sentence in (
            "/providers/outlet/ and its feeds show “not found”",
            "1 scheduled story will still be published",
        ):
            assert sentence in html, sentence
        assert self.deactivate(desk, provider).status_code == 302
        assert not Provider.objects.get(pk=provider.pk).is_active
        assert LogEntry.objects.get().change_message == "Deactivated."
        assert "are public again" in text_of(desk.get(action_url("state", provider)))
        self.deactivate(desk, provider)
        assert Provider.objects.get(pk=provider.pk).is_active

    def test_a_second_change_from_an_outdated_page_is_refused(self, desk):
        provider = make_provider()
        signature = signature_in(desk.get(action_url("state", provider)))
        renaming.set_active(provider, False)
        response = desk.post(action_url("state", provider), {"_do": "1"} | signature)
        assert "Someone else has changed this" in text_of(response)
        assert not Provider.objects.get(pk=provider.pk).is_active

    def test_published_stories_can_be_withdrawn(self, desk):
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

    def test_withdrawing_needs_permission_to_publish(self, client):
        user = make_user("keeper")
        user.user_permissions.set(Permission.objects.filter(codename__in=["change_provider", "view_provider"]))
        provider = make_provider()
        make_story(provider=provider)
        client.force_login(user)
        assert client.get(action_url("state", provider)).context["options"] is None
        assert self.deactivate(client, provider, withdraw="on").status_code == 302
        assert not BulkChange.objects.exists()

    def test_import_does_not_publish_its_stories(self, import_story):
        values = make_values(published=True, heat=50)
        story = import_story(**values)
        assert story.state == State.PUBLISHED
        renaming.set_active(story.provider, False)
        new = import_story(**make_values(published=True, heat=50))
        assert (new.state, new.visible_from, new.provider) == (State.INBOX, None, story.provider)
        # What is out stays out, and follows upstream.
        story = import_story(**values | {"title": "Changed"})
        assert (story.title, story.state) == ("Changed", State.PUBLISHED)
        assert import_story(**values | {"published": False}).state == State.WITHDRAWN

    def test_import_report_names_the_inactive_provider(self, import_story):
        waits = make_values(published=False)
        story = import_story(**waits)
        renaming.set_active(story.provider, False)
        import_story(**make_values(published=True))
        import_story(**make_values(published=False))
        import_story(**waits | {"published": True})
        import_story(**waits | {"published": True, "title": "Changed, and reported before"})
        reported = ImportedDocument.objects.order_by("batch").values_list("has_problems", flat=True)
        assert list(reported) == [False, True, False, True, False]
        (problem,) = ImportedDocument.objects.order_by("batch")[1].problems
        assert (problem["field"], problem["level"]) == ("provider", "warning")
        assert "is inactive" in problem["message"]

    def test_import_does_not_publish_stories_that_waited(self, import_story):
        values = make_values(published=False)
        story = import_story(**values)
        renaming.set_active(story.provider, False)
        assert import_story(**values | {"published": True}).state == State.INBOX
        renaming.set_active(story.provider, True)
        # A person decides on stories imported in the meantime; later proposals of upstream are followed.
        import_story(**values | {"published": False})
        assert import_story(**values | {"published": True}).state == State.PUBLISHED

    def test_it_is_not_offered_for_stories(self, desk):
        active, silent = make_provider(name="Picked"), make_provider(name="Picked not", is_active=False)
        parameters = {"app_label": "articles", "model_name": "article", "field_name": "provider", "term": "picked"}
        results = desk.get(reverse("admin:autocomplete"), parameters).json()["results"]
        assert [row["id"] for row in results] == [str(active.pk)]
        change = BulkChange.objects.create(
            action=BulkAction.CHANGE_PROVIDER, actor_id=desk.session["_auth_user_id"], keys=[make_story().pk], total=1
        )
        response = desk.post(reverse("admin:story-bulk", args=[change.pk]), {"provider": silent.pk, "_do": "1"})
        assert "provider" in response.context["form"].errors
