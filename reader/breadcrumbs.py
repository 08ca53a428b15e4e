"""The way from the front page to a page, for search engines (schema.org's BreadcrumbList). Pure."""

from articles.sanitising import plain_text


def of_trail(steps, full):
    """Return the BreadcrumbList of pages [(name, path)], from the front page to this one."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": plain_text(name), "item": full(path)}
            for position, (name, path) in enumerate(steps, start=1)
        ],
    }
