"""The history of a story: every version and change of state, what differs, and the way back."""

import re
from difflib import SequenceMatcher

from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from articles.choices import Origin, State
from articles.documents.mapping import COLUMN_OF_KEY
from articles.editing.restoring import NewerRevisions, changes_of_restoring, restore
from articles.history.differences import ROW_FIELDS
from articles.history.notes import describe_note
from articles.models import Article, RelatedLink, Revision, Transition
from articles.models.image import Image
from articles.permissions import may_edit
from desk.edit_conflicts import latest_revision, shown
from newsroom.dates import exact_time

PAGE_SIZE = 30
# Of longer texts the comparison would take too long; they are shown one above the other, cut.
WORDS_COMPARED = 1500
SHOWN_LENGTH = 600
CONTEXT = 12
ROW_MODELS = {"images": Image, "related": RelatedLink}


class StoryHistory:
    """The part of the stories' admin that shows the past and brings it back."""

    def get_urls(self):
        own = [("<int:pk>/restore/<int:number>/", require_POST(self.restore_version), "story-restore-version")]
        return [*(path(to, self.admin_site.admin_view(view), name=name) for to, view, name in own), *super().get_urls()]

    def history_view(self, request, object_id, extra_context=None):
        story = self.get_object(request, object_id)
        if story is None:
            raise Http404
        if not self.has_view_permission(request, story):
            raise PermissionDenied
        people = request.GET.get("by") == "people"
        page = Paginator(self.entries(story, people), PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": None,
            "opts": self.opts,
            "story": story,
            "original": story,
            "page": page,
            "entries": self.filled(page.object_list),
            "people": people,
            "may_restore": self.has_change_permission(request, story),
            "seen": latest_revision(story),
        }
        return TemplateResponse(request, "admin/articles/article/history.html", context)

    def entries(self, story, people):
        """Return (time, kind, key or keys) of all that happened to a story, newest first; upstream's runs as one."""
        revisions = Revision.objects.filter(article=story).values_list("created_at", "pk", "origin")
        transitions = Transition.objects.filter(article=story).values_list("created_at", "pk", "origin", "actor")
        happened = [(when, "revision", pk, origin != Origin.IMPORT) for when, pk, origin in revisions]
        happened += [
            (when, "transition", pk, origin != Origin.IMPORT or actor is not None)
            for when, pk, origin, actor in transitions
        ]
        happened.sort(key=lambda one: (one[0], one[1] == "transition", one[2]), reverse=True)
        if people:
            return [(kind, [pk]) for _when, kind, pk, is_human in happened if is_human]
        told = []
        for _when, kind, pk, is_human in happened:
            if kind == "revision" and not is_human and told and told[-1][0] == "upstream":
                told[-1][1].append(pk)
            else:
                told.append(("upstream" if kind == "revision" and not is_human else kind, [pk]))
        return told

    def filled(self, entries):
        """Return what the page says of each of `entries`. Two queries."""
        wanted = {"transition": set(), "revision": set()}
        for kind, keys in entries:
            wanted["transition" if kind == "transition" else "revision"].update(keys)
        revisions = Revision.objects.select_related("actor", "batch").in_bulk(wanted["revision"])
        transitions = Transition.objects.select_related("actor").in_bulk(wanted["transition"])
        told = []
        for kind, keys in entries:
            if kind == "transition":
                told.append({"kind": kind, "transition": transitions[keys[0]]})
            else:
                versions = [version_in_words(revisions[key]) for key in keys]
                text = ngettext("%(n)d change by upstream", "%(n)d changes by upstream", len(keys)) % {"n": len(keys)}
                told.append({"kind": kind, "versions": versions, "text": text})
        return told

    def restore_version(self, request, pk, number):
        """Make a story say again what it said right after a version; 0 is the story as it came in."""
        story = Article.objects.filter(pk=pk).first()
        if story is None:
            raise Http404
        if not may_edit(self.actor(request), story):
            raise PermissionDenied
        seen = request.POST.get("seen", "")
        seen = int(seen) if seen.isdecimal() and len(seen) < 19 else 0
        if story.state == State.PUBLISHED and "confirmed" not in request.POST:
            return self.ask_to_restore(request, story, number)
        try:
            left = restore(story, number, self.actor(request), seen)
        except Revision.DoesNotExist:
            raise Http404 from None
        except NewerRevisions as error:
            return self.ask_to_restore(request, story, number, error.revisions)
        self.message_user(request, _("Version restored. What it replaced is in the history."), messages.SUCCESS)
        if left:
            names = ", ".join(str(label_of(name)) for name in left)
            text = _("This could not be brought back: %(fields)s.") % {"fields": names}
            self.message_user(request, text, messages.WARNING)
        context = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return redirect(add_preserved_filters(context, reverse("admin:articles_article_change", args=[pk])))

    def ask_to_restore(self, request, story, number, newer=()):
        """Ask before a version replaces what is published, or what others wrote after the history was opened.

        `newer` are the Revisions that the history did not show.
        """
        version = Revision.objects.filter(article=story, pk=number).first() if number else None
        if number and version is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("Restore this version?"),
            "opts": self.opts,
            "story": story,
            "original": story,
            "when": exact_time(version.created_at if version else story.created_at),
            "is_scheduled": story.is_scheduled,
            "changes": changes_in_words(changes_of_restoring(story, number)),
            "newer": [version_in_words(one) for one in newer],
            "seen": latest_revision(story),
        }
        return TemplateResponse(request, "admin/articles/article/restore.html", context)


def label_of(name):
    """Return how the desk calls a field of the history."""
    own = {"related": _("Related coverage"), "images": _("Pictures"), "topics": _("Topics")}
    if name in own:
        return own[name]
    return str(Article._meta.get_field(name).verbose_name).capitalize()


def label_of_key(key):
    """Return how the desk calls a key of the document format; one that it has no field for stands as it is."""
    column = COLUMN_OF_KEY.get(key, key)
    if column == "published":
        return _("Whether it is published")
    known = {field.name for field in Article._meta.concrete_fields} | {"related", "images", "topics"}
    return label_of(column) if column in known else key


def version_in_words(revision):
    """Return what the page says of a Revision: itself, its note, and what differs."""
    return {"revision": revision, "note": describe_note(revision.note), "changes": changes_in_words(revision.changes)}


def changes_in_words(changes):
    """Return [(label, HTML of what differs)] of the changes of a Revision."""
    told = []
    for name, change in changes.items():
        if name in ROW_FIELDS:
            told.append((label_of(name), rows_in_words(name, change)))
        else:
            told.append((label_of(name), difference_of(shown(name, change[0]), shown(name, change[1]))))
    return told


def rows_in_words(name, rows):
    lines = []
    for was, now in rows.values():
        called = (was or now or {}).get("title") or (was or now or {}).get("url") or ""
        if was is None:
            lines.append(format_html("<ins>{}</ins>", called))
        elif now is None:
            lines.append(format_html("<del>{}</del>", called))
        else:
            cells = [
                format_html(
                    "{}: {}", cell_label(name, cell), difference_of(shown(cell, was[cell]), shown(cell, now[cell]))
                )
                for cell in was
            ]
            lines.append(format_html_join("; ", "{}", ((cell,) for cell in cells)))
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines))


def cell_label(name, cell):
    field = next((one for one in ROW_MODELS[name]._meta.concrete_fields if one.attname == cell), None)
    if field is None:
        return _("Pictures") if cell == "pictures" else cell
    return str(field.verbose_name).capitalize()


def difference_of(before, after):
    """Return two texts as one, with what went and what came marked; far from a change it is left out."""
    old, new = (re.findall(r"\S+\s*", text) for text in (before, after))
    if len(old) + len(new) > WORDS_COMPARED:
        return format_html("<del>{}</del> <ins>{}</ins>", cut(before), cut(after))
    parts = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("", unchanged(old[i:j])))
            continue
        if i < j:
            parts.append(("del", "".join(old[i:j])))
        if k < m:
            if i < j and not old[j - 1][-1].isspace():
                parts.append(("", " "))
            parts.append(("ins", "".join(new[k:m])))
    return format_html_join(
        "", "{}", ((format_html("<{0}>{1}</{0}>", tag, text) if tag else text,) for tag, text in parts)
    )


def unchanged(words):
    if len(words) <= 2 * CONTEXT:
        return "".join(words)
    return f"{''.join(words[:CONTEXT])} … {''.join(words[-CONTEXT:])}"


def cut(text):
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
