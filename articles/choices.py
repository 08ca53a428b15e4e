from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a story stands at the desk."""

    INBOX = "inbox", _("Inbox")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Owner(models.TextChoices):
    """Who has the last word on a story's state: upstream, until a person at the desk touches it."""

    UPSTREAM = "upstream", _("Upstream")
    DESK = "desk", _("The desk")


class Kind(models.TextChoices):
    """What a story is, as upstream's `type` says."""

    ARTICLE = "article", _("Article")
    VIDEO = "video", _("Video")
    DOWNLOAD = "download", _("Download")
    COURSE = "course", _("Course")
    COLLECTION = "collection", _("Collection")
    PROFILE = "profile", _("Profile")
    FORUM = "forum", _("Forum")


class Action(models.TextChoices):
    """What a person or an import does to a story's state."""

    SUBMIT = "submit", _("Submit for review")
    PUBLISH = "publish", _("Publish")
    SCHEDULE = "schedule", _("Schedule")
    END_EMBARGO = "end_embargo", _("Publish now")
    REJECT = "reject", _("Reject")
    WITHDRAW = "withdraw", _("Withdraw")
    EXPIRE = "expire", _("Take down now")
    RESTORE = "restore", _("Return to inbox")
    # A reason given with "Save", which leaves the state as it is.
    NOTE = "note", _("Note")
    # No person takes it: undoing an import puts a story back where it was.
    UNDO = "undo", _("Undo an import")


class Origin(models.TextChoices):
    """Through which door a change came."""

    ADMIN = "admin", _("Admin")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    COMMAND = "command", _("Command")


class Result(models.TextChoices):
    """What became of an imported document."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    CONFLICT = "conflict", _("Conflict")
    DUPLICATE = "duplicate", _("Duplicate")
    REJECTED = "rejected", _("Rejected")
    HELD = "held", _("Held")


# The key beside these for the number of files in folders and archives that are no documents.
SKIPPED = "skipped"
# What an import did to a story that can be taken back.
WRITTEN = (Result.CREATED, Result.UPDATED, Result.CONFLICT)


class BulkAction(models.TextChoices):
    """What can be done to many stories at once."""

    PUBLISH = "publish", _("Publish")
    SCHEDULE = "schedule", _("Schedule")
    SUBMIT = "submit", _("Submit for review")
    REJECT = "reject", _("Reject")
    WITHDRAW = "withdraw", _("Withdraw")
    RESTORE = "restore", _("Return to inbox")
    SET_HEAT = "set_heat", _("Set the heat")
    SHIFT_HEAT = "shift_heat", _("Shift the heat")
    SET_QUALITY = "set_quality", _("Set the quality")
    ADD_TOPIC = "add_topic", _("Add a topic")
    REMOVE_TOPIC = "remove_topic", _("Remove a topic")
    REPLACE_TOPIC = "replace_topic", _("Replace a topic")
    ADD_SUGGESTED = "add_suggested", _("Add the suggested topics")
    CHANGE_PROVIDER = "change_provider", _("Change the provider")


class RowResult(models.TextChoices):
    """What became of one story of a bulk change."""

    DONE = "done", _("Done")
    UNCHANGED = "unchanged", _("Nothing to do")
    REFUSED = "refused", _("Not possible")
    FAILED = "failed", _("Failed")
