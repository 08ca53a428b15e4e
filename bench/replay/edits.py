"""What an editor can do to a story: each edit acts at the desk and on the model alike.

A FormEdit types into the page of a story. It may be posted after an import that began after the page was opened; then
it acts on the model's story as the import left it.
"""

from dataclasses import dataclass, field
from typing import Any

from articles import workflow
from articles.bulk_actions.execution import create_change, run_change
from articles.choices import Action, BulkAction
from articles.editing.fields import edit
from articles.editing.joining import join_stories
from articles.models import Article, BulkChange, Conflict, Topic
from bench.replay.checks import COLUMNS, image_rows, related_rows
from bench.replay.format import canonical_url, image_row, related_row
from bench.replay.model import INBOX, PUBLISHED, WITHDRAWN
from bench.replay.rows import cells_of

REJECTED, IN_REVIEW = "rejected", "in_review"
# Button: (states in which it is shown, the state that it leads to), as docs/workflow.md lists them.
BUTTONS = {
    "publish": ((INBOX, IN_REVIEW, WITHDRAWN), PUBLISHED),
    "reject": ((INBOX, IN_REVIEW), REJECTED),
    "withdraw": ((PUBLISHED,), WITHDRAWN),
    "restore": ((REJECTED, WITHDRAWN), INBOX),
    "submit_for_review": ((INBOX,), IN_REVIEW),
}

# Of stories whose state is published.
SCHEDULE, END_EMBARGO = "schedule", "end_embargo"
ACTIONS = {
    "publish": Action.PUBLISH,
    "reject": Action.REJECT,
    "withdraw": Action.WITHDRAW,
    "restore": Action.RESTORE,
    "submit_for_review": Action.SUBMIT,
}
# {field of the model: field of the form} of the cells that an editor changes.
CELLS = {
    "images": {"title": "title", "attribution": "attribution"},
    "related": {"title": "title", "quality": "quality"},
}


@dataclass
class FormEdit:
    """Changes typed into the page of a story: [(name of the change, its arguments)]."""

    story: Any
    page: Any
    changes: list = field(default_factory=list)
    button: str = "_save"

    def type(self, name, *arguments):
        """Type a change into the page; it is saved by `send`."""
        getattr(self, f"type_{name}")(*arguments)
        self.changes.append((name, arguments))

    def send(self, *, was_open):
        """Press the button, and change the model's story in the same way. `was_open`: an import ran in between."""
        self.page.send(self.button)
        for name, arguments in self.changes:
            apply_change(self.story, name, arguments, was_open=was_open)
        if self.button != "_save":
            self.story.set_state(BUTTONS[self.button.removeprefix("articles_article_")][1])

    def describe(self):
        texts = [f"{name} {', '.join(map(repr, arguments))}" for name, arguments in self.changes]
        return "; ".join([*texts, *([self.button] if self.button != "_save" else [])])

    # How each change is typed -----------------------------------------------------------------------

    def type_edit(self, name, value):
        self.page.fields[name] = str(value)

    def type_topics(self, topics):
        keys = dict(Topic.objects.filter(name__in=topics).values_list("name", "pk"))
        self.page.fields["topics"] = [str(keys[topic]) for topic in topics]

    def type_hide(self, key, is_hidden):
        self.page.set_cell("related", self.row_key("related", key), "is_hidden", "on" if is_hidden else None)

    def type_remove(self, name, key):
        self.page.set_cell(name, self.row_key(name, key), "DELETE", "on")

    def type_cell(self, name, key, cell, value):
        self.page.set_cell(name, self.row_key(name, key), CELLS[name][cell], str(value))

    def type_add(self, name, key, cells):
        position = 1 + max([0, *(self.position(name, row) for row in self.story.rows[name])])
        self.page.add_row(name, {**cells, "position": str(position)})

    def type_order(self, name, keys):
        for position, key in enumerate(keys):
            self.page.set_cell(name, self.row_key(name, key), "position", str(position))

    def row_key(self, name, key):
        """Return the primary key of a row."""
        return rows_of(self.story.key, name)[key].pk

    def position(self, name, key):
        return rows_of(self.story.key, name)[key].position


def rows_of(key, name):
    """Return {key of the model: row} of a story's pictures or coverage."""
    article = Article.objects.get(pk=key)
    rows = article.images.all() if name == "images" else article.related_links.all()
    keys = image_rows(article) if name == "images" else related_rows(article)
    return dict(zip(keys, rows, strict=True))


def apply_change(story, name, arguments, *, was_open):
    """Apply a saved change to the model's story. An import may have taken away the row it is about."""
    if name == "edit":
        story.edit(*arguments)
    elif name == "topics":
        set_topics(story, *arguments)
    elif name == "hide":
        key, is_hidden = arguments
        if key in story.rows["related"]:
            story.hide_row(key, is_hidden=is_hidden)
    elif name == "remove":
        list_name, key = arguments
        if key in story.rows[list_name]:
            story.remove_row(list_name, key)
    elif name == "cell":
        list_name, key, cell, value = arguments
        if key in story.rows[list_name]:
            story.change_row(list_name, key, cell, value)
    elif name == "add":
        list_name, key, cells = arguments
        add_row(story, list_name, key, cells, was_open=was_open)
    else:
        story.order_rows(*arguments)


def set_topics(story, topics):
    for topic in [topic for topic in story.topics if topic not in topics]:
        story.remove_topic(topic)
    for topic in topics:
        if topic not in story.topics:
            story.add_topic(topic)
    story.is_touched = True


def add_row(story, name, key, cells, *, was_open):
    fields = image_row(cells) if name == "images" else added_coverage(cells)
    if key in story.rows[name]:
        # The import brought the row while the form that adds it was open: it is one row, with what was typed.
        typed = {} if name == "images" else {"title": fields["title"], "webUrl": fields["webUrl"]}
        story.take_over_row(name, key, typed)
        return
    story.add_row(name, key, fields)
    if was_open:
        # Upstream's new rows may have got the same position in the meantime.
        story.orders[name].followed.pop(key, None)


def added_coverage(cells):
    return cells_of(related_row({"title": cells["title"], "webUrl": cells["web_url"]}))


def new_key(name, cells):
    """Return the key of a row that an editor adds, which no other row of the list has."""
    return cells["url"] if name == "images" else (canonical_url(cells["web_url"]), 0)


# Edits that are no forms --------------------------------------------------------------------------------


def settle(desk, story, conflict_field, settlement):
    conflict = Conflict.objects.get(article=story.key, field=conflict_field, settlement="")
    desk.settle(conflict.pk, settlement)
    story.settle(conflict_field, settlement)


def edit_column(desk, story, name, value):
    edit(Article.objects.get(pk=story.key), {COLUMNS[name]: value}, desk.actor)
    story.edit(name, value)


def press(desk, story, name):
    """Take the action of a button, for which a reason is given."""
    workflow.apply(ACTIONS[name], Article.objects.get(pk=story.key), desk.actor, "As agreed.")
    story.set_state(BUTTONS[name][1])


def schedule(desk, story, when):
    workflow.apply(Action.SCHEDULE, Article.objects.get(pk=story.key), desk.actor, "As agreed.", visible_from=when)
    story.set_state(PUBLISHED, when)


def end_embargo(desk, story):
    workflow.apply(Action.END_EMBARGO, Article.objects.get(pk=story.key), desk.actor, "As agreed.")
    story.set_state(PUBLISHED)


def join(desk, model, target, other):
    stories = Article.objects.in_bulk([target.key, other.key])
    join_stories(stories[target.key], stories[other.key], desk.actor)
    model.join(target, other)


def delete(desk, model, story):
    desk.delete_story(story.key)
    model.delete(story)


def change_in_bulk(desk, stories, action, **options):
    """Run a bulk change as its page does, and change the model's stories for which it is possible."""
    articles = Article.objects.filter(pk__in=[story.key for story in stories])
    change = create_change(action, articles, desk.actor.user)
    change.options, change.state = options, BulkChange.State.QUEUED
    change.save()
    run_change(change)
    for story in stories:
        change_one_of_many(story, action, options)


def change_one_of_many(story, action, options):
    if action == BulkAction.SET_HEAT:
        if story.fields["heat"] != options["heat"]:
            story.edit("heat", options["heat"])
    elif action == BulkAction.SHIFT_HEAT:
        if story.fields["heat"] != -1:
            story.edit("heat", max(0, story.fields["heat"] + options["by"]))
    elif action in (BulkAction.ADD_TOPIC, BulkAction.REMOVE_TOPIC):
        topic = Topic.objects.get(pk=options["topic"]).name
        if action == BulkAction.ADD_TOPIC and topic not in story.topics:
            story.add_topic(topic)
        elif action == BulkAction.REMOVE_TOPIC and topic in story.topics:
            story.remove_topic(topic)
    else:
        states, state = BUTTONS[{BulkAction.PUBLISH: "publish", BulkAction.WITHDRAW: "withdraw"}[action]]
        if story.state in states:
            story.set_state(state)
