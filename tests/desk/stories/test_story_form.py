"""The form of a story: every value typed is saved, acted on, or refused with a message."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Transition
from tests.desk.pages import fields_of, fresh, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db
ADD = reverse("admin:articles_article_add")


def whole_second(**ahead):
    return timezone.now().replace(microsecond=0) + timedelta(**ahead)


NOW = whole_second()
SOON, LATER, PAST = whole_second(days=2), whole_second(days=9), whole_second(days=-1)

# The states a story's page can be in, each with the fields that make a story of it.
STATES = {
    "new": {},
    "inbox": {"state": State.INBOX},
    "proposed": {"state": State.INBOX, "proposed_publish_at": whole_second(days=4)},
    "in review": {"state": State.IN_REVIEW},
    "scheduled": {"state": State.PUBLISHED, "visible_from": whole_second(days=4)},
    "visible": {"state": State.PUBLISHED, "visible_from": whole_second(days=-4)},
    "expired": {
        "state": State.PUBLISHED,
        "visible_from": whole_second(days=-4),
        "visible_until": whole_second(days=-2),
    },
    "rejected": {"state": State.REJECTED},
    "withdrawn": {"state": State.WITHDRAWN, "visible_from": whole_second(days=-4)},
}
# The buttons of each; a value "yes" is a button of a question that was asked.
SAVES = ("_save", "_continue")
BUTTONS = {
    "new": (*SAVES, "publish", "publish=yes", "schedule", "submit_for_review"),
    "inbox": (*SAVES, "publish", "publish=yes", "schedule", "submit_for_review", "reject"),
    "proposed": ("_save", "publish", "publish=yes", "schedule", "submit_for_review", "reject"),
    "in review": ("_save", "publish", "publish=yes", "schedule", "reject"),
    "scheduled": ("_save", "schedule", "end_embargo", "end_embargo=yes", "withdraw"),
    "visible": ("_save", "withdraw", "withdraw=yes", "expire", "expire=yes"),
    "expired": ("_save", "publish", "publish=yes", "schedule", "withdraw"),
    "rejected": ("_save", "restore"),
    "withdrawn": ("_save", "publish", "publish=yes", "schedule", "restore"),
}
# {name of the case: what is typed}.
TYPED = {
    "nothing": {},
    "title": {"title": "Typed"},
    "pin": {"pin": 3},
    "pin that is taken": {"pin": 1},
    "reason": {"reason": "As agreed."},
    "long reason": {"reason": "x" * 2001},
    "time to come": {"publish_at": SOON},
    "time over": {"publish_at": PAST},
    "no time": {"publish_at": None},
    "no such time": {"publish_at": "8:00 pm"},
    "end after all": {"visible_until": whole_second(days=20)},
    "end before the beginning": {"visible_until": whole_second(days=-30)},
    "end and time": {"publish_at": SOON, "visible_until": LATER},
    "end before time": {"publish_at": LATER, "visible_until": SOON},
}


def time_fields(name, when):
    """What a browser posts of a date-time input."""
    if when is None:
        return {f"{name}_0": "", f"{name}_1": ""}
    if isinstance(when, str):
        return {f"{name}_0": f"{SOON:%Y-%m-%d}", f"{name}_1": when}
    local = timezone.localtime(when)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def posted_by(button):
    name, _equals, value = button.partition("=")
    return {name if name in SAVES else f"articles_article_{name}": value or "1"}


def with_values(fields, typed):
    posted = dict(fields)
    for name, value in typed.items():
        posted |= time_fields(name, value) if name in ("publish_at", "visible_until") else {name: value}
    return posted


@pytest.fixture
def leading():
    return make_story(title="Leading", pin=1)


@pytest.fixture
def undrawn(monkeypatch):
    """Draw no page: the contexts say what is on it, and of all this table's pages drawing takes most of the time."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


@pytest.mark.parametrize(("state", "button"), [(state, button) for state in STATES for button in BUTTONS[state]])
def test_no_button_drops_a_value(desk, leading, undrawn, state, button):
    story = None if state == "new" else make_story(**STATES[state])
    url = page_of(story) if story else ADD
    fields = fields_of(context_of(desk.get(url)))
    if state == "new":
        fields |= {"title": "New"}
    outcomes = {}
    for case, typed in TYPED.items():
        with transaction.atomic():
            outcomes[case] = press(desk, url, fields, typed, button, story)
            transaction.set_rollback(True)
    # What can be done with nothing typed at all is no fault of the values.
    assert {case: outcome for case, outcome in outcomes.items() if outcome.startswith("lost")} == {}
    assert "refused" in outcomes["no such time"]


def context_of(response):
    """What `fields_of` takes of a page that was not drawn."""
    return SimpleNamespace(context=response.context_data)


def press(desk, url, fields, typed, button, story):
    """Press a button with values typed; return what became of them, "lost: ..." where one has no trace."""
    before, typed = story and Article.objects.get(pk=story.pk), dict(typed)
    response = desk.post(url, with_values(fields, typed) | posted_by(button))
    if response.status_code == 200:
        form = response.context_data["adminform"].form
        texts = [str(text) for texts in form.errors.values() for text in texts]
        texts += [question.text for question in form.questions]
        fields = fields_of(context_of(response))
        lost = [name for name, value in with_values({}, typed).items() if str(fields.get(name) or "") != str(value)]
        is_untouched = before is None or Article.objects.get(pk=story.pk).updated_at == before.updated_at
        is_silent = not texts or not all(texts) or Transition.objects.exists() or not is_untouched
        return f"lost: {lost}, {texts}" if lost or is_silent else f"refused: {texts}"
    after = Article.objects.get(pk=story.pk) if story else Article.objects.get(title=typed.get("title", "New"))
    if button in ("publish=yes", "end_embargo=yes"):
        # "Publish now" is the answer to the question about that time.
        typed.pop("publish_at", None)
        if not after.is_visible:
            return "lost: the answer"
    lost = [name for name, value in typed.items() if not is_kept(name, value, after, before)]
    return f"lost: {lost}" if lost else "saved"


def is_kept(name, value, after, before):
    """Whether a typed value is in the story, or in its audit trail."""
    if name == "reason":
        return Transition.objects.filter(article=after, reason=value).exists()
    if name == "publish_at" and value is None:
        return after.proposed_publish_at is None and not after.is_scheduled
    if name == "publish_at":
        return value in (after.visible_from, after.proposed_publish_at)
    return getattr(after, name) == value


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
def test_form_with_an_error_keeps_typed_values(client, editor, field, value):
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


def test_taken_slug_is_refused(client, editor):
    first, second = make_story(), make_story()
    client.force_login(editor)
    posted = fields_of(client.get(page_of(second))) | {"slug": first.slug}
    response = client.post(page_of(second), posted)
    assert response.status_code == 200
    assert "slug" in response.context["adminform"].form.errors


def test_new_story_with_a_known_url_is_refused(client, editor):
    ours = make_story()
    client.force_login(editor)
    url = reverse("admin:articles_article_add")
    response = client.post(url, fields_of(client.get(url)) | {"title": "Again", "heat": 5, "web_url": ours.web_url})
    assert "web_url" in response.context["adminform"].form.errors


def test_url_of_another_story_is_refused(client, editor):
    story, other = make_story(), make_story()
    client.force_login(editor)
    response = client.post(page_of(story), fields_of(client.get(page_of(story))) | {"web_url": other.web_url})
    assert "web_url" in response.context["adminform"].form.errors


def test_empty_form_has_one_error_on_the_headline(client, editor):
    client.force_login(editor)
    url = reverse("admin:articles_article_add")
    errors = client.post(url, fields_of(client.get(url)) | {"heat": 1}).context["adminform"].form.errors
    assert list(errors) == ["title"]


def test_schedule_needs_a_time_and_rejection_a_reason(desk):
    story = make_story(state=State.INBOX)
    posted = fields_of(desk.get(page_of(story))) | {"title": "Typed"}
    for button, field in (("schedule", "publish_at"), ("reject", "reason")):
        response = desk.post(page_of(story), posted | {f"articles_article_{button}": "1"})
        assert response.status_code == 200
        assert field in response.context["adminform"].form.errors
        assert fields_of(response)["title"] == "Typed"
    later = timezone.localtime() + timedelta(days=1)
    posted |= {"publish_at_0": f"{later:%Y-%m-%d}", "publish_at_1": f"{later:%H:%M:%S}"}
    response = desk.post(page_of(story), posted | {"articles_article_schedule": "1"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert fresh(story).is_scheduled
    assert Transition.objects.get().visible_from == fresh(story).visible_from
    story = make_story(state=State.INBOX)
    posted = fields_of(desk.get(page_of(story))) | {"reason": "Told twice.", "articles_article_reject": "1"}
    desk.post(page_of(story), posted)
    assert Transition.objects.first().reason == "Told twice."


@pytest.mark.parametrize("length", [2_001, 100_000])
def test_too_long_reason_is_refused(desk, length):
    story = make_story(state=State.INBOX)
    posted = fields_of(desk.get(page_of(story))) | {"reason": "x" * length, "articles_article_reject": "1"}
    response = desk.post(page_of(story), posted)
    assert "reason" in response.context["adminform"].form.errors
    assert fresh(story).state == State.INBOX


def test_fields_disabled_for_reporters(client, editor, reporter):
    story = make_story(state=State.INBOX)
    for user, disabled in ((reporter, True), (editor, False)):
        client.force_login(user)
        fields = client.get(page_of(story)).context["adminform"].form.fields
        assert fields["visible_until"].disabled is fields["pin"].disabled is disabled
        assert fields["topics"].help_text.count('"desk-provenance"') == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "nope", "https://-.example/"])
@pytest.mark.parametrize("field", ["web_url", "original_url"])
def test_new_story_with_an_invalid_url_is_refused(desk, field, url):
    posted = fields_of(desk.get(ADD)) | {"title": "Typed", field: url, "_save": "1"}
    response = desk.post(ADD, posted)
    assert field in response.context["adminform"].form.errors
    assert not Article.objects.exists()
