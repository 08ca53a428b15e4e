"""The desk as an editor's browser uses it: forms that are read from its pages, changed and posted."""

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from lxml import html

from articles.choices import Origin
from articles.workflow import Actor

# What an answer to a question or a clash may take; more means that the desk never accepts the form.
ATTEMPTS = 4
ROW_PREFIXES = {"images": "images", "related": "related_links"}


class Refused(Exception):
    """The desk did not accept a form; the message has its errors."""


class Desk:
    """A signed-in editor."""

    def __init__(self):
        user, _is_new = User.objects.get_or_create(
            username="editor", defaults={"is_staff": True, "is_superuser": True, "is_active": True}
        )
        self.actor = Actor(Origin.ADMIN, user)
        self.client = Client(HTTP_HOST="localhost")
        self.client.force_login(user)

    def open_story(self, key):
        """Return the StoryPage of a story."""
        return StoryPage(self, reverse("admin:articles_article_change", args=[key]))

    def delete_story(self, key):
        self.post(reverse("admin:articles_article_delete", args=[key]), {"post": "yes"})

    def settle(self, conflict_key, settlement):
        """Settle a conflict in the list of conflicts."""
        action = {"theirs": "take_theirs", "ours": "keep_ours", "always_ours": "always_ours"}[settlement]
        data = {"action": action, "_selected_action": [str(conflict_key)], "index": "0"}
        self.post(reverse("admin:articles_conflict_changelist"), data)

    def post(self, url, data):
        """Post data that must be accepted, which the desk answers by a redirect."""
        response = self.client.post(url, data)
        if response.status_code != 302:
            raise Refused(f"{url} answered {response.status_code}: {errors_of(response)}")


class StoryPage:
    """The form of a story as it was shown; `fields` is what a browser would post, {name: value}."""

    def __init__(self, desk, url):
        self.desk, self.url = desk, url
        self.read(desk.client.get(url))

    def read(self, response):
        if response.status_code != 200:
            raise Refused(f"{self.url} answered {response.status_code}")
        self.page = html.fromstring(response.content.decode())
        self.fields = {}
        self.read_fields()

    def read_fields(self):
        [form] = self.page.xpath("//form[@id='article_form']")
        inputs = [*form.xpath(".//input | .//textarea | .//select"), *self.page.xpath("//*[@form='article_form']")]
        for each in inputs:
            name = each.get("name")
            if not name or each.get("disabled") is not None or each.get("type") in ("submit", "button", "file"):
                continue
            if each.get("type") in ("checkbox", "radio"):
                if each.get("checked") is not None:
                    self.fields[name] = each.get("value", "on")
            elif each.tag == "select" and each.get("multiple") is not None:
                self.fields[name] = each.xpath("./option[@selected]/@value | .//optgroup/option[@selected]/@value")
            elif each.tag == "select":
                chosen = each.xpath(".//option[@selected]/@value") or each.xpath(".//option/@value")
                self.fields[name] = chosen[0] if chosen else ""
            elif each.tag == "textarea":
                # A browser leaves out the first line break of a text area.
                self.fields[name] = (each.text or "").removeprefix("\n")
            elif each.tag == "input":
                self.fields[name] = each.get("value", "")

    def row_number(self, name, key):
        """Return the number of the form of a row, by its primary key."""
        prefix = ROW_PREFIXES[name]
        for number in range(int(self.fields[f"{prefix}-TOTAL_FORMS"])):
            if self.fields.get(f"{prefix}-{number}-id") == str(key):
                return number
        raise Refused(f"{self.url} has no row {key} of {name}")

    def set_cell(self, name, key, cell, value):
        """Type into a cell of a row; None clears a check box."""
        field = f"{ROW_PREFIXES[name]}-{self.row_number(name, key)}-{cell}"
        if value is None:
            self.fields.pop(field, None)
        else:
            self.fields[field] = value

    def add_row(self, name, cells):
        prefix = ROW_PREFIXES[name]
        number = int(self.fields[f"{prefix}-TOTAL_FORMS"])
        self.fields[f"{prefix}-TOTAL_FORMS"] = str(number + 1)
        self.fields |= {f"{prefix}-{number}-{cell}": value for cell, value in cells.items()}
        self.fields.setdefault(f"{prefix}-{number}-id", "")
        owner = self.fields.get(f"{prefix}-__prefix__-article", "")
        self.fields[f"{prefix}-{number}-article"] = owner

    def send(self, button="_save"):
        """Press a button; answer its questions with yes, and save again what clashed with a change of somebody else."""
        typed = {name: value for name, value in self.fields.items() if "__prefix__" not in name}
        pressed = {button: "1"}
        for _attempt in range(ATTEMPTS):
            response = self.desk.client.post(self.url, typed | pressed)
            if response.status_code == 302:
                return
            self.read(response)
            typed = {name: value for name, value in self.fields.items() if "__prefix__" not in name}
            if self.page.xpath(f"//button[@name='{button}' and @value='yes']"):
                pressed = {button: "yes"}
        raise Refused(f"{self.url}: {errors_of(response)}")


def errors_of(response):
    """Return the messages of a page that refuses a form."""
    if not response.content:
        return ""
    page = html.fromstring(response.content.decode())
    messages = page.xpath("//*[contains(@class, 'error') or contains(@class, 'desk-clash')]")
    return "; ".join(" ".join("".join(each.itertext()).split()) for each in messages)[:500]
