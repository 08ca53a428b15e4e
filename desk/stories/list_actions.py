"""The actions of the list of stories other than bulk actions, and the select that offers them all."""

import tempfile

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import actions as stock_actions
from django.http import FileResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.forms import ActionForm as StockActionForm

from articles.exporting.output import write_zip
from articles.exporting.story_documents import export_stories
from articles.models import Article
from articles.permissions import may_export_secured
from desk.stories.desk_actor import desk_actor
from newsroom.numbers import format_number
from pictures.tasks import download_for_stories

# More would take longer than a request may.
MAX_DELETED, MAX_EXPORTED = 1000, 10_000
# Their keys are the argument of a task.
MAX_DOWNLOADED = 1000


class ActionSelect(forms.Select):
    """The select of actions, rendered without a template for each option."""

    def render(self, name, value, attrs=None, renderer=None):
        options = format_html_join("", '<option value="{}">{}</option>', self.choices)
        select = '<select name="{}" class="desk-action" aria-label="{}" x-model="action">{}</select>'
        return format_html(select, name, _("Action for the selected stories"), options)


class ActionForm(StockActionForm):
    """The action for the selected stories, and whether it is for all of the list."""

    action = forms.ChoiceField(label="", widget=ActionSelect)


@admin.action(description=gettext_lazy("Delete selected stories…"), permissions=["delete"])
def delete_selected(model_admin, request, stories):
    text = _("At most %(most)s stories can be deleted at once. Reject them instead, or delete them in smaller groups.")
    if not check_number(model_admin, request, stories, MAX_DELETED, text):
        return None
    return stock_actions.delete_selected(model_admin, request, stories)


@admin.action(description=gettext_lazy("Export selected stories"), permissions=["export"])
def export_selected(model_admin, request, stories):
    """Answer with a zip archive of the stories' documents, with the desk's state of those that the desk changed."""
    return export_response(model_admin, request, stories, plain=False)


@admin.action(description=gettext_lazy("Export without the desk's state"), permissions=["export"])
def export_plain(model_admin, request, stories):
    """Answer with a zip archive of the stories' documents, for other systems."""
    return export_response(model_admin, request, stories, plain=True)


def export_response(model_admin, request, stories, *, plain):
    """Return the response with the archive; None, with a message, if there are too many stories."""
    text = _("At most %(most)s stories can be exported here. “manage.py export_articles” exports any number.")
    if not check_number(model_admin, request, stories, MAX_EXPORTED, text):
        return None
    # On disk, as an archive of many stories needs too much memory for a web process.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    secured = may_export_secured(desk_actor(request))
    selected = Article.objects.filter(pk__in=stories.values("pk"))
    export = write_zip(export_stories(selected, secured=secured, plain=plain), file)
    file.seek(0)
    if export.failed:
        # Shown on the next page, as this response is the archive.
        text = ngettext(
            "%(number)d story is missing from the archive because it could not be exported: %(titles)s",
            "%(number)d stories are missing from the archive because they could not be exported: %(titles)s",
            export.failed,
        )
        titles = ", ".join(export.titles) + ("…" if export.failed > len(export.titles) else "")
        model_admin.message_user(request, text % {"number": export.failed, "titles": titles}, messages.ERROR)
    return FileResponse(file, as_attachment=True, filename="stories.zip", content_type="application/zip")


@admin.action(description=gettext_lazy("Download pictures"), permissions=["change"])
def download_pictures(model_admin, request, stories):
    """Start downloading the pictures of the stories, also those that failed or were refused before."""
    text = _("At most %(most)s stories at once. “manage.py fetch_pictures” downloads the pictures of all stories.")
    if not check_number(model_admin, request, stories, MAX_DOWNLOADED, text):
        return
    keys = list(stories.order_by().values_list("pk", flat=True))
    download_for_stories.enqueue(keys)
    text = ngettext(
        "The pictures of %(number)s story are being downloaded.",
        "The pictures of %(number)s stories are being downloaded.",
        len(keys),
    )
    model_admin.message_user(request, text % {"number": format_number(len(keys))}, messages.SUCCESS)


def check_number(model_admin, request, stories, most, text):
    """Whether there are at most `most` stories; show a message if there are more. Counts no further than that."""
    if stories.order_by().values("pk")[: most + 1].count() <= most:
        return True
    model_admin.message_user(request, text % {"most": format_number(most)}, messages.ERROR)
    return False
