"""What the desk may do to a story's state: buttons on its page, actions on the list."""

from django.contrib import admin, messages
from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from articles import workflow
from articles.choices import Action, Origin
from articles.models import Article
from articles.sanitising import plain_text

# unfold's names of the buttons.
BUTTONS = {
    "publish": Action.PUBLISH,
    "submit_for_review": Action.SUBMIT,
    "reject": Action.REJECT,
    "withdraw": Action.WITHDRAW,
    "restore": Action.RESTORE,
}


def state_in_words(story):
    """Return a story's state as the desk calls it, its schedule taken into account."""
    if story.is_scheduled:
        return _("Scheduled")
    return _("Expired") if story.is_expired else story.get_state_display()


class WorkflowActions:
    """The part of the stories' admin that changes states, all of it through the workflow."""

    def may_take(self, request, taken, object_id):
        actor = workflow.Actor(Origin.ADMIN, request.user)
        if object_id is None:
            return actor.may(workflow.RULES[taken].permission)
        # Asked for every button of a page; the workflow looks again, at the locked row, before anything is done.
        states = request.__dict__.setdefault("story_states", {})
        if object_id not in states:
            try:
                states[object_id] = Article.objects.values_list("state", flat=True).get(pk=object_id)
            except (Article.DoesNotExist, ValueError):
                states[object_id] = None
        return states[object_id] in workflow.RULES[taken].from_states and actor.may(workflow.RULES[taken].permission)

    def has_publish_permission(self, request, object_id=None):
        return self.may_take(request, Action.PUBLISH, object_id)

    def has_submit_permission(self, request, object_id=None):
        return self.may_take(request, Action.SUBMIT, object_id)

    def has_reject_permission(self, request, object_id=None):
        return self.may_take(request, Action.REJECT, object_id)

    def has_withdraw_permission(self, request, object_id=None):
        return self.may_take(request, Action.WITHDRAW, object_id)

    def has_restore_permission(self, request, object_id=None):
        return self.may_take(request, Action.RESTORE, object_id)

    def take_on_one(self, request, story, taken):
        try:
            workflow.apply(taken, story, workflow.Actor(Origin.ADMIN, request.user))
        except workflow.InvalidTransition as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"{state_in_words(story)}: {plain_text(story.title)}", messages.SUCCESS)

    @action(description=_("Save and publish"), permissions=["publish"], icon="publish")
    def publish(self, request, story):
        self.take_on_one(request, story, Action.PUBLISH)

    @action(description=_("Save and submit for review"), permissions=["submit"])
    def submit_for_review(self, request, story):
        self.take_on_one(request, story, Action.SUBMIT)

    @action(description=_("Reject"), permissions=["reject"])
    def reject(self, request, story):
        self.take_on_one(request, story, Action.REJECT)

    @action(description=_("Withdraw"), permissions=["withdraw"])
    def withdraw(self, request, story):
        self.take_on_one(request, story, Action.WITHDRAW)

    @action(description=_("Restore to the inbox"), permissions=["restore"])
    def restore(self, request, story):
        self.take_on_one(request, story, Action.RESTORE)

    def take_on_many(self, request, stories, taken):
        """Take an action on each selected story by itself, and say how many it was not possible for."""
        actor, done, refused = workflow.Actor(Origin.ADMIN, request.user), 0, []
        for story in stories:
            try:
                workflow.apply(taken, story, actor)
                done += 1
            except workflow.InvalidTransition:
                refused.append(truncatechars(str(story), 60))
        if done:
            text = ngettext("%(done)d story: %(action)s.", "%(done)d stories: %(action)s.", done)
            self.message_user(request, text % {"done": done, "action": taken.label}, messages.SUCCESS)
        if refused:
            text = ngettext(
                "Not possible for %(count)d story in its state: %(titles)s",
                "Not possible for %(count)d stories in their states: %(titles)s",
                len(refused),
            )
            titles = "; ".join(refused[:5]) + (" …" if len(refused) > 5 else "")
            self.message_user(request, text % {"count": len(refused), "titles": titles}, messages.WARNING)

    @admin.action(description=_("Publish selected stories"), permissions=["publish"])
    def publish_selected(self, request, stories):
        self.take_on_many(request, stories, Action.PUBLISH)

    @admin.action(description=_("Withdraw selected stories"), permissions=["withdraw"])
    def withdraw_selected(self, request, stories):
        self.take_on_many(request, stories, Action.WITHDRAW)

    @admin.action(description=_("Submit selected stories for review"), permissions=["submit"])
    def submit_selected(self, request, stories):
        self.take_on_many(request, stories, Action.SUBMIT)

    @admin.action(description=_("Reject selected stories"), permissions=["reject"])
    def reject_selected(self, request, stories):
        self.take_on_many(request, stories, Action.REJECT)

    @admin.action(description=_("Restore selected stories to the inbox"), permissions=["restore"])
    def restore_selected(self, request, stories):
        self.take_on_many(request, stories, Action.RESTORE)
