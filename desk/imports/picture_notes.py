"""What the page of an import says about pictures that are not downloaded."""

from django.utils.translation import ngettext

from articles.importing.batches import touched_stories
from newsroom.numbers import format_number
from pictures.follow_up import count_missing, is_due


def picture_notes(batch):
    """Return [(kind of note, text)] on the pictures of an import that are not downloaded. One query."""
    if batch.dry_run or batch.state != batch.State.FINISHED:
        return []
    number = count_missing(touched_stories(batch))
    if not number:
        return []
    if is_due(batch):
        text = ngettext(
            "%(n)s picture is being downloaded or waits for another attempt.",
            "%(n)s pictures are being downloaded or wait for another attempt.",
            number,
        )
    else:
        text = ngettext(
            "%(n)s picture not downloaded yet. Select the stories in the list and choose “Download pictures”.",
            "%(n)s pictures not downloaded yet. Select the stories in the list and choose “Download pictures”.",
            number,
        )
    return [("info", text % {"n": format_number(number)})]
