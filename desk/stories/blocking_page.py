"""Removing a picture from all stories and blocking it: what happens, and the confirmation."""

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article, Image
from articles.permissions import may_block_pictures
from articles.sanitising import plain_text
from desk.admin_rows import page_url
from desk.admin_urls import BOTH, view_paths
from desk.confirmation import Preview, confirmation_page, is_confirmed, redirect_with_success, run_confirmed, shortened
from desk.stories.desk_actor import desk_actor
from desk.stories.picture_states import ROW, copy_url
from newsroom.numbers import format_number
from pictures.blocking import blocking_signature, is_blocked, remove_and_block, same_pictures
from providers.models import Provider


def urls(model_admin):
    return view_paths(
        model_admin, [("<int:pk>/pictures/<int:picture>/block/", block_page, BOTH, "story-picture-block")]
    )


def is_blockable(image):
    """Return whether there is something to block: a file or a URL, not blocked yet."""
    return bool(image.file or image.url) and not is_blocked(image)


def block_page(model_admin, request, pk, picture):
    """Show which stories lose a picture, and remove and block it."""
    images = Image.objects.select_related("source", "article__provider")
    image = images.filter(pk=picture, article=pk).first()
    if image is None or image.article is None:
        raise Http404
    if not may_block_pictures(desk_actor(request)) or not model_admin.has_view_permission(request, image.article):
        raise PermissionDenied
    filters = {"preserved_filters": model_admin.get_preserved_filters(request), "opts": model_admin.opts}
    address = add_preserved_filters(filters, page_url(model_admin, image.article))
    if not is_blockable(image):
        return redirect(address)
    if is_confirmed(request):
        has_run, number = run_confirmed(model_admin, request, remove_and_block, image, desk_actor(request))
        if not has_run:
            return redirect(request.get_full_path())
        text = ngettext("Removed from %(n)s story and blocked.", "Removed from %(n)s stories and blocked.", number) % {
            "n": format_number(number)
        }
        return redirect_with_success(model_admin, request, text, address)
    return confirmation_page(
        model_admin,
        request,
        title=_("Remove and block this picture?"),
        back=address,
        lead=picture_and_name(image),
        preview=preview_of(image),
        confirm_label=_("Remove and block"),
    )


def picture_and_name(image):
    """Return a picture, if we have a copy, with its title or URL below it."""
    name = plain_text(image.title or image.alt) or image.url
    if not image.file:
        return name
    return format_html('<img class="desk-asked-picture" src="{}" alt="">{}', copy_url(str(image.file), ROW), name)


def preview_of(image):
    """Return the Preview of removing and blocking a picture."""
    preview = Preview(blocking_signature(image))
    same = same_pictures(image)
    stories = Article.objects.filter(images__in=same).distinct().order_by("-dated_at", "-pk")
    titles = list(stories.values_list("title", flat=True))
    text = ngettext(
        "%(n)s story loses the picture: %(titles)s.", "%(n)s stories lose the picture: %(titles)s.", len(titles)
    )
    preview.notes.append(text % {"n": format_number(len(titles)), "titles": shortened(titles)})
    logos = Provider.objects.filter(images__in=same).distinct().order_by("name")
    if logos:
        names = shortened(provider.name for provider in logos)
        preview.notes.append(
            _("The picture is also the logo of %(names)s and is removed there too.") % {"names": names}
        )
    preview.notes += [
        _("All files of the picture are deleted, in every size. Readers no longer see it."),
        _("The picture can't be downloaded or uploaded until you allow it again under “Blocked pictures”."),
        _("The history of each story records the removal. Earlier versions don't bring the picture back."),
    ]
    return preview
