"""The buttons of a story's page and their labels."""

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.choices import Action
from desk.stories.button_plan import PREFIX

# The labels of buttons that say more than the name of their action.
LABELS = {
    Action.PUBLISH: gettext_lazy("Save and publish"),
    Action.SCHEDULE: gettext_lazy("Save and schedule"),
    Action.SUBMIT: gettext_lazy("Save and submit for review"),
}


class Button:
    """A button of a story's page; the one that `is_first` is filled. One with a `value` answers a question."""

    def __init__(self, name, action, is_first=False, value="", label=""):
        self.name, self.action, self.is_first, self.value = f"{PREFIX}{name}", action, is_first, value
        self.own_label = label

    @cached_property
    def label(self):
        return self.own_label or LABELS.get(self.action, self.action.label)


class SaveButton:
    """The button that was pressed to save, offered again below the questions."""

    is_first, value = True, ""

    def __init__(self, data):
        self.name = "_continue" if "_continue" in data else "_save"
        self.label = _("Save and continue editing") if "_continue" in data else _("Save")
