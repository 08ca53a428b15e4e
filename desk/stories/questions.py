"""The questions of a story's page before it carries out a button. Nothing is saved until all are answered."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from articles.choices import Action
from articles.sanitising import plain_text
from desk.stories.button_plan import BUTTONS, CONFIRMED, TAKE_DOWN_ACTIONS
from desk.stories.story_buttons import Button, SaveButton
from newsroom.dates import format_time


@dataclass
class Question:
    """A question, with `versions` to read, as the history shows them, or with `choices`, (value, label).

    `subject` is the key of the story that the choices are about.
    """

    text: str
    versions: list = field(default_factory=list)
    name: str = ""
    choices: list = field(default_factory=list)
    chosen: str = ""
    subject: str = ""


def about_unread_text(versions):
    text = _("This story changed after you opened it. Read the changes below, then press the button again.")
    return Question(text, versions=versions)


def about_taking_down(story, action):
    values = {"address": story.get_absolute_url()}
    text = _("Withdraw this story? It is live at %(address)s. Readers will find a notice there that it was withdrawn.")
    if action == Action.EXPIRE:
        text = _(
            "Take this story down now? It is live at %(address)s. "
            "Readers will find a notice there that it is no longer available."
        )
    return Question(text % values)


def about_time(when, is_past):
    text = _("The publication time is in the future: %(time)s. Schedule the story, or publish it now?")
    if is_past:
        text = _("The publication time has passed: %(time)s. Publish the story now, or enter a time in the future.")
    return Question(text % {"time": format_time(when)})


def about_slot(holder, slot, choices, chosen):
    values = {"slot": slot, "story": plain_text(holder.title)}
    text = _("Slot %(slot)d holds “%(story)s”. What happens to that story?")
    chosen = chosen or choices[0][0]
    return Question(text % values, name="pin_way", choices=choices, chosen=chosen, subject=str(holder.pk))


def answers_for_button(name, when, *, asks_for_time, is_past, data):
    """Return the Buttons below the questions; `name` is the pressed button, "" for "Save"."""
    if not name:
        return [SaveButton(data)]
    action = BUTTONS[name]
    if not asks_for_time:
        if action in TAKE_DOWN_ACTIONS:
            return [Button(name, action, True, CONFIRMED, action.label)]
        return [Button(name, action, True)]
    now = Button(name, action, is_past, CONFIRMED, Action.END_EMBARGO.label)
    if is_past:
        return [now]
    label = _("Schedule for %(time)s") % {"time": format_time(when)}
    return [Button("schedule", Action.SCHEDULE, True, CONFIRMED, label), now]
