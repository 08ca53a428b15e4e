"""The buttons of a story's page: which ones are there, and the change of state that a pressed one asks for."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from articles import workflow
from articles.models import Article
from articles.sanitising import plain_text
from articles.story_states import story_state
from desk.site import row_key
from desk.stories.button_plan import BUTTONS, FOR_NEW_STORIES, PREFIX, TIME_SETTING_ACTIONS
from desk.stories.desk_actor import desk_actor
from desk.stories.story_buttons import Button
from newsroom.dates import format_time


def buttons_for(model_admin, request, story):
    """Return the Buttons of a story's page for the user, the filled one first."""
    if not model_admin.has_change_permission(request, story):
        # A user without this permission cannot post the form.
        return []
    actor = desk_actor(request)
    actions = {
        name: action
        for name, action in BUTTONS.items()
        if actor.may(workflow.RULES[action].permission)
        and workflow.RULES[action].allows(story)
        and (story.pk or action in FOR_NEW_STORIES)
    }
    first = next((action for action in story_state(story).first_actions if action in actions.values()), None)
    buttons = [Button(name, action, action == first) for name, action in actions.items()]
    return sorted(buttons, key=lambda button: not button.is_first)


def refuse_forbidden_button(request, object_id):
    """Record and refuse a pressed button that the user may not use."""
    actor = desk_actor(request)
    for name, action in BUTTONS.items():
        if f"{PREFIX}{name}" in request.POST and not actor.may(workflow.RULES[action].permission):
            story = Article.objects.filter(pk=row_key(object_id)).first()
            if story is not None:
                workflow.record_refusal(action, story, actor)
            raise PermissionDenied


def carry_out_plan(model_admin, request, story, form):
    """Take the action that the form plans, after it is saved; a reason is recorded in any case."""
    actor, plan = desk_actor(request), form.plan
    reason, until = form.cleaned_data.get("reason", ""), workflow.UNCHANGED
    if plan.action in TIME_SETTING_ACTIONS and "visible_until" in form.changed_data:
        until = form.cleaned_data["visible_until"]
    if plan.action is not None:
        when = None if plan.proposes else plan.visible_from
        try:
            workflow.apply(plan.action, story, actor, reason, when, until)
        except workflow.WorkflowError as error:
            model_admin.message_user(request, str(error), messages.ERROR)
        else:
            model_admin.message_user(request, describe_outcome(story), messages.SUCCESS)
            return
    if reason:
        workflow.record_note(story, reason, actor)


def describe_outcome(story):
    """Return a story's current state and title, with the time of a scheduled one."""
    state = story_state(story).label
    if story.is_scheduled:
        state = _("Scheduled for %(time)s") % {"time": format_time(story.visible_from)}
    return f"{state}: {plain_text(story.title)}"
