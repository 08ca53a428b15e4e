"""Acts at the desk that are shown before they are done: a page that asks, says what will happen, and asks again."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from providers.renaming import ChangedMeanwhile

DO = "_do"


@dataclass
class Preview:
    """What an act would do.

    `seen` is the signature of all it rests on: the act is refused when that is another by then. `heads` and `rows` are
    a table, each row a (name, [(number, address or "")]); `notes` and `warnings` are sentences. `first` is what has to
    be done before the act, (why, what it is called, address); while there is such a thing the act is not offered.
    """

    seen: str
    heads: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    first: tuple = ()


class ActPages:
    """The part of an admin class that has such pages. Server-rendered, and whole without a script."""

    def act_page(self, request, *, title, lead="", form=None, preview=None, also=None, confirm="", back):
        """Return the page of an act; without a `preview` it only asks.

        `form` is what has to be told before anything can be shown, `also` a form of what is said with the yes.
        """
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "lead": lead,
            "form": form,
            "preview": preview,
            "also": also,
            "confirm": confirm,
            "back": back,
        }
        return TemplateResponse(request, "admin/act.html", context)

    def take(self, request, act, *args, **kwargs):
        """Do an act that was confirmed, as it was seen; return (whether it was done, what it returned)."""
        try:
            return True, act(*args, **kwargs, seen=request.POST.get("seen", ""))
        except ChangedMeanwhile as error:
            self.message_user(request, str(error), messages.ERROR)
            return False, None

    def rows_for(self, request, keys, *permissions):
        """Return the rows with these keys, in their order, of those who hold `permissions` here (change, delete).

        Raises PermissionDenied, and Http404 when there is none of them.
        """
        if not all(getattr(self, f"has_{permission}_permission")(request) for permission in permissions):
            raise PermissionDenied
        keys = [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
        found = list(self.model._default_manager.filter(pk__in=keys))
        if not found:
            raise Http404
        return found

    def done(self, request, text, to):
        """Say what was done, and go on to `to`."""
        self.message_user(request, text, messages.SUCCESS)
        return redirect(to)


def addresses(before, after):
    """Return the sentence on the public addresses of a page of `before`, which are those of `after` from now on."""
    told = {"before": before, "after": after}
    return _("Readers who come to %(before)s or its feeds are led to %(after)s, permanently.") % told
