"""The importer from end to end: what goes in, what stays, what is said of it."""

import io
import json
import re
from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.importing import batch, reading, writing
from articles.importing.batch import import_sources
from articles.importing.conflicts import settle
from articles.importing.results import report_of
from articles.models import Article, Conflict, Image, ImportBatch, RelatedLink, Tombstone, Topic, UpstreamDocument
from providers.merging import merge_providers
from providers.models import Provider
from tests.conftest import ROOT
from tests.factories import as_document, make_document, make_story, make_values

pytestmark = pytest.mark.django_db
SEED = ROOT / "fixtures" / "seed" / "000_a1d6dde27135930d.txt"
NO_COUNTS = dict.fromkeys(("created", "updated", "unchanged", "conflict", "duplicate", "rejected", "held"), 0)


@pytest.fixture
def folder(tmp_path):
    """A folder to put documents in: folder(name=values_or_bytes) writes them and imports all of it."""
    place = tmp_path / "documents"
    place.mkdir()

    def put_and_import(**documents):
        for name, document in documents.items():
            content = document if isinstance(document, bytes) else as_document(document)
            (place / f"{name}.md").write_bytes(content)
        return import_sources([str(place)])

    put_and_import.place = place
    return put_and_import


def only(report):
    (outcome,) = report.outcomes
    return outcome


def test_the_seed_document_goes_in_whole():
    report = import_sources([str(SEED)])
    assert report.counts == NO_COUNTS | {"created": 1}
    story = Article.objects.get()
    assert story.title == "Amazon bans police use of facial recognition technology for one year"
    assert story.published_at == datetime(2020, 6, 11, 13, 11, tzinfo=UTC)
    assert (story.category, story.kind, story.quality, story.heat) == ("news", "article", 24, -1)
    assert story.state == State.INBOX
    assert (story.provider.name, story.provider.domain) == ("The Loop", "loopinsight.com")
    assert list(story.topics.values_list("name", flat=True)) == ["AWS AI", "AI"]
    image = story.images.get()
    assert (image.width, image.height, image.is_cached) == (520, 208, True)
    assert [link.provider.name for link in story.related_links.all()] == [
        "HotNewHipHop",
        "Mic",
        "Tech.co",
        "MSPoweruser",
    ]
    assert story.related_links.first().images.get().width == 1200
    assert story.upstream.secured.startswith("b2EKSbQi0wJptBxRTJ4ZD")
    assert (
        only(report).url
        == story.get_absolute_url()
        == ("/2020/06/11/amazon-bans-police-use-of-facial-recognition-technology-for-one-year/")
    )


def snapshot():
    """Every row the importer writes, with every column."""
    models = (Article, UpstreamDocument, Image, RelatedLink, Topic, Provider)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def test_imported_again_nothing_changes():
    folders = [str(ROOT / "fixtures" / name) for name in ("seed", "topics", "organizations", "stories")]
    first = import_sources(folders)
    assert first.is_complete
    before = snapshot()
    again = import_sources(folders)
    assert again.counts == NO_COUNTS | {"unchanged": first.counts["created"]}
    assert snapshot() == before


def test_a_new_blob_alone_is_taken_silently(folder):
    values = make_values()
    folder(a=values)
    before = Article.objects.values().get()
    report = folder(a={**values, "secured": "another"})
    assert report.counts == NO_COUNTS | {"unchanged": 1}
    assert UpstreamDocument.objects.get().secured == "another"
    assert UpstreamDocument.objects.get().changed_at is None
    assert Article.objects.values().get() == before


def test_upstreams_change_is_taken_and_named(folder):
    values = make_values(heat=70)
    folder(a=values)
    before = Article.objects.get()
    outcome = only(folder(a={**values, "heat": 140, "topics": ["AI", "Robotics"]}))
    assert (outcome.action, outcome.changed, outcome.conflicts) == ("updated", ["heat", "topics"], [])
    after = Article.objects.get()
    assert after.heat == 140
    assert after.rank == pytest.approx(before.rank + 1)
    assert {topic.name for topic in after.topics.all()} == {"AI", "Robotics"}


def test_the_desks_edit_stays_and_what_nobody_contests_comes_in(folder):
    values = make_values(title="Upstream's headline", heat=70)
    folder(a=values)
    Article.objects.update(title="The desk's headline")
    outcome = only(folder(a={**values, "heat": 90}))
    assert (outcome.action, outcome.changed) == ("updated", ["heat"])
    assert Article.objects.get().title == "The desk's headline"


def test_a_field_both_changed_is_a_conflict_and_ours_stays(folder):
    values = make_values(title="Upstream's headline", heat=70)
    folder(a=values)
    Article.objects.update(title="The desk's headline")
    outcome = only(folder(a={**values, "title": "Upstream's second thought", "heat": 90}))
    assert (outcome.action, outcome.changed, outcome.conflicts) == ("conflict", ["heat"], ["title"])
    assert Article.objects.get().title == "The desk's headline"
    assert Article.objects.get().heat == 90


def test_the_url_is_stable_when_title_and_date_change(folder):
    values = make_values(title="First headline")
    folder(a=values)
    url = Article.objects.get().get_absolute_url()
    folder(a={**values, "title": "Second headline", "publishedDateTime": "2026-11-22T10:00:00Z"})
    assert Article.objects.get().title == "Second headline"
    assert Article.objects.get().get_absolute_url() == url == "/2026/11/20/first-headline/"


def test_an_undated_story_has_a_url(folder):
    folder(a=make_values(title="A course", publishedDateTime=None, type="course"))
    assert Article.objects.get().get_absolute_url() == "/undated/a-course/"


def test_two_stories_of_a_day_with_one_headline_have_two_urls(folder):
    folder(a=make_values(title="Same"), b=make_values(title="Same"))
    assert len({story.get_absolute_url() for story in Article.objects.all()}) == 2


@pytest.mark.parametrize(("published", "state"), [(True, State.PUBLISHED), (False, State.INBOX), (None, State.INBOX)])
def test_upstreams_proposal_decides_the_first_state(folder, published, state):
    folder(a=make_values(published=published))
    assert Article.objects.get().state == state


def test_a_time_to_come_schedules_the_story(folder):
    folder(a=make_values(publishedDateTime="2100-01-01T00:00:00Z"))
    story = Article.objects.get()
    assert story.is_scheduled
    assert not Article.objects.published().exists()


def test_upstream_may_publish_and_withdraw_until_a_person_decides(folder, editor):
    values = make_values(published=False)
    folder(a=values)
    assert only(folder(a={**values, "published": True})).changed == ["published"]
    assert Article.objects.get().state == State.PUBLISHED
    assert only(folder(a={**values, "published": False})).changed == ["published"]
    story = Article.objects.get()
    assert (story.state, story.state_owner) == (State.WITHDRAWN, Owner.UPSTREAM)
    assert [transition.origin for transition in story.transitions.all()] == ["import", "import"]

    workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.ADMIN, editor))
    folder(a={**values, "published": True})
    outcome = only(folder(a={**values, "published": False}))
    assert (outcome.action, outcome.conflicts) == ("conflict", ["published"])
    assert Article.objects.get().state == State.PUBLISHED


def test_of_two_documents_of_one_story_the_later_counts_whatever_the_order(folder):
    early = make_values(title="Early", publishedDateTime="2026-11-19T10:00:00Z")
    late = {**early, "title": "Late", "publishedDateTime": "2026-11-20T10:00:00Z"}
    report = folder(z=early, a=late)
    assert report.counts == NO_COUNTS | {"created": 1, "duplicate": 1}
    duplicate = next(outcome for outcome in report.outcomes if outcome.action == "duplicate")
    assert duplicate.duplicate_of == str(folder.place / "a.md")
    assert Article.objects.get().title == "Late"
    assert folder().counts == NO_COUNTS | {"unchanged": 1, "duplicate": 1}


def test_one_domain_has_several_providers(folder):
    folder(
        a=make_values(provider={"name": "Microsoft", "domain": "www.Microsoft.com"}),
        b=make_values(provider={"name": "Microsoft Learn", "domain": "microsoft.com"}),
    )
    assert list(Provider.objects.values_list("domain", "name")) == [
        ("microsoft.com", "Microsoft"),
        ("microsoft.com", "Microsoft Learn"),
    ]


def test_a_provider_mended_at_the_desk_is_not_undone(folder):
    values = make_values(provider={"name": "Armed robbery in Revesby", "domain": "miragenews.example"})
    folder(a=values)
    provider = Provider.objects.get()
    provider.name = "Mirage News"
    provider.save()
    report = folder(a={**values, "heat": 99}, b=make_values(provider=values["provider"]))
    assert [outcome.conflicts for outcome in report.outcomes] == [[], []]
    assert Provider.objects.get().name == "Mirage News"
    assert provider.articles.count() == 2


def test_merged_providers_answer_to_all_their_names(folder):
    first = make_values(provider={"name": "Outlet", "domain": "outlet.example"})
    second = make_values(provider={"name": "The Outlet", "domain": "outlet.example"})
    folder(a=first, b=second)
    target, source = Provider.objects.get(name="Outlet"), Provider.objects.get(name="The Outlet")
    merge_providers(target, [source])
    report = folder(b={**second, "heat": 99}, c=make_values(provider=second["provider"]))
    assert report.counts == NO_COUNTS | {"created": 1, "updated": 1, "unchanged": 1}
    assert Provider.objects.get() == target
    assert target.articles.count() == 3


def test_a_related_story_hidden_at_the_desk_stays_hidden(folder):
    related = [{"title": f"Coverage {n}", "webUrl": f"https://other.example/{n}"} for n in range(3)]
    values = make_values(related=related)
    folder(a=values)
    RelatedLink.objects.filter(title="Coverage 1").update(is_hidden=True)
    folder(a={**values, "related": [*related[1:], {"title": "Coverage 3", "webUrl": "https://other.example/3"}]})
    shown = RelatedLink.objects.shown().values_list("title", flat=True)
    assert list(shown) == ["Coverage 2", "Coverage 3"]
    assert RelatedLink.objects.filter(title="Coverage 1", is_hidden=True).exists()


def test_one_url_may_stand_twice_under_two_titles(folder):
    related = [{"title": title, "webUrl": "https://other.example/1"} for title in ("One", "Two")]
    values = make_values(related=related)
    folder(a=values)
    assert list(RelatedLink.objects.values_list("title", flat=True)) == ["One", "Two"]
    assert folder().counts == NO_COUNTS | {"unchanged": 1}


def test_coverage_is_linked_to_our_own_story_whichever_comes_first(folder):
    ours = make_values(webUrl="https://outlet.example/ours")
    link = {"title": "Ours, as others see it", "webUrl": "http://outlet.example/ours?utm_source=x"}
    folder(a=make_values(related=[link]))
    assert RelatedLink.objects.get().linked_article is None
    folder(b=ours, c=make_values(related=[link]))
    story = Article.objects.get(web_url=ours["webUrl"])
    assert [row.linked_article for row in RelatedLink.objects.all()] == [story, story]


def test_every_kind_of_content_is_kept(folder):
    folder(
        a=make_values(
            type="course",
            price="Free",
            length="PT1H49M",
            levels=["Beginner"],
            ratings={"count": 20, "average": 4.65},
            items=["courses/one"],
            removed=True,
            locale="de",
            tags=["x"],
            actions=[{"url": "https://outlet.example/app", "type": "download", "title": "Get it"}],
            provider={"name": "O", "domain": "o.example", "authors": [{"name": "Ada"}], "publishers": ["P"]},
            mood="calm",
        )
    )
    story = Article.objects.get()
    assert (story.kind, story.price, story.levels, story.items) == ("course", "Free", ["Beginner"], ["courses/one"])
    assert story.duration.total_seconds() == 6540
    assert (story.rating_count, story.rating_average, story.is_removed, story.locale) == (20, 4.65, True, "de")
    assert (story.authors, story.publishers, story.upstream_tags) == ([{"name": "Ada"}], ["P"], ["x"])
    assert story.actions[0]["title"] == "Get it"
    assert story.upstream.unknown == {"mood": "calm"}


def test_a_bad_document_costs_nothing_but_itself(folder):
    report = folder(a=make_values(), b=b"---\ntitle: [\n---\n", c=make_values())
    assert report.counts == NO_COUNTS | {"created": 2, "rejected": 1}
    assert not report.is_complete
    assert Article.objects.count() == 2


def test_a_document_the_database_refuses_costs_nothing_but_itself(folder, monkeypatch):
    create = writing.create_stories

    def refuse_one(documents, *arguments):
        articles = create(documents, *arguments)
        if any(document.title == "Refused" for document in documents):
            raise IntegrityError("Failing row contains (hush-hush)")
        return articles

    monkeypatch.setattr(writing, "create_stories", refuse_one)
    provider = {"name": "Seen with the refused one first", "domain": "o.example"}
    report = folder(a=make_values(title="Refused", provider=provider), b=make_values(title="Fine", provider=provider))
    assert [outcome.action for outcome in report.outcomes] == ["rejected", "created"]
    assert "hush-hush" not in json.dumps(report.as_json())
    assert Article.objects.get().title == "Fine"
    assert Article.objects.get().provider.name == provider["name"]


def test_a_deleted_story_stays_deleted_until_the_stone_is_lifted(folder):
    values = make_values(provider={"name": "Gone", "domain": "gone.example"})
    folder(a=values)
    Article.objects.all().delete()
    Provider.objects.all().delete()
    report = folder(a={**values, "heat": 99})
    assert report.counts == NO_COUNTS | {"unchanged": 1}
    assert "deleted at the desk" in only(report).problems[0].message
    assert not Article.objects.exists()
    Tombstone.objects.all().delete()
    assert folder().counts == NO_COUNTS | {"created": 1}


def test_a_story_the_desk_wrote_first_is_adopted(folder):
    ours = make_story(title="Ours", web_url="https://outlet.example/found", heat=5, state=State.INBOX)
    values = make_values(webUrl="https://outlet.example/found", title="Theirs", heat=50)
    outcome = only(folder(a={**values, "images": [{"url": "https://img.example/a.jpg"}]}))
    assert outcome.action == "conflict"
    assert {"title", "heat"} <= set(outcome.conflicts)
    story = Article.objects.get()
    assert (story, story.title, story.heat, story.state) == (ours, "Ours", 5, State.INBOX)
    assert [topic.name for topic in story.topics.all()] == ["AI"]
    assert story.images.count() == 1


def test_many_at_once_are_written_as_one_by_one(folder, monkeypatch):
    """The bulk path leaves out no column, and takes care of names that meet, as the slow path does."""
    places = [str(ROOT / "fixtures" / name) for name in ("seed", "stories")]
    same = {name: make_values(title="Same", topics=["AI", " AI", "New"]) for name in "abc"}
    import_sources(places)
    folder(**same)
    at_once = contents()
    for model in (RelatedLink, Article, Tombstone, Topic, Provider):
        model.objects.all().delete()
    monkeypatch.setattr(reading, "DOCUMENTS_AT_ONCE", 1)
    import_sources(places)
    folder(**same)
    assert contents() == at_once


def contents():
    """What an import wrote, told without keys and times of writing."""
    told = []
    for story in Article.objects.select_related("upstream", "provider").order_by("identity"):
        columns = {field.attname: getattr(story, field.attname) for field in Article._meta.concrete_fields}
        for column in ("id", "provider_id", "created_at", "updated_at"):
            columns.pop(column)
        if not story.published_at:
            columns["dated_at"] = columns["rank"] = None
        if story.visible_from and story.visible_from != story.published_at:
            columns["visible_from"] = None
        links = [
            (
                link.position,
                link.title,
                link.identity,
                link.provider and link.provider.name,
                link.linked_article_id is None,
                *tuple((image.position, image.url, image.width) for image in link.images.all()),
            )
            for link in story.related_links.all()
        ]
        images = list(
            story.images.values_list("position", "url", "width", "height", "title", "attribution", "is_cached")
        )
        upstream = {f.attname: getattr(story.upstream, f.attname) for f in UpstreamDocument._meta.concrete_fields}
        for column in ("article_id", "imported_at", "changed_at"):
            upstream.pop(column)
        topics = sorted(topic.name for topic in story.topics.all())
        told.append((columns, upstream, story.provider and story.provider.name, topics, images, links))
    return told


def test_an_import_of_many_takes_few_queries(folder, django_assert_num_queries):
    documents = {f"d{n}": make_values(related=[{"title": "x", "webUrl": f"https://o.example/{n}"}]) for n in range(60)}
    with django_assert_num_queries(80, exact=False):
        folder(**documents)


def test_topics_form_a_tree_whichever_comes_first(folder):
    folder(
        a=b"---\ntaxonomy: topic\nname: AWS AI\nparent: AI\nkeywords: [aws, aws, lex]\nhashtags: ['#aws']\n---\n",
        b=b"---\ntaxonomy: topic\nname: AI\nshortname: A.I.\n---\n",
    )
    child = Topic.objects.get(name="AWS AI")
    assert child.parent.name == "AI"
    assert child.keywords == ["aws", "lex"]
    assert child.parent.short_name == "A.I."


def test_a_topic_is_never_put_below_itself(folder):
    report = folder(
        a=b"---\ntaxonomy: topic\nname: A\nparent: B\n---\n", b=b"---\ntaxonomy: topic\nname: B\nparent: A\n---\n"
    )
    assert report.is_complete
    assert [problem.field for outcome in report.outcomes for problem in outcome.problems] == ["parent"]
    assert Topic.objects.get(name="A").parent.name == "B"
    assert Topic.objects.get(name="B").parent is None


def test_an_organization_describes_its_provider_and_leaves_the_desks_words(folder):
    text = "---\ntaxonomy: organization\nname: Outlet\notherNames: [Outlet Weekly]\ndomain: outlet.example\n{}---\n"
    folder(a=text.format("description: Theirs.\n").encode())
    provider = Provider.objects.get()
    assert provider.description == "Theirs."
    Provider.objects.update(description="Ours.")
    assert only(folder(a=text.format("description: Theirs.\n").encode())).action == "unchanged"
    outcome = only(folder(a=text.format("description: Theirs, again.\n").encode()))
    assert outcome.conflicts == ["description"]
    assert Provider.objects.get().description == "Ours."
    folder(b=make_values(provider={"name": "Outlet Weekly", "domain": "outlet.example"}))
    assert Article.objects.get().provider == provider


class TestCommand:
    def test_exit_0_when_all_went_in(self, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(make_document())
        out = io.StringIO()
        call_command("import_articles", str(path), stdout=out)
        assert re.search(r"created +1\n", out.getvalue())

    def test_exit_1_when_some_were_rejected(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        (tmp_path / "b.md").write_bytes(b"---\nwebUrl: https://outlet.example/\n---\n")
        err = io.StringIO()
        with pytest.raises(SystemExit) as stopped:
            call_command("import_articles", str(tmp_path), stdout=io.StringIO(), stderr=err)
        assert stopped.value.code == 1
        assert f"error: {tmp_path}/b.md:2:1: title: there is no title" in err.getvalue()
        assert Article.objects.count() == 1

    def test_exit_2_when_the_call_was_wrong(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        with pytest.raises(CommandError, match="no such file or folder") as refused:
            call_command("import_articles", str(tmp_path / "a.md"), str(tmp_path / "missing"))
        assert refused.value.returncode == 2
        assert not Article.objects.exists()

    def test_exit_2_when_the_report_cannot_be_written(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        with pytest.raises(CommandError, match="report") as refused:
            call_command("import_articles", str(tmp_path / "a.md"), report=str(tmp_path / "no" / "report.json"))
        assert refused.value.returncode == 2
        assert not Article.objects.exists()

    def test_standard_input(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(make_document(title="Piped"))))
        call_command("import_articles", "-", stdout=io.StringIO())
        assert Article.objects.get().title == "Piped"

    def test_a_stream_of_several_on_standard_input(self, monkeypatch):
        body = "Above.\n\n---\n\nBelow.\n"
        stream = b"".join(make_document(body, title=title) for title in ("One", "Two", "Three"))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + stream)))
        call_command("import_articles", "-", stdout=io.StringIO())
        assert dict(Article.objects.values_list("title", "body")) == dict.fromkeys(("One", "Two", "Three"), body)

    def test_an_endless_line_on_standard_input_is_refused(self, settings):
        settings.IMPORT_MAX_DOCUMENT_BYTES = 1024
        report = import_sources(["-"], io.BytesIO(b"---\ntitle: " + b"x" * 100_000))
        assert "more than 1,024 bytes" in only(report).problems[0].message

    def test_a_dry_run_says_what_would_be_and_writes_nothing(self, tmp_path):
        kept = make_values()
        (tmp_path / "a.md").write_bytes(as_document(kept))
        import_sources([str(tmp_path)])
        before = snapshot()
        (tmp_path / "a.md").write_bytes(as_document({**kept, "heat": 99}))
        (tmp_path / "b.md").write_bytes(make_document(provider={"name": "New", "domain": "new.example"}))
        out, report = io.StringIO(), tmp_path.parent / "report.json"
        call_command("import_articles", str(tmp_path), dry_run=True, report=str(report), stdout=out)
        assert snapshot() == before
        assert re.match(r"Nothing was written. It would be:\n +created +1\n +updated +1\n", out.getvalue())
        said = json.loads(report.read_text())
        assert said["dry_run"]
        assert said["documents"][0]["changed"] == ["heat"]
        assert import_sources([str(tmp_path)]).counts == said["counts"]

    def test_publish_never_asks_a_person_about_every_story(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document(published=True))
        values = make_values(published=False)
        (tmp_path / "b.md").write_bytes(as_document(values))
        call_command("import_articles", str(tmp_path), publish="never", stdout=io.StringIO())
        (tmp_path / "b.md").write_bytes(as_document({**values, "published": True}))
        call_command("import_articles", str(tmp_path), publish="never", stdout=io.StringIO())
        assert set(Article.objects.values_list("state", flat=True)) == {State.INBOX}

    def test_hidden_files_are_left_out(self, tmp_path):
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "a.md").write_bytes(make_document())
        (tmp_path / ".hidden.md").write_bytes(make_document())
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "b.txt").write_bytes(make_document())
        assert import_sources([str(tmp_path)]).counts == NO_COUNTS | {"created": 1}

    def test_the_report_has_what_its_contract_says(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document(title="In"))
        (tmp_path / "b.md").write_bytes(b"---\ntitle: Out\nheat: hot\nsecured: hush\n---\n")
        report = tmp_path / "report.json"
        with pytest.raises(SystemExit):
            call_command(
                "import_articles", str(tmp_path / "a.md"), str(tmp_path / "b.md"), report=str(report), verbosity=0
            )
        said = json.loads(report.read_text())
        assert said["counts"] == NO_COUNTS | {"created": 1, "rejected": 1}
        assert (said["batch"], said["dry_run"]) == (ImportBatch.objects.get().pk, False)
        assert report_of(ImportBatch.objects.get()) == said
        assert set(said["documents"][0]) == {
            "source",
            "action",
            "url",
            "title",
            "changed",
            "conflicts",
            "duplicate_of",
            "problems",
        }
        assert said["documents"][1]["problems"] == [
            {"line": 3, "column": 7, "field": "heat", "message": "'hot' is not a whole number", "level": "error"}
        ]
        assert "hush" not in report.read_text()


def test_what_an_import_writes_is_ranked_at_once(folder):
    folder(a=make_values(heat=-1), b=make_values(heat=64, publishedDateTime="2020-01-01T00:00:00Z"))
    assert list(Article.objects.order_by("heat").values_list("rank", flat=True)) == [None, 6.0]


def test_nothing_waits_for_a_time_that_has_come(folder):
    folder(a=make_values(publishedDateTime="2020-01-01T00:00:00Z"))
    assert Article.objects.published().get().visible_from < timezone.now()


class TestBatch:
    def test_what_a_batch_remembers(self, folder):
        report = folder(a=make_values(), b=b"---\ntitle: [\n---\n")
        batch = ImportBatch.objects.get()
        assert batch == report.batch
        assert (batch.state, batch.origin, batch.actor, batch.dry_run) == ("finished", "command", None, False)
        assert batch.counts == NO_COUNTS | {"created": 1, "rejected": 1}
        assert batch.documents_per_second > 0
        assert list(batch.documents.values_list("action", "has_problems")) == [("created", False), ("rejected", True)]

    def test_interrupted_it_keeps_what_was_finished_and_says_so(self, folder, monkeypatch):
        create = writing.create_stories

        def stop_at_the_second(documents, *arguments):
            if documents[0].title == "Second":
                raise KeyboardInterrupt
            return create(documents, *arguments)

        monkeypatch.setattr(reading, "DOCUMENTS_AT_ONCE", 1)
        monkeypatch.setattr(writing, "create_stories", stop_at_the_second)
        documents = {"a": make_values(title="First"), "b": make_values(title="Second"), "c": make_values()}
        with pytest.raises(KeyboardInterrupt):
            folder(**documents)
        assert ImportBatch.objects.get().state == "interrupted"
        assert ImportBatch.objects.get().counts == NO_COUNTS | {"created": 1}
        assert Article.objects.get().title == "First"
        monkeypatch.undo()
        assert folder().counts == NO_COUNTS | {"created": 2, "unchanged": 1}

    def test_the_command_says_that_it_was_interrupted(self, folder, monkeypatch):
        def stop(*_args):
            raise KeyboardInterrupt

        monkeypatch.setattr(batch, "write_documents", stop)
        with pytest.raises(CommandError, match="what was finished stays") as stopped:
            call_command("import_articles", str(SEED))
        assert stopped.value.returncode == 130


class TestConflicts:
    @pytest.fixture
    def contested(self, folder):
        """A story of which upstream and the desk both changed title, provider, coverage and authors."""
        coverage = {"title": "Theirs", "webUrl": "https://other.example/1"}
        values = make_values(title="Before", related=[coverage], topics=["AI"])
        folder(a=values)
        story = Article.objects.get()
        story.title, story.provider, story.authors = "Ours", Provider.objects.create(name="Ours"), [{"name": "Us"}]
        story.save()
        story.related_links.update(title="Ours")
        theirs = {"name": "Theirs", "domain": "theirs.example", "authors": [{"name": "Them"}]}
        values |= {"title": "Theirs", "provider": theirs, "related": [{**coverage, "title": "Theirs, again"}]}
        report = folder(a=values)
        assert only(report).conflicts == ["title", "provider.authors", "provider", "related"]
        return values

    def test_both_values_are_kept_with_the_batch(self, contested):
        title = Conflict.objects.get(field="title")
        assert (title.base, title.ours, title.theirs) == ("Before", "Ours", "Theirs")
        assert title.batch == ImportBatch.objects.first()
        assert Conflict.objects.get(field="provider").theirs["name"] == "Theirs"
        assert Conflict.objects.get(field="related").ours[0]["title"] == "Ours"

    def test_the_next_value_takes_the_place_of_the_last(self, contested, folder):
        folder(a={**contested, "title": "Theirs, later"})
        conflict = Conflict.objects.get(field="title")
        assert (conflict.base, conflict.theirs) == ("Before", "Theirs, later")

    def test_an_upstream_that_comes_round_closes_it(self, contested, folder):
        folder(a={**contested, "title": "Ours"})
        assert Conflict.objects.get(field="title").settlement == "agreed"

    def test_taking_theirs(self, contested, folder, reporter):
        for conflict in Conflict.objects.filter(settlement=""):
            settle(conflict, Conflict.Settlement.THEIRS, workflow.Actor(Origin.ADMIN, reporter))
        story = Article.objects.get()
        assert (story.title, story.provider.name, story.authors) == ("Theirs", "Theirs", [{"name": "Them"}])
        assert [link.title for link in story.related_links.all()] == ["Theirs, again"]
        assert set(Conflict.objects.values_list("settlement", "settled_by")) == {("theirs", reporter.pk)}
        assert only(folder(a={**contested, "title": "Theirs, later"})).changed == ["title"]

    def test_keeping_ours_once_and_for_all(self, contested, folder, reporter):
        by = workflow.Actor(Origin.ADMIN, reporter)
        settle(Conflict.objects.get(field="title"), Conflict.Settlement.ALWAYS_OURS, by)
        settle(Conflict.objects.get(field="provider"), Conflict.Settlement.OURS, by)
        outcome = only(folder(a={**contested, "title": "Later", "provider": {"name": "Later", "domain": "l.example"}}))
        assert outcome.conflicts == ["provider.authors", "provider"]
        story = Article.objects.get()
        assert (story.title, story.provider.name) == ("Ours", "Ours")

    def test_the_state_is_settled_by_those_who_may_publish(self, folder, reporter, editor):
        values = make_values(published=True)
        folder(a=values)
        story = Article.objects.get()
        workflow.apply(Action.WITHDRAW, story, workflow.Actor(Origin.ADMIN, editor))
        workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.ADMIN, editor))
        folder(a={**values, "published": False})
        conflict = Conflict.objects.get(field="published")
        assert (conflict.base, conflict.ours, conflict.theirs) == (True, True, False)
        with pytest.raises(PermissionDenied):
            settle(conflict, Conflict.Settlement.THEIRS, workflow.Actor(Origin.ADMIN, reporter))
        settle(conflict, Conflict.Settlement.THEIRS, workflow.Actor(Origin.ADMIN, editor))
        assert Article.objects.get().state == State.WITHDRAWN
