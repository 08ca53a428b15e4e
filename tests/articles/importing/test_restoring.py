"""Exports with the desk's state, imported again: ignored, or restored."""

from random import Random

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.documents.digests import digests_of
from articles.documents.parse import parse_document
from articles.editing.fields import edit
from articles.editing.joining import join_stories
from articles.exporting.output import write_folder
from articles.exporting.story_documents import export_stories
from articles.exporting.written_digests import find_written, written_key
from articles.importing.previews import apply_preview, may_apply
from articles.importing.runner import NotPermitted, import_sources, run_batch
from articles.importing.undo import Undone, undo_batch
from articles.models import (
    Article,
    Conflict,
    DeskDecisions,
    FormerIdentity,
    RelatedLink,
    UpstreamDocument,
    WrittenDocument,
)
from tests.articles.exporting.test_story_documents import empty_the_database
from tests.articles.importing.desk_edits import change_rows, edit_at_random
from tests.articles.importing.expected import only
from tests.articles.importing.generated import Generator
from tests.conftest import make_user
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db
# Parts of the desk's state that have upstream's values.
UPSTREAMS = ("newsroom.upstream.fields", "newsroom.hidden")


@pytest.fixture
def by(editor):
    return workflow.Actor(Origin.ADMIN, editor)


@pytest.fixture
def upstream(tmp_path):
    """Import documents as upstream delivers them, {name: text or values}; return the Report."""
    place = tmp_path / "upstream"
    place.mkdir()

    def deliver(**documents):
        for name, document in documents.items():
            content = document.encode() if isinstance(document, str) else as_document(document)
            (place / f"{name}.md").write_bytes(content)
        return import_sources([str(place)], hold=False)

    return deliver


@pytest.fixture
def export(tmp_path):
    """Export all stories into a new folder: export("name", plain=True); return its path."""

    def export(name="export", **options):
        export = write_folder(export_stories(Article.objects.all(), **options), tmp_path / name)
        assert export.failed == 0
        return tmp_path / name

    return export


def texts_in(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def warnings_of(report):
    return {(problem.field, problem.message) for outcome in report.outcomes for problem in outcome.problems}


def coverage(name):
    return {"title": f"Coverage {name}", "webUrl": f"https://other.example/{name}"}


@pytest.fixture
def values():
    return make_values(title="A", heat=50, topics=["AI", "Film"], related=[coverage("A"), coverage("B")])


@pytest.fixture
def edited(upstream, values, by):
    """A story of upstream's that the desk has retitled, withdrawn, and whose second coverage it removed."""
    upstream(a=values)
    story = Article.objects.get()
    edit(story, {"title": "The desk's"}, by)
    change_rows(story, by, lambda story: story.related_links.get(title="Coverage B").delete())
    workflow.apply(Action.WITHDRAW, story, by)
    return story


def assert_as_edited():
    story = Article.objects.get()
    assert (story.title, story.state, story.state_owner) == ("The desk's", State.WITHDRAWN, Owner.DESK)
    assert [link.title for link in story.related_links.all()] == ["Coverage A"]
    assert list(story.topics.names()) == ["AI", "Film"]


class TestIgnored:
    def test_the_desks_edits_survive_an_import_of_ones_own_export(self, upstream, values, edited, export):
        before = UpstreamDocument.objects.values().get()
        report = import_sources([str(export())])
        outcome = only(report)
        assert (outcome.action, outcome.changed) == ("unchanged", [])
        (problem,) = outcome.problems
        assert (problem.field, problem.level, problem.line is not None) == ("newsroom", "warning", True)
        assert UpstreamDocument.objects.values().get() == before
        assert only(upstream(a=values)).action == "unchanged"
        assert_as_edited()
        assert not Conflict.objects.exists()

    def test_upstreams_document_counts_beside_the_export(self, upstream, values, edited, export, tmp_path):
        folder = export()
        (folder / "0.md").write_bytes(as_document(values | {"heat": 60}))
        report = import_sources([str(folder)])
        assert {outcome.source.rsplit("/")[-1]: outcome.action for outcome in report.outcomes} == {
            "0.md": "updated",
            "a.md": "duplicate",
        }
        assert Article.objects.get().heat == 60

    def test_an_unknown_story_belongs_to_the_desk(self, upstream, values, edited, export):
        folder = export()
        empty_the_database()
        assert only(import_sources([str(folder)])).action == "created"
        assert UpstreamDocument.objects.get().values == {}
        outcome = only(upstream(a=values))
        story = Article.objects.get()
        assert (story.title, story.published, sorted(outcome.conflicts)) == (
            "The desk's",
            False,
            ["published", "title"],
        )

    def test_it_does_not_hold_an_import(self, upstream, settings, by, export):
        settings.IMPORT_HOLD_LEAST = 0
        upstream(**{f"d{number}": make_values() for number in range(3)})
        for story in Article.objects.all():
            edit(story, {"title": f"By the desk {story.pk}"}, by)
        report = import_sources([str(export())])
        assert (report.counts["unchanged"], report.counts["held"]) == (3, 0)

    def test_an_untouched_story_has_no_state(self, upstream, values, export):
        upstream(a=values)
        (text,) = texts_in(export()).values()
        assert "newsroom:" not in text

    def test_a_deleted_story_stays_deleted(self, edited, export):
        folder = export()
        Article.objects.get().delete()
        for restore in (False, True):
            outcome = only(import_sources([str(folder)], restore=restore))
            assert (outcome.action, Article.objects.count()) == ("unchanged", 0)
            assert "deleted at the desk" in outcome.problems[0].message


class TestPlain:
    def test_it_is_unchanged_and_moves_no_base(self, upstream, values, edited, by, export):
        folder = export(plain=True)
        (text,) = texts_in(folder).values()
        assert "newsroom:" not in text
        edit(Article.objects.get(), {"title": "Edited since"}, by)
        before = UpstreamDocument.objects.values().get()
        outcome = only(import_sources([str(folder)]))
        assert (outcome.action, outcome.problems) == ("unchanged", [])
        assert UpstreamDocument.objects.values().get() == before
        assert only(upstream(a=values)).action == "unchanged"
        assert (Article.objects.get().title, Article.objects.get().state) == ("Edited since", State.WITHDRAWN)

    def test_upstreams_own_document_with_the_same_values_is_taken(self, upstream, values, by, export):
        upstream(a=values)
        edit(Article.objects.get(), {"title": "X"}, by)
        (text,) = texts_in(export(plain=True)).values()
        upstream(a=text.replace(values["secured"], "another;blob"))
        assert UpstreamDocument.objects.get().values["title"] == "X"

    def test_documents_of_untouched_stories_are_not_remembered(self, upstream, values, export):
        upstream(a=values)
        export(plain=True)
        assert not WrittenDocument.objects.exists()

    def test_the_latest_ten_of_a_story_are_remembered(self, edited, by, export):
        folders = []
        for number in range(11):
            edit(Article.objects.get(), {"title": f"Title {number}"}, by)
            folders.append(export(str(number), plain=True))
        export("again", plain=True)
        assert WrittenDocument.objects.count() == 10
        actions = [only(import_sources([str(folder)], dry_run=True)).action for folder in folders]
        assert actions == ["conflict", *["unchanged"] * 10]

    def test_recognising_them_takes_one_query(self, edited, export, django_assert_num_queries):
        folder = export(plain=True)
        (content,) = [path.read_bytes() for path in folder.iterdir()]
        with django_assert_num_queries(1):
            found_keys = find_written([digests_of(content), digests_of(b"---\ntitle: Other\n---\n")])
        assert found_keys == {written_key(digests_of(content)): edited.pk}
        with django_assert_num_queries(0):
            assert find_written([]) == {}


class TestRestored:
    def test_into_an_empty_newsroom(self, upstream, values, edited, export):
        folder = export()
        first = texts_in(folder)
        empty_the_database()
        outcome = only(import_sources([str(folder)], restore=True))
        assert (outcome.action, outcome.problems) == ("created", [])
        assert_as_edited()
        assert UpstreamDocument.objects.get().values["title"] == "A"
        assert texts_in(export("again")) == first
        assert only(upstream(a=values)).action == "unchanged"
        assert_as_edited()

    def test_over_later_edits(self, edited, by, export):
        folder = export()
        before = Article.objects.values("state", "visible_from", "first_visible_at", "slug").get()
        edit(edited, {"title": "Later"}, by)
        workflow.apply(Action.PUBLISH, edited, by)
        report = import_sources([str(folder)], restore=True, actor=by)
        assert (only(report).action, only(report).changed) == ("updated", ["title", "published", "newsroom"])
        assert_as_edited()
        assert Article.objects.values("state", "visible_from", "first_visible_at", "slug").get() == before
        revision = edited.revisions.first()
        assert (revision.actor, revision.note, revision.fields) == (by.user, "restored export", ["title"])
        transition = edited.transitions.first()
        assert (transition.action, transition.actor, transition.from_state, transition.to_state) == (
            *(Action.RESTORE_EXPORT, by.user),
            *(State.PUBLISHED, State.WITHDRAWN),
        )

    def test_the_present_state_is_unchanged(self, edited, export):
        before = Article.objects.values().get()
        outcome = only(import_sources([str(export())], restore=True))
        assert (outcome.action, outcome.problems) == ("unchanged", [])
        assert Article.objects.values().get() == before

    def test_undo_takes_it_back(self, edited, by, export):
        folder = export()
        edit(edited, {"title": "Later"}, by)
        workflow.apply(Action.PUBLISH, edited, by)
        before = Article.objects.values("title", "state", "state_owner", "visible_from").get()
        base, decisions = UpstreamDocument.objects.values("values").get(), DeskDecisions.objects.values().get()
        report = import_sources([str(folder)], restore=True)
        assert undo_batch(report.batch, workflow.COMMAND_LINE) == Undone(undone=1)
        assert Article.objects.values("title", "state", "state_owner", "visible_from").get() == before
        assert UpstreamDocument.objects.values("values").get() == base
        assert DeskDecisions.objects.values().get() == decisions

    def test_undo_deletes_a_story_that_it_created(self, edited, export):
        folder = export()
        empty_the_database()
        report = import_sources([str(folder)], restore=True)
        assert undo_batch(report.batch, workflow.COMMAND_LINE) == Undone(undone=1)
        assert not Article.objects.exists()

    def test_a_preview_counts_and_does_the_same(self, edited, by, export):
        folder = export()
        edit(edited, {"title": "Later"}, by)
        preview = import_sources([str(folder)], restore=True, dry_run=True, actor=by)
        assert (preview.counts["updated"], Article.objects.get().title) == (1, "Later")
        report = run_batch(apply_preview(preview.batch, by))
        assert only(report).changed == only(preview).changed == ["title"]
        assert_as_edited()

    def test_a_moved_base_alone_can_be_undone(self, upstream, values, edited, export):
        folder = export()
        upstream(a=values | {"category": "sport"})
        edit(Article.objects.get(), {"category": "news"}, workflow.COMMAND_LINE)
        upstream(a=values | {"category": "news"})
        upstream(a=values | {"mood": "calm"})
        DeskDecisions.objects.update(fields=["title"])
        report = import_sources([str(folder)], restore=True)
        assert UpstreamDocument.objects.get().unknown == {}
        assert undo_batch(report.batch, workflow.COMMAND_LINE) == Undone(undone=1)
        assert UpstreamDocument.objects.get().unknown == {"mood": "calm"}

    def test_conflicts_are_open_again(self, upstream, values, edited, export):
        upstream(a=values | {"title": "B"})
        folder = export()
        conflict = Conflict.objects.values("field", "base", "ours", "theirs", "settlement").get()
        empty_the_database()
        import_sources([str(folder)], restore=True)
        assert Conflict.objects.values("field", "base", "ours", "theirs", "settlement").get() == conflict
        # Upstream takes its change back.
        upstream(a=values)
        assert Conflict.objects.get().settlement == "returned"

    def test_a_story_written_at_the_desk(self, export):
        story = make_story(title="Our own", web_url="", outlets=1, pin=3)
        folder = export()
        empty_the_database()
        assert only(import_sources([str(folder)], restore=True)).action == "created"
        again = Article.objects.get()
        assert (again.identity, again.pin, again.visible_from, again.published) == (
            *(story.identity, 3, story.visible_from),
            True,
        )
        assert not UpstreamDocument.objects.exists()
        assert only(import_sources([str(folder)], restore=True)).action == "unchanged"

    def test_hidden_coverage_keeps_its_place(self, upstream, values, by, export):
        upstream(a=values)
        change_rows(Article.objects.get(), by, hide_first)
        folder = export()
        empty_the_database()
        import_sources([str(folder)], restore=True)
        links = RelatedLink.objects.order_by("position")
        assert list(links.values_list("title", "is_hidden")) == [("Coverage A", True), ("Coverage B", False)]

    def test_a_changed_url_belongs_to_the_same_story(self, upstream, values, by, export):
        upstream(a=values)
        story = Article.objects.get()
        edit(story, {"web_url": "https://other.example/own"}, by)
        folder = export()
        edit(story, {"title": "Later"}, by)
        assert only(import_sources([str(folder)], restore=True)).action == "updated"
        assert (Article.objects.get().title, Article.objects.get().web_url) == ("A", "https://other.example/own")

    def test_former_identities(self, upstream, values, edited, export):
        former_identity = edited.identity
        upstream(a=values | {"webUrl": "https://two.example/copy"})
        assert Article.objects.get().identity != former_identity
        folder = export()
        empty_the_database()
        import_sources([str(folder)], restore=True)
        assert FormerIdentity.objects.get().pk == former_identity
        assert only(upstream(a=values)).action != "created"

    def test_a_joined_story_stays_joined(self, upstream, values, edited, by, export):
        folder = export()
        target = make_story(title="Kept")
        join_stories(target, edited, by)
        outcome = only(import_sources([str(folder)], restore=True))
        assert (outcome.action, Article.objects.get().title) == ("unchanged", "Kept")
        assert "joined with another one" in outcome.problems[0].message

    def test_plain_documents_of_a_joined_story_are_still_known(self, upstream, values, edited, by, export):
        folder = export(plain=True)
        join_stories(make_story(title="Kept"), edited, by)
        assert only(import_sources([str(folder)])).action == "unchanged"
        assert Article.objects.get().title == "Kept"


def hide_first(story):
    link = story.related_links.first()
    link.is_hidden = True
    link.save()


class TestPermissions:
    def test_only_who_may_publish_restores(self, edited, export):
        folder = export()
        importer = make_user("importer")
        importer.user_permissions.add(Permission.objects.get(codename="import_article"))
        with pytest.raises(NotPermitted, match="restore the desk's edits"):
            import_sources([str(folder)], restore=True, actor=workflow.Actor(Origin.ADMIN, importer))
        outcome = only(import_sources([str(folder)], actor=workflow.Actor(Origin.ADMIN, importer)))
        assert (outcome.action, outcome.problems[0].field) == ("unchanged", "newsroom")

    def test_a_preview_is_applied_only_by_who_may_publish(self, edited, by, export):
        preview = import_sources([str(export())], restore=True, dry_run=True, actor=by).batch
        importer = make_user("importer")
        importer.user_permissions.add(Permission.objects.get(codename="import_article"))
        assert (may_apply(workflow.Actor(Origin.ADMIN, importer), preview), may_apply(by, preview)) == (False, True)

    def test_an_import_that_publishes_nothing_restores_to_the_inbox(self, edited, by, export):
        workflow.apply(Action.PUBLISH, edited, by)
        folder = export()
        empty_the_database()
        outcome = only(import_sources([str(folder)], restore=True, publish="never"))
        assert (Article.objects.get().state, Article.objects.get().title) == (State.INBOX, "The desk's")
        assert [problem.field for problem in outcome.problems] == ["newsroom.state"]

    def test_a_state_needs_the_permission_to_publish(self, edited, reporter):
        with pytest.raises(PermissionDenied):
            workflow.restore_state(edited, {"state": "published"}, workflow.Actor(Origin.ADMIN, reporter))


HOSTILE = {
    "no version": ("{state: published}", {"newsroom"}, False),
    "a text": ("our newsroom", {"newsroom"}, False),
    "a list": ("[1, 2]", {"newsroom"}, False),
    "another version": ("{version: 2, state: published}", {"newsroom.version"}, False),
    "no number": ("{version: one}", {"newsroom.version", "newsroom"}, False),
    "an unknown state": ("{version: 1, state: deleted, slot: 2}", {"newsroom.state"}, True),
    "an unknown field": ("{version: 1, colour: red, slot: 2}", {"newsroom.colour"}, True),
    "wrong types": (
        "{version: 1, slot: [2], visibleUntil: soon, removed: 5, hidden: {a: b}, conflicts: [x], alwaysOurs: [no]}",
        {
            *("newsroom.slot", "newsroom.visibleUntil", "newsroom.removed", "newsroom.conflicts[0]"),
            "newsroom.alwaysOurs[0]",
        },
        True,
    ),
    "a slot too many": ("{version: 1, slot: 16}", {"newsroom.slot"}, True),
    "an end before the beginning": (
        "{version: 1, state: published, visibleFrom: 2026-11-20T00:00:00Z, visibleUntil: 2026-11-20T00:00:00Z}",
        {"newsroom.visibleUntil"},
        True,
    ),
    "addresses": (
        '{version: 1, address: {day: 2026-13-40, slug: "a/b"}, identity: "../x", formerIdentities: [1]}',
        {"newsroom.address.day", "newsroom.address.slug", "newsroom.identity", "newsroom.formerIdentities[0]"},
        True,
    ),
    "a removed URL that is none": (
        '{version: 1, removed: {related: [{name: "http://["}]}}',
        {"newsroom.removed.related[0].name"},
        True,
    ),
    "an untitled base": ("{version: 1, upstream: {absent: [title]}}", {"newsroom.upstream"}, True),
    "a base of text": ("{version: 1, upstream: {fields: text}}", {"newsroom.upstream.fields"}, True),
    "a faulty base": (
        "{version: 1, upstream: {fields: {heat: hot, webUrl: 'ftp://a.example'}}}",
        {"newsroom.upstream.fields.heat", "newsroom.upstream.fields.webUrl"},
        True,
    ),
    "a base with U+0000": ('{version: 1, upstream: {body: "\\0"}}', {"newsroom.upstream.body"}, True),
    "a conflict of another type": ("{version: 1, conflicts: [{field: length, base: {a: [1]}}]}", set(), True),
}


class TestHostile:
    @pytest.mark.parametrize(("state", "fields", "is_restored"), HOSTILE.values(), ids=HOSTILE)
    def test_faults_are_named_and_the_rest_is_imported(self, tmp_path, upstream, state, fields, is_restored):
        text = f"---\ntitle: Story\nwebUrl: https://a.example/1\nnewsroom: {state}\n---\nText.\n"
        (tmp_path / "export.md").write_text(text)
        outcome = only(import_sources([str(tmp_path / "export.md")], restore=True))
        assert (outcome.action, {problem.field for problem in outcome.problems}) == ("created", fields)
        assert {(problem.level, problem.line) for problem in outcome.problems} <= {("warning", 4), ("warning", None)}
        story = Article.objects.get()
        assert (story.title, story.body) == ("Story", "Text.\n")
        assert (story.transitions.count() + story.revisions.count() > 0) <= is_restored
        # The next delivery is merged without a fault.
        values = make_values(title="Story", webUrl="https://a.example/1", length="PT1H", related=[coverage("A")])
        assert only(upstream(a=values)).action in ("updated", "conflict")
        for restore in (False, True):
            again = only(import_sources([str(tmp_path / "export.md")], restore=restore))
            assert again.action in ("unchanged", "updated")

    def test_slot_of_another_story(self, edited, by, export):
        workflow.apply(Action.PUBLISH, edited, by)
        edit(edited, {"pin": 2}, by)
        folder = export()
        edit(edited, {"pin": None}, by)
        make_story(pin=2)
        outcome = only(import_sources([str(folder)], restore=True))
        assert [problem.field for problem in outcome.problems] == ["newsroom.slot"]
        assert Article.objects.get(pk=edited.pk).pin is None

    def test_address_of_another_story(self, edited, export):
        folder = export()
        empty_the_database()
        other = make_story(slug=edited.slug, url_date=edited.url_date)
        outcome = only(import_sources([str(folder)], restore=True))
        assert [problem.field for problem in outcome.problems] == ["newsroom.address"]
        assert set(Article.objects.values_list("slug", flat=True)) == {
            *(edited.slug, f"{edited.slug}-{edited.identity[:6]}")
        }
        assert other.slug == edited.slug

    def test_an_identity_of_another_story_is_not_taken(self, tmp_path):
        other = make_story(title="Other")
        identities = f"{{version: 1, identity: {'a' * 32}, formerIdentities: [{other.identity}, {'b' * 32}]}}"
        text = f"---\ntitle: Story\nwebUrl: https://a.example/1\nnewsroom: {identities}\n---\n"
        (tmp_path / "export.md").write_text(text)
        import_sources([str(tmp_path / "export.md")])
        other.refresh_from_db()
        assert other.title == "Other"
        assert Article.objects.get(title="Story").identity == "a" * 32

    def test_a_key_without_a_value_is_absent(self, upstream):
        outcome = only(upstream(a="---\ntitle: Story\nnewsroom:\n---\n"))
        assert (outcome.action, outcome.problems) == ("created", [])


@pytest.mark.parametrize("seed", range(2))
def test_generated_edits_are_restored_and_merged_as_in_the_first_newsroom(upstream, by, export, seed):
    """A's export, restored in an empty newsroom, exports the same; and the same delivery gives the same stories."""
    random, generator = Random(seed), Generator(seed)
    deliveries = [{f"d{number}": generator.short_story(number) for number in range(9)} for _each in range(3)]
    deliveries[0] |= {f"any{number}": generator.story() for number in range(5)}
    upstream(**deliveries[0])
    edit_at_random(by, random)
    upstream(**deliveries[1])
    edit_at_random(by, random, share=0.3)
    folder = export("a")
    exported = texts_in(folder)
    edited = {document.key for document in export_stories(Article.objects.all()) if "\nnewsroom:" in document.text}
    assert len(edited) > 6
    edited = set(Article.objects.filter(pk__in=edited).values_list("identity", flat=True))
    before = stories_by_identity(edited)
    upstream(**deliveries[2])
    merged = stories_by_identity(edited), open_conflicts()

    empty_the_database()
    report = import_sources([str(folder)], restore=True)
    # Upstream's own faults are reported again; no other is expected.
    fields = {field for field, _message in warnings_of(report) - warnings_of_parsing(exported)}
    assert {field for field in fields if not field.startswith(UPSTREAMS)} == set()
    assert stories_by_identity(edited) == before
    assert texts_in(export("b")) == exported
    assert import_sources([str(folder)], restore=True).counts["unchanged"] == len(exported)
    upstream(**deliveries[2])
    assert (stories_by_identity(edited), open_conflicts()) == merged


def warnings_of_parsing(texts):
    documents = [parse_document(text.encode(), name) for name, text in texts.items()]
    return {(problem.field, problem.message) for document in documents for problem in document.problems}


def stories_by_identity(edited):
    """Return {identity: what the desk and readers see of a story}.

    Of stories that the desk has not edited, an export does not have the state and the address, which depend on all
    earlier deliveries.
    """
    stories = Article.objects.prefetch_related("images", "related_links__images").select_related("provider")
    content = ("title", "excerpt", "heat", "quality", "body", "rank", "published")
    state = ("state", "state_owner", "visible_from", "visible_until", "pin", "kept_fields", "slug", "url_date")
    return {
        story.identity: (
            [getattr(story, name) for name in (*content, *(state if story.identity in edited else ()))],
            (story.provider.domain, story.provider.name) if story.provider else None,
            # They are a set: an export has them in upstream's order.
            sorted(topic.name for topic in story.topics_in_order),
            [(image.url, image.width) for image in story.images.all()],
            [
                (link.title, link.link, link.is_hidden, [image.url for image in link.images.all()])
                for link in story.related_links.all()
            ],
        )
        for story in stories
    }


def open_conflicts():
    conflicts = Conflict.objects.filter(settlement="").order_by("article__identity", "field")
    return list(conflicts.values_list("article__identity", "field", "base", "ours", "theirs"))
