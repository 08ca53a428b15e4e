"""What a story's page asks before it does what was pressed. Nothing is saved until every question is answered."""

from dataclasses import dataclass, field

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.choices import Action
from articles.sanitising import plain_text
from desk.stories.button_plan import BUTTONS, CONFIRMED, PREFIX, TAKE_DOWN
from newsroom.dates import exact_time

# What a button says, where it says more than the action's name.
LABELS = {
    Action.PUBLISH: gettext_lazy("Save and publish"),
    Action.SCHEDULE: gettext_lazy("Save and schedule"),
    Action.SUBMIT: gettext_lazy("Save and submit for review"),
}


class Button:
    """A button of a story's page; `is_first` is the filled one. One with a `value` answers a question."""

    def __init__(self, name, action, is_first=False, value="", label=""):
        self.name, self.action, self.is_first, self.value = f"{PREFIX}{name}", action, is_first, value
        self.own_label = label

    @cached_property
    def label(self):
        return self.own_label or LABELS.get(self.action, self.action.label)


class SaveButton:
    """The button that saves, once more."""

    is_first, value = True, ""

    def __init__(self, data):
        self.name = "_continue" if "_continue" in data else "_save"
        self.label = _("Save and continue editing") if "_continue" in data else _("Save")


@dataclass
class Question:
    """A question: `versions` are what others changed, as the history shows them; `choices` are radio buttons."""

    text: str
    versions: list = field(default_factory=list)
    name: str = ""
    choices: list = field(default_factory=list)
    chosen: str = ""
    # The key of the story that the choices are about.
    about: str = ""


def about_unread_text(versions):
    text = _("This story changed after you opened it. Read the changes below, then press the button again.")
    return Question(text, versions=versions)


def about_taking_down(story, action):
    values = {"address": story.get_absolute_url()}
    text = _("Withdraw this story? It is live at %(address)s. Readers will find a notice there that it was withdrawn.")
    if action == Action.EXPIRE:
        text = _(
            "Take this story down now? It is live at %(address)s. Readers will find a notice there that it is over."
        )
    return Question(text % values)


def about_time(when, is_past):
    text = _("The publication time is in the future: %(time)s. Schedule the story, or publish it now?")
    if is_past:
        text = _("The publication time has passed: %(time)s. Publish the story now, or enter a time in the future.")
    return Question(text % {"time": exact_time(when)})


def about_slot(holder, slot, ways, chosen):
    values = {"slot": slot, "story": plain_text(holder.title)}
    text = _("Slot %(slot)d holds “%(story)s”. What happens to that story?")
    return Question(text % values, name="pin_way", choices=ways, chosen=chosen or ways[0][0], about=str(holder.pk))


def answers_to(name, when, *, asks_time, is_past, data):
    """Return the Buttons below the questions for a pressed button `name`, "" for one that saves."""
    if not name:
        return [SaveButton(data)]
    action = BUTTONS[name]
    if not asks_time:
        if action in TAKE_DOWN:
            return [Button(name, action, True, CONFIRMED, action.label)]
        return [Button(name, action, True)]
    now = Button(name, action, is_past, CONFIRMED, Action.END_EMBARGO.label)
    if is_past:
        return [now]
    label = _("Schedule for %(time)s") % {"time": exact_time(when)}
    return [Button("schedule", Action.SCHEDULE, True, CONFIRMED, label), now]
