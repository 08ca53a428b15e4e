"""Data that hooks of the admin share during a request for a story's page; Django passes them only the request."""

from dataclasses import dataclass, field

from desk.edit_conflicts import FormMerge
from desk.stories.picture_uploads import RefusedFiles


@dataclass
class StoryEdit:
    """One request for a story's page.

    `locks_story` lets `get_object` lock a story that is posted; `content_before` is the story's content before the
    form, None for a new one; `lead_before` what the desk had chosen as its lead then (`lead_picture.lead_choice`).
    `refused_files` are the uploaded files that were not stored.
    """

    locks_story: bool = False
    is_preview: bool = False
    merge: FormMerge | None = None
    content_before: dict | None = None
    lead_before: str = ""
    refused_files: RefusedFiles = field(default_factory=RefusedFiles)
    # {key of a story: {field: Provenance}}
    provenance: dict = field(default_factory=dict)


def story_edit(request) -> StoryEdit:
    """Return the StoryEdit of a request, which lasts as long as the request."""
    return request.__dict__.setdefault("story_edit", StoryEdit())
