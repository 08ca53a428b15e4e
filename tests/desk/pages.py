"""What tests of the desk share: addresses of its pages, what a browser would post of them, and who acts."""

from django.urls import reverse

from articles.choices import Origin
from articles.models import Article
from articles.workflow import Actor

STORIES = reverse("admin:articles_article_changelist")
PROVIDERS = reverse("admin:providers_provider_changelist")


def page_of(story):
    return reverse("admin:articles_article_change", args=[story.pk])


def fields_of(page):
    """Return {name: value} of what a browser would post of the forms on a change page, as shown."""
    posted, forms = {}, [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            for name, part in input_values(bound, value):
                posted[name] = part
    return {name: value for name, value in posted.items() if value is not None}


def input_values(bound, value):
    widget = bound.field.widget
    if hasattr(widget, "widgets"):
        if isinstance(value, list):
            # As it was posted, with an error somewhere.
            return [(f"{bound.html_name}_{n}", part) for n, part in enumerate(value)]
        parts = widget.decompress(value)
        return [
            (f"{bound.html_name}_{n}", part.strftime("%Y-%m-%d" if n == 0 else "%H:%M:%S") if part else None)
            for n, part in enumerate(parts)
        ]
    if isinstance(value, (list, tuple)) or hasattr(value, "all"):
        return [(bound.html_name, [getattr(item, "pk", item) for item in value])]
    if value is False:
        return []
    return [(bound.html_name, bound.field.prepare_value(value))]


def page_text(response):
    """Return the HTML of a response with white space collapsed."""
    return " ".join(response.content.decode().split())


def keys_shown(client, **parameters):
    """Return the keys of the stories on a page of the list."""
    return [story.pk for story in client.get(STORIES, parameters).context["cl"].result_list]


def by(user):
    """Return the Actor for a user at the desk."""
    return Actor(Origin.ADMIN, user)


def fresh(story):
    return Article.objects.get(pk=story.pk)
