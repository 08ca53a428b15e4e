"""What the desk may do to a story's state: the buttons on its page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from articles import workflow
from articles.admin.forms import BUTTONS
from articles.choices import Action, Origin, State
from articles.models import Article
from articles.sanitising import plain_text

# What a button says, where it says more than the action's name.
LABELS = {
    Action.PUBLISH: _("Save and publish"),
    Action.SCHEDULE: _("Save and schedule"),
    Action.SUBMIT: _("Save and submit for review"),
}
# What is done most to a story in each state; saving, of one in none of them.
FIRST = {
    State.INBOX: (Action.PUBLISH, Action.SUBMIT),
    State.IN_REVIEW: (Action.PUBLISH,),
    State.REJECTED: (Action.RESTORE,),
    State.WITHDRAWN: (Action.RESTORE,),
}


class Button:
    """A button of a story's page; `is_first` is the one that is taken most."""

    def __init__(self, name, action, is_first=False):
        self.name, self.action, self.is_first = f"articles_article_{name}", action, is_first

    @cached_property
    def label(self):
        return LABELS.get(self.action, self.action.label)


class WorkflowActions:
    """The part of the stories' admin that changes states, all of it through the workflow."""

    def buttons(self, request, story):
        """Return the Buttons that a story's page has for who asks, the most taken one first."""
        if not self.has_change_permission(request, story):
            # The page takes no form from this user, whatever its button.
            return []
        actor = workflow.Actor(Origin.ADMIN, request.user)
        taken = {
            name: action
            for name, action in BUTTONS.items()
            if actor.may(workflow.RULES[action].permission) and workflow.RULES[action].leads_from(story)
        }
        first = next((action for action in FIRST.get(story.state, ()) if action in taken.values()), None)
        buttons = [Button(name, action, action == first) for name, action in taken.items()]
        return sorted(buttons, key=lambda button: not button.is_first)

    def refuse_forged(self, request, object_id):
        """Write down that somebody asked for what they may not, and refuse it."""
        actor = workflow.Actor(Origin.ADMIN, request.user)
        for name, action in BUTTONS.items():
            if f"articles_article_{name}" in request.POST and not actor.may(workflow.RULES[action].permission):
                story = Article.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None
                if story is not None:
                    workflow.record_refusal(action, story, actor)
                raise PermissionDenied

    def press_button(self, request, story, cleaned):
        """Take the action whose button was pressed, once all that was typed is saved."""
        action = next((action for name, action in BUTTONS.items() if f"articles_article_{name}" in request.POST), None)
        if action is None:
            return
        when = cleaned.get("publish_at") if action == Action.SCHEDULE else None
        try:
            actor = workflow.Actor(Origin.ADMIN, request.user)
            workflow.apply(action, story, actor, cleaned.get("reason", ""), when)
        except workflow.InvalidTransition as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            text = f"{workflow.state_in_words(story)}: {plain_text(story.title)}"
            self.message_user(request, text, messages.SUCCESS)
