import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles.choices import Owner, State
from articles.importing.runner import import_sources
from articles.models import Article, Conflict, RelatedLink, Tombstone, Topic, UpstreamDocument, UpstreamSecret
from tests.desk.pages import PROVIDERS, STORIES, fields_of, page_of
from tests.factories import as_document, make_picture, make_provider, make_related, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db


class TestQueries:
    """No page of the desk makes more queries as rows grow."""

    @pytest.fixture
    def signed_in(self, client, editor):
        client.force_login(editor)
        return client

    def fill(self, count):
        topic = make_topic(f"Topic {Topic.objects.count()}")
        for _number in range(count):
            story = make_story(topics=[topic], picture=True, outlets=2)
            make_picture(provider=story.provider)

    @pytest.mark.parametrize(
        "url",
        [
            STORIES,
            f"{STORIES}?q=story&state=published&kind__exact=article",
            reverse("admin:articles_topic_changelist"),
            PROVIDERS,
        ],
    )
    def test_lists(self, signed_in, url, django_assert_num_queries):
        self.fill(3)
        with django_assert_num_queries(100, exact=False) as few:
            assert signed_in.get(url).status_code == 200
        self.fill(20)
        with assertNumQueries(len(few)):
            assert signed_in.get(url).status_code == 200
        assert len(few) <= 16

    def test_the_page_of_a_story(self, signed_in, django_assert_num_queries):
        story = make_story(outlets=1, picture=True, topics=[make_topic("First")])
        signed_in.get(page_of(story))
        with django_assert_num_queries(100, exact=False) as few:
            assert signed_in.get(page_of(story)).status_code == 200
        for _number in range(15):
            make_related(story, linked_article=make_story())
            make_picture(article=story)
            story.topics.add(make_topic(f"More {_number}"))
        with assertNumQueries(len(few)):
            assert signed_in.get(page_of(story)).status_code == 200

    def test_the_page_of_a_provider(self, signed_in, django_assert_num_queries):
        provider = make_provider()
        url = reverse("admin:providers_provider_change", args=[provider.pk])
        signed_in.get(url)
        with django_assert_num_queries(100, exact=False) as few:
            assert signed_in.get(url).status_code == 200
        for number in range(10):
            provider.aliases.create(domain="outlet.example", name=f"Name {number}")
            make_picture(provider=provider)
        with assertNumQueries(len(few)):
            assert signed_in.get(url).status_code == 200


class TestList:
    def test_quality_and_heat_are_edited_in_place(self, client, editor):
        story = make_story(quality=10, heat=10)
        client.force_login(editor)
        response = client.post(
            STORIES,
            {
                "form-TOTAL_FORMS": 1,
                "form-INITIAL_FORMS": 1,
                "form-0-id": story.pk,
                "form-0-quality": 77,
                "form-0-heat": 88,
                "initial-form-0-quality": 10,
                "initial-form-0-heat": 10,
                "_save": "Save",
            },
        )
        assert response.status_code == 302
        story.refresh_from_db()
        assert (story.quality, story.heat) == (77, 88)
        assert story.rank == pytest.approx(make_story(heat=88, published_at=story.published_at).rank)

    @pytest.mark.parametrize("filtered", ["provider__id__exact", "topic_links__tag__id__exact"])
    def test_a_filter_by_an_impossible_key_is_no_error(self, client, editor, filtered):
        client.force_login(editor)
        assert client.get(STORIES, {filtered: "9" * 23}).status_code in (200, 302)

    @pytest.mark.parametrize("heat", ["1000000000000", "-2", "hot"])
    def test_an_impossible_heat_is_refused_with_a_message(self, client, editor, heat):
        story = make_story(heat=10)
        client.force_login(editor)
        response = client.post(
            STORIES,
            {
                "form-TOTAL_FORMS": 1,
                "form-INITIAL_FORMS": 1,
                "form-0-id": story.pk,
                "form-0-quality": 77,
                "form-0-heat": heat,
                "_save": "Save",
            },
        )
        assert response.status_code == 200
        assert response.context["cl"].formset.errors[0]["heat"]
        assert Article.objects.get().heat == 10

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Tide", 1),
            ("tide hol", 1),
            ("-tide other", 1),
            ("https://harbour.example/tide", 1),
            ("nothing of the kind", 0),
            ('"', 0),
            ("%", 0),
            ("'--", 0),
        ],
    )
    def test_search(self, client, editor, query, found):
        make_story(title="Tide holds", web_url="https://harbour.example/tide")
        make_story(title="Other")
        client.force_login(editor)
        response = client.get(STORIES, {"q": query})
        assert len(response.context["cl"].result_list) == found

    def test_filters(self, client, editor):
        topic = make_topic("Space")
        story = make_story(topics=[topic], kind="video")
        make_story(state=State.INBOX)
        client.force_login(editor)
        for query in (
            {"state": "published"},
            {"kind__exact": "video"},
            {"topic_links__tag__id__exact": topic.pk},
            {"provider__id__exact": story.provider.pk},
        ):
            assert list(client.get(STORIES, query).context["cl"].result_list) == [story], query

    def test_nobody_unknown_gets_in(self, client):
        assert client.get(STORIES).status_code == 302
        client.force_login(User.objects.create_user("reader"))
        assert client.get(STORIES).status_code == 302


class TestStory:
    def test_saved_as_shown_nothing_changes(self, client, editor):
        story = make_story(outlets=2, picture=True, topics=[make_topic("AI")], levels=["Beginner"], body="Text")
        before = Article.objects.filter(pk=story.pk).values().get()
        client.force_login(editor)
        response = client.post(page_of(story), fields_of(client.get(page_of(story))))
        assert response.status_code == 302, response.context["errors"]
        after = Article.objects.filter(pk=story.pk).values().get()
        assert {**after, "updated_at": None} == {**before, "updated_at": None}
        assert story.related_links.count() == 2
        assert story.images.count() == 1
        assert [topic.name for topic in story.topics.all()] == ["AI"]

    def test_an_edit_is_saved(self, client, editor):
        story, topic = make_story(outlets=1), make_topic("Space")
        client.force_login(editor)
        posted = fields_of(client.get(page_of(story)))
        posted |= {"title": "Better headline", "heat": 120, "topics": [topic.pk], "related_links-0-is_hidden": "on"}
        client.post(page_of(story), posted)
        story = Article.objects.get(pk=story.pk)
        assert (story.title, story.heat) == ("Better headline", 120)
        assert list(story.topics.all()) == [topic]
        assert story.related_links.get().is_hidden

    def test_pins_are_set_by_those_who_may_publish(self, client, editor, reporter):
        story = make_story()
        tried = ((reporter, 1, None), (editor, 1, 1), (reporter, "", 1), (editor, 16, 1), (editor, "", None))
        for user, pin, kept in tried:
            client.force_login(user)
            client.post(page_of(story), fields_of(client.get(page_of(story))) | {"pin": pin})
            assert Article.objects.get().pin == kept, (user, pin)

    def test_coverage_added_at_the_desk_gets_provider_and_identity(self, client, editor):
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

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("web_url", "javascript:alert(1)"),
            ("heat", 10**12),
            ("title", ""),
            ("slug", "not a slug"),
            ("quality", "high"),
            ("visible_until", "1999-01-01"),
            ("published_at", "9999-12-31"),
        ],
    )
    def test_a_form_with_an_error_keeps_what_was_typed(self, client, editor, field, value):
        story = make_story()
        client.force_login(editor)
        posted = fields_of(client.get(page_of(story))) | {"excerpt": "Typed with care.", field: value}
        if field in ("visible_until", "published_at"):
            posted |= {f"{field}_0": value, f"{field}_1": "00:00:00"}
        response = client.post(page_of(story), posted)
        assert response.status_code == 200
        assert field in response.context["adminform"].form.errors
        assert "Typed with care." in response.content.decode()
        assert Article.objects.get().excerpt != "Typed with care."

    def test_a_slug_already_taken_is_said(self, client, editor):
        first, second = make_story(), make_story()
        client.force_login(editor)
        posted = fields_of(client.get(page_of(second))) | {"slug": first.slug}
        response = client.post(page_of(second), posted)
        assert response.status_code == 200
        assert "slug" in response.context["adminform"].form.errors

    def test_the_publish_button(self, client, editor):
        story = make_story(state=State.INBOX)
        client.force_login(editor)
        page = client.get(page_of(story))
        assert b"articles_article_publish" in page.content
        assert b"articles_article_withdraw" not in page.content
        client.post(page_of(story), fields_of(page) | {"title": "Ready", "articles_article_publish": "1"})
        story = Article.objects.get()
        assert (story.state, story.title, story.state_owner) == (State.PUBLISHED, "Ready", Owner.DESK)
        assert b"articles_article_withdraw" in client.get(page_of(story)).content

    def test_a_reporter_who_forges_the_button_is_refused(self, client, reporter):
        story = make_story(state=State.INBOX)
        client.force_login(reporter)
        page = client.get(page_of(story))
        assert b"articles_article_publish" not in page.content
        response = client.post(page_of(story), fields_of(page) | {"articles_article_publish": "1"})
        assert response.status_code == 403
        assert Article.objects.get().state == State.INBOX

    def test_a_state_that_changed_meanwhile_is_said(self, client, editor):
        story = make_story(state=State.INBOX)
        client.force_login(editor)
        typed = {"title": "Typed", "reason": "For the history", "articles_article_publish": "1"}
        posted = fields_of(client.get(page_of(story))) | typed
        Article.objects.update(state=State.REJECTED)
        response = client.post(page_of(story), posted)
        assert response.status_code == 200
        # What was typed into a story that waits is not saved into one that does not, and stays in the form.
        assert (Article.objects.get().state, Article.objects.get().title) == (State.REJECTED, story.title)
        assert "cannot take" in response.content.decode()
        kept = fields_of(response)
        assert (kept["title"], kept["reason"]) == ("Typed", "For the history")
        assert client.post(page_of(story), kept).status_code == 302
        assert Article.objects.get().title == "Typed"

    def test_what_was_typed_into_a_deleted_story_is_given_back(self, client, editor):
        story = make_story(state=State.INBOX)
        client.force_login(editor)
        posted = fields_of(client.get(page_of(story))) | {"title": "Typed in vain", "excerpt": "<b>And this</b>"}
        client.post(reverse("admin:articles_article_delete", args=[story.pk]), {"post": "yes"})
        response = client.post(page_of(story), posted)
        html = response.content.decode()
        assert response.status_code == 410
        assert "Typed in vain" in html
        assert "&lt;b&gt;And this&lt;/b&gt;" in html
        assert "By editor" in html
        # The draft that the browser keeps is not thrown away.
        assert "desk_saved" not in response.cookies
        assert client.get(page_of(story)).status_code == 302

    def test_a_story_is_written_at_the_desk(self, client, editor):
        client.force_login(editor)
        url = reverse("admin:articles_article_add")
        posted = fields_of(client.get(url)) | {"title": "Our own", "heat": 5}
        response = client.post(url, posted)
        assert response.status_code == 302, response.context["errors"]
        story = Article.objects.get()
        assert (story.state, story.get_absolute_url()) == (State.INBOX, f"/{timezone.localdate():%Y/%m/%d}/our-own/")
        assert story.state_owner == Owner.DESK

    def test_a_story_we_have_is_not_written_twice(self, client, editor):
        ours = make_story()
        client.force_login(editor)
        url = reverse("admin:articles_article_add")
        response = client.post(url, fields_of(client.get(url)) | {"title": "Again", "heat": 5, "web_url": ours.web_url})
        assert "web_url" in response.context["adminform"].form.errors

    def test_an_address_of_another_story_is_refused(self, client, editor):
        story, other = make_story(), make_story()
        client.force_login(editor)
        response = client.post(page_of(story), fields_of(client.get(page_of(story))) | {"web_url": other.web_url})
        assert "web_url" in response.context["adminform"].form.errors

    def test_an_empty_form_names_the_headline_alone(self, client, editor):
        client.force_login(editor)
        url = reverse("admin:articles_article_add")
        errors = client.post(url, fields_of(client.get(url)) | {"heat": 1}).context["adminform"].form.errors
        assert list(errors) == ["title"]

    def test_what_upstream_said_is_shown_without_the_blob(self, client, editor):
        story = make_story()
        said = UpstreamDocument.objects.create(article=story, values={"title": "Said so"}, digest="d")
        UpstreamSecret.objects.create(upstream=said, text="hush")
        client.force_login(editor)
        page = client.get(page_of(story)).content.decode()
        assert "Said so" in page
        assert "hush" not in page

    def test_saving_one_field_makes_no_other_the_desks_own(self, client, editor, tmp_path):
        related = [{"title": "Other ", "webUrl": "https://other.example/1"}]
        values = make_values(title="Title ", excerpt="One.\nTwo.\n", related=related)
        values["publishedDateTime"] = "2026-11-20T09:30:00.123456Z"
        path = tmp_path / "a.md"
        path.write_bytes(as_document(values, "Body\n\nMore.\n"))
        import_sources([str(path)])
        story = Article.objects.get()
        client.force_login(editor)
        posted = fields_of(client.get(page_of(story)))
        posted = {
            key: value.replace("\n", "\r\n") if isinstance(value, str) else value for key, value in posted.items()
        }
        response = client.post(page_of(story), posted | {"heat": 99})
        assert response.status_code == 302, response.context["errors"]
        theirs = {**values, "title": "Later", "excerpt": "Later.", "publishedDateTime": "2026-11-21T09:30:00Z"}
        path.write_bytes(as_document(theirs, "Later.\n"))
        (outcome,) = import_sources([str(path)]).outcomes
        assert outcome.conflicts == []
        assert {"title", "excerpt", "body", "publishedDateTime"} <= set(outcome.changed)
        assert Article.objects.get().heat == 99

    def test_a_reporter_reads_what_is_published_and_does_not_change_it(self, client, reporter):
        story = make_story(title="Live", heat=5)
        client.force_login(reporter)
        assert client.get(page_of(story)).status_code == 200
        assert client.post(page_of(story), {"title": "Defaced"}).status_code == 403
        row = {"form-0-id": story.pk, "form-0-quality": 1, "form-0-heat": 99}
        posted = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", **row}
        client.post(STORIES, posted)
        story.refresh_from_db()
        assert (story.title, story.heat) == ("Live", 5)

    @pytest.mark.parametrize("key", ["0", "999999", "x", "_2Fchange", "1_00"])
    def test_an_unknown_story_is_no_error(self, client, editor, key):
        client.force_login(editor)
        response = client.get(f"/admin/articles/article/{key}/change/")
        assert response.status_code in (302, 404)

    def test_a_deleted_story_leaves_a_signed_stone_that_can_be_lifted(self, client, editor, reporter):
        story, other = make_story(outlets=2), make_story()
        url = reverse("admin:articles_article_delete", args=[story.pk])
        client.force_login(reporter)
        assert client.post(url, {"post": "yes"}).status_code == 403
        client.force_login(editor)
        asked = client.get(url).content.decode()
        assert f"Readers find nothing at {story.get_absolute_url()} any more" in asked
        assert "Imports leave it deleted" in asked
        client.post(url, {"post": "yes"})
        client.post(STORIES, {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"})
        assert not Article.objects.exists()
        assert not RelatedLink.objects.exists()
        assert list(Tombstone.objects.values_list("identity", "deleted_by")) == [
            (other.identity, editor.pk),
            (story.identity, editor.pk),
        ]
        stones = reverse("admin:articles_tombstone_changelist")
        assert story.title in client.get(stones).content.decode()
        client.post(stones, {"action": "lift", "_selected_action": [stone.pk for stone in Tombstone.objects.all()]})
        assert not Tombstone.objects.exists()

    @pytest.mark.parametrize("action", ["delete_selected", "export_selected"])
    def test_of_too_many_stories_it_says_what_to_do(self, client, editor, monkeypatch, action):
        keys = [make_story().pk for _number in range(3)]
        for limit in ("MOST_DELETED", "MOST_EXPORTED"):
            monkeypatch.setattr(f"desk.stories.list_actions.{limit}", 2)
        client.force_login(editor)
        posted = {"action": action, "_selected_action": keys, "post": "yes"}
        assert "No more than 2 stories" in client.post(STORIES, posted, follow=True).content.decode()
        assert Article.objects.count() == 3
        posted["_selected_action"] = keys[:2]
        response = client.post(STORIES, posted)
        assert response.status_code == (302 if action == "delete_selected" else 200)
        response.close()


class TestTopics:
    def test_keywords_are_typed_one_a_line(self, client, editor):
        topic = make_topic("AI", keywords=["llm"])
        client.force_login(editor)
        url = reverse("admin:articles_topic_change", args=[topic.pk])
        page = client.get(url)
        client.post(url, fields_of(page) | {"keywords": "llm\nmachine learning\n\nllm"})
        topic.refresh_from_db()
        assert topic.keywords == ["llm", "machine learning"]

    def test_a_new_topic_gets_its_slug(self, client, editor):
        client.force_login(editor)
        url = reverse("admin:articles_topic_add")
        client.post(url, fields_of(client.get(url)) | {"name": "Outer Space"})
        assert Topic.objects.get().slug == "outer-space"

    def test_a_circle_is_refused(self, client, editor):
        top = make_topic("Top")
        below = make_topic("Below", parent=top)
        client.force_login(editor)
        url = reverse("admin:articles_topic_change", args=[top.pk])
        response = client.post(url, fields_of(client.get(url)) | {"parent": below.pk})
        assert "parent" in response.context["adminform"].form.errors


class TestImports:
    @pytest.fixture
    def imported(self, tmp_path):
        path = tmp_path / "a.md"
        values = make_values(title="Before")
        for title, desk in (("Before", None), ("Theirs", "Ours")):
            path.write_bytes(as_document({**values, "title": title}))
            if desk:
                Article.objects.update(title=desk)
            (tmp_path / "bad.md").write_bytes(b"---\ntitle: [\n---\n")
            report = import_sources([str(tmp_path)])
        return report.batch

    def test_a_batch_its_documents_and_its_report(self, client, editor, imported):
        client.force_login(editor)
        listed = client.get(reverse("admin:articles_importbatch_changelist")).content.decode()
        assert "1 conflict, 1 rejected" in listed
        documents = reverse("admin:articles_importeddocument_changelist")
        query = {"batch__id__exact": imported.pk}
        assert len(client.get(documents, query).context["cl"].result_list) == 2
        page = client.get(documents, query | {"action": "rejected"})
        assert "a list or mapping in brackets is not closed" in page.content.decode()
        report = client.get(reverse("admin:import-report", args=[imported.pk]))
        assert json.loads(report.getvalue())["counts"]["conflict"] == 1
        assert "attachment" in report.headers["Content-Disposition"]
        assert client.get(reverse("admin:articles_importbatch_change", args=[imported.pk])).status_code == 200

    def test_conflicts_are_settled_on_their_list(self, client, editor, imported):
        client.force_login(editor)
        conflicts = reverse("admin:articles_conflict_changelist")
        page = client.get(conflicts).content.decode()
        assert "Ours" in page
        assert "Theirs" in page
        keys = list(Conflict.objects.values_list("pk", flat=True))
        client.post(conflicts, {"action": "take_theirs", "_selected_action": keys})
        assert Article.objects.get().title == "Theirs"
        assert len(client.get(conflicts).context["cl"].result_list) == 0
        assert len(client.get(conflicts, {"settlement__exact": "theirs"}).context["cl"].result_list) == 1

    def test_batches_are_for_those_who_may_see_them(self, client, reporter, imported):
        client.force_login(reporter)
        for url in (
            reverse("admin:articles_importbatch_changelist"),
            reverse("admin:articles_importeddocument_changelist"),
            reverse("admin:import-report", args=[imported.pk]),
        ):
            assert client.get(url).status_code == 403
