"""Publish and withdraw stories as upstream proposes, as far as an import's policy allows it."""

from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Owner, RemovalPolicy, State
from articles.documents.mapping import proposes_to_publish
from articles.documents.nodes import Values
from articles.documents.problems import Level, Problem
from articles.models import Article
from articles.permissions import PUBLISH
from providers.models import Provider

# Warnings about a story that upstream proposes to publish and that stays unpublished.
PROVIDER_INACTIVE = Problem("its provider is inactive, so an editor must publish it", "provider", Level.WARNING)
REVIEWED = Problem(
    "upstream publishes it, but this import's user is not allowed to; it goes to review", "published", Level.WARNING
)
WAITING = Problem(
    "upstream publishes it, but this import's user is not allowed to; its state stays",
    "published",
    Level.WARNING,
)


class PublishPolicy(StrEnum):
    """Whether upstream's proposal to publish a story is followed, goes to review, or is left to a person."""

    UPSTREAM = "upstream"
    REVIEW = "review"
    NEVER = "never"

    def permitted_for(self, actor: workflow.Actor) -> "PublishPolicy":
        """Return the policy for an actor; stories go to review if the actor may not publish."""
        return PublishPolicy.REVIEW if self is PublishPolicy.UPSTREAM and not actor.may(PUBLISH) else self


class StateMerge(StrEnum):
    """The effect of upstream's proposal on a story's state."""

    NOTHING = ""
    CHANGED = "changed"
    CONFLICT = "conflict"
    # Not published, because its provider is not active.
    PROVIDER_INACTIVE = "provider inactive"
    # Not published, because the actor may not: submitted for review, or left in its state.
    REVIEWED = "reviewed"
    WAITING = "waiting"


STATE_WARNINGS = {
    StateMerge.PROVIDER_INACTIVE: PROVIDER_INACTIVE,
    StateMerge.REVIEWED: REVIEWED,
    StateMerge.WAITING: WAITING,
}


def merge_state(article: Article, base: Values, theirs: Values, policy: PublishPolicy) -> StateMerge:
    """Follow upstream's `published` as long as no person has changed the state; return a StateMerge.

    `base` and `theirs` are upstream's values before and now. A document without `published` changes nothing.
    `article` must be locked and current.
    """
    if "published" not in theirs:
        return StateMerge.NOTHING
    proposed_before, proposes = proposals(article, base, theirs)
    is_published = article.state == State.PUBLISHED
    if proposes in (proposed_before, is_published) or (proposes and is_withheld(theirs)):
        return StateMerge.NOTHING
    if article.state_owner == Owner.DESK or (proposes and ends_before_publication(article)):
        return StateMerge.CONFLICT
    if proposes:
        return follow_proposal(article, policy)
    workflow.apply(Action.WITHDRAW, article, workflow.UPSTREAM)
    return StateMerge.CHANGED


def merge_removal(article: Article, base: Values, theirs: Values, policy: PublishPolicy) -> StateMerge:
    """Withdraw a published story that upstream newly marks as removed, or ask, as IMPORT_REMOVED says.

    If a person has changed the story's state, it is always asked. A story that was withdrawn in this way is published
    again when upstream takes the mark back. `article` must be locked and current.
    """
    removal = RemovalPolicy(settings.IMPORT_REMOVED)
    was_removed, is_removed = bool(base.get("removed")), bool(theirs.get("removed"))
    if was_removed == is_removed or removal is RemovalPolicy.IGNORE or "removed" in article.kept_fields:
        return StateMerge.NOTHING
    is_upstreams = removal is RemovalPolicy.WITHDRAW and article.state_owner == Owner.UPSTREAM
    if was_removed:
        can_return = is_upstreams and article.state == State.WITHDRAWN and proposes_to_publish(theirs)
        return follow_proposal(article, policy) if can_return else StateMerge.NOTHING
    if article.state != State.PUBLISHED:
        return StateMerge.NOTHING
    if not is_upstreams:
        return StateMerge.CONFLICT
    workflow.apply(Action.WITHDRAW, article, workflow.UPSTREAM)
    return StateMerge.CHANGED


def proposal_of(values: Values) -> bool | None:
    """Return whether a document proposes that its story is published, None if it does not say."""
    if values.get("removed") and settings.IMPORT_REMOVED == RemovalPolicy.WITHDRAW:
        return False
    return proposes_to_publish(values) if "published" in values else None


def is_withheld(values: Values) -> bool:
    """Whether upstream has marked a story as removed, so that imports do not publish it."""
    return bool(values.get("removed")) and settings.IMPORT_REMOVED != RemovalPolicy.IGNORE


def proposals(article: Article, base: Values, theirs: Values) -> tuple[bool, bool]:
    """Return whether upstream proposed to publish a story before, and whether it does now.

    An unusable date withholds the proposal, but not for a story that is already published.
    """
    if article.state == State.PUBLISHED:
        return bool(base.get("published")), bool(theirs.get("published"))
    return proposes_to_publish(base), proposes_to_publish(theirs)


def follow_proposal(article: Article, policy: PublishPolicy) -> StateMerge:
    """Publish a story that upstream publishes, as far as the policy allows it; return a StateMerge."""
    if policy is PublishPolicy.NEVER:
        return StateMerge.NOTHING
    if has_inactive_provider(article):
        return StateMerge.PROVIDER_INACTIVE
    if policy is PublishPolicy.REVIEW:
        return submit_for_review(article)
    if article.state not in workflow.RULES[Action.PUBLISH].from_states:
        return StateMerge.NOTHING
    visible_from = article.published_at or timezone.now()
    workflow.apply(Action.PUBLISH, article, workflow.UPSTREAM, visible_from=visible_from)
    return StateMerge.CHANGED


def submit_for_review(article: Article) -> StateMerge:
    if article.state == State.INBOX:
        workflow.apply(Action.SUBMIT, article, workflow.UPSTREAM)
    return StateMerge.REVIEWED if article.state == State.IN_REVIEW else StateMerge.WAITING


def may_publish(article: Article, policy: PublishPolicy) -> bool:
    """Whether an import may make the story visible to readers."""
    return policy is PublishPolicy.UPSTREAM and not has_inactive_provider(article)


def has_inactive_provider(article: Article) -> bool:
    """Whether the story's provider is inactive; imports do not publish its stories."""
    key = article.provider_id
    return key is not None and Provider.objects.inactive().filter(pk=key).exists()


def ends_before_publication(article: Article) -> bool:
    """Whether the story's end, set at the desk, has passed by the time upstream's date would make it visible."""
    return article.visible_until is not None and article.visible_until <= (article.published_at or timezone.now())
