"""One table of who may change which story, held against every way there is to change one."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from articles import workflow
from articles.choices import Action, BulkAction, Origin, Owner, State
from articles.editing.fields import edit
from articles.importing.batches import new_batch
from articles.importing.previews import apply_preview
from articles.importing.publication import REVIEWED, WAITING, PublishPolicy
from articles.importing.runner import NotPermitted, import_sources, run_batch
from articles.importing.undo import undo_batch
from articles.importing.writing.permitted_changes import STORY_LEFT_ALONE, TAXONOMY_LEFT_ALONE
from articles.models import (
    Article,
    ArticleTopic,
    BulkChange,
    Conflict,
    Image,
    ImportBatch,
    RelatedLink,
    Topic,
    Transition,
    UpstreamDocument,
)
from articles.permissions import may_delete, may_edit, may_undo
from tests.conftest import make_user
from tests.desk.imports.pages import IMPORT_BUTTONS, previewed
from tests.desk.pages import STORIES, fields_of, page_of
from tests.factories import as_document, make_document, make_picture, make_related, make_story, make_topic, make_values
from tests.page_parts import buttons, elements, links

pytestmark = pytest.mark.django_db
CONFLICTS = reverse("admin:articles_conflict_changelist")
SEE = ("view_article", "view_conflict", "view_relatedlink", "view_image")
# Who holds what: the groups of the desk, and what no group is like.
ROLES = {
    "reporter": None,
    "editor": None,
    "changer": ("change_article",),
    "changer who publishes": ("change_article", "publish_article"),
    "deleter": ("delete_article",),
    "deleter who publishes": ("delete_article", "publish_article"),
    "neither": ("publish_article", "import_article"),
}
IF_UNPUBLISHED, ALWAYS = "unless it is published", "in every state"
EDITING = {
    "editor": ALWAYS,
    "changer who publishes": ALWAYS,
    "reporter": IF_UNPUBLISHED,
    "changer": IF_UNPUBLISHED,
}
# Pictures and coverage have permissions of their own, too, which only the groups hold.
WITH_ROWS = {"editor": ALWAYS, "reporter": IF_UNPUBLISHED}
DELETING = {"editor": ALWAYS, "deleter who publishes": ALWAYS, "deleter": IF_UNPUBLISHED}
# A scheduled story is a published one (test_a_scheduled_story_is_a_published_one).
STATES = {"inbox": State.INBOX, "published": State.PUBLISHED}


def with_permissions(name, *codenames):
    user = make_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def user_of(role):
    return make_user(f"the {role}", role) if ROLES[role] is None else with_permissions(role, *SEE, *ROLES[role])


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


# Ways to change a story: each tries, and says by a query whether anything came of it. `shown` are the fields that the
# page of the story has for somebody who may do all, for what is forged.


def save(client, story, shown):
    client.post(page_of(story), shown | {"title": "Changed"})


def save_coverage(client, story, shown):
    client.post(page_of(story), shown | {"related_links-0-title": "Changed"})


def choose_lead(client, story, shown):
    client.post(page_of(story), shown | {"lead": str(story.images.last().pk)})


def settle_on_its_page(client, story, shown):
    client.post(page_of(story), shown | {f"settle-{story.conflicts.get(field='title').pk}": "theirs"})


def settle_by(action, field="title"):
    def settle(client, story, shown):
        keys = [story.conflicts.get(field=field).pk]
        client.post(CONFLICTS, {"action": action, "_selected_action": keys})

    settle.__name__ = f"{action}_{field}"
    return settle


def restore(client, story, shown):
    client.post(
        reverse("admin:story-restore-version", args=[story.pk, 0]),
        {"confirmed": "yes", "seen": story.revisions.latest("pk").pk},
    )


def judge(client, story, shown):
    posted = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": story.pk, "_save": "Save"}
    scores = {"form-0-quality": 50, "initial-form-0-quality": 50, "form-0-heat": 99, "initial-form-0-heat": 50}
    client.post(STORIES, posted | scores)


def in_bulk(action, **options):
    def change(client, story, shown):
        form_data = {name: value() if callable(value) else value for name, value in options.items()}
        response = client.post(STORIES, {"action": f"{action}_selected", "_selected_action": [story.pk]})
        if response.status_code == 302 and "/bulk/" in response.url:
            client.post(response.url, form_data | {"_do": "1"})

    change.__name__ = f"bulk_{action}"
    return change


def delete(client, story, shown):
    client.post(reverse("admin:articles_article_delete", args=[story.pk]), {"post": "yes"})


def delete_selected(client, story, shown):
    client.post(STORIES, {"action": "delete_selected", "_selected_action": [story.pk], "post": "yes"})


def last_topic():
    return Topic.objects.latest("pk").pk


WAYS = [
    (save, EDITING),
    (judge, EDITING),
    (settle_on_its_page, EDITING),
    (settle_by("take_theirs"), EDITING),
    (settle_by("always_ours"), EDITING),
    (in_bulk(BulkAction.SET_HEAT, heat=99), EDITING),
    (in_bulk(BulkAction.ADD_TOPIC, topic=last_topic), EDITING),
    (restore, EDITING),
    (save_coverage, WITH_ROWS),
    (choose_lead, WITH_ROWS),
    (settle_by("take_theirs", "related"), WITH_ROWS),
    (delete, DELETING),
    (delete_selected, DELETING),
]


def story_in(state):
    """A story with a version to restore, coverage, two pictures, and conflicts about title and coverage."""
    story = make_story(title="Original", topics=[make_topic(f"T{Topic.objects.count()}")], state=STATES[state])
    make_related(story, title="Coverage")
    for _number in range(2):
        make_picture(article=story)
    make_topic(f"T{Topic.objects.count()}")
    edit(story, {"title": "Ours"}, workflow.COMMAND_LINE)
    Conflict.objects.create(article=story, field="title", base="Original", ours="Ours", theirs="Theirs")
    Conflict.objects.create(article=story, field="related", base=[], ours=[], theirs=[])
    return story


def all_of(story):
    """Everything that one of the ways might change."""
    return [
        list(
            Article.objects.filter(pk=story.pk).values("title", "heat", "quality", "provider", "kept_fields", "state")
        ),
        list(ArticleTopic.objects.filter(content_object=story.pk).values_list("tag")),
        list(RelatedLink.objects.filter(article=story.pk).values_list("pk", "title", "is_hidden")),
        list(Conflict.objects.filter(article=story.pk).order_by("pk").values_list("settlement")),
        list(Image.objects.filter(article=story.pk).order_by("position", "pk").values_list("pk")),
    ]


@pytest.mark.parametrize(("way", "table"), WAYS, ids=[way.__name__ for way, _table in WAYS])
def test_a_story_is_changed_by_whom_the_table_says(client, administrator, way, table):
    changed, expected = {}, {}
    users = {role: user_of(role) for role in ROLES}
    for name, state in STATES.items():
        story = story_in(name)
        client.force_login(administrator)
        shown = fields_of(client.get(page_of(story))) | {"lead_seen": "auto"}
        before = all_of(story)
        for role, user in users.items():
            client.force_login(user)
            with transaction.atomic():
                way(client, story, shown)
                changed[name, role] = all_of(story) != before
                # The next one finds the story as it was.
                transaction.set_rollback(True)
            allowed = table.get(role)
            expected[name, role] = allowed == ALWAYS or (allowed == IF_UNPUBLISHED and state != State.PUBLISHED)
    assert changed == expected


def test_a_scheduled_story_is_a_published_one(client, reporter):
    story = make_story(visible_from=timezone.now() + timedelta(days=1))
    assert not may_edit(by(reporter), story)
    assert not may_delete(by(reporter), story)


def test_restoring_leaves_rows_that_the_user_may_not_edit(client):
    story = story_in("inbox")
    RelatedLink.objects.filter(article=story).update(title="Later")
    client.force_login(with_permissions("changer", *SEE, "change_article"))
    client.post(
        reverse("admin:story-restore-version", args=[story.pk, 0]),
        {"confirmed": "yes", "seen": story.revisions.latest("pk").pk},
    )
    story.refresh_from_db()
    assert story.title == "Original"
    assert RelatedLink.objects.get(article=story).title == "Later"


def test_refusals_in_bulk_settling_are_reported(client, reporter):
    story = story_in("published")
    client.force_login(reporter)
    keys = list(Conflict.objects.values_list("pk", flat=True))
    page = client.post(CONFLICTS, {"action": "take_theirs", "_selected_action": keys}, follow=True)
    assert sorted(str(message) for message in page.context["messages"]) == sorted(
        ["0 conflicts settled.", *(f"{one}: You may not change this story." for one in story.conflicts.all())]
    )


class TestExport:
    def archive_for(self, client, user):
        client.force_login(user)
        posted = {"action": "export_selected", "_selected_action": list(Article.objects.values_list("pk", flat=True))}
        response = client.post(STORIES, posted)
        if response.status_code != 200:
            return response.status_code
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
        return "".join(archive.read(name).decode() for name in archive.namelist())

    def actions_offered(self, client):
        return elements(client.get(STORIES), "//select[@name='action']/option/@value")

    @pytest.fixture
    def imported(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document(secured="hush", nested={"secured": "below"}))
        import_sources([str(tmp_path)])

    def test_exporting_requires_its_permission(self, client, imported, reporter, editor):
        assert self.archive_for(client, reporter) == 403
        reporters = self.actions_offered(client)
        assert "title: " in self.archive_for(client, editor)
        assert [name for name in self.actions_offered(client) if name not in reporters] == [
            *("publish_selected", "schedule_selected", "reject_selected", "withdraw_selected", "restore_selected"),
            *("export_selected", "export_plain", "delete_selected"),
        ]

    def test_secured_is_for_those_who_may_import(self, client, imported, editor):
        exporter = with_permissions("exporter", "view_article", "export_article")
        without = self.archive_for(client, exporter)
        assert [word in without for word in ("title: ", "nested", "secured", "hush", "below")] == [
            True,
            True,
            False,
            False,
            False,
        ]
        text = self.archive_for(client, editor)
        assert [word in text for word in ("secured: ", "hush", "below")] == [True] * 3

    @pytest.mark.parametrize("group", ["editor", "administrator"])
    def test_the_groups_of_the_desk_hold_it(self, group):
        assert make_user("member", group).has_perm("articles.export_article")


class TestImport:
    @pytest.fixture
    def importer(self, db):
        return with_permissions("importer", "import_article")

    @pytest.fixture
    def put(self, tmp_path):
        def put(user=None, *, dry_run=False, publish=PublishPolicy.UPSTREAM, **documents):
            for path in tmp_path.iterdir():
                path.unlink()
            for name, values in documents.items():
                (tmp_path / f"{name}.md").write_bytes(as_document(values))
            actor = by(user) if user else workflow.COMMAND_LINE
            return import_sources([str(tmp_path)], dry_run=dry_run, publish=publish, actor=actor).batch

        return put

    def problems(self, batch):
        return {
            document.source.rpartition("/")[2]: [problem["message"] for problem in document.problems]
            for document in batch.documents.all()
        }

    @pytest.mark.parametrize("hold", [True, False])
    def test_stories_that_the_user_may_not_publish_go_to_review(self, put, importer, hold, settings):
        # With stories that could be held, none is written early.
        settings.IMPORT_HOLD_LEAST = 0 if hold else 20
        make_story()
        given = {"out": make_values(title="Out"), "kept": make_values(title="In", published=False)}
        preview = put(importer, dry_run=True, **given)
        assert preview.options["publish"] == "review"
        batch = put(importer, **given)
        for one in (preview, batch):
            assert one.counts["created"] == 2
            assert self.problems(one) == {"out.md": [REVIEWED.message], "kept.md": []}
        assert dict(Article.objects.filter(title__in=["Out", "In"]).values_list("title", "state")) == {
            "Out": State.IN_REVIEW,
            "In": State.INBOX,
        }
        # Nothing of it comes out by itself later.
        assert put(**given).counts["unchanged"] == 2
        assert Article.objects.get(title="Out").state == State.IN_REVIEW

    def test_into_the_inbox_is_into_the_inbox(self, put, importer):
        put(importer, publish=PublishPolicy.NEVER, out=make_values())
        assert Article.objects.get().state == State.INBOX

    def test_a_known_story_that_upstream_publishes_is_submitted_for_review(self, put, importer):
        values = make_values(published=False)
        put(a=values)
        batch = put(importer, a=values | {"published": True})
        assert self.problems(batch) == {"a.md": [REVIEWED.message]}
        assert (batch.counts["updated"], Article.objects.get().state) == (1, State.IN_REVIEW)
        undo_batch(batch, workflow.COMMAND_LINE)
        assert Article.objects.get().state == State.INBOX

    def test_one_that_was_withdrawn_stays_so(self, put, importer):
        values = make_values()
        put(a=values)
        put(a=values | {"published": False})
        assert Article.objects.get().state == State.WITHDRAWN
        batch = put(importer, a=values)
        assert self.problems(batch) == {"a.md": [WAITING.message]}
        assert Article.objects.get().state == State.WITHDRAWN

    @pytest.mark.parametrize("change", [{"title": "New"}, {"published": False}, {"topics": ["Else"]}])
    @pytest.mark.parametrize("publish", [PublishPolicy.UPSTREAM, PublishPolicy.NEVER])
    def test_published_stories_are_unchanged(self, put, importer, change, publish):
        values = make_values(title="Old")
        put(a=values)
        before = Article.objects.values().get()
        upstream = UpstreamDocument.objects.values().get()
        for dry_run in (True, False):
            batch = put(importer, dry_run=dry_run, publish=publish, a=values | change)
            assert batch.counts["held"] == 1
            assert self.problems(batch) == {"a.md": [STORY_LEFT_ALONE.message]}
        assert Article.objects.values().get() == before
        assert UpstreamDocument.objects.values().get() == upstream
        assert not Topic.objects.filter(name="Else").exists()
        assert not Transition.objects.exists()

    def test_a_story_of_the_desk_that_is_published_is_not_adopted(self, put, importer):
        values = make_values()
        story = make_story(web_url=values["webUrl"], state_owner=Owner.DESK)
        assert put(importer, a=values).counts["held"] == 1
        assert not UpstreamDocument.objects.exists()
        assert Article.objects.get().title == story.title

    def test_unpublished_stories_are_merged(self, put, importer):
        values = make_values(published=False, title="Old")
        put(a=values)
        assert put(importer, a=values | {"title": "New"}).counts["updated"] == 1
        assert Article.objects.get().title == "New"

    def test_taxonomy_is_changed_by_who_may(self, put, importer, editor):
        topic = {"taxonomy": "topic", "name": "AI"}
        put(a=topic)
        batch = put(importer, a=topic | {"description": "Machines"}, b={"taxonomy": "topic", "name": "Space"})
        assert (batch.counts["held"], batch.counts["created"]) == (1, 1)
        assert self.problems(batch)["a.md"] == [TAXONOMY_LEFT_ALONE.message]
        assert Topic.objects.get(name="AI").description == ""
        assert put(editor, a=topic | {"description": "Machines"}).counts["updated"] == 1

    def test_the_preview_of_one_who_publishes_is_not_applied_by_one_who_does_not(self, client, put, importer, editor):
        preview = put(editor, dry_run=True, a=make_values())
        client.force_login(importer)
        page = client.get(reverse("admin:articles_importbatch_change", args=[preview.pk])).content.decode()
        assert "Only users who may publish stories can apply this preview." in page
        assert client.post(reverse("admin:import-apply", args=[preview.pk])).status_code == 403
        assert not Article.objects.exists()

    def test_who_publishes_applies_the_preview_of_one_who_does_not_as_it_was_shown(self, put, importer, editor):
        values = make_values(title="Old")
        put(a=values)
        preview = put(importer, dry_run=True, a=values | {"title": "New"}, b=make_values(title="Out"))
        applied = apply_preview(preview, by(editor))
        run_batch(applied)
        assert dict(Article.objects.values_list("title", "state")) == {"New": State.PUBLISHED, "Out": State.IN_REVIEW}

    def test_permissions_are_checked_when_it_runs(self, put, editor, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        waiting = [new_batch([str(tmp_path)], actor=by(editor)) for _number in range(2)]
        editor.groups.clear()
        editor.user_permissions.set(Permission.objects.filter(codename="import_article"))
        run_batch(waiting[0])
        assert Article.objects.get().state == State.IN_REVIEW
        editor.user_permissions.clear()
        with pytest.raises(NotPermitted):
            run_batch(waiting[1])
        assert ImportBatch.objects.get(pk=waiting[1].pk).note == "its user is not allowed to import stories"

    def test_the_desk_says_so(self, client, importer):
        client.force_login(importer)
        page = client.get(reverse("admin:import-stories"))
        assert [label for _value, label in page.context["form"].fields["publish"].choices] == [
            "Send all new stories to the inbox",
            "Send stories that upstream publishes to review",
        ]
        preview = previewed(client, make_document())
        shown = client.get(reverse("admin:articles_importbatch_change", args=[preview.pk])).content.decode()
        assert "New stories that upstream publishes go to review" in shown


class TestUndoing:
    # What an import did to a story that is then in a state, and the permissions it takes to undo that.
    TABLE = {
        ("created", State.INBOX): {"import_article", "delete_article"},
        ("created", State.PUBLISHED): {"import_article", "delete_article", "publish_article"},
        ("updated", State.INBOX): {"import_article"},
        ("updated", State.PUBLISHED): {"import_article", "publish_article"},
        ("withdrawn", State.WITHDRAWN): {"import_article", "publish_article"},
    }

    def batch_of(self, what, state, tmp_path):
        values = make_values(title="Old", published=state != State.INBOX)
        path = tmp_path / "a.md"
        path.write_bytes(as_document(values))
        batch = import_sources([str(tmp_path)]).batch
        if what == "created":
            return batch
        path.write_bytes(as_document(values | ({"title": "New"} if what == "updated" else {"published": False})))
        return import_sources([str(tmp_path)]).batch

    @pytest.mark.parametrize(("what", "state"), TABLE)
    def test_undoing_requires_the_permissions_of_the_undone_actions(self, client, tmp_path, what, state):
        batch = self.batch_of(what, state, tmp_path)
        assert Article.objects.get().state == state
        needed = self.TABLE[what, state]
        for lacking in sorted(needed):
            user = with_permissions(f"without {lacking}", *(needed - {lacking}))
            client.force_login(user)
            assert not may_undo(by(user), batch)
            undo = reverse("admin:import-undo", args=[batch.pk])
            assert (client.get(undo).status_code, client.post(undo).status_code) == (403, 403)
            if lacking != "import_article":
                page = client.get(reverse("admin:articles_importbatch_change", args=[batch.pk])).content.decode()
                assert links(page, IMPORT_BUTTONS) == [reverse("admin:import-report", args=[batch.pk])]
                assert buttons(page) == []
                assert "Undoing this import would delete stories or change published ones." in page
        assert Article.objects.get().state == state
        client.force_login(with_permissions("with all", *needed))
        client.post(undo)
        batch.refresh_from_db()
        assert batch.state == ImportBatch.State.UNDONE
        assert list(Article.objects.values_list("title", flat=True)) == ([] if what == "created" else ["Old"])

    def test_the_command_line_may(self, tmp_path):
        batch = self.batch_of("created", State.PUBLISHED, tmp_path)
        undo_batch(batch, workflow.COMMAND_LINE)
        assert not Article.objects.exists()


def test_a_bulk_change_is_done_in_the_name_of_who_began_it(client, reporter):
    story = make_story(state=State.INBOX)
    client.force_login(reporter)
    client.post(STORIES, {"action": "set_heat_selected", "_selected_action": [story.pk]})
    workflow.apply(Action.PUBLISH, story, workflow.COMMAND_LINE)
    change = BulkChange.objects.get()
    client.post(reverse("admin:story-bulk", args=[change.pk]), {"heat": 99, "_do": "1"})
    story.refresh_from_db()
    assert story.heat == 50
