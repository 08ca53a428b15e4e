"""Simulated editors: between two exports they change stories at random, most often those that upstream changes next."""

import random
from datetime import UTC, datetime, timedelta

from articles.choices import BulkAction
from articles.models import PossibleDuplicate, Topic
from bench.replay import edits
from bench.replay.edits import BUTTONS, CELLS, FormEdit, new_key
from bench.replay.format import LISTS, canonical_url, read_fields
from bench.replay.model import INBOX, PUBLISHED, WITHDRAWN

# Of the edits, the share on stories that the next export changes.
CONTESTED_SHARE = 0.7
OPEN_SHARE = 0.3
SCHEDULED_FROM = (INBOX, edits.IN_REVIEW, WITHDRAWN, PUBLISHED)
DESK_TOPICS = ("Desk analysis", "Desk picks", "Desk archive")
# Between two moments; a page of a story takes most of the time.
FORMS, QUICK_EDITS, BULK_SIZE, SETTLEMENTS = 5, 8, 6, 2
DELETING_SHARE = JOINING_SHARE = 0.5


class Editors:
    """Edits between two moments; forms may stay open until the next import is done."""

    def __init__(self, desk, model, seed):
        self.desk, self.model = desk, model
        self.rng = random.Random(f"editors {seed}")
        self.open_forms = []
        self.number = self.count = 0
        for name in DESK_TOPICS:
            Topic.objects.get_or_create(name=name)

    def work(self, following):
        """Edit stories before the import of the Documents `following`."""
        upstream = {document.path: read_fields(document.fields) for document in following}
        for _number in range(FORMS):
            self.edit_form(upstream)
        for _number in range(QUICK_EDITS):
            self.edit_quickly(upstream)
        self.change_in_bulk()
        for _number in range(SETTLEMENTS):
            self.settle()
        if self.rng.random() < DELETING_SHARE:
            self.delete()
        if self.rng.random() < JOINING_SHARE:
            self.join()

    def finish_open_forms(self):
        """Save the forms that were open during the import."""
        forms, self.open_forms = self.open_forms, []
        for form in forms:
            self.note(form.story, f"saved a form that was open: {form.describe()}")
            form.send(was_open=True)

    def note(self, story, text):
        """Remember what an editor does, for the story of a violation."""
        self.count += 1
        story.note(self.model.moment, text)

    def pick(self, upstream):
        """Return a story that nobody has open, or None."""
        open_stories = [form.story for form in self.open_forms]
        stories = [story for story in self.model.stories if story not in open_stories]
        contested = [story for story in stories if story.path in upstream and upstream[story.path] != story.upstream]
        if contested and self.rng.random() < CONTESTED_SHARE:
            stories = contested
        return self.rng.choice(stories) if stories else None

    # Forms ------------------------------------------------------------------------------------------

    def edit_form(self, upstream):
        story = self.pick(upstream)
        if story is None:
            return
        form = FormEdit(story, self.desk.open_story(story.key))
        stays_open = self.rng.random() < OPEN_SHARE
        names = ["text", "score", "topics", "hide", "remove", "add", "cell", *(() if stays_open else ("order",))]
        theirs = upstream.get(story.path)
        chosen = self.rng.sample(names, self.rng.randint(1, 3))
        if theirs and self.rng.random() < CONTESTED_SHARE:
            # An edit of what upstream drops next is the one to lose.
            chosen = list(dict.fromkeys([*self.dropping_edits(story, theirs), *chosen]))
        for name in chosen:
            getattr(self, f"type_{name}")(form, theirs)
        if stays_open:
            if not form.changes:
                return
            self.note(story, f"opened: {form.describe()}")
            self.open_forms.append(form)
            return
        self.choose_button(form)
        self.note(story, f"saved: {form.describe()}")
        form.send(was_open=False)

    def dropping_edits(self, story, theirs):
        """Return the edits for what the next export leaves out: removing a row or topic, or hiding coverage."""
        lists = [name for name in LISTS if any(key not in theirs[name] for key in story.rows[name])]
        names = [self.rng.choice(["remove", "hide"])] if "related" in lists else ["remove"] if lists else []
        return [*names, *(["topics"] if any(topic not in theirs["topics"] for topic in story.topics) else [])]

    def choose_button(self, form):
        names = [name for name, (states, _state) in BUTTONS.items() if form.story.state in states]
        if names and self.rng.random() < 0.4:
            name = self.rng.choice(names)
            form.button = f"articles_article_{name}"
            form.page.fields["reason"] = "As agreed."

    def type_text(self, form, theirs):
        self.type_value(form, *self.new_text(form.story, theirs))

    def type_score(self, form, theirs):
        self.type_value(form, *self.new_score(form.story, theirs))

    def type_value(self, form, name, value):
        if is_new_value(form.story, name, value):
            form.type("edit", name, value)

    def new_text(self, story, theirs):
        """Return (field, text): mostly a text of our own, sometimes upstream's present or next one."""
        name = self.pick_field(("title", "excerpt"), story, theirs)
        texts = [f"Ours {self.next_number()}", f"Ours {self.next_number()}", story.upstream[name]]
        return name, self.rng.choice([*texts, *([theirs[name]] if theirs else [])])

    def pick_field(self, names, story, theirs):
        """Return one of `names`, preferably a field that the next export changes."""
        contested = [name for name in names if theirs and theirs[name] != story.upstream[name]]
        return self.rng.choice(contested or names)

    def new_score(self, story, theirs):
        name = self.pick_field(("heat", "quality"), story, theirs)
        return name, self.rng.choice([self.rng.randint(0, 200), self.rng.randint(0, 200), story.upstream[name]])

    def type_topics(self, form, theirs):
        topics = list(form.story.topics)
        if topics and self.rng.random() < 0.5:
            topics.remove(self.pick_item(topics, theirs and theirs["topics"]))
        else:
            topics.append(self.rng.choice([topic for topic in self.topics() if topic not in topics]))
        form.type("topics", topics)

    def topics(self):
        return sorted(Topic.objects.values_list("name", flat=True))

    def type_hide(self, form, theirs):
        rows = form.story.rows["related"]
        if rows:
            key = self.pick_item(list(rows), theirs and theirs["related"])
            form.type("hide", key, not rows[key].is_hidden)

    def type_remove(self, form, theirs):
        name = self.pick_field(LISTS, form.story, theirs)
        keys = [key for key in form.story.rows[name] if not self.is_hidden_in(form, name, key)]
        if keys:
            form.type("remove", name, self.pick_item(keys, theirs and theirs[name]))

    def pick_item(self, items, theirs):
        """Return one of `items`, preferably one that the next export leaves out and a later one may have again."""
        dropped = [item for item in items if theirs is not None and item not in theirs]
        return self.rng.choice(dropped or items)

    def is_hidden_in(self, form, name, key):
        return ("hide", key) in [(change, arguments[0]) for change, arguments in form.changes]

    def type_add(self, form, theirs):
        name = self.rng.choice(LISTS)
        cells = self.new_cells(name, theirs, form.story)
        key = new_key(name, cells)
        removed = [arguments for change, arguments in form.changes if change == "remove"]
        if key not in form.story.rows[name] and (name, key) not in removed:
            form.type("add", name, key, cells)

    def new_cells(self, name, theirs, story):
        """Return the cells of a new row; sometimes of coverage or a picture that upstream sends next."""
        number = self.next_number()
        theirs = theirs or story.upstream
        coming = [key for key in theirs[name] if key not in story.upstream[name] and key not in story.rows[name]]
        if name == "images":
            return {"url": coming[0] if coming else f"https://desk.example/{number}.jpg"}
        urls = [row["webUrl"] for row in theirs["related"].values() if row["webUrl"]]
        urls = [url for url in urls if (canonical_url(url), 0) in coming]
        return {"title": f"Our coverage {number}", "web_url": urls[0] if urls else f"https://desk.example/{number}"}

    def type_cell(self, form, theirs):
        """Change a field of a row, preferably one that the next export changes."""
        name = self.pick_field(LISTS, form.story, theirs)
        rows, base = form.story.rows[name], form.story.upstream[name]
        taken = [arguments[:2] for change, arguments in form.changes if change == "remove"]
        keys = [key for key in rows if (name, key) not in taken]
        cell = self.rng.choice(sorted(CELLS[name]))
        if not keys:
            return
        changed = [
            key for key in keys if theirs and key in base and theirs[name].get(key, {}).get(cell) != base[key][cell]
        ]
        key = self.rng.choice(changed or keys)
        values = [self.next_number() if cell == "quality" else f"Ours {self.next_number()}"]
        if theirs and key in theirs[name] and theirs[name][key][cell]:
            values.append(theirs[name][key][cell])
        value = self.rng.choice(values)
        if value != rows[key].fields[cell]:
            form.type("cell", name, key, cell, value)

    def type_order(self, form, theirs):
        name = self.rng.choice(LISTS)
        if any(change in ("remove", "add") and arguments[0] == name for change, arguments in form.changes):
            return
        keys = list(form.story.rows[name])
        if len(keys) > 1:
            keys.insert(0, keys.pop(self.rng.randrange(1, len(keys))))
            form.type("order", name, keys)

    def next_number(self):
        self.number += 1
        return self.number

    # Without a page ---------------------------------------------------------------------------------

    def edit_quickly(self, upstream):
        """Edit a story by the functions that the list of stories and the buttons call."""
        story = self.pick(upstream)
        if story is None:
            return
        theirs = upstream.get(story.path)
        if self.rng.random() < 0.3:
            names = [name for name, (states, _state) in BUTTONS.items() if story.state in states]
            name = self.rng.choice(names)
            self.note(story, name)
            edits.press(self.desk, story, name)
            return
        if story.state in SCHEDULED_FROM and self.rng.random() < 0.2:
            self.schedule(story)
            return
        name, value = self.new_score(story, theirs) if self.rng.random() < 0.4 else self.new_text(story, theirs)
        if is_new_value(story, name, value):
            self.note(story, f"edit {name!r}, {value!r}")
            edits.edit_column(self.desk, story, name, value)

    def schedule(self, story):
        """Schedule a story, or publish a scheduled one now."""
        if story.scheduled_for is not None and self.rng.random() < 0.5:
            self.note(story, "end of the embargo")
            edits.end_embargo(self.desk, story)
        elif story.state != PUBLISHED or story.scheduled_for is not None:
            when = datetime(2198, 1, 1, 9, tzinfo=UTC) + timedelta(days=self.rng.randrange(300))
            self.note(story, f"scheduled for {when}")
            edits.schedule(self.desk, story, when)

    # Everything else --------------------------------------------------------------------------------

    def change_in_bulk(self):
        open_stories = [form.story for form in self.open_forms]
        stories = [story for story in self.model.stories if story not in open_stories]
        stories = self.rng.sample(stories, min(BULK_SIZE, len(stories)))
        topic = Topic.objects.get(name=self.rng.choice(self.topics())).pk
        action, options = self.rng.choice(
            [
                (BulkAction.SET_HEAT, {"heat": self.rng.randint(0, 99)}),
                (BulkAction.SHIFT_HEAT, {"by": self.rng.randint(-20, 20)}),
                (BulkAction.ADD_TOPIC, {"topic": topic}),
                (BulkAction.REMOVE_TOPIC, {"topic": topic}),
                (BulkAction.PUBLISH, {}),
                (BulkAction.WITHDRAW, {"reason": "As agreed."}),
            ]
        )
        for story in stories:
            self.note(story, f"in bulk: {action} {options}")
        edits.change_in_bulk(self.desk, stories, action, **options)

    def settle(self):
        open_stories = [form.story for form in self.open_forms]
        stories = [story for story in self.model.stories if story.open_conflicts and story not in open_stories]
        if not stories:
            return
        story = self.rng.choice(stories)
        name = self.rng.choice(story.open_conflicts)
        # What taking upstream's list does to the rows of the desk is not modelled.
        settlement = self.rng.choice([*(["theirs"] if name not in LISTS else []), "ours", "always_ours"])
        if (name, settlement) == ("published", "theirs") and story.proposal and story.state == edits.REJECTED:
            # The workflow does not publish a rejected story.
            return
        self.note(story, f"settled {name}: {settlement}")
        edits.settle(self.desk, story, name, settlement)

    def join(self):
        """Join two stories, preferably those that are suggested."""
        open_stories = [form.story for form in self.open_forms]
        stories = {story.key: story for story in self.model.stories if story not in open_stories}
        suggested = PossibleDuplicate.objects.open().order_by("pk").values_list("first", "second")
        pairs = [(stories[first], stories[second]) for first, second in suggested if {first, second} <= stories.keys()]
        if len(stories) > 1:
            target, other = self.rng.choice(pairs) if pairs else self.rng.sample(list(stories.values()), 2)
            self.note(target, f"joined with {other.path}, of which: {'; '.join(other.events[-6:])}")
            edits.join(self.desk, self.model, target, other)

    def delete(self):
        open_stories = [form.story for form in self.open_forms]
        stories = [story for story in self.model.stories if story not in open_stories]
        if stories:
            story = self.rng.choice(stories)
            self.note(story, "deleted")
            edits.delete(self.desk, self.model, story)


def is_new_value(story, name, value):
    """Whether a person can change a field to this value: another one, and a title is never empty."""
    return value != story.fields[name] and value is not None and (value != "" or name != "title")
