from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """A story's state in the workflow."""

    INBOX = "inbox", _("Inbox")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Owner(models.TextChoices):
    """Who decides a story's state: upstream, until a person at the desk changes it."""

    UPSTREAM = "upstream", _("Upstream")
    DESK = "desk", _("Desk")


class Kind(models.TextChoices):
    """The type of a story: `type` in the document format."""

    ARTICLE = "article", _("Article")
    VIDEO = "video", _("Video")
    DOWNLOAD = "download", _("Download")
    COURSE = "course", _("Course")
    COLLECTION = "collection", _("Collection")
    PROFILE = "profile", _("Profile")
    FORUM = "forum", _("Forum")


class Action(models.TextChoices):
    """What a person or an import can do to a story's state."""

    SUBMIT = "submit", _("Submit for review")
    PUBLISH = "publish", _("Publish")
    SCHEDULE = "schedule", _("Schedule")
    END_EMBARGO = "end_embargo", _("Publish now")
    REJECT = "reject", _("Reject")
    WITHDRAW = "withdraw", _("Withdraw")
    EXPIRE = "expire", _("Take down now")
    RESTORE = "restore", _("Return to inbox")
    # A reason given with "Save"; the state does not change.
    NOTE = "note", _("Note")
    # Only undoing an import does this, to restore the former state.
    UNDO = "undo", _("Undo import")
    # Only an import that restores the desk's edits does this.
    RESTORE_EXPORT = "restore_export", _("Restore from export")


class MergePolicy(models.TextChoices):
    """Which value a field of a story gets when an import and the desk change it differently."""

    ASK = "ask", _("Ask if both changed it")
    DESK = "desk", _("The desk wins, without a conflict")
    UNTIL_DESK = "until_desk", _("Upstream until the desk changes it, then the desk")


class RemovalPolicy(models.TextChoices):
    """What an import does with a published story that upstream marks as removed."""

    WITHDRAW = "withdraw", _("Withdraw the story")
    ASK = "ask", _("Ask an editor")
    IGNORE = "ignore", _("Only show the mark")


class Origin(models.TextChoices):
    """Where a change comes from."""

    ADMIN = "admin", _("Desk")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    COMMAND = "command", _("Command")


class Result(models.TextChoices):
    """The result of an imported document."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    CONFLICT = "conflict", _("Conflict")
    DUPLICATE = "duplicate", _("Duplicate")
    REJECTED = "rejected", _("Rejected")
    HELD = "held", _("Held")


# The key, besides the results, for the number of files in folders and archives that are not documents.
SKIPPED = "skipped"
# The results that wrote a story.
WRITTEN = (Result.CREATED, Result.UPDATED, Result.CONFLICT)
# The imported documents that can be undone. An unchanged one was merged if it moved the base or closed a conflict.
UNDOABLE = models.Q(action__in=WRITTEN) | models.Q(action=Result.UNCHANGED, seen_at__isnull=False)


class BulkAction(models.TextChoices):
    """The actions of bulk changes."""

    PUBLISH = "publish", _("Publish")
    SCHEDULE = "schedule", _("Schedule")
    SUBMIT = "submit", _("Submit for review")
    REJECT = "reject", _("Reject")
    WITHDRAW = "withdraw", _("Withdraw")
    RESTORE = "restore", _("Return to inbox")
    SET_HEAT = "set_heat", _("Set heat")
    SHIFT_HEAT = "shift_heat", _("Adjust heat")
    SET_QUALITY = "set_quality", _("Set quality")
    ADD_TOPIC = "add_topic", _("Add topic")
    REMOVE_TOPIC = "remove_topic", _("Remove topic")
    REPLACE_TOPIC = "replace_topic", _("Replace topic")
    ADD_SUGGESTED = "add_suggested", _("Add suggested topics")
    CHANGE_PROVIDER = "change_provider", _("Change provider")


class RowResult(models.TextChoices):
    """The result of one story of a bulk change."""

    DONE = "done", _("Done")
    UNCHANGED = "unchanged", _("No change")
    REFUSED = "refused", _("Can't be done")
    FAILED = "failed", _("Failed")
