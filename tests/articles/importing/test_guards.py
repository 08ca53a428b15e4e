"""Imports that would change too many published stories are held."""

import json
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from articles.importing.guards import can_be_held, is_redated
from articles.importing.previews import apply_preview
from articles.importing.runner import import_sources, run_batch
from articles.models import Article, ImportBatch, UpstreamDocument
from articles.workflow import COMMAND_LINE
from tests.factories import make_story, make_values

pytestmark = pytest.mark.django_db
DATE = "2026-11-20T09:30:00Z"


def apply(batch):
    return run_batch(apply_preview(batch, COMMAND_LINE))


def reordered(value):
    """Return the same data with the keys of every mapping in reverse order."""
    if isinstance(value, dict):
        return {key: reordered(below) for key, below in reversed(value.items())}
    return [reordered(below) for below in value] if isinstance(value, list) else value


@pytest.fixture
def published_values(place, settings):
    """Import ten published stories; two may be changed, none unpublished or redated."""
    settings.IMPORT_HOLD_LEAST = 0
    settings.IMPORT_HOLD_CHANGED, settings.IMPORT_HOLD_UNPUBLISHED, settings.IMPORT_HOLD_REDATED = 0.2, 0, 0
    values = {f"s{number}": make_values() for number in range(10)}
    place(**values)
    assert import_sources([place.name]).batch.state == "finished"
    return values


@pytest.mark.parametrize(
    ("number", "change", "reason"),
    [
        (3, {"heat": 99}, "This would change 3 of 10 published stories (limit 20%)."),
        (1, {"published": False}, "This would unpublish 1 of 10"),
        (
            1,
            {"publishedDateTime": "2026-11-18T09:30:00Z"},
            "This would change the date of 1 of 10",
        ),
        (1, {"publishedDateTime": None}, "This would change the date of 1 of 10"),
    ],
)
def test_import_above_a_limit_is_held(place, published_values, number, change, reason):
    before = list(Article.objects.values())
    place(**{f"s{n}": published_values[f"s{n}"] | change for n in range(number)}, new=make_values())
    report = import_sources([place.name])
    assert report.batch.state == "held"
    assert reason in report.batch.note
    assert report.counts["held"] == number + 1
    assert list(Article.objects.values()) == before
    assert [outcome.changed for outcome in report.outcomes if outcome.changed] == [list(change)] * number
    assert not report.is_complete
    applied = apply(report.batch)
    assert (applied.counts["updated"], applied.counts["created"], applied.counts["held"]) == (number, 1, 0)
    assert applied.batch.state == "finished"


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (2, {"heat": 99}),
        (10, {"secured": "other;blob"}),
        (10, {"related": None}),
        (1, {"publishedDateTime": "2026-11-20T12:30:00Z"}),
    ],
)
def test_import_below_the_limits_is_not_held(place, published_values, number, change):
    place(**{f"s{n}": published_values[f"s{n}"] | change for n in range(number)})
    assert import_sources([place.name]).batch.state == "finished"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", False),
        (DATE, "", True),
        ("", DATE, True),
        (DATE, DATE, False),
        (DATE, "2026-11-21T09:30:00Z", False),
        (DATE, "2026-11-21T09:30:00.000001Z", True),
        (DATE, "2026-11-19T09:30:00Z", False),
        (DATE, "2026-11-19T09:29:59.999999Z", True),
    ],
)
def test_story_is_redated_if_its_date_moves_by_more_than_a_day(before, after, expected):
    assert is_redated(before, after) is expected


def test_hidden_stories_are_not_counted(place, published_values):
    Article.objects.filter(title=published_values["s9"]["title"]).update(state="withdrawn")
    hidden = {f"h{number}": make_values(published=False) for number in range(3)}
    place(**hidden)
    import_sources([place.name])
    place(**{name: values | {"heat": 99} for name, values in hidden.items()})
    assert import_sources([place.name]).batch.state == "finished"
    place(**{f"s{number}": published_values[f"s{number}"] | {"heat": 99} for number in range(2)})
    # Two of nine published stories are more than a fifth; of all thirteen stories they are less.
    assert import_sources([place.name]).batch.options["reasons"] == [
        {"verb": "change", "number": 2, "published": 9, "limit": 0.2}
    ]


def test_story_that_upstream_never_published_is_not_counted_as_unpublished(place, published_values):
    place(s1=published_values["s1"] | {"published": False})
    import_sources([place.name], hold=False)
    Article.objects.filter(title=published_values["s1"]["title"]).update(state="published", state_owner="upstream")
    place(s1=published_values["s1"] | {"published": False, "heat": 99})
    assert import_sources([place.name]).batch.state == "finished"


def test_reasons_are_listed_with_the_gravest_first(place, published_values):
    changes = {"published": False, "publishedDateTime": None}
    place(**{f"s{number}": published_values[f"s{number}"] | changes for number in range(3)})
    reasons = import_sources([place.name]).batch.options["reasons"]
    assert [(reason["verb"], reason["number"]) for reason in reasons] == [
        ("unpublish", 3),
        ("change", 3),
        ("redate", 3),
    ]


@pytest.mark.parametrize(
    ("least", "options", "expected"),
    [(9, {}, True), (10, {}, False), (11, {}, False), (9, {"hold": True}, True), (9, {"hold": False}, False)],
)
def test_import_can_be_held_if_more_than_the_least_number_are_published(
    published_values, settings, least, options, expected
):
    make_story(state="inbox")
    settings.IMPORT_HOLD_LEAST = least
    assert can_be_held(ImportBatch(options=options)) is expected


def test_states_set_at_the_desk_are_not_counted(place, published_values):
    Article.objects.update(state_owner="desk")
    place(s1=published_values["s1"] | {"published": False})
    assert import_sources([place.name]).batch.state == "finished"


def test_duplicates_are_not_counted(place, published_values):
    old = published_values["s1"] | {"published": False, "publishedDateTime": "2026-11-20T08:30:00Z"}
    place(again=old)
    assert import_sources([place.name]).batch.state == "finished"


@pytest.mark.parametrize("digest", ["", "0" * 32])
def test_stories_with_old_digests_are_not_counted_as_changed(place, published_values, digest):
    """Their digests cannot be compared, so the stored values are."""
    UpstreamDocument.objects.update(digest=digest, text_digest="")
    place(**{name: dict(reversed(values.items())) for name, values in published_values.items()})
    report = import_sources([place.name])
    assert (report.batch.state, report.counts["unchanged"]) == ("finished", 10)
    assert not UpstreamDocument.objects.filter(digest=digest).exists()
    UpstreamDocument.objects.update(digest=digest, text_digest="")
    place(s1=published_values["s1"] | {"published": False})
    assert "unpublish 1 of 10" in import_sources([place.name]).batch.note


def test_reformatted_export_is_unchanged_and_not_held(place, published_values):
    """The order of keys, quotes, indents and flow style do not matter."""
    for number, (name, values) in enumerate(published_values.items()):
        form = {"sort_keys": number % 2 == 0, "indent": 8, "width": 20, "default_flow_style": number % 4 == 0}
        text = yaml.safe_dump(reordered(values), **form)
        if number % 3 == 0:
            text = json.dumps(reordered(values), indent=3) + "\n"
        Path(place.name, f"{name}.md").write_text(f"---\n{text}---\n")
    report = import_sources([place.name])
    assert (report.batch.state, report.batch.note) == ("finished", "")
    assert report.counts["unchanged"] == 10
    assert list(UpstreamDocument.objects.filter(changed_at__isnull=False)) == []


def test_only_the_winner_of_duplicates_is_counted(place, published_values):
    """The duplicate is read last."""
    late = {"publishedDateTime": "2026-11-20T23:00:00Z"}
    changed = {f"s{n}": published_values[f"s{n}"] | {"heat": 99} | late for n in range(3)}
    place(**changed, **{f"z{n}": reordered(published_values[f"s{n}"]) for n in range(3)})
    assert "This would change 3 of 10" in import_sources([place.name]).batch.note


def test_no_hold_imports_without_approval(place, published_values):
    place(**{f"s{n}": published_values[f"s{n}"] | {"published": False} for n in range(10)})
    assert import_sources([place.name], hold=False).counts["updated"] == 10


def test_dry_run_reports_that_it_would_be_held(place, published_values, capsys):
    place(**{f"s{n}": published_values[f"s{n}"] | {"published": False} for n in range(10)})
    call_command("import_articles", place.name, dry_run=True)
    out = capsys.readouterr().out
    assert "Needs approval: This would unpublish 10 of 10" in out
    assert ImportBatch.objects.first().counts["updated"] == 10


def test_few_stories_are_never_held(place, published_values, settings):
    settings.IMPORT_HOLD_LEAST = 10
    place(**{f"s{n}": published_values[f"s{n}"] | {"published": False} for n in range(10)})
    assert import_sources([place.name]).batch.state == "finished"


def test_command_names_apply_import(place, published_values, capsys):
    place(s1=published_values["s1"] | {"published": False})
    with pytest.raises(SystemExit, match="1"):
        call_command("import_articles", place.name)
    assert f"apply_import {ImportBatch.objects.first().pk}" in capsys.readouterr().out
