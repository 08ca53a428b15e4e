"""The parts of cards, of which a page has some hundred: made in Python, as templates take four times as long."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.sanitising import plain_text
from articles.templatetags.newsroom import headline_size, time_of
from articles.web_urls import language_tag

register = template.Library()
EXCERPT_WORDS = 60
NOTHING = mark_safe("")


def lang(story):
    """The `lang` attribute of a story's own texts, with a space before it; nothing when its language is unknown."""
    tag = language_tag(story.locale)
    return format_html(' lang="{}"', tag) if tag else NOTHING


@register.simple_tag
def headline(story):
    """The link inside a story's headline; it makes the whole card a target."""
    address, title = story.get_absolute_url(), plain_text(story.title)
    return format_html('<a class="headline-link" href="{}"{}>{}</a>', address, lang(story), title)


@register.simple_tag
def logo(provider, size):
    """A provider's mark, `size` pixels wide and high, or nothing when we have no copy of it."""
    image = provider.logo
    if image is None:
        return NOTHING
    return format_html(
        '<img class="logo" src="{}" width="{}" height="{}" alt="" decoding="async">', image.file.url, size, size
    )


@register.simple_tag
def meta(story):
    """The line of a card that says who published a story, what it is, and when."""
    parts = []
    if story.provider:
        mark, name = logo(story.provider, 20), plain_text(story.provider.name)
        parts.append(format_html('<span class="provider">{} <bdi class="provider-name">{}</bdi></span>', mark, name))
    if story.kind != "article":
        parts.append(format_html("<span>{}</span>", story.get_kind_display()))
    undated = format_html("<span>{}</span>", _("Undated")) if story.published_at is None else None
    parts.append(undated or time_of(story.published_at))
    return mark_safe(f'<p class="meta">{" ".join(parts)}</p>')  # noqa: S308


@register.simple_tag
def excerpt(story):
    """Up to three lines of a story's excerpt; nothing when it has none."""
    text = plain_text(story.excerpt)
    if not text:
        return NOTHING
    return format_html('<p class="excerpt"{} dir="auto">{}</p>', lang(story), Truncator(text).words(EXCERPT_WORDS))


@register.simple_tag
def outlets(story):
    """How many other outlets cover a story, leading to them; nothing when none does."""
    if not story.outlets:
        return NOTHING
    text = ngettext("Full coverage: %(outlets)s outlet", "Full coverage: %(outlets)s outlets", story.outlets)
    address, told = story.get_absolute_url(), text % {"outlets": story.outlets}
    return format_html('<p class="outlets"><a href="{}#coverage">{}</a></p>', address, told)


@register.simple_tag
def picture(story, image, is_lead=False):
    """A picture (an Image with a file) in a box of fixed shape; for None the first letter of the provider, set large.

    The lead's is loaded at once, the others when they come near.
    """
    if image is None:
        letter = plain_text(story.provider.name)[:1] if story.provider else ""
        return format_html('<div class="picture"><span class="stand-in" aria-hidden="true">{}</span></div>', letter)
    sized = bool(image.width and image.height)
    return format_html(
        '<div class="picture{}"><img src="{}"{} alt="{}" {} decoding="async"></div>',
        " picture-tall" if sized and image.height > image.width else "",
        image.file.url,
        format_html(' width="{}" height="{}"', image.width, image.height) if sized else "",
        plain_text(image.title),
        mark_safe('fetchpriority="high"' if is_lead else 'loading="lazy"'),  # noqa: S308
    )


@register.simple_tag
def card_row(story):
    """A story in a long list."""
    image = story.picture
    return format_html(
        '<article class="card card-row{}">\n{}\n<h2 class="headline{}" dir="auto">{}</h2>\n{}\n{}\n{}\n</article>',
        " has-picture" if image else "",
        meta(story),
        headline_size(story.title),
        headline(story),
        picture(story, image) if image else "",
        excerpt(story),
        outlets(story),
    )
