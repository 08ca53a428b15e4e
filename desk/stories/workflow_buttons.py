"""What the desk may do to a story's state: the buttons on its page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from articles import workflow
from articles.choices import Action, Origin, State
from articles.models import Article
from articles.sanitising import plain_text
from desk.site import is_row_key
from desk.stories.button_plan import BUTTONS, FOR_NEW_STORIES, PREFIX, SET_THE_TIME
from desk.stories.questions import Button
from newsroom.dates import exact_time

# What is done most to a story in each state; saving, of one in none of them.
FIRST = {
    State.INBOX: (Action.PUBLISH, Action.SUBMIT),
    State.IN_REVIEW: (Action.PUBLISH,),
    State.REJECTED: (Action.RESTORE,),
    State.WITHDRAWN: (Action.RESTORE,),
}


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
            if actor.may(workflow.RULES[action].permission)
            and workflow.RULES[action].allows(story)
            and (story.pk or action in FOR_NEW_STORIES)
        }
        first = next((action for action in FIRST.get(story.state, ()) if action in taken.values()), None)
        buttons = [Button(name, action, action == first) for name, action in taken.items()]
        return sorted(buttons, key=lambda button: not button.is_first)

    def refuse_forged(self, request, object_id):
        """Write down that somebody asked for what they may not, and refuse it."""
        actor = workflow.Actor(Origin.ADMIN, request.user)
        for name, action in BUTTONS.items():
            if f"{PREFIX}{name}" in request.POST and not actor.may(workflow.RULES[action].permission):
                story = Article.objects.filter(pk=object_id).first() if is_row_key(str(object_id)) else None
                if story is not None:
                    workflow.record_refusal(action, story, actor)
                raise PermissionDenied

    def carry_out(self, request, story, form):
        """Take the action that the form plans, once all that was typed is saved; keep the reason in any case."""
        actor, plan = workflow.Actor(Origin.ADMIN, request.user), form.plan
        reason, until = form.cleaned_data.get("reason", ""), workflow.UNCHANGED
        if plan.action in SET_THE_TIME and "visible_until" in form.changed_data:
            until = form.cleaned_data["visible_until"]
        if plan.action is not None:
            when = None if plan.proposes else plan.visible_from
            try:
                workflow.apply(plan.action, story, actor, reason, when, until)
            except workflow.WorkflowError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, outcome_in_words(story), messages.SUCCESS)
                return
        if reason:
            workflow.record_note(story, reason, actor)


def outcome_in_words(story):
    """Return what a story's state is now, and until when an embargo lasts."""
    state = workflow.describe_state(story)
    if story.is_scheduled:
        state = _("Scheduled for %(time)s") % {"time": exact_time(story.visible_from)}
    return f"{state}: {plain_text(story.title)}"
