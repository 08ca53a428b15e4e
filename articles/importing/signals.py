"""What happens after an import: other packages subscribe, as the importer does not know them."""

from enum import StrEnum

from django.dispatch import Signal

# Sent once an import has written its last story, with `batch`, an ImportBatch; `stories`, a QuerySet of the stories
# that it created or changed; and `in_background`, whether a receiver may start a background task. Not sent by dry runs,
# held imports and interrupted ones. A receiver that fails is logged.
import_finished = Signal()


class FollowUp(StrEnum):
    """Who does the work that follows an import."""

    # Receivers of `import_finished` start background tasks.
    BACKGROUND = "background"
    # The caller, because the process ends and there is no worker.
    CALLER = "caller"
    NONE = "none"
